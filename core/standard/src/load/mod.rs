//! A standard from its file: parents first, then its own limits, changes and requirements, then what must hold
//! for the whole set. The first thing that is wrong is told with file, line and column.

mod convert;
mod file;
mod monitors;
mod plans;
mod set;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::ops::Range;

use serde::de::DeserializeOwned;
use toml::Spanned;

use self::convert::Context;
use self::file::{Header, PartFile, StandardFile};
use crate::standard::Standard;

/// Longest chain of parents.
const DEPTH_MAX: usize = 8;

/// Why a standard was refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoadError {
    /// The file, by the name that the resolver knows; empty for the text given.
    pub file: String,
    /// Line, from 1; 0 when the file could not be had at all.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
    /// What is wrong, and what would be right.
    pub message: String,
}

impl fmt::Display for LoadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.line == 0 {
            return write!(f, "{}: {}", self.file, self.message);
        }
        write!(f, "{}:{}:{}: {}", self.file, self.line, self.column, self.message)
    }
}

impl std::error::Error for LoadError {}

/// What a standard's file is loaded with.
pub struct Resolver<'a> {
    /// The text of another standard (`n42.35-2016`) or of a part (`greenlane-2026/load`), or why it cannot be had.
    pub text: &'a dyn Fn(&str) -> Result<String, String>,
    /// Test methods that exist; a standard that names another is refused. None for a tool that only reads.
    pub methods: Option<&'a [&'a str]>,
}

impl Standard {
    /// A standard from its file's text.
    ///
    /// # Errors
    /// The first thing that is wrong: an unknown key, a missing parent, a number moved against its direction, a
    /// plan that does not prove what it states, a test method that nobody registered...
    pub fn load(text: &str, resolver: &Resolver<'_>) -> Result<Self, LoadError> {
        load("", text, resolver, 0)
    }
}

/// A problem within one file.
pub(crate) struct Problem {
    span: Range<usize>,
    message: String,
}

/// `message` about what stands at `span`.
pub(crate) fn problem(span: Range<usize>, message: impl Into<String>) -> Problem {
    Problem { span, message: message.into() }
}

/// One file: its name and text, to say where a problem is.
struct Source<'a> {
    name: &'a str,
    text: &'a str,
}

impl Source<'_> {
    fn parse<T: DeserializeOwned>(&self) -> Result<T, LoadError> {
        toml::from_str(self.text).map_err(|error| {
            let span = error.span().unwrap_or_default();
            self.at(problem(span, error.message().replace('\n', " ")))
        })
    }

    fn at(&self, problem: Problem) -> LoadError {
        let before = self.text.get(..problem.span.start).unwrap_or(self.text);
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        LoadError {
            file: self.name.to_owned(),
            line: before.matches('\n').count() + 1,
            column: before[line_start..].chars().count() + 1,
            message: problem.message,
        }
    }
}

fn load(name: &str, text: &str, resolver: &Resolver<'_>, depth: usize) -> Result<Standard, LoadError> {
    let source = Source { name, text };
    let file: StandardFile = source.parse()?;
    let header = file.standard;
    let mut standard = begin(&header).map_err(|problem| source.at(problem))?;
    for parent in &header.extends {
        inherit(&mut standard, parent, &source, resolver, depth)?;
    }
    let own = PartFile { requirement: file.requirement, limit: file.limit, monitor: file.monitor };
    let mut parts = vec![(name.to_owned(), text.to_owned(), own)];
    for part in &header.parts {
        let text = fetch(part, &source, resolver)?;
        let written = Source { name: part.get_ref(), text: &text }.parse()?;
        parts.push((part.get_ref().clone(), text, written));
    }
    let context = Context::new(&header, resolver.methods);
    each(&mut parts, |part| context.limits(&mut standard, std::mem::take(&mut part.limit)))?;
    context.changes(&mut standard, file.change).map_err(|problem| source.at(problem))?;
    let own = parts.iter().flat_map(|(_, _, part)| &part.requirement).map(|r| r.id.get_ref().clone());
    let known: BTreeSet<String> = own.chain(standard.requirements.keys().cloned()).collect();
    each(&mut parts, |part| set::requires(&known, &part.requirement))?;
    each(&mut parts, |part| context.requirements(&mut standard, std::mem::take(&mut part.requirement)))?;
    each(&mut parts, |part| monitors::add(&mut standard, std::mem::take(&mut part.monitor)))?;
    set::complete(&mut standard, &header).map_err(|problem| source.at(problem))?;
    Ok(standard)
}

/// Does one step with each file of a standard; a problem is told with the file that it is in.
fn each(
    parts: &mut [(String, String, PartFile)],
    mut step: impl FnMut(&mut PartFile) -> Result<(), Problem>,
) -> Result<(), LoadError> {
    parts
        .iter_mut()
        .try_for_each(|(name, text, part)| step(part).map_err(|problem| Source { name, text }.at(problem)))
}

fn begin(header: &Header) -> Result<Standard, Problem> {
    let (id, version) = (header.id.get_ref(), header.version.get_ref());
    if id.is_empty() || !id.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || "-.".contains(c))
    {
        return Err(problem(header.id.span(), "an id has lower case letters, digits, `-` and `.`"));
    }
    if version.split('.').filter(|part| part.parse::<u32>().is_ok()).count() != 3 {
        return Err(problem(header.version.span(), "a version is `major.minor.patch`"));
    }
    Ok(Standard {
        id: id.clone(),
        title: header.title.clone(),
        version: version.clone(),
        built_on: Default::default(),
        mustpass: header.mustpass.clone(),
        unwaivable: Default::default(),
        limits: BTreeMap::new(),
        requirements: BTreeMap::new(),
        monitors: BTreeMap::new(),
    })
}

/// Everything of one parent, `id@major`.
fn inherit(
    child: &mut Standard,
    parent: &Spanned<String>,
    source: &Source<'_>,
    resolver: &Resolver<'_>,
    depth: usize,
) -> Result<(), LoadError> {
    let refuse = |message: String| source.at(problem(parent.span(), message));
    if depth >= DEPTH_MAX {
        return Err(refuse(format!("more than {DEPTH_MAX} parents deep: is there a circle?")));
    }
    let Some((id, major)) = parent.get_ref().split_once('@') else {
        return Err(refuse(format!("`{}` has no version: `id@major`", parent.get_ref())));
    };
    let text = (resolver.text)(id).map_err(|why| refuse(format!("`{id}` cannot be read: {why}")))?;
    let parent = load(id, &text, resolver, depth + 1)?;
    if parent.id != id {
        return Err(refuse(format!("the file `{id}` holds the standard `{}`", parent.id)));
    }
    if parent.version.split('.').next() != Some(major) {
        return Err(refuse(format!("`{id}` is version {}, asked for is major {major}", parent.version)));
    }
    child.built_on.insert(format!("{id}@{}", parent.version));
    child.built_on.extend(parent.built_on);
    child.unwaivable.extend(parent.unwaivable);
    for (class, levels) in parent.mustpass {
        child.mustpass.entry(class).or_insert(levels);
    }
    merge(&mut child.limits, parent.limits, &refuse)?;
    merge(&mut child.monitors, parent.monitors, &refuse)?;
    merge(&mut child.requirements, parent.requirements, &refuse)
}

/// What two parents share must be equal: else nobody could say which of the two holds.
fn merge<T: PartialEq>(
    own: &mut BTreeMap<String, T>,
    parents: BTreeMap<String, T>,
    refuse: &dyn Fn(String) -> LoadError,
) -> Result<(), LoadError> {
    for (id, theirs) in parents {
        match own.get(&id) {
            Some(ours) if *ours != theirs => {
                return Err(refuse(format!("`{id}` comes from two parents with different values")));
            }
            _ => own.insert(id, theirs),
        };
    }
    Ok(())
}

fn fetch(name: &Spanned<String>, source: &Source<'_>, resolver: &Resolver<'_>) -> Result<String, LoadError> {
    (resolver.text)(name.get_ref())
        .map_err(|why| source.at(problem(name.span(), format!("`{}` cannot be read: {why}", name.get_ref()))))
}
