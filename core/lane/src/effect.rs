//! What follows from an input.

use greenlane_model::{Command, Stamp};
use greenlane_standard::State;
use serde::{Deserialize, Serialize};

use crate::{OccupancyRecord, Passage};

/// One thing that follows from an input. The journal keeps each as an entry of class `effect`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "effect", rename_all = "snake_case")]
pub enum Effect {
    /// Send a command; its class says when.
    Command(Command),
    /// A passage as it is known now.
    Passage(Box<Passage>),
    /// An occupancy ended: its summary, from the device's stream only.
    Occupancy(Box<OccupancyRecord>),
    /// A decision was taken, or made stricter.
    Decision(Decision),
    /// Somebody should know.
    Alert(Alert),
    /// A monitor of the standard in force is not what it was.
    Monitor(MonitorMoved),
    /// Look up what is declared of these containers and whether the passage is drawn for audit, and say so
    /// with `Input::Answer`.
    Ask {
        /// The passage's id.
        passage: String,
        /// Their numbers as read, front first; none when nothing could be read.
        containers: Vec<String>,
        /// Licence plates as read.
        plates: Vec<String>,
    },
    /// Ask for `Input::Due` at this time of the monotonic clock.
    WakeAt {
        /// Nanoseconds.
        mono_ns: u64,
        /// What for.
        reason: String,
    },
}

/// A monitor of the standard in force moved.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MonitorMoved {
    /// Its id in the standard, e.g. `portal/samples`.
    pub monitor: String,
    /// The device; `None` for the lane as a whole.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device: Option<String>,
    /// From.
    pub from: State,
    /// To.
    pub to: State,
    /// Trials since the last reset.
    pub n: u64,
    /// Misses among them.
    pub misses: u64,
    /// Lower bound on the share of hits that may be looked at at any time, 95 %.
    pub lower: f64,
    /// Upper bound likewise.
    pub upper: f64,
    /// BLAKE3 of the standard in force.
    pub standard: String,
    /// Why, in one sentence.
    pub why: String,
    /// When.
    pub at: Stamp,
}

/// A decision with its reasons.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Decision {
    /// The passage's id.
    pub passage: String,
    /// What was decided.
    pub decision: DecisionKind,
    /// Why, for a person; never empty.
    pub reasons: Vec<String>,
    /// When.
    pub at: Stamp,
}

/// What is decided of a passage, the strictest last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DecisionKind {
    /// It may go.
    Release,
    /// A person must look at the record.
    Refer,
    /// Open or re-measure.
    Inspect,
    /// An authority's order.
    Hold,
}

/// Somebody should know.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Alert {
    /// A short word, e.g. `orphan_image`.
    pub code: String,
    /// For a person.
    pub text: String,
    /// The passage it is about, if any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub passage: Option<String>,
    /// The device it is about, if any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device: Option<String>,
    /// When.
    pub at: Stamp,
}
