//! Where things stand in a lane, and which point of which I/O module they are wired to.

use crate::scenario::Scenario;
use crate::virtual_lane::device;

/// A presence sensor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Sensor {
    /// Loop at the entry line.
    EntryLoop,
    /// Light curtain at the portal, wired to the I/O module.
    PortalBeam,
    /// Beam before the scanner.
    ScanInBeam,
    /// Beam behind the scanner.
    ScanOutBeam,
    /// Loop before the stop line.
    DecisionLoop,
    /// Beam between camera and portal.
    Beam13,
    /// First beam between portal and scanner.
    Beam28,
    /// Second beam between portal and scanner.
    Beam36,
    /// First beam between scanner and stop line.
    Beam56,
    /// Second beam between scanner and stop line.
    Beam66,
    /// Beam under the barrier.
    BarrierBeam,
    /// The portal's own occupancy sensor.
    PortalOwn,
    /// The camera's own trigger.
    CameraTrigger,
    /// The scanner's own beam plane.
    ScanPlane,
}

impl Sensor {
    /// Every sensor, in the order of [`LaneLayout::zones`].
    pub const ALL: [Self; 14] = [
        Self::EntryLoop,
        Self::PortalBeam,
        Self::ScanInBeam,
        Self::ScanOutBeam,
        Self::DecisionLoop,
        Self::Beam13,
        Self::Beam28,
        Self::Beam36,
        Self::Beam56,
        Self::Beam66,
        Self::BarrierBeam,
        Self::PortalOwn,
        Self::CameraTrigger,
        Self::ScanPlane,
    ];

    /// Loops lose high chassis; everything else is a light curtain.
    pub fn is_loop(self) -> bool {
        matches!(self, Self::EntryLoop | Self::DecisionLoop)
    }
}

/// A stretch of the lane that a sensor watches.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Zone {
    /// Middle, in m from the entry line.
    pub at_m: f64,
    /// Length along the lane, in m.
    pub length_m: f64,
}

/// A portal beside the first one.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Station {
    /// Its device's name.
    pub device: &'static str,
    /// What it speaks like.
    pub make: Make,
    /// What its own occupancy sensor watches.
    pub zone: Zone,
}

/// Makes of further portals.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names are the makers' own")]
pub enum Make {
    Rs350,
    Yantar,
}

/// Positions along the lane, in m from the entry line.
///
/// The default is a plausible short lane; real distances are site data.
#[derive(Debug, Clone, PartialEq)]
pub struct LaneLayout {
    /// The lane's name.
    pub name: String,
    /// Entry loop.
    pub entry_loop: Zone,
    /// Camera.
    pub camera: Zone,
    /// Radiation portal.
    pub portal: Zone,
    /// Scanner beam.
    pub scanner: Zone,
    /// Beam before the scanner.
    pub scan_in: Zone,
    /// Beam behind the scanner.
    pub scan_out: Zone,
    /// Loop before the stop line.
    pub decision_loop: Zone,
    /// Beams between all these, so that a truck is never out of sight: where vehicles stop and go, two that
    /// no sensor sees are told apart by nothing.
    pub between: [Zone; 5],
    /// Where a vehicle stops at red.
    pub stop_m: f64,
    /// Barrier arm, presence under it, and exit line.
    pub barrier: Zone,
    /// Further portals; none in the default.
    pub stations: Vec<Station>,
}

impl Default for LaneLayout {
    fn default() -> Self {
        let zone = |at_m, length_m| Zone { at_m, length_m };
        Self {
            name: "in-04".to_owned(),
            entry_loop: zone(0.0, 1.0),
            camera: zone(6.0, 1.0),
            portal: zone(20.0, 1.0),
            scanner: zone(45.0, 0.2),
            scan_in: zone(43.0, 0.1),
            scan_out: zone(47.0, 0.1),
            decision_loop: zone(76.0, 2.0),
            between: [13.0, 28.0, 36.0, 56.0, 66.0].map(|at_m| zone(at_m, 0.1)),
            stop_m: 77.5,
            barrier: zone(80.0, 1.0),
            stations: Vec::new(),
        }
    }
}

impl LaneLayout {
    /// The default, with the portals that a scenario adds.
    pub fn of(scenario: &Scenario) -> Self {
        let spectrometer = scenario.spectrometer_at_m.map(|at_m| Station {
            device: device::SPECTROMETER,
            make: Make::Rs350,
            zone: Zone { at_m, length_m: 1.0 },
        });
        Self { stations: spectrometer.into_iter().collect(), ..Self::default() }
    }

    /// The zone of every sensor, in the order of [`Sensor::ALL`].
    pub fn zones(&self) -> [Zone; Sensor::ALL.len()] {
        Sensor::ALL.map(|sensor| match sensor {
            Sensor::EntryLoop => self.entry_loop,
            Sensor::PortalBeam | Sensor::PortalOwn => self.portal,
            Sensor::ScanInBeam => self.scan_in,
            Sensor::ScanOutBeam => self.scan_out,
            Sensor::DecisionLoop => self.decision_loop,
            Sensor::Beam13 => self.between[0],
            Sensor::Beam28 => self.between[1],
            Sensor::Beam36 => self.between[2],
            Sensor::Beam56 => self.between[3],
            Sensor::Beam66 => self.between[4],
            Sensor::BarrierBeam => self.barrier,
            Sensor::CameraTrigger => self.camera,
            Sensor::ScanPlane => self.scanner,
        })
    }
}

/// Inputs of the lane's I/O module (`io`): point number = index.
pub const IO_INPUTS: [&str; 8] = [
    "loop_entry",
    "beam_portal",
    "beam_scan_in",
    "beam_scan_out",
    "barrier_is_open",
    "barrier_is_closed",
    "beam_barrier",
    "loop_decision",
];

/// Outputs of the lane's I/O module (`io`): point number = index.
pub const IO_OUTPUTS: [&str; 4] = ["light_red", "light_green", "barrier_open", "barrier_close"];

/// Inputs of the second module, for the scanner's contacts and the beams on the way (`scan-io`): point
/// number = index.
pub const SCAN_INPUTS: [&str; 12] = [
    "ready",
    "beam_on",
    "valid",
    "interlock",
    "estop",
    "cab_clear",
    "camera_trigger",
    "beam_13",
    "beam_28",
    "beam_36",
    "beam_56",
    "beam_66",
];

/// Outputs of the scanner's contacts (`scan-io`): point number = index.
pub const SCAN_OUTPUTS: [&str; 1] = ["scan_request"];
