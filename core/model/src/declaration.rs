//! What papers say of a container, and what authorities ask of it.

use std::fmt;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::units::{Kilograms, Metres};
use crate::{ContainerNumber, rfc3339};

/// What is known on paper of one container at one time. Not knowing is a state of its own, never an absence.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "state", content = "declaration", rename_all = "snake_case")]
pub enum Papers {
    /// Nobody declared anything of it.
    #[default]
    Unknown,
    /// Only a declaration older than the site allows.
    Stale(Declaration),
    /// One consignment, or an announcement without any.
    Single(Declaration),
    /// Several consignments share the container.
    Several(Declaration),
}

impl Papers {
    /// What was declared, also when it is stale.
    pub fn declaration(&self) -> Option<&Declaration> {
        match self {
            Self::Unknown => None,
            Self::Stale(declaration) | Self::Single(declaration) | Self::Several(declaration) => {
                Some(declaration)
            }
        }
    }
}

/// What was declared of one container.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Declaration {
    /// Which container.
    pub container: ContainerNumber,
    /// Where it goes.
    #[serde(default)]
    pub movement: Movement,
    /// Loaded or empty.
    #[serde(default)]
    pub fill: Fill,
    /// Vessel and voyage or the like, as the papers write it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub conveyance: Option<String>,
    /// What is in it, a bill each.
    #[serde(default)]
    pub consignments: Vec<Consignment>,
    /// The message or file that says so.
    pub source: String,
    /// When it was declared.
    pub declared: Utc,
}

impl Declaration {
    /// The container changes ships here: the papers say so, or a bill has no consignee and goes on under another.
    pub fn is_transshipment(&self) -> bool {
        let goes_on = |c: &Consignment| c.consignee.is_none() && c.onward_bill.is_some();
        self.movement == Movement::Transshipment || self.consignments.iter().any(goes_on)
    }
}

/// Where a container goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Movement {
    /// Into the country.
    Import,
    /// Out of it.
    Export,
    /// From one ship to another: nobody here answers for the goods.
    Transshipment,
    /// Not said.
    #[default]
    Unknown,
}

/// Whether a container is loaded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Fill {
    /// Loaded.
    Full,
    /// Empty.
    Empty,
    /// Not said.
    #[default]
    Unknown,
}

/// What one bill covers in one container.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Consignment {
    /// Number of the bill of lading, or of the booking before there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bill: Option<String>,
    /// Who is to get the goods.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub consignee: Option<String>,
    /// The bill under which the goods leave again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub onward_bill: Option<String>,
    /// The goods, line by line.
    #[serde(default)]
    pub goods: Vec<Goods>,
    /// Where in the container it lies, when that is declared.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub position: Option<LoadPosition>,
}

/// One line of goods.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Goods {
    /// Code of the Harmonised System, 4 to 10 digits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<HsCode>,
    /// The description.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub text: String,
    /// Gross mass in this container, in kg.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mass_kg: Option<Kilograms>,
}

/// Part of a container's length, from the wall opposite the doors, in m.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LoadPosition {
    /// Where the load begins, in m.
    pub from_m: Metres,
    /// Where it ends, in m.
    pub to_m: Metres,
}

/// A code of the Harmonised System: 4 to 10 digits, the first four of which are the heading.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
#[schemars(with = "String")]
pub struct HsCode(String);

impl HsCode {
    /// The digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The first four digits.
    pub fn heading(&self) -> &str {
        // Four digits at least, all ASCII: the parser below is the only way in.
        &self.0[..4]
    }
}

/// A text is no code of the Harmonised System.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no HS code: 4 to 10 digits are needed, dots and spaces between them may stay")]
pub struct HsCodeError(String);

impl FromStr for HsCode {
    type Err = HsCodeError;

    /// Accepts dots and spaces between the digits.
    fn from_str(written: &str) -> Result<Self, HsCodeError> {
        let digits: String = written.chars().filter(|c| !matches!(c, '.' | ' ')).take(11).collect();
        let right = (4..=10).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit());
        right.then_some(Self(digits)).ok_or_else(|| HsCodeError(written.chars().take(32).collect()))
    }
}

impl fmt::Display for HsCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<HsCode> for String {
    fn from(code: HsCode) -> String {
        code.0
    }
}

impl TryFrom<String> for HsCode {
    type Error = HsCodeError;
    fn try_from(text: String) -> Result<Self, HsCodeError> {
        text.parse()
    }
}

/// An order of an authority. Orders add up, and only their owner lifts them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Hold {
    /// What it is on.
    pub on: Held,
    /// What is to happen.
    pub order: Order,
    /// The authority whose order it is.
    pub owner: String,
    /// Why, for a person.
    pub reason: String,
    /// The targeting list it came with; none for a single order.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub list: Option<String>,
    /// Since when.
    pub placed: Utc,
    /// Until when; none for one that stands until it is lifted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires: Option<Utc>,
}

/// What an order is on.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", content = "number", rename_all = "snake_case")]
pub enum Held {
    /// A container.
    Container(ContainerNumber),
    /// A bill of lading, and with it every container that it covers.
    Bill(String),
    /// A truck, by its plate without spaces, in capitals.
    Truck(String),
}

/// What an order asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Order {
    /// Open or re-measure it.
    Inspect,
    /// It stays until the order is lifted.
    Hold,
}

/// A time on paper: nanoseconds since 1970-01-01T00:00:00Z, in JSON as RFC 3339.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
#[schemars(with = "String")]
pub struct Utc(pub i64);

/// A text is no time.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not an RFC 3339 time between the years 1677 and 2262, e.g. 2026-11-24T12:00:00Z")]
pub struct UtcError(String);

impl FromStr for Utc {
    type Err = UtcError;
    fn from_str(text: &str) -> Result<Self, UtcError> {
        let wrong = || UtcError(text.chars().take(64).collect());
        let timestamp: jiff::Timestamp = text.parse().map_err(|_| wrong())?;
        i64::try_from(timestamp.as_nanosecond()).map(Self).map_err(|_| wrong())
    }
}

impl fmt::Display for Utc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&rfc3339(self.0))
    }
}

impl From<Utc> for String {
    fn from(time: Utc) -> String {
        time.to_string()
    }
}

impl TryFrom<String> for Utc {
    type Error = UtcError;
    fn try_from(text: String) -> Result<Self, UtcError> {
        text.parse()
    }
}

#[cfg(test)]
mod tests;
