//! Remote I/O over Modbus: contacts in, relays out, by a map of addresses.
//!
//! One driver for every box: what differs between makers (tables, addresses, word order, watchdog) is a map in
//! `configs/maps`. Polls and the checks of a fresh connection run side by side, each with one request open at
//! most, so that a command waits behind two other requests and no more.

pub mod map;
pub mod settings;

mod checks;
mod counter;
mod identity;
mod input;
mod open;
mod output;
mod plan;
mod safe;
mod say;
mod watchdog;

use std::collections::BTreeMap;
use std::time::Duration;

use greenlane_driver::model::{Body, Capability, CommandBody, Health, Outcome, Quality, Stamp};
use greenlane_driver::{Answer, Driver, Input as Event, LinkKind, OpenError, Outbox, Point, Request};
use serde_json::Value;

use checks::{Checks, Gate, Step};
use counter::Counter;
use input::Input;
use output::{Output, Pulse, word};
use plan::{Owner, Read};
use say::{Faults, Say, Trouble, Values, written};
pub use settings::Settings;

/// After so many polls without a good answer an input is unknown.
const MISSES: u32 = 3;
/// How often the watchdog's trip flag is read. A trip needs the device's time-out (half a second or more)
/// without us, so this is soon enough.
const LOOK: Duration = Duration::from_secs(1);
/// Timer tokens; from `PULSE` on, one an output.
const POLL: u64 = 0;
const LOOK_AGAIN: u64 = 1;
const PULSE: u64 = 2;

/// The driver.
#[derive(Debug)]
pub struct Io {
    unit: u8,
    poll: Duration,
    reads: Vec<Read>,
    /// The read of the present poll that is open.
    polling: Option<usize>,
    /// The next poll is due though the present one is not through.
    overdue: bool,
    inputs: Vec<Input>,
    counters: Vec<Counter>,
    outputs: Vec<Output>,
    checks: Checks,
    /// Commands that came while the checks were at work.
    held: Vec<Order>,
    asked: BTreeMap<u64, Asked>,
    last_id: u64,
    faults: Faults,
    points: Vec<Point>,
    /// What to say of the map once.
    map_note: Option<String>,
}

/// One output to be driven; without a command it is the end of a pulse.
#[derive(Debug, Clone, Copy)]
struct Order {
    output: usize,
    on: bool,
    command: Option<u64>,
}

/// What an open request is for.
#[derive(Debug)]
enum Asked {
    Poll(usize),
    Check(Step),
    Write(Order),
    /// Goes out right behind its write, with the id after it.
    ReadBack(Order),
}

impl Driver for Io {
    const MODEL: &'static str = "modbus.io";
    const LINK: LinkKind = LinkKind::Modbus;
    const OFFERS: &'static [Capability] = &[
        Capability::Presence,
        Capability::Pulses,
        Capability::Output,
        Capability::Setup,
        Capability::Health,
    ];
    type Settings = Settings;

    fn open(settings: Settings) -> Result<Self, OpenError> {
        open::open(&settings)
    }

    fn points(&self) -> Vec<Point> {
        self.points.clone()
    }

    fn handle(&mut self, now: Stamp, input: Event<'_>, out: &mut Outbox) {
        match input {
            Event::Connected => self.connected(now, out),
            Event::Lost { .. } => self.lost(now, out),
            Event::Reply { id, sent, received, answer } => {
                let read = Stamp::between(sent, received);
                match self.asked.remove(&id) {
                    Some(Asked::Poll(index)) => self.polled(now, index, read, answer, out),
                    Some(Asked::Check(step)) => self.checked(now, step, answer, out),
                    Some(Asked::Write(order)) => self.wrote(now, id, order, answer, out),
                    Some(Asked::ReadBack(order)) => self.read_back(now, order, read, answer, out),
                    None => {}
                }
            }
            Event::Due { token } => self.due(now, token, out),
            Event::Command { id, body } => self.command(id, body, out),
            // A Modbus link brings none of these.
            Event::Frame(_) | Event::Request { .. } | Event::File(_) => {}
        }
    }
}

impl Io {
    fn connected(&mut self, now: Stamp, out: &mut Outbox) {
        self.lost(now, out);
        if let Some(note) = self.map_note.take() {
            let values = BTreeMap::from([("map_status".to_owned(), Value::from(note))]);
            out.observe(now, Body::Health(Health { values }));
        }
        self.checks.start();
        self.check(now, out);
        self.start_poll(out);
        if self.checks.watches() {
            out.wake_after(LOOK, LOOK_AGAIN);
        }
    }

    fn lost(&mut self, now: Stamp, out: &mut Outbox) {
        self.checks.stop();
        self.polling = None;
        self.overdue = false;
        for order in std::mem::take(&mut self.held) {
            fail(order.command, "the link was lost before it was written", out);
        }
        for asked in std::mem::take(&mut self.asked).into_values() {
            if let Asked::ReadBack(order) = asked {
                fail(order.command, "the link was lost before it was read back", out);
            }
        }
        self.reads.iter_mut().for_each(Read::forget);
        self.outputs.iter_mut().for_each(Output::forget);
        let mut say = Say { now, out, faults: &mut self.faults };
        for input in &mut self.inputs {
            input.unknown(Quality::Bad, &mut say);
        }
    }

    fn due(&mut self, now: Stamp, token: u64, out: &mut Outbox) {
        if self.checks.gate == Gate::Down {
            return;
        }
        match token {
            POLL if self.polling.is_some() => self.overdue = true,
            POLL => self.start_poll(out),
            LOOK_AGAIN => {
                out.wake_after(LOOK, LOOK_AGAIN);
                if self.checks.look_again() {
                    self.check(now, out);
                }
            }
            _ => self.pulse_due(now, token, out),
        }
    }

    fn pulse_due(&mut self, now: Stamp, token: u64, out: &mut Outbox) {
        let output = usize::try_from(token - PULSE).unwrap_or(usize::MAX);
        match self.outputs.get(output).map(|output| output.pulsing) {
            Some(Pulse::Until(end)) if end <= now.mono_ns => {
                self.order(Order { output, on: false, command: None }, out);
            }
            // The timer of an earlier pulse, or one that ran a little fast.
            Some(Pulse::Until(end)) => out.wake_after(Duration::from_nanos(end - now.mono_ns), token),
            Some(Pulse::Idle | Pulse::Asked) | None => {}
        }
    }

    fn ask(&mut self, asked: Asked, request: Request, out: &mut Outbox) {
        self.last_id += 1;
        self.asked.insert(self.last_id, asked);
        out.request(self.last_id, request);
    }
}

/// Polls.
impl Io {
    fn start_poll(&mut self, out: &mut Outbox) {
        self.overdue = false;
        out.wake_after(self.poll, POLL);
        self.poll_read(0, out);
    }

    fn poll_read(&mut self, index: usize, out: &mut Outbox) {
        match self.reads.get(index) {
            Some(read) => {
                self.polling = Some(index);
                let request = read.place.read(self.unit, read.count);
                self.ask(Asked::Poll(index), request, out);
            }
            None => {
                self.polling = None;
                if self.overdue {
                    self.start_poll(out);
                }
            }
        }
    }

    fn polled(&mut self, now: Stamp, index: usize, at: Stamp, answer: Answer<'_>, out: &mut Outbox) {
        let Some(read) = self.reads.get_mut(index) else { return };
        let mut say = Say { now, out, faults: &mut self.faults };
        match Values::of(answer, read.place.table, read.count) {
            Ok(values) => {
                say.well(&read.label);
                read.misses = 0;
                let before = read.last.replace(at);
                for item in &read.items {
                    let offset = usize::from(item.place.address - read.place.address);
                    match item.owner {
                        Owner::Input(i) => self.inputs[i].read(before, at, values.bit(offset), &mut say),
                        Owner::Output(i) => self.outputs[i].read(at, values.bit(offset), &mut say),
                        Owner::Counter(i) => {
                            let words = values.words(offset, usize::from(item.len));
                            self.counters[i].read(at, words, &mut say);
                        }
                    }
                }
            }
            Err(trouble) => {
                say.trouble(&read.label, &trouble);
                read.misses = read.misses.saturating_add(1);
                let inputs = read.items.iter().filter_map(|item| item.owner.input());
                for i in inputs.filter(|_| read.misses >= MISSES) {
                    self.inputs[i].unknown(trouble.quality(), &mut say);
                }
            }
        }
        self.poll_read(index + 1, out);
    }
}

/// Checks.
impl Io {
    fn check(&mut self, now: Stamp, out: &mut Outbox) {
        let was = self.checks.gate.clone();
        let mut say = Say { now, out, faults: &mut self.faults };
        if let Some((step, request)) = self.checks.next(self.unit, &mut say) {
            self.ask(Asked::Check(step), request, out);
        }
        if was == Gate::Checking && self.checks.gate != Gate::Checking {
            self.decided(out);
        }
    }

    fn checked(&mut self, now: Stamp, step: Step, answer: Answer<'_>, out: &mut Outbox) {
        let mut say = Say { now, out, faults: &mut self.faults };
        self.checks.answered(step, answer, &mut say);
        self.check(now, out);
    }

    /// Outputs may be driven now, or not: a pulse that the link's loss cut off is ended in either case.
    fn decided(&mut self, out: &mut Outbox) {
        for output in 0..self.outputs.len() {
            if self.outputs[output].pulsing != Pulse::Idle {
                self.order(Order { output, on: false, command: None }, out);
            }
        }
        for order in std::mem::take(&mut self.held) {
            self.admit(order, out);
        }
    }
}

/// Commands.
impl Io {
    fn command(&mut self, id: u64, body: &CommandBody, out: &mut Outbox) {
        let CommandBody::Output { point, on } = body else {
            out.outcome(id, Outcome::Refused("modbus.io drives outputs and nothing else".to_owned()));
            return;
        };
        match self.outputs.iter().position(|output| output.name == *point) {
            Some(output) => self.admit(Order { output, on: *on, command: Some(id) }, out),
            None => out.outcome(id, Outcome::Refused(format!("no output is named {point}"))),
        }
    }

    fn admit(&mut self, order: Order, out: &mut Outbox) {
        match &self.checks.gate {
            Gate::Open => self.order(order, out),
            Gate::Checking => self.held.push(order),
            Gate::Down => fail(order.command, "the device is not connected", out),
            Gate::Refused(why) => {
                if let Some(id) = order.command {
                    out.outcome(id, Outcome::Refused(why.clone()));
                }
            }
        }
    }

    /// Writes and reads back, without anything in between.
    fn order(&mut self, order: Order, out: &mut Outbox) {
        let output = &mut self.outputs[order.output];
        output.asked(order.on);
        let write = output.write.write(self.unit, u16::from(order.on));
        let read_back = output.read_back.read(self.unit, 1);
        self.ask(Asked::Write(order), write, out);
        self.ask(Asked::ReadBack(order), read_back, out);
    }

    fn wrote(&mut self, now: Stamp, id: u64, order: Order, answer: Answer<'_>, out: &mut Outbox) {
        let output = &mut self.outputs[order.output];
        let label = output.write.write_label();
        let result = written(answer);
        let end_after = match &result {
            // A garbled answer does not say no: the output may be on.
            Ok(()) | Err(Trouble::Shape(_)) => output.taken(order.on, now),
            Err(Trouble::Exception(_)) => output.refused(order.on).then_some(LOOK),
            // The link will be made anew, which ends a pulse by itself.
            Err(Trouble::Timeout) => None,
        };
        if let Some(after) = end_after {
            out.wake_after(after, PULSE + order.output as u64);
        }
        let Err(trouble) = result else {
            Say { now, out, faults: &mut self.faults }.well(&label);
            return;
        };
        // What is read back now says nothing about this order.
        self.asked.remove(&(id + 1));
        let mut say = Say { now, out, faults: &mut self.faults };
        say.trouble(&label, &trouble);
        let Some(command) = order.command else { return };
        let text = format!("{label}: {trouble}");
        out.outcome(
            command,
            match trouble {
                Trouble::Exception(_) => Outcome::Refused(text),
                Trouble::Timeout | Trouble::Shape(_) => Outcome::Failed(text),
            },
        );
    }

    fn read_back(&mut self, now: Stamp, order: Order, at: Stamp, answer: Answer<'_>, out: &mut Outbox) {
        let output = &mut self.outputs[order.output];
        let label = output.read_back.read_label(1);
        let mut say = Say { now, out, faults: &mut self.faults };
        let outcome = match Values::of(answer, output.read_back.table, 1) {
            Ok(values) => {
                say.well(&label);
                let on = values.bit(0);
                output.confirm(at, on, &mut say);
                if on == order.on {
                    Outcome::Done
                } else {
                    let (set, seen) = (word(order.on), word(on));
                    Outcome::Failed(format!("{} was set {set} and reads {seen}", output.name))
                }
            }
            Err(trouble) => {
                say.trouble(&label, &trouble);
                Outcome::Failed(format!("written, but not read back: {label}: {trouble}"))
            }
        };
        if let Some(command) = order.command {
            out.outcome(command, outcome);
        }
    }
}

fn fail(command: Option<u64>, why: &str, out: &mut Outbox) {
    if let Some(id) = command {
        out.outcome(id, Outcome::Failed(why.to_owned()));
    }
}
