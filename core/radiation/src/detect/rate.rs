//! Rates that a test would have missed.

/// Normal deviations that 95 % of all draws stay above (one-sided).
pub const ONE_SIDED_95: f64 = 1.645;

/// More than this is no statement about a source, in cps.
const RATE_MAX_CPS: f64 = 1e7;

/// The mean of which 95 % of all draws exceed `count`: the root of mean - 1.645 sqrt(mean) = count.
pub fn surely_above(count: f64) -> f64 {
    let root = 0.5 * (ONE_SIDED_95 + (ONE_SIDED_95 * ONE_SIDED_95 + 4.0 * count.max(0.0)).sqrt());
    root * root
}

/// A rate that is worth telling.
pub fn told(cps: f64) -> Option<f64> {
    (0.0..RATE_MAX_CPS).contains(&cps).then_some(cps)
}
