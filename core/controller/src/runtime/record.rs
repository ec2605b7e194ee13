//! From the journal into the lanes: what a lane had been told before this start.

use greenlane_journal::{Filter, JournalError, Reader, Recorded};
use greenlane_lane::{Input, Lane};

/// A journal cannot be taken up again.
#[derive(Debug, thiserror::Error)]
pub enum RecordError {
    /// The file.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// An entry is no input.
    #[error("entry {seq} is no input that this version understands: {error}")]
    Input {
        /// The entry.
        seq: u64,
        /// Why.
        error: serde_json::Error,
    },
}

/// A lane as the journal left it.
pub(crate) struct Opened {
    pub lane: Lane,
    /// Whether it was told anything before.
    pub used: bool,
}

/// How often a controller was started on this journal, this time included.
pub(crate) fn epochs(reader: &Reader) -> Result<u32, JournalError> {
    let filter = Filter { kind: Some("start".to_owned()), ..Filter::default() };
    let count = reader.entries(filter).try_fold(0u32, |n, entry| entry.map(|_| n + 1))?;
    Ok(count)
}

/// Brings lane `name` to where the journal left it.
pub(crate) fn open(reader: &Reader, name: &str) -> Result<Opened, RecordError> {
    let mut opened = Opened { lane: Lane::new(name), used: false };
    let mut effects = Vec::new();
    for step in reader.steps(name, 0) {
        let Recorded { seq, entry } = step?.input;
        let input = Input::from_json(&entry.body).map_err(|error| RecordError::Input { seq, error })?;
        opened.lane.step(entry.at, input, &mut effects);
        opened.used = true;
        effects.clear();
    }
    Ok(opened)
}

impl std::fmt::Debug for Opened {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Opened").field("used", &self.used).finish_non_exhaustive()
    }
}
