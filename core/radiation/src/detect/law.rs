//! How the rate of a point source falls along the lane.

/// Rate of a point source over what the same source would give `distance_m` straight in front of one panel.
///
/// (1 + u2 / d2)^-p for `u` m along the lane: p = 1.5 for a flat panel (distance and tilt), 1 for a round or
/// deep crystal.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PointLaw {
    exponent: f64,
    /// Squared distance from the line along which the source moves, in m2.
    square: f64,
    /// Rate at u = 0.
    peak: f64,
}

impl PointLaw {
    /// For a source that passes at this distance: peak 1.
    pub fn new(distance_m: f64, exponent: f64) -> Self {
        Self { exponent, square: distance_m * distance_m, peak: 1.0 }
    }

    /// For a source beside a panel by `lateral_m`, above or below by `height_m`: the peak is D^(2p-2) over
    /// the p-th power of the squared distance, as the tilt of the face makes it.
    pub fn beside(lateral_m: f64, height_m: f64, exponent: f64) -> Self {
        let square = lateral_m * lateral_m + height_m * height_m;
        let peak = libm::pow(lateral_m, 2.0 * exponent - 2.0) / libm::pow(square, exponent);
        Self { exponent, square, peak }
    }

    /// Rate at u = 0.
    pub fn peak(&self) -> f64 {
        self.peak
    }

    /// The rate of a source `x0` m behind the front in samples with the front at `x`, written to `into`.
    pub fn rates(&self, x: &[f64], x0: f64, into: &mut [f64]) {
        let inverse = 1.0 / self.square;
        let relative = |x: f64| 1.0 + (x - x0) * (x - x0) * inverse;
        let each = into.iter_mut().zip(x);
        // Square roots are exact everywhere, powers are slow.
        if self.exponent == 1.5 {
            each.for_each(|(p, x)| {
                let r = relative(*x);
                *p = self.peak / (r * r.sqrt());
            });
        } else if self.exponent == 1.0 {
            each.for_each(|(p, x)| *p = self.peak / relative(*x));
        } else {
            each.for_each(|(p, x)| *p = self.peak * libm::pow(relative(*x), -self.exponent));
        }
    }
}
