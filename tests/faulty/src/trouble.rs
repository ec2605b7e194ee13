//! Faults in telling faults, silence and too much of everything.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use greenlane_driver::model::{Body, Counts, Occupancy, Stamp};
use greenlane_driver::{Input, Outbox, Seen};
use greenlane_http::ocr::Ocr;
use greenlane_tsa::vm250::Vm250;

use crate::good::{Good, pass};
use crate::mutation::Mutation;

/// Lines beyond 500 within one second are dropped.
#[derive(Default)]
pub struct DropsTheRest {
    second: u64,
    lines: u32,
}

impl Mutation for DropsTheRest {
    type Base = Vm250;
    const MODEL: &'static str = "faulty.f33";

    fn line<'a>(&mut self, now: Stamp, line: &'a [u8]) -> Option<Cow<'a, [u8]>> {
        let second = now.mono_ns / 1_000_000_000;
        if std::mem::replace(&mut self.second, second) != second {
            self.lines = 0;
        }
        self.lines += 1;
        (self.lines <= 500).then_some(Cow::Borrowed(line))
    }
}

/// Each line is worth a warning in the log.
#[derive(Default)]
pub struct WarnsEachLine;

impl Mutation for WarnsEachLine {
    type Base = Vm250;
    const MODEL: &'static str = "faulty.f34";

    fn line<'a>(&mut self, _: Stamp, line: &'a [u8]) -> Option<Cow<'a, [u8]>> {
        tracing::warn!(bytes = line.len(), "a line came");
        Some(Cow::Borrowed(line))
    }
}

/// Every sample of the day is kept.
#[derive(Default)]
pub struct KeepsSamples {
    day: Vec<Counts>,
}

impl Mutation for KeepsSamples {
    type Base = Vm250;
    const MODEL: &'static str = "faulty.f36";

    fn seen(&mut self, _: Stamp, seen: Seen, out: &mut Outbox) {
        if let Body::Gamma(sample) = &seen.body {
            self.day.push(sample.clone());
        }
        pass(seen, out);
    }
}

/// The events that were seen are never forgotten.
#[derive(Default)]
pub struct KeepsEvents {
    events: BTreeSet<String>,
}

impl Mutation for KeepsEvents {
    type Base = Ocr;
    const MODEL: &'static str = "faulty.f37";

    fn seen(&mut self, _: Stamp, seen: Seen, out: &mut Outbox) {
        if let Body::Container(read) | Body::Plate(read) = &seen.body {
            self.events.extend(read.event.clone());
        }
        pass(seen, out);
    }
}

/// A low background is taken for a normal one.
#[derive(Default)]
pub struct LowIsNormal;

impl Mutation for LowIsNormal {
    type Base = Vm250;
    const MODEL: &'static str = "faulty.f44";

    fn line<'a>(&mut self, _: Stamp, line: &'a [u8]) -> Option<Cow<'a, [u8]>> {
        Some(match line.strip_prefix(b"GL") {
            Some(counts) => Cow::Owned([b"GB", counts].concat()),
            None => Cow::Borrowed(line),
        })
    }
}

/// That a fault is over is never said.
#[derive(Default)]
pub struct NeverCleared;

impl Mutation for NeverCleared {
    type Base = Vm250;
    const MODEL: &'static str = "faulty.f45";

    fn seen(&mut self, _: Stamp, seen: Seen, out: &mut Outbox) {
        if !matches!(&seen.body, Body::Fault(fault) if !fault.on) {
            pass(seen, out);
        }
    }
}

/// A fault that is on is said again with every line that says it.
#[derive(Default)]
pub struct FaultPerLine {
    on: BTreeMap<String, Body>,
}

impl Mutation for FaultPerLine {
    type Base = Vm250;
    const MODEL: &'static str = "faulty.f46";

    fn handle(&mut self, good: &mut Good<Vm250>, now: Stamp, input: Input<'_>, out: &mut Outbox) {
        let says_one = matches!(input, Input::Frame([b'G' | b'N', b'H' | b'L', b',', ..]));
        for fault in self.on.values().filter(|_| says_one) {
            out.observe(now, fault.clone());
        }
        self.feed(good, now, input, out);
    }

    fn seen(&mut self, _: Stamp, seen: Seen, out: &mut Outbox) {
        if let Body::Fault(fault) = &seen.body {
            if fault.on {
                self.on.insert(fault.code.clone(), seen.body.clone());
            } else {
                self.on.remove(&fault.code);
            }
        }
        pass(seen, out);
    }
}

/// One word says how the portal is, and the last vehicle's alarm comes before a fault.
#[derive(Default)]
pub struct AlarmElseFault {
    is_alarm: bool,
}

impl Mutation for AlarmElseFault {
    type Base = Vm250;
    const MODEL: &'static str = "faulty.f47";

    fn seen(&mut self, _: Stamp, seen: Seen, out: &mut Outbox) {
        match &seen.body {
            Body::Occupancy(Occupancy::Started) => self.is_alarm = false,
            Body::RadiationAlarm(alarm) => self.is_alarm |= alarm.on,
            _ => {}
        }
        if !(self.is_alarm && matches!(seen.body, Body::Fault(_))) {
            pass(seen, out);
        }
    }
}
