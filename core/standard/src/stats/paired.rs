//! Two devices, or two versions, on the same trials.

use super::binomial::binomial_cdf;

/// McNemar's exact two-sided test: `first_only` trials that only the first hit, `second_only` that only the
/// second. The probability of so uneven a split when both are equally good; 1 when they never differ.
pub fn mcnemar_exact(first_only: u64, second_only: u64) -> f64 {
    let n = first_only + second_only;
    (2.0 * binomial_cdf(first_only.min(second_only), n, 0.5)).min(1.0)
}
