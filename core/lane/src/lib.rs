//! A lane as a pure function: [`Lane::step`] takes what a device said, or a person, or a timer, and says
//! what follows. The journal holds every input, so every decision ever taken can be recomputed.
//!
//! Invariants: knows no clock, socket, file, thread, random number or maker; `step` never panics on any
//! input; no result depends on hash order; a permission is never given on doubt.

mod admission;
mod config;
mod decision;
mod device;
mod effect;
mod evidence;
mod input;
mod interlock;
mod lane;
mod layout;
mod monitor;
mod notes;
mod occupancy;
mod passage;
pub mod scenario;
mod science;
mod track;
mod tracker;
mod visit;

pub use config::{
    Bind, DeviceInLane, Evidence, IdentificationTables, LaneConfig, LaneTable, Policy, RadiationTables, Role,
    StandardInForce, Station, StationName, TrackerTable,
};
pub use effect::{Alert, Decision, DecisionKind, Effect, MonitorMoved};
pub use input::{DeviceCondition, Input, OperatorAction};
pub use lane::Lane;
pub use monitor::Watched;
pub use passage::{
    Answer, ContainerEvidence, ContainerPapers, DeviceAlarm, FaultEvidence, ImageEvidence, OccupancyRecord,
    Passage, PlateEvidence, RadiationEvidence, Vehicle, VehicleKind,
};
pub use science::Examination;
