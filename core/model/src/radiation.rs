//! What a radiation portal can say.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::units::{CountsPerSecond, Seconds};

/// Counts of one sampling interval: gamma by panel, neutron by bank, in the device's own order.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Counts {
    /// Length of the interval, in s.
    #[serde(rename = "interval_s")]
    pub interval: Seconds,
    /// Counts by panel or bank.
    pub counts: Vec<u32>,
    /// The device itself was in alarm for this sample.
    #[serde(default)]
    pub alarm: bool,
    /// Taken before the occupancy sensor saw the vehicle.
    #[serde(default)]
    pub pre_roll: bool,
}

impl Counts {
    /// Sum over all panels or banks.
    pub fn sum(&self) -> u64 {
        self.counts.iter().map(|&n| u64::from(n)).sum()
    }
}

/// The device's own running background, by panel or bank.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Background {
    /// Gamma by panel, in counts per second.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gamma_cps: Option<Vec<CountsPerSecond>>,
    /// Neutron by bank, in counts per second.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub neutron_cps: Option<Vec<CountsPerSecond>>,
}

/// The portal says that something is in it, or no longer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum Occupancy {
    /// It began at the observation's `at`.
    Started,
    /// It ended at the observation's `at`.
    Ended {
        /// The device's own number, when it gave one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        index: Option<u32>,
        /// Neutron background over all banks as the device gave it, in counts per second.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        neutron_background_cps: Option<CountsPerSecond>,
        /// How it ended.
        end: OccupancyEnd,
    },
}

/// How an occupancy ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum OccupancyEnd {
    /// The device said so.
    Normal,
    /// The device went on with background without saying so.
    NoEndMessage,
    /// The link was lost inside it.
    LinkLost,
}

/// One pulse-height spectrum.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Spectrum {
    /// The detector's name.
    pub detector: String,
    /// Live time, in s.
    #[serde(rename = "live_s")]
    pub live: Seconds,
    /// Real time, in s.
    #[serde(rename = "real_s")]
    pub real: Seconds,
    /// Counts by channel.
    pub counts: Vec<u32>,
    /// Energy of the lower edge of channel n in keV: coefficients of 1, n, n^2.
    pub calibration_kev: Vec<f64>,
    /// Taken with a vehicle there, or without.
    pub class: SpectrumClass,
}

/// What a spectrum was taken of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "the names say it")]
pub enum SpectrumClass {
    Foreground,
    Background,
}

/// The device's own verdict.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RadiationAlarm {
    /// Of what.
    pub radiation: Radiation,
    /// Came on, or went.
    pub on: bool,
    /// What the device names, with its confidence.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub nuclides: Vec<Nuclide>,
}

/// Kind of a radiation alarm.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "the names say it")]
pub enum Radiation {
    Gamma,
    Neutron,
    Isotope,
}

/// A nuclide as a device named it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Nuclide {
    /// E.g. `Cs-137`.
    pub name: String,
    /// 0 to 1, when the device gave one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub confidence: Option<f64>,
}
