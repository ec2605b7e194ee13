//! Recomputes a journal: every input fed again, every effect compared. One thread reads and decodes while the
//! other recomputes: each takes about half of the time.

use std::path::Path;
use std::sync::mpsc::{SyncSender, sync_channel};

use greenlane_journal::{Filter, JournalError, Reader, Recorded, Step};
use greenlane_lane::{Input, Lane};
use greenlane_model::Stamp;
use serde::Serialize;

/// Steps handed over at once.
const CHUNK: usize = 256;
/// Chunks that may wait: this bounds the memory.
const CHUNKS: usize = 16;

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
        replay.lane(path, &name)?;
        if replay.difference.is_some() {
            break;
        }
    }
    Ok(replay)
}

/// An input as it was told, with the effects that stand in the journal.
struct Told {
    seq: u64,
    at: Stamp,
    input: Input,
    effects: Vec<Recorded>,
}

type Chunk = Result<Vec<Told>, JournalError>;

impl Replay {
    fn lane(&mut self, path: &Path, name: &str) -> Result<(), JournalError> {
        let (sender, chunks) = sync_channel::<Chunk>(CHUNKS);
        std::thread::scope(|scope| {
            scope.spawn(move || read(path, name, &sender));
            // Moved in, so that at a difference it is dropped and the reading ends.
            self.recompute(name, chunks.into_iter())
        })
    }

    fn recompute(&mut self, name: &str, chunks: impl Iterator<Item = Chunk>) -> Result<(), JournalError> {
        let mut lane = Lane::new(name);
        let mut computed = Vec::new();
        for chunk in chunks {
            for Told { seq, at, input, effects } in chunk? {
                self.inputs += 1;
                computed.clear();
                lane.step(at, input, &mut computed);
                let mut computed = computed.iter().map(|e| serde_json::to_string(e).unwrap_or_default());
                for recorded in effects {
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

/// Hands over every step of a lane, or what went wrong as the last.
fn read(path: &Path, name: &str, to: &SyncSender<Chunk>) {
    if let Err(error) = read_steps(path, name, to) {
        // Here and below a failed send means that nobody wants more.
        let _ = to.send(Err(error));
    }
}

fn read_steps(path: &Path, name: &str, to: &SyncSender<Chunk>) -> Result<(), JournalError> {
    let reader = Reader::open(path)?;
    let mut chunk = Vec::with_capacity(CHUNK);
    for step in reader.steps(name, 0) {
        let step = match step.and_then(told) {
            Ok(step) => step,
            Err(error) => {
                // What stands before it is compared first.
                let _ = to.send(Ok(chunk));
                return Err(error);
            }
        };
        chunk.push(step);
        if chunk.len() == CHUNK
            && to.send(Ok(std::mem::replace(&mut chunk, Vec::with_capacity(CHUNK)))).is_err()
        {
            return Ok(());
        }
    }
    let _ = to.send(Ok(chunk));
    Ok(())
}

fn told(step: Step) -> Result<Told, JournalError> {
    let Step { input: Recorded { seq, entry }, effects } = step;
    let input =
        Input::from_json(&entry.body).map_err(|error| JournalError::Entry { seq, why: error.to_string() })?;
    Ok(Told { seq, at: entry.at, input, effects })
}
