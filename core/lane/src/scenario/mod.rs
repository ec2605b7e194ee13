//! Scenario files: a small lane, what happens in it, and what must follow. No Rust is needed to add one.
//!
//! A file holds the lane (`[lane]`, `[[device]]`, `[[bind]]`, `[policy]`, `[tracker]`), vehicles that drive
//! through it (`[[truck]]`), single events (`[[at]]`), and the expectations (`[[expect]]` one a passage in
//! order of entry, `[also]` for alerts and commands). Times are in s from the start of the scenario.

mod compare;
mod play;
mod world;

use greenlane_model::units::Metres;
use greenlane_model::{Capability, Check, Covered, Position, ScanState, Severity};
use serde::Deserialize;

use crate::{
    Bind, DecisionKind, DeviceCondition, DeviceInLane, Evidence, LaneConfig, LaneTable, Policy, TrackerTable,
};
pub use compare::Report;

/// A scenario file.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scenario {
    /// The lane.
    pub lane: LaneTable,
    /// Its devices.
    pub device: Vec<DeviceTable>,
    /// Its bindings.
    #[serde(default)]
    pub bind: Vec<Bind>,
    /// What a release needs.
    pub policy: Option<Policy>,
    /// What the tracker assumes.
    #[serde(default)]
    pub tracker: TrackerTable,
    /// Vehicles.
    #[serde(default)]
    pub truck: Vec<Truck>,
    /// Single events.
    #[serde(default)]
    pub at: Vec<At>,
    /// How long it lasts, in s.
    pub lasts_s: f64,
    /// One a passage, in order of entry.
    #[serde(default)]
    pub expect: Vec<Expect>,
    /// What else must, or must not, follow.
    #[serde(default)]
    pub also: Also,
}

/// A device of the lane.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DeviceTable {
    /// Its name.
    pub name: String,
    /// Where it looks, in m from the entry line.
    pub at_m: Option<Metres>,
    /// Length of its zone, in m.
    #[serde(default)]
    pub length_m: Metres,
    /// What it can say or do.
    pub offers: Vec<Capability>,
}

/// A vehicle. It covers every sensor that it is over.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Truck {
    /// From front to rear, in m.
    pub length_m: f64,
    /// Where its front is over time: `[s, m]`, straight lines between, standing before and after.
    pub path: Vec<(f64, f64)>,
    /// Stretches behind its front that no presence sensor sees, `[from, to]` in m (a high chassis).
    #[serde(default)]
    pub gaps: Vec<(f64, f64)>,
    /// Sensors that miss it.
    #[serde(default)]
    pub missed_by: Vec<String>,
    /// The portal's own gamma alarm comes on while it is inside.
    #[serde(default)]
    pub gamma_alarm: bool,
    /// What is read of it.
    #[serde(default)]
    pub read: Vec<ReadTable>,
    /// The picture that its scanner takes.
    #[serde(default)]
    pub image: Vec<ImageTable>,
}

/// What a reader says of a truck, when the truck's middle is in front of it, or of nothing.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReadTable {
    /// Which reader.
    pub device: String,
    /// What it reads; absent for a no-read. The check digit is worked out.
    pub text: Option<String>,
    /// 0 to 1.
    #[serde(default = "sure")]
    pub confidence: f64,
    /// Instead of the right one.
    pub check: Option<Check>,
    /// Where on the vehicle.
    #[serde(default)]
    pub position: Position,
    /// A licence plate instead of a container number.
    #[serde(default)]
    pub plate: bool,
    /// The device's number of the event.
    pub event: Option<String>,
    /// `interim`, `final` or `corrected`.
    #[serde(default)]
    pub phase: greenlane_model::Phase,
    /// How long after the vehicle was seen it comes, in s.
    #[serde(default)]
    pub late_s: f64,
    /// The device says when it saw the vehicle.
    #[serde(default = "yes")]
    pub dated: bool,
    /// How much its clock is wrong, in s.
    #[serde(default)]
    pub clock_off_s: f64,
}

/// A picture of a truck.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ImageTable {
    /// Which scanner.
    pub device: String,
    /// How long after the vehicle has passed it comes, in s.
    #[serde(default)]
    pub late_s: f64,
    /// How much longer than the vehicle itself it goes on, in s.
    #[serde(default)]
    pub overrun_s: f64,
    /// The device says when it took it.
    #[serde(default = "yes")]
    pub dated: bool,
}

/// A single event: `t_s` and exactly one of the others.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct At {
    /// When.
    pub t_s: f64,
    /// A point says something.
    pub presence: Option<PresenceTable>,
    /// A reading of whatever is there.
    pub read: Option<ReadTable>,
    /// A picture of whatever is there, by this device.
    pub image: Option<String>,
    /// A portal's occupancy, without any vehicle: `{ device, for_s }`.
    pub occupancy: Option<OccupancyTable>,
    /// The device's gamma alarm comes on.
    pub alarm: Option<String>,
    /// A scanner's state.
    pub scan: Option<ScanTable>,
    /// A fault.
    pub fault: Option<FaultTable>,
    /// The host says how a device does.
    pub device: Option<ConditionTable>,
    /// The journal can (not) be written.
    pub recorder: Option<bool>,
    /// The controller starts again; every sensor is read anew.
    pub restarted: Option<bool>,
    /// The configuration is loaded again.
    pub reloaded: Option<bool>,
    /// UTC steps by that many seconds.
    pub utc_step_s: Option<f64>,
    /// A person says that this passage (its number in order of entry, from 1) is gone.
    pub gone: Option<u64>,
}

/// A point's state.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PresenceTable {
    /// Which device.
    pub device: String,
    /// Which point.
    pub point: String,
    /// Its state.
    pub covered: Covered,
    /// First reading after a reconnect.
    #[serde(default)]
    pub snapshot: bool,
}

/// An occupancy of its own.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OccupancyTable {
    /// Which portal.
    pub device: String,
    /// How long, in s.
    pub for_s: f64,
    /// With the device's own gamma alarm.
    #[serde(default)]
    pub gamma_alarm: bool,
}

/// A scanner's state.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ScanTable {
    /// Which scanner.
    pub device: String,
    /// Its state.
    pub state: ScanState,
    /// The beam.
    pub beam: Option<bool>,
}

/// A fault comes or goes.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FaultTable {
    /// Which device.
    pub device: String,
    /// Its code.
    pub code: String,
    /// How bad.
    pub severity: Severity,
    /// Comes or goes.
    pub on: bool,
}

/// How a device does.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConditionTable {
    /// Which device.
    pub name: String,
    /// How.
    pub condition: DeviceCondition,
}

/// What must be known of a passage in the end. What is not given is not looked at.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Expect {
    /// Container numbers, in order.
    pub containers: Option<Vec<String>>,
    /// The decision.
    pub decision: Option<DecisionKind>,
    /// Each must be part of one of the reasons.
    pub reasons: Vec<String>,
    /// Association.
    pub ambiguous: Option<bool>,
    /// In the lane over a restart.
    pub recovered: Option<bool>,
    /// What the policy asks for and is not there.
    pub missing: Option<Vec<Evidence>>,
    /// Number of pictures.
    pub images: Option<usize>,
    /// Number of occupancies.
    pub occupancies: Option<usize>,
    /// Whether it has left.
    pub left: Option<bool>,
    /// Its length, in m, within 1 m.
    pub length_m: Option<f64>,
}

/// What else must follow.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Also {
    /// Codes of alerts that must come.
    pub alerts: Vec<String>,
    /// Codes of alerts that must not come.
    pub no_alerts: Vec<String>,
    /// Commands that must come in this order, e.g. `light_green on`, `scan request`, `barrier close`.
    pub commands: Vec<String>,
    /// Commands that must not come.
    pub never: Vec<String>,
    /// Every passage's decision before it became stricter, if it did.
    pub decisions: Vec<DecisionKind>,
}

/// Plays a scenario file and compares.
///
/// # Errors
/// The text is not a scenario: the error names the line.
pub fn run(text: &str) -> Result<Report, toml::de::Error> {
    let scenario: Scenario = toml::from_str(text)?;
    let effects = play::play(&scenario);
    Ok(compare::compare(&scenario, &effects))
}

impl Scenario {
    /// The lane as `Input::Config` carries it.
    pub fn config(&self) -> LaneConfig {
        let device = |d: &DeviceTable| DeviceInLane {
            name: d.name.clone(),
            at_m: d.at_m,
            length_m: d.length_m,
            offers: d.offers.clone(),
        };
        LaneConfig {
            radiation: None,
            papers: false,
            standard: None,
            lane: self.lane.clone(),
            stations: Vec::new(),
            devices: self.device.iter().map(device).collect(),
            binds: self.bind.clone(),
            policy: self.policy.clone(),
            tracker: self.tracker.clone(),
        }
    }
}

fn sure() -> f64 {
    0.95
}

fn yes() -> bool {
    true
}
