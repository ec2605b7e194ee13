//! Walking through XML one element at a time, with what is wrong with it repaired and noted.
//!
//! Whoever got an element from [`Cursor::child`] reads it to its end: with `child` until there is none left,
//! with `text`, or with `skip`.

use std::borrow::Cow;

use quick_xml::events::{BytesStart, Event};
use quick_xml::{Reader, XmlVersion, escape};

use crate::code;
use crate::reader::failure::{Failure, LIMITS, Problem};
use crate::repair::{Notes, Rule};
use crate::time::{self, DateTime};

/// An element's start.
pub(crate) struct Element<'a> {
    start: BytesStart<'a>,
    at: usize,
}

impl Element<'_> {
    /// Its name without a prefix.
    pub fn name(&self) -> &str {
        local(self.start.name().into_inner())
    }
}

/// Whether a root must be of the standard's namespace.
#[derive(PartialEq, Eq)]
pub(crate) enum Namespace {
    Required,
    Any,
}

/// A namespace declaration and how deep it holds.
struct Scope {
    depth: usize,
    prefix: String,
    ours: bool,
}

/// The place in the file, and what was noted on the way.
pub(crate) struct Cursor<'a> {
    reader: Reader<&'a [u8]>,
    depth: usize,
    scopes: Vec<Scope>,
    /// The prefix of the document, which needs no declaration.
    home: String,
    /// The file ended before its elements did.
    pub truncated: bool,
    pub notes: Notes,
    values: usize,
    numbers: usize,
    /// The list that is being read.
    scratch: Vec<f64>,
}

impl<'a> Cursor<'a> {
    pub fn new(text: &'a str, notes: Notes) -> Self {
        let mut reader = Reader::from_str(text);
        reader.config_mut().expand_empty_elements = true;
        reader.config_mut().allow_dangling_amp = true;
        Self {
            reader,
            depth: 0,
            scopes: Vec::new(),
            home: String::new(),
            truncated: false,
            notes,
            values: 0,
            numbers: 0,
            scratch: Vec::new(),
        }
    }

    /// Where we are.
    pub fn at(&self) -> usize {
        self.reader.buffer_position() as usize
    }

    /// The next element inside of the one that is open, of the document's own namespace; none at its end.
    pub fn child(&mut self) -> Result<Option<Element<'a>>, Failure> {
        loop {
            match self.event()? {
                Event::Start(start) => {
                    let element = self.open(start)?;
                    if self.is_ours(&element) {
                        return Ok(Some(element));
                    }
                    self.skip()?;
                }
                Event::End(_) | Event::Eof => return Ok(None),
                _ => (),
            }
        }
    }

    /// The next element of any name and depth; none at the end of the file.
    pub fn root(&mut self) -> Result<Option<Element<'a>>, Failure> {
        loop {
            match self.event()? {
                Event::Start(start) => return self.open(start).map(Some),
                Event::Eof => return Ok(None),
                Event::Text(text) if self.depth == 0 && !text.trim_ascii().is_empty() => {
                    self.notes.add(Rule::StrayText, self.at());
                }
                _ => (),
            }
        }
    }

    /// Makes the namespace of a root, whatever it is, the document's own.
    pub fn adopt(&mut self, root: &Element, namespace: Namespace) {
        if self.depth > 1 {
            self.notes.add(Rule::WrappedDocument, root.at);
        }
        self.home = prefix(root.start.name().into_inner()).to_owned();
        let scope = self.scopes.iter_mut().rev().find(|scope| scope.prefix == self.home);
        let right = scope.is_some_and(|scope| std::mem::replace(&mut scope.ours, true));
        if namespace == Namespace::Required && !right {
            self.notes.add(Rule::Namespace, root.at);
        }
    }

    /// Passes over what is left of the element that is open.
    pub fn skip(&mut self) -> Result<(), Failure> {
        let mut open = 1;
        while open > 0 {
            match self.event()? {
                Event::Start(start) => {
                    self.open(start)?;
                    open += 1;
                }
                Event::End(_) => open -= 1,
                Event::Eof => return Ok(()),
                _ => (),
            }
        }
        Ok(())
    }

    /// The text of the element that is open, without blanks around it.
    pub fn text(&mut self) -> Result<Cow<'a, str>, Failure> {
        let mut text = Cow::Borrowed("");
        loop {
            let piece = match self.event()? {
                Event::Text(piece) => {
                    if piece.contains('&') {
                        self.notes.add(Rule::BareAmpersand, self.at());
                    }
                    piece.xml10_content()
                }
                Event::CData(piece) => piece.xml10_content(),
                Event::GeneralRef(reference) => Cow::Owned(self.resolve(&reference)?.to_string()),
                Event::Start(start) => {
                    self.open(start)?;
                    self.skip()?;
                    continue;
                }
                Event::End(_) | Event::Eof => break,
                _ => continue,
            };
            match text.is_empty() {
                true => text = piece,
                false => text.to_mut().push_str(&piece),
            }
        }
        Ok(trimmed(text))
    }

    /// The text as a string; none when empty.
    pub fn string(&mut self) -> Result<Option<String>, Failure> {
        let text = self.text()?;
        Ok((!text.is_empty()).then(|| plain(&text)))
    }

    pub fn time(&mut self) -> Result<Option<DateTime>, Failure> {
        let (at, text) = (self.at(), self.text()?);
        Ok(self.time_of(&text, at))
    }

    pub fn time_of(&mut self, text: &str, at: usize) -> Option<DateTime> {
        let time = DateTime::read(text, at, &mut self.notes);
        if time.is_none() && !text.is_empty() {
            self.notes.add(Rule::UnreadableTime, at);
        }
        time
    }

    pub fn duration(&mut self) -> Result<Option<f64>, Failure> {
        let (at, text) = (self.at(), self.text()?);
        let seconds = time::read_duration(&text, at, &mut self.notes);
        if seconds.is_none() && !text.is_empty() {
            self.notes.add(Rule::UnreadableDuration, at);
        }
        Ok(seconds)
    }

    pub fn number(&mut self) -> Result<Option<f64>, Failure> {
        let (at, text) = (self.at(), self.text()?);
        let number = crate::number::read_one(&text);
        if number.is_none() && !text.is_empty() {
            self.notes.add(Rule::UnreadableNumber, at);
        }
        Ok(number)
    }

    /// A list of numbers; none when it cannot be read.
    pub fn numbers(&mut self) -> Result<Option<Vec<f64>>, Failure> {
        let readable = self.read_numbers()?;
        self.hold_numbers(self.scratch.len())?;
        Ok(readable.then(|| self.scratch.clone()))
    }

    /// Channels, expanded where they are packed.
    pub fn channels(&mut self, packed: bool) -> Result<Option<Vec<f64>>, Failure> {
        if !packed {
            return self.numbers();
        }
        let at = self.at();
        if !self.read_numbers()? {
            return Ok(None);
        }
        let channels = crate::number::expand(&self.scratch, at, &mut self.notes)?;
        self.hold_numbers(channels.len())?;
        Ok(Some(channels))
    }

    /// Reads a list of numbers into the scratch; says whether it could be read.
    fn read_numbers(&mut self) -> Result<bool, Failure> {
        let (at, text) = (self.at(), self.text()?);
        let readable = crate::number::read_list(&text, at, &mut self.notes, &mut self.scratch)?;
        if !readable {
            self.notes.add(Rule::UnreadableNumber, at);
        }
        Ok(readable)
    }

    pub fn boolean(&mut self) -> Result<Option<bool>, Failure> {
        const FORMS: [(&str, bool); 8] = [
            ("true", true),
            ("1", true),
            ("false", false),
            ("0", false),
            ("yes", true),
            ("no", false),
            ("occupied", true),
            ("unoccupied", false),
        ];
        let (at, text) = (self.at(), self.text()?);
        let value = code::value(&FORMS, &text);
        if !FORMS[..4].iter().any(|(form, _)| *form == text) && !text.is_empty() {
            self.notes.add(Rule::BooleanForm, at);
        }
        Ok(value.map(|(value, _)| value))
    }

    /// A code; none when the standard does not have it.
    pub fn code<T: Copy>(&mut self, names: &[(&'static str, T)]) -> Result<Option<T>, Failure> {
        let (at, text) = (self.at(), self.text()?);
        Ok(self.code_of(names, &text, at))
    }

    pub fn code_of<T: Copy>(&mut self, names: &[(&'static str, T)], text: &str, at: usize) -> Option<T> {
        match code::value(names, text) {
            Some((value, true)) => Some(value),
            Some((value, false)) => {
                self.notes.add(Rule::CodeForm, at);
                Some(value)
            }
            None => {
                self.notes.add(Rule::UnknownCode, at);
                None
            }
        }
    }

    /// An attribute without blanks around it; none when absent or empty.
    pub fn attribute(&mut self, element: &Element, name: &str) -> Result<Option<String>, Failure> {
        match self.raw_attribute(element, name) {
            Some(text) if text.len() > LIMITS.attribute => {
                Err(Failure::too_many("bytes in an attribute", LIMITS.attribute, element.at))
            }
            text => Ok(text),
        }
    }

    /// An attribute that lists ids.
    pub fn ids(&mut self, element: &Element, name: &str) -> Result<Vec<String>, Failure> {
        let ids = self.raw_attribute(element, name).unwrap_or_default();
        let id = |id: &str| match id.len() > LIMITS.attribute {
            true => Err(Failure::too_many("bytes in an id", LIMITS.attribute, element.at)),
            false => self.hold().map(|()| id.to_owned()),
        };
        ids.split_ascii_whitespace().map(id).collect()
    }

    /// Whether an attribute is there and empty.
    pub fn is_empty(&self, element: &Element, name: &str) -> bool {
        element.start.attributes().with_checks(false).flatten().any(|attribute| {
            local(attribute.key.into_inner()) == name && attribute.value.trim_ascii().is_empty()
        })
    }

    /// One more value is held.
    pub fn hold(&mut self) -> Result<(), Failure> {
        self.values += 1;
        match self.values > LIMITS.values {
            true => Err(Failure::too_many("values in one document", LIMITS.values, self.at())),
            false => Ok(()),
        }
    }

    /// What was held was handed over.
    pub fn release(&mut self) {
        (self.values, self.numbers) = (0, 0);
    }

    fn raw_attribute(&mut self, element: &Element, name: &str) -> Option<String> {
        for attribute in element.start.attributes().with_checks(false).flatten() {
            if local(attribute.key.into_inner()) == name {
                let value = attribute.normalized_value(XmlVersion::Implicit1_0).unwrap_or_else(|_| {
                    self.notes.add(Rule::BareAmpersand, element.at);
                    attribute.value.clone()
                });
                return Some(value.trim_ascii()).filter(|text| !text.is_empty()).map(plain);
            }
        }
        None
    }

    fn hold_numbers(&mut self, count: usize) -> Result<(), Failure> {
        self.numbers += count;
        match self.numbers > LIMITS.numbers {
            true => Err(Failure::too_many("numbers in one document", LIMITS.numbers, self.at())),
            false => Ok(()),
        }
    }

    fn event(&mut self) -> Result<Event<'a>, Failure> {
        let event = match self.reader.read_event() {
            Ok(event) => event,
            // Something was opened that nothing closes, to the end of the file.
            Err(quick_xml::Error::Syntax(_)) if self.depth > 0 => Event::Eof,
            Err(error) => {
                let at = self.reader.error_position() as usize;
                return Err(Failure::new(Problem::Xml(error.to_string()), at));
            }
        };
        match &event {
            Event::End(_) => {
                self.scopes.truncate(self.scopes.partition_point(|scope| scope.depth < self.depth));
                self.depth -= 1;
            }
            Event::Eof if self.depth > 0 && !self.truncated => {
                self.truncated = true;
                self.notes.add(Rule::Truncated, self.at());
            }
            Event::DocType(_) => return Err(Failure::new(Problem::DocumentType, self.at())),
            _ => (),
        }
        Ok(event)
    }

    fn open(&mut self, start: BytesStart<'a>) -> Result<Element<'a>, Failure> {
        let at = self.at();
        self.depth += 1;
        if self.depth > LIMITS.depth {
            return Err(Failure::new(Problem::TooDeep, at));
        }
        let raw = start.attributes_raw();
        if raw.contains("xmlns") {
            self.declare(&start, at)?;
        }
        if raw.contains(':') {
            for attribute in start.attributes().with_checks(false) {
                let attribute =
                    attribute.map_err(|error| Failure::new(Problem::Xml(error.to_string()), at))?;
                self.check_prefix(prefix(attribute.key.into_inner()), at);
            }
        }
        self.check_prefix(prefix(start.name().into_inner()), at);
        Ok(Element { start, at })
    }

    fn declare(&mut self, start: &BytesStart, at: usize) -> Result<(), Failure> {
        for attribute in start.attributes().with_checks(false).flatten() {
            let Some(rest) = attribute.key.into_inner().strip_prefix("xmlns") else { continue };
            if self.scopes.len() == LIMITS.namespaces {
                return Err(Failure::too_many("namespaces", LIMITS.namespaces, at));
            }
            let prefix = rest.strip_prefix(':').unwrap_or_default().to_owned();
            let ours = attribute.value == super::NAMESPACE;
            self.scopes.push(Scope { depth: self.depth, prefix, ours });
        }
        Ok(())
    }

    fn check_prefix(&mut self, prefix: &str, at: usize) {
        let declared = ["", "xml", "xmlns"].contains(&prefix)
            || self.scopes.iter().rev().any(|scope| scope.prefix == prefix);
        if !declared {
            self.notes.add(Rule::UndeclaredPrefix, at);
        }
    }

    /// Whether an element is of the document's own namespace: those without a prefix and those with the root's
    /// are, unless a declaration says otherwise.
    fn is_ours(&self, element: &Element) -> bool {
        let prefix = prefix(element.start.name().into_inner());
        match self.scopes.iter().rev().find(|scope| scope.prefix == prefix) {
            Some(scope) => scope.ours,
            None => prefix.is_empty() || prefix == self.home,
        }
    }

    fn resolve(&self, reference: &str) -> Result<char, Failure> {
        let entity = || Failure::new(Problem::Entity(reference.chars().take(32).collect()), self.at());
        let unescaped = escape::unescape(&format!("&{reference};")).map_err(|_| entity())?.into_owned();
        unescaped.chars().next().ok_or_else(entity)
    }
}

fn prefix(name: &str) -> &str {
    name.split_once(':').map_or("", |(prefix, _)| prefix)
}

fn local(name: &str) -> &str {
    name.split_once(':').map_or(name, |(_, local)| local)
}

fn trimmed(text: Cow<'_, str>) -> Cow<'_, str> {
    match text {
        Cow::Borrowed(text) => Cow::Borrowed(text.trim_ascii()),
        Cow::Owned(text) => Cow::Owned(text.trim_ascii().to_owned()),
    }
}

/// Text as people mean it: the writer puts no-break spaces where the schema does not take plain ones.
pub(crate) fn plain(text: &str) -> String {
    text.replace('\u{a0}', " ")
}
