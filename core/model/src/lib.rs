//! The vocabulary of a lane: what a device said ([`Observation`]), what it is asked to do ([`Command`]),
//! the [`units`] both are measured in, and [`ContainerNumber`]s.
//!
//! These types cross the plugin boundary, the child-process pipe, the journal and every export in one
//! JSON form. Invariants: this crate performs no I/O, reads no clock and takes no decision.

mod body;
mod capability;
mod command;
mod container_number;
mod declaration;
mod observation;
mod radiation;
mod raw;
mod read;
mod stamp;
pub mod units;

pub use body::*;
pub use capability::Capability;
pub use command::{BarrierAction, Class, Command, CommandBody, Outcome, SignalAspect};
pub use container_number::{ContainerNumber, ContainerNumberError, expected_check_digit};
pub use declaration::*;
pub use observation::{Observation, Quality};
pub use radiation::*;
pub use raw::{Raw, escape, unescape};
pub use read::*;
pub use stamp::{Stamp, StampError, rfc3339};
