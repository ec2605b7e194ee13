//! A scenario: what drives, how, and what goes wrong how often. Read from `configs/scenarios/*.toml`.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::load::Load;
use crate::random::Range;
use crate::spectrum::Emitter;
use crate::vehicle::{Feature, VehicleKind};

/// A whole scenario. Unknown keys are refused.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Scenario {
    /// How vehicles drive.
    pub traffic: Traffic,
    /// Weights of the kinds of vehicle.
    pub kinds: BTreeMap<VehicleKind, f64>,
    /// Probability of each difficulty for each vehicle; none when left out.
    #[serde(default)]
    pub features: BTreeMap<Feature, f64>,
    /// The container camera.
    pub ocr: Ocr,
    /// The radiation portal.
    pub portal: PortalTable,
    /// What radiates.
    pub sources: Sources,
    /// The scanner.
    pub scanner: Scanner,
    /// Where a spectroscopic portal stands, in m from the entry line; none when left out.
    #[serde(default)]
    pub spectrometer_at_m: Option<f64>,
    /// Vehicles that come one after the other, over and over, instead of drawn ones.
    #[serde(default)]
    pub load: Vec<Load>,
}

/// `[traffic]`
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Traffic {
    /// Cruising speed, in km/h.
    pub speed_kmh: Range,
    /// Distance to the one ahead while it moves, in m.
    pub gap_m: Range,
    /// Distance to the one ahead when it stands, in m.
    pub queue_gap_m: Range,
    /// Distance of a tailgater, in m.
    pub tailgate_m: Range,
    /// Pause before the next vehicle comes, in s.
    pub pause_s: Range,
    /// Share of vehicles that change speed on the way.
    pub accelerating: f64,
    /// Length of a stop, in s.
    pub stop_s: Range,
    /// Length of parking, in s.
    pub park_s: Range,
    /// Length of a stretch that a loop loses, in m.
    pub high_bed_m: Range,
    /// Length of a tow bar, in m.
    pub tow_bar_m: Range,
    /// A vehicle standing at red this long is taken away by the marshal, in s.
    pub marshal_s: f64,
}

/// `[ocr]`
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Ocr {
    /// Form of the messages.
    pub dialect: Dialect,
    /// Probability that a number is misread.
    pub misread: f64,
    /// Probability that a number is not read at all.
    pub no_read: f64,
    /// Confidence of a right read, 0 to 1.
    pub confidence: Range,
    /// Confidence of a misread, 0 to 1.
    pub misread_confidence: Range,
    /// From the rear leaving the camera to the message, in s.
    pub delay_s: Range,
    /// The same for a late read, in s.
    pub late_s: Range,
    /// Share of reads that an interim message precedes (Vaxtor form only).
    pub interim: f64,
}

/// A form of camera message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Dialect {
    /// One JSON object a number, field names of the Vaxtor template variables.
    Vaxtor,
    /// One JSON object a vehicle with `data.codes[]`, as Carmen Cloud answers.
    Carmen,
}

/// `[portal]`
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PortalTable {
    /// Gamma background of each panel, in cps.
    pub panel_cps: [f64; 4],
    /// Neutron background of each bank, in cps.
    pub bank_cps: [f64; 4],
    /// Amplitude of the daily wave of the background, as a share.
    pub daily: f64,
    /// Standard deviation of the slow walk of the background, as a share.
    pub walk: f64,
    /// Depth of a vehicle's gamma shadow, as a share.
    pub shadow: Range,
    /// Share of the shadow that is missing at the cab gap.
    pub shadow_gap: Range,
    /// Depth of its neutron shadow; negative for a rise.
    pub neutron_shadow: Range,
    /// Half the lane's width between the panel faces, in m.
    pub half_width_m: f64,
    /// The device's settings as it reports them.
    pub setup: PortalSetup,
}

/// `[portal.setup]`: what the device is set to; also what its SG and SN lines say.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PortalSetup {
    /// Gamma high-background fault level of a panel, in cps.
    pub gamma_high_cps: u32,
    /// Gamma low-background fault level of a panel, in cps.
    pub gamma_low_cps: u32,
    /// How many 200 ms samples the alarm test sums; also the length of the pre-roll.
    pub intervals: u8,
    /// How many 200 ms samples the occupancy is held after the sensor cleared.
    pub hold_in: u8,
    /// N of the alarm test.
    pub n_sigma: f64,
    /// The background is the mean of this many vacant seconds.
    pub background_s: u16,
    /// Neutron high-background fault level of a bank, in cps.
    pub neutron_high_cps: u32,
    /// Neutron alarm from this many counts in 1 s over all banks. A stand-in: the device's own sequential
    /// test is in no public source.
    pub neutron_threshold: u32,
}

/// `[sources]`: probabilities a vehicle and strengths.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Sources {
    /// Probability of a gamma point source in a loaded vehicle.
    pub point: f64,
    /// Photons a second it sends out (activity x photons a decay).
    pub point_photons_per_s: Range,
    /// Probability of a radioactive cargo.
    pub distributed: f64,
    /// Its rise over background.
    pub distributed_excess: Range,
    /// Weights of what a point source is.
    #[serde(default = "point_nuclides")]
    pub point_nuclides: BTreeMap<Emitter, f64>,
    /// Iron around a point source, in cm; it shapes the spectrum alone.
    #[serde(default = "bare")]
    pub point_iron_cm: Range,
    /// Weights of what a radioactive cargo is.
    #[serde(default = "distributed_nuclides")]
    pub distributed_nuclides: BTreeMap<Emitter, f64>,
    /// Probability of a driver who comes from nuclear medicine.
    #[serde(default)]
    pub patient: f64,
    /// Photons a second that leave the patient.
    #[serde(default = "patient_photons_per_s")]
    pub patient_photons_per_s: Range,
    /// Weights of what was given.
    #[serde(default = "patient_nuclides")]
    pub patient_nuclides: BTreeMap<Emitter, f64>,
    /// Probability of a neutron source.
    pub neutron: f64,
    /// Neutrons a second it sends out.
    pub neutrons_per_s: Range,
}

fn point_nuclides() -> BTreeMap<Emitter, f64> {
    BTreeMap::from([(Emitter::Cs137, 1.0)])
}

/// Technetium after about two days; of the right order.
fn patient_photons_per_s() -> Range {
    Range::new(1.0e6, 1.0e7)
}

/// Nine of ten procedures use technetium.
fn patient_nuclides() -> BTreeMap<Emitter, f64> {
    BTreeMap::from([(Emitter::Tc99m, 0.9), (Emitter::I131, 0.1)])
}

fn bare() -> Range {
    Range::new(0.0, 0.0)
}

fn distributed_nuclides() -> BTreeMap<Emitter, f64> {
    BTreeMap::from([(Emitter::K40, 1.0)])
}

/// `[scanner]`
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Scanner {
    /// Distance between two image lines, in mm.
    pub pitch_mm: f64,
    /// Detectors in a line.
    pub rows: u32,
    /// From the rear leaving the beam to the file, in s.
    pub delay_s: Range,
    /// A request that is not renewed for this long counts as withdrawn, in s.
    pub lease_s: f64,
    /// Form of the sidecar.
    pub sidecar: Sidecar,
}

/// A form of image sidecar.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Sidecar {
    /// XML elements.
    Xml,
    /// One JSON object.
    Json,
}

/// Why a scenario cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ScenarioError {
    /// Not TOML, or not these keys.
    #[error("scenario: {0}")]
    Form(#[from] toml::de::Error),
    /// A value outside what makes sense.
    #[error("scenario: {key} is {seen}, {expected} was expected")]
    Value {
        /// The key.
        key: String,
        /// What stands there.
        seen: String,
        /// What would be right.
        expected: &'static str,
    },
}

impl Scenario {
    /// Reads and checks a scenario.
    pub fn parse(text: &str) -> Result<Self, ScenarioError> {
        let scenario: Self = toml::from_str(text)?;
        scenario.check()?;
        scenario.check_loads()?;
        Ok(scenario)
    }

    /// The same with every vehicle cruising at this speed, in km/h.
    pub fn at_speed_kmh(mut self, speed_kmh: f64) -> Self {
        self.traffic.speed_kmh = Range::new(speed_kmh, speed_kmh);
        self
    }

    fn check_loads(&self) -> Result<(), ScenarioError> {
        let wrong = |key: &str, seen: String, expected| {
            Err(ScenarioError::Value { key: key.to_owned(), seen, expected })
        };
        if let Some(at_m) = self.spectrometer_at_m.filter(|at_m| !(0.0..=80.0).contains(at_m)) {
            return wrong("spectrometer_at_m", at_m.to_string(), "0 to 80");
        }
        match self.load.iter().find(|load| load.right.is_empty()) {
            Some(load) => wrong("load.right", load.name.clone(), "a decision at least"),
            None => Ok(()),
        }
    }

    fn check(&self) -> Result<(), ScenarioError> {
        let wrong = |key: String, seen: String, expected| Err(ScenarioError::Value { key, seen, expected });
        let shares = [
            ("traffic.accelerating", self.traffic.accelerating),
            ("ocr.misread", self.ocr.misread),
            ("ocr.no_read", self.ocr.no_read),
            ("ocr.interim", self.ocr.interim),
            ("sources.point", self.sources.point),
            ("sources.distributed", self.sources.distributed),
            ("sources.neutron", self.sources.neutron),
            ("sources.patient", self.sources.patient),
        ];
        let shares = shares.into_iter().map(|(key, share)| (key.to_owned(), share));
        let features = self.features.iter().map(|(feature, share)| (format!("features.{feature:?}"), *share));
        for (key, share) in shares.chain(features) {
            if !(0.0..=1.0).contains(&share) {
                return wrong(key, share.to_string(), "0 to 1");
            }
        }
        let t = &self.traffic;
        let ranges = [
            ("traffic.speed_kmh", t.speed_kmh, 1.0, 40.0),
            ("traffic.gap_m", t.gap_m, 0.5, 1000.0),
            ("traffic.queue_gap_m", t.queue_gap_m, 0.5, 100.0),
            ("traffic.tailgate_m", t.tailgate_m, 0.5, 100.0),
            ("ocr.confidence", self.ocr.confidence, 0.0, 1.0),
            ("portal.shadow", self.portal.shadow, 0.0, 0.9),
        ];
        for (key, range, least, most) in ranges {
            if !(range.min >= least && range.max <= most && range.min <= range.max) {
                return wrong(key.to_owned(), format!("{range:?}"), "a sensible range with min <= max");
            }
        }
        if !self.kinds.values().all(|weight| *weight >= 0.0) || self.kinds.values().sum::<f64>() <= 0.0 {
            return wrong("kinds".to_owned(), format!("{:?}", self.kinds), "weights, one of them above 0");
        }
        if self.portal.setup.intervals == 0 || self.portal.setup.background_s == 0 {
            return wrong("portal.setup".to_owned(), "0".to_owned(), "intervals and background_s above 0");
        }
        if !(self.scanner.pitch_mm >= 1.0 && (16..=4096).contains(&self.scanner.rows)) {
            return wrong(
                "scanner".to_owned(),
                format!("{:?}", self.scanner),
                "pitch_mm >= 1, rows 16 to 4096",
            );
        }
        Ok(())
    }
}
