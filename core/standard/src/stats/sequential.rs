//! Plans that end as soon as they are decided, and what they do to a device of known quality: exactly, by
//! following the probability of every state until all is decided.

use std::collections::BTreeMap;

use crate::judge::Decision;
use crate::plan::{Double, Fixed, Sequential, Sprt};
use crate::stats::{broken, proven};

/// Undecided probability that is left aside.
const LEFT: f64 = 1e-13;

/// Most trials that are followed: an open plan may never end.
const TRIALS_MAX: u32 = 2_000_000;

/// What a plan does to a device of a given quality.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Characteristic {
    /// Probability of a pass.
    pub pass: f64,
    /// Probability of a failure.
    pub fail: f64,
    /// Trials on average.
    pub mean_n: f64,
}

/// The decision after `n` trials with `misses` misses, none having been taken before.
pub fn decide(plan: &Sequential, n: u32, misses: u32) -> Decision {
    match plan {
        Sequential::Curtailed(fixed) => curtailed(fixed, n, misses),
        Sequential::Sprt(test) => wald(test, n, misses),
        Sequential::Truncated { test, n: last, misses: allowed } => match wald(test, n, misses) {
            Decision::Undecided if n >= *last && misses <= *allowed => Decision::Pass,
            Decision::Undecided if n >= *last => Decision::Fail,
            // More than all may have at the end cannot pass any more.
            Decision::Undecided if misses > *allowed => Decision::Fail,
            decided => decided,
        },
        Sequential::Double(double) => two_samples(double, n, misses),
        Sequential::Anytime { proves, confidence } => {
            let hits = u64::from(n - misses.min(n));
            if proven(hits, misses.into(), *proves, *confidence) {
                Decision::Pass
            } else if broken(hits, misses.into(), *proves, *confidence) {
                Decision::Fail
            } else {
                Decision::Undecided
            }
        }
    }
}

/// What the plan does to a device whose trials hit with probability `p`.
pub fn accepts(plan: &Sequential, p: f64) -> Characteristic {
    let mut result = Characteristic::default();
    let mut states = BTreeMap::from([(0_u32, 1.0_f64)]);
    let mut n = 0;
    let mut left = 1.0;
    while left > LEFT && n < TRIALS_MAX {
        n += 1;
        let mut next: BTreeMap<u32, f64> = BTreeMap::new();
        for (misses, probability) in states {
            *next.entry(misses).or_default() += probability * p;
            *next.entry(misses + 1).or_default() += probability * (1.0 - p);
        }
        next.retain(|misses, probability| {
            let end = match decide(plan, n, *misses) {
                Decision::Pass => &mut result.pass,
                Decision::Fail => &mut result.fail,
                Decision::Undecided => return true,
            };
            *end += *probability;
            result.mean_n += *probability * f64::from(n);
            false
        });
        left = next.values().sum();
        states = next;
    }
    result
}

fn curtailed(fixed: &Fixed, n: u32, misses: u32) -> Decision {
    if misses > fixed.misses {
        Decision::Fail
    } else if misses + fixed.n.saturating_sub(n) <= fixed.misses {
        Decision::Pass
    } else {
        Decision::Undecided
    }
}

/// Wald's lines, the upper one at `1 / alpha`: the textbook's `(1 - beta) / alpha` lets a little more through
/// than it states. The lower one is the textbook's, `beta / (1 - alpha)`.
fn wald(test: &Sprt, n: u32, misses: u32) -> Decision {
    let hits = f64::from(n - misses.min(n));
    let ratio = hits * libm::log(test.good / test.bad)
        + f64::from(misses) * libm::log((1.0 - test.good) / (1.0 - test.bad));
    if ratio >= -libm::log(test.alpha) {
        Decision::Pass
    } else if ratio <= libm::log(test.beta / (1.0 - test.alpha)) {
        Decision::Fail
    } else {
        Decision::Undecided
    }
}

fn two_samples(double: &Double, n: u32, misses: u32) -> Decision {
    let all = double.first + double.second;
    if n <= double.first && misses >= double.reject || misses > double.total && n >= double.first {
        Decision::Fail
    } else if n == double.first && misses <= double.accept || n >= all {
        Decision::Pass
    } else {
        Decision::Undecided
    }
}
