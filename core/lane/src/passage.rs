//! One vehicle's way through a lane, with all that is known of it.

use greenlane_model::units::{CountsPerSecond, Metres, MetresPerSecond};
use greenlane_model::{
    Check, FileRef, Hold, Nuclide, OccupancyEnd, Papers, Position, Radiation, Severity, Stamp,
};
use greenlane_radiation::explain::Explanation;
use serde::{Deserialize, Serialize};

use crate::{DecisionKind, Evidence, Examination};

/// One vehicle's way through a lane.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Passage {
    /// `<lane>-<number>`, e.g. `in-04-000017`; never used twice in a journal.
    pub id: String,
    /// The lane's name.
    pub lane: String,
    /// First detection.
    pub entered: Stamp,
    /// When its rear left; `None` while it is in the lane.
    pub left: Option<Stamp>,
    /// What is known of the vehicle.
    pub vehicle: Vehicle,
    /// Container numbers, front first. A no-read has `number: null`.
    pub containers: Vec<ContainerEvidence>,
    /// Licence plates.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub plates: Vec<PlateEvidence>,
    /// What the portals saw.
    pub radiation: RadiationEvidence,
    /// What is declared of it, and what authorities ask of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub papers: Option<Answer>,
    /// Pictures.
    pub images: Vec<ImageEvidence>,
    /// The strictest so far; `None` until decided.
    pub decision: Option<DecisionKind>,
    /// Why.
    pub reasons: Vec<String>,
    /// Some evidence may belong to another vehicle.
    pub ambiguous: bool,
    /// What the policy asks for and is not there (final once decided).
    pub missing: Vec<Evidence>,
    /// It was in the lane while the controller was down.
    pub recovered: bool,
    /// The standard that was in force when it was decided, or that there was none.
    #[serde(default)]
    pub standard: String,
}

/// What the host found in the declarations for a passage.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Answer {
    /// For each container asked about, what is declared of it.
    pub papers: Vec<ContainerPapers>,
    /// Orders of authorities on the containers, their bills or the truck.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub holds: Vec<Hold>,
    /// The passage is drawn for inspection, though it may be explained.
    pub audit_drawn: bool,
    /// What the draw can be checked with once the day's key is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub commitment: Option<String>,
}

/// What is declared of one container.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ContainerPapers {
    /// The number as read.
    pub container: String,
    /// What is declared.
    pub papers: Papers,
}

/// What is known of a vehicle.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Vehicle {
    /// By length and number of containers.
    pub kind: VehicleKind,
    /// In m, when it could be measured.
    pub length_m: Option<Metres>,
    /// In m/s, the mean over the lane.
    pub speed_mps: Option<MetresPerSecond>,
}

/// What sort of vehicle it seems to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum VehicleKind {
    /// Too long or too short to be one truck, or not measured.
    #[default]
    Unknown,
    /// A tractor alone.
    Bobtail,
    /// A tractor with a trailer.
    Truck,
}

/// One container number.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ContainerEvidence {
    /// As read; `None` is a no-read.
    pub number: Option<String>,
    /// Its check digit.
    pub check: Check,
    /// Where on the vehicle.
    pub position: Position,
    /// 0 to 1.
    pub confidence: Option<f64>,
}

/// One licence plate.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PlateEvidence {
    /// As read; `None` is a no-read.
    pub text: Option<String>,
    /// 0 to 1.
    pub confidence: Option<f64>,
}

/// What the portals saw of a passage.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct RadiationEvidence {
    /// Occupancies that belong to it.
    pub occupancies: Vec<OccupancyRecord>,
    /// The devices' own verdicts, for ever.
    pub device_alarms: Vec<DeviceAlarm>,
    /// Those of our own tests, beside the devices'.
    pub own_alarms: Vec<DeviceAlarm>,
    /// What our tests said, an occupancy each.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub examinations: Vec<Examination>,
    /// Whether the papers account for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub explanation: Option<Explanation>,
    /// N42 files of what the portals measured, one an occupancy once it is written.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub n42: Vec<FileRef>,
    /// Faults of radiation devices during it.
    pub faults: Vec<FaultEvidence>,
}

/// An alarm.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DeviceAlarm {
    /// Which device.
    pub device: String,
    /// Of what.
    pub radiation: Radiation,
    /// When it came on.
    pub at: Stamp,
    /// What the device names.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub nuclides: Vec<Nuclide>,
}

/// A fault that touches a passage.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FaultEvidence {
    /// Which device.
    pub device: String,
    /// The fault's code.
    pub code: String,
    /// How bad.
    pub severity: Severity,
}

/// A picture that belongs to a passage.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ImageEvidence {
    /// Which device took it.
    pub device: String,
    /// SHA-256 of the file.
    pub sha256: String,
    /// Where it lies.
    pub path: String,
    /// Width and height, in pixels.
    pub px: [u32; 2],
    /// Bits a pixel.
    pub bits: u8,
}

/// One occupancy, from the device's stream only.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct OccupancyRecord {
    /// Which portal.
    pub device: String,
    /// Its own number, when it gave one.
    pub index: Option<u32>,
    /// Begin.
    pub started: Stamp,
    /// End.
    pub ended: Stamp,
    /// How it ended.
    pub end: OccupancyEnd,
    /// The device was in gamma alarm in it.
    pub gamma_alarm: bool,
    /// The device was in neutron alarm in it.
    pub neutron_alarm: bool,
    /// Largest sum of five consecutive gamma samples over all panels, pre-roll included; `None` with fewer.
    pub max_gamma: Option<u64>,
    /// Largest neutron sample over all banks; `None` without one.
    pub max_neutron: Option<u64>,
    /// As the device gave it.
    pub neutron_background_cps: Option<CountsPerSecond>,
    /// As the device measured it.
    pub speed_mps: Option<MetresPerSecond>,
}
