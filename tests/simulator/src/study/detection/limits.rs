//! Limits that no test can beat (Neyman and Pearson): likelihood ratios of the simulation itself.
//!
//! For such a ratio the false-alarm share needs no passes without a source: drawn with one, each pass counts
//! with the weight 1 / ratio.

use rand::{Rng, RngExt};

use super::pass::Lane;

/// Everything is known: strength, place and shadow.
#[derive(Debug)]
pub struct Known {
    gain: Vec<f64>,
    added: f64,
}

/// Strength is known; place and shadow are drawn from what they may be.
#[derive(Debug)]
pub struct Averaged {
    places_m: Vec<f64>,
    /// For each shadow: its weight, ln of the expected counts without a source, and their sum.
    without: Vec<(f64, Vec<f64>, f64)>,
    /// For each shadow and place.
    with: Vec<(f64, Vec<f64>, f64)>,
}

/// Depths of shadow that the average takes.
const DEPTHS: usize = 26;

impl Known {
    /// A source of `peak_cps` at `x0_m` under this shadow.
    pub fn new(lane: &Lane, shadow: f64, peak_cps: f64, x0_m: f64) -> Self {
        let x = lane.positions(1.0, None);
        let background = lane.background_cps * lane.dt_s;
        let source: Vec<f64> = x.iter().map(|x| peak_cps * lane.dt_s * lane.law(x - x0_m)).collect();
        let without = x.iter().map(|x| background * (1.0 - shadow * lane.covered(*x, [0.0, 3.0])));
        let gain = source.iter().zip(without).map(|(s, m)| libm::log1p(s / m)).collect();
        Self { gain, added: source.iter().sum() }
    }

    /// ln of the likelihood ratio.
    pub fn statistic(&self, counts: &[f64]) -> f64 {
        product(counts, &self.gain) - self.added
    }
}

impl Averaged {
    /// A source of `peak_cps` at one of the places, shadow normal 0.15 +- 0.05 in 0 to 0.5.
    pub fn new(lane: &Lane, peak_cps: f64, places_m: &[f64]) -> Self {
        let x = lane.positions(1.0, None);
        let background = lane.background_cps * lane.dt_s;
        let covered: Vec<f64> = x.iter().map(|x| lane.covered(*x, [0.0, 3.0])).collect();
        let (mut without, mut with) = (Vec::new(), Vec::new());
        for k in 0..DEPTHS {
            let depth = depth(k);
            let z = (depth - 0.15) / 0.05;
            let weight = libm::exp(-0.5 * z * z);
            let expected = |added: &[f64]| {
                let means = covered.iter().zip(added).map(|(g, s)| background * (1.0 - depth * g) + s);
                let means: Vec<f64> = means.collect();
                (means.iter().map(|m| libm::log(*m)).collect::<Vec<f64>>(), means.iter().sum::<f64>())
            };
            let (ln, sum) = expected(&vec![0.0; x.len()]);
            without.push((weight, ln, sum));
            for &x0 in places_m {
                let source: Vec<f64> = x.iter().map(|x| peak_cps * lane.dt_s * lane.law(x - x0)).collect();
                let (ln, sum) = expected(&source);
                with.push((weight / places_m.len() as f64, ln, sum));
            }
        }
        Self { places_m: places_m.to_vec(), without, with }
    }

    /// A shadow and a place, drawn as the average weighs them.
    pub fn draw(&self, rng: &mut impl Rng) -> (f64, f64) {
        let total: f64 = self.without.iter().map(|term| term.0).sum();
        let mut left = rng.random::<f64>() * total;
        let chosen = self.without.iter().position(|term| {
            left -= term.0;
            left <= 0.0
        });
        let place = self.places_m[rng.random_range(0..self.places_m.len())];
        (depth(chosen.unwrap_or(DEPTHS - 1)), place)
    }

    /// ln of the ratio of the averaged likelihoods.
    pub fn statistic(&self, counts: &[f64]) -> f64 {
        average(&self.with, counts) - average(&self.without, counts)
    }
}

fn depth(k: usize) -> f64 {
    0.4 * (k as f64 + 0.5) / DEPTHS as f64
}

fn average(terms: &[(f64, Vec<f64>, f64)], counts: &[f64]) -> f64 {
    let exponents: Vec<f64> = terms.iter().map(|(_, ln, sum)| product(counts, ln) - sum).collect();
    let largest = exponents.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let weighted = terms.iter().zip(&exponents).filter(|(_, e)| **e > largest - 40.0);
    largest + libm::log(weighted.map(|((weight, ..), e)| weight * libm::exp(e - largest)).sum())
}

fn product(a: &[f64], b: &[f64]) -> f64 {
    let (a4, b4) = (a.chunks_exact(4), b.chunks_exact(4));
    let rest: f64 = a4.remainder().iter().zip(b4.remainder()).map(|(x, y)| x * y).sum();
    let mut sums = [0.0; 4];
    for (x, y) in a4.zip(b4) {
        (0..4).for_each(|k| sums[k] += x[k] * y[k]);
    }
    sums.iter().sum::<f64>() + rest
}
