//! What a terminal asks for, derived from the entries: JSON lines, times as RFC 3339 with nine digits.

mod commands;
mod effects;
mod observations;

use std::fmt;
use std::io::Write;
use std::str::FromStr;

use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::{JournalError, Reader, Recorded};

macro_rules! kinds {
    ($($(#[$doc:meta])* $variant:ident = $word:literal,)*) => {
        /// What can be exported.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Kind {
            $($(#[$doc])* $variant,)*
        }

        impl Kind {
            /// Every kind.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// Its word.
            pub const fn word(self) -> &'static str {
                match self {
                    $(Self::$variant => $word,)*
                }
            }
        }
    };
}

kinds! {
    /// Every passage as it was known last, in the order in which they began.
    Passage = "passage",
    /// Every occupancy of a portal that ended.
    Occupancy = "occupancy",
    /// Faults of devices, coming and going.
    Fault = "fault",
    /// Cabinets opened and closed.
    Tamper = "tamper",
    /// Presence points.
    Presence = "presence",
    /// Counters.
    Pulses = "pulses",
    /// What devices were asked to do and what became of it.
    Command = "command",
    /// Decisions, each time one was taken or made stricter.
    Decision = "decision",
    /// Everything that every device said, also what this version does not know.
    Observation = "observation",
}

/// A word is no [`Kind`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownKind(String);

/// Writes the lines of `kind`, of one lane or of all, and returns how many there were.
///
/// Memory does not grow with the journal, except for about 100 bytes a passage (`passage`) and for the commands
/// since the oldest one without an outcome (`command`).
///
/// # Errors
/// When the journal cannot be read, an entry does not hold what its kind says, or `out` fails.
pub fn export(
    reader: &Reader,
    kind: Kind,
    lane: Option<&str>,
    out: &mut impl Write,
) -> Result<u64, JournalError> {
    let mut lines = Lines { out, count: 0 };
    match kind {
        Kind::Passage => effects::passages(reader, lane, &mut lines)?,
        Kind::Occupancy => effects::copied(reader, "occupancy", effects::OCCUPANCY, lane, &mut lines)?,
        Kind::Decision => effects::copied(reader, "decision", effects::DECISION, lane, &mut lines)?,
        Kind::Command => commands::commands(reader, lane, &mut lines)?,
        Kind::Fault => observations::bodies(reader, "fault", observations::FAULT, lane, &mut lines)?,
        Kind::Tamper => observations::bodies(reader, "tamper", observations::TAMPER, lane, &mut lines)?,
        Kind::Presence => observations::bodies(reader, "presence", observations::PRESENCE, lane, &mut lines)?,
        Kind::Pulses => observations::bodies(reader, "pulses", observations::PULSES, lane, &mut lines)?,
        Kind::Observation => observations::whole(reader, lane, &mut lines)?,
    }
    Ok(lines.count)
}

struct Lines<'w, W> {
    out: &'w mut W,
    count: u64,
}

impl<W: Write> Lines<'_, W> {
    fn write(&mut self, line: &impl serde::Serialize) -> Result<(), JournalError> {
        serde_json::to_writer(&mut *self.out, line).map_err(|error| JournalError::Output(error.into()))?;
        self.out.write_all(b"\n").map_err(JournalError::Output)?;
        self.count += 1;
        Ok(())
    }
}

/// Reads the body of an entry.
fn body<T: DeserializeOwned>(recorded: &Recorded) -> Result<T, JournalError> {
    serde_json::from_str(&recorded.entry.body)
        .map_err(|error| JournalError::Entry { seq: recorded.seq, why: format!("its body: {error}") })
}

/// An object with `fields` in this order, `null` where `from` has none, written out as it is walked.
struct Picked<'a> {
    fields: &'a [&'static str],
    from: Map<String, Value>,
}

impl<'a> Picked<'a> {
    fn new(fields: &'a [&'static str], mut from: Map<String, Value>) -> Self {
        from.values_mut().for_each(plain_times);
        Self { fields, from }
    }
}

impl serde::Serialize for Picked<'_> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.fields.iter().map(|&field| (field, self.from.get(field))))
    }
}

/// Puts its `utc` in the place of every time stamp, however deep.
fn plain_times(value: &mut Value) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(plain_times),
        Value::Object(fields) => match utc(fields) {
            Some(utc) => *value = utc,
            None => fields.values_mut().for_each(plain_times),
        },
        _ => {}
    }
}

fn utc(fields: &Map<String, Value>) -> Option<Value> {
    let is_stamp = fields.contains_key("mono")
        && fields.keys().all(|key| matches!(key.as_str(), "utc" | "mono" | "uncertainty_ns"));
    is_stamp.then(|| fields.get("utc").cloned()).flatten()
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

impl FromStr for Kind {
    type Err = UnknownKind;

    fn from_str(word: &str) -> Result<Self, UnknownKind> {
        Self::ALL.iter().copied().find(|kind| kind.word() == word).ok_or_else(|| UnknownKind(word.to_owned()))
    }
}

impl fmt::Display for UnknownKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words: Vec<_> = Kind::ALL.iter().map(|kind| kind.word()).collect();
        write!(f, "{:?} cannot be exported; it is one of {}", self.0, words.join(", "))
    }
}

impl std::error::Error for UnknownKind {}
