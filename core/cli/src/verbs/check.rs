//! `greenlane check CONFIG`: would it start?

use std::path::PathBuf;

use clap::Args;

use crate::End;
use crate::places::Places;

/// Check a configuration without starting anything.
#[derive(Args)]
pub struct Check {
    /// A lane's or a site's TOML file
    config: PathBuf,
    /// Print one JSON object instead of words
    #[arg(long)]
    json: bool,
}

impl Check {
    pub fn run(self, places: &Places) -> anyhow::Result<End> {
        let site = places.load(&self.config, places.registry()?)?;
        if self.json {
            let lanes: Vec<_> = site.lanes.iter().map(|l| &l.config).collect();
            let result = serde_json::json!({ "site": site.name, "hash": site.hash, "lanes": lanes });
            println!("{result}");
            return Ok(End::Ok);
        }
        for lane in &site.lanes {
            let config = &lane.config;
            println!("lane {} ({})", config.lane.name, lane.file.display());
            for device in &lane.devices {
                println!("  device {:<16} {:<16} {}", device.name, device.model, device.link);
            }
            match &config.policy {
                Some(policy) => println!("  policy: a release needs {:?}", policy.require),
                None => println!("  no policy: every passage is referred to a person"),
            }
        }
        println!("{} is right ({})", self.config.display(), &site.hash[..16.min(site.hash.len())]);
        Ok(End::Ok)
    }
}
