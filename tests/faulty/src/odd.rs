//! Odd drivers that keep every requirement: none of them may fail.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use greenlane_driver::model::{Body, Covered, Health, Occupancy, Presence, Stamp};
use greenlane_driver::{Answer, Input, Outbox, Seen};
use greenlane_modbus::io::Io;
use greenlane_tsa::vm250::Vm250;
use serde_json::value::RawValue;

use crate::good::{Good, Said, pass};
use crate::mutation::{Mutation, TIMER};

/// Three `health` with every line.
#[derive(Default)]
pub struct Healthy;

impl Mutation for Healthy {
    type Base = Vm250;
    const MODEL: &'static str = "faulty.k01";

    fn handle(&mut self, good: &mut Good<Vm250>, now: Stamp, input: Input<'_>, out: &mut Outbox) {
        if matches!(input, Input::Frame(_)) {
            (0..3).for_each(|_| out.observe(now, Body::Health(Health { values: BTreeMap::new() })));
        }
        self.feed(good, now, input, out);
    }
}

/// All but faults is said 1.9 s late, and at once when the link is lost.
#[derive(Default)]
pub struct Late {
    held: VecDeque<(u64, Seen)>,
    is_lost: bool,
}

const LATE: Duration = Duration::from_millis(1900);

impl Late {
    fn flush(&mut self, up_to_ns: u64, out: &mut Outbox) {
        let due = self.held.partition_point(|(due_ns, _)| *due_ns <= up_to_ns);
        self.held.drain(..due).for_each(|(_, seen)| pass(seen, out));
    }
}

impl Mutation for Late {
    type Base = Vm250;
    const MODEL: &'static str = "faulty.k02";

    fn handle(&mut self, good: &mut Good<Vm250>, now: Stamp, input: Input<'_>, out: &mut Outbox) {
        self.is_lost = matches!(input, Input::Lost { .. });
        if self.is_lost {
            self.flush(u64::MAX, out);
        } else if input == (Input::Due { token: TIMER }) {
            self.flush(now.mono_ns, out);
            if let Some((due_ns, _)) = self.held.front() {
                out.wake_after(Duration::from_nanos(due_ns - now.mono_ns), TIMER);
            }
        }
        self.feed(good, now, input, out);
    }

    fn seen(&mut self, now: Stamp, seen: Seen, out: &mut Outbox) {
        if self.is_lost || matches!(seen.body, Body::Fault(_)) {
            return pass(seen, out);
        }
        if self.held.is_empty() {
            out.wake_after(LATE, TIMER);
        }
        let late_ns = u64::try_from(LATE.as_nanos()).unwrap_or(u64::MAX);
        self.held.push_back((now.mono_ns + late_ns, seen));
    }
}

/// Every line that could be read is kept raw too.
#[derive(Default)]
pub struct RawToo;

impl Mutation for RawToo {
    type Base = Vm250;
    const MODEL: &'static str = "faulty.k03";

    fn handle(&mut self, good: &mut Good<Vm250>, now: Stamp, input: Input<'_>, out: &mut Outbox) {
        let line = if let Input::Frame(line) = input { Some(line.to_vec()) } else { None };
        let said = good.handle(now, input);
        let is_raw = |said: &Said| matches!(said, Said::Observe(seen) if matches!(seen.body, Body::Raw(_)));
        if let Some(line) = line.filter(|_| !said.iter().any(is_raw)) {
            out.raw(now, "kept beside what it says", &line);
        }
        said.into_iter().for_each(|said| said.pass(out));
    }
}

/// Its JSON has a key that nobody knows.
#[derive(Default)]
pub struct ExtraKey;

impl Mutation for ExtraKey {
    type Base = Vm250;
    const MODEL: &'static str = "faulty.k04";

    fn seen(&mut self, _: Stamp, seen: Seen, out: &mut Outbox) {
        let kind = seen.body.kind().to_owned();
        let longer = serde_json::to_string(&seen.body).ok().and_then(|json| {
            let open = json.strip_suffix('}')?;
            RawValue::from_string(format!("{open},\"site_note\":7}}")).ok()
        });
        let body = longer.map_or(seen.body, |raw| Body::Unknown { kind, raw });
        out.observe_as(seen.at, seen.quality, body);
    }
}

/// Its times are as uncertain as they may be.
#[derive(Default)]
pub struct Unsure;

impl Mutation for Unsure {
    type Base = Io;
    const MODEL: &'static str = "faulty.k05";

    fn seen(&mut self, _: Stamp, mut seen: Seen, out: &mut Outbox) {
        if matches!(seen.body, Body::Presence(_)) {
            seen.at.uncertainty_ns = 100_000_000;
        }
        pass(seen, out);
    }
}

/// An occupancy is said to start one cadence after its first sample.
#[derive(Default)]
pub struct StartsLate {
    is_held: bool,
}

const CADENCE: Duration = Duration::from_millis(200);

impl StartsLate {
    fn start(&mut self, now: Stamp, out: &mut Outbox) {
        if std::mem::take(&mut self.is_held) {
            out.observe(now, Body::Occupancy(Occupancy::Started));
        }
    }
}

impl Mutation for StartsLate {
    type Base = Vm250;
    const MODEL: &'static str = "faulty.k06";

    fn handle(&mut self, good: &mut Good<Vm250>, now: Stamp, input: Input<'_>, out: &mut Outbox) {
        if input == (Input::Due { token: TIMER }) {
            self.start(now, out);
        }
        self.feed(good, now, input, out);
    }

    fn seen(&mut self, now: Stamp, seen: Seen, out: &mut Outbox) {
        match seen.body {
            Body::Occupancy(Occupancy::Started) => {
                self.is_held = true;
                out.wake_after(CADENCE, TIMER);
            }
            Body::Occupancy(Occupancy::Ended { .. }) => {
                self.start(now, out);
                pass(seen, out);
            }
            _ => pass(seen, out),
        }
    }
}

/// It wakes 19 times a second while nothing happens.
#[derive(Default)]
pub struct Restless {
    is_up: bool,
}

impl Mutation for Restless {
    type Base = Vm250;
    const MODEL: &'static str = "faulty.k07";

    fn handle(&mut self, good: &mut Good<Vm250>, now: Stamp, input: Input<'_>, out: &mut Outbox) {
        let is_ours = input == (Input::Due { token: TIMER });
        match input {
            Input::Connected => self.is_up = true,
            Input::Lost { .. } => self.is_up = false,
            _ => {}
        }
        if self.is_up && (is_ours || input == Input::Connected) {
            out.wake_after(Duration::from_secs(1) / 19, TIMER);
        }
        self.feed(good, now, input, out);
    }
}

/// It waits 0.9 s after each connect before it asks.
#[derive(Default)]
pub struct AsksLate;

impl Mutation for AsksLate {
    type Base = Io;
    const MODEL: &'static str = "faulty.k10";

    fn handle(&mut self, good: &mut Good<Io>, now: Stamp, input: Input<'_>, out: &mut Outbox) {
        match input {
            Input::Connected => out.wake_after(Duration::from_millis(900), TIMER),
            Input::Due { token: TIMER } => self.feed(good, now, Input::Connected, out),
            other => self.feed(good, now, other, out),
        }
    }
}

/// A level that has not changed is said again at every poll.
#[derive(Default)]
pub struct LevelAgain {
    levels: BTreeMap<String, Covered>,
}

impl Mutation for LevelAgain {
    type Base = Io;
    const MODEL: &'static str = "faulty.k12";

    fn handle(&mut self, good: &mut Good<Io>, now: Stamp, input: Input<'_>, out: &mut Outbox) {
        let was_polled = matches!(input, Input::Reply { answer: Answer::Bits(bits), .. } if bits.len() > 1);
        let before = self.levels.clone();
        self.feed(good, now, input, out);
        for (point, covered) in self.levels.iter().filter(|_| was_polled) {
            if *covered != Covered::Unknown && before.get(point) == Some(covered) {
                let again = Presence { point: point.clone(), covered: *covered, snapshot: false };
                out.observe(now, Body::Presence(again));
            }
        }
    }

    fn seen(&mut self, _: Stamp, seen: Seen, out: &mut Outbox) {
        if let Body::Presence(presence) = &seen.body {
            self.levels.insert(presence.point.clone(), presence.covered);
        }
        pass(seen, out);
    }
}
