//! What an N42 document says, in plain types: one occupancy of a portal, or one measurement of an instrument.
//!
//! Names follow N42.42-2011; older documents are brought into the same shape. Everything in `_s` is in seconds,
//! energies are in keV, counts are what was counted (not rates).

use crate::time::DateTime;

/// Which edition of the standard a document follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    /// N42.42-2011, root `RadInstrumentData`.
    V2011,
    /// N42.42-2005 and -2006, root `N42InstrumentData`.
    V2006,
}

impl Dialect {
    /// `2011` or `2006`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::V2011 => "2011",
            Self::V2006 => "2006",
        }
    }
}

/// One document, held whole.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Document {
    /// `n42DocUUID`, in the form of RFC 9562; none when absent or empty.
    pub uuid: Option<String>,
    /// `n42DocDateTime`.
    pub created: Option<DateTime>,
    /// Who wrote the document: a program and its version.
    pub creator: Option<String>,
    /// Free text about the whole document.
    pub remarks: Vec<String>,
    /// The instrument.
    pub instrument: Instrument,
    /// Its detectors.
    pub detectors: Vec<Detector>,
    /// What was measured: a vehicle, a container.
    pub items: Vec<Item>,
    /// Energy calibrations, by id.
    pub calibrations: Vec<Calibration>,
    /// Energy windows of gross counts, by id.
    pub windows: Vec<Windows>,
    /// Measurements in the order of the document.
    pub measurements: Vec<Measurement>,
    /// `DerivedData`: what the instrument computed from its measurements (sums, differences).
    pub derived: Vec<Measurement>,
    /// Analyses, with alarms and nuclides.
    pub results: Vec<Analysis>,
}

impl Document {
    /// The detector with this id.
    pub fn detector(&self, id: &str) -> Option<&Detector> {
        self.detectors.iter().find(|detector| detector.id == id)
    }

    /// The calibration with this id.
    pub fn calibration(&self, id: &str) -> Option<&Calibration> {
        self.calibrations.iter().find(|calibration| calibration.id == id)
    }
}

/// The instrument. Texts are empty when the document does not say.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Instrument {
    /// Id inside the document.
    pub id: String,
    /// Who made it.
    pub manufacturer: String,
    /// Its serial number.
    pub identifier: Option<String>,
    /// Its model.
    pub model: String,
    /// Free text, often the place.
    pub description: Option<String>,
    /// `Portal Monitor`, `Spectroscopic Portal Monitor`, ... or what an older document calls it.
    pub class: String,
    /// Components with their versions.
    pub versions: Vec<Version>,
    /// Named values (battery, temperature, lane width).
    pub characteristics: Vec<Characteristic>,
}

/// A component and its version.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Version {
    /// `Software`, `Hardware`, ...
    pub component: String,
    /// As the maker writes it.
    pub version: String,
}

/// A named value.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Characteristic {
    /// Its name.
    pub name: String,
    /// Its value as text.
    pub value: String,
    /// Its unit, `unit-less` when it has none.
    pub units: String,
    /// The schema type of the value, e.g. `string`, `double`.
    pub data_class: String,
}

/// What is measured.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Item {
    /// Id inside the document.
    pub id: String,
    /// Free text.
    pub description: Option<String>,
    /// Named values: container number, manifest.
    pub characteristics: Vec<Characteristic>,
}

/// What a detector counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum Category {
    /// Photons.
    #[default]
    Gamma,
    /// Neutrons.
    Neutron,
    /// Alpha particles.
    Alpha,
    /// Beta particles.
    Beta,
    /// X-rays.
    XRay,
    /// Anything else, or not said.
    Other,
}

impl Category {
    pub(crate) const NAMES: [(&'static str, Self); 6] = [
        ("Gamma", Self::Gamma),
        ("Neutron", Self::Neutron),
        ("Alpha", Self::Alpha),
        ("Beta", Self::Beta),
        ("X-ray", Self::XRay),
        ("Other", Self::Other),
    ];

    /// As `RadDetectorCategoryCode` writes it.
    pub fn name(self) -> &'static str {
        crate::code::name(&Self::NAMES, self)
    }
}

/// A detector.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Detector {
    /// Id inside the document.
    pub id: String,
    /// `RadDetectorName`, where it differs from the id.
    pub name: Option<String>,
    /// What it counts.
    pub category: Category,
    /// `PVT`, `NaI`, `He3`, ...; empty when not said.
    pub kind: String,
    /// Free text.
    pub description: Option<String>,
}

/// How channels become energies.
#[derive(Debug, Clone, PartialEq)]
pub struct Calibration {
    /// Id inside the document.
    pub id: String,
    /// The relation itself.
    pub energy: Energy,
}

/// The relation of channels and energies in keV.
#[derive(Debug, Clone, PartialEq)]
pub enum Energy {
    /// Polynomial in the channel number: lower edge of channel x = c0 + c1 x + c2 x^2 + ...
    Coefficients(Vec<f64>),
    /// Lower edge of each channel, and the upper edge of the last.
    Boundaries(Vec<f64>),
}

impl Energy {
    /// The energies of all edges of `channels` channels, one more than there are channels; none when boundaries
    /// are given for another number of channels or an energy is not finite.
    pub fn edges(&self, channels: usize) -> Option<Vec<f64>> {
        let edges: Vec<f64> = match self {
            Self::Coefficients(terms) => (0..=channels)
                .map(|channel| terms.iter().rev().fold(0.0, |sum, term| sum * channel as f64 + term))
                .collect(),
            Self::Boundaries(edges) if edges.len() == channels + 1 => edges.clone(),
            Self::Boundaries(_) => return None,
        };
        edges.iter().all(|energy| energy.is_finite()).then_some(edges)
    }
}

/// Energy windows of gross counts.
#[derive(Debug, Clone, PartialEq)]
pub struct Windows {
    /// Id inside the document.
    pub id: String,
    /// Lower and upper energy of each window, keV.
    pub bounds: Vec<(f64, f64)>,
}

/// What a measurement was taken of. A portal's samples during an occupancy may carry either of the first two:
/// `Measurement::occupied` decides first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum Class {
    /// The item.
    Foreground,
    /// Without an item.
    Background,
    /// A calibration source.
    Calibration,
    /// The detector's own activity.
    IntrinsicActivity,
    /// Not said.
    #[default]
    NotSpecified,
}

impl Class {
    pub(crate) const NAMES: [(&'static str, Self); 5] = [
        ("Foreground", Self::Foreground),
        ("Background", Self::Background),
        ("Calibration", Self::Calibration),
        ("IntrinsicActivity", Self::IntrinsicActivity),
        ("NotSpecified", Self::NotSpecified),
    ];

    /// As `MeasurementClassCode` writes it.
    pub fn name(self) -> &'static str {
        crate::code::name(&Self::NAMES, self)
    }
}

/// One interval of measuring.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Measurement {
    /// Id inside the document; empty in older documents.
    pub id: String,
    /// Free text.
    pub remarks: Vec<String>,
    /// What was measured.
    pub class: Class,
    /// When it began.
    pub start: Option<DateTime>,
    /// How long it took.
    pub real_time_s: Option<f64>,
    /// One spectrum a detector, at most.
    pub spectra: Vec<Spectrum>,
    /// One set of counts a detector, at most.
    pub gross: Vec<GrossCounts>,
    /// Dose rates.
    pub doses: Vec<DoseRate>,
    /// Whether the portal was occupied.
    pub occupied: Option<bool>,
    /// Speed of the item, m/s; negative when it went backwards.
    pub speed_m_s: Option<f64>,
    /// Where the instrument was.
    pub position: Option<Position>,
    /// What the instrument said was wrong with it.
    pub faults: Vec<Fault>,
    /// Named values of the instrument's state.
    pub characteristics: Vec<Characteristic>,
    /// Groups that it belongs to. Empty in a document that was read whole: there they are resolved.
    pub groups: Vec<String>,
}

/// Counts by channel.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Spectrum {
    /// Id inside the document; empty in older documents.
    pub id: String,
    /// Id of the detector; empty when not said.
    pub detector: String,
    /// Id of the calibration; empty when not said.
    pub calibration: String,
    /// Time in which the detector could count.
    pub live_time_s: Option<f64>,
    /// Counts by channel, expanded. Whole numbers, except in derived data; those may be negative.
    pub channels: Vec<f64>,
}

impl Spectrum {
    /// Sum over all channels.
    pub fn total(&self) -> f64 {
        self.channels.iter().sum()
    }
}

/// Counts without energies, or by energy window.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct GrossCounts {
    /// Id inside the document; empty in older documents.
    pub id: String,
    /// Id of the detector; empty when not said.
    pub detector: String,
    /// Id of the energy windows, one count a window; without, there should be one count.
    pub windows: Option<String>,
    /// Time in which the detector could count.
    pub live_time_s: Option<f64>,
    /// The counts.
    pub counts: Vec<f64>,
}

/// A dose rate.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct DoseRate {
    /// Id inside the document.
    pub id: String,
    /// Id of the detector.
    pub detector: String,
    /// Ambient dose rate, uSv/h.
    pub u_sv_h: f64,
}

/// A place on the Earth.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Position {
    /// Degrees, north positive.
    pub latitude: f64,
    /// Degrees, east positive.
    pub longitude: f64,
    /// Metres.
    pub elevation_m: Option<f64>,
}

/// How bad a fault is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum Severity {
    /// The instrument cannot measure.
    Fatal,
    /// What it measures may be wrong.
    #[default]
    Error,
    /// It should be looked at.
    Warning,
}

impl Severity {
    pub(crate) const NAMES: [(&'static str, Self); 3] =
        [("Fatal", Self::Fatal), ("Error", Self::Error), ("Warning", Self::Warning)];

    /// As `FaultSeverityCode` writes it.
    pub fn name(self) -> &'static str {
        crate::code::name(&Self::NAMES, self)
    }
}

/// What an instrument says is wrong with it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Fault {
    /// Id of the detector; none for the instrument itself.
    pub detector: Option<String>,
    /// The maker's code.
    pub code: String,
    /// In words.
    pub description: String,
    /// How bad.
    pub severity: Severity,
}

/// One analysis, by the instrument or by somebody else; `algorithm` tells them apart.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Analysis {
    /// Id inside the document, where it has one.
    pub id: Option<String>,
    /// Free text.
    pub remarks: Vec<String>,
    /// Ids of the measurements that were analysed.
    pub measurements: Vec<String>,
    /// Ids of the derived data that were analysed.
    pub derived: Vec<String>,
    /// Ids of groups. Empty in a document that was read whole: there they are resolved.
    pub groups: Vec<String>,
    /// Name of the algorithm.
    pub algorithm: Option<String>,
    /// Who made the algorithm.
    pub creator: Option<String>,
    /// Its components with their versions.
    pub versions: Vec<Version>,
    /// The result in words.
    pub result: Option<String>,
    /// Confidence in per cent.
    pub confidence_percent: Option<f64>,
    /// Alarms.
    pub alarms: Vec<Alarm>,
    /// Nuclides, found or ruled out.
    pub nuclides: Vec<Nuclide>,
}

/// Why an alarm was raised.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum AlarmCategory {
    /// Neutrons.
    Neutron,
    /// Photons.
    Gamma,
    /// Alpha particles.
    Alpha,
    /// Beta particles.
    Beta,
    /// A nuclide.
    Isotope,
    /// Anything else, or not said.
    #[default]
    Other,
}

impl AlarmCategory {
    pub(crate) const NAMES: [(&'static str, Self); 6] = [
        ("Neutron", Self::Neutron),
        ("Gamma", Self::Gamma),
        ("Alpha", Self::Alpha),
        ("Beta", Self::Beta),
        ("Isotope", Self::Isotope),
        ("Other", Self::Other),
    ];

    /// As `RadAlarmCategoryCode` writes it.
    pub fn name(self) -> &'static str {
        crate::code::name(&Self::NAMES, self)
    }
}

/// An alarm.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Alarm {
    /// Ids of the detectors that alarmed.
    pub detectors: Vec<String>,
    /// When.
    pub at: Option<DateTime>,
    /// Why.
    pub category: AlarmCategory,
    /// In words. A category that the standard does not know (`Gamma-Neutron`) stands here.
    pub description: Option<String>,
}

/// A nuclide.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Nuclide {
    /// `Cs-137`, or the maker's word.
    pub name: String,
    /// Whether it was found.
    pub identified: bool,
    /// Activity, in kBq in the standard's unit.
    pub activity_kbq: Option<f64>,
    /// Confidence in per cent.
    pub confidence_percent: Option<f64>,
    /// Confidence in words.
    pub confidence: Option<String>,
    /// `Industrial`, `Medical`, `NORM`, `SNM`, or the maker's word.
    pub category: Option<String>,
}
