//! Extension elements that an add-in schema declares.

use super::lexical::{collapse, is_space};
use super::table::{Element, TABLE, TypeId};
use super::values::shorten;
use super::walk::{Attribute, Event, Walk};
use super::{N42, Violation, XSD, decode};

/// An element of another namespace that may stand at one of the places that the format leaves open.
#[derive(Debug, Clone)]
pub struct Extension {
    space: String,
    name: String,
    place: &'static str,
    type_id: TypeId,
}

impl Extension {
    /// The elements that an add-in schema declares: global elements with a named type of N42.42-2011 or of XML
    /// Schema, each with the place it may stand at as its substitution group.
    ///
    /// # Errors
    /// No XML document, no schema, or anything else declared in it.
    pub fn read(schema: &[u8]) -> Result<Vec<Self>, Violation> {
        let text = decode(schema)?;
        let mut walk = Walk::new(&text);
        let mut space = None;
        let mut found = Vec::new();
        // Names of the open elements; within an annotation everything is skipped.
        let mut open: Vec<&str> = Vec::new();
        loop {
            match walk.next()? {
                Event::Start(name, attributes) => {
                    let schema_word = name.space.as_ref() == XSD;
                    match (name.local, open.as_slice()) {
                        (_, [.., "annotation"]) | ("annotation" | "import", ["schema", ..]) => (),
                        ("schema", []) if schema_word => space = value(&attributes, "targetNamespace"),
                        ("element", ["schema"]) if schema_word => {
                            let space = space.as_deref().unwrap_or_default();
                            found.push(Self::declared(&walk, space, &attributes)?);
                        }
                        (other, _) => {
                            return Err(fault(&walk, &format!("{} is not understood here", shorten(other))));
                        }
                    }
                    let skipped = open.last() == Some(&"annotation");
                    open.push(if skipped { "annotation" } else { name.local });
                }
                Event::End => _ = open.pop(),
                Event::Text(_) | Event::CData(_) => (),
                Event::Eof => return Ok(found),
            }
        }
    }

    fn declared(walk: &Walk<'_>, space: &str, attributes: &[Attribute<'_>]) -> Result<Self, Violation> {
        let named = |attribute: &str| {
            let value = value(attributes, attribute)?;
            let (prefix, local) = value.split_once(':').unwrap_or(("", &value));
            Some((walk.space_of(prefix)?.to_string(), local.to_owned()))
        };
        let type_id = named("type").and_then(|(space, name)| {
            let id = TABLE.type_named(&name)?;
            (space == if TABLE.types[id].builtin { XSD } else { N42 }).then_some(id)
        });
        let head = named("substitutionGroup").filter(|(space, _)| space == N42);
        let place = head.and_then(|(_, name)| TABLE.elements.get(name.as_str()));
        match (value(attributes, "name"), type_id, place) {
            (Some(name), Some(type_id), Some(place)) => {
                Ok(Self { space: space.to_owned(), name, place: place.place, type_id })
            }
            _ => Err(fault(walk, "an element needs a name, a known type and a place in N42.42-2011")),
        }
    }

    /// What this extension says about an element of that name, if it is the one.
    pub(super) fn element(&self, space: &str, name: &str) -> Option<Element> {
        let same = self.name == name && self.space == space;
        same.then_some(Element { type_id: Some(self.type_id), place: self.place })
    }
}

fn value(attributes: &[Attribute<'_>], name: &str) -> Option<String> {
    let found = attributes.iter().find(|a| a.name.local == name && a.name.space.is_empty())?;
    Some(collapse(found.value.trim_matches(is_space)).into_owned())
}

fn fault(walk: &Walk<'_>, text: &str) -> Violation {
    Violation { line: walk.line(), text: format!("add-in schema: {text}") }
}
