//! Poisson likelihood of given profiles on top of the nuisances.

use super::linear::Cholesky;
use super::model::{MODES, Modes, Prior};

/// Profiles that are fitted at once, at most.
pub const PROFILES: usize = 2;
const ALL: usize = MODES + PROFILES;

/// Most steps of a fit; it converges in about four.
const STEPS: usize = 8;

/// A step that gains less log-likelihood than this is the last.
const CONVERGED: f64 = 1e-3;

/// The expectation is never less than this share of the background.
const FLOOR: f64 = 0.05;

/// A profile that is not there is held at zero by so much curvature.
const ABSENT: f64 = 1e30;

/// Counts, and what is known of them without a source.
#[derive(Debug)]
pub struct Sample<'a> {
    counts: &'a [f64],
    /// Background counts a sample.
    background: f64,
    prior: &'a Prior,
    /// For each sample: what one unit of each nuisance and of each profile adds.
    rows: Vec<[f64; ALL]>,
}

/// The best fit of some profiles.
#[derive(Debug, Clone, Copy)]
pub struct Fit {
    /// Penalised log-likelihood, up to a constant of the counts.
    pub likelihood: f64,
    /// How often each profile is in the counts; not negative.
    pub amplitudes: [f64; PROFILES],
}

impl<'a> Sample<'a> {
    /// Counts over a background with these modes.
    pub fn new(counts: &'a [f64], background: f64, modes: &Modes, prior: &'a Prior) -> Self {
        let mode = |k: usize, i: usize| if k < MODES { background * modes.at(k, i) } else { 0.0 };
        let rows = (0..counts.len()).map(|i| std::array::from_fn(|k| mode(k, i))).collect();
        Self { counts, background, prior, rows }
    }

    /// The fit of up to two profiles with amplitudes that are not negative.
    pub fn fit(&mut self, profiles: [Option<&[f64]>; PROFILES]) -> Fit {
        for (k, profile) in profiles.iter().enumerate() {
            for (i, row) in self.rows.iter_mut().enumerate() {
                row[MODES + k] = profile.map_or(0.0, |profile| profile[i]);
            }
        }
        let free = self.free(profiles.map(|profile| profile.is_some()));
        let negative = (0..PROFILES).filter(|k| free.amplitudes[*k] < 0.0);
        // Concave in all parameters: without the most negative one the rest is fitted again.
        match negative.min_by(|a, b| free.amplitudes[*a].total_cmp(&free.amplitudes[*b])) {
            Some(k) => {
                let mut rest = profiles;
                rest[k] = None;
                self.fit(rest)
            }
            None => free,
        }
    }

    fn free(&self, present: [bool; PROFILES]) -> Fit {
        let (mut mean, mut weight) = ([0.0; ALL], [ABSENT; ALL]);
        mean[..MODES].copy_from_slice(&self.prior.mean);
        weight[..MODES].copy_from_slice(&self.prior.weight);
        let mut theta = mean;
        for k in (MODES..ALL).filter(|k| present[k - MODES]) {
            weight[k] = 0.0;
            theta[k] = self.first(k);
        }
        for _ in 0..STEPS {
            let (change, gain) = self.step(&theta, &mean, &weight);
            theta.iter_mut().zip(change).for_each(|(theta, change)| *theta += change);
            if gain.abs() < CONVERGED {
                break;
            }
        }
        let poisson = self.rows.iter().zip(self.counts).map(|(row, c)| {
            let m = self.expected(row, &theta);
            c * libm::log(m) - m
        });
        let off = theta.iter().zip(&mean).zip(&weight).map(|((t, m), w)| (t - m) * (t - m) * w);
        Fit {
            likelihood: poisson.sum::<f64>() - 0.5 * off.sum::<f64>(),
            amplitudes: std::array::from_fn(|k| if present[k] { theta[MODES + k] } else { 0.0 }),
        }
    }

    /// Least squares of one column alone.
    fn first(&self, k: usize) -> f64 {
        let square: f64 = self.rows.iter().map(|row| row[k] * row[k]).sum();
        let product = self.rows.iter().zip(self.counts).map(|(row, c)| row[k] * (c - self.background));
        if square > 0.0 { (product.sum::<f64>() / square).max(0.0) } else { 0.0 }
    }

    /// One step of Fisher's scoring, and what it promises.
    fn step(&self, theta: &[f64; ALL], mean: &[f64; ALL], weight: &[f64; ALL]) -> ([f64; ALL], f64) {
        let mut h = [[0.0; ALL]; ALL];
        let mut gradient = [0.0; ALL];
        for (row, c) in self.rows.iter().zip(self.counts) {
            let inverse = 1.0 / self.expected(row, theta);
            let relative = c * inverse - 1.0;
            for k in 0..ALL {
                gradient[k] += row[k] * relative;
                let scaled = row[k] * inverse;
                for l in 0..=k {
                    h[k][l] += scaled * row[l];
                }
            }
        }
        for k in 0..ALL {
            gradient[k] -= (theta[k] - mean[k]) * weight[k];
            h[k][k] += weight[k];
        }
        let change = Cholesky::new(&h).solve(&gradient);
        (change, change.iter().zip(&gradient).map(|(c, g)| c * g).sum())
    }

    fn expected(&self, row: &[f64; ALL], theta: &[f64; ALL]) -> f64 {
        let sum: f64 = row.iter().zip(theta).map(|(row, theta)| row * theta).sum();
        (self.background + sum).max(FLOOR * self.background)
    }
}
