//! `greenlane n42 convert IN OUT`: what was read, written strictly.

use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use clap::{Args, ValueEnum};
use greenlane_n42::{Style, Writable, strict};
use sha2::{Digest, Sha256};

use super::{bytes, words};
use crate::End;

/// Write a file of either dialect as N42.42-2011.
#[derive(Args)]
pub struct Convert {
    /// The file to read
    input: PathBuf,
    /// The file to write; with several documents in the input, -1, -2, ... goes before the extension
    output: PathBuf,
    /// How fine its measurements are
    #[arg(long, value_enum, default_value_t = Fineness::Sample)]
    style: Fineness,
}

#[derive(Clone, Copy, ValueEnum)]
enum Fineness {
    /// Every sample
    Sample,
    /// Samples added up to seconds
    Second,
    /// One summed foreground and one summed background of one detector, for programs that read nothing else
    Rase,
}

impl Convert {
    pub fn run(self) -> anyhow::Result<End> {
        let bytes = bytes(&self.input)?;
        let place = || self.input.display().to_string();
        let reading = match greenlane_n42::read(&bytes) {
            Ok(reading) => reading,
            Err(error) => {
                eprintln!("{}: {error}", place());
                return Ok(End::Finding);
            }
        };
        for repair in &reading.repairs {
            eprintln!("read: {}", words(repair));
        }
        let several = reading.documents.len() > 1;
        for (number, document) in (1..).zip(reading.documents) {
            let digest = Sha256::new().chain_update(&bytes).chain_update([number as u8]).finalize();
            let mut spare = [0; 16];
            spare.copy_from_slice(&digest[..16]);
            let (document, repairs) = Writable::new(document, spare);
            for repair in &repairs {
                eprintln!("written: {}", words(repair));
            }
            let text = match self.style.style().write(&document) {
                Ok(text) => text,
                Err(error) => {
                    eprintln!("{}: {error}", place());
                    return Ok(End::Finding);
                }
            };
            if let Some(violation) = strict::check(text.as_bytes()).first() {
                bail!(
                    "what would be written breaks the schema in line {}: {}",
                    violation.line,
                    violation.text
                );
            }
            let output = if several { numbered(&self.output, number) } else { self.output.clone() };
            std::fs::write(&output, text).with_context(|| output.display().to_string())?;
        }
        Ok(End::Ok)
    }
}

impl Fineness {
    fn style(self) -> Style {
        match self {
            Self::Sample => Style::Sample,
            Self::Second => Style::Second,
            Self::Rase => Style::Rase,
        }
    }
}

/// `day.n42` becomes `day-3.n42`.
fn numbered(path: &Path, number: usize) -> PathBuf {
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    let extension = path.extension().map(|extension| format!(".{}", extension.to_string_lossy()));
    path.with_file_name(format!("{stem}-{number}{}", extension.unwrap_or_default()))
}
