//! What the tests assume, as data.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::outcome::TestName;

/// Everything that detection assumes of a site. [`Settings::default`] is `configs/radiation/detection.toml`,
/// where each number has its source and how sure it is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// False alarms a passage that all tests together may give, 1e-8 to 0.1.
    pub budget: f64,
    /// From the lane's middle to the panels, in m.
    pub distance_m: f64,
    /// Exponent of the fall of a point source along the lane: 1.5 for flat panels, 1 for round crystals.
    pub exponent: f64,
    /// How long a background was counted when the pass does not say, in s.
    pub background_live_s: f64,
    /// A source that is less far behind the front is in the cab, in m.
    pub cab_m: f64,
    /// More than this from one panel is over-range, in cps.
    pub over_range_cps: f64,
    /// The vehicle's shadow.
    pub shadow: Shadow,
    /// The sources that the likelihood ratio looks for.
    pub source: Source,
    /// Windows of the k-sigma test and of the energy windows.
    pub windows: Windows,
    /// The cumulative sum.
    pub cusum: Cusum,
    /// Neutrons.
    pub neutron: Neutron,
    /// Twice the log-likelihood that a point must gain on top of a distributed load; without it, no shape is
    /// fitted.
    pub point_on_load: Option<f64>,
    /// Share of the budget and calibrated thresholds of each test. A test that is not listed is not made.
    pub tests: BTreeMap<TestName, Tail>,
}

/// What is believed of the shadow and of the background before the counts are seen. All `_sd` are standard
/// deviations.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Shadow {
    /// Mean depth, as a share of the background.
    pub depth: f64,
    /// Its deviation.
    pub depth_sd: f64,
    /// Width of its edges, as a share of `distance_m`.
    pub width_d: f64,
    /// Relative error of the background.
    pub level_sd: f64,
    /// Place of the gap between cab and load, in m behind the front.
    pub gap_at_m: f64,
    /// Width of the gap, in m.
    pub gap_width_m: f64,
    /// Depth of the gap times depth of the shadow.
    pub gap_sd: f64,
    /// Relative change of the background during the pass.
    pub ramp_sd: f64,
    /// Error of the position, in units of 10 % of the way from the start.
    pub speed_sd: f64,
    /// Depth on a panel below `level_m` and on one above, over the depth on the sum.
    pub low_high: [f64; 2],
    /// What parts low panels from high ones, in m above the road.
    pub level_m: f64,
}

/// Point sources.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Source {
    /// Peak rates that are looked for at the reference background and speed, in cps.
    pub amplitudes_cps: Vec<f64>,
    /// The reference background, in cps. Rates grow as the square root of the background and of the speed.
    pub background_cps: f64,
    /// The reference speed, in m/s.
    pub speed_mps: f64,
    /// Step of the places that are tried, as a share of `distance_m`.
    pub step_d: f64,
    /// Places beside the axis for the test on panels: m from the middle, m above the road.
    pub places: Vec<[f64; 2]>,
}

/// Windows in metres of travel.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Windows {
    /// Widths, as multiples of `distance_m`.
    pub widths_d: Vec<f64>,
    /// Relative deviation of the ratio of low to high energies between vehicles without a source.
    pub ratio_sd: f64,
}

/// The cumulative sum over time.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Cusum {
    /// Excess that it is made for, as a share of the background.
    pub excess: f64,
}

/// Neutrons.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Neutron {
    /// Excess that the sequential test is made for, in cps of all banks.
    pub excess_cps: f64,
    /// Least background that is believed, in cps of all banks: an unknown or dead bank must not make every
    /// count an alarm.
    pub background_min_cps: f64,
    /// One interval alone is evidence when chance gives it less often than this.
    pub single_interval: f64,
}

/// How often a test exceeds a threshold by chance.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Tail {
    /// Share of the budget, 0 to 1.
    pub share: f64,
    /// Calibrated points: false alarms a passage, threshold; rarer ones last. None where the threshold is
    /// computed.
    #[serde(default)]
    pub points: Vec<[f64; 2]>,
}

/// Why settings cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// No TOML, a key too many, or one missing.
    #[error(transparent)]
    Toml(#[from] toml::de::Error),
    /// A number that makes no sense.
    #[error("{0}")]
    Value(String),
}

impl Settings {
    /// From a file's text.
    pub fn parse(text: &str) -> Result<Self, SettingsError> {
        let settings: Self = toml::from_str(text)?;
        settings.check().map_err(SettingsError::Value)?;
        Ok(settings)
    }

    /// The same with another budget.
    pub fn with_budget(mut self, budget: f64) -> Result<Self, SettingsError> {
        self.budget = budget;
        self.check().map_err(SettingsError::Value)?;
        Ok(self)
    }

    /// The threshold of a test in its own unit, for its share of the budget; none if it is not made.
    pub fn threshold(&self, test: TestName) -> Option<f64> {
        let tail = self.tests.get(&test)?;
        Some(tail.threshold(self.budget * tail.share))
    }

    /// What a test may use of the budget.
    pub fn allowance(&self, test: TestName) -> Option<f64> {
        Some(self.budget * self.tests.get(&test)?.share)
    }

    fn check(&self) -> Result<(), String> {
        let (shadow, source) = (&self.shadow, &self.source);
        let positive = [
            ("distance_m", self.distance_m, 10.0),
            ("exponent", self.exponent, 3.0),
            ("background_live_s", self.background_live_s, 1e6),
            ("over_range_cps", self.over_range_cps, 1e9),
            ("point_on_load", self.point_on_load.unwrap_or(1.0), 1e6),
            ("depth_sd", shadow.depth_sd, 1.0),
            ("width_d", shadow.width_d, 10.0),
            ("level_sd", shadow.level_sd, 1.0),
            ("gap_width_m", shadow.gap_width_m, 10.0),
            ("gap_sd", shadow.gap_sd, 1.0),
            ("ramp_sd", shadow.ramp_sd, 1.0),
            ("speed_sd", shadow.speed_sd, 10.0),
            ("background_cps", source.background_cps, 1e6),
            ("speed_mps", source.speed_mps, 100.0),
            ("excess", self.cusum.excess, 10.0),
            ("excess_cps", self.neutron.excess_cps, 1e4),
            ("background_min_cps", self.neutron.background_min_cps, 1e4),
        ];
        for (key, value, max) in positive {
            if !(value > 0.0 && value <= max) {
                return Err(format!("{key} is {value}; it must be more than 0 and at most {max}"));
            }
        }
        let lists = [("amplitudes_cps", &source.amplitudes_cps), ("widths_d", &self.windows.widths_d)];
        for (key, list) in lists {
            let good = (1..=16).contains(&list.len()) && list.iter().all(|x| *x > 0.0 && *x < 1e6);
            if !good {
                return Err(format!("{key} must hold 1 to 16 numbers above 0"));
            }
        }
        if !(0.05..=1.0).contains(&source.step_d) || source.places.len() > 32 {
            return Err("step_d must be 0.05 to 1, and places at most 32".into());
        }
        self.check_tails()
    }

    fn check_tails(&self) -> Result<(), String> {
        if !(1e-8..=0.1).contains(&self.budget) {
            return Err(format!("budget is {}; it must be 1e-8 to 0.1", self.budget));
        }
        let total: f64 = self.tests.values().map(|tail| tail.share).sum();
        if self.tests.values().any(|tail| tail.share.is_nan() || tail.share < 0.0) || total > 1.0 + 1e-9 {
            return Err(format!("the shares of the budget sum to {total}; they must not exceed 1"));
        }
        for (test, tail) in &self.tests {
            let falling = tail.points.windows(2).all(|p| p[1][0] < p[0][0] && p[1][1] > p[0][1]);
            if tail.points.len() == 1
                || !falling
                || tail.points.iter().any(|p| !(p[0] > 0.0 && p[1].is_finite()))
            {
                return Err(format!("{test}: points must be two or more, rarer ones last and higher"));
            }
        }
        Ok(())
    }
}

impl Default for Settings {
    fn default() -> Self {
        let text = include_str!("../../../../configs/radiation/detection.toml");
        // A test reads the file as it is compiled in.
        Self::parse(text).expect("the settings of this repository are checked by a test")
    }
}

impl Tail {
    /// Linear in the logarithm of the probability; beyond the ends, on with the last slope.
    fn threshold(&self, probability: f64) -> f64 {
        let Some(segment) =
            self.points.windows(2).find(|p| p[1][0] <= probability).or(self.points.windows(2).last())
        else {
            return 0.0;
        };
        let (low, high) = (libm::log(segment[0][0]), libm::log(segment[1][0]));
        let at = libm::log(probability.max(1e-300));
        segment[0][1] + (segment[1][1] - segment[0][1]) * (at - low) / (high - low)
    }
}
