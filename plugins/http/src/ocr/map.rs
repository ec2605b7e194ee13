//! The field map: where in a camera's message each field lies and what its words mean.

use std::collections::BTreeMap;

use greenlane_driver::OpenError;
use greenlane_driver::fields::{Path, TimeFormat, Words, lookup, short};
use greenlane_driver::model::{
    Alternate, Check, ContainerNumber, ContainerNumberError, Direction, Phase, Position, Read,
    expected_check_digit,
};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

/// Most reads in one list, and most alternates of one read.
const MAX_LIST: usize = 16;
/// Longest text of a read, and longest event number.
const MAX_TEXT: usize = 64;

/// Where in a message each field lies. A file of `configs/maps`.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FieldMap {
    /// Messages in which this field holds another word are answered and ignored (heartbeats and the like).
    #[serde(default)]
    pub only: Option<Only>,
    /// The device's number of the event.
    #[serde(default)]
    pub event: Option<Path>,
    /// When the vehicle was in view.
    #[serde(default)]
    pub time: Option<Time>,
    /// How the vehicle moved.
    #[serde(default)]
    pub direction: Option<Words<Direction>>,
    /// Where in its life the result is. Without this field a result is final.
    #[serde(default)]
    pub phase: Option<Words<Phase>>,
    /// What was read.
    #[serde(rename = "read")]
    pub reads: Vec<ReadMap>,
}

/// Which messages count.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Only {
    /// The field.
    pub path: Path,
    /// The words of messages that count, upper and lower case alike.
    pub words: Vec<String>,
}

/// A time field.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Time {
    /// Where it lies.
    pub path: Path,
    /// How it is written.
    pub format: TimeFormat,
}

/// Where the fields of a read lie.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReadMap {
    /// What is read.
    pub kind: ReadKind,
    /// A list with one entry a read; the paths below then begin at the entry. An empty list is a no-read.
    #[serde(default)]
    pub list: Option<Path>,
    /// How the list is ordered. Given in the settings, that counts.
    #[serde(default)]
    pub order: Option<Order>,
    /// The text; several fields are put together in this order.
    pub text: Vec<Path>,
    /// Texts that say that nothing could be read, upper and lower case alike. An empty text always does.
    #[serde(default)]
    pub no_read: Vec<String>,
    /// How sure the device is.
    #[serde(default)]
    pub confidence: Option<Confidence>,
    /// ISO 6346 size and type.
    #[serde(default)]
    pub size_type: Option<Path>,
    /// Where on the vehicle, when the device says so.
    #[serde(default)]
    pub position: Option<Words<Position>>,
    /// Other readings.
    #[serde(default)]
    pub alternates: Option<Alternates>,
}

/// What is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReadKind {
    /// A container number.
    Container,
    /// A licence plate.
    Plate,
}

/// How a list of exactly two containers is ordered. In a longer list positions stay unknown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Order {
    /// As they came into view: front first, or rear first when the vehicle moved backward.
    Seen,
    /// Front first, however the vehicle moved.
    FrontFirst,
    /// Rear first, however the vehicle moved.
    RearFirst,
}

/// How sure the device is.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Confidence {
    /// Where it lies. A number may be written as text.
    pub path: Path,
    /// The number that means certainty, e.g. 1 or 100.
    #[serde(default = "one")]
    pub scale: f64,
    /// Words or codes and the confidence from 0 to 1 that each stands for. They count before the scale.
    #[serde(default)]
    pub words: BTreeMap<String, f64>,
}

fn one() -> f64 {
    1.0
}

/// Other readings of the same read.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Alternates {
    /// Their list.
    pub list: Path,
    /// The text within its entry.
    pub text: Path,
    /// How sure the device is, within its entry.
    #[serde(default)]
    pub confidence: Option<Confidence>,
}

/// What a map makes of a message.
#[derive(Debug, PartialEq)]
pub struct Message {
    /// When the vehicle was in view, as written.
    pub time: Option<String>,
    /// The reads, each with its place: where in the message it stood.
    pub reads: Vec<(ReadKind, Place, Read)>,
    /// What could not be used.
    pub complaints: Vec<String>,
}

/// Which read of an event this is: number in the map, then position or number in the list.
pub type Place = (usize, usize);

impl FieldMap {
    /// Checks what the types cannot say.
    ///
    /// # Errors
    /// Nothing is read, a read has no text, or a confidence has a scale below 1.
    pub fn check(&self) -> Result<(), OpenError> {
        let wrong = |seen: String, expected| Err(OpenError::new("/map", seen, expected));
        if self.reads.is_empty() {
            return wrong("a map that reads nothing".into(), "at least one [[read]]");
        }
        for read in &self.reads {
            if read.text.is_empty() {
                return wrong("a [[read]] without text".into(), "at least one path");
            }
            let of_alternates =
                read.alternates.as_ref().and_then(|alternates| alternates.confidence.as_ref());
            for confidence in [read.confidence.as_ref(), of_alternates].into_iter().flatten() {
                if confidence.scale < 1.0 {
                    return wrong(format!("scale = {}", confidence.scale), "1 or more");
                }
            }
        }
        Ok(())
    }

    /// Reads a message; `None` when it is one that does not count.
    ///
    /// # Errors
    /// A sentence for the sender when the message is not of this map.
    pub fn read(&self, tree: &Value) -> Result<Option<Message>, String> {
        if let Some(only) = &self.only {
            let word = only.path.text(tree).ok_or_else(|| format!("nothing stands at {}", only.path))?;
            if !only.words.iter().any(|known| known.eq_ignore_ascii_case(&word)) {
                return Ok(None);
            }
        }
        let event = self.event.as_ref().and_then(|path| path.text(tree));
        if event.as_ref().is_some_and(|event| event.len() > MAX_TEXT) {
            return Err(format!("the event's number is longer than {MAX_TEXT} bytes"));
        }
        let time = self.time.as_ref().and_then(|time| time.path.text(tree));
        let mut complaints = Vec::new();
        let direction = word(&self.direction, tree, Direction::Unknown, &mut complaints).unwrap_or_default();
        // A word that is not known may be anything: then the result may still change.
        let phase = word(&self.phase, tree, Phase::Interim, &mut complaints).unwrap_or_default();
        let mut reads = Vec::new();
        for (n, map) in self.reads.iter().enumerate() {
            for (place, read) in map.reads(tree, direction, &mut complaints)? {
                let read = Read { direction, phase, event: event.clone(), ..read };
                reads.push((map.kind, (n, place), read));
            }
        }
        Ok(Some(Message { time, reads, complaints }))
    }
}

/// What a field of words means; `unknown`, and a complaint, when its word is not in the table.
fn word<T: Copy>(
    field: &Option<Words<T>>,
    tree: &Value,
    unknown: T,
    complaints: &mut Vec<String>,
) -> Option<T> {
    let field = field.as_ref()?;
    Some(field.get(tree)?.unwrap_or_else(|word| {
        complaints.push(format!("the word {:?} at {} is not in the map", short(&word), field.path));
        unknown
    }))
}

impl ReadMap {
    fn reads(
        &self,
        tree: &Value,
        direction: Direction,
        complaints: &mut Vec<String>,
    ) -> Result<Vec<(usize, Read)>, String> {
        let Some(list) = &self.list else {
            return Ok(vec![self.numbered(0, self.one(tree, complaints)?)]);
        };
        let entries = list.list(tree).ok_or_else(|| format!("nothing stands at {list}"))?;
        if entries.len() > MAX_LIST {
            return Err(format!("the list at {list} has more than {MAX_LIST} entries"));
        }
        if entries.is_empty() {
            return Ok(vec![(0, no_read())]);
        }
        let mut reads = Vec::with_capacity(entries.len());
        for (n, entry) in entries.iter().enumerate() {
            let mut read = self.one(entry, complaints)?;
            if self.position.is_none() && entries.len() == 2 {
                read.position = self.order.map_or(Position::Unknown, |order| order.position(n, direction));
            }
            reads.push(self.numbered(n, read));
        }
        Ok(reads)
    }

    /// With its place: the position where the device gives it, since it may report one container a message.
    fn numbered(&self, n: usize, read: Read) -> (usize, Read) {
        (if self.position.is_some() { read.position as usize } else { n }, read)
    }

    fn one(&self, entry: &Value, complaints: &mut Vec<String>) -> Result<Read, String> {
        if !self.text.iter().any(|path| path.get(entry).is_some()) {
            let paths: Vec<String> = self.text.iter().map(Path::to_string).collect();
            return Err(format!("nothing stands at {}", paths.join(", ")));
        }
        let text: String = self.text.iter().filter_map(|path| path.text(entry)).collect();
        let mut read = no_read();
        read.confidence = confidence(&self.confidence, entry, complaints);
        read.position = word(&self.position, entry, Position::Unknown, complaints).unwrap_or_default();
        read.text = self.text(text)?;
        if let (Some(text), ReadKind::Container) = (&read.text, self.kind) {
            read.check = check(text);
        }
        if read.text.is_some() {
            let size_type = self.size_type.as_ref().and_then(|path| path.text(entry));
            read.size_type = size_type.filter(|size_type| size_type.len() <= MAX_TEXT);
        }
        if let Some(alternates) = &self.alternates {
            read.alternates = self.alternates(alternates, &read, entry, complaints)?;
        }
        Ok(read)
    }

    /// The text as the lane compares it; `None` when it says that nothing could be read.
    fn text(&self, text: String) -> Result<Option<String>, String> {
        if text.len() > MAX_TEXT {
            return Err(format!("the text is longer than {MAX_TEXT} bytes: {:?}", short(&text)));
        }
        if text.is_empty() || self.no_read.iter().any(|word| word.eq_ignore_ascii_case(&text)) {
            return Ok(None);
        }
        Ok(Some(match self.kind {
            ReadKind::Plate => text,
            ReadKind::Container => text
                .chars()
                .filter(|c| !matches!(c, ' ' | '-' | '.' | '/'))
                .map(|c| c.to_ascii_uppercase())
                .collect(),
        }))
    }

    /// Best first, without what the read says itself.
    fn alternates(
        &self,
        map: &Alternates,
        read: &Read,
        entry: &Value,
        complaints: &mut Vec<String>,
    ) -> Result<Vec<Alternate>, String> {
        let mut alternates: Vec<Alternate> = Vec::new();
        for entry in map.list.list(entry).unwrap_or_default().iter().take(MAX_LIST) {
            let Some(text) = self.text(map.text.text(entry).unwrap_or_default())? else { continue };
            let confidence = confidence(&map.confidence, entry, complaints);
            if read.text.as_ref() != Some(&text) {
                alternates.push(Alternate { text, confidence });
            }
        }
        alternates.sort_by(|a, b| b.confidence.unwrap_or(0.0).total_cmp(&a.confidence.unwrap_or(0.0)));
        let mut seen = std::collections::BTreeSet::new();
        alternates.retain(|alternate| seen.insert(alternate.text.clone()));
        Ok(alternates)
    }
}

impl Order {
    fn position(self, n: usize, direction: Direction) -> Position {
        let front_first = match self {
            Self::Seen => direction != Direction::Backward,
            Self::FrontFirst => true,
            Self::RearFirst => false,
        };
        if front_first == (n == 0) { Position::Front } else { Position::Rear }
    }
}

fn no_read() -> Read {
    Read {
        text: None,
        confidence: None,
        check: Check::NotChecked,
        alternates: Vec::new(),
        position: Position::Unknown,
        size_type: None,
        direction: Direction::Unknown,
        phase: Phase::Final,
        event: None,
        acquired: None,
        images: Vec::new(),
    }
}

/// The check digit by our own arithmetic; what the device says of it is not asked.
fn check(text: &str) -> Check {
    match text.parse::<ContainerNumber>() {
        Ok(number) if number.ambiguous_zero() => Check::AmbiguousZero,
        Ok(_) => Check::Ok,
        Err(ContainerNumberError::CheckDigit { .. }) => Check::Bad,
        Err(_) if expected_check_digit(text).is_some() => Check::Absent,
        Err(_) => Check::NotChecked,
    }
}

fn confidence(map: &Option<Confidence>, entry: &Value, complaints: &mut Vec<String>) -> Option<f64> {
    let map = map.as_ref()?;
    let written = map.path.text(entry)?;
    let value = lookup(&map.words, &written).or_else(|| Some(map.path.number(entry)? / map.scale));
    let value = value.filter(|value| (0.0..=1.0).contains(value));
    if value.is_none() {
        complaints.push(format!("{:?} at {} is no confidence by the map", short(&written), map.path));
    }
    value
}
