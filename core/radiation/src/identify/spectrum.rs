//! A spectrum as it comes from a detector: counts a channel, with the energies of the channels' edges.

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// Channels that a spectrum may have at most.
pub const CHANNELS_MAX: usize = 65_536;

/// Counts by energy.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Raw", into = "Raw")]
pub struct Spectrum {
    edges_kev: Vec<f64>,
    counts: Vec<f64>,
    live_s: f64,
}

/// A spectrum that cannot be one.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum SpectrumError {
    /// None, or more than can be right.
    #[error("{0} channels: a spectrum has 1 to {CHANNELS_MAX}")]
    Channels(usize),
    /// Every channel has two edges.
    #[error("{edges} edges for {channels} channels: there must be one more than channels")]
    Edges {
        /// Edges given.
        edges: usize,
        /// Channels given.
        channels: usize,
    },
    /// Energies must rise from channel to channel.
    #[error("the energy does not rise at channel {0}: its calibration is wrong")]
    Calibration(usize),
    /// Counts are finite and not negative.
    #[error("channel {0} holds no count")]
    Count(usize),
    /// Live time is finite and not negative.
    #[error("the live time is not a duration")]
    LiveTime,
}

impl Spectrum {
    /// From the channels' edges in keV (one more than channels), counts a channel, and live time in seconds.
    pub fn new(edges_kev: Vec<f64>, counts: Vec<f64>, live_s: f64) -> Result<Self, SpectrumError> {
        if !(1..=CHANNELS_MAX).contains(&counts.len()) {
            return Err(SpectrumError::Channels(counts.len()));
        }
        if edges_kev.len() != counts.len() + 1 {
            return Err(SpectrumError::Edges { edges: edges_kev.len(), channels: counts.len() });
        }
        let rises = |pair: &[f64]| pair.iter().all(|kev| kev.is_finite()) && pair[1] > pair[0];
        if let Some(channel) = edges_kev.windows(2).position(|pair| !rises(pair)) {
            return Err(SpectrumError::Calibration(channel));
        }
        let counted = |count: &f64| count.is_finite() && *count >= 0.0;
        if let Some(channel) = counts.iter().position(|count| !counted(count)) {
            return Err(SpectrumError::Count(channel));
        }
        if !(live_s.is_finite() && live_s >= 0.0) {
            return Err(SpectrumError::LiveTime);
        }
        Ok(Self { edges_kev, counts, live_s })
    }

    /// From the coefficients of energy in keV as a polynomial in the channel number, lowest power first
    /// (N42.42 `CoefficientValues`).
    pub fn polynomial(coefficients: &[f64], counts: Vec<f64>, live_s: f64) -> Result<Self, SpectrumError> {
        let energy = |channel: usize| {
            coefficients.iter().rev().fold(0.0, |sum, coefficient| sum * channel as f64 + coefficient)
        };
        Self::new((0..=counts.len()).map(energy).collect(), counts, live_s)
    }

    /// Counts a channel.
    pub fn counts(&self) -> &[f64] {
        &self.counts
    }

    /// Edges of the channels, keV.
    pub fn edges_kev(&self) -> &[f64] {
        &self.edges_kev
    }

    /// Live time, s; zero when not known.
    pub fn live_s(&self) -> f64 {
        self.live_s
    }

    /// All counts.
    pub fn total(&self) -> f64 {
        self.counts.iter().sum()
    }

    /// The counts between each two neighbours of `edges_kev` (rising), by linear shares of the channels.
    /// Nothing lies outside the spectrum.
    pub fn rebin(&self, edges_kev: impl Iterator<Item = f64>) -> Vec<f64> {
        let mut below = Vec::new();
        let mut sum = 0.0;
        let mut channel = 0;
        for edge in edges_kev {
            while channel < self.counts.len() && self.edges_kev[channel + 1] <= edge {
                sum += self.counts[channel];
                channel += 1;
            }
            let part = if channel < self.counts.len() && edge > self.edges_kev[channel] {
                let width = self.edges_kev[channel + 1] - self.edges_kev[channel];
                self.counts[channel] * (edge - self.edges_kev[channel]) / width
            } else {
                0.0
            };
            below.push(sum + part);
        }
        below.windows(2).map(|pair| (pair[1] - pair[0]).max(0.0)).collect()
    }
}

/// The pulse height in keV below which a detector counted nothing, from a spectrum without a strong source:
/// where the counts first come near to what follows. Zero when they never rise so steeply.
pub fn threshold_kev(vacant: &Spectrum) -> f64 {
    const STEP_KEV: f64 = 2.0;
    let counts = vacant.rebin((0..=100).map(|bin| f64::from(bin) * STEP_KEV));
    let mean = |from: usize, end: usize| counts[from..end].iter().sum::<f64>() / (end - from) as f64;
    // From 16 to 80 keV: the sum of three bins around the place, and of four bins behind it.
    let place = (8..40).find(|at| {
        let behind = mean(at + 4, at + 8);
        behind > 2.0 && mean(at - 1, at + 2) >= 0.4 * behind
    });
    match place {
        Some(at) if at > 8 => at as f64 * STEP_KEV,
        _ => 0.0,
    }
}

/// The same as text may hold it.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Raw {
    edges_kev: Vec<f64>,
    counts: Vec<f64>,
    live_s: f64,
}

impl TryFrom<Raw> for Spectrum {
    type Error = SpectrumError;

    fn try_from(raw: Raw) -> Result<Self, SpectrumError> {
        Self::new(raw.edges_kev, raw.counts, raw.live_s)
    }
}

impl From<Spectrum> for Raw {
    fn from(spectrum: Spectrum) -> Self {
        Self { edges_kev: spectrum.edges_kev, counts: spectrum.counts, live_s: spectrum.live_s }
    }
}
