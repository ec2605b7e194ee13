//! The best weights of a set of columns: Poisson likelihood with a weight a bin, weights of sources at or
//! above zero, and disturbances that are free but expected to be small.

use super::linear::{Cholesky, dot, dot_square};

const ROUNDS: usize = 25;
/// The likelihood must rise by more than this in a round, or the fit is done.
const DONE: f64 = 1e-3;
/// No disturbance may take away more of a bin than leaves this share of its sources.
const FLOOR: f64 = 0.1;

/// What is measured, and how much each bin is to be believed.
pub struct Data<'a> {
    /// Counts a bin.
    pub counts: &'a [f64],
    /// Share of the Poisson information that a bin keeps: below 1 where the model is not sure; 0 leaves it
    /// out.
    pub trust: &'a [f64],
}

/// What the counts are made of.
#[derive(Default)]
pub struct Columns<'a> {
    /// Sources: weights at or above zero.
    pub sources: Vec<&'a [f64]>,
    /// Disturbances in units of their standard deviation.
    pub disturbances: Vec<Vec<f64>>,
}

/// The best weights.
#[derive(Debug, Clone)]
pub struct Fit {
    /// Of the sources, then of the disturbances.
    pub weights: Vec<f64>,
    /// Expected counts a bin.
    pub model: Vec<f64>,
    /// Twice the logarithm of the likelihood of weights and disturbances, and of the room that the
    /// disturbances had (Laplace): what hypotheses are compared by.
    pub quality: f64,
}

impl Columns<'_> {
    fn len(&self) -> usize {
        self.sources.len() + self.disturbances.len()
    }

    fn column(&self, at: usize) -> &[f64] {
        let sources = self.sources.len();
        if at < sources { self.sources[at] } else { &self.disturbances[at - sources] }
    }

    fn model(&self, weights: &[f64]) -> Vec<f64> {
        let bins = self.column(0).len();
        let mut model = vec![0.0; bins];
        let sources = self.sources.len();
        for (column, weight) in self.sources.iter().zip(weights).filter(|(_, weight)| **weight > 0.0) {
            model.iter_mut().zip(*column).for_each(|(sum, part)| *sum += weight * part);
        }
        let least: Vec<f64> = model.iter().map(|bin| bin * FLOOR + 1e-9).collect();
        for (column, weight) in self.disturbances.iter().zip(&weights[sources..]) {
            model.iter_mut().zip(column).for_each(|(sum, part)| *sum += weight * part);
        }
        model.iter_mut().zip(least).for_each(|(bin, least)| *bin = bin.max(least));
        model
    }

    /// Fits from these weights on.
    pub fn fit(&self, data: &Data<'_>, start: Vec<f64>) -> Fit {
        let sources = self.sources.len();
        let mut weights = start;
        weights.resize(self.len(), 0.0);
        let mut model = self.model(&weights);
        let mut goal = goal(data, &model, &weights[sources..]);
        for _ in 0..ROUNDS {
            let Some(step) = self.step(data, &model, &weights) else { break };
            let mut scale = 1.0;
            let mut risen = 0.0;
            while scale > 1e-3 {
                let tried: Vec<f64> = weights.iter().zip(&step).map(|(w, s)| w + scale * s).collect();
                let tried = clip(tried, sources);
                let next = self.model(&tried);
                let reached = self::goal(data, &next, &tried[sources..]);
                if reached > goal {
                    risen = reached - goal;
                    (weights, model, goal) = (tried, next, reached);
                    break;
                }
                scale *= 0.35;
            }
            if risen < DONE {
                break;
            }
        }
        let quality = goal - self.room(data, &model);
        Fit { weights, model, quality }
    }

    /// A Fisher step of all weights that are not held at zero.
    fn step(&self, data: &Data<'_>, model: &[f64], weights: &[f64]) -> Option<Vec<f64>> {
        let sources = self.sources.len();
        let pull: Vec<f64> =
            (0..model.len()).map(|bin| data.trust[bin] * (data.counts[bin] / model[bin] - 1.0)).collect();
        let slope = |at: usize| {
            let own = dot(self.column(at), &pull);
            if at < sources { own } else { own - weights[at] }
        };
        let slopes: Vec<f64> = (0..self.len()).map(slope).collect();
        let moves = |at: &usize| *at >= sources || weights[*at] > 0.0 || slopes[*at] > 0.0;
        let mut free: Vec<usize> = (0..self.len()).filter(moves).collect();
        while !free.is_empty() {
            let mut side: Vec<f64> = free.iter().map(|at| slopes[*at]).collect();
            self.information(data, model, &free).solve(&mut side);
            let mut step = vec![0.0; self.len()];
            free.iter().zip(side).for_each(|(at, part)| step[*at] = part);
            // What would leave its bound downwards is held there, and the others step without it.
            let count = free.len();
            free.retain(|at| *at >= sources || weights[*at] > 0.0 || step[*at] >= 0.0);
            if free.len() == count {
                return Some(step);
            }
        }
        None
    }

    /// Expected information of these columns, and one for each disturbance.
    fn information(&self, data: &Data<'_>, model: &[f64], free: &[usize]) -> Cholesky {
        let size = free.len();
        let weight: Vec<f64> = data.trust.iter().zip(model).map(|(trust, bin)| trust / bin).collect();
        let mut matrix = vec![0.0; size * size];
        for (row, a) in free.iter().enumerate() {
            let weighted: Vec<f64> = self.column(*a).iter().zip(&weight).map(|(x, w)| x * w).collect();
            for (column, b) in free.iter().enumerate().take(row + 1) {
                let sum = dot(&weighted, self.column(*b));
                matrix[row * size + column] = sum;
                matrix[column * size + row] = sum;
            }
            if *a >= self.sources.len() {
                matrix[row * size + row] += 1.0;
            }
        }
        Cholesky::new(matrix, size)
    }

    fn room(&self, data: &Data<'_>, model: &[f64]) -> f64 {
        let sources = self.sources.len();
        let free: Vec<usize> = (sources..self.len()).collect();
        if free.is_empty() { 0.0 } else { self.information(data, model, &free).log_determinant() }
    }

    /// What is left of a column's score when the others have had their share: score and information, for many
    /// candidates.
    pub fn projector(&self, data: &Data<'_>, fit: &Fit) -> Projector {
        let sources = self.sources.len();
        let used = |at: &usize| *at >= sources || fit.weights[*at] > 0.0;
        let free: Vec<usize> = (0..self.len()).filter(used).collect();
        let weight: Vec<f64> = data.trust.iter().zip(&fit.model).map(|(trust, bin)| trust / bin).collect();
        let factor = self.information(data, &fit.model, &free);
        let columns: Vec<Vec<f64>> = free
            .iter()
            .map(|at| self.column(*at).iter().zip(&weight).map(|(x, w)| x * w).collect())
            .collect();
        let pull = (0..weight.len()).map(|bin| weight[bin] * (data.counts[bin] - fit.model[bin])).collect();
        Projector { weight, pull, columns, factor }
    }
}

/// Ready to score candidates against a fit.
pub struct Projector {
    weight: Vec<f64>,
    pull: Vec<f64>,
    columns: Vec<Vec<f64>>,
    factor: Cholesky,
}

impl Projector {
    /// Of weighted residuals, with one column projected out.
    pub fn least_squares(weight: Vec<f64>, pull: Vec<f64>, column: &[f64]) -> Self {
        let factor = Cholesky::new(vec![dot_square(column, &weight)], 1);
        let columns = vec![column.iter().zip(&weight).map(|(x, w)| x * w).collect()];
        Self { weight, pull, columns, factor }
    }

    /// The score test of one more source: U^2 / I, with the fitted columns projected out; zero when it would
    /// be negative.
    pub fn score(&self, candidate: &[f64]) -> f64 {
        let slope = dot(candidate, &self.pull);
        if slope <= 0.0 {
            return 0.0;
        }
        let own = dot_square(candidate, &self.weight);
        let mut side: Vec<f64> = self.columns.iter().map(|column| dot(column, candidate)).collect();
        self.factor.forward(&mut side);
        let taken: f64 = side.iter().map(|part| part * part).sum();
        let left = own - taken;
        if left > 1e-4 * own { slope * slope / left } else { 0.0 }
    }
}

fn clip(mut weights: Vec<f64>, sources: usize) -> Vec<f64> {
    weights[..sources].iter_mut().for_each(|weight| *weight = weight.max(0.0));
    weights
}

/// Twice the logarithm of the likelihood, less the square of the disturbances.
fn goal(data: &Data<'_>, model: &[f64], disturbances: &[f64]) -> f64 {
    let mut sum = 0.0;
    for ((counts, trust), bin) in data.counts.iter().zip(data.trust).zip(model) {
        let log = if *counts > 0.0 { counts * libm::log(*bin) } else { 0.0 };
        sum += trust * (log - bin);
    }
    2.0 * sum - disturbances.iter().map(|part| part * part).sum::<f64>()
}
