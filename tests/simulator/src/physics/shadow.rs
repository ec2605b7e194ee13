//! What a vehicle takes away from the background, and what a long load adds.

use std::f64::consts::SQRT_2;

/// Place of the gap between cab and box, in m behind the front.
const GAP_M: f64 = 3.0;
/// Width of the gap, in m.
const GAP_WIDTH_M: f64 = 0.6;

/// Share of a panel's view that a vehicle of this length covers, 0 to 1, `front_m` metres after its front
/// passed the panel at `distance_m`.
///
/// 0.5 (erf(x / w sqrt2) - erf((x - L) / w sqrt2)) with w = 0.6 d, less a Gaussian dent of depth `gap` behind
/// the cab. The shape is a plausible model, not a measured one.
pub fn covered_share(front_m: f64, length_m: f64, distance_m: f64, gap: f64) -> f64 {
    let w = 0.6 * distance_m;
    let side = |x: f64| libm::erf(x / (w * SQRT_2));
    let dent = (front_m - GAP_M) / GAP_WIDTH_M;
    0.5 * (side(front_m) - side(front_m - length_m)) * (1.0 - gap * libm::exp(-0.5 * dent * dent))
}

/// Share of the rate in front of an endless load that a load gives which covers from `near_m` to `far_m`
/// along the lane, seen at `distance_m`: the point law of exponent 1.5, integrated.
pub fn load_share(near_m: f64, far_m: f64, distance_m: f64) -> f64 {
    let one = |u: f64| u / libm::sqrt(u * u + distance_m * distance_m);
    0.5 * (one(far_m) - one(near_m)).abs()
}
