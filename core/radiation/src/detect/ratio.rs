//! The likelihood ratio with five nuisances, averaged over where a source may be and how strong it is.

use super::law::PointLaw;
use super::linear::dot;
use super::model::{Block, MODES, Null};

/// A place beside the lane's axis where a source may be: which law each block sees it by.
#[derive(Debug)]
pub struct Place {
    /// Index of the law for each block.
    pub laws: Vec<usize>,
    /// Sum of the laws' peaks over the blocks, so that a source is measured by the peak of all together.
    pub peak: f64,
}

/// What is looked for.
#[derive(Debug)]
pub struct Search<'a> {
    /// Position of the front in each sample, in m.
    pub x: &'a [f64],
    /// Sample length, in s.
    pub dt_s: f64,
    /// Places behind the front, in m.
    pub x0: &'a [f64],
    /// Peak rates, in cps.
    pub amplitudes: &'a [f64],
    /// The laws that the places refer to.
    pub laws: &'a [PointLaw],
    /// Places beside the axis.
    pub places: &'a [Place],
}

/// What the counts say of a source.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Found {
    /// Logarithm of the mean likelihood ratio.
    pub statistic: f64,
    /// Where U / sqrt(I) is greatest, in m behind the front.
    pub x0_m: f64,
    /// That greatest U / sqrt(I), about standard normal without a source.
    pub deviation: f64,
    /// Least I over the places behind the front: the worst place to find a source. In 1/cps2.
    pub information_min: f64,
    /// Greatest peak rate that the counts allow at 95 %, in cps.
    pub upper_cps: f64,
}

impl Search<'_> {
    /// How many sources are tried.
    pub fn trials(&self) -> usize {
        self.x0.len() * self.places.len() * self.amplitudes.len()
    }

    /// Score U and information I of a source at each place, and the mean of exp(a U - a2 I / 2) over places
    /// and peak rates a.
    pub fn scan(&self, blocks: &[Block], null: &Null) -> Found {
        let mut found = Found {
            statistic: f64::NEG_INFINITY,
            x0_m: 0.0,
            deviation: f64::NEG_INFINITY,
            information_min: f64::INFINITY,
            upper_cps: 0.0,
        };
        let mut exponents = Vec::with_capacity(self.trials());
        let mut sums = Sums::new(self, blocks, null);
        for &x0 in self.x0 {
            sums.compute(self, x0, blocks, null);
            for place in self.places {
                let (score, information) = sums.at(self, place, blocks, null);
                let deviation = score / information.sqrt();
                if deviation > found.deviation {
                    (found.deviation, found.x0_m) = (deviation, x0);
                }
                found.information_min = found.information_min.min(information);
                let best = (score / information).max(0.0);
                found.upper_cps = found.upper_cps.max(best + SCAN_SIGMA / information.sqrt());
                exponents.extend(self.amplitudes.iter().map(|a| a * (score - 0.5 * a * information)));
            }
        }
        found.statistic = log_mean_exp(&exponents);
        found
    }
}

/// Square root of 2.71: one-sided 95 %.
const SCAN_SIGMA: f64 = 1.645;

/// Least information that is taken as such, in 1/cps2.
const INFORMATION_MIN: f64 = 1e-18;

/// Sums over the samples for one place behind the front.
struct Sums {
    rates: Vec<f64>,
    /// For each law and block: the law times the residual.
    score: Vec<f64>,
    /// For each law and class: the law times itself, and times each mode, all over the expected share.
    own: Vec<[f64; MODES + 1]>,
    square: Vec<f64>,
}

impl Sums {
    fn new(search: &Search<'_>, blocks: &[Block], null: &Null) -> Self {
        Self {
            rates: vec![0.0; search.x.len()],
            score: vec![0.0; search.laws.len() * blocks.len()],
            own: vec![[0.0; MODES + 1]; search.laws.len() * null.classes.len()],
            square: vec![0.0; search.x.len()],
        }
    }

    fn compute(&mut self, search: &Search<'_>, x0: f64, blocks: &[Block], null: &Null) {
        for (law, point) in search.laws.iter().enumerate() {
            point.rates(search.x, x0, &mut self.rates);
            self.square.iter_mut().zip(&self.rates).for_each(|(square, rate)| *square = rate * rate);
            for (class, expected) in null.classes.iter().enumerate() {
                let own = &mut self.own[law * null.classes.len() + class];
                for (own, mode) in own.iter_mut().zip(&expected.modes) {
                    *own = dot(&self.rates, mode);
                }
                own[MODES] = dot(&self.square, &expected.inverse);
            }
            for (block, residual) in null.residuals.iter().enumerate() {
                self.score[law * blocks.len() + block] = dot(&self.rates, residual);
            }
        }
    }

    /// Score and information of a source here.
    fn at(&self, search: &Search<'_>, place: &Place, blocks: &[Block], null: &Null) -> (f64, f64) {
        let scale = search.dt_s / place.peak;
        let mut score = 0.0;
        let mut q = [0.0; MODES];
        let mut information = 0.0;
        for (index, (block, law)) in blocks.iter().zip(&place.laws).enumerate() {
            score += self.score[law * blocks.len() + index];
            let own = &self.own[law * null.classes.len() + block.class];
            for (q, own) in q.iter_mut().zip(own) {
                *q += own;
            }
            information += own[MODES] / block.background;
        }
        let taken: f64 = null.h.half(&q).iter().map(|y| y * y).sum();
        (scale * score, (scale * scale * (information - taken)).max(INFORMATION_MIN))
    }
}

fn log_mean_exp(exponents: &[f64]) -> f64 {
    let largest = exponents.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    // What is e^-40 of the largest changes nothing.
    let near = exponents.iter().filter(|e| **e > largest - 40.0);
    let sum: f64 = near.map(|e| libm::exp(e - largest)).sum();
    largest + libm::log(sum / exponents.len() as f64)
}
