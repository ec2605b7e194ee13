//! The suite that judges a compiled driver against a performance standard.
//!
//! A *scene* ([`scene`]) says in SI units what truly happens. A *kit* ([`kit`]) turns it into what is on the
//! wire. The compiled plugin gets that through the controller's own plugin host and framing, in simulated
//! time ([`rig`]), and what it observes is compared with the scene, never with the kit. The requirements and
//! the arithmetic of verdicts are `greenlane-standard`'s; the test methods ([`areas`]) are named by them.
//!
//! ```text
//! scene --kit--> script --rig--> trace --area--> trials --standard--> verdicts
//! ```
//!
//! Nothing here names a maker: makers enter through kits.

pub mod areas;
pub mod bench;
pub mod catalogue;
pub mod compose;
pub mod expect;
pub mod far;
pub mod kit;
mod memory;
pub mod methods;
mod pattern;
pub mod report;
pub mod results;
pub mod rig;
pub mod same;
pub mod scene;
pub mod script;
mod shrink;
pub mod suite;
pub mod trace;
pub mod trials;
mod watch;
