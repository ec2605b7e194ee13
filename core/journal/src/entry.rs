//! One row of the journal.

use greenlane_model::Stamp;
use serde::Deserialize;
use serde::de::value::{Error as ValueError, MapDeserializer};

/// What stands in a journal, before it has a number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The lane's name; empty for what concerns the whole site.
    pub lane: String,
    /// Cause or consequence.
    pub class: Class,
    /// When the lane took it in, or when it followed. An uncertainty beyond 292 years is kept as 292 years.
    pub at: Stamp,
    /// The kind of input or effect, e.g. `observation`, `command`.
    pub kind: String,
    /// JSON text.
    pub body: String,
}

/// Whether an entry was told to a lane or followed from what it was told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    /// Told to the lane: what a replay feeds.
    Input,
    /// Followed: what a replay compares.
    Effect,
}

/// An entry as it stands in the journal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recorded {
    /// Its number: 1, 2, 3... without a gap.
    pub seq: u64,
    /// What stands there.
    pub entry: Entry,
}

impl Class {
    /// The word in the column `class`.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Input => "input",
            Self::Effect => "effect",
        }
    }

    pub(crate) fn from_word(word: &str) -> Option<Self> {
        [Self::Input, Self::Effect].into_iter().find(|class| class.word() == word)
    }
}

/// An entry as its columns hold it: the text that the chain was computed over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Columns {
    pub lane: String,
    pub class: String,
    pub utc: String,
    pub mono: String,
    pub uncertainty_ns: i64,
    pub kind: String,
    pub body: String,
}

impl Columns {
    /// The entry these columns hold, or what is wrong with them.
    pub fn into_entry(self) -> Result<Entry, String> {
        let class = Class::from_word(&self.class).ok_or_else(|| format!("{:?} is no class", self.class))?;
        let fields = [("utc", self.utc.as_str()), ("mono", self.mono.as_str())];
        let mut at = Stamp::deserialize(MapDeserializer::<_, ValueError>::new(fields.into_iter()))
            .map_err(|error| error.to_string())?;
        at.uncertainty_ns = u64::try_from(self.uncertainty_ns)
            .map_err(|_| format!("an uncertainty of {} ns is negative", self.uncertainty_ns))?;
        Ok(Entry { lane: self.lane, class, at, kind: self.kind, body: self.body })
    }
}

/// The columns that are not text as they stand.
pub(crate) struct StampColumns {
    pub utc: String,
    pub mono: String,
    pub uncertainty_ns: i64,
}

impl From<Stamp> for StampColumns {
    fn from(at: Stamp) -> Self {
        let (seconds, rest) = (at.mono_ns / 1_000_000_000, at.mono_ns % 1_000_000_000);
        Self {
            utc: at.rfc3339(),
            mono: format!("{seconds}.{rest:09}"),
            uncertainty_ns: i64::try_from(at.uncertainty_ns).unwrap_or(i64::MAX),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn every_stamp_survives_its_columns(mono_ns: u64, utc_ns: i64, uncertainty in 0..i64::MAX) {
            let at = Stamp { mono_ns, utc_ns, uncertainty_ns: uncertainty.unsigned_abs() };
            let StampColumns { utc, mono, uncertainty_ns } = at.into();
            let columns = Columns {
                lane: "in-04".into(), class: "input".into(), utc, mono, uncertainty_ns,
                kind: "due".into(), body: "{}".into(),
            };
            prop_assert_eq!(columns.into_entry().unwrap().at, at);
        }
    }
}
