//! What a reader of texts can say.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Stamp;

/// A text read off a vehicle or a card. A no-read is one with `text: null`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Read {
    /// What was read; `null` says that the device looked and could read nothing.
    pub text: Option<String>,
    /// 0 to 1, when the device gave one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub confidence: Option<f64>,
    /// The check digit by our own arithmetic.
    #[serde(default)]
    pub check: Check,
    /// Other readings, best first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub alternates: Vec<Alternate>,
    /// Where on the vehicle.
    #[serde(default)]
    pub position: Position,
    /// ISO 6346 size and type, e.g. `45G1`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub size_type: Option<String>,
    /// How the vehicle moved, as the device saw it.
    #[serde(default)]
    pub direction: Direction,
    /// Where in its life this result is.
    #[serde(default)]
    pub phase: Phase,
    /// The device's own number of this event: what several results of one vehicle share.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event: Option<String>,
    /// When the vehicle was in view, if the device says so; else the observation's `at` has to do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub acquired: Option<Stamp>,
    /// Pictures that belong to it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub images: Vec<FileRef>,
}

/// State of a check digit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Check {
    /// It fits.
    Ok,
    /// It fits, but its remainder is 10, which is written 0 as well: weaker.
    AmbiguousZero,
    /// It does not fit.
    Bad,
    /// The text has none.
    Absent,
    /// Nobody looked, or no rule applies.
    #[default]
    NotChecked,
}

/// A second choice of a reader.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Alternate {
    /// The text.
    pub text: String,
    /// 0 to 1, when given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub confidence: Option<f64>,
}

/// Where on the vehicle a container is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Position {
    /// The forward of two.
    Front,
    /// The rearward of two.
    Rear,
    /// The only one.
    Single,
    /// Not said.
    #[default]
    Unknown,
}

/// How a vehicle moved past a reader.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// With the lane.
    Forward,
    /// Against it.
    Backward,
    /// Standing.
    Stationary,
    /// Not said.
    #[default]
    Unknown,
}

/// Where in its life a reader's result is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// May still change.
    Interim,
    /// Stands.
    #[default]
    Final,
    /// Replaces an earlier final one of the same event.
    Corrected,
}

/// A file by reference: it is never copied through memory.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct FileRef {
    /// Where it lies.
    pub path: String,
    /// SHA-256 of its bytes, lower-case hex.
    pub sha256: String,
    /// Its size, in bytes.
    pub bytes: u64,
}
