//! One foreground and one background of one detector.

use std::collections::BTreeSet;

use super::StyleError;
use crate::document::{Calibration, Category, Class, Detector, Document, Energy, Measurement, Spectrum};
use crate::writable::MIN_CHANNELS_BY_COEFFICIENTS;

const DETECTOR: &str = "Sum";
const CALIBRATION: &str = "SumCalibration";

/// The document as two sums.
pub(super) fn of(document: &Document) -> Result<Document, StyleError> {
    let usable = |spectrum: &&Spectrum| {
        spectrum.channels.len() >= MIN_CHANNELS_BY_COEFFICIENTS
            && document.detector(&spectrum.detector).is_some_and(|d| d.category == Category::Gamma)
    };
    let occupied = |measurement: &Measurement| match measurement.occupied {
        Some(occupied) => occupied,
        None => measurement.class != Class::Background,
    };
    let of = |wanted: bool| {
        let measurements = document.measurements.iter().filter(move |one| occupied(one) == wanted);
        measurements.filter(|one| one.spectra.iter().any(|spectrum| usable(&spectrum))).collect::<Vec<_>>()
    };
    let (foreground, background) = (of(true), of(false));
    // A file of backgrounds only: what was measured is what somebody wants to see.
    let (foreground, background) =
        if foreground.is_empty() { (background, Vec::new()) } else { (foreground, background) };
    let mut spectra = foreground.iter().flat_map(|measurement| &measurement.spectra);
    let model = spectra.find(usable).ok_or(StyleError::NoSpectrum)?;
    let scale = Scale::of(document, model)?;
    let mut measurements = Vec::new();
    for (id, class, parts) in
        [("Foreground", Class::Foreground, foreground), ("Background", Class::Background, background)]
    {
        if let Some(first) = parts.first() {
            let spectrum = scale.sum(document, &parts, &usable, id)?;
            let real_time_s = parts.iter().filter_map(|part| part.real_time_s).sum();
            measurements.push(Measurement {
                id: id.to_owned(),
                class,
                start: first.start,
                real_time_s: Some(real_time_s),
                spectra: vec![spectrum],
                occupied: first.occupied.map(|_| class == Class::Foreground),
                ..Measurement::default()
            });
        }
    }
    let kind = document.detector(&model.detector).map(|detector| detector.kind.clone()).unwrap_or_default();
    let description = Some("sum of all gamma detectors".to_owned());
    Ok(Document {
        detectors: vec![Detector { id: DETECTOR.to_owned(), kind, description, ..Detector::default() }],
        calibrations: vec![Calibration {
            id: CALIBRATION.to_owned(),
            energy: Energy::Coefficients(scale.terms.clone()),
        }],
        windows: Vec::new(),
        measurements,
        derived: Vec::new(),
        results: Vec::new(),
        ..document.clone()
    })
}

/// The energy scale of a sum.
struct Scale {
    terms: Vec<f64>,
    edges: Vec<f64>,
}

impl Scale {
    /// That of a spectrum; where it is no polynomial, channels of equal width over the same energies.
    fn of(document: &Document, model: &Spectrum) -> Result<Self, StyleError> {
        let channels = model.channels.len();
        let edges = edges(document, model)?;
        let energy = document.calibration(&model.calibration).map(|calibration| &calibration.energy);
        let terms = match energy {
            Some(Energy::Coefficients(terms)) => terms.clone(),
            _ => vec![edges[0], (edges[channels] - edges[0]) / channels as f64, 0.0],
        };
        let edges = Energy::Coefficients(terms.clone()).edges(channels).ok_or(StyleError::Calibration)?;
        Ok(Self { terms, edges })
    }

    /// All spectra of some measurements. The live time is that of one detector on average.
    fn sum(
        &self,
        document: &Document,
        parts: &[&Measurement],
        usable: &impl Fn(&&Spectrum) -> bool,
        id: &str,
    ) -> Result<Spectrum, StyleError> {
        let mut channels = vec![0.0; self.edges.len() - 1];
        let (mut live_time_s, mut detectors) = (0.0, BTreeSet::new());
        for spectrum in parts.iter().flat_map(|part| &part.spectra).filter(usable) {
            let edges = edges(document, spectrum)?;
            let counts = match edges == self.edges {
                true => spectrum.channels.clone(),
                false => rebinned(&edges, &spectrum.channels, &self.edges),
            };
            channels.iter_mut().zip(counts).for_each(|(sum, count)| *sum += count);
            live_time_s += spectrum.live_time_s.unwrap_or(0.0);
            detectors.insert(&spectrum.detector);
        }
        Ok(Spectrum {
            id: format!("{id}Spectrum"),
            detector: DETECTOR.to_owned(),
            calibration: CALIBRATION.to_owned(),
            live_time_s: Some(live_time_s / detectors.len().max(1) as f64),
            channels,
        })
    }
}

fn edges(document: &Document, spectrum: &Spectrum) -> Result<Vec<f64>, StyleError> {
    let calibration = document.calibration(&spectrum.calibration);
    let edges = calibration.and_then(|calibration| calibration.energy.edges(spectrum.channels.len()));
    edges.filter(|edges| edges.is_sorted_by(|one, next| one < next)).ok_or(StyleError::Calibration)
}

/// Counts on other edges. Each edge between has as many counts below it as before, rounded, so that counts stay
/// whole and none is lost: the first and the last channel take what lies outside.
fn rebinned(from: &[f64], counts: &[f64], to: &[f64]) -> Vec<f64> {
    let (mut channel, mut below) = (0, 0.0);
    let total: f64 = counts.iter().sum();
    let mut before = 0.0;
    let mut rebinned = Vec::with_capacity(to.len() - 1);
    for edge in &to[1..to.len() - 1] {
        while channel < counts.len() && from[channel + 1] <= *edge {
            below += counts[channel];
            channel += 1;
        }
        let part = match counts.get(channel) {
            Some(count) if from[channel] < *edge => {
                count * (edge - from[channel]) / (from[channel + 1] - from[channel])
            }
            _ => 0.0,
        };
        let now = (below + part).round();
        rebinned.push(now - before);
        before = now;
    }
    rebinned.push(total - before);
    rebinned
}
