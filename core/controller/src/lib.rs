//! Turns wires into effects: the plugin host, the supervision of devices, and the runtime that feeds lanes
//! and performs what they ask for.
//!
//! One sample's way: link -> driver -> queue -> lane -> journal -> command. Nothing else touches it.
//! Invariants: knows no maker; decides nothing; lets nothing permissive leave before its commit.

mod audit;
mod controller;
pub mod device;
mod dossier;
pub mod host;
mod papers;
mod replay;
mod runtime;
pub mod simulated;
mod standard;

pub use audit::{AuditKey, DayKey, DrawsOfADay, draw_again};
pub use controller::{Controller, Setup, StartError};
pub use papers::Declarations;
pub use replay::{Difference, Replay, recompute, replay};
pub use runtime::{RecordError, Watcher};
pub use standard::Admissions;
