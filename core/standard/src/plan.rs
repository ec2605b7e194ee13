//! How many trials a requirement takes, and what they must show.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::stats::most_misses;
use crate::value::decimal;

/// A plan. Where a requirement has cells (e.g. source, height and speed), the plan holds for each cell.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Plan {
    /// All listed cases; `random` adds drawn ones.
    Each {
        /// Drawn cases beside the listed ones.
        random: Option<Fixed>,
    },
    /// A fixed number of trials.
    Fixed(Fixed),
    /// Ends as soon as it is decided.
    Seq(Sequential),
    /// No violation anywhere in the whole run.
    Any,
    /// Measured, no verdict.
    Report {
        /// Trials.
        n: u32,
    },
}

/// `n` trials of which at most `misses` miss, which proves `proves` at `confidence`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fixed {
    /// Trials.
    pub n: u32,
    /// Allowed misses.
    pub misses: u32,
    /// Least probability of a hit that a pass shows.
    #[serde(with = "decimal")]
    pub proves: f64,
    /// One-sided confidence, e.g. 0.95.
    #[serde(with = "decimal")]
    pub confidence: f64,
}

/// Plans that end as soon as they are decided.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Sequential {
    /// A fixed plan, stopped when its end can no longer change.
    Curtailed(Fixed),
    /// Wald's test (Wald 1945).
    Sprt(Sprt),
    /// Wald's test, ended after `n` trials: a pass with at most `misses`.
    Truncated {
        /// The test.
        test: Sprt,
        /// Most trials.
        n: u32,
        /// Allowed misses among all `n`.
        misses: u32,
    },
    /// Two samples.
    Double(Double),
    /// A mixture martingale: may be looked at after each trial, for ever.
    Anytime {
        /// Least probability of a hit.
        #[serde(with = "decimal")]
        proves: f64,
        /// One-sided confidence.
        #[serde(with = "decimal")]
        confidence: f64,
    },
}

/// Wald's sequential test of a bad against a good probability of a hit. It accepts at a likelihood ratio of
/// `1 / alpha`, so that the true risk stays below `alpha`, and rejects at `beta / (1 - alpha)`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sprt {
    /// Probability of a hit that must be refused.
    #[serde(with = "decimal")]
    pub bad: f64,
    /// Probability of a hit that should pass.
    #[serde(with = "decimal")]
    pub good: f64,
    /// Risk that a bad device passes.
    #[serde(with = "decimal")]
    pub alpha: f64,
    /// Risk that a good device is refused.
    #[serde(with = "decimal")]
    pub beta: f64,
}

/// Double sampling: `first` trials pass with at most `accept` misses and fail with `reject`; between them
/// `second` more are drawn, and all together may have `total` misses.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Double {
    /// Trials of the first sample.
    pub first: u32,
    /// Misses that still pass after the first.
    pub accept: u32,
    /// Misses that fail after the first.
    pub reject: u32,
    /// Trials of the second sample.
    pub second: u32,
    /// Misses that still pass after both.
    pub total: u32,
    /// Least probability of a hit that a pass shows.
    #[serde(with = "decimal")]
    pub proves: f64,
    /// One-sided confidence.
    #[serde(with = "decimal")]
    pub confidence: f64,
}

/// A plan for a quick run.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Quick {
    /// The plan with fewer trials.
    pub plan: Plan,
    /// So few trials prove less than the requirement states, even without a miss.
    pub is_underpowered: bool,
}

impl Plan {
    /// The same plan with at most `cap` trials, and as many misses as still prove the same. A sequential plan
    /// ends by itself and stays as it is, except a curtailed one.
    pub fn quick(&self, cap: u32) -> Quick {
        let shorten = |fixed: &Fixed| fixed.quick(cap);
        let (plan, is_underpowered) = match self {
            Self::Each { random: Some(fixed) } => {
                let (fixed, weak) = shorten(fixed);
                (Self::Each { random: Some(fixed) }, weak)
            }
            Self::Fixed(fixed) => {
                let (fixed, weak) = shorten(fixed);
                (Self::Fixed(fixed), weak)
            }
            Self::Seq(Sequential::Curtailed(fixed)) => {
                let (fixed, weak) = shorten(fixed);
                (Self::Seq(Sequential::Curtailed(fixed)), weak)
            }
            Self::Report { n } => (Self::Report { n: (*n).min(cap) }, false),
            Self::Each { random: None } | Self::Seq(_) | Self::Any => (*self, false),
        };
        Quick { plan, is_underpowered }
    }
}

impl Fixed {
    fn quick(&self, cap: u32) -> (Self, bool) {
        if self.n <= cap {
            return (*self, false);
        }
        let misses = most_misses(cap.into(), self.proves, self.confidence);
        // Never more misses than trials, so it fits.
        let allowed = misses.unwrap_or(0) as u32;
        (Self { n: cap, misses: allowed, ..*self }, misses.is_none())
    }
}

impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Each { random: None } => f.write_str("each case"),
            Self::Each { random: Some(fixed) } => write!(f, "each case, and {fixed}"),
            Self::Fixed(fixed) => fixed.fmt(f),
            Self::Seq(sequential) => sequential.fmt(f),
            Self::Any => f.write_str("never in the whole run"),
            Self::Report { n } => write!(f, "{n} measured, no verdict"),
        }
    }
}

impl fmt::Display for Fixed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { n, misses, proves, confidence } = self;
        write!(f, "{n} with at most {misses} missed (p >= {proves} at {confidence})")
    }
}

impl fmt::Display for Sequential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let wald = |test: &Sprt| {
            format!("p {} against {}, risks {} and {}", test.bad, test.good, test.alpha, test.beta)
        };
        match self {
            Self::Curtailed(fixed) => write!(f, "{fixed}, ended when decided"),
            Self::Sprt(test) => write!(f, "sequential, {}", wald(test)),
            Self::Truncated { test, n, misses } => {
                write!(f, "sequential, {}, at most {n} with {misses} missed", wald(test))
            }
            Self::Double(double) => write!(
                f,
                "{} with {} missed, else {} more with {} in all (p >= {} at {})",
                double.first, double.accept, double.second, double.total, double.proves, double.confidence
            ),
            Self::Anytime { proves, confidence } => {
                write!(f, "running, until p >= {proves} is claimed at {confidence}")
            }
        }
    }
}
