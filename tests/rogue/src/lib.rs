//! Drivers that misbehave, for the tests of the host. Each is the same counter on a line protocol until it is
//! told `now`:
//!
//! ```text
//! 17          gamma, 17 counts
//! log words   the words as a log line
//! echo        the same back to the device
//! now         the misdeed
//! anything    raw
//! ```
//!
//! Every command is done at once, except an `acknowledge` of `nothing`, which never has an outcome.

mod misdeed;
mod post;

use std::marker::PhantomData;
use std::path::PathBuf;

use greenlane_driver::model::units::Seconds;
use greenlane_driver::model::{Body, Capability, CommandBody, Counts, Outcome, Stamp};
use greenlane_driver::{Driver, Input, LinkKind, OpenError, Outbox};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::misdeed::{Abort, Fine, Flood, Gush, Hang, Misdeed, Panic, PanicOnOpen, Segfault};
use crate::post::Post;

/// Settings of every model.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// What goes wrong while the driver opens is put right by this file.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub cure: Option<PathBuf>,
}

/// A counter until it does `M`.
pub struct Rogue<M>(PhantomData<M>);

impl<M: Misdeed> Driver for Rogue<M> {
    const MODEL: &'static str = M::MODEL;
    const LINK: LinkKind = LinkKind::Lines { max: 256 };
    const OFFERS: &'static [Capability] = &[Capability::Gamma, Capability::Acknowledge];
    type Settings = Settings;

    fn open(settings: Settings) -> Result<Self, OpenError> {
        M::open(&settings);
        Ok(Self(PhantomData))
    }

    fn handle(&mut self, now: Stamp, input: Input<'_>, out: &mut Outbox) {
        match input {
            Input::Frame(b"now") => M::act(now, out),
            Input::Frame(b"echo") => out.send(b"echo\n"),
            Input::Frame(line) => self.line(now, line, out),
            Input::Due { .. } => M::act(now, out),
            Input::Command { body: CommandBody::Acknowledge { what }, .. } if what == "nothing" => {}
            Input::Command { id, .. } => out.outcome(id, Outcome::Done),
            _ => {}
        }
    }
}

impl<M> Rogue<M> {
    fn line(&self, now: Stamp, line: &[u8], out: &mut Outbox) {
        let text = String::from_utf8_lossy(line);
        if let Some(words) = text.strip_prefix("log ") {
            tracing::info!(length = words.len(), "{words}");
        } else if let Ok(counts) = text.parse() {
            out.observe(now, gamma(counts));
        } else {
            out.raw(now, "no count", line);
        }
    }
}

fn gamma(counts: u32) -> Body {
    let interval = Seconds::new(0.1).expect("0.1 is finite");
    Body::Gamma(Counts { interval, counts: vec![counts], alarm: false, pre_roll: false })
}

greenlane_driver::export_drivers!(
    Rogue<Fine>,
    Rogue<Panic>,
    Rogue<PanicOnOpen>,
    Rogue<Segfault>,
    Rogue<Abort>,
    Rogue<Hang>,
    Rogue<Flood>,
    Rogue<Gush>,
    Post,
);
