//! One requirement, as it is after inheritance: what conformance, admission, monitors and reports read.

use std::collections::{BTreeMap, BTreeSet};

use greenlane_model::Capability;
use serde::{Deserialize, Serialize};

use crate::date::Date;
use crate::plan::Plan;
use crate::value::Value;

/// One testable line of a standard.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Requirement {
    /// `area/name`, lower case; runnable by prefix and never reused for another meaning.
    pub id: String,
    /// What it says, in our own words.
    pub text: Text,
    /// Whom it concerns.
    pub scope: Scope,
    /// Ids that must not have failed before this one is run; those of the level's default included.
    pub requires: BTreeSet<String>,
    /// Its numbers, by name; the unit is the last word of the name.
    pub params: BTreeMap<String, Param>,
    /// Where the numbers come from, the sources of its limits included.
    pub sources: Vec<Source>,
    /// External limits that it tests.
    pub limits: BTreeSet<String>,
    /// The code that tests it.
    pub test: Test,
    /// How many trials, and what they must show.
    pub plan: Plan,
    /// Cells (e.g. source, height and speed) that the plan must hold for, at least.
    pub cells: u32,
    /// What is kept of each run.
    pub evidence: BTreeSet<Evidence>,
    /// Version of the standard that brought it.
    pub since: String,
    /// Version of the standard that last changed it.
    pub changed: Option<String>,
    /// Corrections since.
    pub errata: Vec<Erratum>,
    /// Reasons why a standard moved a number against its tightening direction; printed in every report.
    pub loosened: Vec<String>,
}

/// The words of a requirement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Text {
    /// At most 60 characters.
    pub title: String,
    /// What must hold; names parameters as `{name}`.
    pub statement: String,
    /// What goes wrong in a lane without it.
    pub rationale: String,
}

/// Whom a requirement concerns.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scope {
    /// It applies when one of these does.
    pub applies_to: BTreeSet<AppliesTo>,
    /// What is under test.
    pub subject: Subject,
    /// Level of the suite.
    pub level: Level,
    /// A missed `should` is a warning.
    pub word: Word,
}

/// When a requirement applies. As text: `any`, `gamma`, `link:lines`, `not-link:sdk`, `declared:event_ids`, `kit:check`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum AppliesTo {
    /// Always.
    Any,
    /// To a driver that offers the capability.
    Capability(Capability),
    /// To a driver on this kind of link.
    Link(String),
    /// To a driver on any other kind of link.
    NotLink(String),
    /// To a device whose `PRODUCT.toml` declares this.
    Declared(String),
    /// To a device whose kit has this, e.g. frames with a check value.
    Kit(String),
}

/// What a driver, its product file and its kit offer to the suite.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Offer {
    /// Capabilities of the driver.
    pub capabilities: BTreeSet<Capability>,
    /// Kind of its link, one of [`LINKS`].
    pub link: String,
    /// Keys of `[declares]` that are true, or a number above zero, or a list that is not empty.
    pub declared: BTreeSet<String>,
    /// Traits of the kit, e.g. `check`, `capture`.
    pub kit: BTreeSet<String>,
}

/// Kinds of link, by the words of the driver table; `sdk` is a driver with threads of its own.
pub const LINKS: &[&str] = &[
    "lines",
    "framed",
    "delimited",
    "raw",
    "datagrams",
    "modbus",
    "http_push",
    "http_poll",
    "folder",
    "sdk",
];

/// Keys of `[declares]` in `PRODUCT.toml` that decide whether a requirement applies.
pub const DECLARES: &[&str] = &[
    "speaks_first",
    "device_clock",
    "event_ids",
    "commands",
    "faults",
    "pre_roll_s",
    "hold_in_s",
    "writes_n42",
];

/// Traits of a kit that decide whether a requirement applies.
pub const KIT_TRAITS: &[&str] = &["capture", "phrasebook", "simulator", "check"];

impl Scope {
    /// Whether the requirement concerns what is offered.
    pub fn applies(&self, offer: &Offer) -> bool {
        self.applies_to.iter().any(|to| match to {
            AppliesTo::Any => true,
            AppliesTo::Capability(capability) => offer.capabilities.contains(capability),
            AppliesTo::Link(link) => offer.link == *link,
            AppliesTo::NotLink(link) => offer.link != *link,
            AppliesTo::Declared(key) => offer.declared.contains(key),
            AppliesTo::Kit(key) => offer.kit.contains(key),
        })
    }
}

impl TryFrom<String> for AppliesTo {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let known = |list: &[&str], word: &str| -> Result<String, String> {
            if list.contains(&word) {
                return Ok(word.to_owned());
            }
            Err(format!("`{word}` in `{text}` is none of {}", list.join(", ")))
        };
        match text.split_once(':') {
            None if text == "any" => Ok(Self::Any),
            None => serde_json::from_value(text.clone().into())
                .map(Self::Capability)
                .map_err(|_| format!("`{text}` is neither `any` nor a capability")),
            Some(("link", word)) => known(LINKS, word).map(Self::Link),
            Some(("not-link", word)) => known(LINKS, word).map(Self::NotLink),
            Some(("declared", word)) => known(DECLARES, word).map(Self::Declared),
            Some(("kit", word)) => known(KIT_TRAITS, word).map(Self::Kit),
            Some((kind, _)) => Err(format!("`{kind}:` is none of link:, not-link:, declared:, kit:")),
        }
    }
}

impl From<AppliesTo> for String {
    fn from(to: AppliesTo) -> String {
        match to {
            AppliesTo::Any => "any".to_owned(),
            AppliesTo::Capability(capability) => capability.to_string(),
            AppliesTo::Link(link) => format!("link:{link}"),
            AppliesTo::NotLink(link) => format!("not-link:{link}"),
            AppliesTo::Declared(key) => format!("declared:{key}"),
            AppliesTo::Kit(key) => format!("kit:{key}"),
        }
    }
}

/// What is under test: a driver's fault and the core's must not be confused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Subject {
    /// The driver alone.
    Driver,
    /// Simulated device, driver and core together.
    Chain,
    /// The installed system.
    Site,
}

/// L0 loads, L1 life and frames, L2 data, L3 behaviour, L4 statistics in simulated time, L5 on site.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[allow(missing_docs, reason = "said above")]
pub enum Level {
    L0,
    L1,
    L2,
    L3,
    L4,
    L5,
}

/// How strong a requirement is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Word {
    /// A miss is a failure.
    Shall,
    /// A miss is a warning.
    Should,
}

/// One number, list or word of a requirement.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Param {
    /// Its value.
    pub value: Value,
    /// Least value that a site or a device may declare instead.
    pub min: Option<Value>,
    /// Greatest value that a site or a device may declare instead.
    pub max: Option<Value>,
    /// Where a stricter standard may move it.
    pub tighten: Tighten,
    /// The external limit that it is taken from, e.g. `iec-62523/warning_s`.
    pub limit: Option<String>,
}

/// The direction in which a number becomes stricter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Tighten {
    /// A smaller value asks for more.
    Lower,
    /// A greater value asks for more.
    Higher,
    /// Any other value is another requirement.
    Exact,
}

/// Where a number comes from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Source {
    /// The document; `house` for our own.
    pub doc: String,
    /// Its edition.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub edition: Option<String>,
    /// Its clause, never its text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clause: Option<String>,
    /// How sure the number is.
    pub status: Status,
    /// Who read the clause, when, in which copy; needed for `verified`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seen: Option<String>,
    /// What else a reader should know.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

/// How sure a number is. The order is from sure to unsure: the weakest of several sources rules.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// A person read the clause, or it is arithmetic that a test repeats.
    Verified,
    /// Our own engineering value.
    House,
    /// A preview, an abstract, a paper, another standard quoting it.
    Secondary,
    /// General knowledge: a verdict that rests on it says so.
    Unverified,
}

/// The code that tests a requirement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Test {
    /// Name in the suite's list of methods.
    pub method: String,
    /// Raised when the method changes: older results are then "other method".
    pub version: u32,
    /// Whose clock the test runs by.
    pub clock: Clock,
    /// What is done to the subject, and what must come of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stimulus: Option<String>,
}

/// Whose clock a test runs by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Clock {
    /// Simulated time.
    Sim,
    /// The machine's clock: the requirement is about liveness.
    Real,
    /// A person is guided through it on site.
    Guided,
}

/// What is kept of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Evidence {
    /// Input script, output trace, seeds, verdict (always).
    A,
    /// Bytes on the wire, both ways.
    W,
    /// Memory, processor time, threads, descriptors.
    O,
    /// Each trial's scene and profile.
    P,
    /// Files and their hashes.
    F,
}

/// A correction of a published requirement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Erratum {
    /// The day.
    pub date: Date,
    /// What was wrong.
    pub text: String,
    /// Whether certificates that used the line are open again.
    pub effect: Effect,
}

/// What an erratum does to earlier certificates.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Effect {
    /// Nothing: the words are clearer.
    Clarifies,
    /// They no longer hold.
    Invalidates,
}

/// A limit of a published standard: cited, with what is known of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limit {
    /// `profile/name`, the unit as the last word of the name.
    pub id: String,
    /// At most 60 characters.
    pub title: String,
    /// The number, list or word; none when it is not known.
    pub value: Option<Value>,
    /// Where a stricter standard may move it.
    pub tighten: Tighten,
    /// Where it comes from.
    pub sources: Vec<Source>,
    /// Why no requirement of ours tests it, when none does.
    pub untested: Option<String>,
}

/// The weakest status of several sources; none counts as unverified.
pub fn weakest<'a>(sources: impl IntoIterator<Item = &'a Source>) -> Status {
    sources.into_iter().map(|source| source.status).max().unwrap_or(Status::Unverified)
}

impl Requirement {
    /// A number of the requirement.
    ///
    /// # Errors
    /// A sentence when there is no such parameter, or when it is no number.
    pub fn number(&self, name: &str) -> Result<f64, String> {
        self.value(name)?.number().ok_or_else(|| format!("{}: `{name}` is not a number", self.id))
    }

    /// A whole number of the requirement.
    ///
    /// # Errors
    /// A sentence when there is no such parameter, or when it is not whole.
    pub fn integer(&self, name: &str) -> Result<i64, String> {
        match self.value(name)? {
            Value::Integer(value) => Ok(*value),
            _ => Err(format!("{}: `{name}` is not a whole number", self.id)),
        }
    }

    /// The numbers of a list.
    ///
    /// # Errors
    /// A sentence when there is no such parameter, or when it is not a list of numbers.
    pub fn numbers(&self, name: &str) -> Result<Vec<f64>, String> {
        let list = match self.value(name)? {
            Value::List(list) => list.iter().map(Value::number).collect(),
            single => single.number().map(|number| vec![number]),
        };
        list.ok_or_else(|| format!("{}: `{name}` is not a list of numbers", self.id))
    }

    /// The words of a list.
    ///
    /// # Errors
    /// A sentence when there is no such parameter, or when it is not a list of words.
    pub fn words(&self, name: &str) -> Result<Vec<&str>, String> {
        let list = match self.value(name)? {
            Value::List(list) => list.iter().map(Value::text).collect(),
            single => single.text().map(|text| vec![text]),
        };
        list.ok_or_else(|| format!("{}: `{name}` is not a list of words", self.id))
    }

    /// The statement with its parameters' values in place of `{name}`.
    pub fn statement(&self) -> String {
        self.params.iter().fold(self.text.statement.clone(), |text, (name, param)| {
            text.replace(&format!("{{{name}}}"), &param.value.to_string())
        })
    }

    /// `area` of `area/name`.
    pub fn area(&self) -> &str {
        self.id.split('/').next().unwrap_or_default()
    }

    fn value(&self, name: &str) -> Result<&Value, String> {
        let param = self.params.get(name);
        param.map(|param| &param.value).ok_or_else(|| format!("{}: no parameter `{name}`", self.id))
    }
}

/// The word of an enumeration that serde writes as one.
macro_rules! shown_as_written {
    ($($type:ty),*) => {$(
        impl std::fmt::Display for $type {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.serialize(f)
            }
        }
    )*};
}

shown_as_written!(Level, Subject, Word, Status, Clock);
