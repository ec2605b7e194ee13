//! What a spectrometer counts of the background and of sources, channel by channel.

mod lines;
mod response;

use std::collections::BTreeMap;

use rand::{Rng, RngExt};

pub use lines::Emitter;
use response::{Raw, add_line};

use crate::random::poisson;

/// Channels of a spectrum.
pub const CHANNELS: usize = 1024;
/// Width of a channel, in keV; channel 0 begins at zero.
pub const KEV_PER_CHANNEL: f64 = 3.0;

/// What a part of the counts comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Origin {
    /// Ground, buildings and sky.
    Background,
    /// A source behind so many tenths of a millimetre of iron.
    Source(Emitter, u32),
}

impl Origin {
    /// A source behind this much iron, in cm.
    pub fn source(emitter: Emitter, iron_cm: f64) -> Self {
        // Not negative and small; the cast saturates.
        Self::Source(emitter, libm::round(iron_cm * 100.0) as u32)
    }
}

/// Shapes of spectra, each computed when it is first needed.
#[derive(Debug, Default)]
pub struct Shapes(BTreeMap<Origin, Vec<f64>>);

impl Shapes {
    /// Adds a draw of `mean` expected counts of this origin to `counts`, one number a channel.
    ///
    /// The sum is Poisson and each count falls into its channel by chance, which makes every channel Poisson.
    pub fn draw(&mut self, origin: Origin, mean: f64, rng: &mut impl Rng, counts: &mut [u32]) {
        let cumulative = self.0.entry(origin).or_insert_with(|| cumulative(&shape(origin)));
        for _ in 0..poisson(mean, rng) {
            let at: f64 = rng.random();
            let channel = cumulative.partition_point(|up_to| *up_to <= at).min(CHANNELS - 1);
            if let Some(count) = counts.get_mut(channel) {
                *count = count.saturating_add(1);
            }
        }
    }
}

/// Expected counts by channel, one in all.
pub fn shape(origin: Origin) -> Vec<f64> {
    let mut raw = Raw::new();
    match origin {
        Origin::Background => background(&mut raw),
        Origin::Source(emitter, iron) => add(emitter, 1.0, f64::from(iron) / 100.0, &mut raw),
    }
    let mut spectrum = raw.broadened();
    let sum: f64 = spectrum.iter().sum();
    spectrum.iter_mut().for_each(|counts| *counts /= sum);
    spectrum
}

/// Three natural emitters in soil and concrete, and the sky's scattered radiation. The shares are of the right
/// order for a paved place.
fn background(raw: &mut Raw) {
    for (emitter, weight) in [(Emitter::K40, 0.14), (Emitter::Ra226, 0.15), (Emitter::Th232, 0.14)] {
        add(emitter, weight, 2.0, raw);
    }
    raw.add(0.5, |e| e * libm::exp(-e / 90.0));
    raw.add(0.07, |e| libm::exp(-e / 700.0));
}

/// `weight` counts of an emitter.
fn add(emitter: Emitter, weight: f64, iron_cm: f64, raw: &mut Raw) {
    let lines = emitter.lines();
    let sum: f64 = lines.iter().map(|(_, photons)| photons).sum();
    for (energy, photons) in lines {
        add_line(energy, weight * photons / sum, iron_cm, raw);
    }
}

fn cumulative(shape: &[f64]) -> Vec<f64> {
    let mut sum = 0.0;
    shape
        .iter()
        .map(|share| {
            sum += share;
            sum
        })
        .collect()
}
