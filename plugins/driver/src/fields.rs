//! What drivers that read by a field map share: a JSON or XML message as one tree, where a field lies in it
//! ([`Path`]), words ([`Words`]), times ([`TimeFormat`]) and a device's clock ([`Clock`]).
//!
//! XML becomes the same tree as JSON: an element is a table of its children under their names without name
//! space, an element that comes several times is a list, `@name` is an attribute, an element with text alone
//! is that text and `#text` is the text beside attributes. Only the five predefined entities are known, and a
//! document type is refused, so nothing can expand.

use std::collections::BTreeMap;
use std::fmt::Display;

use greenlane_model::{Severity, Stamp};
use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::fmt::strtime;
use jiff::tz::Offset;
use quick_xml::XmlVersion;
use quick_xml::events::{BytesRef, BytesStart, Event};
use quick_xml::reader::Reader;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::{OpenError, Outbox};

/// Most values in one message: a tree costs many times the bytes it is written in.
pub const MAX_VALUES: usize = 20_000;
/// Deepest nesting of an XML message. (JSON is limited to 128 by its parser.)
pub const MAX_DEPTH: usize = 64;

/// Reads a message as XML when it begins with `<`, else as JSON.
///
/// # Errors
/// A sentence for the sender.
pub fn parse(bytes: &[u8]) -> Result<Value, String> {
    if text_of(bytes)?.trim_start().starts_with('<') { parse_xml(bytes) } else { parse_json(bytes) }
}

/// Reads a JSON message.
///
/// # Errors
/// A sentence for the sender.
pub fn parse_json(bytes: &[u8]) -> Result<Value, String> {
    let text = text_of(bytes)?;
    let (mut values, mut quoted, mut escaped) = (1usize, false, false);
    for byte in text.bytes() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            b',' | b'[' | b'{' if !quoted => values += 1,
            _ => {}
        }
    }
    if values > MAX_VALUES {
        return Err(format!("the message holds more than {MAX_VALUES} values"));
    }
    serde_json::from_str(text).map_err(|e| format!("the message is not JSON: {e}"))
}

/// Reads an XML message: a table with the root element's name as its one key.
///
/// # Errors
/// A sentence for the sender.
pub fn parse_xml(bytes: &[u8]) -> Result<Value, String> {
    let mut reader = Reader::from_str(text_of(bytes)?);
    let mut tree = Tree { open: vec![Element::default()], values: 0 };
    loop {
        let event = reader.read_event().map_err(|e| not_xml(&e))?;
        match event {
            Event::Start(start) => tree.open(&start)?,
            Event::Empty(start) => {
                tree.open(&start)?;
                tree.close();
            }
            Event::End(_) => tree.close(),
            Event::Text(text) => tree.text(&text.xml10_content()),
            Event::CData(text) => tree.text(&text.xml10_content()),
            Event::GeneralRef(entity) => tree.text(&resolve(&entity)?),
            Event::DocType(_) => return Err("an XML document type is not accepted".into()),
            Event::Comment(_) | Event::Decl(_) | Event::PI(_) => {}
            Event::Eof => return tree.end(),
        }
    }
}

/// A device's text, short enough to stand in a sentence.
pub fn short(text: &str) -> String {
    text.chars().take(80).collect()
}

fn not_xml(error: &dyn Display) -> String {
    format!("the message is not XML: {}", short(&error.to_string()))
}

fn text_of(bytes: &[u8]) -> Result<&str, String> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    std::str::from_utf8(bytes).map_err(|_| "the message is not UTF-8".into())
}

fn resolve(entity: &BytesRef<'_>) -> Result<String, String> {
    match &**entity {
        "amp" => Ok("&".into()),
        "lt" => Ok("<".into()),
        "gt" => Ok(">".into()),
        "quot" => Ok("\"".into()),
        "apos" => Ok("'".into()),
        name => match entity.resolve_char_ref() {
            Ok(Some(char)) => Ok(char.into()),
            _ => Err(format!("the XML entity {:?} is not known", short(name))),
        },
    }
}

#[derive(Default)]
struct Element {
    name: String,
    fields: Map<String, Value>,
    text: String,
}

/// Elements still open, outermost first; the first stands for the document and is never closed.
struct Tree {
    open: Vec<Element>,
    values: usize,
}

impl Tree {
    fn open(&mut self, start: &BytesStart<'_>) -> Result<(), String> {
        if self.open.len() > MAX_DEPTH {
            return Err(format!("the message is nested deeper than {MAX_DEPTH}"));
        }
        let name = start.local_name().as_ref().to_owned();
        let mut element = Element { name, ..Element::default() };
        self.values += 1;
        // The reader's own check for doubles compares each with each, which a hostile sender could abuse.
        for attribute in start.attributes().with_checks(false) {
            let attribute = attribute.map_err(|e| not_xml(&e))?;
            let value = attribute.normalized_value(XmlVersion::Implicit1_0).map_err(|e| not_xml(&e))?;
            element.fields.insert(format!("@{}", attribute.key.local_name().as_ref()), Value::from(&*value));
            self.values += 1;
            if self.values > MAX_VALUES {
                break;
            }
        }
        if self.values > MAX_VALUES {
            return Err(format!("the message holds more than {MAX_VALUES} values"));
        }
        self.open.push(element);
        Ok(())
    }

    fn text(&mut self, text: &str) {
        if let Some(element) = self.open.last_mut() {
            element.text.push_str(text);
        }
    }

    fn close(&mut self) {
        // The reader checks that ends match starts, so the document itself is never closed.
        if self.open.len() < 2 {
            return;
        }
        let (Some(element), Some(parent)) = (self.open.pop(), self.open.last_mut()) else { return };
        let Element { name, mut fields, text } = element;
        let text = Value::from(text.trim());
        let value = if fields.is_empty() {
            text
        } else {
            if text != "" {
                fields.insert("#text".into(), text);
            }
            Value::Object(fields)
        };
        match parent.fields.get_mut(&name) {
            None => drop(parent.fields.insert(name, value)),
            Some(Value::Array(list)) => list.push(value),
            Some(first) => *first = Value::Array(vec![first.take(), value]),
        }
    }

    fn end(mut self) -> Result<Value, String> {
        let Some(Element { name, fields, text }) = self.open.pop() else { return Ok(Value::Null) };
        if !self.open.is_empty() {
            return Err(format!("the message is cut off inside the element {:?}", short(&name)));
        }
        let one = fields.len() == 1 && !fields.values().any(Value::is_array);
        if !one || !text.trim().is_empty() {
            return Err("the message is not XML: it must hold exactly one element".into());
        }
        Ok(Value::Object(fields))
    }
}

/// Where a field lies in a message: a JSON pointer (`/data/codes/0/code`), or element names the same way
/// (`/Alert/ANPR/plate`, an attribute as `/Alert/@id`). The leading slash may be left out.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(from = "String")]
pub struct Path(String);

impl From<String> for Path {
    fn from(written: String) -> Self {
        Self(if written.is_empty() || written.starts_with('/') { written } else { format!("/{written}") })
    }
}

impl Display for Path {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl Path {
    /// What stands there, if the message has such a field at all.
    pub fn get<'a>(&self, tree: &'a Value) -> Option<&'a Value> {
        tree.pointer(&self.0)
    }

    /// The text there, trimmed. `None` when there is no such field, or nothing in it.
    pub fn text(&self, tree: &Value) -> Option<String> {
        let text = match self.get(tree)? {
            Value::Object(element) => element.get("#text")?.as_str()?.trim().to_owned(),
            Value::String(text) => text.trim().to_owned(),
            Value::Number(number) => number.to_string(),
            Value::Bool(bool) => bool.to_string(),
            Value::Null | Value::Array(_) => return None,
        };
        (!text.is_empty()).then_some(text)
    }

    /// The number there, also when it is written as text.
    pub fn number(&self, tree: &Value) -> Option<f64> {
        self.text(tree)?.parse().ok().filter(|number: &f64| number.is_finite())
    }

    /// The entries of the list there; many devices do not wrap a single entry, and send nothing for none.
    /// `None` when there is no such field.
    pub fn list<'a>(&self, tree: &'a Value) -> Option<&'a [Value]> {
        match self.get(tree)? {
            Value::Array(list) => Some(list),
            Value::Null => Some(&[]),
            Value::String(text) if text.trim().is_empty() => Some(&[]),
            one => Some(std::slice::from_ref(one)),
        }
    }
}

/// A field that holds one of a few words.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Words<T> {
    /// Where it lies.
    pub path: Path,
    /// What each word means, upper and lower case alike.
    pub words: BTreeMap<String, T>,
}

impl<T: Copy> Words<T> {
    /// What the field means: `None` when it is missing or empty, the word itself when it is not in the table.
    pub fn get(&self, tree: &Value) -> Option<Result<T, String>> {
        let word = self.path.text(tree)?;
        Some(lookup(&self.words, &word).ok_or(word))
    }
}

/// What `word` means, upper and lower case alike.
pub fn lookup<T: Copy>(words: &BTreeMap<String, T>, word: &str) -> Option<T> {
    words.iter().find(|(known, _)| known.eq_ignore_ascii_case(word)).map(|(_, &meaning)| meaning)
}

/// How a device writes a time: `rfc3339` (the zone may be missing), `unix_s`, `unix_ms`, or a pattern of
/// strptime such as `%Y-%m-%d %H:%M:%S%.f`. A time without zone is taken with the clock's `utc_offset`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(try_from = "String")]
#[schemars(with = "String")]
pub enum TimeFormat {
    /// Date and time after RFC 3339.
    Rfc3339,
    /// Seconds since 1970, with or without a fraction.
    UnixS,
    /// Milliseconds since 1970.
    UnixMs,
    /// A pattern of strptime.
    Pattern(String),
}

impl TryFrom<String> for TimeFormat {
    type Error = String;

    fn try_from(written: String) -> Result<Self, String> {
        match written.as_str() {
            "rfc3339" => Ok(Self::Rfc3339),
            "unix_s" => Ok(Self::UnixS),
            "unix_ms" => Ok(Self::UnixMs),
            pattern if pattern.contains('%') => Ok(Self::Pattern(written)),
            _ => {
                Err(format!("{written:?} is not a time format: rfc3339, unix_s, unix_ms or a pattern with %"))
            }
        }
    }
}

impl TimeFormat {
    /// Nanoseconds since 1970 in UTC, or `None` when `text` is not such a time.
    pub fn read(&self, text: &str, offset: UtcOffset) -> Option<i64> {
        let with_offset = |local: DateTime| offset.0.to_timestamp(local).ok();
        let time = match self {
            Self::Rfc3339 => text.parse().ok().or_else(|| with_offset(text.parse().ok()?))?,
            Self::UnixS => return since_1970(text, 9),
            Self::UnixMs => return since_1970(text, 6),
            Self::Pattern(pattern) => {
                let broken_down = strtime::parse(pattern, text).ok()?;
                match broken_down.offset() {
                    Some(_) => broken_down.to_timestamp().ok()?,
                    None => with_offset(broken_down.to_datetime().ok()?)?,
                }
            }
        };
        i64::try_from(Timestamp::as_nanosecond(time)).ok()
    }
}

/// A decimal number of which `digits` after the point make nanoseconds; further ones are cut away.
fn since_1970(text: &str, digits: usize) -> Option<i64> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    format!("{whole}{fraction:0<digits$.digits$}").parse().ok()
}

/// A fixed distance from UTC, e.g. `+03:00`; none by default.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(try_from = "String")]
#[schemars(with = "String")]
pub struct UtcOffset(Offset);

impl Default for UtcOffset {
    fn default() -> Self {
        Self(Offset::UTC)
    }
}

impl TryFrom<String> for UtcOffset {
    type Error = String;

    fn try_from(written: String) -> Result<Self, String> {
        strtime::parse("%:z", &written)
            .ok()
            .and_then(|parsed| parsed.offset())
            .map(Self)
            .ok_or_else(|| format!("{written:?} is not a distance from UTC such as +03:00"))
    }
}

/// The device's clock: the settings table `clock`.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct ClockSettings {
    /// Distance from UTC of times that come without a zone, e.g. `+03:00`.
    pub utc_offset: UtcOffset,
    /// How the device writes times, when it is not set up as the map says.
    pub format: Option<TimeFormat>,
    /// Largest believable difference between the device's time and the arrival, delay included, in s. A
    /// larger one raises the fault `clock_offset` and the device's time is not used.
    #[schemars(range(min = 0.001, max = 86400.0))]
    pub max_offset_s: f64,
    /// How far the device's clock is off at most while it is synchronised, and how coarsely it writes, in ms.
    pub uncertainty_ms: u32,
}

impl Default for ClockSettings {
    fn default() -> Self {
        Self { utc_offset: UtcOffset::default(), format: None, max_offset_s: 60.0, uncertainty_ms: 1000 }
    }
}

/// Turns a device's times into stamps. The device's clock is a label: the monotonic time is this machine's.
#[derive(Debug)]
pub struct Clock {
    settings: ClockSettings,
    offset: Flag,
}

impl Clock {
    /// A clock that is believed until it differs too much. Its settings stand at `/clock`.
    ///
    /// # Errors
    /// `max_offset_s` is not above 0 and at most a day.
    pub fn open(settings: ClockSettings) -> Result<Self, OpenError> {
        let max = settings.max_offset_s;
        if !(max > 0.0 && max <= 86_400.0) {
            return Err(OpenError::new("/clock/max_offset_s", max, "seconds above 0 and at most 86400"));
        }
        Ok(Self { settings, offset: Flag::new("clock_offset", Severity::Warning) })
    }

    /// What the device wrote, in nanoseconds since 1970 in UTC, given the map's format.
    ///
    /// # Errors
    /// A sentence that holds the text, when it is no such time.
    pub fn read(&self, text: &str, format: &TimeFormat) -> Result<i64, String> {
        let format = self.settings.format.as_ref().unwrap_or(format);
        format
            .read(text, self.settings.utc_offset)
            .ok_or_else(|| format!("{:?} is not a time as the map says", short(text)))
    }

    /// The stamp of a time that [`Self::read`] gave; `None`, and the fault `clock_offset`, when it lies too far
    /// from `now`.
    pub fn stamp(&mut self, now: Stamp, utc_ns: i64, out: &mut Outbox) -> Option<Stamp> {
        let ahead_ns = utc_ns.saturating_sub(now.utc_ns);
        let ahead_s = ahead_ns as f64 / 1e9;
        let far = ahead_s.abs() > self.settings.max_offset_s;
        self.offset.set(now, far, || format!("the device's time is {ahead_s:+.3} s from ours"), out);
        let mut stamp = now.shifted(ahead_ns);
        stamp.uncertainty_ns = u64::from(self.settings.uncertainty_ms) * 1_000_000;
        (!far).then_some(stamp)
    }
}

/// A fault that is said once when it comes and once when it goes.
#[derive(Debug)]
pub struct Flag {
    code: &'static str,
    severity: Severity,
    on: bool,
}

impl Flag {
    /// A fault that is not on.
    pub fn new(code: &'static str, severity: Severity) -> Self {
        Self { code, severity, on: false }
    }

    /// The fault is on or not, as of `now`; `text` is asked for when it comes on.
    pub fn set(&mut self, now: Stamp, on: bool, text: impl FnOnce() -> String, out: &mut Outbox) {
        if self.on != on {
            self.on = on;
            let text = if on { text() } else { String::new() };
            out.fault(now, self.code, self.severity, on, text);
        }
    }
}
