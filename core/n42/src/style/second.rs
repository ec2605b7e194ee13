//! Samples added up to seconds.

use std::collections::BTreeMap;

use crate::document::{Document, DoseRate, GrossCounts, Measurement, Spectrum};

/// What is shorter than this, and within this from the first sample, belongs together.
const SECOND_S: f64 = 1.0;
/// Instruments round the starts of their samples.
const ROUNDING_S: f64 = 0.001;

/// The document with measurements of a second.
pub(super) fn of(document: &Document) -> Document {
    let mut renamed = BTreeMap::new();
    let mut measurements: Vec<Measurement> = Vec::new();
    let mut open = false;
    for sample in &document.measurements {
        let short = sample.real_time_s.is_some_and(|seconds| seconds < SECOND_S - ROUNDING_S);
        match measurements.last_mut() {
            Some(second) if open && short && belongs(second, sample) => add(second, sample),
            _ => measurements.push(sample.clone()),
        }
        open = short;
        if let Some(second) = measurements.last() {
            renamed.insert(&sample.id, second.id.clone());
        }
    }
    let mut results = document.results.clone();
    for analysis in &mut results {
        let ids = analysis.measurements.iter().filter_map(|id| renamed.get(id).cloned());
        let mut ids: Vec<_> = ids.collect();
        ids.dedup();
        analysis.measurements = ids;
    }
    Document { measurements, results, ..document.clone() }
}

fn belongs(second: &Measurement, sample: &Measurement) -> bool {
    let within = second
        .start
        .zip(sample.start)
        .is_some_and(|(first, this)| (0.0..SECOND_S - ROUNDING_S).contains(&this.seconds_since(first)));
    let same_spectra = sample.spectra.iter().all(|one| {
        let other = second.spectra.iter().find(|other| other.detector == one.detector);
        other.is_none_or(|other| {
            other.calibration == one.calibration && other.channels.len() == one.channels.len()
        })
    });
    let same_counts = sample.gross.iter().all(|one| {
        let other = second.gross.iter().find(|other| other.detector == one.detector);
        other.is_none_or(|other| other.windows == one.windows && other.counts.len() == one.counts.len())
    });
    within
        && same_spectra
        && same_counts
        && (second.class, second.occupied) == (sample.class, sample.occupied)
}

fn add(second: &mut Measurement, sample: &Measurement) {
    for spectrum in &sample.spectra {
        match second.spectra.iter_mut().find(|other| other.detector == spectrum.detector) {
            Some(sum) => add_spectrum(sum, spectrum),
            None => second.spectra.push(spectrum.clone()),
        }
    }
    for gross in &sample.gross {
        match second.gross.iter_mut().find(|other| other.detector == gross.detector) {
            Some(sum) => add_gross(sum, gross),
            None => second.gross.push(gross.clone()),
        }
    }
    let (so_far, more) = (second.real_time_s.unwrap_or(0.0), sample.real_time_s.unwrap_or(0.0));
    for dose in &sample.doses {
        match second.doses.iter_mut().find(|other| other.detector == dose.detector) {
            Some(mean) => add_dose(mean, dose, so_far, more),
            None => second.doses.push(dose.clone()),
        }
    }
    second.real_time_s = sum(second.real_time_s, sample.real_time_s);
    second.speed_m_s = sample.speed_m_s.or(second.speed_m_s);
    second.position = second.position.or(sample.position);
    second.remarks.extend_from_slice(&sample.remarks);
    for fault in &sample.faults {
        if !second.faults.contains(fault) {
            second.faults.push(fault.clone());
        }
    }
    if second.characteristics.is_empty() {
        second.characteristics.clone_from(&sample.characteristics);
    }
}

fn add_spectrum(sum_of: &mut Spectrum, spectrum: &Spectrum) {
    sum_of.channels.iter_mut().zip(&spectrum.channels).for_each(|(sum, count)| *sum += count);
    sum_of.live_time_s = sum(sum_of.live_time_s, spectrum.live_time_s);
}

fn add_gross(sum_of: &mut GrossCounts, gross: &GrossCounts) {
    sum_of.counts.iter_mut().zip(&gross.counts).for_each(|(sum, count)| *sum += count);
    sum_of.live_time_s = sum(sum_of.live_time_s, gross.live_time_s);
}

/// The mean over time.
fn add_dose(mean: &mut DoseRate, dose: &DoseRate, so_far_s: f64, more_s: f64) {
    mean.u_sv_h = (mean.u_sv_h * so_far_s + dose.u_sv_h * more_s) / (so_far_s + more_s);
}

/// Seconds, without the noise of adding tenths.
fn sum(one: Option<f64>, other: Option<f64>) -> Option<f64> {
    one.zip(other).map(|(one, other)| ((one + other) * 1e9).round() / 1e9)
}
