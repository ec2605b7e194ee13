//! What is known about one passage through a portal.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Most samples of one pass: an hour at 0.2 s.
const SAMPLES_MAX: usize = 18_000;
/// Most panels or neutron banks.
const PANELS_MAX: usize = 16;
/// Longest vehicle, in m.
const LENGTH_MAX_M: f64 = 60.0;
/// Farthest a front may be from the panels, in m.
const REACH_MAX_M: f64 = 1_000.0;
/// Highest background, in cps.
const BACKGROUND_MAX_CPS: f64 = 1e6;

/// One passage as a program writes it: a line of `greenlane detect --json`. [`Pass`] is the checked form.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PassRecord {
    /// Length of each gamma sample, in s.
    pub dt_s: f64,
    /// Gamma counts, `[sample][panel]`.
    pub counts: Vec<Vec<u32>>,
    /// How far the front is past the plane of the panels at the middle of each sample, in m. It may stand
    /// still and go back.
    pub x_m: Vec<f64>,
    /// Gamma background of each panel without a vehicle, in cps.
    pub background_cps: Vec<f64>,
    /// Length of the vehicle, in m.
    pub length_m: f64,
    /// How long the background was counted, in s; without it, the settings' time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub background_live_s: Option<f64>,
    /// Where each panel stands. Without it the panels are only summed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub panels: Vec<Panel>,
    /// Counts in two energy windows, where the device gives them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub windows: Option<EnergyWindows>,
    /// Neutron counts, where the device gives them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub neutron: Option<NeutronCounts>,
}

/// Where a panel stands.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Panel {
    /// Its face, in m from the lane's middle; negative on the other side.
    pub lateral_m: f64,
    /// Its middle, in m above the road.
    pub height_m: f64,
}

/// Counts below and above an energy, all panels together, one pair for each gamma sample.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct EnergyWindows {
    /// Low energies.
    pub soft: Vec<u32>,
    /// High energies.
    pub hard: Vec<u32>,
    /// Background at low energies, in cps.
    pub background_soft_cps: f64,
    /// Background at high energies, in cps.
    pub background_hard_cps: f64,
}

/// Neutron counts; the first interval begins with the first gamma sample.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NeutronCounts {
    /// Length of an interval, in s.
    pub interval_s: f64,
    /// Counts, `[interval][bank]`.
    pub counts: Vec<Vec<u32>>,
    /// Background of each bank, in cps.
    pub background_cps: Vec<f64>,
}

/// Why a record is no pass.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum PassError {
    /// A number is missing from its range.
    #[error("{field} is {seen}; it must be {expected}")]
    Range {
        /// The field.
        field: &'static str,
        /// Its value.
        seen: f64,
        /// What it may be.
        expected: &'static str,
    },
    /// Two lists do not fit each other.
    #[error("{field} has {seen} entries; it must have {expected}")]
    Length {
        /// The list.
        field: &'static str,
        /// Its entries.
        seen: usize,
        /// What it should have.
        expected: String,
    },
}

/// A checked passage: every list has its length and every number is finite and in its range.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "PassRecord", into = "PassRecord")]
pub struct Pass(PassRecord);

impl Pass {
    /// What it was made from.
    pub fn record(&self) -> &PassRecord {
        &self.0
    }

    /// Counts of all panels together in each sample.
    pub(super) fn sums(&self) -> impl Iterator<Item = f64> + '_ {
        self.0.counts.iter().map(|panels| panels.iter().map(|&n| f64::from(n)).sum())
    }

    /// Background of all panels together, in cps; more than 0.
    pub(super) fn background_cps(&self) -> f64 {
        self.0.background_cps.iter().sum()
    }

    /// Path over time, whatever the direction, in m/s.
    pub(super) fn mean_speed_mps(&self) -> f64 {
        let path: f64 = self.0.x_m.windows(2).map(|pair| (pair[1] - pair[0]).abs()).sum();
        path / (self.0.dt_s * (self.0.x_m.len().max(2) - 1) as f64)
    }
}

impl From<Pass> for PassRecord {
    fn from(pass: Pass) -> Self {
        pass.0
    }
}

impl TryFrom<PassRecord> for Pass {
    type Error = PassError;

    fn try_from(record: PassRecord) -> Result<Self, PassError> {
        within("dt_s", record.dt_s, 0.001, 10.0, "0.001 to 10 s")?;
        within("length_m", record.length_m, 0.5, LENGTH_MAX_M, "0.5 to 60 m")?;
        let samples = record.counts.len();
        if !(1..=SAMPLES_MAX).contains(&samples) {
            return Err(length("counts", samples, "1 to 18 000"));
        }
        same("x_m", record.x_m.len(), samples)?;
        for &x in &record.x_m {
            within("x_m", x, -REACH_MAX_M, REACH_MAX_M, "-1 000 to 1 000 m")?;
        }
        banks("counts", "background_cps", &record.counts, &record.background_cps)?;
        let sum: f64 = record.background_cps.iter().sum();
        within("background_cps, summed", sum, 0.1, f64::MAX, "0.1 cps or more")?;
        if let Some(live) = record.background_live_s {
            within("background_live_s", live, 0.2, 1e6, "0.2 to 1 000 000 s")?;
        }
        check_panels(&record)?;
        if let Some(windows) = &record.windows {
            check_windows(windows, samples)?;
        }
        if let Some(neutron) = &record.neutron {
            check_neutron(neutron)?;
        }
        Ok(Self(record))
    }
}

fn check_panels(record: &PassRecord) -> Result<(), PassError> {
    if !record.panels.is_empty() {
        same("panels", record.panels.len(), record.background_cps.len())?;
    }
    for panel in &record.panels {
        within("lateral_m", panel.lateral_m.abs(), 0.5, 10.0, "0.5 to 10 m on either side")?;
        within("height_m", panel.height_m, 0.0, 10.0, "0 to 10 m")?;
    }
    Ok(())
}

fn check_windows(windows: &EnergyWindows, samples: usize) -> Result<(), PassError> {
    same("soft", windows.soft.len(), samples)?;
    same("hard", windows.hard.len(), samples)?;
    within("background_soft_cps", windows.background_soft_cps, 0.1, BACKGROUND_MAX_CPS, "0.1 to 1e6 cps")?;
    within("background_hard_cps", windows.background_hard_cps, 0.1, BACKGROUND_MAX_CPS, "0.1 to 1e6 cps")
}

fn check_neutron(neutron: &NeutronCounts) -> Result<(), PassError> {
    within("interval_s", neutron.interval_s, 0.01, 60.0, "0.01 to 60 s")?;
    if neutron.counts.len() > SAMPLES_MAX {
        return Err(length("neutron counts", neutron.counts.len(), "at most 18 000"));
    }
    banks("neutron counts", "neutron background_cps", &neutron.counts, &neutron.background_cps)
}

fn banks(
    field: &'static str,
    background: &'static str,
    counts: &[Vec<u32>],
    cps: &[f64],
) -> Result<(), PassError> {
    if !(1..=PANELS_MAX).contains(&cps.len()) {
        return Err(length(background, cps.len(), "1 to 16"));
    }
    for &rate in cps {
        within(background, rate, 0.0, BACKGROUND_MAX_CPS, "0 to 1e6 cps")?;
    }
    counts.iter().try_for_each(|row| same(field, row.len(), cps.len()))
}

fn within(
    field: &'static str,
    seen: f64,
    min: f64,
    max: f64,
    expected: &'static str,
) -> Result<(), PassError> {
    // NaN is in no range.
    if (min..=max).contains(&seen) { Ok(()) } else { Err(PassError::Range { field, seen, expected }) }
}

fn same(field: &'static str, seen: usize, expected: usize) -> Result<(), PassError> {
    if seen == expected { Ok(()) } else { Err(length(field, seen, &expected.to_string())) }
}

fn length(field: &'static str, seen: usize, expected: &str) -> PassError {
    PassError::Length { field, seen, expected: expected.to_owned() }
}
