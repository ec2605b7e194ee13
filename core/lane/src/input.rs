//! What a lane is told.

use greenlane_model::{FileRef, Observation, Outcome, Stamp};
use greenlane_standard::Admission;
use serde::{Deserialize, Serialize};

use crate::{Answer, LaneConfig};

/// One thing a lane is told. The journal keeps each as an entry of class `input`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "input", rename_all = "snake_case")]
#[allow(clippy::large_enum_variant, reason = "nearly every input is an observation")]
pub enum Input {
    /// The configuration, at start and at each reload.
    Config {
        /// Resolved.
        config: Box<LaneConfig>,
        /// BLAKE3 of the text it was read from and of every table it uses, hex.
        hash: String,
    },
    /// The controller started (again); everything the lane thought of devices is old. Comes after the
    /// journal was replayed into this lane and before anything else of the new epoch.
    Restarted {
        /// Number of this start.
        epoch: u32,
    },
    /// A device said something.
    Observation {
        /// What.
        observation: Observation,
    },
    /// The host says how a device does.
    Device {
        /// Which.
        device: String,
        /// How.
        condition: DeviceCondition,
        /// In words.
        reason: String,
    },
    /// What became of a command.
    Outcome {
        /// The command's id.
        command: u64,
        /// When it went to the device; `None` when it never did.
        sent: Option<Stamp>,
        /// What the driver said.
        outcome: Outcome,
    },
    /// The journal can (not) be written.
    Recorder {
        /// Nothing permissive may be asked for while it is false.
        writable: bool,
        /// In words.
        reason: String,
    },
    /// What the host found in the declarations, for what `Effect::Ask` asked.
    Answer {
        /// The passage's id.
        passage: String,
        /// What was found.
        answer: Box<Answer>,
    },
    /// What a portal measured in an occupancy was written to a file. `Effect::Occupancy` brings it about.
    Filed {
        /// The portal.
        device: String,
        /// When the occupancy began.
        started: Stamp,
        /// The N42 file.
        file: FileRef,
    },
    /// What a portal measured in an occupancy could not be written to a file.
    NotFiled {
        /// The portal.
        device: String,
        /// When the occupancy began.
        started: Stamp,
        /// In words.
        reason: String,
    },
    /// A person acted.
    Operator {
        /// Who.
        who: String,
        /// On which passage.
        passage: String,
        /// What.
        action: OperatorAction,
    },
    /// A person put a device back in standard after service.
    Serviced {
        /// Who.
        who: String,
        /// Which monitor of the standard in force.
        monitor: String,
        /// Which device; empty for the lane as a whole.
        device: String,
        /// What was done.
        reason: String,
    },
    /// What the host found about a device's driver, for the standard in force.
    Admission {
        /// Which device.
        device: String,
        /// Whether what it says may count for a release.
        admission: Admission,
    },
    /// A time asked for by `Effect::WakeAt` has come.
    Due,
}

/// How a device does, by the host.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeviceCondition {
    /// Link up, driver well.
    Up,
    /// Nothing heard for longer than its limit.
    Silent,
    /// Link or driver gone; being restarted.
    Down,
}

/// What a person can do to a passage in the lane.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "action", rename_all = "snake_case")]
pub enum OperatorAction {
    /// The vehicle is no longer in the lane, whatever the sensors say.
    Gone,
    /// A remark for the record.
    Note {
        /// The remark.
        text: String,
    },
}

impl Input {
    /// Reads an input from the JSON text that serde writes; an observation, most of the traffic, takes the
    /// fast way of [`Observation::from_json`].
    ///
    /// # Errors
    /// The text is no input.
    pub fn from_json(text: &str) -> serde_json::Result<Self> {
        #[derive(Deserialize)]
        struct Tagged<'a> {
            #[serde(borrow)]
            observation: &'a serde_json::value::RawValue,
        }
        if !text.starts_with(r#"{"input":"observation""#) {
            return serde_json::from_str(text);
        }
        let tagged: Tagged<'_> = serde_json::from_str(text)?;
        Ok(Self::Observation { observation: Observation::from_json(tagged.observation.get())? })
    }
}
