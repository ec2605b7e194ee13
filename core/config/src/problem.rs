//! What is wrong with a configuration, where, and what would be right.

use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use miette::{Diagnostic, LabeledSpan, NamedSource, SourceCode};

/// Most problems told at once; nobody reads more, and a hostile file has no end of them.
pub(crate) const MAX_PROBLEMS: usize = 100;

/// One thing that is wrong with a configuration.
///
/// As a [`miette::Diagnostic`] it prints as a picture of the line; the methods give the same to a program.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{message}")]
pub struct Problem {
    /// The file.
    pub file: PathBuf,
    /// Its whole text; empty when it could not be read.
    pub text: Arc<str>,
    /// Bytes of the offending key or value within `text`.
    pub span: Range<usize>,
    /// Path of the key, e.g. `device[1].settings.inputs[0].point`; lists count from 0.
    pub key: String,
    /// What is wrong.
    pub message: String,
    /// What would be right.
    pub help: String,
    /// The other half of a conflict.
    pub also: Option<Also>,
    shown: NamedSource<Arc<str>>,
}

/// A second place that a problem is about, e.g. the first use of a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Also {
    /// The file.
    pub file: PathBuf,
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
    /// Bytes within that file.
    pub span: Range<usize>,
    /// What is there.
    pub label: String,
}

impl Problem {
    /// Line of the span's first character, from 1.
    pub fn line(&self) -> usize {
        line_column(&self.text, self.span.start).0
    }

    /// Column of the span's first character, in characters from 1.
    pub fn column(&self) -> usize {
        line_column(&self.text, self.span.start).1
    }

    fn second_label(&self) -> Option<LabeledSpan> {
        let also = self.also.as_ref().filter(|also| also.file == self.file)?;
        Some(LabeledSpan::new_with_span(Some(also.label.clone()), also.span.clone()))
    }
}

impl Diagnostic for Problem {
    fn help<'a>(&'a self) -> Option<Box<dyn std::fmt::Display + 'a>> {
        match &self.also {
            Some(also) if also.file != self.file => Some(Box::new(format!(
                "{}\n{}: {}:{}:{}",
                self.help,
                also.label,
                also.file.display(),
                also.line,
                also.column
            ))),
            _ => Some(Box::new(&self.help)),
        }
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        if self.text.is_empty() { None } else { Some(&self.shown) }
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        let first = LabeledSpan::new_primary_with_span(Some(self.key.clone()), self.span.clone());
        Some(Box::new(std::iter::once(first).chain(self.second_label())))
    }
}

/// Where something stands: bytes of one of the files read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Place {
    pub file: usize,
    pub start: usize,
    pub end: usize,
}

impl Place {
    /// The very beginning of a file.
    pub fn top(file: usize) -> Self {
        Self { file, start: 0, end: 0 }
    }
}

/// A problem before its file's text is attached.
#[derive(Debug, Clone)]
pub(crate) struct Finding {
    pub at: Place,
    pub key: String,
    pub message: String,
    pub help: String,
    pub also: Option<(Place, &'static str)>,
}

impl Finding {
    pub fn new(
        at: Place,
        key: impl Into<String>,
        message: impl Into<String>,
        help: impl Into<String>,
    ) -> Self {
        Self { at, key: key.into(), message: message.into(), help: help.into(), also: None }
    }

    /// Adds the other half of a conflict.
    pub fn also(self, at: Place, label: &'static str) -> Self {
        Self { also: Some((at, label)), ..self }
    }

    /// Attaches the texts. `texts` are the files by their number.
    pub fn attach(self, texts: &[(PathBuf, Arc<str>)]) -> Problem {
        let (file, text) = &texts[self.at.file];
        let also = self.also.map(|(at, label)| {
            let (file, text) = &texts[at.file];
            let (line, column) = line_column(text, at.start);
            let span = inside(text, at);
            Also { file: file.clone(), line, column, span, label: label.to_owned() }
        });
        Problem {
            file: file.clone(),
            text: text.clone(),
            span: inside(text, self.at),
            key: self.key,
            message: self.message,
            help: self.help,
            also,
            shown: NamedSource::new(shown(file), text.clone()).with_language("TOML"),
        }
    }
}

fn shown(file: &Path) -> String {
    file.display().to_string()
}

/// The place as bytes that `text` really has.
fn inside(text: &str, at: Place) -> Range<usize> {
    let end = at.end.min(text.len());
    at.start.min(end)..end
}

/// Line and column, both from 1, the column in characters.
fn line_column(text: &str, byte: usize) -> (usize, usize) {
    let before = &text.as_bytes()[..byte.min(text.len())];
    let line_start = before.iter().rposition(|b| *b == b'\n').map_or(0, |at| at + 1);
    let line = before.iter().filter(|b| **b == b'\n').count() + 1;
    // A character is counted by its first byte, so a place within one counts it whole.
    let column = before[line_start..].iter().filter(|b| **b & 0xC0 != 0x80).count() + 1;
    (line, column)
}
