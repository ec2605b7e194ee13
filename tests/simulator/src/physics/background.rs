//! The slow life of the background.

use std::f64::consts::TAU;

use rand_chacha::ChaCha12Rng;
use rand_distr::{Distribution, StandardNormal};

use crate::random::{LaneSeed, Purpose};

/// The walk takes a step this often, in s.
const STEP_S: f64 = 10.0;
/// Time over which the walk forgets, in s.
const MEMORY_S: f64 = 3600.0;

/// A daily wave and a slow walk around 1, common to all panels.
#[derive(Debug)]
pub struct Drift {
    daily: f64,
    walk: f64,
    rng: ChaCha12Rng,
    deviation: f64,
    next_s: f64,
}

impl Drift {
    /// A wave of this amplitude and a walk of this standard deviation, both as shares.
    pub fn new(daily: f64, walk: f64, seed: LaneSeed) -> Self {
        Self { daily, walk, rng: seed.stream(Purpose::Drift, 0), deviation: 0.0, next_s: 0.0 }
    }

    /// Factor on the background at this time, in s; times must not go back. Never below 0.1.
    pub fn factor(&mut self, at_s: f64) -> f64 {
        while self.next_s <= at_s {
            let keep = libm::exp(-STEP_S / MEMORY_S);
            let kick: f64 = StandardNormal.sample(&mut self.rng);
            self.deviation = self.deviation * keep + self.walk * libm::sqrt(1.0 - keep * keep) * kick;
            self.next_s += STEP_S;
        }
        (1.0 + self.daily * libm::sin(TAU * at_s / 86_400.0) + self.deviation).max(0.1)
    }
}
