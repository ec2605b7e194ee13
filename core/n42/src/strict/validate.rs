//! The table against a document.

use std::borrow::Cow;
use std::collections::BTreeSet;

use super::lexical::is_space;
use super::table::{Content, Slot, TABLE, Table, Type, TypeId};
use super::values::{Builtin, shorten};
use super::walk::{Attribute, Event, Name, Walk};
use super::{Extension, MAX_VIOLATIONS, N42, Violation, XSD, XSI};

/// Attributes of the namespace for instances of schemas that any element may have. `nil` is none of them,
/// because no element of the format may be nil.
const FOR_ANY_ELEMENT: [&str; 3] = ["type", "schemaLocation", "noNamespaceSchemaLocation"];

/// The first things that are wrong with a document.
pub(super) fn validate(source: &str, extensions: &[Extension]) -> Vec<Violation> {
    let mut validator = Validator {
        table: &TABLE,
        extensions,
        walk: Walk::new(source),
        open: Vec::new(),
        ids: BTreeSet::new(),
        violations: Vec::new(),
    };
    validator.run();
    validator.violations
}

struct Validator<'a, 'e> {
    table: &'static Table,
    extensions: &'e [Extension],
    walk: Walk<'a>,
    open: Vec<Frame<'a>>,
    ids: BTreeSet<String>,
    violations: Vec<Violation>,
}

/// An open element.
struct Frame<'a> {
    name: &'a str,
    /// None where nothing is known about the element, so that its content is not judged.
    kind: Option<&'static Type>,
    /// Index of the slot that the last child took, and how many have taken it.
    slot: usize,
    taken: u32,
    text: Cow<'a, str>,
}

impl<'a> Validator<'a, '_> {
    fn run(&mut self) {
        while self.violations.len() < MAX_VIOLATIONS {
            match self.walk.next() {
                Ok(Event::Start(name, attributes)) => self.start(&name, &attributes),
                Ok(Event::End) => self.end(),
                Ok(Event::Text(text)) => self.text(text, false),
                Ok(Event::CData(text)) => self.text(text, true),
                Ok(Event::Eof) => return,
                Err(violation) => return self.violations.push(violation),
            }
        }
    }

    fn report(&mut self, text: String) {
        if self.violations.len() < MAX_VIOLATIONS {
            self.violations.push(Violation { line: self.walk.line(), text });
        }
    }

    fn start(&mut self, name: &Name<'a>, attributes: &[Attribute<'a>]) {
        let kind = self.place(name).and_then(|declared| self.actual_type(name.local, declared, attributes));
        let kind = kind.map(|id| &self.table.types[id]);
        if let Some(kind) = kind {
            self.attributes(name.local, kind, attributes);
        }
        self.open.push(Frame { name: name.local, kind, slot: 0, taken: 0, text: Cow::Borrowed("") });
    }

    /// Whether an element may stand here; its declared type, where it has one that can be judged.
    fn place(&mut self, name: &Name<'a>) -> Option<TypeId> {
        let unjudged = self.open.last().is_some_and(|parent| parent.kind.is_none());
        if unjudged {
            return None;
        }
        let shown = shorten(name.local);
        let element = match name.space.as_ref() {
            N42 => self.table.elements.get(name.local).copied(),
            other => self.extensions.iter().find_map(|extension| extension.element(other, name.local)),
        };
        let Some(element) = element else {
            let space = shorten(&name.space);
            self.report(match self.open.last() {
                None => format!("the root {shown} of namespace {space:?} is no element of N42.42-2011"),
                Some(parent) => {
                    format!("{shown} of namespace {space:?} in {} is no element of N42.42-2011", parent.name)
                }
            });
            return None;
        };
        let misplaced = self.open.last_mut().and_then(|parent| take_slot(parent, name.local, element.place));
        if let Some(text) = misplaced {
            self.report(text);
        }
        if element.type_id.is_none() {
            self.report(format!("{shown} is abstract: only elements that stand for it may be written"));
        }
        element.type_id
    }

    /// The type that `xsi:type` asks for, or the declared one.
    fn actual_type(&mut self, name: &str, declared: TypeId, attributes: &[Attribute<'a>]) -> Option<TypeId> {
        let asked = attributes.iter().find(|a| a.name.space.as_ref() == XSI && a.name.local == "type");
        let Some(asked) = asked else { return Some(declared) };
        let (prefix, local) =
            asked.value.trim_matches(is_space).rsplit_once(':').unwrap_or(("", &asked.value));
        let space = self.walk.space_of(prefix).map_or("", |space| space.as_ref());
        let found = self.table.type_named(local.trim_matches(is_space)).filter(|id| {
            let wanted = if self.table.types[*id].builtin { XSD } else { N42 };
            space == wanted && self.table.derives(*id, declared)
        });
        if found.is_none() {
            self.report(format!("xsi:type {:?} does not fit {}", shorten(&asked.value), shorten(name)));
        }
        found
    }

    fn attributes(&mut self, name: &str, kind: &'static Type, attributes: &[Attribute<'a>]) {
        for attribute in attributes {
            let local = attribute.name.local;
            let rule = kind.attributes.iter().find(|rule| rule.name == local);
            match (attribute.name.space.as_ref(), rule) {
                ("", Some(rule)) => {
                    if let Some(fault) = self.attribute_fault(rule.type_id, &attribute.value) {
                        let value = shorten(&attribute.value);
                        self.report(format!("attribute {local} of {name}: {value:?} {fault}"));
                    }
                }
                (XSI, _) if FOR_ANY_ELEMENT.contains(&local) => (),
                _ => self.report(format!("{name} has no attribute {}", shorten(local))),
            }
        }
        for rule in kind.attributes.iter().filter(|rule| rule.required) {
            let present = |a: &Attribute<'_>| a.name.local == rule.name && a.name.space.is_empty();
            if !attributes.iter().any(present) {
                self.report(format!("{name} lacks the attribute {}", rule.name));
            }
        }
    }

    fn attribute_fault(&mut self, type_id: TypeId, text: &str) -> Option<String> {
        // The table gives no attribute a type with children.
        let Content::Text(simple) = &self.table.types[type_id].content else { return None };
        let fault = simple.fault(text);
        let repeated = fault.is_none()
            && simple.builtin == Builtin::Id
            && !self.ids.insert(text.trim_matches(is_space).to_owned());
        fault.or_else(|| repeated.then(|| "is the id of another element already".to_owned()))
    }

    fn text(&mut self, text: Cow<'a, str>, cdata: bool) {
        let Some(frame) = self.open.last_mut() else { return };
        let Some(kind) = frame.kind else { return };
        match &kind.content {
            Content::Text(_) if frame.text.is_empty() => frame.text = text,
            Content::Text(_) => frame.text.to_mut().push_str(&text),
            Content::Children(_) if cdata || !text.chars().all(is_space) => {
                let message =
                    format!("{} holds elements and no text: {:?}", frame.name, shorten(text.trim()));
                self.report(message);
            }
            Content::Children(_) => (),
        }
    }

    fn end(&mut self) {
        let Some(frame) = self.open.pop() else { return };
        let Some(kind) = frame.kind else { return };
        match &kind.content {
            Content::Text(simple) => {
                if let Some(fault) = simple.fault(&frame.text) {
                    self.report(format!("{}: {:?} {fault}", frame.name, shorten(&frame.text)));
                }
            }
            Content::Children(slots) => {
                if let Some(what) = short_slots(&frame, slots) {
                    self.report(format!("{} lacks {what}", frame.name));
                }
            }
        }
    }
}

/// Gives a child its place in `parent`. What is wrong when it has none.
fn take_slot(parent: &mut Frame<'_>, child: &str, place: &str) -> Option<String> {
    let slots = match &parent.kind?.content {
        Content::Children(slots) => slots,
        Content::Text(_) => return Some(format!("{} holds text and no element: {child}", parent.name)),
    };
    let Some(found) = slots.iter().position(|slot| slot.names.contains(&place)) else {
        return Some(format!("{child} does not belong into {}", parent.name));
    };
    if found < parent.slot {
        let after = slots[parent.slot].names.join(" or ");
        return Some(format!("{child} in {} stands too late: after {}", parent.name, shorten(&after)));
    }
    let missing = if found > parent.slot { short_slots(parent, &slots[..found]) } else { None };
    let missing = missing.map(|what| format!("{} lacks {what} before {child}", parent.name));
    parent.taken = if found == parent.slot { parent.taken + 1 } else { 1 };
    parent.slot = found;
    let limit = slots[found].max;
    let repeated = parent.taken > limit;
    missing.or_else(|| repeated.then(|| format!("{} takes {child} only {limit} times", parent.name)))
}

/// The first of `slots` that has too few children, from the one that the last child took.
fn short_slots(frame: &Frame<'_>, slots: &[Slot]) -> Option<String> {
    let open = slots.get(frame.slot).filter(|slot| frame.taken < slot.min);
    let later = slots.get(frame.slot + 1..).unwrap_or_default().iter().find(|slot| slot.min > 0);
    open.or(later).map(|slot| slot.names.join(" or "))
}
