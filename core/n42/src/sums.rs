//! What was counted in a file, in all measurements and all detectors.

use std::collections::BTreeMap;

use crate::document::{Category, Measurement, Windows};
use crate::reader::Part;

/// Counts of a file, added up part by part.
///
/// As other programs add them: derived data count like measurements, and all neutron counts of a measurement
/// count. Gamma counts are those of the spectra. Where a document has no gamma spectra they are the gross counts;
/// of energy windows, a window inside of another one is not counted again.
#[derive(Debug, Default)]
pub struct Sums {
    document: Open,
    gamma: f64,
    neutron: f64,
    measurements: usize,
}

/// What cannot be added before the document ends: detectors and windows may follow what refers to them.
#[derive(Debug, Default)]
struct Open {
    categories: BTreeMap<String, Category>,
    windows: BTreeMap<String, Windows>,
    /// By detector.
    spectra: BTreeMap<String, f64>,
    /// By detector and windows: the sum of each window.
    gross: BTreeMap<(String, Option<String>), Vec<f64>>,
}

impl Sums {
    /// Takes one part into account.
    pub fn add(&mut self, part: &Part) {
        match part {
            Part::Detector(detector) => {
                self.document.categories.insert(detector.id.clone(), detector.category);
            }
            Part::Windows(windows) => {
                self.document.windows.insert(windows.id.clone(), windows.clone());
            }
            Part::Measurement(measurement) => {
                self.measurements += 1;
                self.document.add(measurement);
            }
            Part::Derived(derived) => self.document.add(derived),
            Part::End => {
                let (gamma, neutron) = std::mem::take(&mut self.document).close();
                self.gamma += gamma;
                self.neutron += neutron;
            }
            _ => (),
        }
    }

    /// Photons counted.
    pub fn gamma(&self) -> f64 {
        self.gamma
    }

    /// Neutrons counted.
    pub fn neutron(&self) -> f64 {
        self.neutron
    }

    /// Number of measurements, without derived data.
    pub fn measurements(&self) -> usize {
        self.measurements
    }
}

impl Open {
    fn add(&mut self, measurement: &Measurement) {
        for spectrum in &measurement.spectra {
            *self.spectra.entry(spectrum.detector.clone()).or_default() += spectrum.total();
        }
        for gross in &measurement.gross {
            let sums = self.gross.entry((gross.detector.clone(), gross.windows.clone())).or_default();
            if sums.len() < gross.counts.len() {
                sums.resize(gross.counts.len(), 0.0);
            }
            sums.iter_mut().zip(&gross.counts).for_each(|(sum, count)| *sum += count);
        }
    }

    fn close(self) -> (f64, f64) {
        let is_neutron = |id: &str| self.categories.get(id) == Some(&Category::Neutron);
        let is_gamma = |id: &str| matches!(self.categories.get(id), None | Some(Category::Gamma));
        let (mut gamma, mut neutron, mut gross) = (0.0, 0.0, 0.0);
        for (detector, total) in &self.spectra {
            *if is_neutron(detector) { &mut neutron } else { &mut gamma } += total;
        }
        for ((detector, windows), counts) in &self.gross {
            let windows = windows.as_ref().and_then(|id| self.windows.get(id));
            if is_neutron(detector) {
                neutron += counts.iter().sum::<f64>();
            } else if is_gamma(detector) {
                gross += outer(counts, windows);
            }
        }
        let has_spectra = self.spectra.keys().any(|detector| !is_neutron(detector));
        (if has_spectra { gamma } else { gross }, neutron)
    }
}

/// The sum of the counts of windows that lie inside of no other one.
pub(crate) fn outer(counts: &[f64], windows: Option<&Windows>) -> f64 {
    let bounds = windows.map_or(&[][..], |windows| windows.bounds.as_slice());
    // More windows than any instrument has are not compared with each other.
    if bounds.len() != counts.len() || bounds.len() > 256 {
        return counts.iter().sum();
    }
    let inside = |one: usize, other: usize| {
        let ((low, high), (least, most)) = (bounds[one], bounds[other]);
        let within = least <= low && high <= most;
        within && (bounds[one] != bounds[other] || other < one)
    };
    let is_outer = |one: &usize| !(0..bounds.len()).any(|other| other != *one && inside(*one, other));
    (0..counts.len()).filter(is_outer).map(|index| counts[index]).sum()
}
