//! Tails of the Poisson distribution.

/// P(X >= `count`) for a Poisson count of this mean; 1 for a count of 0, 0 for a mean that is not positive.
///
/// Summed from its largest term outwards, so that it is right to about 1e-13 of itself in either tail.
pub fn upper_tail(count: u32, mean: f64) -> f64 {
    if count == 0 {
        return 1.0;
    }
    if !(mean > 0.0 && mean.is_finite()) {
        return 0.0;
    }
    let k = f64::from(count);
    let term = libm::exp(k * libm::log(mean) - mean - libm::lgamma(k + 1.0));
    if k > mean {
        return falling(term, |j| mean / (k + j));
    }
    // Below the mean the lower tail is the smaller one.
    let below = term * k / mean;
    (1.0 - falling(below, |j| (k - j) / mean)).max(0.0)
}

/// Smallest count T with P(X >= T) <= `probability` for a Poisson count of this mean.
pub fn threshold(mean: f64, probability: f64) -> u32 {
    let mean = mean.clamp(0.0, 1e9);
    let probability = probability.clamp(1e-300, 1.0);
    let (mut low, mut high) = (0, mean as u32 + 1);
    while upper_tail(high, mean) > probability && high < u32::MAX / 2 {
        (low, high) = (high, high * 2);
    }
    while high - low > 1 {
        let middle = low + (high - low) / 2;
        if upper_tail(middle, mean) > probability { low = middle } else { high = middle }
    }
    if upper_tail(low, mean) > probability { high } else { low }
}

/// first (1 + r1 + r1 r2 + ...), the ratios falling.
fn falling(first: f64, ratio: impl Fn(f64) -> f64) -> f64 {
    let (mut term, mut sum, mut j) = (first, first, 1.0);
    while term > sum * 1e-17 {
        term *= ratio(j).max(0.0);
        sum += term;
        j += 1.0;
    }
    sum
}
