//! Acceptance statistics: exact, one-sided, of hits and misses. No approximation by a normal distribution.

mod anytime;
mod beta;
mod binomial;
mod change;
mod paired;
mod poisson;
mod sequential;

pub use self::anytime::{anytime_lower, anytime_upper, broken, proven};
pub use self::beta::{Tails, incomplete_beta};
pub use self::binomial::{binomial_cdf, lower, most_misses, smallest_n, upper};
pub use self::change::Change;
pub use self::paired::mcnemar_exact;
pub use self::poisson::poisson_upper;
pub use self::sequential::{Characteristic, accepts, decide};

/// The positive number between `low` and `high` where `is_above` turns true, to the last bit: it halves the
/// interval by the numbers' bits, which order as the numbers do.
fn turning_point(low: f64, high: f64, is_above: impl Fn(f64) -> bool) -> f64 {
    let (mut low, mut high) = (low.to_bits(), high.to_bits());
    while high - low > 1 {
        let middle = low + (high - low) / 2;
        if is_above(f64::from_bits(middle)) {
            high = middle;
        } else {
            low = middle;
        }
    }
    f64::from_bits(high)
}
