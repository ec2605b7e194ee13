//! `greenlane n42`: files of the standard for radiation data.

mod check;
mod convert;
mod plot;
mod show;

use std::fs::File;
use std::io::Read;
use std::path::Path;

use anyhow::Context;
use clap::Subcommand;
use greenlane_n42::LIMITS;
use greenlane_n42::repair::Repair;

use crate::End;

/// Check, convert or show N42 files.
#[derive(Subcommand)]
pub enum N42 {
    Check(check::Check),
    Convert(convert::Convert),
    Show(show::Show),
}

impl N42 {
    pub fn run(self) -> anyhow::Result<End> {
        match self {
            Self::Check(verb) => verb.run(),
            Self::Convert(verb) => verb.run(),
            Self::Show(verb) => verb.run(),
        }
    }
}

/// The bytes of a file; of one that is too long for the reader only as many as tell it so.
fn bytes(path: &Path) -> anyhow::Result<Vec<u8>> {
    let file = File::open(path).with_context(|| path.display().to_string())?;
    let mut bytes = Vec::new();
    let longest = LIMITS.bytes as u64 + 1;
    file.take(longest).read_to_end(&mut bytes).with_context(|| path.display().to_string())?;
    Ok(bytes)
}

/// A repair in words, with where and how often.
fn words(repair: &Repair) -> String {
    let place = if repair.line > 0 { format!(", first in line {}", repair.line) } else { String::new() };
    let often = if repair.count > 1 { format!(", {} times", repair.count) } else { String::new() };
    format!("{}: {}{place}{often}", repair.rule.id(), repair.rule.text().trim_end_matches('.'))
}
