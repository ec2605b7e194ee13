//! The good driver inside a faulty one, and what it says.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use greenlane_driver::model::{Body, Outcome, Quality, Stamp};
use greenlane_driver::{Driver, Input, Outbox, Request, Seen, Sink};

/// One thing that the good driver said, in the order in which it said them.
#[derive(Debug)]
#[allow(missing_docs, reason = "each is the method of the same name on greenlane_driver::Outbox")]
pub enum Said {
    Observe(Box<Seen>),
    Request(u64, Request),
    Send(Vec<u8>),
    Respond(u64, u16, String),
    Outcome(u64, Outcome),
    Wake(Duration, u64),
}

impl Said {
    /// Says it to the host as it is.
    pub fn pass(self, out: &mut Outbox) {
        match self {
            Self::Observe(seen) => pass(*seen, out),
            Self::Request(id, request) => out.request(id, request),
            Self::Send(bytes) => out.send(&bytes),
            Self::Respond(id, status, body) => out.respond(id, status, &body),
            Self::Outcome(id, outcome) => out.outcome(id, outcome),
            Self::Wake(after, token) => out.wake_after(after, token),
        }
    }
}

/// Says an observation to the host as it is.
pub fn pass(seen: Seen, out: &mut Outbox) {
    out.observe_as(seen.at, seen.quality, seen.body);
}

/// A good driver, and a box for what it says.
pub struct Good<D> {
    driver: D,
    outbox: Outbox,
    said: Collect,
}

impl<D: Driver> Good<D> {
    /// Around an open driver.
    pub fn new(driver: D) -> Self {
        let said = Collect::default();
        Self { driver, outbox: Outbox::new(said.clone()), said }
    }

    /// The driver.
    pub fn driver(&self) -> &D {
        &self.driver
    }

    /// Gives it one input; what it says to that.
    pub fn handle(&mut self, now: Stamp, input: Input<'_>) -> Vec<Said> {
        self.driver.handle(now, input, &mut self.outbox);
        std::mem::take(&mut *self.said.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

#[derive(Clone, Default)]
struct Collect(Arc<Mutex<Vec<Said>>>);

impl Collect {
    fn push(&self, said: Said) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(said);
    }
}

impl Sink for Collect {
    fn observe(&mut self, at: Stamp, quality: Quality, body: Body) {
        self.push(Said::Observe(Box::new(Seen { at, quality, body })));
    }
    fn request(&mut self, id: u64, request: Request) {
        self.push(Said::Request(id, request));
    }
    fn send(&mut self, bytes: &[u8]) {
        self.push(Said::Send(bytes.to_vec()));
    }
    fn respond(&mut self, id: u64, status: u16, body: &str) {
        self.push(Said::Respond(id, status, body.to_owned()));
    }
    fn outcome(&mut self, id: u64, outcome: Outcome) {
        self.push(Said::Outcome(id, outcome));
    }
    fn wake_after(&mut self, after: Duration, token: u64) {
        self.push(Said::Wake(after, token));
    }
}
