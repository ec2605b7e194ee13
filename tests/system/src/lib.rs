//! What the end-to-end tests share: the built program, its journals, and devices on loopback wires.
//!
//! The devices are written here a second time on purpose: a mistake that a driver and the simulator have in
//! common would show in neither.

mod bank;
mod journal;
mod lanes;
mod portal;
mod post;
mod program;

pub use bank::{Bank, Write};
pub use journal::{entries, export, is_sound, peek};
pub use lanes::{guarded_lane, portal_lane};
pub use portal::Portal;
pub use post::post;
pub use program::{Ended, Running, children, free_port, greenlane, offline, run, until, workspace};
