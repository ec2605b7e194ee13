//! Claims that may be looked at after every trial, for ever: a mixture martingale with a uniform prior, and
//! Ville's inequality (J. Ville 1939; H. Robbins 1970). The claim is wrong with at most the stated probability
//! over the whole life, not per look.

use super::beta::{incomplete_beta, ln_beta};
use super::turning_point;

/// Whether the trials so far claim that the probability of a hit is at least `p0`.
pub fn proven(hits: u64, misses: u64, p0: f64, confidence: f64) -> bool {
    ln_mixture(hits, misses, p0, Side::Above) >= -libm::log1p(-confidence)
}

/// Whether the trials so far claim that the probability of a hit is below `p0`.
pub fn broken(hits: u64, misses: u64, p0: f64, confidence: f64) -> bool {
    ln_mixture(hits, misses, p0, Side::Below) >= -libm::log1p(-confidence)
}

/// The greatest `p0` that is [`proven`]; 0 when none is.
pub fn anytime_lower(hits: u64, misses: u64, confidence: f64) -> f64 {
    let p = turning_point(0.0, 1.0, |p0| !(p0 < 1.0 && proven(hits, misses, p0, confidence)));
    // The turning point is the first that is not proven; the smallest number means that none is.
    if p <= f64::MIN_POSITIVE { 0.0 } else { p.next_down() }
}

/// The smallest `p0` that is [`broken`]; 1 when none is.
pub fn anytime_upper(hits: u64, misses: u64, confidence: f64) -> f64 {
    turning_point(0.0, 1.0, |p0| p0 >= 1.0 || broken(hits, misses, p0, confidence))
}

#[derive(Clone, Copy)]
enum Side {
    Above,
    Below,
}

/// ln of the e-value: the mean likelihood over one side of `p0`, against the likelihood at `p0`.
fn ln_mixture(hits: u64, misses: u64, p0: f64, side: Side) -> f64 {
    let (x, m) = (hits as f64, misses as f64);
    let tails = incomplete_beta(x + 1.0, m + 1.0, p0);
    let (ln_part, ln_width) = match side {
        Side::Above => (tails.ln_above, libm::log1p(-p0)),
        Side::Below => (tails.ln_below, libm::log(p0)),
    };
    let ln_at_p0 = x * libm::log(p0) + m * libm::log1p(-p0);
    ln_part + ln_beta(x + 1.0, m + 1.0) - ln_width - ln_at_p0
}
