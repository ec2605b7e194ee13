//! What several tests need of one pass, computed once.

use super::fit::Sample;
use super::law::PointLaw;
use super::model::{Block, Modes, Null, Prior};
use super::pass::{Pass, PassRecord};
use super::rate;
use super::settings::Settings;

/// Thresholds are calibrated for so many samples; more samples are more chances.
const REFERENCE_SAMPLES: f64 = 30.0;

/// The worst place is looked for at every so many places.
const EVERY: usize = 4;

/// Speeds that amplitudes are scaled by, in m/s; a vehicle that stands is no slower.
const SPEED_MPS: [f64; 2] = [0.3, 15.0];

/// A pass with its settings.
pub struct View<'a> {
    pub pass: &'a Pass,
    pub settings: &'a Settings,
    /// Counts of all panels together, in each sample.
    pub counts: Vec<f64>,
    /// Background of all panels together, in cps.
    pub background: f64,
    pub background_live_s: f64,
    /// Places behind the front that a source may be at, in m.
    pub x0: Vec<f64>,
    pub prior: Prior,
    /// One class of modes and one block: the sum.
    pub classes: [Modes; 1],
    pub blocks: [Block; 1],
    pub null: Null,
    around: Vec<Vec<Around>>,
}

/// A window around a place behind the front.
pub struct Around {
    /// Time that it was in front of the panels, in s.
    pub live_s: f64,
    /// Counts that are expected there without a source.
    pub expected: f64,
    /// Counts that a source of 1 cps at its peak gives there.
    pub reach: f64,
    /// How many of those the fitted nuisances take for themselves.
    pub taken: f64,
}

impl<'a> View<'a> {
    pub fn new(pass: &'a Pass, settings: &'a Settings) -> Self {
        let record = pass.record();
        let counts: Vec<f64> = pass.sums().collect();
        let background = pass.background_cps();
        let step = settings.source.step_d * settings.distance_m;
        // The places are 0, one step, two steps... up to the length.
        let last = libm::floor(record.length_m / step + 1e-9) as usize;
        let prior = Prior::new(pass, settings);
        let classes = [Modes::new(pass, settings)];
        let block = Block { counts: counts.clone(), background: background * record.dt_s, class: 0 };
        let blocks = [block];
        let mut view = Self {
            pass,
            settings,
            counts,
            background,
            background_live_s: record.background_live_s.unwrap_or(settings.background_live_s),
            x0: (0..=last).map(|k| k as f64 * step).collect(),
            null: Null::fit(&classes, &blocks, &prior),
            prior,
            classes,
            blocks,
            around: Vec::new(),
        };
        view.around = view.windows();
        view
    }

    pub fn record(&self) -> &'a PassRecord {
        self.pass.record()
    }

    pub fn dt_s(&self) -> f64 {
        self.record().dt_s
    }

    /// The sum of the panels, for fits.
    pub fn sample(&self) -> Sample<'_> {
        let block = &self.blocks[0];
        Sample::new(&block.counts, block.background, &self.classes[0], &self.prior)
    }

    pub fn law(&self) -> PointLaw {
        PointLaw::new(self.settings.distance_m, self.settings.exponent)
    }

    /// Widths of windows, in m.
    pub fn widths_m(&self) -> Vec<f64> {
        self.settings.windows.widths_d.iter().map(|width| width * self.settings.distance_m).collect()
    }

    /// Peak rates to look for, in cps: as hard to see at this background and speed as those of the settings at
    /// the reference.
    pub fn amplitudes(&self) -> Vec<f64> {
        let source = &self.settings.source;
        let scale = (self.background / source.background_cps * self.speed()).sqrt();
        source.amplitudes_cps.iter().map(|a| a * scale).collect()
    }

    /// What model errors grow by when there are more counts than in the calibration: chance makes fewer
    /// deviations of a wrong shadow then. At least 1.
    pub fn model_error(&self) -> f64 {
        (self.background / self.settings.source.background_cps / self.speed()).sqrt().max(1.0)
    }

    /// The factor for tests that allow for model errors themselves. Simulations show a need only above twice
    /// the deviations of the calibration.
    pub fn rest_of_model_error(&self) -> f64 {
        (0.5 * self.model_error()).max(1.0)
    }

    /// Mean speed over that of the reference.
    fn speed(&self) -> f64 {
        self.pass.mean_speed_mps().clamp(SPEED_MPS[0], SPEED_MPS[1]) / self.settings.source.speed_mps
    }

    /// ln of the number of samples over that of the calibration, at least 0: a tail that falls as e^-t needs so
    /// much more.
    pub fn more_samples(&self) -> f64 {
        libm::log(self.counts.len() as f64 / REFERENCE_SAMPLES).max(0.0)
    }

    /// A threshold in deviations for as many samples as this pass has.
    pub fn per_sample(&self, normal: f64) -> f64 {
        (normal * normal + 2.0 * self.more_samples()).sqrt()
    }

    /// Peak rate of the least source that the best window shows, at the place in the vehicle where that is most.
    /// `least` gives it for a window.
    pub fn worst_place(&self, least: impl Fn(&Around) -> f64) -> Option<f64> {
        let rate = |around: &Around| Some(least(around)).filter(|rate| !rate.is_nan());
        let at =
            |windows: &Vec<Around>| windows.iter().filter_map(rate).fold(f64::INFINITY, f64::min).max(0.0);
        rate::told(self.around.iter().map(at).fold(0.0, f64::max))
    }

    /// Windows of all widths around every few places.
    fn windows(&self) -> Vec<Vec<Around>> {
        let mut rates = vec![0.0; self.counts.len()];
        let widths = self.widths_m();
        let at = |x0: &f64| {
            self.law().rates(&self.record().x_m, *x0, &mut rates);
            let taken = self.null.taken(&self.classes[0], &rates);
            widths.iter().map(|width| self.around(*x0, *width, &rates, &taken)).collect()
        };
        self.x0.iter().step_by(EVERY).map(at).collect()
    }

    fn around(&self, x0: f64, width: f64, rates: &[f64], taken: &[f64]) -> Around {
        let share = &self.null.classes[0].share;
        let mut sums = [0.0; 4];
        for (i, x) in self.record().x_m.iter().enumerate() {
            if (x - x0).abs() <= 0.5 * width {
                let values = [1.0, share[i], rates[i], taken[i]];
                sums.iter_mut().zip(values).for_each(|(sum, value)| *sum += value);
            }
        }
        let [samples, share, reach, taken] = sums.map(|sum| sum * self.dt_s());
        Around { live_s: samples, expected: share * self.background, reach, taken }
    }
}
