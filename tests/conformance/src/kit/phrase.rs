//! Text templates: `GS,{counts.0:06},{counts.1:06}`. A field is `{path:form}`; the path leads into the fact
//! or into the phrase's own table `scale`, the form is nothing, `06` (six digits), `06.3` (six wide, three
//! decimals) or `json` (a JSON value, `null` included).

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use crate::scene::Fact;

/// How one kind of fact is said.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Phrase {
    /// The fact.
    pub fact: String,
    /// Only when these values of the fact are so; `none` stands for what is not given.
    #[serde(default)]
    pub when: BTreeMap<String, Value>,
    /// The template.
    pub text: String,
    /// Values computed from the fact's.
    #[serde(default)]
    pub scale: BTreeMap<String, Scale>,
    /// Words of the device for words of the fact: path, then word by word.
    #[serde(default)]
    pub words: BTreeMap<String, BTreeMap<String, Value>>,
    /// Fields that say again in another unit what one before has said: nobody needs to read them.
    #[serde(default)]
    pub spare: Vec<String>,
    /// Its last field is free text: a cut within it cannot be seen.
    #[serde(default)]
    pub ends_open: bool,
    /// Kinds that a garbled frame of this phrase may still bring, without any of its content.
    #[serde(default)]
    pub kept_when_garbled: Vec<String>,
    /// Its last text, which closes it and says nothing: a cut within that loses nothing.
    #[serde(default)]
    pub closing: String,
    /// Bad values, by the suite's word for them, that the wire's own form of a number allows.
    #[serde(default)]
    pub legal: Vec<String>,
}

/// A value computed from another.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scale {
    /// The other's path.
    pub of: String,
    /// Multiplied by this...
    #[serde(default = "one")]
    pub times: f64,
    /// ...or this divided by it.
    #[serde(default)]
    pub over: Option<f64>,
}

fn one() -> f64 {
    1.0
}

/// A frame's text, and where its fields lie in it.
#[derive(Debug, Clone, PartialEq)]
pub struct Rendered {
    /// The frame without its ends.
    pub text: String,
    /// Where the fields are.
    pub fields: Vec<Field>,
    /// See [`Phrase::kept_when_garbled`].
    pub kept_when_garbled: Vec<String>,
    /// Bytes from here on may be cut off unseen.
    pub open_from: usize,
    /// See [`Phrase::legal`].
    pub legal: Vec<String>,
}

/// One field of a frame.
#[derive(Debug, Clone, PartialEq)]
pub struct Field {
    /// Its path.
    pub path: String,
    /// Its bytes in the frame.
    pub range: std::ops::Range<usize>,
    /// It holds a number that a driver has to read.
    pub numeric: bool,
}

impl Phrase {
    /// Whether this phrase says `fact`.
    pub fn says(&self, fact: &Fact) -> bool {
        let value = flat(fact);
        let word = |path: &str| at(&value, path).cloned().unwrap_or(Value::Null);
        value.get("fact").and_then(Value::as_str) == Some(&self.fact)
            && self.when.iter().all(|(path, expected)| same(&word(path), expected))
    }

    /// The text for `fact`; `extra` holds values that are not the fact's own, such as the device's time.
    pub fn render(&self, fact: &Fact, extra: &BTreeMap<String, Value>) -> Option<Rendered> {
        let value = flat(fact);
        let mut text = String::new();
        let mut fields = Vec::new();
        let mut rest = self.text.as_str();
        while let Some(open) = rest.find("{{").into_iter().chain(rest.find('{')).min() {
            text.push_str(&rest[..open]);
            if rest[open..].starts_with("{{") {
                text.push('{');
                rest = &rest[open + 2..];
                continue;
            }
            let close = open + rest[open..].find('}')?;
            let (path, form) = rest[open + 1..close].split_once(':').unwrap_or((&rest[open + 1..close], ""));
            let held = self.value(&value, extra, path)?;
            let start = text.len();
            text.push_str(&formed(&held, form)?);
            fields.push(Field {
                path: path.to_owned(),
                range: start..text.len(),
                numeric: held.is_number() && form != "json" && !self.spare.iter().any(|spare| spare == path),
            });
            rest = &rest[close + 1..];
        }
        text.push_str(rest);
        let last = fields.last().map_or(text.len(), |field| field.range.start);
        let content = text.strip_suffix(&*self.closing).map_or(text.len(), str::len);
        let open_from = if self.ends_open { last } else { content };
        let (kept_when_garbled, legal) = (self.kept_when_garbled.clone(), self.legal.clone());
        Some(Rendered { text, fields, kept_when_garbled, open_from, legal })
    }

    fn value(&self, fact: &Value, extra: &BTreeMap<String, Value>, path: &str) -> Option<Value> {
        if let Some(scale) = self.scale.get(path) {
            let of = at(fact, &scale.of)?.as_f64()?;
            let scaled = scale.over.map_or(of * scale.times, |over| over / of);
            return Some(Value::from(scaled));
        }
        let held = extra.get(path).or_else(|| at(fact, path)).cloned().unwrap_or(Value::Null);
        let word = match &held {
            Value::String(word) => word.clone(),
            Value::Bool(on) => on.to_string(),
            Value::Null => "none".to_owned(),
            _ => return Some(held),
        };
        Some(self.words.get(path).and_then(|words| words.get(&word)).cloned().unwrap_or(held))
    }
}

/// A fact as a table of values.
pub fn flat(fact: &Fact) -> Value {
    serde_json::to_value(fact).unwrap_or(Value::Null)
}

/// The value at a path such as `counts.0`.
fn at<'a>(value: &'a Value, path: &str) -> Option<&'a Value> {
    path.split('.').try_fold(value, |value, step| match step.parse::<usize>() {
        Ok(i) => value.get(i),
        Err(_) => value.get(step),
    })
}

fn same(a: &Value, b: &Value) -> bool {
    match (a.as_f64(), b.as_f64()) {
        (Some(a), Some(b)) => a == b,
        _ => a == b || (a.is_null() && b == "none"),
    }
}

fn formed(value: &Value, form: &str) -> Option<String> {
    if form == "json" {
        return Some(value.to_string());
    }
    if let Value::String(text) = value {
        return Some(text.clone());
    }
    if form.is_empty() {
        return Some(value.to_string());
    }
    let number = value.as_f64()?;
    let (width, decimals) = form.split_once('.').unwrap_or((form, "0"));
    let (width, decimals) = (width.parse::<usize>().ok()?, decimals.parse::<usize>().ok()?);
    Some(format!("{number:0width$.decimals$}"))
}
