//! Measurements: one reading a detector, a start, a duration.

use std::collections::{BTreeMap, BTreeSet};

use super::counts::Frames;
use super::scale::Scales;
use super::{Making, text};
use crate::document::{Category, Document, DoseRate, Fault, GrossCounts, Measurement, Position, Spectrum};
use crate::number::is_plain;
use crate::repair::Rule;
use crate::time::DateTime;

/// How long something took of which nobody knows.
const UNKNOWN_S: f64 = 1.0;
const EPOCH: DateTime = DateTime { local_us: 0, zone_min: Some(0) };

impl Making {
    pub(super) fn measurement(
        &mut self,
        mut old: Measurement,
        scales: &mut Scales,
        frames: &Frames,
    ) -> Measurement {
        old.id = self.ids.take(&old.id, || "Measurement".to_owned());
        text::clean_all(&mut old.remarks);
        old.groups.clear();
        self.times(&mut old);
        let real_time_s = old.real_time_s.unwrap_or(UNKNOWN_S);
        old.spectra = self.spectra(old.spectra, &old.id, real_time_s, scales);
        old.gross = self.gross(old.gross, &old.id, real_time_s, frames);
        old.doses = self.doses(old.doses, &old.id);
        old.speed_m_s = old.speed_m_s.filter(|speed| is_plain(*speed));
        if old.speed_m_s.is_some() {
            self.item_id();
        }
        old.position = self.position(old.position);
        old.faults = old.faults.into_iter().map(|fault| self.fault(fault)).collect();
        // The standard has the instrument's faults before those of its detectors.
        let detectors: BTreeSet<_> = old.faults.iter().filter_map(|fault| fault.detector.clone()).collect();
        let order: BTreeMap<_, _> = detectors.into_iter().zip(1..).collect();
        let place = |fault: &Fault| fault.detector.as_ref().and_then(|id| order.get(id)).copied();
        old.faults.sort_by_key(|fault| place(fault).unwrap_or(0));
        old.characteristics = self.characteristics(old.characteristics);
        old
    }

    /// Derived data carry readings only.
    pub(super) fn derived(&mut self, old: Measurement, scales: &mut Scales, frames: &Frames) -> Measurement {
        let bare = Measurement {
            occupied: None,
            speed_m_s: None,
            position: None,
            faults: Vec::new(),
            characteristics: Vec::new(),
            ..old.clone()
        };
        if bare != old {
            self.notes.add(Rule::LeftOut, 0);
        }
        self.measurement(bare, scales, frames)
    }

    /// Gamma counts a second time where there are no gamma spectra, for readers that drop them; counts that their
    /// spectrum says in full go.
    pub(super) fn counts_as_spectra(
        &mut self,
        document: &mut Document,
        frames: &mut Frames,
        scales: &mut Scales,
    ) {
        let measurements = || document.measurements.iter().chain(&document.derived);
        let mut spectra = measurements().flat_map(|measurement| &measurement.spectra);
        if spectra.any(|spectrum| self.detectors.of(&spectrum.detector) != Some(Category::Neutron)) {
            return;
        }
        for measurement in document.measurements.iter_mut().chain(&mut document.derived) {
            self.add_spectra(measurement, frames, scales);
        }
    }

    fn add_spectra(&mut self, measurement: &mut Measurement, frames: &mut Frames, scales: &mut Scales) {
        let (mut kept, mut spectra) = (Vec::new(), Vec::new());
        for gross in std::mem::take(&mut measurement.gross) {
            if self.detectors.of(&gross.detector) != Some(Category::Gamma) {
                kept.push(gross);
                continue;
            }
            let (spectrum, whole) = frames.spectrum(&gross, &mut self.ids, &mut scales.calibrations);
            let id = self.ids.take("", || format!("{}-{}", measurement.id, gross.detector));
            spectra.push(Spectrum { id, ..spectrum });
            if !whole {
                kept.push(gross);
            }
            self.notes.add(Rule::CountsAsSpectra, 0);
        }
        measurement.gross = kept;
        measurement.spectra.extend(spectra);
    }

    fn times(&mut self, measurement: &mut Measurement) {
        let start = measurement.start.map(|start| self.in_zone(start)).unwrap_or_else(|| {
            self.notes.add(Rule::AssumedStart, 0);
            self.start.unwrap_or(EPOCH)
        });
        self.start = Some(start);
        measurement.start = Some(start);
        let lives = measurement.spectra.iter().map(|spectrum| spectrum.live_time_s);
        let lives = lives.chain(measurement.gross.iter().map(|gross| gross.live_time_s));
        let longest = lives.flatten().fold(0.0, f64::max);
        let usable = |seconds: &f64| *seconds > 0.0 && seconds.is_finite();
        let real = measurement.real_time_s.filter(usable).unwrap_or_else(|| {
            self.notes.add(Rule::AssumedDuration, 0);
            Some(longest).filter(usable).unwrap_or(UNKNOWN_S)
        });
        measurement.real_time_s = Some(real);
    }

    fn live_time(&mut self, live_time_s: Option<f64>, real_time_s: f64) -> Option<f64> {
        let usable = live_time_s.filter(|seconds| *seconds >= 0.0 && seconds.is_finite());
        if usable.is_none() {
            self.notes.add(Rule::AssumedDuration, 0);
        }
        usable.or(Some(real_time_s))
    }

    fn spectra(
        &mut self,
        old: Vec<Spectrum>,
        measurement: &str,
        real_time_s: f64,
        scales: &mut Scales,
    ) -> Vec<Spectrum> {
        let mut taken = BTreeSet::new();
        let mut new = Vec::with_capacity(old.len());
        for spectrum in old {
            if spectrum.channels.is_empty() || !spectrum.channels.iter().copied().all(is_plain) {
                self.notes.add(Rule::LeftOut, 0);
                continue;
            }
            let detector = self.reading(&spectrum.detector, Category::Gamma, &mut taken);
            let calibration = scales.of(&spectrum, &mut self.ids);
            let id = self.ids.take(&spectrum.id, || format!("{measurement}-{detector}"));
            let live_time_s = self.live_time(spectrum.live_time_s, real_time_s);
            new.push(Spectrum { id, detector, calibration, live_time_s, channels: spectrum.channels });
        }
        new
    }

    fn gross(
        &mut self,
        old: Vec<GrossCounts>,
        measurement: &str,
        real_time_s: f64,
        frames: &Frames,
    ) -> Vec<GrossCounts> {
        let mut taken = BTreeSet::new();
        let mut new = Vec::with_capacity(old.len());
        for mut gross in old {
            if gross.counts.iter().any(|count| !is_plain(*count) || *count < 0.0) {
                self.notes.add(Rule::LeftOut, 0);
                continue;
            }
            if frames.arrange(&mut gross) {
                self.notes.add(Rule::CountsAdded, 0);
            }
            gross.detector = self.reading(&gross.detector, Category::Gamma, &mut taken);
            gross.id = self.ids.take(&gross.id, || format!("{measurement}-{}-counts", gross.detector));
            gross.live_time_s = self.live_time(gross.live_time_s, real_time_s);
            new.push(gross);
        }
        new
    }

    fn doses(&mut self, old: Vec<DoseRate>, measurement: &str) -> Vec<DoseRate> {
        let mut taken = BTreeSet::new();
        let mut new = Vec::with_capacity(old.len());
        for mut dose in old {
            if !is_plain(dose.u_sv_h) || dose.u_sv_h < 0.0 {
                self.notes.add(Rule::LeftOut, 0);
                continue;
            }
            dose.detector = self.reading(&dose.detector, Category::Gamma, &mut taken);
            dose.id = self.ids.take(&dose.id, || format!("{measurement}-{}-dose", dose.detector));
            new.push(dose);
        }
        new
    }

    /// The detector of a reading: another one like it when it has said the same kind of thing already.
    fn reading(&mut self, old: &str, category: Category, taken: &mut BTreeSet<String>) -> String {
        let id = self.detectors.id(old, category, &mut self.ids);
        if taken.insert(id.clone()) {
            return id;
        }
        let twin = self.detectors.twin(&id, &mut self.ids);
        taken.insert(twin.clone());
        twin
    }

    fn position(&mut self, position: Option<Position>) -> Option<Position> {
        let within = |position: &Position| {
            let point = position.latitude.abs() <= 90.0 && position.longitude.abs() <= 180.0;
            point && position.elevation_m.is_none_or(is_plain)
        };
        let kept = position.filter(within);
        if kept != position {
            self.notes.add(Rule::LeftOut, 0);
        }
        kept
    }

    fn fault(&mut self, mut fault: Fault) -> Fault {
        fault.code = text::free(&fault.code).unwrap_or_default();
        fault.description = text::free(&fault.description).unwrap_or_default();
        fault.detector = fault.detector.and_then(|id| self.detectors.renamed.get(&id).cloned());
        fault
    }
}
