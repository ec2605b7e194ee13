//! Reads files: bounded, with includes, merged into one table that remembers every key's place.

use std::collections::btree_map::Entry as Slot;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use toml::de::DeTable;

use crate::node::{Node, Table, Value};
use crate::problem::{Finding, Place};

/// Largest file, in bytes.
const MAX_BYTES: u64 = 1 << 20;
/// Largest sum of all files of a site.
const MAX_ALL_BYTES: usize = 32 << 20;
/// Most files that one configuration file includes, directly or through others.
const MAX_INCLUDES: usize = 32;
/// Includes within includes.
const MAX_DEPTH: usize = 8;
/// Syntax errors told of one file: later ones mostly follow from the first.
const MAX_SYNTAX_ERRORS: usize = 8;

/// Everything read so far. A file is read once, so that all who use it see the same text.
#[derive(Debug, Default)]
pub(crate) struct Sources {
    files: Vec<(PathBuf, Arc<str>)>,
}

impl Sources {
    /// Paths and texts, by file number.
    pub fn files(&self) -> &[(PathBuf, Arc<str>)] {
        &self.files
    }

    /// The folder of the file in which something stands.
    pub fn folder(&self, at: Place) -> &Path {
        self.files[at.file].0.parent().unwrap_or(Path::new(""))
    }

    /// BLAKE3 over the texts in the order in which they were read, each after its length.
    pub fn hash(&self) -> String {
        let mut hasher = blake3::Hasher::new();
        for (_, text) in &self.files {
            hasher.update(&(text.len() as u64).to_le_bytes());
            hasher.update(text.as_bytes());
        }
        hasher.finalize().to_hex().to_string()
    }

    /// Reads a file and all it includes. `from` is the key that names it; none for the first.
    pub fn read(&mut self, path: &Path, from: Option<Named>) -> Result<Node, Vec<Finding>> {
        let mut reader = Reader { sources: self, open: Vec::new(), seen: Vec::new() };
        reader.file(path, from)
    }

    /// Reads one file without includes: a table that settings refer to.
    pub fn read_alone(&mut self, path: &Path, from: Named) -> Result<Node, Vec<Finding>> {
        let file = self.text(path, Some(&from))?;
        parse(file, &self.files[file].1)
    }

    /// Reads one file as it is.
    pub fn read_text(&mut self, path: &Path, from: Named) -> Result<Arc<str>, Vec<Finding>> {
        let file = self.text(path, Some(&from))?;
        Ok(Arc::clone(&self.files[file].1))
    }

    /// The number of a file; reads it when it is new.
    fn text(&mut self, path: &Path, from: Option<&Named>) -> Result<usize, Vec<Finding>> {
        if let Some(known) = self.files.iter().position(|(known, _)| known == path) {
            return Ok(known);
        }
        let all: usize = self.files.iter().map(|(_, text)| text.len()).sum();
        let text = if all < MAX_ALL_BYTES {
            bounded(path)
        } else {
            Err(Unreadable::new("is beyond 32 MiB of configuration", "fewer or smaller files"))
        };
        match text {
            Ok(text) => {
                self.files.push((path.to_owned(), text.into()));
                Ok(self.files.len() - 1)
            }
            Err(Unreadable { message, help, text, at }) => {
                let message = format!("{} {message}", path.display());
                if let (Some(named), true) = (from, text.is_empty()) {
                    return Err(vec![Finding::new(named.at, named.key.clone(), message, help)]);
                }
                self.files.push((path.to_owned(), text.into()));
                let file = self.files.len() - 1;
                Err(vec![Finding::new(Place { file, start: at.0, end: at.1 }, "", message, help)])
            }
        }
    }
}

/// Where a file is named.
#[derive(Debug, Clone)]
pub(crate) struct Named {
    pub at: Place,
    pub key: String,
}

struct Reader<'a> {
    sources: &'a mut Sources,
    /// The files on the way from the first to this one.
    open: Vec<PathBuf>,
    /// All files taken in.
    seen: Vec<PathBuf>,
}

impl Reader<'_> {
    fn file(&mut self, path: &Path, from: Option<Named>) -> Result<Node, Vec<Finding>> {
        let file = self.sources.text(path, from.as_ref())?;
        let mut own = parse(file, &self.sources.files[file].1)?;
        self.open.push(real(path));
        self.seen.push(real(path));
        let included = self.included(&mut own, file);
        self.open.pop();
        let (mut whole, mut findings) = included?;
        if let Value::Table(own) = own.value {
            merge(&mut whole, own, "", &mut findings);
        }
        if findings.is_empty() { Ok(Node { at: own.at, value: Value::Table(whole) }) } else { Err(findings) }
    }

    /// Takes `include` out of a file and gives the tables it names, merged.
    fn included(&mut self, own: &mut Node, file: usize) -> Result<(Table, Vec<Finding>), Vec<Finding>> {
        let (mut whole, mut findings) = (Table::new(), Vec::new());
        let Value::Table(table) = &mut own.value else { return Ok((whole, findings)) };
        let Some(include) = table.remove("include") else { return Ok((whole, findings)) };
        let folder = self.sources.folder(Place::top(file)).to_owned();
        if !matches!(include.node.value, Value::List(_)) {
            let help = "a list of file names: `include = [\"common.toml\"]`";
            return Err(vec![Finding::new(include.node.at, "include", "`include` is no list", help)]);
        }
        for (index, item) in include.node.items().iter().enumerate() {
            let named = Named { at: item.at, key: format!("include[{index}]") };
            let Some(name) = item.text() else {
                let help = "a file name in quotes, relative to this file";
                findings.push(Finding::new(item.at, named.key, "an included file is no text", help));
                continue;
            };
            match self.include(&folder.join(name), named) {
                Ok(Some(Node { value: Value::Table(table), .. })) => {
                    merge(&mut whole, table, "", &mut findings);
                }
                Ok(_) => {}
                Err(more) => findings.extend(more),
            }
        }
        if findings.is_empty() { Ok((whole, findings)) } else { Err(findings) }
    }

    /// One included file; `None` when it is in already.
    fn include(&mut self, path: &Path, named: Named) -> Result<Option<Node>, Vec<Finding>> {
        let refuse =
            |message: String, help: &str| Err(vec![Finding::new(named.at, named.key.clone(), message, help)]);
        if let Some(start) = self.open.iter().position(|open| *open == real(path)) {
            let circle: Vec<String> =
                self.open[start..].iter().chain([&real(path)]).map(|p| file_name(p)).collect();
            return refuse(
                format!("files include each other: {}", circle.join(" -> ")),
                "take one of these includes out",
            );
        }
        if self.seen.contains(&real(path)) {
            return Ok(None);
        }
        if self.open.len() > MAX_DEPTH {
            return refuse(format!("includes go deeper than {MAX_DEPTH}"), "include the file further up");
        }
        if self.seen.len() > MAX_INCLUDES {
            return refuse(format!("more than {MAX_INCLUDES} files are included"), "fewer, larger files");
        }
        self.file(path, Some(named)).map(Some)
    }
}

fn file_name(path: &Path) -> String {
    path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned()
}

/// The same file by any name. A file that does not exist keeps its own.
fn real(path: &Path) -> PathBuf {
    path.canonicalize().unwrap_or_else(|_| path.to_owned())
}

fn parse(file: usize, text: &str) -> Result<Node, Vec<Finding>> {
    let (document, errors) = DeTable::parse_recoverable(text);
    if errors.is_empty() {
        return Node::of_document(file, document.get_ref());
    }
    let told = errors.iter().take(MAX_SYNTAX_ERRORS).map(|error| {
        let span = error.span().unwrap_or(text.len()..text.len());
        let at = Place { file, start: span.start, end: span.end };
        let (what, wanted) = match error.message().split_once(", expected ") {
            Some((what, wanted)) => (what, format!("expected {wanted}")),
            None if error.message() == "duplicate key" => (error.message(), "each key once".to_owned()),
            None => (error.message(), "TOML: `key = value` lines under `[table]` headers".to_owned()),
        };
        Finding::new(at, key_on_line(text, at.start), format!("not TOML: {what}"), wanted)
    });
    Err(told.collect())
}

/// The bare key before the `=` of a line, as far as a broken line has one.
fn key_on_line(text: &str, byte: usize) -> String {
    let before = text.get(..byte).unwrap_or(text);
    let line = text[before.rfind('\n').map_or(0, |at| at + 1)..].lines().next().unwrap_or_default();
    let key = line.split('=').next().unwrap_or_default().trim();
    let bare = !key.is_empty()
        && line.contains('=')
        && key.chars().all(|c| c.is_ascii_alphanumeric() || "_-.".contains(c));
    if bare { key.to_owned() } else { String::new() }
}

/// Adds `more` to `whole`: tables key by key, lists of tables one after the other; a key twice is refused.
fn merge(whole: &mut Table, more: Table, path: &str, findings: &mut Vec<Finding>) {
    for (key, entry) in more {
        let path = crate::node::join(path, &key);
        let mut slot = match whole.entry(key) {
            Slot::Vacant(slot) => {
                slot.insert(entry);
                continue;
            }
            Slot::Occupied(slot) => slot,
        };
        let known = slot.get_mut();
        match (&mut known.node.value, entry.node.value) {
            (Value::Table(whole), Value::Table(more)) => merge(whole, more, &path, findings),
            (Value::List(whole), Value::List(more)) if all_tables(whole) && all_tables(&more) => {
                whole.extend(more);
            }
            _ => {
                let message = format!("`{path}` is given twice");
                let finding = Finding::new(entry.key, path, message, "keep one of the two");
                findings.push(finding.also(known.key, "first given"));
            }
        }
    }
}

fn all_tables(items: &[Node]) -> bool {
    items.iter().all(|item| matches!(item.value, Value::Table(_)))
}

/// Why a file could not be read; with its text and the bytes meant when there is one.
struct Unreadable {
    message: String,
    help: String,
    text: String,
    at: (usize, usize),
}

impl Unreadable {
    fn new(message: impl Into<String>, help: impl Into<String>) -> Self {
        Self { message: message.into(), help: help.into(), text: String::new(), at: (0, 0) }
    }
}

fn bounded(path: &Path) -> Result<String, Unreadable> {
    let failed = |error: std::io::Error| {
        Unreadable::new(format!("cannot be read: {error}"), "the path of a readable file")
    };
    // Opening a pipe would wait for its writer, so what is no plain file is refused unopened.
    if !std::fs::metadata(path).map_err(failed)?.is_file() {
        return Err(Unreadable::new("is no file", "the path of a TOML file"));
    }
    let mut bytes = Vec::new();
    let file = std::fs::File::open(path).map_err(failed)?;
    file.take(MAX_BYTES + 1).read_to_end(&mut bytes).map_err(failed)?;
    if bytes.len() as u64 > MAX_BYTES {
        return Err(Unreadable::new("is larger than 1 MiB", "a smaller file, parts of it under `include`"));
    }
    String::from_utf8(bytes).map_err(|error| {
        let start = error.utf8_error().valid_up_to();
        let text = String::from_utf8_lossy(error.as_bytes()).into_owned();
        // U+FFFD takes the place of what is no UTF-8 and is three bytes long.
        Unreadable {
            text,
            at: (start, start + 3),
            ..Unreadable::new("is not UTF-8 here", "save it as UTF-8")
        }
    })
}
