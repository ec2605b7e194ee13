//! What one measurement says, in the words of the model.

use std::collections::BTreeMap;

use greenlane_driver::model::units::{CountsPerSecond, Seconds};
use greenlane_driver::model::{Background, Counts, Radiation, Spectrum, SpectrumClass, Stamp};
use greenlane_n42::document::{self, Category, Class, Document, Energy, GrossCounts, Measurement};

use super::portal::Raised;

/// Spectra with more channels than this are not said: no portal has them.
const MOST_CHANNELS: usize = 16_384;
/// Longest interval that is believed, in s.
const LONGEST_S: f64 = 86_400.0;

/// What earlier documents told of detectors and calibrations: they need not be in each.
#[derive(Debug, Default)]
pub(super) struct Known {
    detectors: BTreeMap<String, (String, Category)>,
    calibrations: BTreeMap<String, Option<Vec<f64>>>,
}

/// Most detectors and calibrations that are remembered.
const MOST_KNOWN: usize = 256;

impl Known {
    pub(super) fn learn(&mut self, document: &Document) {
        for detector in &document.detectors {
            if self.detectors.len() < MOST_KNOWN || self.detectors.contains_key(&detector.id) {
                let name = detector.name.clone().unwrap_or_else(|| detector.id.clone());
                self.detectors.insert(detector.id.clone(), (name, detector.category));
            }
        }
        for calibration in &document.calibrations {
            if self.calibrations.len() < MOST_KNOWN || self.calibrations.contains_key(&calibration.id) {
                self.calibrations.insert(calibration.id.clone(), polynomial(&calibration.energy));
            }
        }
    }

    /// What the detector of the n-th counts of a measurement counts. Without a description of detectors the
    /// first counts are gamma and the second neutron, as the one public reader of this device has it.
    fn category(&self, detector: &str, place: usize) -> Category {
        match self.detectors.get(detector) {
            Some((_, category)) => *category,
            None if place == 1 => Category::Neutron,
            None => Category::Gamma,
        }
    }

    fn name(&self, detector: &str) -> String {
        self.detectors.get(detector).map_or_else(|| detector.to_owned(), |(name, _)| name.clone())
    }
}

/// Coefficients of 1, n and n^2; `None` when the relation is not of this form.
fn polynomial(energy: &Energy) -> Option<Vec<f64>> {
    let coefficients = match energy {
        Energy::Coefficients(terms) => terms.clone(),
        Energy::Boundaries(edges) => {
            let (first, last) = (*edges.first()?, *edges.last()?);
            let step = (last - first) / (edges.len().checked_sub(1).filter(|n| *n > 0)? as f64);
            let even =
                |(n, edge): (usize, &f64)| (edge - (first + n as f64 * step)).abs() <= 1e-3 * step.abs();
            edges.iter().enumerate().all(even).then(|| vec![first, step])?
        }
    };
    let rising = coefficients.get(1).is_some_and(|gain| *gain > 0.0);
    let finite = coefficients.iter().all(|term| term.is_finite());
    (rising && finite && coefficients.len() <= 3).then_some(coefficients)
}

/// A measurement with its place in time.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sample<'a> {
    pub measurement: &'a Measurement,
    /// When it ended.
    pub end: Stamp,
    pub real: Seconds,
}

/// The measurements of a document that are samples of a passage or of an empty portal, and those that are the
/// device's background. The last sample ended `now`, each earlier one when the next began.
pub(super) fn split<'a>(now: Stamp, document: &'a Document) -> (Vec<Sample<'a>>, Vec<Sample<'a>>) {
    let (mut samples, mut backgrounds) = (Vec::new(), Vec::new());
    let mut end = now;
    for measurement in document.measurements.iter().rev() {
        let Some(real) = real(measurement) else { continue };
        match (measurement.occupied, measurement.class) {
            (Some(true), _) | (_, Class::Foreground) => {
                samples.push(Sample { measurement, end, real });
                end = end.shifted(-nanos(real));
            }
            (_, Class::Background) => backgrounds.push(Sample { measurement, end: now, real }),
            _ => {}
        }
    }
    samples.reverse();
    backgrounds.reverse();
    (samples, backgrounds)
}

/// A length above zero.
fn real(measurement: &Measurement) -> Option<Seconds> {
    measurement.real_time_s.filter(|s| *s > 0.0 && *s <= LONGEST_S).and_then(Seconds::new)
}

/// At most a day.
fn nanos(seconds: Seconds) -> i64 {
    (seconds.value() * 1e9) as i64
}

impl Sample<'_> {
    /// Its middle, with half its length as uncertainty: an edge within it lies somewhere there.
    pub(super) fn middle(&self) -> Stamp {
        let half = nanos(self.real) / 2;
        let mut middle = self.end.shifted(-half);
        middle.uncertainty_ns = middle.uncertainty_ns.saturating_add(half.unsigned_abs());
        middle
    }

    /// Gross counts of one kind, by detector; `None` when there are none, or one is no count.
    pub(super) fn counts(&self, known: &Known, radiation: Radiation, raised: &Raised) -> Option<Counts> {
        let wanted = if radiation == Radiation::Neutron { Category::Neutron } else { Category::Gamma };
        let counts = self.gross(known, wanted).map(whole).collect::<Option<Vec<_>>>()?;
        let alarm = raised.is_of(radiation);
        (!counts.is_empty()).then_some(Counts { interval: self.real, counts, alarm, pre_roll: false })
    }

    /// The background's rates, by detector.
    pub(super) fn background(&self, known: &Known) -> Option<Background> {
        let rates = |category| {
            let rate =
                |count: f64| CountsPerSecond::new(count / self.real.value()).filter(|r| r.value() >= 0.0);
            let rates = self.gross(known, category).map(rate).collect::<Option<Vec<_>>>()?;
            (!rates.is_empty()).then_some(rates)
        };
        let (gamma_cps, neutron_cps) = (rates(Category::Gamma), rates(Category::Neutron));
        (gamma_cps.is_some() || neutron_cps.is_some()).then_some(Background { gamma_cps, neutron_cps })
    }

    /// One spectrum a gamma detector: of two of the same counts on two scales the one with more channels. What
    /// cannot be said is counted.
    pub(super) fn spectra(&self, known: &Known, class: SpectrumClass) -> (Vec<Spectrum>, usize) {
        let mut best = BTreeMap::<&str, &document::Spectrum>::new();
        let gamma = |s: &&document::Spectrum| known.category(&s.detector, 0) != Category::Neutron;
        for spectrum in self.measurement.spectra.iter().filter(gamma) {
            let place = best.entry(&spectrum.detector).or_insert(spectrum);
            if spectrum.channels.len() > place.channels.len() {
                *place = spectrum;
            }
        }
        let all = best.len();
        let spectra: Vec<_> = best.into_values().filter_map(|s| self.spectrum(known, s, class)).collect();
        let lost = all - spectra.len();
        (spectra, lost)
    }

    fn spectrum(&self, known: &Known, from: &document::Spectrum, class: SpectrumClass) -> Option<Spectrum> {
        let counts = from.channels.iter().copied().map(whole).collect::<Option<Vec<_>>>()?;
        let calibration_kev = known.calibrations.get(&from.calibration)?.clone()?;
        if counts.is_empty() || counts.len() > MOST_CHANNELS {
            return None;
        }
        // A live time beyond the real time is none.
        let live = from.live_time_s.filter(|live| (0.0..=self.real.value() * 1.001).contains(live));
        let live = live.and_then(Seconds::new).unwrap_or(self.real);
        let detector = known.name(&from.detector);
        Some(Spectrum { detector, live, real: self.real, counts, calibration_kev, class })
    }

    fn gross<'k>(&'k self, known: &'k Known, category: Category) -> impl Iterator<Item = f64> + 'k {
        let of =
            move |(place, gross): &(usize, &GrossCounts)| known.category(&gross.detector, *place) == category;
        let gross = self.measurement.gross.iter().enumerate().filter(of);
        // The first value is the sum where there is more than one.
        gross.filter_map(|(_, gross)| gross.counts.first().copied())
    }
}

/// A count: whole and not negative.
fn whole(number: f64) -> Option<u32> {
    ((0.0..=f64::from(u32::MAX)).contains(&number) && number.fract() == 0.0).then_some(number as u32)
}
