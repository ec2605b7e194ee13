//! `greenlane conform matrix RESULT...`: makers side by side.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, anyhow};
use clap::Args;
use greenlane_conformance::report;
use greenlane_conformance::results::{Record, read};

/// Put results side by side: in the terminal, and as one page without script or network.
#[derive(Args)]
pub struct Matrix {
    /// Attempts' folders, models' folders (their last attempts), or archives
    #[arg(required = true)]
    results: Vec<PathBuf>,
    /// Write the page here
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
}

impl Matrix {
    pub fn run(self) -> anyhow::Result<ExitCode> {
        let mut records = Vec::new();
        for path in &self.results {
            let record = Record::read(&read(path)?).map_err(|why| anyhow!("{}: {why}", path.display()))?;
            records.push(record);
        }
        let records: Vec<&Record> = records.iter().collect();
        print!("{}", report::table(&records));
        if let Some(path) = &self.html {
            std::fs::write(path, report::page(&records))
                .with_context(|| format!("{} cannot be written", path.display()))?;
            println!("page {}", path.display());
        }
        Ok(ExitCode::SUCCESS)
    }
}
