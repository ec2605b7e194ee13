//! `greenlane journal verify|export|replay FILE`: the record, looked at.

use std::io::{BufWriter, Write};
use std::path::PathBuf;

use clap::Subcommand;
use greenlane_journal::{Head, Kind, Reader};

use crate::End;

/// Verify, export or recompute a journal.
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
        }
    }
}

fn replay(file: &std::path::Path, verify: bool, json: bool) -> anyhow::Result<End> {
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

fn verify(file: &std::path::Path, head: Option<Head>, json: bool) -> anyhow::Result<End> {
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
