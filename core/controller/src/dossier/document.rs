//! One occupancy as an N42 document.

use greenlane_lane::DeviceAlarm;
use greenlane_model::{Counts, Nuclide, Radiation, Spectrum, Stamp};
use greenlane_n42::document::{
    Alarm, AlarmCategory, Analysis, Calibration, Category, Class, Detector, Document, Energy, GrossCounts,
    Instrument, Item, Measurement, Version,
};
use greenlane_n42::document::{Nuclide as Named, Spectrum as Channels};
use greenlane_n42::time::DateTime;
use greenlane_radiation::identify::{Identification, Named as Found};

use super::keep::{Mean, Own, Sealed};

/// What tells our analysis from the device's.
pub(super) const OURS: &str = "Greenlane detection and identification";
/// What tells the device's analysis from ours.
pub(super) const DEVICES: &str = "Device alarms";

/// No portal measures longer than this at once: a day, in s.
const LONGEST_S: f64 = 86_400.0;

/// The document: background first, then every sample of gamma, of neutrons and every spectrum, each kind in
/// measurements of its own, then the device's analysis and ours.
pub(super) fn document(sealed: &Sealed) -> Document {
    let (maker, model) = sealed.model.split_once('.').unwrap_or(("", &sealed.model));
    let measured = &sealed.measured;
    let spectroscopic = !measured.spectra.is_empty();
    let class = if spectroscopic { "Spectroscopic Portal Monitor" } else { "Portal Monitor" };
    let mut making = Making::default();
    making.background(sealed);
    making.samples("Gamma", &measured.gamma);
    making.samples("Neutron", &measured.neutron);
    making.spectra("Spectrum", Class::Foreground, &measured.spectra);
    if let Some(first) = making.measurements.iter_mut().find(|m| m.occupied == Some(true)) {
        first.speed_m_s = sealed.record.speed_mps.map(f64::from);
    }
    let mut results = vec![devices(sealed)];
    results.extend(sealed.own.as_ref().map(ours));
    let mut remarks = vec![format!("Lane {}, occupancy {:?}", sealed.lane, sealed.record.end)];
    if !sealed.standard.is_empty() {
        remarks.push(format!("Performance standard: {}", sealed.standard));
    }
    if measured.cut {
        remarks.push("There were more samples than are kept".to_owned());
    }
    let passage = sealed.own.as_ref().map(|own| format!("Passage {}", own.passage));
    Document {
        uuid: None,
        created: Some(time(sealed.record.ended)),
        creator: Some(format!("Greenlane {}", env!("CARGO_PKG_VERSION"))),
        remarks,
        instrument: Instrument {
            id: "Instrument".to_owned(),
            manufacturer: maker.to_owned(),
            identifier: Some(sealed.record.device.clone()),
            model: model.to_owned(),
            class: class.to_owned(),
            ..Instrument::default()
        },
        detectors: making.detectors,
        items: vec![Item { id: "Vehicle".to_owned(), description: passage, characteristics: Vec::new() }],
        calibrations: making.calibrations,
        measurements: making.measurements,
        results,
        ..Document::default()
    }
}

#[derive(Default)]
struct Making {
    detectors: Vec<Detector>,
    calibrations: Vec<Calibration>,
    measurements: Vec<Measurement>,
}

impl Making {
    fn background(&mut self, sealed: &Sealed) {
        let (gamma, neutron) = (&sealed.background.gamma, &sealed.background.neutron);
        for (kind, mean) in [("Gamma", gamma), ("Neutron", neutron)] {
            self.mean(kind, mean);
        }
        self.spectra("Background-Spectrum", Class::Background, &sealed.vacant);
    }

    fn mean(&mut self, kind: &str, mean: &Mean) {
        // A rate that is no number, or negative, is none.
        let plain = mean.counts.iter().all(|n| n.is_finite() && *n >= 0.0);
        if mean.counts.is_empty() || !plain {
            return;
        }
        let counts: Vec<f64> = mean.counts.iter().map(|n| n.round()).collect();
        let gross = self.gross(kind, &counts, mean.seconds);
        let remark = "The running background as the device said it: its rate times the time in which it was \
                      heard, rounded to counts";
        let id = format!("Background-{kind}");
        let mut measurement = measurement(id, Class::Background, mean.last, mean.seconds);
        measurement.remarks = vec![remark.to_owned()];
        self.measurements.push(Measurement { gross, ..measurement });
    }

    fn samples(&mut self, kind: &str, samples: &[(Stamp, Counts)]) {
        for (number, (end, sample)) in (1..).zip(samples) {
            let counts: Vec<f64> = sample.counts.iter().map(|&n| f64::from(n)).collect();
            let seconds = sample.interval.value();
            let gross = self.gross(kind, &counts, seconds);
            let measurement = measurement(format!("{kind}-{number}"), Class::Foreground, *end, seconds);
            let occupied = Some(!sample.pre_roll);
            self.measurements.push(Measurement { gross, occupied, ..measurement });
        }
    }

    fn gross(&mut self, kind: &str, counts: &[f64], seconds: f64) -> Vec<GrossCounts> {
        let category = if kind == "Neutron" { Category::Neutron } else { Category::Gamma };
        let one = |(number, count): (usize, &f64)| {
            let detector = format!("{kind}-detector-{number}");
            self.detector(&detector, category);
            GrossCounts {
                detector,
                live_time_s: duration(seconds),
                counts: vec![*count],
                ..Default::default()
            }
        };
        (1..).zip(counts).map(one).collect()
    }

    /// Spectra of one end and one length are one measurement.
    fn spectra(&mut self, name: &str, class: Class, spectra: &[(Stamp, Spectrum)]) {
        let mut number = 0;
        for together in spectra.chunk_by(|(one, a), (other, b)| {
            one.mono_ns == other.mono_ns && a.real == b.real && a.detector != b.detector
        }) {
            number += 1;
            // A chunk is never empty.
            let (end, first) = &together[0];
            let mut measurement = measurement(format!("{name}-{number}"), class, *end, first.real.value());
            measurement.occupied = (class == Class::Foreground).then_some(true);
            measurement.spectra = together.iter().map(|(_, spectrum)| self.channels(spectrum)).collect();
            self.measurements.push(measurement);
        }
    }

    fn channels(&mut self, spectrum: &Spectrum) -> Channels {
        self.detector(&spectrum.detector, Category::Gamma);
        Channels {
            id: String::new(),
            detector: spectrum.detector.clone(),
            calibration: self.calibration(&spectrum.calibration_kev),
            live_time_s: duration(spectrum.live.value()),
            channels: spectrum.counts.iter().map(|&n| f64::from(n)).collect(),
        }
    }

    fn calibration(&mut self, terms: &[f64]) -> String {
        if terms.is_empty() {
            return String::new();
        }
        let energy = Energy::Coefficients(terms.to_vec());
        if let Some(known) = self.calibrations.iter().find(|c| c.energy == energy) {
            return known.id.clone();
        }
        let id = format!("Calibration-{}", self.calibrations.len() + 1);
        self.calibrations.push(Calibration { id: id.clone(), energy });
        id
    }

    fn detector(&mut self, id: &str, category: Category) {
        if !self.detectors.iter().any(|d| d.id == id) {
            self.detectors.push(Detector { id: id.to_owned(), category, ..Detector::default() });
        }
    }
}

fn measurement(id: String, class: Class, end: Stamp, seconds: f64) -> Measurement {
    let real_time_s = duration(seconds);
    let start = end.shifted(-((real_time_s.unwrap_or_default() * 1e9) as i64));
    Measurement { id, class, start: Some(time(start)), real_time_s, ..Measurement::default() }
}

/// A length that can be true; none for a broken device's word.
fn duration(seconds: f64) -> Option<f64> {
    Some(seconds).filter(|seconds| (0.0..=LONGEST_S).contains(seconds))
}

fn time(stamp: Stamp) -> DateTime {
    DateTime::from_utc_ns(stamp.utc_ns)
}

fn devices(sealed: &Sealed) -> Analysis {
    let alarms = &sealed.measured.alarms;
    let nuclides = alarms.iter().flat_map(|a| &a.nuclides).map(device_nuclide).collect();
    Analysis {
        algorithm: Some(DEVICES.to_owned()),
        creator: Some(sealed.model.clone()),
        result: Some(verdict(!alarms.is_empty())),
        alarms: alarms.iter().map(alarm).collect(),
        nuclides,
        ..Analysis::default()
    }
}

fn ours(own: &Own) -> Analysis {
    let Own { alarms, examination, .. } = own;
    let identification = examination.identification.as_ref();
    let version = env!("CARGO_PKG_VERSION").to_owned();
    let mut remarks: Vec<String> = examination.without.iter().map(|why| format!("Not done: {why}")).collect();
    remarks.extend(identification.map(|i| format!("Library {}", i.library)));
    Analysis {
        remarks,
        algorithm: Some(OURS.to_owned()),
        creator: Some("Greenlane".to_owned()),
        versions: vec![Version { component: "Software".to_owned(), version }],
        result: Some(verdict(!alarms.is_empty())),
        alarms: alarms.iter().map(alarm).collect(),
        nuclides: identification.map(names).unwrap_or_default(),
        ..Analysis::default()
    }
}

fn verdict(alarm: bool) -> String {
    if alarm { "Alarm" } else { "No alarm" }.to_owned()
}

fn alarm(alarm: &DeviceAlarm) -> Alarm {
    let category = match alarm.radiation {
        Radiation::Gamma => AlarmCategory::Gamma,
        Radiation::Neutron => AlarmCategory::Neutron,
        Radiation::Isotope => AlarmCategory::Isotope,
    };
    Alarm { at: Some(time(alarm.at)), category, ..Alarm::default() }
}

fn device_nuclide(nuclide: &Nuclide) -> Named {
    Named {
        name: nuclide.name.clone(),
        identified: true,
        confidence_percent: nuclide.confidence.map(|share| share * 100.0),
        ..Named::default()
    }
}

/// What is certainly meant, and what is one of several.
fn names(found: &Identification) -> Vec<Named> {
    let certain = found.nuclides.iter().map(|n| name(n, None));
    let groups = found.groups.iter().flat_map(|group| {
        let all: Vec<&str> = group.members.iter().map(|n| n.name.as_str()).collect();
        let words = format!("one of {}", all.join(", "));
        group.members.iter().map(move |n| name(n, Some(words.clone())))
    });
    certain.chain(groups).collect()
}

fn name(found: &Found, confidence: Option<String>) -> Named {
    use greenlane_radiation::identify::Class;
    let category = match found.class {
        Class::Norm => "NORM",
        Class::Medical => "Medical",
        Class::Industrial => "Industrial",
        Class::Snm => "SNM",
    };
    Named {
        name: found.name.clone(),
        identified: true,
        confidence_percent: Some(found.confidence),
        confidence,
        category: Some(category.to_owned()),
        ..Named::default()
    }
}
