//! One digital input: inverted, debounced, watched for being stuck.

use greenlane_driver::model::{Body, Covered, Presence, Quality, Stamp};

use super::say::{Code, Say};
use super::settings::{FailSafe, InputSettings};

/// A digital input that says presence.
#[derive(Debug)]
pub(super) struct Input {
    name: String,
    on_ns: u64,
    off_ns: u64,
    invert: bool,
    fail_safe: Option<FailSafe>,
    stuck_s: Option<u32>,
    /// What was last said; `None` is unknown.
    covered: Option<bool>,
    /// Since when, on the monotonic clock.
    since_ns: u64,
    pending: Option<Pending>,
}

/// A change that has not lasted long enough yet.
#[derive(Debug, Clone, Copy)]
struct Pending {
    /// When it happened.
    edge: Stamp,
    /// The first read that showed it.
    first_ns: u64,
}

impl Input {
    pub fn new(settings: &InputSettings) -> Self {
        Self {
            name: settings.name.clone(),
            on_ns: u64::from(settings.on_ms) * 1_000_000,
            off_ns: u64::from(settings.off_ms) * 1_000_000,
            invert: settings.invert,
            fail_safe: settings.fail_safe,
            stuck_s: settings.stuck_s,
            covered: None,
            since_ns: 0,
            pending: None,
        }
    }

    /// Takes the bit of the read at `read`, the one before having been at `before`.
    ///
    /// An edge happened somewhere between two reads, so it is stamped with their middle and half their
    /// distance: half a poll and half a round trip. The debounce delays the saying, never the time said.
    pub fn read(&mut self, before: Option<Stamp>, read: Stamp, bit: bool, say: &mut Say<'_>) {
        let on = bit != self.invert;
        match self.covered {
            None => self.say(read, on, true, say),
            Some(covered) if covered == on => self.pending = None,
            Some(_) => {
                let edge = before.map_or(read, |before| Stamp::between(before, read));
                let pending = *self.pending.get_or_insert(Pending { edge, first_ns: read.mono_ns });
                let wait = if on { self.on_ns } else { self.off_ns };
                if read.mono_ns.saturating_sub(pending.first_ns) >= wait {
                    self.say(pending.edge, on, false, say);
                }
            }
        }
        self.watch(read, say);
    }

    /// It cannot be read: unknown, whatever it was and however it is wired.
    pub fn unknown(&mut self, quality: Quality, say: &mut Say<'_>) {
        self.pending = None;
        if self.covered.take().is_some() {
            let body = self.presence(Covered::Unknown, false);
            say.out.observe_as(say.now, quality, body);
        }
    }

    fn say(&mut self, at: Stamp, on: bool, snapshot: bool, say: &mut Say<'_>) {
        self.pending = None;
        self.covered = Some(on);
        self.since_ns = at.mono_ns;
        say.observe(at, self.presence(if on { Covered::Yes } else { Covered::No }, snapshot));
    }

    fn presence(&self, covered: Covered, snapshot: bool) -> Body {
        Body::Presence(Presence { point: self.name.clone(), covered, snapshot })
    }

    fn watch(&self, read: Stamp, say: &mut Say<'_>) {
        let Some(stuck_s) = self.stuck_s else { return };
        if self.covered == Some(false) {
            say.clear(Code::StuckInput, &self.name);
        } else if read.mono_ns.saturating_sub(self.since_ns) > u64::from(stuck_s) * 1_000_000_000 {
            let wiring = match self.fail_safe {
                Some(FailSafe::Present) => "; its detector reads present when it fails",
                Some(FailSafe::Clear) => "; its detector reads clear when it fails, so something holds it",
                None => "",
            };
            let text = format!("{} is on for more than {stuck_s} s{wiring}", self.name);
            say.raise(Code::StuckInput, &self.name, text);
        }
    }
}
