//! RSI RS-350 spectrometer: N42.42 documents over TCP, each between the bytes 0x02 and 0x03.
//!
//! The device only speaks, about one document a second; nothing is asked, answered or checked. Everything known
//! of it comes from a public reader and a simulator written against that, no document of the maker's: what they
//! do not say is a setting. Its port belongs to the site.
//!
//! ```text
//! STX <RadInstrumentData> .. </RadInstrumentData> ETX
//!   each second    RadMeasurement Foreground: spectrum on two scales, gross gamma and neutron counts, dose rate
//!   now and then   RadMeasurement Background: the same, over the device's own background time
//!   alarming       DerivedData, AnalysisResults with RadAlarm; repeated each second
//! ```
//!
//! A document says of no vehicle. N42.42 has `OccupancyIndicator` for that; whether this device sends it is in
//! no public source, so where an occupancy comes from is a setting.
//!
//! Documents carry the device's clock, which nobody set; observations carry the time of arrival, which is when
//! the measured second was over.

mod alarm;
mod portal;
mod sample;
mod silence;
mod status;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use greenlane_driver::model::units::CountsPerSecond;
use greenlane_driver::model::{
    Body, Capability, Health, OccupancyEnd, Outcome, Radiation, SpectrumClass, Speed, Stamp, units,
};
use greenlane_driver::{Driver, Input, LinkKind, OpenError, Outbox};
use greenlane_n42::document::Document;
use greenlane_n42::repair::Rule;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use portal::{Portal, Raised};
use sample::{Known, Sample};
use silence::Silence;
use status::Status;

const SILENCE_TIMER: u64 = 0;
/// Health is said this often, in ns.
const HEALTH_NS: u64 = 60_000_000_000;
/// Most measurements in a document: a second of tenths is ten.
const MOST_MEASUREMENTS: usize = 100;
/// Faster than any vehicle: what claims more is no speed of one, in m/s.
const SPEED_MOST_MPS: f64 = 100.0;

/// Settings of an RS-350.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// Where an occupancy comes from.
    pub occupancy: OccupancySource,
    /// Fault `silent` when no document comes for this long, in s. The device sends one each second.
    #[schemars(range(min = 2, max = 3600))]
    pub silent_s: u32,
}

/// Where an occupancy comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum OccupancySource {
    /// From the `OccupancyIndicator` of each measurement. A device that never sends it has no occupancies.
    Indicator,
    /// An alarm is an occupancy: it lasts as long as documents alarm, and a clean vehicle has none.
    Alarm,
}

impl Default for Settings {
    fn default() -> Self {
        Self { occupancy: OccupancySource::Indicator, silent_s: 5 }
    }
}

/// The driver.
#[derive(Debug)]
pub struct Rs350 {
    occupancy: OccupancySource,
    portal: Portal,
    known: Known,
    status: Status,
    silence: Silence,
    neutron_background: Option<CountsPerSecond>,
    health_due_ns: u64,
    documents: u64,
    rejected: u64,
    repairs: BTreeSet<&'static str>,
}

impl Driver for Rs350 {
    const MODEL: &'static str = "rsi.rs350";
    const LINK: LinkKind = LinkKind::Framed { start: 0x02, end: 0x03, max: 1 << 20 };
    const OFFERS: &'static [Capability] = &[
        Capability::Gamma,
        Capability::Neutron,
        Capability::Background,
        Capability::Occupancy,
        Capability::Spectrum,
        Capability::RadiationAlarm,
        Capability::Speed,
        Capability::Setup,
        Capability::Health,
    ];
    type Settings = Settings;

    fn open(settings: Settings) -> Result<Self, OpenError> {
        if !(2..=3600).contains(&settings.silent_s) {
            return Err(OpenError::new("/silent_s", settings.silent_s, "2 to 3600"));
        }
        Ok(Self {
            occupancy: settings.occupancy,
            portal: Portal::default(),
            known: Known::default(),
            status: Status::default(),
            silence: Silence::new(Duration::from_secs(settings.silent_s.into())),
            neutron_background: None,
            health_due_ns: 0,
            documents: 0,
            rejected: 0,
            repairs: BTreeSet::new(),
        })
    }

    fn handle(&mut self, now: Stamp, input: Input<'_>, out: &mut Outbox) {
        match input {
            Input::Frame(bytes) => self.frame(now, bytes, out),
            Input::Connected => {
                self.health_due_ns = 0;
                self.silence.connected(now, out);
            }
            Input::Lost { .. } => {
                self.silence.lost();
                self.portal.lose(now, out);
            }
            Input::Due { token: SILENCE_TIMER } => self.silence.tick(now, out),
            Input::Command { id, .. } => {
                out.outcome(id, Outcome::Refused("an RS-350 only speaks, it takes no commands".to_owned()));
            }
            Input::Due { .. } | Input::Reply { .. } | Input::Request { .. } | Input::File(_) => {}
        }
    }
}

impl Rs350 {
    fn frame(&mut self, now: Stamp, bytes: &[u8], out: &mut Outbox) {
        if bytes.trim_ascii().is_empty() {
            return;
        }
        let reading = match greenlane_n42::read(bytes) {
            Ok(reading) => reading,
            Err(error) => return self.reject(now, &error.to_string(), bytes, out),
        };
        self.silence.heard(now, out);
        self.repairs.extend(reading.repairs.iter().map(|repair| repair.rule.id()));
        let whole = !reading.repairs.iter().any(|repair| repair.rule == Rule::Truncated);
        if !whole {
            self.reject(now, "the document ends too early", bytes, out);
        }
        for document in &reading.documents {
            if document.measurements.len() > MOST_MEASUREMENTS {
                self.reject(now, "more than 100 measurements in a document", bytes, out);
                continue;
            }
            let lost = self.document(now, document, whole, out);
            if lost > 0 {
                let reason = format!("{lost} spectra or counts are not whole, too long or not calibrated");
                self.reject(now, &reason, bytes, out);
            }
        }
    }

    /// Takes one document; of one that is not whole only what it does say, not what it leaves out. Returns how
    /// many of its parts could not be said.
    fn document(&mut self, now: Stamp, document: &Document, whole: bool, out: &mut Outbox) -> usize {
        self.documents += 1;
        self.known.learn(document);
        self.status.setup(now, document, out);
        let raised = alarm::raised(document);
        let (samples, backgrounds) = sample::split(now, document);
        self.status.faults(now, document, whole && !samples.is_empty(), out);
        let mut lost = 0;
        for background in &backgrounds {
            lost += self.background(background, out);
        }
        if samples.is_empty() {
            self.alarm_alone(now, &raised, out);
        }
        for sample in &samples {
            lost += self.sample(sample, &raised, whole, out);
        }
        if whole && raised.is_empty() && !samples.is_empty() {
            self.portal.clear(now, out);
        }
        self.say_health(now, document, out);
        lost
    }

    fn alarm_alone(&mut self, now: Stamp, raised: &Raised, out: &mut Outbox) {
        if self.occupancy == OccupancySource::Alarm && !raised.is_empty() {
            self.portal.enter(now, out);
        }
        self.portal.raise(now, raised, out);
    }

    fn sample(&mut self, sample: &Sample<'_>, raised: &Raised, whole: bool, out: &mut Outbox) -> usize {
        let occupied = match self.occupancy {
            OccupancySource::Indicator => sample.measurement.occupied,
            OccupancySource::Alarm => Some(!raised.is_empty()),
        };
        if occupied == Some(true) {
            self.portal.enter(sample.middle(), out);
        }
        self.portal.raise(sample.end, raised, out);
        let mut lost = 0;
        // An empty portal has its background; all else is evidence, or may be.
        let known_empty = self.occupancy == OccupancySource::Indicator && occupied == Some(false);
        if self.portal.is_busy() || !known_empty {
            for (radiation, body) in [
                (Radiation::Gamma, Body::Gamma as fn(_) -> _),
                (Radiation::Neutron, Body::Neutron as fn(_) -> _),
            ] {
                if let Some(counts) = sample.counts(&self.known, radiation, raised) {
                    out.observe(sample.end, body(counts));
                }
            }
            lost = self.spectra(sample, SpectrumClass::Foreground, out);
            let speed = sample.measurement.speed_m_s.and_then(units::MetresPerSecond::new);
            let speed = speed.filter(|speed| speed.value().abs() <= SPEED_MOST_MPS);
            if let Some(speed) = speed.filter(|_| occupied == Some(true)) {
                out.observe(sample.end, Body::Speed(Speed { speed }));
            }
        }
        if occupied == Some(false) && whole {
            self.portal.leave(sample.middle(), OccupancyEnd::Normal, self.neutron_background, out);
        }
        lost
    }

    fn background(&mut self, sample: &Sample<'_>, out: &mut Outbox) -> usize {
        if let Some(background) = sample.background(&self.known) {
            if let Some(rates) = &background.neutron_cps {
                let sum = rates.iter().map(|rate| rate.value()).sum();
                self.neutron_background = CountsPerSecond::new(sum);
            }
            out.observe(sample.end, Body::Background(background));
        }
        self.spectra(sample, SpectrumClass::Background, out)
    }

    fn spectra(&self, sample: &Sample<'_>, class: SpectrumClass, out: &mut Outbox) -> usize {
        let (spectra, lost) = sample.spectra(&self.known, class);
        for spectrum in spectra {
            out.observe(sample.end, Body::Spectrum(spectrum));
        }
        lost
    }

    fn say_health(&mut self, now: Stamp, document: &Document, out: &mut Outbox) {
        if now.mono_ns < self.health_due_ns {
            return;
        }
        self.health_due_ns = now.mono_ns.saturating_add(HEALTH_NS);
        let mut values = status::health(document);
        values.insert("documents".to_owned(), self.documents.into());
        if !self.repairs.is_empty() {
            let repairs: Vec<_> = std::mem::take(&mut self.repairs).into_iter().map(Value::from).collect();
            values.insert("repairs".to_owned(), repairs.into());
        }
        out.observe(now, Body::Health(Health { values }));
    }

    fn reject(&mut self, now: Stamp, reason: &str, bytes: &[u8], out: &mut Outbox) {
        self.rejected += 1;
        out.raw(now, reason, bytes);
        let values = BTreeMap::from([("rejected_documents".to_owned(), self.rejected.into())]);
        out.observe(now, Body::Health(Health { values }));
    }
}
