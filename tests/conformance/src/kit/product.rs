//! `PRODUCT.toml`: who made the driver, what it was tried with, what it declares.

use greenlane_standard::Waiver;
use serde::{Deserialize, Serialize};

/// The product.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Product {
    /// Maker of the device.
    pub vendor: String,
    /// The driver's model.
    pub model: String,
    /// Firmware versions the driver was tried with; empty when none.
    pub firmware: Vec<String>,
    /// Who answers for the driver.
    pub contact: String,
    /// SPDX expression.
    pub licence: String,
    /// Who wrote the driver.
    pub driver_author: String,
    /// Who checked the kit, when one person wrote driver and kit.
    #[serde(default)]
    pub reviewer: Option<String>,
    /// A list of dependencies, relative to this file.
    #[serde(default)]
    pub sbom: Option<String>,
    /// Failures that somebody answers for until a date.
    #[serde(default)]
    pub waiver: Vec<Waiver>,
    /// What the tests take as given.
    pub declares: Declares,
}

/// What a driver declares. A value outside the standard's limits is itself a failure.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Declares {
    /// From one regular message to the next, in ms.
    pub cadence_ms: u64,
    /// Silence is told after, in ms.
    pub silent_ms: u64,
    /// From a frame to what is said of it, in ms.
    pub latency_ms: u64,
    /// Longest frame, in bytes.
    pub frame_max: u64,
    /// Most observations of one frame.
    pub fan_out_max: u64,
    /// The driver speaks before the device does.
    pub speaks_first: bool,
    /// Buffered time before an occupancy, in s.
    #[serde(default)]
    pub pre_roll_s: f64,
    /// Time an occupancy is held after the vehicle left, in s.
    #[serde(default)]
    pub hold_in_s: f64,
    /// What becomes of the device's own clock.
    pub device_clock: DeviceClock,
    /// Events have a number of their own.
    pub event_ids: bool,
    /// Codes of the faults it can say.
    #[serde(default)]
    pub faults: Vec<String>,
}

/// What becomes of a device's own clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeviceClock {
    /// It has none, or nobody looks.
    None,
    /// Its time is handed on beside ours.
    Carried,
    /// Its time decides when something happened.
    Used,
}
