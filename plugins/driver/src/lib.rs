//! Everything an integrator needs to write a driver: one trait, what comes in ([`Input`]), where things go
//! ([`Outbox`]), how to try it out ([`Bench`]) and how to ship it ([`export_drivers!`]).
//!
//! A driver is a pure decoder. The host owns the wire and the clock: every input carries its time, every
//! timer is asked for with [`Outbox::wake_after`]. So the same compiled driver runs live, from a recording,
//! against a simulator and in simulated time.
//!
//! Invariants of a driver: it opens no file or socket, starts no thread, reads no clock, draws no random
//! number, and never panics on what a device sends.

mod bench;
#[doc(hidden)]
pub mod export;
pub mod fields;
mod input;
mod link;
mod log;
mod outbox;
mod settings;

pub use bench::{Bench, Seen};
pub use export::DriverInfo;
pub use greenlane_model as model;
pub use input::{Answer, File, Input};
pub use link::LinkKind;
pub use outbox::{Outbox, Request, Sink};
pub use settings::{OpenError, Point};

use greenlane_model::{Capability, Stamp};
use schemars::JsonSchema;
use serde::de::DeserializeOwned;

/// Understands one kind of device.
pub trait Driver: Sized + Send + 'static {
    /// The word in TOML: `folder.file`, e.g. `tsa.vm250` for `vendors/tsa/src/vm250.rs`.
    const MODEL: &'static str;
    /// What kind of wire it needs.
    const LINK: LinkKind;
    /// What a device of this kind can say or be asked to do.
    const OFFERS: &'static [Capability];
    /// The `settings` table of the device in TOML. Use `#[serde(deny_unknown_fields)]`, and doc comments:
    /// they become the descriptions an editor shows.
    type Settings: DeserializeOwned + JsonSchema;

    /// Checks what a type cannot say and makes the driver. Pure: no I/O.
    fn open(settings: Self::Settings) -> Result<Self, OpenError>;

    /// The named points that a `[[bind]]` may use, with what each can do.
    fn points(&self) -> Vec<Point> {
        Vec::new()
    }

    /// Takes one input at time `now` and says what follows from it. Must return soon (well under 1 ms).
    fn handle(&mut self, now: Stamp, input: Input<'_>, out: &mut Outbox);
}
