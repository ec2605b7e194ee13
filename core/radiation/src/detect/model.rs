//! What a portal counts without a source: the vehicle's shadow on the background, and what can be wrong with
//! it.

use std::f64::consts::SQRT_2;

use super::linear::{Cholesky, dot};
use super::pass::Pass;
use super::settings::Settings;

/// Nuisances: shadow, level of the background, gap behind the cab, ramp of the background, speed.
pub const MODES: usize = 5;

/// The share of the expected background that is never undercut, whatever the nuisances say.
const FLOOR: f64 = 0.2;

/// The speed mode compares with positions that are this much farther from the start.
const SPEED_STEP: f64 = 1.1;

/// Share of the view that a vehicle covers, 0 to 1, its front `x` m past the panel.
///
/// 0.5 (erf(x / w sqrt2) - erf((x - L) / w sqrt2)): a plausible shape, not a measured one.
pub fn covered(x: f64, length_m: f64, width_m: f64) -> f64 {
    let side = |x: f64| libm::erf(x / (width_m * SQRT_2));
    0.5 * (side(x) - side(x - length_m))
}

/// The relative change of the background in each sample for one unit of each nuisance.
#[derive(Debug, Clone)]
pub struct Modes {
    u: [Vec<f64>; MODES],
}

impl Modes {
    /// Of a pass, for the sum of its panels.
    pub fn new(pass: &Pass, settings: &Settings) -> Self {
        let record = pass.record();
        let (n, shadow) = (record.x_m.len(), &settings.shadow);
        let width = shadow.width_d * settings.distance_m;
        let shape = |x: f64| covered(x, record.length_m, width);
        let x = &record.x_m;
        // The edge of the first sample: where the path begins that a wrong speed stretches.
        let start = x[0] - 0.5 * (x.get(1).unwrap_or(&x[0]) - x[0]);
        let mut u: [Vec<f64>; MODES] = std::array::from_fn(|_| Vec::with_capacity(n));
        for (i, &x) in x.iter().enumerate() {
            let g = shape(x);
            let dent = (x - shadow.gap_at_m) / shadow.gap_width_m;
            u[0].push(-g);
            u[1].push(1.0);
            u[2].push(g * libm::exp(-0.5 * dent * dent));
            u[3].push((i as f64 + 0.5) / n as f64 - 0.5);
            u[4].push(g - shape(start + SPEED_STEP * (x - start)));
        }
        Self { u }
    }

    /// Mode `k` in sample `i`.
    pub fn at(&self, k: usize, i: usize) -> f64 {
        self.u[k][i]
    }

    /// The shadow in each sample, 0 to 1.
    pub fn shadow(&self) -> impl Iterator<Item = f64> + '_ {
        self.u[0].iter().map(|u| -u)
    }

    /// The same for a panel whose shadow is `shade` times as deep.
    pub fn shaded(&self, shade: f64) -> Self {
        let mut u = self.u.clone();
        for k in [0, 2, 4] {
            u[k].iter_mut().for_each(|u| *u *= shade);
        }
        Self { u }
    }
}

/// What is believed of the nuisances before the counts are seen: independent normal distributions.
#[derive(Debug, Clone, Copy)]
pub struct Prior {
    /// Means.
    pub mean: [f64; MODES],
    /// One over the variances.
    pub weight: [f64; MODES],
}

impl Prior {
    /// Of a pass whose background was measured for a limited time.
    pub fn new(pass: &Pass, settings: &Settings) -> Self {
        let shadow = &settings.shadow;
        let live_s = pass.record().background_live_s.unwrap_or(settings.background_live_s);
        let level = shadow.level_sd.max(1.0 / (pass.background_cps() * live_s).sqrt());
        let sd = [shadow.depth_sd, level, shadow.gap_sd, shadow.ramp_sd, shadow.speed_sd];
        Self { mean: [shadow.depth, 0.0, 0.0, 0.0, 0.0], weight: sd.map(|sd| 1.0 / (sd * sd)) }
    }
}

/// Counts that share the nuisances with others: one panel, or the sum of all.
#[derive(Debug)]
pub struct Block {
    /// Counts of each sample.
    pub counts: Vec<f64>,
    /// Background counts a sample.
    pub background: f64,
    /// Which of the classes of modes is its own.
    pub class: usize,
}

/// The nuisances fitted to the counts, and what is left.
#[derive(Debug)]
pub struct Null {
    /// The nuisances.
    pub theta: [f64; MODES],
    /// Curvature of the log-likelihood, factored.
    pub h: Cholesky<MODES>,
    /// What is expected in each class of modes.
    pub classes: Vec<Expected>,
    /// Background counts of all blocks a sample.
    background: f64,
    /// For each block: relative residuals less what the nuisances can still take.
    pub residuals: Vec<Vec<f64>>,
}

/// What is expected of the blocks of one class, in each sample.
#[derive(Debug)]
pub struct Expected {
    /// Share of the background.
    pub share: Vec<f64>,
    /// 1 over that share.
    pub inverse: Vec<f64>,
    /// Each mode over that share.
    pub modes: [Vec<f64>; MODES],
}

impl Null {
    /// Two Newton steps on the penalised Poisson likelihood, from the prior means.
    pub fn fit(classes: &[Modes], blocks: &[Block], prior: &Prior) -> Self {
        let mut theta = prior.mean;
        for _ in 0..2 {
            let (null, change) = Self::at(theta, classes, blocks, prior);
            theta = std::array::from_fn(|k| null.theta[k] + change[k]);
        }
        let (mut null, change) = Self::at(theta, classes, blocks, prior);
        for (block, residual) in blocks.iter().zip(&mut null.residuals) {
            for (modes, change) in null.classes[block.class].modes.iter().zip(change) {
                residual.iter_mut().zip(modes).for_each(|(r, u)| *r -= change * u);
            }
        }
        null
    }

    /// What the fit of one block takes of a profile in each sample: the nuisances cannot tell it from their
    /// own.
    pub fn taken(&self, modes: &Modes, profile: &[f64]) -> Vec<f64> {
        let change = self.h.solve(&std::array::from_fn(|k| dot(profile, &self.classes[0].modes[k])));
        let sum = |i: usize| (0..MODES).map(|k| change[k] * modes.u[k][i]).sum::<f64>();
        (0..profile.len()).map(|i| self.background * sum(i)).collect()
    }

    /// Everything at these nuisances, the residuals not yet projected, and the next Newton step.
    fn at(theta: [f64; MODES], classes: &[Modes], blocks: &[Block], prior: &Prior) -> (Self, [f64; MODES]) {
        let expected: Vec<_> = classes.iter().map(|modes| Expected::new(modes, &theta)).collect();
        let mut gradient: [f64; MODES] =
            std::array::from_fn(|k| (prior.mean[k] - theta[k]) * prior.weight[k]);
        let mut h = [[0.0; MODES]; MODES];
        let mut backgrounds = vec![0.0; classes.len()];
        let mut residuals = Vec::with_capacity(blocks.len());
        for block in blocks {
            let expected = expected[block.class].share.iter().map(|share| share * block.background);
            let residual: Vec<f64> = block.counts.iter().zip(expected).map(|(c, m)| (c - m) / m).collect();
            for (gradient, u) in gradient.iter_mut().zip(&classes[block.class].u) {
                *gradient += block.background * dot(u, &residual);
            }
            backgrounds[block.class] += block.background;
            residuals.push(residual);
        }
        for (k, row) in h.iter_mut().enumerate() {
            for (l, entry) in row[..=k].iter_mut().enumerate() {
                let each = classes.iter().zip(&expected).zip(&backgrounds);
                *entry = each.map(|((modes, expected), b)| b * dot(&modes.u[k], &expected.modes[l])).sum();
            }
            row[k] += prior.weight[k];
        }
        let h = Cholesky::new(&h);
        let change = h.solve(&gradient);
        let background = backgrounds.iter().sum();
        (Self { theta, h, classes: expected, background, residuals }, change)
    }
}

impl Expected {
    fn new(modes: &Modes, theta: &[f64; MODES]) -> Self {
        let sum = |i: usize| 1.0 + (0..MODES).map(|k| theta[k] * modes.u[k][i]).sum::<f64>();
        let share: Vec<f64> = (0..modes.u[0].len()).map(|i| sum(i).max(FLOOR)).collect();
        let inverse: Vec<f64> = share.iter().map(|share| 1.0 / share).collect();
        let modes =
            modes.u.each_ref().map(|u| u.iter().zip(&inverse).map(|(u, inverse)| u * inverse).collect());
        Self { share, inverse, modes }
    }
}
