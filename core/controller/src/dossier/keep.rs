//! Keeps what the portals of a lane measure until their occupancies end.

use std::collections::BTreeMap;

use greenlane_config::DeviceSetup;
use greenlane_lane::{DeviceAlarm, Effect, Examination, Input, OccupancyRecord};
use greenlane_model::units::CountsPerSecond;
use greenlane_model::{
    Background, Body, Counts, Observation, Occupancy, Radiation, Spectrum, SpectrumClass, Stamp,
};

/// What one occupancy may come to in its file, in bytes: readers refuse more than 64 MiB. Two hours of four panels
/// at 0.2 s, or 15 min of four spectra of 1 024 channels a second.
const MAX_BYTES: usize = 48 << 20;
/// What a measurement comes to, and each of its readings, and a channel of ten digits; in bytes, rounded up.
const MEASUREMENT_BYTES: usize = 400;
const READING_BYTES: usize = 400;
const CHANNEL_BYTES: usize = 11;
/// More detectors than this do not stand in one portal.
const MAX_DETECTORS: usize = 64;
/// Alarms kept of one occupancy.
const MAX_ALARMS: usize = 64;
/// A portal says its background every few seconds; what lies between two words further apart is not counted.
const LONGEST_S: f64 = 60.0;
/// How long a first word on the background stands for.
const FIRST_S: f64 = 1.0;
/// The mean of the background reaches back about as far, in s.
const REACH_S: f64 = 600.0;

/// The portals of one lane.
#[derive(Debug, Default)]
pub(crate) struct Keeper {
    /// Maker's and model's name of each device, as its driver calls it: `maker.model`.
    models: BTreeMap<String, String>,
    portals: BTreeMap<String, Portal>,
    /// The standard in force, in words.
    standard: String,
}

/// An occupancy that has ended, with all that goes into its document.
#[derive(Debug, Clone)]
pub(crate) struct Sealed {
    pub lane: String,
    /// `maker.model`, as the configuration says.
    pub model: String,
    /// The standard in force, or that there is none.
    pub standard: String,
    pub record: OccupancyRecord,
    pub measured: Measured,
    pub background: Means,
    /// By detector, the last before the occupancy.
    pub vacant: Vec<(Stamp, Spectrum)>,
    pub own: Option<Own>,
}

/// What our own tests said.
#[derive(Debug, Clone)]
pub(crate) struct Own {
    pub passage: String,
    pub alarms: Vec<DeviceAlarm>,
    pub examination: Examination,
}

/// What was measured in one occupancy. Each with the end of its interval.
#[derive(Debug, Clone, Default)]
pub(crate) struct Measured {
    pub gamma: Vec<(Stamp, Counts)>,
    pub neutron: Vec<(Stamp, Counts)>,
    pub spectra: Vec<(Stamp, Spectrum)>,
    pub alarms: Vec<DeviceAlarm>,
    /// There was more than is kept.
    pub cut: bool,
    bytes: usize,
}

/// Means of the background over the time in which it was heard.
#[derive(Debug, Clone, Default)]
pub(crate) struct Means {
    pub gamma: Mean,
    pub neutron: Mean,
}

/// See [`Means`].
#[derive(Debug, Clone, Default)]
pub(crate) struct Mean {
    /// Rate times time, by panel or bank.
    pub counts: Vec<f64>,
    pub seconds: f64,
    /// When the device last said it.
    pub last: Stamp,
}

#[derive(Debug, Default)]
struct Portal {
    open: bool,
    measured: Measured,
    /// The occupancy before, when this one began and it had not ended.
    unended: Option<Measured>,
    background: Means,
    vacant: BTreeMap<String, (Stamp, Spectrum)>,
    gamma_on: bool,
    neutron_on: bool,
}

impl Keeper {
    /// Says which model each device is.
    pub(crate) fn set_models(&mut self, devices: &[DeviceSetup]) {
        self.models = devices.iter().map(|d| (d.name.clone(), d.model.clone())).collect();
        self.portals.retain(|device, _| self.models.contains_key(device));
    }

    /// Hears what the lane is about to be told.
    pub(crate) fn hear(&mut self, input: &Input) {
        if let Input::Config { config, .. } = input {
            self.standard = config.standard_in_force();
        }
        let Input::Observation { observation } = input else { return };
        if !self.models.contains_key(&observation.device) {
            return;
        }
        let measures = matches!(
            observation.body,
            Body::Gamma(_)
                | Body::Neutron(_)
                | Body::Background(_)
                | Body::Spectrum(_)
                | Body::RadiationAlarm(_)
                | Body::Occupancy(_)
        );
        if measures {
            self.portals.entry(observation.device.clone()).or_default().take(observation);
        }
    }

    /// The occupancies that ended with these effects of one step of `lane`.
    pub(crate) fn sealed(&mut self, lane: &str, effects: &[Effect]) -> Vec<Sealed> {
        let ended = effects.iter().filter_map(|effect| match effect {
            Effect::Occupancy(record) => Some(record.as_ref()),
            _ => None,
        });
        ended.filter_map(|record| self.seal(lane, record, effects)).collect()
    }

    fn seal(&mut self, lane: &str, record: &OccupancyRecord, effects: &[Effect]) -> Option<Sealed> {
        let portal = self.portals.get_mut(&record.device)?;
        let measured = portal.close();
        Some(Sealed {
            lane: lane.to_owned(),
            model: self.models.get(&record.device)?.clone(),
            standard: self.standard.clone(),
            record: record.clone(),
            measured,
            background: portal.background.clone(),
            vacant: portal.vacant.values().cloned().collect(),
            own: own(record, effects),
        })
    }
}

/// Our own tests' result is published with the passage in the same step.
fn own(record: &OccupancyRecord, effects: &[Effect]) -> Option<Own> {
    let passages = effects.iter().filter_map(|effect| match effect {
        Effect::Passage(passage) => Some(passage.as_ref()),
        _ => None,
    });
    let mut found = passages.filter_map(|passage| {
        let radiation = &passage.radiation;
        let same = |e: &&Examination| e.device == record.device && e.started == record.started;
        let examination = radiation.examinations.iter().find(same)?.clone();
        let mine = |a: &&DeviceAlarm| a.device == record.device && a.at.mono_ns >= record.started.mono_ns;
        let alarms = radiation.own_alarms.iter().filter(mine).cloned().collect();
        Some(Own { passage: passage.id.clone(), alarms, examination })
    });
    found.next()
}

impl Portal {
    fn take(&mut self, said: &Observation) {
        match &said.body {
            Body::Gamma(counts) => self.gamma(said, counts),
            Body::Neutron(counts) if self.open => {
                self.alarmed(said, Radiation::Neutron, counts.alarm);
                if self.measured.room(counts.counts.len(), 0) {
                    self.measured.neutron.push((said.at, counts.clone()));
                }
            }
            Body::Background(Background { gamma_cps, neutron_cps }) => {
                self.background.gamma.take(said.at, gamma_cps.as_deref());
                self.background.neutron.take(said.at, neutron_cps.as_deref());
            }
            Body::Spectrum(spectrum) => self.spectrum(said.at, spectrum),
            Body::RadiationAlarm(alarm) if alarm.on && self.open => {
                let at = (said.at, alarm.radiation);
                self.measured.alarm(&said.device, at, alarm.nuclides.clone());
            }
            Body::Occupancy(Occupancy::Started) => self.start(),
            _ => {}
        }
    }

    fn gamma(&mut self, said: &Observation, counts: &Counts) {
        if !self.open && !counts.pre_roll {
            self.measured = Measured::default();
            return;
        }
        self.alarmed(said, Radiation::Gamma, counts.alarm);
        if self.measured.room(counts.counts.len(), 0) {
            self.measured.gamma.push((said.at, counts.clone()));
        }
    }

    /// Counts that come with an alarm: each time that it comes on.
    fn alarmed(&mut self, said: &Observation, radiation: Radiation, alarm: bool) {
        let was = match radiation {
            Radiation::Neutron => &mut self.neutron_on,
            Radiation::Gamma | Radiation::Isotope => &mut self.gamma_on,
        };
        if alarm && !std::mem::replace(was, alarm) {
            self.measured.alarm(&said.device, (said.at, radiation), Vec::new());
        }
        *was = alarm;
    }

    fn spectrum(&mut self, at: Stamp, spectrum: &Spectrum) {
        match spectrum.class {
            SpectrumClass::Foreground if self.open => {
                if self.measured.room(1, spectrum.counts.len()) {
                    self.measured.spectra.push((at, spectrum.clone()));
                }
            }
            SpectrumClass::Foreground => {}
            SpectrumClass::Background => {
                if self.vacant.len() < MAX_DETECTORS || self.vacant.contains_key(&spectrum.detector) {
                    self.vacant.insert(spectrum.detector.clone(), (at, spectrum.clone()));
                }
            }
        }
    }

    fn start(&mut self) {
        if self.open {
            self.unended = Some(std::mem::take(&mut self.measured));
        }
        self.open = true;
        (self.gamma_on, self.neutron_on) = (false, false);
    }

    fn close(&mut self) -> Measured {
        self.unended.take().unwrap_or_else(|| {
            self.open = false;
            std::mem::take(&mut self.measured)
        })
    }
}

impl Measured {
    fn room(&mut self, readings: usize, channels: usize) -> bool {
        let bytes = MEASUREMENT_BYTES + READING_BYTES.saturating_mul(readings);
        self.bytes = self.bytes.saturating_add(bytes).saturating_add(CHANNEL_BYTES.saturating_mul(channels));
        self.cut |= self.bytes > MAX_BYTES;
        !self.cut
    }

    fn alarm(&mut self, device: &str, of: (Stamp, Radiation), nuclides: Vec<greenlane_model::Nuclide>) {
        if self.alarms.len() < MAX_ALARMS {
            let (at, radiation) = of;
            self.alarms.push(DeviceAlarm { device: device.to_owned(), radiation, at, nuclides });
        }
    }
}

impl Mean {
    fn take(&mut self, at: Stamp, rates: Option<&[CountsPerSecond]>) {
        let Some(rates) = rates else { return };
        if self.counts.len() != rates.len() {
            *self = Self { counts: vec![0.0; rates.len()], seconds: 0.0, last: at };
        }
        let since = at.seconds_since(self.last);
        let heard = if self.seconds > 0.0 && since > 0.0 { since.min(LONGEST_S) } else { FIRST_S };
        self.last = at;
        self.counts.iter_mut().zip(rates).for_each(|(sum, rate)| *sum += rate.value() * heard);
        self.seconds += heard;
        if self.seconds > REACH_S {
            self.counts.iter_mut().for_each(|sum| *sum /= 2.0);
            self.seconds /= 2.0;
        }
    }
}
