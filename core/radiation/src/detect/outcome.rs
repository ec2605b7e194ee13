//! What the tests said about a pass.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The tests, each with a share of the false-alarm budget of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum TestName {
    /// Counts in windows of several widths against the background, in standard deviations.
    KSigma,
    /// Cumulative sum over time, in log-likelihood: slow, stopped and wrongly followed vehicles.
    Cusum,
    /// Profile of a point source and a shadow, fitted together by least squares.
    ProfileFit,
    /// Likelihood ratio with five nuisances, on the sum of the panels.
    LikelihoodRatio,
    /// The same on each panel, with where the panels stand.
    Panels,
    /// Low energies against high energies.
    EnergyWindows,
    /// Neutrons: sequential test with evidence in two intervals, or one interval far out.
    Neutron,
    /// A panel counts more than it can.
    OverRange,
}

impl fmt::Display for TestName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::KSigma => "k-sigma",
            Self::Cusum => "CUSUM",
            Self::ProfileFit => "profile fit",
            Self::LikelihoodRatio => "likelihood ratio",
            Self::Panels => "panels",
            Self::EnergyWindows => "energy windows",
            Self::Neutron => "neutron",
            Self::OverRange => "over-range",
        })
    }
}

/// The result of one test.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct TestResult {
    /// Which test.
    pub test: TestName,
    /// What was computed, in the test's own unit.
    pub statistic: f64,
    /// What the statistic must exceed.
    pub threshold: f64,
    /// Whether it does. Only the combined verdict is an alarm of the portal.
    pub alarm: bool,
    /// Where the excess is greatest, in m behind the vehicle's front.
    pub x0_m: Option<f64>,
    /// Length of the stretch of the vehicle that the statistic rests on, in m.
    pub window_m: Option<f64>,
    /// Time that this stretch was in front of the panels, in s.
    pub window_s: Option<f64>,
    /// Peak rate of the largest point source that this test would have missed in more than 5 of 100 such
    /// passes, wherever it is in the vehicle, in cps of all panels together (neutron: of all banks). None
    /// where the test cannot tell.
    pub missed_95_cps: Option<f64>,
}

/// Everything that the tests said about one pass.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Detection {
    /// The combined verdict: whether any test alarms.
    pub alarm: bool,
    /// The budget that the thresholds share: false alarms a passage.
    pub budget: f64,
    /// The result that is farthest over its threshold, or nearest below it. Its statistic is divided by its
    /// threshold, so that its threshold is 1; `missed_95_cps` is the least of all gamma tests.
    pub combined: TestResult,
    /// Each test that could be made.
    pub tests: Vec<TestResult>,
    /// Peak rate of the largest point source that these counts leave possible at 95 %, in cps (one-sided
    /// likelihood scan, twice the difference 2.71).
    pub upper_95_cps: Option<f64>,
    /// What an excess looks like; none where there is no excess worth a fit.
    pub shape: Option<Shape>,
}

/// Point-like, distributed, or both.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Shape {
    /// The verdict.
    pub kind: ShapeKind,
    /// Preference for a point over a distributed load, penalised by the number of parameters (Akaike).
    pub point_minus_distributed: f64,
    /// Twice the gain in log-likelihood of a point on top of the distributed load.
    pub point_on_load: f64,
    /// What `point_on_load` must exceed.
    pub point_on_load_threshold: f64,
    /// Best place of a point, in m behind the front: the one on top of the load if that is significant.
    pub x0_m: f64,
    /// Its peak rate, in cps.
    pub point_cps: f64,
    /// Whether it is in the cab.
    pub in_cab: bool,
    /// Best extent of a distributed load, in m behind the front.
    pub load_m: [f64; 2],
    /// Rate in front of a long load, in cps.
    pub load_cps: f64,
}

/// What an excess looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ShapeKind {
    /// One small source.
    Point,
    /// Spread over the load.
    Distributed,
    /// A spread load and a point that it does not account for.
    Both,
    /// The counts do not tell.
    Undecided,
}
