//! One measurement, ready to be compared with a library: its counts in the library's bins, and the background
//! at every gain.

use super::library::{GAINS, Library, gain_of, tabulated};
use super::spectrum::Spectrum;

/// How far a bin of a measured background may stray from what its neighbours and the library expect, before
/// its own counts are believed: an error of 10 %.
const PRIOR_COUNTS: f64 = 100.0;
/// The error of each bin of a background that nobody measured.
const VACANT_BIN_ERROR: f64 = 0.05;
/// The share of K-40's peak that must stand out, in standard deviations, for it to be an anchor.
const ANCHOR_SIGMA: f64 = 5.0;
const K40_KEV: f64 = 1460.8;
/// A gain this far from that of the background measured before is a step, not a drift.
const GAIN_STEP: f64 = 0.03;

/// A measurement in the bins of a library.
pub struct Frame<'a> {
    pub library: &'a Library,
    pub counts: Vec<f64>,
    /// 1 where the spectrum covers the bin, else 0.
    pub covered: Vec<f64>,
    /// The background's shape at every gain, with sum 1 at gain 1.
    pub background: Vec<Vec<f64>>,
    /// Relative variance of each bin of the background's shape.
    pub background_error: Vec<f64>,
    /// Whether the background was measured.
    pub measured: bool,
    /// Gain of the spectrum by its K-40 line alone, when that stands out.
    pub anchor: Option<f64>,
    /// The same of the measured background.
    pub background_anchor: Option<f64>,
}

impl<'a> Frame<'a> {
    /// Of a spectrum and the background measured by the same detector.
    pub fn new(foreground: &Spectrum, background: Option<&Spectrum>, library: &'a Library) -> Self {
        let edges = &library.edges_kev;
        let counts = foreground.rebin(edges.iter().copied());
        let covered = covered(foreground, edges);
        let anchor = anchor(&counts, library);
        let mut frame = Self {
            library,
            counts,
            covered,
            background: library.vacant.iter().map(|parts| sum(parts)).collect(),
            background_error: vec![VACANT_BIN_ERROR * VACANT_BIN_ERROR; library.bins()],
            measured: false,
            anchor,
            background_anchor: None,
        };
        if let Some(background) = background.filter(|background| background.total() > 0.0) {
            frame.take_background(background);
        }
        frame
    }

    /// Whether a line of K-40 says what the gain is: the spectrum's own, or that of its measured background when
    /// the gain found is near to it.
    pub fn anchors(&self, gain: f64) -> bool {
        self.anchor.is_some() || self.background_anchor.is_some_and(|known| (gain - known).abs() <= GAIN_STEP)
    }

    fn take_background(&mut self, background: &Spectrum) {
        let edges = &self.library.edges_kev;
        let own = background.rebin(edges.iter().copied());
        let total: f64 = own.iter().sum();
        if total <= 0.0 {
            return;
        }
        self.background_anchor = anchor(&own, self.library);
        // At one of the gains the background is then taken as it was measured: between two, its sharp lines
        // would differ from the same spectrum's by far more than counting does.
        let own_gain = tabulated(self.background_anchor.unwrap_or(1.0));
        self.background_error = own.iter().map(|counts| 1.0 / (PRIOR_COUNTS + counts)).collect();
        let shapes = (0..GAINS).map(|gain| {
            let ratio = own_gain / gain_of(gain as f64);
            let counts = background.rebin(edges.iter().map(|edge| edge * ratio));
            let expected = smoothed(&counts);
            let believed = counts.iter().zip(expected).map(|(counts, expected)| {
                // The mean of a gamma prior around what is expected, and Poisson counts.
                (PRIOR_COUNTS + counts) / (PRIOR_COUNTS / expected + 1.0) / total
            });
            believed.collect()
        });
        self.background = shapes.collect();
        self.measured = true;
    }
}

fn sum(parts: &[Vec<f64>]) -> Vec<f64> {
    let mut all = vec![0.0; parts.first().map_or(0, Vec::len)];
    parts.iter().for_each(|part| all.iter_mut().zip(part).for_each(|(sum, bin)| *sum += bin));
    all
}

/// A local mean of the counts, wide where there are few.
fn smoothed(counts: &[f64]) -> Vec<f64> {
    let mean = |bin: usize| {
        let mut reach = 1;
        loop {
            let low = bin.saturating_sub(reach);
            let high = (bin + reach + 1).min(counts.len());
            let sum: f64 = counts[low..high].iter().sum();
            if sum >= 12.0 || reach >= 8 {
                return (sum + 0.1) / (high - low) as f64;
            }
            reach += 1;
        }
    };
    (0..counts.len()).map(mean).collect()
}

/// A bin counts when the spectrum reaches over all of it.
fn covered(spectrum: &Spectrum, edges: &[f64]) -> Vec<f64> {
    let own = spectrum.edges_kev();
    let (first, last) = (own[0], own[own.len() - 1]);
    edges.windows(2).map(|pair| if pair[0] >= first && pair[1] <= last { 1.0 } else { 0.0 }).collect()
}

/// The gain at which a line at K-40's place stands out most over a straight line, when it does.
fn anchor(counts: &[f64], library: &Library) -> Option<f64> {
    let roots: Vec<f64> = library.edges_kev.windows(2).map(|p| libm::sqrt((p[0] + p[1]) / 2.0)).collect();
    let step = roots.get(1)? - roots.first()?;
    let sigma = library.width_bins * step / 2.354_82;
    let mut best = (0.0, 1.0);
    for place in 0..=60 {
        let gain = 0.94 + 0.002 * f64::from(place);
        let middle = libm::sqrt(K40_KEV * gain);
        let near = |root: &f64| (root - middle).abs() < 4.0 * sigma;
        let first = roots.iter().position(near)?;
        let end = first + roots[first..].iter().take_while(|root| near(root)).count();
        let shape: Vec<f64> = roots[first..end]
            .iter()
            .map(|root| libm::exp(-0.5 * ((root - middle) / sigma) * ((root - middle) / sigma)))
            .collect();
        let found = stand_out(&counts[first..end], &shape);
        if found > best.0 {
            best = (found, gain);
        }
    }
    (best.0 > ANCHOR_SIGMA).then_some(best.1)
}

/// How far a shape stands out over a straight line, in standard deviations.
fn stand_out(counts: &[f64], shape: &[f64]) -> f64 {
    let size = counts.len() as f64;
    let mean: f64 = counts.iter().sum::<f64>() / size;
    if mean <= 0.0 || counts.len() < 5 {
        return 0.0;
    }
    let middle = (size - 1.0) / 2.0;
    let slope_square: f64 = (0..counts.len()).map(|at| (at as f64 - middle) * (at as f64 - middle)).sum();
    let level: f64 = shape.iter().sum::<f64>() / size;
    let tilt: f64 =
        shape.iter().enumerate().map(|(at, part)| (at as f64 - middle) * part).sum::<f64>() / slope_square;
    let left = shape.iter().enumerate().map(|(at, part)| part - level - tilt * (at as f64 - middle));
    let left: Vec<f64> = left.collect();
    let found: f64 = left.iter().zip(counts).map(|(part, counts)| part * counts).sum();
    let variance: f64 = left.iter().zip(counts).map(|(part, counts)| part * part * counts.max(0.5)).sum();
    found / libm::sqrt(variance)
}
