//! Faults in what a box of contacts and counters says.

use std::collections::BTreeMap;
use std::time::Instant;

use greenlane_driver::model::{Body, Covered, Presence, Stamp};
use greenlane_driver::{Answer, Input, Outbox, Seen};
use greenlane_modbus::io::Io;
use serde_json::{Value, json};

use crate::good::{Good, pass};
use crate::mutation::Mutation;

/// The kit's poll.
const POLL_NS: i64 = 50_000_000;

/// Half the poll is added to the time of a read where it should be subtracted, and is taken for exact.
#[derive(Default)]
pub struct HalfPollAdded;

impl Mutation for HalfPollAdded {
    type Base = Io;
    const MODEL: &'static str = "faulty.f19";

    fn seen(&mut self, _: Stamp, mut seen: Seen, out: &mut Outbox) {
        if matches!(&seen.body, Body::Presence(presence) if !presence.snapshot) {
            seen.at = seen.at.shifted(POLL_NS);
            seen.at.uncertainty_ns = 1_000_000;
        }
        pass(seen, out);
    }
}

/// Whether the box is late is asked of the machine's own clock.
#[derive(Default)]
pub struct RealTimeout {
    last: Option<Instant>,
}

impl Mutation for RealTimeout {
    type Base = Io;
    const MODEL: &'static str = "faulty.f39";

    fn seen(&mut self, now: Stamp, seen: Seen, out: &mut Outbox) {
        let before = self.last.replace(Instant::now());
        if let (Body::Presence(presence), Some(before)) = (&seen.body, before)
            && before.elapsed().as_millis() > 50
        {
            let late = Presence { covered: Covered::Unknown, ..presence.clone() };
            out.observe(now, Body::Presence(late));
        }
        pass(seen, out);
    }
}

/// A point that cannot be read is said to be as it last was.
#[derive(Default)]
pub struct LastRepeated {
    last: BTreeMap<String, Covered>,
}

impl Mutation for LastRepeated {
    type Base = Io;
    const MODEL: &'static str = "faulty.f42";

    fn seen(&mut self, _: Stamp, mut seen: Seen, out: &mut Outbox) {
        if let Body::Presence(presence) = &mut seen.body {
            match (presence.covered, self.last.get(&presence.point)) {
                (Covered::Unknown, Some(last)) => presence.covered = *last,
                (covered, _) => drop(self.last.insert(presence.point.clone(), covered)),
            }
        }
        pass(seen, out);
    }
}

/// An input that declares how it fails is not inverted.
#[derive(Default)]
pub struct InversionIgnored;

impl Mutation for InversionIgnored {
    type Base = Io;
    const MODEL: &'static str = "faulty.f55";

    fn settings(written: &mut Value) {
        for input in written.get_mut("inputs").and_then(Value::as_array_mut).into_iter().flatten() {
            if input.get("fail_safe").is_some() {
                input["invert"] = json!(false);
            }
        }
    }
}

/// Pulses are counted from the polled level, which sees about every second one.
#[derive(Default)]
pub struct PulsesFromLevel {
    missed: u64,
}

impl Mutation for PulsesFromLevel {
    type Base = Io;
    const MODEL: &'static str = "faulty.f56";

    fn seen(&mut self, _: Stamp, mut seen: Seen, out: &mut Outbox) {
        if let Body::Pulses(pulses) = &mut seen.body {
            let lost = pulses.gained.min(pulses.total % 2);
            self.missed += lost;
            pulses.gained -= lost;
            pulses.total -= self.missed;
        }
        pass(seen, out);
    }
}

/// What a counter gained is the plain difference, also where it wrapped.
#[derive(Default)]
pub struct PlainSubtraction {
    value: Option<u32>,
    is_back_by: Option<u32>,
}

impl Mutation for PlainSubtraction {
    type Base = Io;
    const MODEL: &'static str = "faulty.f57";

    fn handle(&mut self, good: &mut Good<Io>, now: Stamp, input: Input<'_>, out: &mut Outbox) {
        if let Input::Reply { answer: Answer::Registers(&[high, low]), .. } = input {
            let value = u32::from(high) << 16 | u32::from(low);
            let before = self.value.replace(value);
            self.is_back_by = before.and_then(|before| before.checked_sub(value)).filter(|&by| by > 0);
        }
        self.feed(good, now, input, out);
    }

    fn seen(&mut self, _: Stamp, mut seen: Seen, out: &mut Outbox) {
        if let Body::Pulses(pulses) = &mut seen.body
            && let Some(by) = self.is_back_by.take()
        {
            pulses.gained = 0_u64.wrapping_sub(by.into());
        }
        pass(seen, out);
    }
}

/// An edge is stamped when its debounce is over.
#[derive(Default)]
pub struct EdgeAfterDebounce;

impl Mutation for EdgeAfterDebounce {
    type Base = Io;
    const MODEL: &'static str = "faulty.f58";

    fn seen(&mut self, now: Stamp, mut seen: Seen, out: &mut Outbox) {
        if matches!(&seen.body, Body::Presence(presence) if !presence.snapshot) {
            seen.at = Stamp { uncertainty_ns: seen.at.uncertainty_ns, ..now };
        }
        pass(seen, out);
    }
}

/// An exception reads clear.
#[derive(Default)]
pub struct ExceptionReadsClear {
    is_exception: bool,
}

impl Mutation for ExceptionReadsClear {
    type Base = Io;
    const MODEL: &'static str = "faulty.f59";

    fn handle(&mut self, good: &mut Good<Io>, now: Stamp, input: Input<'_>, out: &mut Outbox) {
        self.is_exception = matches!(input, Input::Reply { answer: Answer::Exception(_), .. });
        self.feed(good, now, input, out);
    }

    fn seen(&mut self, _: Stamp, mut seen: Seen, out: &mut Outbox) {
        if let Body::Presence(presence) = &mut seen.body
            && presence.covered == Covered::Unknown
            && self.is_exception
        {
            presence.covered = Covered::No;
        }
        pass(seen, out);
    }
}

/// A point that is covered for too long is said to be clear.
#[derive(Default)]
pub struct StuckIsClear;

impl Mutation for StuckIsClear {
    type Base = Io;
    const MODEL: &'static str = "faulty.f60";

    fn seen(&mut self, now: Stamp, seen: Seen, out: &mut Outbox) {
        let stuck = match &seen.body {
            Body::Fault(fault) if fault.code == "stuck_input" && fault.on => {
                fault.text.split(' ').next().map(str::to_owned)
            }
            _ => None,
        };
        pass(seen, out);
        if let Some(point) = stuck {
            let clear = Presence { point, covered: Covered::No, snapshot: false };
            out.observe(now, Body::Presence(clear));
        }
    }
}
