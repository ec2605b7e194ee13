//! `greenlane journal verify|export|replay|audit FILE`: the record, looked at.

use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::Subcommand;
use greenlane_controller::{AuditKey, DayKey};
use greenlane_journal::{Head, Kind, Reader};
use greenlane_link::Clock;
use greenlane_standard::Date;

use crate::End;

/// Verify, export or recompute a journal, or prove its audit draws.
#[derive(Subcommand)]
pub enum Journal {
    /// Find any entry that was changed, put in, taken out or moved.
    Verify {
        /// The journal
        file: PathBuf,
        /// The last entry as noted elsewhere (NUMBER:CHAIN): finds entries cut off at the end as well
        #[arg(long, value_name = "HEAD")]
        head: Option<Head>,
        /// Print one JSON object
        #[arg(long)]
        json: bool,
    },
    /// Print entries of one kind as JSON lines.
    Export {
        /// The journal
        file: PathBuf,
        /// passage, occupancy, fault, tamper, presence, pulses, command, decision or observation
        #[arg(long)]
        kind: Kind,
        /// Only this lane
        #[arg(long)]
        lane: Option<String>,
    },
    /// Recompute every effect from the recorded inputs.
    Replay {
        /// The journal
        file: PathBuf,
        /// Compare each effect with the recorded one; exit 1 at the first difference
        #[arg(long)]
        verify: bool,
        /// Print one JSON object
        #[arg(long)]
        json: bool,
    },
    /// Tell the key of the audit draws of a day that is over, or draw again with a key that was told.
    Audit {
        /// The journal
        file: PathBuf,
        /// The day (UTC), e.g. 2026-11-23: print its key; the file that the site keeps beside the journal is needed
        #[arg(long, value_name = "DAY", value_parser = Date::parse, conflicts_with = "key", required_unless_present = "key")]
        reveal: Option<Date>,
        /// A day's key: draw every passage of that day again; exit 1 when one was drawn otherwise
        #[arg(long, value_name = "HEX")]
        key: Option<DayKey>,
        /// The share that was in force, 0 to 1
        #[arg(long, requires = "key")]
        share: Option<f64>,
    },
}

impl Journal {
    pub fn run(self) -> anyhow::Result<End> {
        match self {
            Self::Verify { file, head, json } => verify(&file, head, json),
            Self::Export { file, kind, lane } => {
                let mut out = BufWriter::new(std::io::stdout().lock());
                let exported =
                    greenlane_journal::export(&Reader::open(&file)?, kind, lane.as_deref(), &mut out);
                match exported.map(|_| out.flush()) {
                    Ok(Ok(())) => Ok(End::Ok),
                    Ok(Err(error)) if error.kind() == std::io::ErrorKind::BrokenPipe => Ok(End::Ok),
                    Ok(Err(error)) => Err(error.into()),
                    Err(error) => Err(error.into()),
                }
            }
            Self::Replay { file, verify, json } => replay(&file, verify, json),
            Self::Audit { file, key: Some(key), share, .. } => draws(&file, &key, share),
            Self::Audit { file, reveal, .. } => tell_key(&file, reveal.as_ref()),
        }
    }
}

fn replay(file: &Path, verify: bool, json: bool) -> anyhow::Result<End> {
    let replay = greenlane_controller::replay(file)?;
    if json {
        println!("{}", serde_json::to_string(&replay)?);
    } else {
        println!("{} inputs, {} effects recomputed", replay.inputs, replay.effects);
    }
    let Some(difference) = &replay.difference else { return Ok(End::Ok) };
    if !json {
        let nothing = "nothing".to_owned();
        println!("entry {} of lane {} differs", difference.entry, difference.lane);
        println!("  recorded:   {}", difference.recorded.as_ref().unwrap_or(&nothing));
        println!("  recomputed: {}", difference.recomputed.as_ref().unwrap_or(&nothing));
        if difference.changed_by_version {
            println!("  changed by version: the journal was written by {}", replay.engines.join(", "));
        }
    }
    Ok(if verify { End::Finding } else { End::Ok })
}

/// Prints the key of a day, once nothing more is drawn with it.
fn tell_key(journal: &Path, day: Option<&Date>) -> anyhow::Result<End> {
    let day = day.context("no day is given")?;
    let begins_s = day.days() * 86_400;
    anyhow::ensure!(
        (begins_s + 86_400) * 1_000_000_000 <= Clock::now().utc_ns,
        "{day} is not over (UTC): whoever knows its key knows which passage is drawn"
    );
    let path = AuditKey::path(journal);
    let key = AuditKey::read(&path).with_context(|| format!("{} cannot be read", path.display()))?;
    println!("{}", key.of_day(begins_s * 1_000_000_000));
    Ok(End::Ok)
}

/// Prints one JSON object: what the journal holds of the draws of the key's day.
fn draws(journal: &Path, key: &DayKey, share: Option<f64>) -> anyhow::Result<End> {
    let found = greenlane_controller::draw_again(journal, key, share)?;
    println!("{}", serde_json::to_string(&found)?);
    anyhow::ensure!(found.answers > 0, "no answer in {} commits to this key", journal.display());
    // Of two shares one was in force at a time: without it, overlapping lots are for a person to explain.
    Ok(if found.otherwise.is_empty() { End::Ok } else { End::Finding })
}

fn verify(file: &Path, head: Option<Head>, json: bool) -> anyhow::Result<End> {
    let verdict = greenlane_journal::verify(file, head)?;
    if json {
        println!("{}", serde_json::to_string(&verdict)?);
    } else {
        for finding in &verdict.findings {
            println!("{finding}");
        }
        let head = verdict.head.map_or_else(|| "none".to_owned(), |h| h.to_string());
        let found = verdict.findings.len();
        println!("{} entries, {found} finding(s), head {head}", verdict.entries);
    }
    Ok(if verdict.findings.is_empty() { End::Ok } else { End::Finding })
}
