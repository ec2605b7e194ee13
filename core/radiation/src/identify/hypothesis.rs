//! One hypothesis: these nuclides, at this gain. How well it explains a measurement when its templates may be
//! wrong.
//!
//! Templates are computed, so their error does not fall with the counts. Three things keep a name from
//! explaining it: smooth factors on the sources' sum, disturbances of energy scale and resolution, and a
//! share of each bin that is never believed.

use super::fit::{Columns, Data, Fit, Projector};
use super::frame::Frame;

/// Standard deviation of the smooth factor on the sources.
const SMOOTH_ERROR: f64 = 0.15;
/// The same for a background that nobody measured.
const VACANT_ERROR: f64 = 0.30;
/// Standard deviation of each part of such a background.
const PART_ERROR: f64 = 0.35;
/// Standard deviation of the tilt of a measured background over the whole range (a vehicle takes more of its
/// low energies).
const TILT_ERROR: f64 = 0.015;
/// Share of the sources in a bin that its counts cannot contradict.
const BIN_ERROR: f64 = 0.05;
/// The same before a misfit is a sign of something else.
const SHAPE_ERROR: f64 = 0.10;
/// Share of all of the sources' counts that may be in any soft bin: X-rays of what is around, and soft pulses
/// that came together.
const STRAY_SHARE: f64 = 0.002;
const STRAY_KEV: f64 = 150.0;
/// Bins from one smooth bump to the next: about four widths of a line.
const BUMP_BINS: f64 = 8.0;
/// The same where a name must show structure of its own.
const STRUCTURE_BINS: f64 = 12.0;
/// Standard deviation of the width of lines.
const WIDTH_ERROR: f64 = 0.07;
/// Standard deviation of the energy scale's bend at K-40's energy, and of its zero in keV.
const BEND_ERROR: f64 = 0.007;
const ZERO_ERROR_KEV: f64 = 1.5;
/// A surrounding is added when its score is over this.
const VARIANT_SCORE: f64 = 2.0;
const VARIANTS_MAX: usize = 3;

/// Nuclides with the surroundings that are in use.
#[derive(Debug, Clone, Default)]
pub struct Names {
    /// Number of the entry, and its templates.
    pub entries: Vec<(usize, Vec<usize>)>,
}

/// A hypothesis with its best weights.
#[derive(Debug, Clone)]
pub struct Hypothesis {
    pub names: Names,
    pub gain: usize,
    pub fit: Fit,
    pub trust: Vec<f64>,
    /// What hypotheses are compared by; the difference of two is their test statistic.
    pub quality: f64,
    disturbances: Vec<Vec<f64>>,
}

impl Names {
    /// One more.
    pub fn with(&self, entry: usize, template: usize) -> Self {
        let mut more = self.clone();
        more.entries.push((entry, vec![template]));
        more
    }

    /// One less.
    pub fn without(&self, at: usize) -> Self {
        let mut less = self.clone();
        less.entries.remove(at);
        less
    }

    fn templates(&self) -> impl Iterator<Item = usize> {
        self.entries.iter().flat_map(|(_, templates)| templates.iter().copied())
    }
}

impl Hypothesis {
    /// The best weights of these names at this gain; surroundings are added as the counts ask for them.
    pub fn new(frame: &Frame<'_>, mut names: Names, gain: usize) -> Self {
        let mut best = Self::fixed(frame, names.clone(), gain);
        for _ in 0..VARIANTS_MAX {
            let Some((at, template)) = best.missing(frame) else { break };
            names.entries[at].1.push(template);
            let more = Self::fixed(frame, names.clone(), gain);
            if more.quality <= best.quality + 0.5 {
                break;
            }
            best = more;
        }
        best
    }

    /// Its names with the surroundings that have a share of the counts.
    pub fn needed(&self) -> Names {
        let mut weights = self.fit.weights.iter().skip(1);
        let mut names = self.names.clone();
        for (_, templates) in &mut names.entries {
            let strongest = templates[0];
            templates.retain(|_| weights.next().is_some_and(|weight| *weight > 0.0));
            if templates.is_empty() {
                templates.push(strongest);
            }
        }
        names
    }

    /// The surrounding that the counts ask for most.
    fn missing(&self, frame: &Frame<'_>) -> Option<(usize, usize)> {
        let projector = (!self.names.entries.is_empty()).then(|| self.projector(frame))?;
        let mut best = (VARIANT_SCORE, None);
        for (at, (entry, used)) in self.names.entries.iter().enumerate() {
            let entry = &frame.library.entries[*entry];
            for template in (entry.first..entry.end).filter(|template| !used.contains(template)) {
                let score = projector.score(&frame.library.templates[self.gain][template]);
                if score > best.0 {
                    best = (score, Some((at, template)));
                }
            }
        }
        best.1
    }

    /// The best weights of these names behind these surroundings only.
    pub fn fixed(frame: &Frame<'_>, names: Names, gain: usize) -> Self {
        let sources = sources(frame, &names, gain);
        let total: f64 = frame.counts.iter().zip(&frame.covered).map(|(c, on)| c * on).sum();
        let start = vec![total / sources.len() as f64; sources.len()];
        let plain = Columns { sources: sources.clone(), disturbances: Vec::new() };
        let first = plain.fit(&Data { counts: &frame.counts, trust: &frame.covered }, start);
        let trust = trust(frame, &first, &sources, BIN_ERROR);
        let disturbances = disturbances(frame, &first, &sources, gain);
        let columns = Columns { sources, disturbances };
        let data = Data { counts: &frame.counts, trust: &trust };
        let fit = columns.fit(&data, first.weights);
        let quality = fit.quality + normal(frame, &trust) - unlikely(frame, &names, &fit);
        Self { names, gain, fit, trust, quality, disturbances: columns.disturbances }
    }

    /// Ready to score what else could be there.
    pub fn projector(&self, frame: &Frame<'_>) -> Projector {
        let sources = sources(frame, &self.names, self.gain);
        let columns = Columns { sources, disturbances: self.disturbances.clone() };
        columns.projector(&Data { counts: &frame.counts, trust: &self.trust }, &self.fit)
    }

    /// As `projector`, where any smooth shape may be in the counts too: what scores here has structure of its
    /// own.
    pub fn structure(&self, frame: &Frame<'_>) -> Projector {
        let sources = sources(frame, &self.names, self.gain);
        let mut disturbances = self.disturbances.clone();
        disturbances.extend(bumps(&self.fit.model, 3.0, STRUCTURE_BINS));
        let columns = Columns { sources, disturbances };
        let data = Data { counts: &frame.counts, trust: &self.trust };
        let fit = columns.fit(&data, self.fit.weights.clone());
        columns.projector(&data, &fit)
    }

    /// Net counts of each name.
    pub fn net(&self, at: usize) -> f64 {
        let before: usize = self.names.entries[..at].iter().map(|(_, templates)| templates.len()).sum();
        let own = self.names.entries[at].1.len();
        self.fit.weights[1 + before..1 + before + own].iter().sum()
    }

    /// Counts of the background.
    pub fn background(&self) -> f64 {
        self.fit.weights[0]
    }

    /// Twice the likelihood's distance from a perfect model, as far as bins are believed, and the bins that
    /// count.
    pub fn deviance(&self, frame: &Frame<'_>) -> (f64, f64) {
        self.distance(frame, &self.trust)
    }

    /// The same where only what is no error of a template's shape counts: a sign of something else.
    pub fn strangeness(&self, frame: &Frame<'_>) -> (f64, f64) {
        let sources = sources(frame, &self.names, self.gain);
        self.distance(frame, &trust(frame, &self.fit, &sources, SHAPE_ERROR))
    }

    fn distance(&self, frame: &Frame<'_>, trust: &[f64]) -> (f64, f64) {
        let mut sum = 0.0;
        let mut bins = 0.0;
        let measured = frame.counts.iter().zip(&frame.covered);
        for (((counts, covered), model), trust) in measured.zip(&self.fit.model).zip(trust) {
            let log = if *counts > 0.0 { counts * libm::log(counts / model) } else { 0.0 };
            sum += trust * 2.0 * (log - counts + model);
            bins += if *model > 0.5 { *covered } else { 0.0 };
        }
        (sum, bins)
    }
}

fn sources<'a>(frame: &'a Frame<'_>, names: &Names, gain: usize) -> Vec<&'a [f64]> {
    let mut columns: Vec<&[f64]> = vec![&frame.background[gain]];
    columns.extend(names.templates().map(|template| frame.library.templates[gain][template].as_slice()));
    columns
}

/// What the surroundings cost: for each name, the mean by counts.
fn unlikely(frame: &Frame<'_>, names: &Names, fit: &Fit) -> f64 {
    let mut weights = fit.weights.iter().skip(1);
    let mut cost = 0.0;
    for (_, templates) in &names.entries {
        let own = templates.iter().zip(weights.by_ref().take(templates.len()));
        let (sum, weighted) = own.fold((1e-30, 0.0), |(sum, weighted), (template, weight)| {
            (sum + weight, weighted + weight * frame.library.unlikely[*template])
        });
        cost += weighted / sum;
    }
    cost
}

/// What a source of the fit makes of the bins; the first is the background.
fn parts(fit: &Fit, sources: &[&[f64]]) -> (Vec<f64>, Vec<f64>) {
    let background: Vec<f64> = sources[0].iter().map(|bin| bin * fit.weights[0]).collect();
    let mut named = vec![0.0; background.len()];
    for (column, weight) in sources.iter().zip(&fit.weights).skip(1) {
        named.iter_mut().zip(*column).for_each(|(sum, part)| *sum += weight * part);
    }
    (background, named)
}

/// The share of a bin's Poisson information that is left by the errors of background and templates.
fn trust(frame: &Frame<'_>, fit: &Fit, sources: &[&[f64]], share: f64) -> Vec<f64> {
    let (background, named) = parts(fit, sources);
    let all = named.iter().sum::<f64>();
    let believed = (0..background.len()).map(|bin| {
        let is_soft = frame.library.edges_kev[bin] < STRAY_KEV;
        let stray = if is_soft { STRAY_SHARE * all } else { 0.0 };
        let error = background[bin] * background[bin] * frame.background_error[bin]
            + share * share * named[bin] * named[bin]
            + stray * stray;
        frame.covered[bin] * fit.model[bin] / (fit.model[bin] + error)
    });
    believed.collect()
}

/// What a Gaussian of the wider variance costs, so that doubt is no gain.
fn normal(frame: &Frame<'_>, trust: &[f64]) -> f64 {
    let bins = trust.iter().zip(&frame.covered).zip(&frame.counts);
    let cost = bins.map(|((trust, covered), counts)| {
        // Also the constant that makes a perfect model's likelihood zero, which the trust would scale.
        let log = if *counts > 0.0 { counts * libm::log(*counts) } else { 0.0 };
        let perfect = -2.0 * trust * (log - counts);
        perfect + if *covered > 0.0 { libm::log(*trust) } else { 0.0 }
    });
    cost.sum()
}

/// What may be wrong, each in units of its standard deviation.
fn disturbances(frame: &Frame<'_>, fit: &Fit, sources: &[&[f64]], gain: usize) -> Vec<Vec<f64>> {
    let (background, named) = parts(fit, sources);
    let bins = background.len();
    let is_named = named.iter().sum::<f64>() > 0.0;
    let mut columns: Vec<Vec<f64>> = if frame.measured {
        let tilt = |bin: usize| TILT_ERROR * (0.5 - bin as f64 / bins as f64) * 2.0;
        vec![background.iter().enumerate().map(|(bin, counts)| tilt(bin) * counts).collect()]
    } else {
        let part = |part: &Vec<f64>| part.iter().map(|bin| PART_ERROR * fit.weights[0] * bin).collect();
        let uncertain = background.iter().zip(&named);
        let uncertain = uncertain.map(|(b, n)| libm::hypot(VACANT_ERROR * b, SMOOTH_ERROR * n));
        let mut columns = bumps(&uncertain.collect::<Vec<_>>(), 1.0, BUMP_BINS);
        columns.extend(frame.library.vacant[gain].iter().map(part));
        columns
    };
    if is_named && frame.measured {
        columns.extend(
            bumps(&named, SMOOTH_ERROR, BUMP_BINS).into_iter().map(|bump| beside(bump, &named, &fit.model)),
        );
    }
    // What was measured has the lines as they are; what is computed may have them too narrow or misplaced.
    let computed = if frame.measured { named } else { fit.model.clone() };
    if is_named || !frame.measured {
        columns.push(widening(&computed, frame.library.width_bins));
        let edges = &frame.library.edges_kev;
        // A shift by d keV moves d/dE of the spectrum: counts that cross each edge.
        columns.push(shift(&computed, edges, |_| ZERO_ERROR_KEV));
        columns.push(shift(&computed, edges, |kev| BEND_ERROR * kev * (kev / 1460.8 - 0.5)));
    }
    columns
}

/// Smooth bumps over the whole range, each with this share of the counts; their sum is the counts.
fn bumps(counts: &[f64], share: f64, width: f64) -> Vec<Vec<f64>> {
    let last = ((counts.len() as f64 - 1.0) / width) as usize + 1;
    let bump = |middle: usize| {
        let part = |bin: usize| {
            let away = (bin as f64 - middle as f64 * width).abs() / width;
            let cosine = libm::cos(std::f64::consts::FRAC_PI_2 * away.min(1.0));
            cosine * cosine
        };
        counts.iter().enumerate().map(|(bin, counts)| share * part(bin) * counts).collect()
    };
    (0..=last).map(bump).collect()
}

/// What is left of a column beside a multiple of another, whose weight is free anyway.
fn beside(mut column: Vec<f64>, other: &[f64], model: &[f64]) -> Vec<f64> {
    let product =
        |a: &[f64]| -> f64 { a.iter().zip(other).zip(model).map(|((a, b), model)| a * b / model).sum() };
    let share = product(&column) / product(other).max(1e-30);
    column.iter_mut().zip(other).for_each(|(part, other)| *part -= share * other);
    column
}

/// What lines wider by one standard deviation change: half the growth of the variance times the second
/// difference.
fn widening(counts: &[f64], width_bins: f64) -> Vec<f64> {
    let sigma = width_bins / 2.354_82;
    let factor = WIDTH_ERROR * sigma * sigma;
    let at = |bin: Option<usize>| bin.and_then(|bin| counts.get(bin)).copied();
    let change = |bin: usize| {
        let own = counts[bin];
        let below = at(bin.checked_sub(1)).unwrap_or(own);
        factor * (below - 2.0 * own + at(Some(bin + 1)).unwrap_or(own))
    };
    (0..counts.len()).map(change).collect()
}

/// What an energy scale that reads `by` keV too high changes.
fn shift(counts: &[f64], edges: &[f64], by: impl Fn(f64) -> f64) -> Vec<f64> {
    let bins = counts.len();
    let dense = |bin: usize| counts[bin] / (edges[bin + 1] - edges[bin]);
    let crossing = |edge: usize| match edge {
        0 => by(edges[0]) * dense(0),
        edge if edge == bins => by(edges[bins]) * dense(bins - 1),
        edge => by(edges[edge]) * (dense(edge - 1) + dense(edge)) / 2.0,
    };
    (0..bins).map(|bin| crossing(bin) - crossing(bin + 1)).collect()
}
