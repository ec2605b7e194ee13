//! What every importer makes of its format, and where it stood.

use std::fmt;

use greenlane_model::{Consignment, ContainerNumber, Fill, Movement, Utc};
use serde::Serialize;

/// Longest text kept of any field, in characters.
pub const TEXT_MAX: usize = 512;
/// Most lines of goods of one consignment in one container.
pub const GOODS_MAX: usize = 1000;

/// Where records go: into the store, or anywhere else.
pub trait Sink {
    /// A record, or why there is none.
    fn take(&mut self, place: Place, record: Result<Record, String>);
    /// What follows is one message, until [`Sink::keep`] or [`Sink::undo`].
    fn begin(&mut self);
    /// The message is whole.
    fn keep(&mut self);
    /// The message is not: nothing of it counts.
    fn undo(&mut self, place: Place, why: String);
    /// Something to know that loses nothing.
    fn warn(&mut self, place: Place, what: String);
}

/// One thing that a message or file says.
#[derive(Debug, Clone, PartialEq)]
pub enum Record {
    /// What one bill covers in one container.
    Consignment(Statement),
    /// One more line of goods of what one bill covers in one container.
    Goods(Statement),
    /// What `document` said until `declared` no longer stands, but for what this import repeats.
    Withdrawn {
        /// The message's kind, sender and number.
        document: String,
        /// When it was withdrawn.
        declared: Utc,
    },
}

/// What one bill covers in one container.
#[derive(Debug, Clone, PartialEq)]
pub struct Statement {
    /// Which container.
    pub container: ContainerNumber,
    /// The message or file that says so.
    pub document: String,
    /// When.
    pub declared: Utc,
    /// Where it goes.
    pub movement: Movement,
    /// Loaded or empty.
    pub fill: Fill,
    /// Vessel and voyage.
    pub conveyance: Option<String>,
    /// The goods; none for a container that is only announced.
    pub consignment: Option<Consignment>,
}

/// A place in an imported file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Place {
    /// The line, from 1.
    pub line: u64,
    /// In EDIFACT the segment, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub segment: Option<u64>,
}

impl Place {
    /// A line.
    pub fn line(line: u64) -> Self {
        Self { line, segment: None }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.segment {
            Some(segment) => write!(f, "line {}, segment {segment}", self.line),
            None => write!(f, "line {}", self.line),
        }
    }
}

/// A text as it is kept: trimmed, without control characters, at most [`TEXT_MAX`] characters. None when
/// nothing is left.
pub(crate) fn kept(text: &str) -> Option<String> {
    let plain: String =
        text.trim().chars().map(|c| if c.is_control() { ' ' } else { c }).take(TEXT_MAX).collect();
    let plain = plain.trim_end();
    (!plain.is_empty()).then(|| plain.to_owned())
}

/// Bytes as text: UTF-8, or else Latin-1, in which every byte is a character.
pub(crate) fn text_of(bytes: &[u8]) -> String {
    match std::str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        Err(_) => bytes.iter().map(|&byte| char::from(byte)).collect(),
    }
}
