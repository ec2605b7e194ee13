//! A TOML value that remembers where it stands.

use std::collections::BTreeMap;
use std::ops::Range;

use serde_json::Number;
use toml::Spanned;
use toml::de::{DeFloat, DeInteger, DeTable, DeValue};

use crate::problem::{Finding, MAX_PROBLEMS, Place};

/// Tables and lists nested deeper are refused.
const MAX_DEPTH: usize = 32;
/// Longest key, in bytes. With the depth it bounds every path.
const MAX_KEY: usize = 256;

/// A value and its place.
#[derive(Debug, Clone)]
pub(crate) struct Node {
    pub at: Place,
    pub value: Value,
}

/// What TOML can say, as far as a configuration may.
#[derive(Debug, Clone)]
pub(crate) enum Value {
    Text(String),
    Number(Number),
    Flag(bool),
    List(Vec<Node>),
    Table(Table),
}

/// A table: each key with its own place.
pub(crate) type Table = BTreeMap<String, Entry>;

/// A key's place and its value.
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    pub key: Place,
    pub node: Node,
}

impl Node {
    /// Takes over a parsed document; refuses what no configuration can mean (dates, NaN, infinity).
    pub fn of_document(file: usize, document: &DeTable<'_>) -> Result<Self, Vec<Finding>> {
        let mut reader = Reader { file, findings: Vec::new() };
        let table = reader.table(document, "", 0);
        if reader.findings.is_empty() {
            Ok(Self { at: Place::top(file), value: Value::Table(table) })
        } else {
            Err(reader.findings)
        }
    }

    /// The value under a key of this table.
    pub fn get(&self, key: &str) -> Option<&Node> {
        self.entry(key).map(|entry| &entry.node)
    }

    /// The key's entry, when this is a table that has it.
    pub fn entry(&self, key: &str) -> Option<&Entry> {
        match &self.value {
            Value::Table(table) => table.get(key),
            _ => None,
        }
    }

    /// The list's members; none when this is no list.
    pub fn items(&self) -> &[Node] {
        match &self.value {
            Value::List(items) => items,
            _ => &[],
        }
    }

    pub fn text(&self) -> Option<&str> {
        match &self.value {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    /// Where the value of `key` stands; this node's own place without that key.
    pub fn place_of(&self, key: &str) -> Place {
        self.get(key).map_or(self.at, |node| node.at)
    }

    /// The node a JSON pointer leads to, or the last one on the way that exists.
    pub fn follow(&self, pointer: &str) -> &Node {
        let mut node = self;
        for token in pointer.split('/').skip(1) {
            let token = token.replace("~1", "/").replace("~0", "~");
            let next = match &node.value {
                Value::Table(table) => table.get(&token).map(|entry| &entry.node),
                Value::List(items) => token.parse::<usize>().ok().and_then(|index| items.get(index)),
                _ => None,
            };
            let Some(next) = next else { break };
            node = next;
        }
        node
    }

    /// The same value as JSON.
    pub fn to_json(&self) -> serde_json::Value {
        use serde_json::Value as Json;
        match &self.value {
            Value::Text(text) => Json::String(text.clone()),
            Value::Number(number) => Json::Number(number.clone()),
            Value::Flag(flag) => Json::Bool(*flag),
            Value::List(items) => items.iter().map(Self::to_json).collect(),
            Value::Table(table) => {
                table.iter().map(|(key, entry)| (key.clone(), entry.node.to_json())).collect()
            }
        }
    }
}

/// `a.b`, or `b` at the top.
pub(crate) fn join(path: &str, key: &str) -> String {
    if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") }
}

/// A JSON pointer in the notation of keys: `/inputs/2/point` is `inputs[2].point`.
pub(crate) fn join_pointer(path: &str, pointer: &str) -> String {
    pointer.split('/').skip(1).fold(path.to_owned(), |path, token| match token.parse::<usize>() {
        Ok(index) => format!("{path}[{index}]"),
        Err(_) => join(&path, &token.replace("~1", "/").replace("~0", "~")),
    })
}

struct Reader {
    file: usize,
    findings: Vec<Finding>,
}

impl Reader {
    fn table(&mut self, table: &DeTable<'_>, path: &str, depth: usize) -> Table {
        let mut entries = Table::new();
        for (key, value) in table {
            let (name, place) = (key.get_ref(), self.place(key.span()));
            if name.len() > MAX_KEY {
                self.refuse(place, path, "a key is too long", format!("keys of at most {MAX_KEY} bytes"));
                continue;
            }
            let node = self.node(value, &join(path, name), depth + 1);
            entries.insert(name.to_string(), Entry { key: place, node });
        }
        entries
    }

    fn node(&mut self, value: &Spanned<DeValue<'_>>, path: &str, depth: usize) -> Node {
        let at = self.place(value.span());
        let value = if depth > MAX_DEPTH {
            self.refuse(at, path, "nested too deeply", format!("at most {MAX_DEPTH} tables and lists"))
        } else {
            self.value(value.get_ref(), at, path, depth)
        };
        Node { at, value }
    }

    fn value(&mut self, value: &DeValue<'_>, at: Place, path: &str, depth: usize) -> Value {
        match value {
            DeValue::String(text) => Value::Text(text.to_string()),
            DeValue::Boolean(flag) => Value::Flag(*flag),
            DeValue::Integer(integer) => match whole(integer) {
                Some(number) => Value::Number(number),
                None => self.refuse(
                    at,
                    path,
                    format!("{integer} is too large"),
                    format!("a whole number of 64 bits, {} to {}", i64::MIN, u64::MAX),
                ),
            },
            DeValue::Float(float) => match finite(float) {
                Some(number) => Value::Number(number),
                None => self.refuse(at, path, format!("{float} is not a finite number"), "a finite number"),
            },
            DeValue::Datetime(date) => {
                self.refuse(at, path, "no key takes a bare date", format!("a text: \"{date}\""))
            }
            DeValue::Array(items) => {
                let items = items.iter().enumerate();
                Value::List(
                    items.map(|(i, item)| self.node(item, &format!("{path}[{i}]"), depth + 1)).collect(),
                )
            }
            DeValue::Table(table) => Value::Table(self.table(table, path, depth)),
        }
    }

    fn refuse(
        &mut self,
        at: Place,
        path: &str,
        message: impl Into<String>,
        help: impl Into<String>,
    ) -> Value {
        if self.findings.len() < MAX_PROBLEMS {
            self.findings.push(Finding::new(at, path, message, help));
        }
        Value::Flag(false)
    }

    fn place(&self, span: Range<usize>) -> Place {
        Place { file: self.file, start: span.start, end: span.end }
    }
}

fn whole(integer: &DeInteger<'_>) -> Option<Number> {
    let (digits, radix) = (integer.as_str(), integer.radix());
    let signed = i64::from_str_radix(digits, radix).map(Number::from);
    signed.or_else(|_| u64::from_str_radix(digits, radix).map(Number::from)).ok()
}

/// `None` for NaN, infinity and a number too large for 64 bits, which parses as infinity.
fn finite(float: &DeFloat<'_>) -> Option<Number> {
    float.as_str().parse().ok().and_then(Number::from_f64)
}
