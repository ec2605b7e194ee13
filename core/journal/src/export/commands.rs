//! Commands joined with what became of them.

use std::collections::{BTreeMap, VecDeque};
use std::io::Write;

use greenlane_model::Stamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Lines, body};
use crate::{Filter, JournalError, Reader, Recorded};

/// An effect of kind `command`.
#[derive(Deserialize)]
struct Asked {
    id: u64,
    device: String,
    class: String,
    body: Value,
}

/// An input of kind `outcome`.
#[derive(Deserialize)]
struct Became {
    command: u64,
    sent: Option<Stamp>,
    outcome: Outcome,
}

#[derive(Deserialize)]
struct Outcome {
    outcome: String,
    reason: Option<String>,
}

/// A line of `command`; `outcome` and `sent` are null as long as nothing is known.
#[derive(Serialize)]
struct Line {
    device: String,
    body: Value,
    class: String,
    entry: u64,
    sent: Option<String>,
    outcome: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
}

/// Every command in the order of asking. A line is held back until its outcome and those of all before it are
/// known, or the journal ends.
pub(super) fn commands(
    reader: &Reader,
    lane: Option<&str>,
    lines: &mut Lines<'_, impl Write>,
) -> Result<(), JournalError> {
    let mut waiting = Waiting::default();
    for entry in reader.entries(Filter { lane: lane.map(str::to_owned), ..Filter::default() }) {
        let entry = entry?;
        match entry.entry.kind.as_str() {
            "command" => waiting.ask(&entry)?,
            "outcome" => {
                waiting.answer(&entry)?;
                while let Some(line) = waiting.answered() {
                    lines.write(&line)?;
                }
            }
            _ => {}
        }
    }
    waiting.lines.iter().try_for_each(|line| lines.write(line))
}

#[derive(Default)]
struct Waiting {
    lines: VecDeque<Line>,
    /// How many lines have been taken off the front.
    taken: usize,
    /// Where the line of a lane's command stands, counted from the first of all.
    places: BTreeMap<(String, u64), usize>,
}

impl Waiting {
    fn ask(&mut self, entry: &Recorded) -> Result<(), JournalError> {
        let Asked { id, device, class, body } = body(entry)?;
        self.places.insert((entry.entry.lane.clone(), id), self.taken + self.lines.len());
        let entry = entry.seq;
        self.lines.push_back(Line { device, body, class, entry, sent: None, outcome: None, reason: None });
        Ok(())
    }

    /// The first outcome of a command counts. One of a command that is not there says nothing.
    fn answer(&mut self, entry: &Recorded) -> Result<(), JournalError> {
        let Became { command, sent, outcome: Outcome { outcome, reason } } = body(entry)?;
        let place = self.places.remove(&(entry.entry.lane.clone(), command));
        if let Some(line) = place.and_then(|place| self.lines.get_mut(place - self.taken)) {
            line.sent = sent.map(Stamp::rfc3339);
            line.outcome = Some(outcome);
            line.reason = reason;
        }
        Ok(())
    }

    fn answered(&mut self) -> Option<Line> {
        self.lines.front().filter(|line| line.outcome.is_some())?;
        self.taken += 1;
        self.lines.pop_front()
    }
}
