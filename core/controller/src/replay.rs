//! Recomputes a journal: every input fed again, every effect compared.

use std::path::Path;

use greenlane_journal::{Filter, JournalError, Reader, Recorded};
use greenlane_lane::{Input, Lane};
use serde::Serialize;

/// What a replay found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Replay {
    /// Inputs fed.
    pub inputs: u64,
    /// Effects compared.
    pub effects: u64,
    /// Versions of the engine that wrote the journal, in order of first appearance.
    pub engines: Vec<String>,
    /// The first entry that differs.
    pub difference: Option<Difference>,
}

/// An entry that is not what comes out today.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// The entry's number; that of the input when an effect is missing.
    pub entry: u64,
    /// Its lane.
    pub lane: String,
    /// What stands in the journal; `None` when today there is one effect more.
    pub recorded: Option<String>,
    /// What comes out today; `None` when there is nothing.
    pub recomputed: Option<String>,
    /// The journal was written by another version of the engine: changed by version, not by hand.
    pub changed_by_version: bool,
}

/// Recomputes the journal at `path` up to the first difference.
///
/// # Errors
/// The file cannot be read, or an input in it cannot be understood.
pub fn replay(path: &Path) -> Result<Replay, JournalError> {
    let reader = Reader::open(path)?;
    let mut replay = Replay { inputs: 0, effects: 0, engines: engines(&reader)?, difference: None };
    for name in reader.lanes()? {
        replay.lane(&reader, &name)?;
        if replay.difference.is_some() {
            break;
        }
    }
    Ok(replay)
}

impl Replay {
    fn lane(&mut self, reader: &Reader, name: &str) -> Result<(), JournalError> {
        let mut lane = Lane::new(name);
        let mut computed = Vec::new();
        for step in reader.steps(name, 0) {
            let step = step?;
            let Recorded { seq, entry } = step.input;
            let input = Input::from_json(&entry.body)
                .map_err(|error| JournalError::Entry { seq, why: error.to_string() })?;
            self.inputs += 1;
            computed.clear();
            lane.step(entry.at, input, &mut computed);
            let mut computed = computed.iter().map(|e| serde_json::to_string(e).unwrap_or_default());
            for recorded in step.effects {
                self.effects += 1;
                let today = computed.next();
                if today.as_deref() != Some(&recorded.entry.body) {
                    self.differs(name, recorded.seq, Some(recorded.entry.body), today);
                    return Ok(());
                }
            }
            if let Some(today) = computed.next() {
                self.differs(name, seq, None, Some(today));
                return Ok(());
            }
        }
        Ok(())
    }

    fn differs(&mut self, lane: &str, entry: u64, recorded: Option<String>, recomputed: Option<String>) {
        let changed_by_version = self.engines.iter().any(|e| e != env!("CARGO_PKG_VERSION"));
        let lane = lane.to_owned();
        self.difference = Some(Difference { entry, lane, recorded, recomputed, changed_by_version });
    }
}

fn engines(reader: &Reader) -> Result<Vec<String>, JournalError> {
    let mut engines = Vec::new();
    for start in reader.entries(Filter { kind: Some("start".into()), ..Filter::default() }) {
        let body: serde_json::Value = serde_json::from_str(&start?.entry.body).unwrap_or_default();
        let engine = body["engine"].as_str().unwrap_or("unknown").to_owned();
        if !engines.contains(&engine) {
            engines.push(engine);
        }
    }
    Ok(engines)
}
