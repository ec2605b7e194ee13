//! What trials show about a plan: pure arithmetic, so that anybody can repeat it from the trials.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::plan::{Fixed, Plan, Sequential};
use crate::stats::{self, decide};

/// Confidence of the bounds shown where the plan has none of its own.
const CONFIDENCE: f64 = 0.95;

/// One trial, as a line of `trials.jsonl` holds it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Trial {
    /// The requirement.
    pub requirement: String,
    /// The cell of the requirement, e.g. `cs137/low/2.22`; empty when there is only one.
    pub cell: String,
    /// The case: a listed name, or the number of a drawn one.
    pub case: String,
    /// Listed, or drawn.
    pub listed: bool,
    /// Seed session, from 0.
    pub session: u32,
    /// Seed of the case, hexadecimal; empty for a listed one.
    pub seed: String,
    /// Whether it held.
    pub hit: bool,
    /// BLAKE3 of what was kept of it, when something was.
    pub kept: Option<String>,
}

/// Whether a plan is decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Decision {
    /// It holds.
    Pass,
    /// It does not.
    Fail,
    /// More trials are needed.
    Undecided,
}

/// What the trials of one requirement show.
#[derive(Debug, Clone, PartialEq)]
pub struct Judgement {
    /// Fail when one cell fails, pass when all pass.
    pub decision: Decision,
    /// Trials of all cells.
    pub n: u64,
    /// Misses of all cells.
    pub misses: u64,
    /// Each cell.
    pub cells: BTreeMap<String, Cell>,
    /// Seed sessions among the drawn trials.
    pub sessions: usize,
    /// Trials after the plan's end: none in an honest run.
    pub extra: u64,
}

/// What the trials of one cell show.
#[derive(Debug, Clone, PartialEq)]
pub struct Cell {
    /// Its decision.
    pub decision: Decision,
    /// Trials, listed and drawn.
    pub n: u64,
    /// Misses among them.
    pub misses: u64,
    /// One-sided lower bound on the probability of a hit.
    pub lower: f64,
    /// One-sided upper bound on the probability of a hit.
    pub upper: f64,
}

impl Judgement {
    /// The cell with the weakest lower bound; none without trials.
    pub fn weakest(&self) -> Option<(&String, &Cell)> {
        self.cells.iter().min_by(|a, b| a.1.lower.total_cmp(&b.1.lower))
    }
}

/// What the trials, in their order, show about the plan. Trials of other requirements must have been left out.
pub fn judge<'a>(plan: &Plan, trials: impl IntoIterator<Item = &'a Trial>) -> Judgement {
    let mut runs: BTreeMap<&str, Run> = BTreeMap::new();
    let mut sessions = std::collections::BTreeSet::new();
    for trial in trials {
        runs.entry(&trial.cell).or_default().take(plan, trial);
        if !trial.listed {
            sessions.insert(trial.session);
        }
    }
    let cells: BTreeMap<String, Cell> =
        runs.iter().map(|(name, run)| ((*name).to_owned(), run.cell(plan))).collect();
    let any = |decision| cells.values().any(|cell| cell.decision == decision);
    let decision = match (any(Decision::Fail), any(Decision::Undecided) || cells.is_empty()) {
        (true, _) => Decision::Fail,
        (false, true) => Decision::Undecided,
        (false, false) => Decision::Pass,
    };
    Judgement {
        decision,
        n: cells.values().map(|cell| cell.n).sum(),
        misses: cells.values().map(|cell| cell.misses).sum(),
        sessions: sessions.len(),
        extra: runs.values().map(|run| run.extra).sum(),
        cells,
    }
}

/// The trials of one cell so far.
#[derive(Default)]
struct Run {
    listed: u32,
    listed_misses: u32,
    drawn: u32,
    drawn_misses: u32,
    decided: Option<Decision>,
    extra: u64,
}

impl Run {
    fn take(&mut self, plan: &Plan, trial: &Trial) {
        let (n, misses) = if trial.listed {
            (&mut self.listed, &mut self.listed_misses)
        } else {
            (&mut self.drawn, &mut self.drawn_misses)
        };
        *n += 1;
        *misses += u32::from(!trial.hit);
        let (n, misses) = (self.listed + self.drawn, self.listed_misses + self.drawn_misses);
        match plan {
            Plan::Seq(_) if self.decided.is_some() => self.extra += 1,
            Plan::Seq(sequential) => {
                self.decided = Some(decide(sequential, n, misses)).filter(|d| *d != Decision::Undecided);
            }
            Plan::Fixed(Fixed { n: last, .. }) | Plan::Report { n: last } => {
                self.extra += u64::from(n > *last)
            }
            Plan::Each { random: Some(fixed) } => {
                self.extra += u64::from(!trial.listed && self.drawn > fixed.n);
            }
            Plan::Each { random: None } => self.extra += u64::from(!trial.listed),
            Plan::Any => {}
        }
    }

    fn cell(&self, plan: &Plan) -> Cell {
        let (n, misses) = (self.listed + self.drawn, self.listed_misses + self.drawn_misses);
        let decision = match plan {
            Plan::Each { random } => {
                let drawn =
                    random.map_or(Decision::Pass, |fixed| of_fixed(&fixed, self.drawn, self.drawn_misses));
                match (self.listed_misses, drawn) {
                    (1.., _) | (_, Decision::Fail) => Decision::Fail,
                    (0, drawn) => drawn,
                }
            }
            Plan::Fixed(fixed) => of_fixed(fixed, n, misses),
            Plan::Seq(_) => self.decided.unwrap_or(Decision::Undecided),
            Plan::Any if misses > 0 => Decision::Fail,
            Plan::Any => Decision::Pass,
            Plan::Report { n: last } if n < *last => Decision::Undecided,
            Plan::Report { .. } => Decision::Pass,
        };
        let (n, misses) = (u64::from(n), u64::from(misses));
        let confidence = confidence(plan);
        let bounds = match plan {
            Plan::Seq(Sequential::Anytime { .. }) => (
                stats::anytime_lower(n - misses, misses, confidence),
                stats::anytime_upper(n - misses, misses, confidence),
            ),
            _ => (stats::lower(n, n - misses, confidence), stats::upper(n, n - misses, confidence)),
        };
        Cell { decision, n, misses, lower: bounds.0, upper: bounds.1 }
    }
}

/// A fixed plan fails with the first miss too many, and passes only when all its trials were made.
fn of_fixed(fixed: &Fixed, n: u32, misses: u32) -> Decision {
    if misses > fixed.misses {
        Decision::Fail
    } else if n >= fixed.n {
        Decision::Pass
    } else {
        Decision::Undecided
    }
}

fn confidence(plan: &Plan) -> f64 {
    match plan {
        Plan::Each { random: Some(fixed) } | Plan::Fixed(fixed) => fixed.confidence,
        Plan::Seq(Sequential::Curtailed(fixed)) => fixed.confidence,
        Plan::Seq(Sequential::Sprt(test) | Sequential::Truncated { test, .. }) => 1.0 - test.alpha,
        Plan::Seq(Sequential::Double(double)) => double.confidence,
        Plan::Seq(Sequential::Anytime { confidence, .. }) => *confidence,
        Plan::Each { random: None } | Plan::Any | Plan::Report { .. } => CONFIDENCE,
    }
}
