//! Bounds on a rate of events.

use super::turning_point;

/// The one-sided upper bound on the mean number of events after `events` were seen (Garwood 1936): the mean at
/// which so few or fewer have probability `1 - confidence`.
pub fn poisson_upper(events: u32, confidence: f64) -> f64 {
    let alpha = 1.0 - confidence;
    let mean = f64::from(events) + 1.0;
    // Far above any bound of a confidence that a number can tell from 1.
    let ceiling = mean + 40.0 * libm::sqrt(mean) + 800.0;
    turning_point(f64::MIN_POSITIVE, ceiling, |mean| cdf(events, mean) <= alpha)
}

/// Probability of at most `k` events of mean `mean`: terms summed from the largest down.
fn cdf(k: u32, mean: f64) -> f64 {
    let top = f64::from(k);
    let ln_top = top * libm::log(mean) - mean - libm::lgamma(top + 1.0);
    let (mut term, mut sum) = (1.0, 1.0);
    for i in (1..=k).rev() {
        term *= f64::from(i) / mean;
        sum += term;
        if term < sum * 1e-18 {
            break;
        }
    }
    libm::exp(ln_top + libm::log(sum)).min(1.0)
}
