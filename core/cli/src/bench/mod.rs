//! What `greenlane bench` measures: one file a group of budgets, each beside what it is measured against.
//!
//! Invariants: nothing here is a constant that should have been measured; whatever takes one thread is
//! measured in time of that thread, so that other work on the machine does not count.

mod boundary;
mod campaign;
mod child;
mod dead_disk;
mod far_side;
mod footprint;
mod machine;
mod reaction;
mod sites;
mod steps;
mod trace;
mod yardstick;

use std::time::Duration;

use greenlane_config::LaneSetup;
use greenlane_controller::host::Registry;
use greenlane_simulator::Scenario;
use rustix::time::{ClockId, clock_gettime};
use serde::Serialize;

use crate::places::Places;
pub use footprint::probe;
pub use machine::Machine;

/// What every group needs.
pub struct Setting {
    /// The plugins.
    pub registry: &'static Registry,
    /// Everyday traffic.
    pub scenario: Scenario,
    /// The lane file that fits it, checked.
    pub lane: LaneSetup,
    /// Hash of that configuration.
    pub hash: String,
    /// Lanes of full traffic.
    pub lanes: usize,
    /// Fewer and shorter runs.
    pub quick: bool,
    /// Seed of everything random.
    pub seed: u64,
    /// Where plugins and tables are, for a process of its own.
    pub places: Places,
}

/// A group of budgets: its name for `--only`, and what measures it.
pub type Group = (&'static str, fn(&Setting) -> anyhow::Result<Vec<Row>>);

/// Every group, in the order in which they run.
pub const GROUPS: &[Group] = &[
    ("reaction", reaction::measure),
    ("dead-disk", dead_disk::measure),
    ("steps", steps::measure),
    ("boundary", boundary::measure),
    ("child", child::measure),
    ("footprint", footprint::measure),
    ("campaign", campaign::measure),
];

/// One measured thing.
#[derive(Debug, Clone, Serialize)]
pub struct Row {
    /// What.
    pub what: String,
    /// How much.
    pub value: Spread,
    /// In this unit.
    pub unit: &'static str,
    /// What it is measured against, from the same run.
    pub beside: Vec<Beside>,
    /// What it may be.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub budget: Option<Budget>,
    /// Whether it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub verdict: Option<Verdict>,
}

/// Something measured in the same run.
#[derive(Debug, Clone, Serialize)]
pub struct Beside {
    /// What.
    pub what: String,
    /// How much.
    pub value: Spread,
    /// In this unit.
    pub unit: &'static str,
}

/// The middle and an interval around it: the 95 % interval of a quantile, or the least and the most of
/// several runs.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[allow(missing_docs, reason = "the names say it")]
pub struct Spread {
    pub low: f64,
    pub middle: f64,
    pub high: f64,
}

/// A bound, in the row's unit.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "the names say it")]
pub enum Budget {
    AtMost(f64),
    AtLeast(f64),
}

/// How a value stands to its budget.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Kept, over the whole interval.
    Ok,
    /// Kept by the middle, not by the whole interval.
    Close,
    /// Not kept.
    Over,
}

impl Row {
    /// A value without a budget.
    pub fn new(what: impl Into<String>, value: Spread, unit: &'static str) -> Self {
        Self { what: what.into(), value, unit, beside: Vec::new(), budget: None, verdict: None }
    }

    /// The same with a budget.
    pub fn within(mut self, budget: Budget) -> Self {
        self.budget = Some(budget);
        self.verdict = Some(budget.verdict(self.value));
        self
    }

    /// The same beside something else.
    pub fn beside(mut self, what: impl Into<String>, value: Spread, unit: &'static str) -> Self {
        self.beside.push(Beside { what: what.into(), value, unit });
        self
    }
}

impl Budget {
    fn verdict(self, value: Spread) -> Verdict {
        let keeps = |x: f64| match self {
            Self::AtMost(most) => x <= most,
            Self::AtLeast(least) => x >= least,
        };
        match (keeps(value.low) && keeps(value.high), keeps(value.middle)) {
            (true, _) => Verdict::Ok,
            (false, true) => Verdict::Close,
            (false, false) => Verdict::Over,
        }
    }
}

impl Spread {
    /// A single count or size.
    pub fn exact(value: f64) -> Self {
        Self { low: value, middle: value, high: value }
    }

    /// Least, median and most of several runs; zeros without any.
    pub fn of_runs(mut runs: Vec<f64>) -> Self {
        runs.sort_by(f64::total_cmp);
        let at = |i: usize| runs.get(i).copied().unwrap_or_default();
        Self { low: at(0), middle: at(runs.len() / 2), high: at(runs.len().saturating_sub(1)) }
    }

    /// The quantile `q` of the samples with its 95 % interval, by the ranks of a binomial (normal
    /// approximation: rank q n, plus or minus 1.96 times the root of q (1 - q) n).
    pub fn quantile(samples: &[f64], q: f64) -> Self {
        let mut sorted = samples.to_vec();
        sorted.sort_by(f64::total_cmp);
        let n = sorted.len() as f64;
        let off = 1.96 * (q * (1.0 - q) * n).sqrt();
        let at = |rank: f64| {
            let rank = (rank.max(0.0) as usize).min(sorted.len().saturating_sub(1));
            sorted.get(rank).copied().unwrap_or_default()
        };
        Self { low: at(q * n - off), middle: at(q * n), high: at((q * n + off).ceil()) }
    }

    /// Each of the three through `f`, which must keep or turn their order.
    pub fn map(self, f: impl Fn(f64) -> f64) -> Self {
        let (a, middle, b) = (f(self.low), f(self.middle), f(self.high));
        Self { low: a.min(b), middle, high: a.max(b) }
    }
}

impl Setting {
    /// How often a short measurement is made.
    pub fn runs(&self) -> usize {
        if self.quick { 3 } else { 7 }
    }
}

/// Measures `work` in seconds of this thread's own time.
pub fn own_time<T>(work: impl FnOnce() -> T) -> (T, f64) {
    let began = thread_time();
    let done = work();
    (done, (thread_time() - began).as_secs_f64().max(1e-9))
}

fn thread_time() -> Duration {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    Duration::new(time.tv_sec.unsigned_abs(), u32::try_from(time.tv_nsec).unwrap_or(0))
}

#[cfg(test)]
mod tests;
