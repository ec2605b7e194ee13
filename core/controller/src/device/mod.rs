//! Devices at work: a unit is one link with the drivers of all devices on it, on a thread of its own in the
//! controller or in a child process.

mod child;
mod member;
mod pipe;
mod supervise;
mod unit;

pub use child::device_host;
pub use supervise::{Limits, Supervisor, UnitHandle, UnitPlace};
pub(crate) use unit::borrowed;
pub use unit::{Unit, UnitDevice, UnitSpec};

use std::time::Duration;

use greenlane_lane::DeviceCondition;
use greenlane_model::{CommandBody, Outcome, Quality, Stamp};
use serde::{Deserialize, Serialize};

/// The longest pause before a driver is opened or a child started again: that costs milliseconds.
const LONGEST_PAUSE: Duration = Duration::from_secs(1);
/// What ran for longer than this many seconds begins again with the shortest pause.
const STEADY_S: f64 = 10.0;

/// What a unit tells the controller. `device` is the index in [`UnitSpec::devices`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "the fields are those of greenlane_lane::Input")]
pub enum Report {
    /// A driver, or the host on its behalf, observed something.
    Observed { device: u32, at: Stamp, received: Stamp, quality: Quality, kind: String, json: String },
    /// A device's plugin was loaded, from a file with this BLAKE3.
    Loaded { device: u32, plugin: String },
    /// A device's link or driver came or went.
    Condition { device: u32, condition: DeviceCondition, reason: String, at: Stamp },
    /// What became of a command.
    Outcome { device: u32, command: u64, sent: Option<Stamp>, outcome: Outcome },
    /// Send `Order::Committed` with this number once everything reported before is on disk.
    AckWanted { id: u64 },
    /// A driver's log line; `level` as in `greenlane_abi::level`.
    Log { device: u32, level: u32, text: String },
    /// Observations that a full queue lost (only kinds that may be).
    Dropped { count: u64 },
}

/// What the controller tells a unit.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Order {
    /// Do something.
    Command {
        /// Which device.
        device: u32,
        /// The command's id.
        id: u64,
        /// What.
        body: CommandBody,
    },
    /// Everything up to this `AckWanted` is on disk.
    Committed {
        /// Its number.
        id: u64,
    },
}
