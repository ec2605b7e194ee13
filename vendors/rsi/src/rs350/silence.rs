//! Watches that the device speaks. The timer is moved on when it runs out, not at each document.

use std::time::Duration;

use greenlane_driver::Outbox;
use greenlane_driver::model::{Severity, Stamp};

use super::SILENCE_TIMER;

#[derive(Debug)]
pub(super) struct Silence {
    limit: Duration,
    heard: Stamp,
    connected: bool,
    on: bool,
}

impl Silence {
    pub(super) fn new(limit: Duration) -> Self {
        Self { limit, heard: Stamp::default(), connected: false, on: false }
    }

    pub(super) fn connected(&mut self, now: Stamp, out: &mut Outbox) {
        (self.connected, self.heard) = (true, now);
        out.wake_after(self.limit, SILENCE_TIMER);
    }

    pub(super) fn lost(&mut self) {
        self.connected = false;
    }

    pub(super) fn heard(&mut self, now: Stamp, out: &mut Outbox) {
        self.heard = now;
        if self.on {
            self.on = false;
            self.fault(now, out);
            out.wake_after(self.limit, SILENCE_TIMER);
        }
    }

    pub(super) fn tick(&mut self, now: Stamp, out: &mut Outbox) {
        if !self.connected || self.on {
            return;
        }
        let quiet = Duration::from_nanos(now.mono_ns.saturating_sub(self.heard.mono_ns));
        if quiet < self.limit {
            out.wake_after(self.limit - quiet, SILENCE_TIMER);
        } else {
            self.on = true;
            self.fault(now, out);
        }
    }

    fn fault(&self, now: Stamp, out: &mut Outbox) {
        let text =
            if self.on { format!("nothing heard for {} s", self.limit.as_secs()) } else { String::new() };
        out.fault(now, "silent", Severity::Error, self.on, text);
    }
}
