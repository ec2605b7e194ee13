//! `greenlane driver list|show|new`: what is installed, and how to make one more.

mod names;
mod new;
mod plan;

use anyhow::Context;
use clap::Subcommand;
use greenlane_config::Drivers;

use crate::End;
use crate::places::Places;

/// Look at the installed drivers, or make a new one.
#[derive(Subcommand)]
pub enum Driver {
    /// List the installed drivers, and the files that were refused.
    List {
        /// Print one JSON object a driver
        #[arg(long)]
        json: bool,
    },
    /// Show what a driver needs and offers, its settings as JSON Schema.
    Show {
        /// E.g. modbus.io
        model: String,
    },
    New(new::New),
}

impl Driver {
    pub fn run(self, places: &Places) -> anyhow::Result<End> {
        match self {
            Self::List { json } => {
                let registry = places.registry()?;
                for model in registry.models() {
                    let Some((plugin, info)) = registry.find(&model) else { continue };
                    if json {
                        println!("{}", serde_json::to_string(info)?);
                        continue;
                    }
                    let file = plugin.path.file_name().unwrap_or_default().to_string_lossy();
                    let offers: Vec<_> = info.offers.iter().map(ToString::to_string).collect();
                    println!("{model:<16} {:<8} {file:<28} {}", plugin.version, offers.join(" "));
                }
                for refusal in &registry.refused {
                    eprintln!("refused: {refusal}");
                }
            }
            Self::Show { model } => {
                let registry = places.registry()?;
                let (plugin, info) = registry.find(&model).with_context(|| {
                    format!("no driver for {model}; there are {}", registry.models().join(", "))
                })?;
                println!("model    {model}");
                println!("plugin   {} {}", plugin.path.display(), plugin.version);
                println!("blake3   {}", plugin.hash);
                println!("link     {}", serde_json::to_string(&info.link)?);
                println!("offers   {}", serde_json::to_string(&info.offers)?);
                println!("settings {}", serde_json::to_string_pretty(&info.schema)?);
            }
            Self::New(new) => return new.run(places),
        }
        Ok(End::Ok)
    }
}
