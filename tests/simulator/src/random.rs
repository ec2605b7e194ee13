//! Seeded chance. Every use has a stream of its own, so that one draw more or less elsewhere, or another
//! order of calls, changes nothing here.

use rand::{Rng, RngExt, SeedableRng};
use rand_chacha::ChaCha12Rng;
use rand_distr::{Distribution, Poisson};
use serde::{Deserialize, Serialize};

/// What a stream is for; part of its key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// What drives into the lane; the index is the vehicle's.
    Vehicle = 1,
    /// Gamma counts of a panel; the index is panel and occupancy.
    Gamma = 2,
    /// Neutron counts of a bank; the index is bank and occupancy.
    Neutron = 3,
    /// Slow walk of the background.
    Drift = 4,
    /// Interim messages of the camera; the index is the event's.
    Camera = 5,
    /// Texture and delay of an image; the index is the image's.
    Image = 6,
    /// Photons in a crystal or a shield; the index is the row's.
    Photon = 7,
    /// Passes of a study; the index is the campaign's and the chunk's.
    Study = 8,
    /// Counts of a spectrometer.
    Spectrum = 9,
    /// Counts in the registers of a polled portal.
    Register = 10,
    /// What a source is; the index is the vehicle's.
    Nuclide = 11,
}

/// The seed of one lane.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LaneSeed {
    /// Seed of the whole run.
    pub seed: u64,
    /// Number of the lane in the run.
    pub lane: u64,
}

impl LaneSeed {
    /// The stream of this purpose and index. ChaCha12 gives the same numbers on every machine and version.
    pub fn stream(self, purpose: Purpose, index: u64) -> ChaCha12Rng {
        let mut key = [0u8; 32];
        for (part, word) in key.chunks_exact_mut(8).zip([self.seed, self.lane, purpose as u64, index]) {
            part.copy_from_slice(&word.to_le_bytes());
        }
        ChaCha12Rng::from_seed(key)
    }
}

/// A range that values are drawn from, both ends included.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Range {
    /// Least.
    pub min: f64,
    /// Most.
    pub max: f64,
}

impl Range {
    /// From `min` to `max`.
    pub const fn new(min: f64, max: f64) -> Self {
        Self { min, max }
    }

    /// A uniform draw; `min` when the range is empty or reversed.
    pub fn draw(self, rng: &mut impl Rng) -> f64 {
        if self.max > self.min { rng.random_range(self.min..=self.max) } else { self.min }
    }
}

/// A Poisson count of this mean; zero for a mean that is not positive or not finite.
///
/// Exact for any mean (multiplication below 12, rejection above): a rounded Gaussian would falsify the
/// tails that alarm tests live on.
pub fn poisson(mean: f64, rng: &mut impl Rng) -> u32 {
    match Poisson::new(mean) {
        // The cast saturates, which is what an over-range counter does.
        Ok(distribution) => distribution.sample(rng) as u32,
        Err(_) => 0,
    }
}

/// True with this probability.
pub fn chance(probability: f64, rng: &mut impl Rng) -> bool {
    rng.random::<f64>() < probability
}
