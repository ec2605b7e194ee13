//! The regularised incomplete beta function, correct for large shapes and for tails below the smallest number.
//!
//! Continued fraction: DLMF 8.17.22, evaluated by Lentz's method. The factor before it is the binomial term by
//! C. Loader's saddle-point form ("Fast and Accurate Computation of Binomial Probabilities", 2000), which does
//! not lose digits as a difference of large log-gammas does.

/// More steps than any shape below 1e9 takes.
const STEPS_MAX: u32 = 2_000_000;

/// Keeps Lentz's method from dividing by zero.
const TINY: f64 = 1e-300;

/// Both sides of a distribution, as natural logarithms: each keeps its digits where the other has none left.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Tails {
    /// ln of the part below.
    pub ln_below: f64,
    /// ln of the part above.
    pub ln_above: f64,
}

impl Tails {
    /// The part below.
    pub fn below(self) -> f64 {
        libm::exp(self.ln_below)
    }

    /// The part above.
    pub fn above(self) -> f64 {
        libm::exp(self.ln_above)
    }

    fn of_below(ln_below: f64) -> Self {
        Self { ln_below, ln_above: ln_one_minus_exp(ln_below) }
    }

    fn of_above(ln_above: f64) -> Self {
        Self { ln_below: ln_one_minus_exp(ln_above), ln_above }
    }
}

/// The beta distribution with shapes `a` and `b` (both above zero), below and above `x`.
pub fn incomplete_beta(a: f64, b: f64, x: f64) -> Tails {
    if x <= 0.0 {
        return Tails { ln_below: f64::NEG_INFINITY, ln_above: 0.0 };
    }
    if x >= 1.0 {
        return Tails { ln_below: 0.0, ln_above: f64::NEG_INFINITY };
    }
    // The fraction converges on this side of the mean; the other side is its complement.
    if x < (a + 1.0) / (a + b + 2.0) {
        Tails::of_below(ln_side(a, b, x, 1.0 - x))
    } else {
        Tails::of_above(ln_side(b, a, 1.0 - x, x))
    }
}

/// ln of `B(a, b)`, the complete beta function.
pub(super) fn ln_beta(a: f64, b: f64) -> f64 {
    // At the mode the binomial term is far from both ends, whatever the shapes.
    let x = a / (a + b);
    a * libm::log(x) + b * libm::log(b / (a + b)) - ln_front(a, b, x, b / (a + b))
}

fn ln_side(a: f64, b: f64, x: f64, y: f64) -> f64 {
    (ln_front(a, b, x, y) - libm::log(a) + libm::log(fraction(a, b, x))).min(0.0)
}

/// ln of `x^a y^b / B(a, b)`, with `y = 1 - x`.
fn ln_front(a: f64, b: f64, x: f64, y: f64) -> f64 {
    let n = a + b;
    let term =
        stirling_error(n) - stirling_error(a) - stirling_error(b) - deviance(a, n * x) - deviance(b, n * y);
    // C(n, a) x^a y^b has the root below; 1/B is that times a b / n.
    term + 0.5 * libm::log(a * b / (2.0 * std::f64::consts::PI * n))
}

fn fraction(a: f64, b: f64, x: f64) -> f64 {
    let keep = |value: f64| if value.abs() < TINY { TINY } else { value };
    let mut c = 1.0;
    let mut d = 1.0 / keep(1.0 - (a + b) * x / (a + 1.0));
    let mut product = d;
    for step in 1..STEPS_MAX {
        let m = f64::from(step);
        let even = m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m));
        d = 1.0 / keep(1.0 + even * d);
        c = keep(1.0 + even / c);
        product *= d * c;
        let odd = -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0));
        d = 1.0 / keep(1.0 + odd * d);
        c = keep(1.0 + odd / c);
        let change = d * c;
        product *= change;
        if (change - 1.0).abs() < 1e-16 {
            break;
        }
    }
    product
}

/// ln(n!) less Stirling's formula: Loader's series from 16 on, and the difference itself below.
fn stirling_error(n: f64) -> f64 {
    if n <= 16.0 {
        let half_ln_two_pi = 0.918_938_533_204_672_8;
        return libm::lgamma(n + 1.0) - (n + 0.5) * libm::log(n) + n - half_ln_two_pi;
    }
    let square = n * n;
    let terms = [1.0 / 12.0, 1.0 / 360.0, 1.0 / 1260.0, 1.0 / 1680.0, 1.0 / 1188.0, 691.0 / 360_360.0];
    terms.iter().rev().fold(0.0, |sum, term| term - sum / square) / n
}

/// x ln(x/m) + m - x, without losing digits where x is near m (Loader's `bd0`).
fn deviance(x: f64, m: f64) -> f64 {
    if (x - m).abs() >= 0.1 * (x + m) {
        return x * libm::log(x / m) + m - x;
    }
    let v = (x - m) / (x + m);
    let mut sum = (x - m) * v;
    let mut power = 2.0 * x * v;
    for j in 1..1000 {
        power *= v * v;
        let next = sum + power / f64::from(2 * j + 1);
        if next == sum {
            break;
        }
        sum = next;
    }
    sum
}

/// ln(1 - exp(x)) for x <= 0.
fn ln_one_minus_exp(x: f64) -> f64 {
    if x > -std::f64::consts::LN_2 { libm::log(-libm::expm1(x)) } else { libm::log1p(-libm::exp(x)) }
}
