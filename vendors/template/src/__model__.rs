//! __maker__ __model__: a counter with a presence sensor. It only speaks.
//!
//! ```text
//! B,<cps>      gamma background, each 5 s while nobody is there
//! C,<counts>   gamma counts of one interval; the first one begins an occupancy
//! E,<number>   the vehicle has gone; the device's own number of the occupancy
//! ```
//! Each number has five digits; 65535 is a full register. Anything else is kept raw and changes nothing.

use std::time::Duration;

use greenlane_driver::model::units::{CountsPerSecond, Seconds};
use greenlane_driver::model::{
    Background, Body, Capability, Counts, Occupancy, OccupancyEnd, Severity, Stamp,
};
use greenlane_driver::{Driver, Input, LinkKind, OpenError, Outbox};
use schemars::JsonSchema;
use serde::Deserialize;

const SILENCE_TIMER: u64 = 0;

/// A full register: the true count is this or more.
const FULL: u32 = 65535;

/// Settings of a __model__.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// Length of the device's counting interval, in s. Above 0.
    #[serde(default = "one")]
    pub interval_s: f64,
    /// Fault `silent` when nothing is heard for this long, in s. An idle device speaks every 5 s.
    #[serde(default = "fifteen")]
    #[schemars(range(min = 1, max = 3600))]
    pub silent_s: u32,
}

fn one() -> f64 {
    1.0
}

fn fifteen() -> u32 {
    15
}

/// The driver.
#[derive(Debug)]
pub struct __Model__ {
    interval: Seconds,
    silent_after: Duration,
    heard: Stamp,
    connected: bool,
    silent: bool,
    occupied: bool,
    full: bool,
}

impl Driver for __Model__ {
    const MODEL: &'static str = "__maker__.__model__";
    const LINK: LinkKind = LinkKind::Lines { max: 64 };
    const OFFERS: &'static [Capability] = &[Capability::Gamma, Capability::Background, Capability::Occupancy];
    type Settings = Settings;

    fn open(settings: Settings) -> Result<Self, OpenError> {
        if !(1..=3600).contains(&settings.silent_s) {
            return Err(OpenError::new("/silent_s", settings.silent_s, "1 to 3600 s"));
        }
        match Seconds::new(settings.interval_s) {
            Some(interval) if interval > Seconds::ZERO => Ok(Self {
                interval,
                silent_after: Duration::from_secs(settings.silent_s.into()),
                heard: Stamp::default(),
                connected: false,
                silent: false,
                occupied: false,
                full: false,
            }),
            _ => Err(OpenError::new("/interval_s", settings.interval_s, "more than 0 s")),
        }
    }

    fn handle(&mut self, now: Stamp, input: Input<'_>, out: &mut Outbox) {
        match input {
            Input::Connected => {
                (self.connected, self.heard) = (true, now);
                out.wake_after(self.silent_after, SILENCE_TIMER);
            }
            Input::Frame(line) => self.line(now, line, out),
            Input::Due { token: SILENCE_TIMER } => self.watch(now, out),
            Input::Lost { .. } => {
                self.connected = false;
                self.end(now, None, OccupancyEnd::LinkLost, out);
            }
            _ => {}
        }
    }
}

impl __Model__ {
    fn line(&mut self, now: Stamp, line: &[u8], out: &mut Outbox) {
        self.heard = now;
        if std::mem::take(&mut self.silent) {
            out.fault(now, "silent", Severity::Error, false, "");
            out.wake_after(self.silent_after, SILENCE_TIMER);
        }
        match (line.get(..2), line.get(2..).and_then(number)) {
            (Some(b"B,"), Some(cps)) => {
                // Nobody is there any more, whatever became of the end.
                self.end(now, None, OccupancyEnd::NoEndMessage, out);
                let gamma_cps = CountsPerSecond::new(cps.into()).map(|cps| vec![cps]);
                out.observe(now, Body::Background(Background { gamma_cps, neutron_cps: None }));
            }
            (Some(b"C,"), Some(counts)) => self.sample(now, counts, out),
            (Some(b"E,"), Some(index)) if self.occupied => {
                self.end(now, Some(index), OccupancyEnd::Normal, out);
            }
            _ => out.raw(now, "none of B,<cps>, C,<counts> and E,<number>", line),
        }
    }

    fn sample(&mut self, now: Stamp, counts: u32, out: &mut Outbox) {
        if !std::mem::replace(&mut self.occupied, true) {
            out.observe(now, Body::Occupancy(Occupancy::Started));
        }
        let (interval, counted) = (self.interval, vec![counts]);
        out.observe(now, Body::Gamma(Counts { interval, counts: counted, alarm: false, pre_roll: false }));
        self.over_range(now, counts == FULL, out);
    }

    fn end(&mut self, now: Stamp, index: Option<u32>, end: OccupancyEnd, out: &mut Outbox) {
        if std::mem::take(&mut self.occupied) {
            let ended = Occupancy::Ended { index, neutron_background_cps: None, end };
            out.observe(now, Body::Occupancy(ended));
            self.over_range(now, false, out);
        }
    }

    fn over_range(&mut self, now: Stamp, full: bool, out: &mut Outbox) {
        if std::mem::replace(&mut self.full, full) != full {
            let text = if full { format!("{FULL} counts or more in one interval") } else { String::new() };
            out.fault(now, "over_range", Severity::Error, full, text);
        }
    }

    /// The timer is moved on when it runs out, not at each line.
    fn watch(&mut self, now: Stamp, out: &mut Outbox) {
        if !self.connected || self.silent {
            return;
        }
        let quiet = Duration::from_nanos(now.mono_ns.saturating_sub(self.heard.mono_ns));
        if quiet < self.silent_after {
            out.wake_after(self.silent_after - quiet, SILENCE_TIMER);
        } else {
            self.silent = true;
            let text = format!("nothing heard for {} s", self.silent_after.as_secs());
            out.fault(now, "silent", Severity::Error, true, text);
        }
    }
}

/// Five digits, at most a full register.
fn number(field: &[u8]) -> Option<u32> {
    let digits = Some(field).filter(|field| field.len() == 5 && field.iter().all(u8::is_ascii_digit))?;
    std::str::from_utf8(digits).ok()?.parse().ok().filter(|number| *number <= FULL)
}

#[cfg(test)]
mod tests {
    use greenlane_driver::Bench;
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn connected() -> Bench<__Model__> {
        let mut bench = Bench::open(json!({})).unwrap();
        bench.connect();
        bench
    }

    #[test]
    fn a_passage_is_read_as_the_device_tells_it() {
        let mut bench = connected();
        for line in ["B,00210", "C,00230", "C,00231", "E,00042"] {
            bench.frame(line);
        }
        let kinds: Vec<_> = bench.observations.iter().map(|seen| seen.body.kind()).collect();
        assert_eq!(kinds, ["background", "occupancy", "gamma", "gamma", "occupancy"]);
        assert!(matches!(&bench.observations[3].body, Body::Gamma(c) if c.counts == [231]));
    }

    #[test]
    fn a_lost_link_ends_the_occupancy() {
        let mut bench = connected();
        bench.frame("C,00230");
        bench.lose("unplugged");
        let Some(Body::Occupancy(Occupancy::Ended { end, .. })) = bench.bodies().pop() else { panic!() };
        assert_eq!(end, OccupancyEnd::LinkLost);
    }

    #[test]
    fn an_interval_of_nothing_is_refused() {
        let error = Bench::<__Model__>::open(json!({ "interval_s": 0 })).err().unwrap();
        assert_eq!(error.pointer, "/interval_s");
    }

    proptest! {
        #[test]
        fn whatever_else_comes_is_kept_raw(line in "[^BCE].{0,40}|C,|C,[0-9]{1,4}x|E,[0-9]{6,9}") {
            let mut bench = connected();
            bench.frame(&line);
            let seen = bench.bodies();
            prop_assert!(matches!(&seen[..], [Body::Raw(_)]), "{:?}", seen);
        }
    }
}
