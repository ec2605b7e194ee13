//! One digital output: what was asked of it, what it reads as, and its pulse.

use std::time::Duration;

use greenlane_driver::model::{self, Body, Stamp};

use super::map::Place;
use super::say::{Code, Say};

/// A digital output.
#[derive(Debug)]
pub(super) struct Output {
    pub name: String,
    /// The coil that sets it.
    pub write: Place,
    /// Where it reads back.
    pub read_back: Place,
    /// How long it stays on, when it is one that pulses.
    pub pulse: Option<Duration>,
    /// How far its pulse is.
    pub pulsing: Pulse,
    /// What the device last took a write for.
    wanted: Option<bool>,
    /// What was last said.
    said: Option<bool>,
}

/// Where a pulse is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Pulse {
    /// None runs.
    Idle,
    /// The write is on its way, or it is not known what became of it.
    Asked,
    /// On until then on the monotonic clock.
    Until(u64),
}

impl Output {
    pub fn new(name: &str, write: Place, read_back: Place, pulse_ms: Option<u32>) -> Self {
        Self {
            name: name.to_owned(),
            write,
            read_back,
            pulse: pulse_ms.map(|ms| Duration::from_millis(u64::from(ms))),
            pulsing: Pulse::Idle,
            wanted: None,
            said: None,
        }
    }

    /// A write of `on` is on its way. A pulse that runs already keeps its end until the write is taken.
    pub fn asked(&mut self, on: bool) {
        if on && self.pulse.is_some() && self.pulsing == Pulse::Idle {
            self.pulsing = Pulse::Asked;
        }
    }

    /// The device refused the write. True when a pulse still has to be ended.
    pub fn refused(&mut self, on: bool) -> bool {
        if on && self.pulsing == Pulse::Asked {
            self.pulsing = Pulse::Idle;
        }
        !on && self.pulsing != Pulse::Idle
    }

    /// The device took the write; the answer says after how long it has to be written off again.
    pub fn taken(&mut self, on: bool, now: Stamp) -> Option<Duration> {
        self.wanted = Some(on);
        let pulse = self.pulse.filter(|_| on);
        self.pulsing = pulse.map_or(Pulse::Idle, |pulse| {
            Pulse::Until(now.mono_ns.saturating_add(u64::try_from(pulse.as_nanos()).unwrap_or(u64::MAX)))
        });
        pulse
    }

    /// It was read in the ordinary course: said when it changed, or was not said on this connection.
    pub fn read(&mut self, read: Stamp, on: bool, say: &mut Say<'_>) {
        if self.said != Some(on) {
            self.say(read, on, say);
        }
        self.compare(on, say);
    }

    /// It was read because of a write: said in any case.
    pub fn confirm(&mut self, read: Stamp, on: bool, say: &mut Say<'_>) {
        self.say(read, on, say);
        self.compare(on, say);
    }

    /// The link is down; what it reads as must be said anew.
    pub fn forget(&mut self) {
        self.said = None;
    }

    fn say(&mut self, at: Stamp, on: bool, say: &mut Say<'_>) {
        self.said = Some(on);
        say.observe(at, Body::Output(model::Output { point: self.name.clone(), on }));
    }

    fn compare(&self, on: bool, say: &mut Say<'_>) {
        match self.wanted {
            Some(wanted) if wanted != on => {
                let text = format!("{} was set {} and reads {}", self.name, word(wanted), word(on));
                say.raise(Code::ReadbackMismatch, &self.name, text);
            }
            _ => say.clear(Code::ReadbackMismatch, &self.name),
        }
    }
}

/// For a sentence.
pub(super) const fn word(on: bool) -> &'static str {
    if on { "on" } else { "off" }
}
