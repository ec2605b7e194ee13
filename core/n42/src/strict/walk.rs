//! A strict walk over the markup: what XML 1.0 and Namespaces in XML ask of a document, which the tokenizer
//! alone does not check. No document type, hence no entities but the five of XML.

use std::borrow::Cow;
use std::rc::Rc;

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event as Markup};

use super::lexical::{is_ncname, is_space};
use super::markup;
use super::values::shorten;
use super::{MAX_ATTRIBUTES, MAX_BINDINGS, MAX_DEPTH, Violation};

/// What a document is made of, comments and processing instructions left out.
pub(crate) enum Event<'a> {
    Start(Name<'a>, Vec<Attribute<'a>>),
    End,
    Text(Cow<'a, str>),
    CData(Cow<'a, str>),
    /// The end of a whole document.
    Eof,
}

/// A name with its namespace, `""` for none.
#[derive(Clone)]
pub(crate) struct Name<'a> {
    pub space: Rc<str>,
    /// Without prefix; with it where the prefix is not declared.
    pub local: &'a str,
}

/// An attribute that declares no namespace.
pub(crate) struct Attribute<'a> {
    pub name: Name<'a>,
    /// With references resolved and each white space character made a blank.
    pub value: Cow<'a, str>,
}

/// Reads one document from its text.
pub(crate) struct Walk<'a> {
    source: &'a str,
    reader: Reader<&'a [u8]>,
    /// Declared prefixes with the depth of the element that declares them.
    bindings: Vec<(usize, &'a str, Rc<str>)>,
    none: Rc<str>,
    depth: usize,
    /// An element without content has begun, and ends next.
    ends_next: bool,
    rooted: bool,
    line: u64,
    counted: usize,
}

impl<'a> Walk<'a> {
    pub fn new(source: &'a str) -> Self {
        let reader = Reader::from_str(source);
        Self {
            source,
            reader,
            bindings: vec![(0, "xml", Rc::from("http://www.w3.org/XML/1998/namespace"))],
            none: Rc::from(""),
            depth: 0,
            ends_next: false,
            rooted: false,
            line: 1,
            counted: 0,
        }
    }

    /// Line of the end of what was read last, from 1.
    pub fn line(&self) -> u64 {
        self.line
    }

    /// The namespace of a prefix where the walk stands.
    pub fn space_of(&self, prefix: &str) -> Option<&Rc<str>> {
        self.bindings.iter().rev().find(|(_, bound, _)| *bound == prefix).map(|(_, _, space)| space)
    }

    /// # Errors
    /// The first place where the text is no XML document, or a limit is passed. The walk is over then.
    pub fn next(&mut self) -> Result<Event<'a>, Violation> {
        if std::mem::take(&mut self.ends_next) {
            self.leave();
            return Ok(Event::End);
        }
        loop {
            let from = self.position();
            let markup = self.reader.read_event().map_err(|error| self.fault(&shorten_error(&error)))?;
            self.count_lines();
            if let Some(event) = self.event(markup, from)? {
                return Ok(event);
            }
        }
    }

    fn event(&mut self, markup: Markup<'a>, from: usize) -> Result<Option<Event<'a>>, Violation> {
        match markup {
            Markup::Start(tag) => return self.enter(&tag, from, 1).map(Some),
            Markup::Empty(tag) => {
                self.ends_next = true;
                return self.enter(&tag, from, 2).map(Some);
            }
            Markup::End(_) => {
                self.leave();
                return Ok(Some(Event::End));
            }
            Markup::Text(text) => return self.text(text.into_inner()),
            Markup::GeneralRef(name) => {
                let c = markup::resolve(&name).map_err(|text| self.fault(&text))?;
                return self.inside(Event::Text(Cow::Owned(c.to_string())));
            }
            Markup::CData(data) => return self.inside(Event::CData(markup::plain_lines(data.into_inner()))),
            Markup::Comment(text) if text.contains("--") || text.ends_with('-') => {
                return Err(self.fault("`--` within a comment"));
            }
            Markup::Comment(_) => (),
            Markup::PI(instruction) if !markup::is_target(instruction.target()) => {
                return Err(self.fault("a processing instruction without a proper name"));
            }
            Markup::PI(_) => (),
            Markup::Decl(declaration) if from > 0 || !markup::is_declaration(&declaration) => {
                return Err(
                    self.fault("an XML declaration that is not the first thing in the file, or malformed")
                );
            }
            Markup::Decl(_) => (),
            Markup::DocType(_) => return Err(self.fault("a document type declaration, which is refused")),
            Markup::Eof if self.depth > 0 || !self.rooted => {
                return Err(self.fault("the document ends before its root element does"));
            }
            Markup::Eof => return Ok(Some(Event::Eof)),
        }
        Ok(None)
    }

    fn position(&self) -> usize {
        // The source is at most 64 MiB long.
        self.reader.buffer_position() as usize
    }

    fn count_lines(&mut self) {
        let read = self.source.as_bytes().get(self.counted..self.position()).unwrap_or_default();
        self.line += read.iter().filter(|byte| **byte == b'\n').count() as u64;
        self.counted = self.position();
    }

    fn fault(&self, text: &str) -> Violation {
        Violation { line: self.line, text: format!("not well formed: {text}") }
    }

    fn text(&self, text: Cow<'a, str>) -> Result<Option<Event<'a>>, Violation> {
        if text.contains("]]>") {
            return Err(self.fault("`]]>` in text"));
        }
        if self.depth == 0 && text.chars().all(is_space) {
            return Ok(None);
        }
        self.inside(Event::Text(markup::plain_lines(text)))
    }

    fn inside(&self, event: Event<'a>) -> Result<Option<Event<'a>>, Violation> {
        if self.depth == 0 {
            return Err(self.fault("text outside the root element"));
        }
        Ok(Some(event))
    }

    fn leave(&mut self) {
        while self.bindings.last().is_some_and(|(depth, _, _)| *depth == self.depth) {
            self.bindings.pop();
        }
        self.depth = self.depth.saturating_sub(1);
    }

    /// A start tag, whose markup begins at `from` and ends with `closing` characters.
    fn enter(&mut self, tag: &BytesStart<'a>, from: usize, closing: usize) -> Result<Event<'a>, Violation> {
        if self.depth == 0 && std::mem::replace(&mut self.rooted, true) {
            return Err(self.fault("a second root element"));
        }
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(self.fault(&format!("elements nested more than {MAX_DEPTH} deep")));
        }
        // Taken from the source, because what the tokenizer lends does not live long enough.
        let inner = self.source.get(from + 1..self.position() - closing).unwrap_or_default();
        let (name, rest) = inner.split_at_checked(tag.name().as_ref().len()).unwrap_or((inner, ""));
        let raw = markup::attributes(rest, MAX_ATTRIBUTES).map_err(|text| self.fault(&text))?;
        let mut plain = Vec::with_capacity(raw.len());
        for (name, value) in raw {
            match name.split_once(':') {
                None if name == "xmlns" => self.bind("", value)?,
                Some(("xmlns", prefix)) => self.bind(prefix, value)?,
                _ => plain.push((name, value)),
            }
        }
        let space = self.space_of("").cloned().unwrap_or_else(|| self.none.clone());
        let name = self.resolve(name, space);
        let attributes: Vec<_> = plain
            .into_iter()
            .map(|(name, value)| Attribute { name: self.resolve(name, self.none.clone()), value })
            .collect();
        self.reject_repeated(&attributes)?;
        Ok(Event::Start(name, attributes))
    }

    fn bind(&mut self, prefix: &'a str, space: Cow<'a, str>) -> Result<(), Violation> {
        if !prefix.is_empty() && !is_ncname(prefix) {
            return Err(self.fault("a namespace prefix that is no name"));
        }
        if self.bindings.iter().any(|(depth, bound, _)| *depth == self.depth && *bound == prefix) {
            return Err(self.fault("a namespace prefix declared twice in one element"));
        }
        if self.bindings.len() == MAX_BINDINGS {
            return Err(self.fault(&format!("more than {MAX_BINDINGS} namespace declarations in force")));
        }
        self.bindings.push((self.depth, prefix, Rc::from(space.as_ref())));
        Ok(())
    }

    fn resolve(&self, name: &'a str, default: Rc<str>) -> Name<'a> {
        let parts = name.split_once(':').filter(|(prefix, _)| !prefix.is_empty());
        match parts.and_then(|(prefix, local)| Some((self.space_of(prefix)?, local))) {
            Some((space, local)) => Name { space: space.clone(), local },
            None if name.contains(':') => Name { space: self.none.clone(), local: name },
            None => Name { space: default, local: name },
        }
    }

    fn reject_repeated(&self, attributes: &[Attribute<'_>]) -> Result<(), Violation> {
        let same = |a: &Name<'_>, b: &Name<'_>| a.local == b.local && a.space == b.space;
        for (at, attribute) in attributes.iter().enumerate() {
            if attributes[..at].iter().any(|earlier| same(&earlier.name, &attribute.name)) {
                return Err(self.fault(&format!("attribute {} twice", shorten(attribute.name.local))));
            }
        }
        Ok(())
    }
}

fn shorten_error(error: &quick_xml::Error) -> String {
    let text = error.to_string();
    shorten(&text).to_owned()
}
