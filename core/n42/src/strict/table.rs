//! The structure of the data format as a table, read once from `schema.txt`.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use super::values::{Builtin, Pattern, Simple};

/// Index of a type in [`Table::types`].
pub(super) type TypeId = usize;

/// Everything the schema declares.
#[derive(Default)]
pub(super) struct Table {
    pub types: Vec<Type>,
    pub elements: BTreeMap<&'static str, Element>,
    names: BTreeMap<&'static str, TypeId>,
}

/// An element: all of them are global, so a name has one meaning wherever it stands.
#[derive(Clone, Copy)]
pub(super) struct Element {
    /// None for an abstract element, which never stands in a document itself.
    pub type_id: Option<TypeId>,
    /// The name it is looked up by in a content model: its own, or the one it may stand for.
    pub place: &'static str,
}

/// A type, with what it inherits already in it.
#[derive(Clone)]
pub(super) struct Type {
    /// The type it is derived from, for `xsi:type`.
    pub base: Option<TypeId>,
    /// A type that XML Schema itself defines, and not N42.42.
    pub builtin: bool,
    pub content: Content,
    pub attributes: Vec<Attribute>,
}

#[derive(Clone)]
pub(super) enum Content {
    Text(Simple),
    Children(Vec<Slot>),
}

/// Places for children, in their order. No name stands in two slots of a type, so one look forward decides.
#[derive(Clone)]
pub(super) struct Slot {
    pub names: Vec<&'static str>,
    pub min: u32,
    pub max: u32,
}

#[derive(Clone, Copy)]
pub(super) struct Attribute {
    pub name: &'static str,
    pub required: bool,
    pub type_id: TypeId,
}

impl Table {
    pub fn type_named(&self, name: &str) -> Option<TypeId> {
        self.names.get(name).copied()
    }

    /// Whether `derived` is `base` or made from it.
    pub fn derives(&self, derived: TypeId, base: TypeId) -> bool {
        derived == base || self.types[derived].base.is_some_and(|parent| self.derives(parent, base))
    }
}

/// The table of the standard.
pub(super) static TABLE: LazyLock<Table> = LazyLock::new(|| {
    // The text is a constant of this crate: it reads always or never, and every test of the check reads it.
    parse(include_str!("schema.txt")).expect("schema.txt is well formed")
});

/// The message names the first entry that is not understood.
fn parse(text: &'static str) -> Result<Table, String> {
    let mut table = Table::default();
    let mut entry = String::new();
    for line in text.lines().chain([""]) {
        let continued = line.starts_with(' ');
        if !continued {
            // The table lives as long as the program: its names may as well.
            let whole: &'static str = std::mem::take(&mut entry).leak();
            add(&mut table, whole).ok_or_else(|| format!("not understood: {whole}"))?;
        }
        if !line.starts_with('#') {
            if continued && !entry.ends_with('|') {
                entry.push(' ');
            }
            entry.push_str(line.trim());
        }
    }
    Ok(table)
}

fn add(table: &mut Table, entry: &'static str) -> Option<()> {
    let Some((kind, rest)) = entry.split_once(' ') else { return entry.is_empty().then_some(()) };
    let (name, rest) = rest.split_once(' ').unwrap_or((rest, ""));
    match kind {
        "builtin" => {
            let base = table.type_named(rest);
            let simple = Simple::of(Builtin::named(name)?);
            push_type(table, name, base, true, Content::Text(simple));
        }
        "simple" => {
            let (base, simple) = simple(table, rest)?;
            push_type(table, name, base, false, Content::Text(simple));
        }
        "complex" => add_complex(table, name, rest)?,
        "element" => add_element(table, name, rest)?,
        "abstract" => _ = table.elements.insert(name, Element { type_id: None, place: name }),
        _ => return None,
    }
    Some(())
}

fn push_type(table: &mut Table, name: &'static str, base: Option<TypeId>, builtin: bool, content: Content) {
    table.names.insert(name, table.types.len());
    table.types.push(Type { base, builtin, content, attributes: Vec::new() });
}

/// `BASE FACET...` or `list ITEM`.
fn simple(table: &Table, text: &'static str) -> Option<(Option<TypeId>, Simple)> {
    let (first, mut rest) = text.split_once(' ').unwrap_or((text, ""));
    if first == "list" {
        return Some((None, Simple { list: true, ..text_type(table, rest)?.1 }));
    }
    let (base, mut simple) = text_type(table, first)?;
    while !rest.is_empty() {
        let (facet, behind) = rest.split_once(' ').unwrap_or((rest, ""));
        if facet == "one-of" {
            simple.one_of = behind.split('|').collect();
            break;
        }
        rest = behind;
        match facet {
            "uuid" => simple.pattern = Some(Pattern::Uuid),
            "nonblank" => simple.pattern = Some(Pattern::NonBlank),
            _ => {
                let (value, behind) = rest.split_once(' ').unwrap_or((rest, ""));
                rest = behind;
                match facet {
                    "min" => simple.min = Some((value.parse().ok()?, true)),
                    "above" => simple.min = Some((value.parse().ok()?, false)),
                    "max" => simple.max = Some(value.parse().ok()?),
                    "length" => simple.length = Some(value.parse().ok()?),
                    _ => return None,
                }
            }
        }
    }
    Some((Some(base), simple))
}

fn text_type(table: &Table, name: &str) -> Option<(TypeId, Simple)> {
    let id = table.type_named(name)?;
    match &table.types[id].content {
        Content::Text(simple) => Some((id, simple.clone())),
        Content::Children(_) => None,
    }
}

fn add_complex(table: &mut Table, name: &'static str, rest: &'static str) -> Option<()> {
    let (base, parts) = rest.split_once(' ').unwrap_or((rest, ""));
    let base = if base == "-" { None } else { Some(table.type_named(base)?) };
    let (mut content, mut attributes) = match base {
        Some(id) => (table.types[id].content.clone(), table.types[id].attributes.clone()),
        None => (Content::Children(Vec::new()), Vec::new()),
    };
    for part in parts.split_whitespace() {
        match (part.strip_prefix('@'), &mut content) {
            (Some(rule), _) => attributes.push(attribute(table, rule)?),
            (None, Content::Children(slots)) => slots.push(slot(part)?),
            (None, Content::Text(_)) => return None,
        }
    }
    push_type(table, name, base, false, content);
    table.types.last_mut()?.attributes = attributes;
    Some(())
}

/// `name!TYPE` or `name?TYPE`.
fn attribute(table: &Table, rule: &'static str) -> Option<Attribute> {
    let at = rule.find(['!', '?'])?;
    let type_id = table.type_named(&rule[at + 1..])?;
    Some(Attribute { name: &rule[..at], required: rule.as_bytes()[at] == b'!', type_id })
}

/// `Name`, `Name?`, `Name*`, `Name+`, `Name{1,3}`, `[A|B]?`, `[A|B]*`.
fn slot(part: &'static str) -> Option<Slot> {
    let (names, min, max) = match part.as_bytes().last()? {
        b'?' => (&part[..part.len() - 1], 0, 1),
        b'*' => (&part[..part.len() - 1], 0, u32::MAX),
        b'+' => (&part[..part.len() - 1], 1, u32::MAX),
        b'}' => {
            let (name, counts) = part[..part.len() - 1].split_once('{')?;
            let (min, max) = counts.split_once(',')?;
            (name, min.parse().ok()?, max.parse().ok()?)
        }
        _ => (part, 1, 1),
    };
    let names = names.trim_start_matches('[').trim_end_matches(']');
    Some(Slot { names: names.split('|').collect(), min, max })
}

fn add_element(table: &mut Table, name: &'static str, rest: &'static str) -> Option<()> {
    let (rest, place) = rest.split_once(" for ").unwrap_or((rest, name));
    let type_id = match table.type_named(rest) {
        Some(id) => id,
        None => {
            let (base, simple) = simple(table, rest)?;
            push_type(table, name, base, false, Content::Text(simple));
            table.types.len() - 1
        }
    };
    table.elements.insert(name, Element { type_id: Some(type_id), place });
    Some(())
}
