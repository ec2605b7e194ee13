//! TSA / Rapiscan VM-250 portal: the "GB/NB" lines over TCP or RS-232.
//!
//! The device only speaks: comma-separated ASCII lines, four counts a line, one for each detector panel (fields
//! 1 and 2 the master pillar, 3 and 4 the slave pillar; which is upper and which lower differs between public
//! sources, so the order is handed on as it is). Lines carry no time: the time of arrival is the only one.
//! Port, baud rate and parity are settings of the site; they are in no public source.
//!
//! ```text
//! vacant    every 5 s   NB|NH then GB|GH|GL        background, by panel
//! occupied  first GS|GA|NS|NA starts it
//!           every 0.2 s GS|GA, every 1 s NS|NA     samples, A = the device is in alarm
//!           SP                                     speed
//! end       GX,index,neutron background x 1000
//! any time  TT|TC tamper on|clear, SG1..SG3 and SN1, SN2 settings
//! ```
//!
//! A line that is not exactly of this form is kept raw and counted (`rejected_lines` in `health`) and changes
//! nothing, but for one: a GX that is cut or garbled still ends the occupancy, or two vehicles would become one.

mod fault;
mod line;
mod occupancy;
mod setup;

use std::time::Duration;

use greenlane_driver::model::units::{CountsPerSecond, MetresPerSecond};
use greenlane_driver::model::{
    Background, Body, Capability, Health, OccupancyEnd, Outcome, Severity, Speed, Stamp, Tamper,
};
use greenlane_driver::{Driver, Input, LinkKind, OpenError, Outbox};
use schemars::JsonSchema;
use serde::Deserialize;

use fault::Faults;
use line::{Line, Tag};
use occupancy::Portal;
use setup::Assembly;

const SILENCE_TIMER: u64 = 0;
const PRE_ROLL_TIMER: u64 = 1;
const SETUP_TIMER: u64 = 2;

/// Metres in a foot, exactly.
const FOOT_M: f64 = 0.3048;
/// No portal is known to buffer more samples than this; it bounds what is held back.
const PRE_ROLL_MOST: u32 = 20;

/// Settings of a VM-250.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// Gamma lines that come within this time of the first line of an occupancy are one burst, in ms. All but
    /// the last of a burst are pre-roll. It must be below the 200 ms between samples; 0 turns pre-roll off.
    #[schemars(range(min = 0, max = 199))]
    pub pre_roll_window_ms: u32,
    /// At most this many samples of a burst are pre-roll, as long as the device has not told its own number of
    /// intervals (SG1).
    #[schemars(range(min = 0, max = 20))]
    pub pre_roll_samples: u32,
    /// Fault `silent` when nothing is heard for this long, in s. An idle portal speaks every 5 s.
    #[schemars(range(min = 1, max = 3600))]
    pub silent_s: u32,
    /// How long to wait for the rest of a settings block (SG1 to SN2) before it is reported as partial, in s.
    #[schemars(range(min = 1, max = 600))]
    pub setup_timeout_s: u32,
}

impl Default for Settings {
    fn default() -> Self {
        Self { pre_roll_window_ms: 100, pre_roll_samples: 5, silent_s: 15, setup_timeout_s: 5 }
    }
}

/// The driver.
#[derive(Debug)]
pub struct Vm250 {
    portal: Portal,
    setup: Assembly,
    faults: Faults,
    silence: Silence,
    pre_roll_samples: u32,
    /// `None` after a reconnect: the device tells changes only.
    tamper: Option<bool>,
    rejected: u64,
}

impl Driver for Vm250 {
    const MODEL: &'static str = "tsa.vm250";
    const LINK: LinkKind = LinkKind::Lines { max: 256 };
    const OFFERS: &'static [Capability] = &[
        Capability::Gamma,
        Capability::Neutron,
        Capability::Background,
        Capability::Occupancy,
        Capability::RadiationAlarm,
        Capability::Speed,
        Capability::Setup,
        Capability::Health,
        Capability::Tamper,
    ];
    type Settings = Settings;

    fn open(settings: Settings) -> Result<Self, OpenError> {
        for (pointer, seen, least, most) in [
            ("/pre_roll_window_ms", settings.pre_roll_window_ms, 0, 199),
            ("/pre_roll_samples", settings.pre_roll_samples, 0, PRE_ROLL_MOST),
            ("/silent_s", settings.silent_s, 1, 3600),
            ("/setup_timeout_s", settings.setup_timeout_s, 1, 600),
        ] {
            if !(least..=most).contains(&seen) {
                return Err(OpenError::new(pointer, seen, format!("{least} to {most}")));
            }
        }
        Ok(Self {
            portal: Portal::new(Duration::from_millis(settings.pre_roll_window_ms.into())),
            setup: Assembly::new(Duration::from_secs(settings.setup_timeout_s.into())),
            faults: Faults::default(),
            silence: Silence::new(Duration::from_secs(settings.silent_s.into())),
            pre_roll_samples: settings.pre_roll_samples,
            tamper: None,
            rejected: 0,
        })
    }

    fn handle(&mut self, now: Stamp, input: Input<'_>, out: &mut Outbox) {
        match input {
            Input::Frame(bytes) => self.frame(now, bytes, out),
            Input::Connected => {
                self.tamper = None;
                self.silence.connected(now, out);
            }
            Input::Lost { .. } => {
                self.silence.lost();
                self.setup.report(now, out);
                self.end(now, OccupancyEnd::LinkLost, None, None, out);
            }
            Input::Due { token: SILENCE_TIMER } => self.silence.tick(now, out),
            Input::Due { token: PRE_ROLL_TIMER } => self.portal.tick(now, out),
            Input::Due { token: SETUP_TIMER } => self.setup.tick(now, out),
            Input::Command { id, .. } => {
                out.outcome(id, Outcome::Refused("a VM-250 only speaks, it takes no commands".to_owned()));
            }
            Input::Due { .. } | Input::Reply { .. } | Input::Request { .. } | Input::File(_) => {}
        }
    }
}

impl Vm250 {
    fn frame(&mut self, now: Stamp, bytes: &[u8], out: &mut Outbox) {
        let Some(line) = line::parse(bytes) else { return };
        self.silence.heard(now, out);
        self.portal.tick(now, out);
        self.setup.tick(now, out);
        match line {
            Line::Counts(tag, counts) => self.counts(now, tag, counts, bytes, out),
            Line::Speed(seconds) => say_speed(now, seconds, out),
            Line::Setup(part, rest) => {
                if !self.setup.take(now, part, rest, out) {
                    self.reject(now, "settings not of the known form", bytes, out);
                }
            }
            Line::BrokenEnd(index) => {
                self.reject(now, "GX needs four counts of six digits", bytes, out);
                self.end(now, OccupancyEnd::Normal, index, None, out);
            }
            Line::Unreadable(reason) => self.reject(now, reason, bytes, out),
        }
    }

    fn counts(&mut self, now: Stamp, tag: Tag, counts: [u32; 4], bytes: &[u8], out: &mut Outbox) {
        match tag {
            Tag::Gs | Tag::Ga => {
                let limit = self.pre_roll_limit();
                self.portal.gamma(now, counts, tag == Tag::Ga, limit, out);
                self.faults.gamma_sample(now, &counts, out);
            }
            Tag::Ns | Tag::Na => {
                self.portal.neutron(now, counts, tag == Tag::Na, out);
                self.faults.neutron_sample(now, &counts, out);
            }
            Tag::Gb | Tag::Gh | Tag::Gl => {
                self.end(now, OccupancyEnd::NoEndMessage, None, None, out);
                say_background(now, Background { gamma_cps: Some(rates(counts)), neutron_cps: None }, out);
                self.faults.gamma(now, tag, &counts, &self.setup.known, out);
            }
            Tag::Nb | Tag::Nh => {
                self.end(now, OccupancyEnd::NoEndMessage, None, None, out);
                say_background(now, Background { gamma_cps: None, neutron_cps: Some(rates(counts)) }, out);
                self.faults.neutron(now, tag, &counts, &self.setup.known, out);
            }
            Tag::Tt | Tag::Tc => {
                let on = tag == Tag::Tt;
                if self.tamper.replace(on) != Some(on) {
                    out.observe(now, Body::Tamper(Tamper { on }));
                }
            }
            Tag::Gx => {
                let background = CountsPerSecond::new(f64::from(counts[1]) / 1000.0);
                if !self.end(now, OccupancyEnd::Normal, Some(counts[0]), background, out) {
                    out.raw(now, "an end without an occupancy", bytes);
                }
            }
        }
    }

    fn end(
        &mut self,
        now: Stamp,
        end: OccupancyEnd,
        index: Option<u32>,
        background: Option<CountsPerSecond>,
        out: &mut Outbox,
    ) -> bool {
        let ended = self.portal.end(now, end, index, background, out);
        if ended {
            self.faults.vacant(now, out);
        }
        ended
    }

    fn reject(&mut self, now: Stamp, reason: &str, bytes: &[u8], out: &mut Outbox) {
        self.rejected += 1;
        out.raw(now, reason, bytes);
        let values = [("rejected_lines".to_owned(), self.rejected.into())].into();
        out.observe(now, Body::Health(Health { values }));
    }

    /// That a portal buffers as many samples as its alarm test sums is an inference from a public simulator.
    fn pre_roll_limit(&self) -> usize {
        let told = self.setup.known.intervals.unwrap_or(self.pre_roll_samples.into());
        told.min(PRE_ROLL_MOST.into()) as usize
    }
}

fn say_background(now: Stamp, background: Background, out: &mut Outbox) {
    out.observe(now, Body::Background(background));
}

fn rates(counts: [u32; 4]) -> Vec<CountsPerSecond> {
    counts.iter().filter_map(|&count| CountsPerSecond::new(f64::from(count))).collect()
}

/// The device gives seconds to travel one foot, 0 when it measured none.
fn say_speed(now: Stamp, seconds: f64, out: &mut Outbox) {
    if let Some(speed) = MetresPerSecond::new(FOOT_M / seconds) {
        out.observe(now, Body::Speed(Speed { speed }));
    }
}

/// Watches that the device speaks. The timer is moved on when it runs out, not at each line.
#[derive(Debug)]
struct Silence {
    limit: Duration,
    heard: Stamp,
    connected: bool,
    on: bool,
}

impl Silence {
    fn new(limit: Duration) -> Self {
        Self { limit, heard: Stamp::default(), connected: false, on: false }
    }

    fn connected(&mut self, now: Stamp, out: &mut Outbox) {
        (self.connected, self.heard) = (true, now);
        out.wake_after(self.limit, SILENCE_TIMER);
    }

    fn lost(&mut self) {
        self.connected = false;
    }

    fn heard(&mut self, now: Stamp, out: &mut Outbox) {
        self.heard = now;
        if self.on {
            self.on = false;
            self.fault(now, out);
            out.wake_after(self.limit, SILENCE_TIMER);
        }
    }

    fn tick(&mut self, now: Stamp, out: &mut Outbox) {
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
