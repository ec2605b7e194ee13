//! What a device is asked to do.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A command as it travels to a device.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Command {
    /// Number of this command within its lane, from 1, never used twice.
    pub id: u64,
    /// The device's name in the configuration.
    pub device: String,
    /// How it must be treated before it leaves.
    pub class: Class,
    /// What to do.
    pub body: CommandBody,
}

/// When a command may leave.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Class {
    /// Lets a vehicle move or a beam be asked for: leaves only after the commit of its journal entry and of
    /// everything it rests on, and never again after a restart.
    Permissive,
    /// Takes a permission back: leaves at once and is journalled after, also with a dead disk.
    Restrictive,
    /// Neither.
    Neutral,
}

/// The body of a command.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum CommandBody {
    /// Drive one output point.
    Output {
        /// The point's name in the device's settings.
        point: String,
        /// The state asked for.
        on: bool,
    },
    /// Show an aspect on a signal that the device owns as a whole.
    Signal {
        /// What to show.
        aspect: SignalAspect,
    },
    /// Move a barrier that the device owns as a whole.
    Barrier {
        /// Where to.
        action: BarrierAction,
    },
    /// Ask a scanner to scan. A lease: it ends by itself unless it is renewed.
    ScanRequest {
        /// The passage the scan is for.
        passage: String,
        /// How long the request stands without renewal, in milliseconds.
        lease_ms: u32,
    },
    /// Take the request back.
    ScanWithdraw {
        /// Why, for the record.
        reason: String,
    },
    /// Take a picture or a read now.
    Snapshot {
        /// The passage it is for.
        passage: String,
    },
    /// Tell the device that its alarm or fault was seen.
    Acknowledge {
        /// What was seen.
        what: String,
    },
}

/// What a signal shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "the names say it")]
pub enum SignalAspect {
    Red,
    Green,
    Off,
}

/// Where a barrier goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "the names say it")]
pub enum BarrierAction {
    Open,
    Close,
}

/// What became of a command.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "outcome", content = "reason", rename_all = "snake_case")]
pub enum Outcome {
    /// The device did it (read back where it can be).
    Done,
    /// The driver does not know how, or the device said no.
    Refused(String),
    /// It was tried and failed, or the link was lost first.
    Failed(String),
}
