//! A first look: which names are worth fitting, and at which gain, by weighted least squares.

use super::fit::Projector;
use super::frame::Frame;
use super::library::GAINS;
use super::linear::{dot, dot_square};
use super::select::{Candidate, scores, strongest};

/// Share of a bin's counts that no template need explain.
const BIN_ERROR: f64 = 0.05;

/// Gains from one look to the next; a fit climbs to the best one between.
const GAIN_STRIDE: usize = 2;

/// The counts beside the background at every gain.
pub struct Pilot {
    projectors: Vec<Projector>,
    /// Squared distance of the counts from the background alone, at every gain.
    distance: Vec<f64>,
}

impl Pilot {
    /// Of a measurement. The weights are of its own counts, so that a strong source is not judged by what a
    /// background would scatter.
    pub fn new(frame: &Frame<'_>) -> Self {
        let weight: Vec<f64> = mean_of_near(&frame.counts)
            .zip(&frame.covered)
            .map(|(mean, covered)| covered / (mean + BIN_ERROR * BIN_ERROR * mean * mean))
            .collect();
        let mut pilot = Self { projectors: Vec::new(), distance: Vec::new() };
        for background in &frame.background {
            let weighted: Vec<f64> = background.iter().zip(&weight).map(|(x, w)| x * w).collect();
            let scale = dot(&weighted, &frame.counts) / dot(&weighted, background).max(1e-300);
            let left: Vec<f64> = frame.counts.iter().zip(background).map(|(c, b)| c - scale * b).collect();
            pilot.distance.push(dot_square(&left, &weight));
            let pull = left.iter().zip(&weight).map(|(left, weight)| left * weight).collect();
            pilot.projectors.push(Projector::least_squares(weight.clone(), pull, background));
        }
        pilot
    }

    /// Where the background alone fits best.
    pub fn gain(&self) -> usize {
        (0..GAINS).min_by(|a, b| self.distance[*a].total_cmp(&self.distance[*b])).unwrap_or(0)
    }

    /// The best template of each name at any gain, beside the background.
    pub fn screen(&self, frame: &Frame<'_>) -> Vec<Candidate> {
        let least = self.distance[self.gain()];
        let gains = self.projectors.iter().zip(&self.distance).enumerate().step_by(GAIN_STRIDE);
        let found =
            gains.flat_map(|(gain, (projector, distance))| scores(frame, gain, projector, least - distance));
        strongest(found.collect())
    }
}

/// Counts a bin as its neighbours have them too.
fn mean_of_near(counts: &[f64]) -> impl Iterator<Item = f64> {
    (0..counts.len()).map(|bin| {
        let near = &counts[bin.saturating_sub(1)..(bin + 2).min(counts.len())];
        (near.iter().sum::<f64>() / near.len() as f64).max(0.5)
    })
}
