//! Recomputes a journal: every input fed again, every effect compared. One thread reads, in one pass over all
//! lanes, while the other recomputes: each takes about half of the time.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::mpsc::{SyncSender, sync_channel};

use greenlane_journal::{Class, Entry, Filter, JournalError, Reader, Recorded};
use greenlane_lane::{Effect, Input, Lane};
use greenlane_model::Stamp;
use serde::Serialize;

/// Entries handed over at once.
const CHUNK: usize = 512;
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
            for row in chunk?.rows() {
                replay.row(&row, &mut lanes)?;
                if replay.difference.is_some() {
                    return Ok(replay);
                }
            }
        }
        lanes.iter().for_each(|(name, lane)| replay.complete(name, lane));
        Ok(replay)
    })
}

/// The lanes of a journal as they are after its last entry: every input fed again, no effect compared.
///
/// # Errors
/// The file cannot be read, or an input in it cannot be understood.
pub fn recompute(path: &Path) -> Result<BTreeMap<String, Lane>, JournalError> {
    let reader = Reader::open(path)?;
    let (mut lanes, mut effects) = (BTreeMap::new(), Vec::new());
    for recorded in reader.entries(Filter { class: Some(Class::Input), ..Filter::default() }) {
        let Recorded { seq, entry } = recorded?;
        if entry.lane.is_empty() {
            continue;
        }
        let wrong = |why: String| JournalError::Entry { seq, why };
        let input = Input::from_json(&entry.body).map_err(|error| wrong(error.to_string()))?;
        let lane = lanes.entry(entry.lane).or_insert_with_key(|name| Lane::new(name));
        effects.clear();
        lane.step(entry.at, input, &mut effects);
    }
    Ok(lanes)
}

/// A lane at work, and what came out of its last input.
struct Recomputed {
    lane: Lane,
    input: u64,
    effects: Vec<Effect>,
    /// How many of them were compared.
    compared: usize,
}

impl Recomputed {
    fn next(&self) -> Option<String> {
        self.effects.get(self.compared).map(|effect| serde_json::to_string(effect).unwrap_or_default())
    }
}

impl Replay {
    fn row(&mut self, row: &Row<'_>, lanes: &mut BTreeMap<String, Recomputed>) -> Result<(), JournalError> {
        let &Row { seq, lane: name, class, at, body } = row;
        if name.is_empty() {
            self.start(body);
            return Ok(());
        }
        let wrong = |why| JournalError::Entry { seq, why };
        match (class, lanes.get_mut(name)) {
            (Class::Input, lane) => {
                let input = Input::from_json(body).map_err(|error| wrong(error.to_string()))?;
                let Some(lane) = lane else {
                    let mut lane =
                        Recomputed { lane: Lane::new(name), input: seq, effects: Vec::new(), compared: 0 };
                    self.feed(&mut lane, seq, at, input);
                    lanes.insert(name.to_owned(), lane);
                    return Ok(());
                };
                self.complete(name, lane);
                self.feed(lane, seq, at, input);
            }
            (Class::Effect, Some(lane)) => {
                self.effects += 1;
                let today = lane.next();
                lane.compared += 1;
                if today.as_deref() != Some(body) {
                    self.differs(name, seq, Some(body.to_owned()), today);
                }
            }
            (Class::Effect, None) => return Err(wrong("it is an effect without an input".to_owned())),
        }
        Ok(())
    }

    fn feed(&mut self, lane: &mut Recomputed, seq: u64, at: Stamp, input: Input) {
        self.inputs += 1;
        lane.effects.clear();
        (lane.input, lane.compared) = (seq, 0);
        lane.lane.step(at, input, &mut lane.effects);
    }

    /// Nothing more stands in the journal for a lane's last input.
    fn complete(&mut self, name: &str, lane: &Recomputed) {
        if let (Some(today), None) = (lane.next(), &self.difference) {
            self.differs(name, lane.input, None, Some(today));
        }
    }

    fn start(&mut self, body: &str) {
        let body: serde_json::Value = serde_json::from_str(body).unwrap_or_default();
        let engine = body["engine"].as_str().unwrap_or("unknown").to_owned();
        if !self.engines.contains(&engine) {
            self.engines.push(engine);
        }
    }

    fn differs(&mut self, lane: &str, entry: u64, recorded: Option<String>, recomputed: Option<String>) {
        let changed_by_version = self.engines.iter().any(|e| e != env!("CARGO_PKG_VERSION"));
        let lane = lane.to_owned();
        self.difference = Some(Difference { entry, lane, recorded, recomputed, changed_by_version });
    }
}

/// Entries in order. Their texts lie in one piece: two threads that allocate and free each other's small
/// pieces would stand in each other's way.
#[derive(Default)]
struct Chunk {
    text: String,
    /// Number, class and time of each entry, with the ends of its lane's name and of its body.
    ends: Vec<(u64, Class, Stamp, usize, usize)>,
}

/// One entry of a lane, or a start without one.
struct Row<'a> {
    seq: u64,
    lane: &'a str,
    class: Class,
    at: Stamp,
    body: &'a str,
}

impl Chunk {
    fn push(&mut self, seq: u64, entry: &Entry) {
        self.text.push_str(&entry.lane);
        let name = self.text.len();
        self.text.push_str(&entry.body);
        self.ends.push((seq, entry.class, entry.at, name, self.text.len()));
    }

    fn rows(&self) -> impl Iterator<Item = Row<'_>> {
        let mut from = 0;
        self.ends.iter().map(move |&(seq, class, at, name, end)| {
            let row = Row { seq, lane: &self.text[from..name], class, at, body: &self.text[name..end] };
            from = end;
            row
        })
    }
}

/// Hands over all that stands in the journal in one pass, or what went wrong as the last.
fn read(path: &Path, to: &SyncSender<Result<Chunk, JournalError>>) {
    let mut chunk = Chunk::default();
    let read = read_entries(path, to, &mut chunk);
    // What stands before an error is compared first. A failed send means that nobody wants more.
    let _ = to.send(Ok(chunk));
    if let Err(error) = read {
        let _ = to.send(Err(error));
    }
}

fn read_entries(
    path: &Path,
    to: &SyncSender<Result<Chunk, JournalError>>,
    chunk: &mut Chunk,
) -> Result<(), JournalError> {
    for recorded in Reader::open(path)?.entries(Filter::default()) {
        let Recorded { seq, entry } = recorded?;
        if !entry.lane.is_empty() || entry.kind == "start" {
            chunk.push(seq, &entry);
        }
        if chunk.ends.len() >= CHUNK && to.send(Ok(std::mem::take(chunk))).is_err() {
            return Ok(());
        }
    }
    Ok(())
}
