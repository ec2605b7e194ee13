//! What a lane is told about itself. The TOML tables of the same names read straight into these types.

use greenlane_model::Capability;
use greenlane_model::units::Metres;
use greenlane_radiation::detect::Panel;
use greenlane_radiation::explain::Profile;
use greenlane_standard::{Response, Watch};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::science::Science;

/// A lane's whole configuration, resolved: what `Input::Config` carries and the journal keeps.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LaneConfig {
    /// `[lane]`.
    pub lane: LaneTable,
    /// `[[station]]`.
    pub stations: Vec<Station>,
    /// `[[device]]`, as far as the lane may know: no model, no link.
    pub devices: Vec<DeviceInLane>,
    /// `[[bind]]`.
    pub binds: Vec<Bind>,
    /// `[policy]`; without one every passage is referred, reason "no policy".
    pub policy: Option<Policy>,
    /// `[tracker]`.
    pub tracker: TrackerTable,
    /// `[radiation]`; without it only the devices' own verdicts count.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub radiation: Option<RadiationTables>,
    /// `[manifest]` stands in the file: declarations and holds are asked for before a decision.
    #[serde(default)]
    pub papers: bool,
    /// `[standard]`; without it nobody asks whether a driver is certified.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub standard: Option<StandardInForce>,
}

/// `[standard]`, as far as the lane must know it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StandardInForce {
    /// Its id.
    pub id: String,
    /// Its version.
    pub version: String,
    /// BLAKE3 of the resolved set.
    pub blake3: String,
    /// What it watches.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub monitors: Vec<Watch>,
    /// The least that is done about a monitor that is degraded, whatever the standard says.
    #[serde(default)]
    pub when_degraded: Response,
    /// The least that is done about a monitor that is out of standard.
    #[serde(default)]
    pub when_out: Response,
    /// Least and greatest background of a gamma panel at this site, in counts per second.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub background_cps: Option<[f64; 2]>,
}

/// `[radiation]`, resolved: every table as text, so that a journal is enough to recompute what was decided.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct RadiationTables {
    /// What the tests on the counts assume: the contents of a file in `configs/radiation`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detection: Option<String>,
    /// Where each panel stands, in the portal's own order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub panels: Vec<Panel>,
    /// What spectra are compared with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub identification: Option<IdentificationTables>,
    /// What declared goods may radiate: the contents of a file in `configs/cargo`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expectations: Option<String>,
    /// What the site asks of an explanation.
    #[serde(default)]
    pub profile: Profile,
}

impl RadiationTables {
    /// Whether a lane can work with them.
    ///
    /// # Errors
    /// Which table cannot be read, and why.
    pub fn check(&self) -> Result<(), String> {
        Science::new(self).map(|_| ())
    }
}

/// What spectra are compared with, as text.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct IdentificationTables {
    /// The nuclides and their lines.
    pub nuclides: String,
    /// The detector: a file in `configs/responses`.
    pub response: String,
    /// The table of its crystal.
    pub table: String,
}

/// `[lane]`
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LaneTable {
    /// The lane's name, unique in its site.
    pub name: String,
    /// Fastest a vehicle may drive in it, in km/h.
    pub max_speed_kmh: f64,
    /// From the entry line to the exit line, in m. Without it: the far end of whatever lies farthest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub length_m: Option<Metres>,
    /// How long a scan request stands without renewal, in ms; it is renewed at half of this.
    #[serde(default = "scan_lease")]
    pub scan_lease_ms: u32,
    /// How long a release still shows when the vehicle was decided only after the last sensor had lost it,
    /// in s; another vehicle in the lane ends it at once.
    #[serde(default = "clear")]
    pub clear_s: f64,
}

fn scan_lease() -> u32 {
    2000
}

fn clear() -> f64 {
    5.0
}

/// Name of a station.
pub type StationName = String;

/// `[[station]]`: a place on the lane's axis.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Station {
    /// Unique in the lane.
    pub name: StationName,
    /// Centre, in m from the entry line.
    pub at_m: Metres,
    /// Length of its detection zone along the lane, in m.
    #[serde(default)]
    pub length_m: Metres,
}

/// What a lane knows of a device.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DeviceInLane {
    /// Unique in the site.
    pub name: String,
    /// Where it looks, in m from the entry line (its own `at_m`, or its station's); `None` when it has no
    /// place (an I/O box).
    pub at_m: Option<Metres>,
    /// Length of its detection zone, in m.
    pub length_m: Metres,
    /// What it can say or do.
    pub offers: Vec<Capability>,
}

/// `[[bind]]`: which device point plays which role.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Bind {
    /// The role.
    pub role: Role,
    /// The device's name.
    pub device: String,
    /// The point's name in the device's settings. Without it the whole device plays the role
    /// (a device that offers `signal`, `barrier` or `scan` itself).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub point: Option<String>,
    /// Where it is, in m from the entry line (for `presence`: centre of the zone).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_m: Option<Metres>,
    /// Length of the detection zone along the lane, in m.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub length_m: Option<Metres>,
}

/// What a point is in the lane.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[allow(missing_docs, reason = "the names say it")]
pub enum Role {
    /// Something stands or drives over it.
    #[serde(rename = "presence")]
    Presence,
    #[serde(rename = "signal.red")]
    SignalRed,
    #[serde(rename = "signal.green")]
    SignalGreen,
    #[serde(rename = "barrier.open")]
    BarrierOpen,
    #[serde(rename = "barrier.close")]
    BarrierClose,
    #[serde(rename = "barrier.is_open")]
    BarrierIsOpen,
    #[serde(rename = "barrier.is_closed")]
    BarrierIsClosed,
    /// The presence under the barrier: it never closes while this is not known clear.
    #[serde(rename = "barrier.presence")]
    BarrierPresence,
    #[serde(rename = "scan.request")]
    ScanRequest,
    #[serde(rename = "scan.ready")]
    ScanReady,
    #[serde(rename = "scan.beam_on")]
    ScanBeamOn,
    /// Turns to "yes" when a scan is complete and valid. Bound, an image counts only with it.
    #[serde(rename = "scan.valid")]
    ScanValid,
    /// The scanner's own safety chain; must read "yes" for a request to stand.
    #[serde(rename = "scan.interlock")]
    ScanInterlock,
    /// Must read "yes" (not pressed) for a request to stand.
    #[serde(rename = "scan.estop")]
    ScanEstop,
    /// The driver's cab is past the beam.
    #[serde(rename = "cab_clear")]
    CabClear,
}

/// Evidence that a policy can ask for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Evidence {
    /// One complete occupancy of every portal, without a fault.
    Radiation,
    /// Every container's number, check digit right and confidence high enough.
    Container,
    /// A whole image of the vehicle from every scanner.
    Image,
    /// A licence plate.
    Plate,
}

/// `[policy]`
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Policy {
    /// What must be there for a release.
    pub require: Vec<Evidence>,
    /// Least confidence of a container number or plate, 0 to 1.
    #[serde(default = "confidence")]
    pub min_confidence: f64,
    /// A vehicle at least this long, in m, on which one 20-foot container alone was read may carry another
    /// that the reader did not see. General knowledge: a tractor with one 20-foot chassis is shorter.
    #[serde(default = "two_containers")]
    pub two_containers_m: f64,
    /// How long after the vehicle's rear passed a device its evidence may still come, in s.
    #[serde(default = "wait")]
    pub wait_s: f64,
}

fn confidence() -> f64 {
    0.8
}

fn two_containers() -> f64 {
    13.0
}

fn wait() -> f64 {
    5.0
}

/// `[tracker]`: what the tracker assumes. Defaults are general knowledge, to be set by site.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct TrackerTable {
    /// A presence that stays covered longer is a stuck sensor, in s.
    pub stuck_s: f64,
    /// Shortest vehicle, in m.
    pub min_length_m: f64,
    /// Longest vehicle, in m.
    pub max_length_m: f64,
    /// Gaps within a vehicle (chassis, drawbar) are shorter than this, in m.
    pub max_inner_gap_m: f64,
    /// Two explanations this close in metres are "nearly as well".
    pub ambiguous_m: f64,
    /// An X-ray beam farther than this from a portal does not disturb it, in m. Without it every beam does:
    /// how far it reaches is measured at the site.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub beam_range_m: Option<Metres>,
}

impl Default for TrackerTable {
    fn default() -> Self {
        Self {
            stuck_s: 600.0,
            min_length_m: 3.0,
            max_length_m: 26.0,
            max_inner_gap_m: 1.5,
            ambiguous_m: 2.0,
            beam_range_m: None,
        }
    }
}
