//! A test bench for a driver's own unit tests: feed inputs, look at what came out. No wire, no clock.

use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

use greenlane_model::{Body, CommandBody, Outcome, Quality, Stamp};
use serde_json::Value;

use crate::{Answer, Driver, Input, OpenError, Outbox, Request, Sink};

/// One observation as the driver gave it.
#[derive(Debug, Clone, PartialEq)]
pub struct Seen {
    /// When it happened, by the driver.
    pub at: Stamp,
    /// How far to trust it.
    pub quality: Quality,
    /// What was said.
    pub body: Body,
}

enum Out {
    Observe(Box<Seen>),
    Request(u64, Request),
    Send(Vec<u8>),
    Respond(u64, u16, String),
    Outcome(u64, Outcome),
    Wake(Duration, u64),
}

struct Collect(Sender<Out>);

impl Collect {
    fn push(&self, out: Out) {
        // The bench may be gone already; then nobody looks.
        let _ = self.0.send(out);
    }
}

impl Sink for Collect {
    fn observe(&mut self, at: Stamp, quality: Quality, body: Body) {
        self.push(Out::Observe(Box::new(Seen { at, quality, body })));
    }
    fn request(&mut self, id: u64, request: Request) {
        self.push(Out::Request(id, request));
    }
    fn send(&mut self, bytes: &[u8]) {
        self.push(Out::Send(bytes.to_vec()));
    }
    fn respond(&mut self, id: u64, status: u16, body: &str) {
        self.push(Out::Respond(id, status, body.to_owned()));
    }
    fn outcome(&mut self, id: u64, outcome: Outcome) {
        self.push(Out::Outcome(id, outcome));
    }
    fn wake_after(&mut self, after: Duration, token: u64) {
        self.push(Out::Wake(after, token));
    }
}

/// A driver on the bench. Time starts at 1 000 s and moves only with [`Bench::advance`].
///
/// Each list holds what came since it was last taken (`std::mem::take(&mut bench.observations)`).
pub struct Bench<D> {
    /// The driver itself.
    pub driver: D,
    /// The bench's time.
    pub now: Stamp,
    /// What was observed.
    pub observations: Vec<Seen>,
    /// Requests not yet answered.
    pub requests: Vec<(u64, Request)>,
    /// Bytes sent.
    pub sent: Vec<u8>,
    /// Responses: id, status, body.
    pub responses: Vec<(u64, u16, String)>,
    /// Outcomes of commands.
    pub outcomes: Vec<(u64, Outcome)>,
    timers: Vec<(u64, u64)>,
    outbox: Outbox,
    inbox: Receiver<Out>,
    ids: u64,
}

impl<D: Driver> Bench<D> {
    /// Opens the driver with `settings` as they would stand in TOML.
    ///
    /// # Errors
    /// What serde or [`Driver::open`] says of the settings.
    pub fn open(settings: Value) -> Result<Self, OpenError> {
        let seen = settings.to_string();
        let settings = serde_json::from_value(settings)
            .map_err(|e| OpenError::new("", seen, format!("settings of {} ({e})", D::MODEL)))?;
        let (sender, inbox) = channel();
        Ok(Self {
            driver: D::open(settings)?,
            now: Stamp::new(1_000_000_000_000, 1_795_521_600_000_000_000),
            observations: Vec::new(),
            requests: Vec::new(),
            sent: Vec::new(),
            responses: Vec::new(),
            outcomes: Vec::new(),
            timers: Vec::new(),
            outbox: Outbox::new(Collect(sender)),
            inbox,
            ids: 0,
        })
    }

    /// Feeds one input now.
    pub fn input(&mut self, input: Input<'_>) {
        self.driver.handle(self.now, input, &mut self.outbox);
        while let Ok(out) = self.inbox.try_recv() {
            match out {
                Out::Observe(seen) => self.observations.push(*seen),
                Out::Request(id, request) => self.requests.push((id, request)),
                Out::Send(bytes) => self.sent.extend(bytes),
                Out::Respond(id, status, body) => self.responses.push((id, status, body)),
                Out::Outcome(id, outcome) => self.outcomes.push((id, outcome)),
                Out::Wake(after, token) => {
                    self.timers.retain(|&(_, t)| t != token);
                    let after = u64::try_from(after.as_nanos()).unwrap_or(u64::MAX);
                    self.timers.push((self.now.mono_ns.saturating_add(after), token));
                }
            }
        }
    }

    /// The link comes up.
    pub fn connect(&mut self) {
        self.input(Input::Connected);
    }

    /// The link goes down; open requests are forgotten.
    pub fn lose(&mut self, reason: &str) {
        self.requests.clear();
        self.input(Input::Lost { reason });
    }

    /// One frame or line comes, without its delimiters.
    pub fn frame(&mut self, bytes: impl AsRef<[u8]>) {
        self.input(Input::Frame(bytes.as_ref()));
    }

    /// The oldest open request is answered after `took`.
    ///
    /// # Panics
    /// When no request is open.
    pub fn reply(&mut self, took: Duration, answer: Answer<'_>) {
        assert!(!self.requests.is_empty(), "no request is open");
        let (id, _) = self.requests.remove(0);
        let sent = self.now;
        self.now = sent.shifted(i64::try_from(took.as_nanos()).unwrap_or(i64::MAX));
        self.input(Input::Reply { id, sent, received: self.now, answer });
    }

    /// A command comes; its id is returned.
    pub fn command(&mut self, body: &CommandBody) -> u64 {
        self.ids += 1;
        self.input(Input::Command { id: self.ids, body });
        self.ids
    }

    /// Time passes; timers that run out on the way fire in order.
    pub fn advance(&mut self, by: Duration) {
        let end = self.now.mono_ns + u64::try_from(by.as_nanos()).unwrap_or(u64::MAX);
        while let Some(i) = (0..self.timers.len()).min_by_key(|&i| self.timers[i].0) {
            let (at, token) = self.timers[i];
            if at > end {
                break;
            }
            self.timers.remove(i);
            self.set_mono(at);
            self.input(Input::Due { token });
        }
        self.set_mono(end);
    }

    /// The bodies observed since last taken.
    pub fn bodies(&mut self) -> Vec<Body> {
        std::mem::take(&mut self.observations).into_iter().map(|seen| seen.body).collect()
    }

    fn set_mono(&mut self, mono_ns: u64) {
        let ahead = i64::try_from(mono_ns.saturating_sub(self.now.mono_ns)).unwrap_or(i64::MAX);
        self.now = self.now.shifted(ahead);
    }
}
