//! Recomputes a journal: every input fed again, every effect compared. One thread reads and decodes, in one
//! pass over all lanes, while the other recomputes: each takes about half of the time.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::mpsc::{SyncSender, sync_channel};

use greenlane_journal::{Class, Entry, Filter, JournalError, Reader, Recorded};
use greenlane_lane::{Input, Lane};
use greenlane_model::Stamp;
use serde::Serialize;

/// Things told that are handed over at once.
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
    let (sender, chunks) = sync_channel(CHUNKS);
    std::thread::scope(|scope| {
        scope.spawn(move || read(path, &sender));
        let mut replay = Replay { inputs: 0, effects: 0, engines: Vec::new(), difference: None };
        let mut lanes = BTreeMap::new();
        // Moved in, so that at a difference it is dropped and the reading ends.
        for chunk in chunks {
            for told in chunk? {
                replay.told(told, &mut lanes);
                if replay.difference.is_some() {
                    return Ok(replay);
                }
            }
        }
        Ok(replay)
    })
}

impl Replay {
    fn told(&mut self, told: Told, lanes: &mut BTreeMap<String, Lane>) {
        match told {
            Told::Start { engine } if self.engines.contains(&engine) => {}
            Told::Start { engine } => self.engines.push(engine),
            Told::Step(step) => {
                if !lanes.contains_key(&step.lane) {
                    lanes.insert(step.lane.clone(), Lane::new(&step.lane));
                }
                if let Some(lane) = lanes.get_mut(&step.lane) {
                    self.step(*step, lane);
                }
            }
        }
    }

    fn step(&mut self, step: Step, lane: &mut Lane) {
        let Step { lane: name, seq, at, input, effects } = step;
        self.inputs += 1;
        let mut computed = Vec::new();
        lane.step(at, input, &mut computed);
        let mut computed = computed.iter().map(|e| serde_json::to_string(e).unwrap_or_default());
        for (seq, recorded) in effects {
            self.effects += 1;
            let today = computed.next();
            if today.as_deref() != Some(&recorded) {
                return self.differs(&name, seq, Some(recorded), today);
            }
        }
        if let Some(today) = computed.next() {
            self.differs(&name, seq, None, Some(today));
        }
    }

    fn differs(&mut self, lane: &str, entry: u64, recorded: Option<String>, recomputed: Option<String>) {
        let changed_by_version = self.engines.iter().any(|e| e != env!("CARGO_PKG_VERSION"));
        let lane = lane.to_owned();
        self.difference = Some(Difference { entry, lane, recorded, recomputed, changed_by_version });
    }
}

/// What a journal tells, in order.
enum Told {
    /// A controller started on it.
    Start {
        engine: String,
    },
    Step(Box<Step>),
}

/// An input as it was told, with the numbers and texts of the effects that stand in the journal.
struct Step {
    lane: String,
    seq: u64,
    at: Stamp,
    input: Input,
    effects: Vec<(u64, String)>,
}

type Chunk = Result<Vec<Told>, JournalError>;

/// Hands over all that stands in the journal in one pass, or what went wrong as the last.
fn read(path: &Path, to: &SyncSender<Chunk>) {
    let mut reading = Reading { to, chunk: Vec::new(), open: BTreeMap::new() };
    let read = reading.entries(path);
    // What stands before an error is compared first. A failed send means that nobody wants more.
    reading.finish();
    if let Err(error) = read {
        let _ = to.send(Err(error));
    }
}

struct Reading<'a> {
    to: &'a SyncSender<Chunk>,
    chunk: Vec<Told>,
    /// The step of each lane that more effects may belong to.
    open: BTreeMap<String, Box<Step>>,
}

impl Reading<'_> {
    fn entries(&mut self, path: &Path) -> Result<(), JournalError> {
        for recorded in Reader::open(path)?.entries(Filter::default()) {
            let Recorded { seq, entry: Entry { lane, class, at, kind, body } } = recorded?;
            let wrong = |why: String| JournalError::Entry { seq, why };
            if lane.is_empty() {
                if kind == "start" {
                    self.chunk.push(Told::Start { engine: engine(&body) });
                }
                continue;
            }
            match class {
                Class::Input => {
                    let input = Input::from_json(&body).map_err(|error| wrong(error.to_string()))?;
                    let step = Box::new(Step { lane: lane.clone(), seq, at, input, effects: Vec::new() });
                    if let Some(done) = self.open.insert(lane, step) {
                        self.chunk.push(Told::Step(done));
                    }
                }
                Class::Effect => match self.open.get_mut(&lane) {
                    Some(step) => step.effects.push((seq, body)),
                    None => return Err(wrong("it is an effect without an input".to_owned())),
                },
            }
            if self.chunk.len() >= CHUNK && self.to.send(Ok(std::mem::take(&mut self.chunk))).is_err() {
                return Ok(());
            }
        }
        Ok(())
    }

    fn finish(mut self) {
        self.chunk.extend(self.open.into_values().map(Told::Step));
        let _ = self.to.send(Ok(self.chunk));
    }
}

fn engine(start: &str) -> String {
    let body: serde_json::Value = serde_json::from_str(start).unwrap_or_default();
    body["engine"].as_str().unwrap_or("unknown").to_owned()
}
