//! Reading both dialects, tolerantly: what can be understood is, and each repair is noted.

mod cursor;
pub(crate) mod failure;
mod resolve;
mod v2006;
mod v2011;

use std::borrow::Cow;

use crate::document::{
    Analysis, Calibration, Detector, Dialect, Document, Instrument, Item, Measurement, Windows,
};
use crate::repair::{Notes, Repair, Rule, line_of};
use crate::time::DateTime;
use cursor::{Cursor, Element, Namespace};
use failure::{Failure, LIMITS, Problem, ReadError};

/// Of N42.42-2011.
pub(crate) const NAMESPACE: &str = "http://physics.nist.gov/N42/2011/N42";

/// One piece of a document, in the order of the file. What refers to another piece by its id may come before it.
#[derive(Debug, Clone, PartialEq)]
pub enum Part {
    /// A document begins.
    Start {
        /// Its dialect.
        dialect: Dialect,
        /// `n42DocUUID`, where it has one.
        uuid: Option<String>,
        /// `n42DocDateTime`.
        created: Option<DateTime>,
    },
    /// Who wrote the document.
    Creator(String),
    /// Free text about the document.
    Remark(String),
    /// The instrument; in older documents with each measurement.
    Instrument(Instrument),
    /// A detector. Older documents do not list them: there they come when they are first met.
    Detector(Detector),
    /// What was measured.
    Item(Item),
    /// An energy calibration.
    Calibration(Calibration),
    /// Energy windows.
    Windows(Windows),
    /// A measurement.
    Measurement(Measurement),
    /// Data that the instrument computed.
    Derived(Measurement),
    /// An analysis.
    Analysis(Analysis),
    /// The document ends.
    End,
}

/// What can be said of a file that was read part by part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Summary {
    /// The dialect of its first document.
    pub dialect: Dialect,
    /// How many documents it holds.
    pub documents: usize,
    /// What was repaired, once a rule.
    pub repairs: Vec<Repair>,
}

/// A file that was read whole.
#[derive(Debug, Clone, PartialEq)]
pub struct Reading {
    /// The dialect of its first document.
    pub dialect: Dialect,
    /// Its documents, at least one.
    pub documents: Vec<Document>,
    /// What was repaired, once a rule.
    pub repairs: Vec<Repair>,
}

/// Reads a file of one or more documents and holds them whole. `bytes` is what was received, unchanged.
///
/// # Errors
/// [`ReadError`] when it is no N42 document, is not well formed, defines or uses entities, or is beyond
/// [`LIMITS`]. A file that merely ends too early is read as far as it is complete.
pub fn read(bytes: &[u8]) -> Result<Reading, ReadError> {
    let mut documents = Vec::new();
    let summary = walk(bytes, Keep::All, &mut |part| match (part, documents.last_mut()) {
        (Part::Start { uuid, created, .. }, _) => {
            documents.push(Document { uuid, created, ..Document::default() });
        }
        (part, Some(document)) => resolve::add(document, part),
        (_, None) => (),
    })?;
    Ok(Reading { dialect: summary.dialect, documents, repairs: summary.repairs })
}

/// Reads a file part by part. Beside the text itself only one part is held at a time.
///
/// # Errors
/// As [`read`]. What was handed over before the error is right as far as it goes.
pub fn visit(bytes: &[u8], mut visitor: impl FnMut(Part)) -> Result<Summary, ReadError> {
    walk(bytes, Keep::One, &mut visitor)
}

/// Where each document begins and ends in `bytes`: from its XML declaration or root to the end of its root.
/// Empty when the file cannot be read.
pub fn documents(bytes: &[u8]) -> Vec<std::ops::Range<usize>> {
    let mut notes = Notes::default();
    let Ok(text) = decoded(bytes, &mut notes) else { return Vec::new() };
    // Offsets are those of the bytes only when these are the text.
    let Cow::Borrowed(text) = text else { return std::iter::once(0..bytes.len()).collect() };
    let before = bytes.len() - text.len();
    let mut cursor = Cursor::new(text, notes);
    let mut ranges = Vec::new();
    let mut start = before;
    while let Ok(Some(root)) = cursor.root() {
        if dialect(&root).is_some() {
            if cursor.skip().is_err() {
                break;
            }
            // A declaration must be the first thing of a document.
            start += bytes[start..].iter().take_while(|byte| byte.is_ascii_whitespace()).count();
            let end = before + cursor.at();
            ranges.push(start..end);
            start = end;
        }
    }
    ranges
}

/// Whether the reader's limits hold for one part or for all parts together.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Keep {
    One,
    All,
}

/// Whom the parts are handed to.
pub(crate) struct Out<'o> {
    visitor: &'o mut dyn FnMut(Part),
    keep: Keep,
}

impl Out<'_> {
    /// Hands over a part that was read to its end; an incomplete one is left out.
    fn give(&mut self, cursor: &mut Cursor, part: Part) {
        if !cursor.truncated {
            (self.visitor)(part);
        }
        if self.keep == Keep::One {
            cursor.release();
        }
    }
}

fn walk(bytes: &[u8], keep: Keep, visitor: &mut dyn FnMut(Part)) -> Result<Summary, ReadError> {
    let mut notes = Notes::default();
    let text = decoded(bytes, &mut notes).map_err(|problem| ReadError { problem, line: 1 })?;
    let mut cursor = Cursor::new(&text, notes);
    let mut out = Out { visitor, keep };
    let found = all(&mut cursor, &mut out);
    let end = cursor.at();
    let placed = |failure: Failure| ReadError { line: line_of(&text, failure.at), problem: failure.problem };
    let (first, documents) = found.map_err(placed)?;
    let dialect = first.ok_or_else(|| placed(Failure::new(Problem::NotN42, end)))?;
    Ok(Summary { dialect, documents, repairs: cursor.notes.into_repairs(&text) })
}

fn all(cursor: &mut Cursor, out: &mut Out) -> Result<(Option<Dialect>, usize), Failure> {
    let (mut first, mut documents) = (None, 0);
    while let Some(root) = cursor.root()? {
        let Some(dialect) = dialect(&root) else { continue };
        first.get_or_insert(dialect);
        documents += 1;
        if documents == 2 {
            cursor.notes.add(Rule::ConcatenatedDocuments, cursor.at());
        }
        match dialect {
            Dialect::V2011 => {
                cursor.adopt(&root, Namespace::Required);
                v2011::document(cursor, &root, out)?;
            }
            Dialect::V2006 => {
                cursor.adopt(&root, Namespace::Any);
                v2006::document(cursor, out)?;
            }
        }
        (out.visitor)(Part::End);
    }
    Ok((first, documents))
}

fn dialect(root: &Element) -> Option<Dialect> {
    match root.name() {
        "RadInstrumentData" => Some(Dialect::V2011),
        "N42InstrumentData" => Some(Dialect::V2006),
        _ => None,
    }
}

/// The text of a file: UTF-8, or Latin-1 when it is not.
fn decoded<'a>(bytes: &'a [u8], notes: &mut Notes) -> Result<Cow<'a, str>, Problem> {
    if bytes.len() > LIMITS.bytes {
        return Err(Problem::TooLarge(bytes.len()));
    }
    if bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff") || bytes.starts_with(b"<\0") {
        return Err(Problem::Encoding);
    }
    let bare = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    if bare.len() < bytes.len() {
        notes.add(Rule::ByteOrderMark, 0);
    }
    match std::str::from_utf8(bare) {
        Ok(text) => Ok(Cow::Borrowed(text)),
        Err(error) => {
            notes.add(Rule::NotUtf8, error.valid_up_to());
            Ok(Cow::Owned(bare.iter().map(|byte| char::from(*byte)).collect()))
        }
    }
}
