//! Exact binomial bounds (Clopper and Pearson 1934) and the plans that rest on them.

use super::beta::incomplete_beta;
use super::turning_point;

/// The one-sided lower bound on the probability of a hit after `hits` of `n` trials: the p at which so many or
/// more hits have probability `1 - confidence`. 0 without a hit.
pub fn lower(n: u64, hits: u64, confidence: f64) -> f64 {
    let hits = hits.min(n);
    if hits == 0 {
        return 0.0;
    }
    let (a, b) = (hits as f64, (n - hits) as f64 + 1.0);
    let ln_alpha = libm::log1p(-confidence);
    turning_point(0.0, 1.0, |p| incomplete_beta(a, b, p).ln_below >= ln_alpha)
}

/// The one-sided upper bound on the probability of an event after `events` in `n` trials. 1 when all were.
pub fn upper(n: u64, events: u64, confidence: f64) -> f64 {
    let events = events.min(n);
    if events == n {
        return 1.0;
    }
    let (a, b) = (events as f64 + 1.0, (n - events) as f64);
    let ln_alpha = libm::log1p(-confidence);
    turning_point(0.0, 1.0, |p| incomplete_beta(a, b, p).ln_above <= ln_alpha)
}

/// Probability of at most `k` events in `n` trials of probability `p` each.
pub fn binomial_cdf(k: u64, n: u64, p: f64) -> f64 {
    if k >= n {
        return 1.0;
    }
    incomplete_beta(k as f64 + 1.0, (n - k) as f64, p).above()
}

/// The fewest trials that, with at most `misses` misses, prove a probability of a hit of at least `proves`.
/// None when 1e12 are not enough.
pub fn smallest_n(proves: f64, misses: u64, confidence: f64) -> Option<u64> {
    let alpha = 1.0 - confidence;
    // A plan that proves it exactly must not fail by the last bit.
    let enough = |n: u64| binomial_cdf(misses, n, 1.0 - proves) <= alpha * (1.0 + 1e-12);
    let mut high = misses + 1;
    while !enough(high) {
        high = high.checked_mul(2).filter(|n| *n <= 1_000_000_000_000)?;
    }
    let mut low = misses;
    while high - low > 1 {
        let middle = low + (high - low) / 2;
        if enough(middle) { high = middle } else { low = middle }
    }
    Some(high)
}

/// The most misses with which `n` trials still prove `proves`; none when not even a clean run does.
pub fn most_misses(n: u64, proves: f64, confidence: f64) -> Option<u64> {
    let enough = |misses: u64| smallest_n(proves, misses, confidence).is_some_and(|needed| needed <= n);
    if !enough(0) {
        return None;
    }
    let (mut low, mut high) = (0, n);
    while high - low > 1 {
        let middle = low + (high - low) / 2;
        if enough(middle) { low = middle } else { high = middle }
    }
    Some(low)
}
