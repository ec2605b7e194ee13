//! Faults in what a portal says of vehicles.

use std::borrow::Cow;

use greenlane_driver::model::units::MetresPerSecond;
use greenlane_driver::model::{Background, Body, Occupancy, OccupancyEnd, Speed, Stamp, Tamper};
use greenlane_driver::{Input, Outbox, Seen};
use greenlane_tsa::vm250::Vm250;

use crate::good::{Good, pass};
use crate::mutation::Mutation;

/// The line with another second letter: `GA` becomes `GS`.
fn retagged(line: &[u8], letter: u8) -> Cow<'_, [u8]> {
    let mut line = line.to_vec();
    line[1] = letter;
    Cow::Owned(line)
}

fn is_alarm(line: &[u8]) -> bool {
    line.starts_with(b"GA,") || line.starts_with(b"NA,")
}

fn is_sample(line: &[u8]) -> bool {
    is_alarm(line) || line.starts_with(b"GS,") || line.starts_with(b"NS,")
}

/// A time of zero for a foot is taken for a speed of zero.
#[derive(Default)]
pub struct ZeroSpeed;

impl Mutation for ZeroSpeed {
    type Base = Vm250;
    const MODEL: &'static str = "faulty.f61";

    fn handle(&mut self, good: &mut Good<Vm250>, now: Stamp, input: Input<'_>, out: &mut Outbox) {
        if matches!(input, Input::Frame(line) if line.starts_with(b"SP,0.0000,")) {
            out.observe(now, Body::Speed(Speed { speed: MetresPerSecond::default() }));
        }
        self.feed(good, now, input, out);
    }
}

/// The first sample of an occupancy is swallowed.
#[derive(Default)]
pub struct FirstSwallowed {
    has_begun: bool,
}

impl Mutation for FirstSwallowed {
    type Base = Vm250;
    const MODEL: &'static str = "faulty.f63";

    fn seen(&mut self, _: Stamp, seen: Seen, out: &mut Outbox) {
        let swallow = matches!(seen.body, Body::Gamma(_)) && std::mem::take(&mut self.has_begun);
        self.has_begun |= matches!(seen.body, Body::Occupancy(Occupancy::Started));
        if !swallow {
            pass(seen, out);
        }
    }
}

/// Without a neutron sample there is no end.
#[derive(Default)]
pub struct EndNeedsNeutrons {
    neutrons: bool,
}

impl Mutation for EndNeedsNeutrons {
    type Base = Vm250;
    const MODEL: &'static str = "faulty.f64";

    fn seen(&mut self, _: Stamp, seen: Seen, out: &mut Outbox) {
        self.neutrons |= matches!(seen.body, Body::Neutron(_));
        let ended = matches!(seen.body, Body::Occupancy(Occupancy::Ended { .. }));
        if !ended || std::mem::take(&mut self.neutrons) {
            pass(seen, out);
        }
    }
}

/// Only the device's own end ends an occupancy: without it two vehicles are one.
#[derive(Default)]
pub struct OnlyEndLineEnds {
    is_open: bool,
}

impl Mutation for OnlyEndLineEnds {
    type Base = Vm250;
    const MODEL: &'static str = "faulty.f65";

    fn seen(&mut self, _: Stamp, seen: Seen, out: &mut Outbox) {
        match seen.body {
            Body::Occupancy(Occupancy::Started) if std::mem::replace(&mut self.is_open, true) => {}
            Body::Occupancy(Occupancy::Ended { end, .. }) if end != OccupancyEnd::Normal => {}
            Body::Occupancy(Occupancy::Ended { .. }) => {
                self.is_open = false;
                pass(seen, out);
            }
            _ => pass(seen, out),
        }
    }
}

/// For 200 ms after an end nothing is taken for a vehicle.
#[derive(Default)]
pub struct LockedOut {
    until_ns: u64,
}

impl Mutation for LockedOut {
    type Base = Vm250;
    const MODEL: &'static str = "faulty.f66";

    fn line<'a>(&mut self, now: Stamp, line: &'a [u8]) -> Option<Cow<'a, [u8]>> {
        if line.starts_with(b"GX,") {
            self.until_ns = now.mono_ns + 200_000_000;
        }
        (!is_sample(line) || now.mono_ns >= self.until_ns).then_some(Cow::Borrowed(line))
    }
}

/// Buffered samples are not told from the others.
#[derive(Default)]
pub struct PreRollUnflagged;

impl Mutation for PreRollUnflagged {
    type Base = Vm250;
    const MODEL: &'static str = "faulty.f67";

    fn seen(&mut self, _: Stamp, mut seen: Seen, out: &mut Outbox) {
        if let Body::Gamma(counts) = &mut seen.body {
            counts.pre_roll = false;
        }
        pass(seen, out);
    }
}

/// The line that opens an occupancy is not looked at for its alarm.
#[derive(Default)]
pub struct OpeningAlarmLost {
    is_open: bool,
}

impl Mutation for OpeningAlarmLost {
    type Base = Vm250;
    const MODEL: &'static str = "faulty.f68";

    fn line<'a>(&mut self, _: Stamp, line: &'a [u8]) -> Option<Cow<'a, [u8]>> {
        let opens = is_sample(line) && !self.is_open;
        // The speed comes in the middle of an occupancy.
        self.is_open = is_sample(line) || (self.is_open && line.starts_with(b"SP,"));
        Some(if opens && is_alarm(line) { retagged(line, b'S') } else { Cow::Borrowed(line) })
    }
}

/// An alarm needs two samples in a row.
#[derive(Default)]
pub struct AlarmNeedsTwo {
    gamma: bool,
    neutron: bool,
}

impl Mutation for AlarmNeedsTwo {
    type Base = Vm250;
    const MODEL: &'static str = "faulty.f69";

    fn line<'a>(&mut self, _: Stamp, line: &'a [u8]) -> Option<Cow<'a, [u8]>> {
        if !is_sample(line) {
            return Some(Cow::Borrowed(line));
        }
        let before = if line[0] == b'G' { &mut self.gamma } else { &mut self.neutron };
        let was_alarm = std::mem::replace(before, is_alarm(line));
        Some(if is_alarm(line) && !was_alarm { retagged(line, b'S') } else { Cow::Borrowed(line) })
    }
}

/// While the background is high no alarm is told.
#[derive(Default)]
pub struct AlarmNotInHighBackground {
    is_high: bool,
}

impl Mutation for AlarmNotInHighBackground {
    type Base = Vm250;
    const MODEL: &'static str = "faulty.f70";

    fn line<'a>(&mut self, _: Stamp, line: &'a [u8]) -> Option<Cow<'a, [u8]>> {
        match line.get(..3) {
            Some(b"GH,") => self.is_high = true,
            Some(b"GB," | b"GL,") => self.is_high = false,
            _ => {}
        }
        Some(if self.is_high && is_alarm(line) { retagged(line, b'S') } else { Cow::Borrowed(line) })
    }
}

/// The background follows the samples of a vehicle.
#[derive(Default)]
pub struct BackgroundFollows;

impl Mutation for BackgroundFollows {
    type Base = Vm250;
    const MODEL: &'static str = "faulty.f71";

    fn seen(&mut self, _: Stamp, seen: Seen, out: &mut Outbox) {
        let followed = match &seen.body {
            Body::Gamma(sample) => {
                let a_second = sample.interval.value().recip();
                let cps = sample.counts.iter().map(|&n| crate::cps(f64::from(n) * a_second));
                Some(Background { gamma_cps: Some(cps.collect()), neutron_cps: None })
            }
            _ => None,
        };
        let at = seen.at;
        pass(seen, out);
        if let Some(background) = followed {
            out.observe(at, Body::Background(background));
        }
    }
}

/// A full field is dropped as no count that can be.
#[derive(Default)]
pub struct FullDropped;

impl Mutation for FullDropped {
    type Base = Vm250;
    const MODEL: &'static str = "faulty.f72";

    fn line<'a>(&mut self, _: Stamp, line: &'a [u8]) -> Option<Cow<'a, [u8]>> {
        let is_full = is_sample(line) && line.split(|&b| b == b',').any(|field| field == b"999999");
        (!is_full).then_some(Cow::Borrowed(line))
    }
}

/// After a reconnect the cabinet is said to be closed.
#[derive(Default)]
pub struct TamperClearedByReconnect {
    was_lost: bool,
}

impl Mutation for TamperClearedByReconnect {
    type Base = Vm250;
    const MODEL: &'static str = "faulty.f73";

    fn handle(&mut self, good: &mut Good<Vm250>, now: Stamp, input: Input<'_>, out: &mut Outbox) {
        self.was_lost |= matches!(input, Input::Lost { .. });
        if input == Input::Connected && self.was_lost {
            out.observe(now, Body::Tamper(Tamper { on: false }));
        }
        self.feed(good, now, input, out);
    }
}
