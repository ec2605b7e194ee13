//! Where a driver puts what follows from an input.

use std::time::Duration;

use greenlane_model::{Body, Fault, Outcome, Quality, Raw, Severity, Stamp};

/// A Modbus request. Addresses are the wire's own: zero-based, without the leading type digit.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names are those of the Modbus Application Protocol")]
pub enum Request {
    ReadCoils { unit: u8, address: u16, count: u16 },
    ReadDiscreteInputs { unit: u8, address: u16, count: u16 },
    ReadHoldingRegisters { unit: u8, address: u16, count: u16 },
    ReadInputRegisters { unit: u8, address: u16, count: u16 },
    WriteCoil { unit: u8, address: u16, on: bool },
    WriteCoils { unit: u8, address: u16, on: Vec<bool> },
    WriteRegister { unit: u8, address: u16, value: u16 },
    WriteRegisters { unit: u8, address: u16, values: Vec<u16> },
}

/// What stands behind an [`Outbox`]: the host across the boundary, or a [`crate::Bench`].
#[allow(missing_docs, reason = "each is the method of the same name on Outbox")]
pub trait Sink: Send {
    fn observe(&mut self, at: Stamp, quality: Quality, body: Body);
    fn request(&mut self, id: u64, request: Request);
    fn send(&mut self, bytes: &[u8]);
    fn respond(&mut self, id: u64, status: u16, body: &str);
    fn outcome(&mut self, id: u64, outcome: Outcome);
    fn wake_after(&mut self, after: Duration, token: u64);
}

/// Where a driver puts what follows from an input.
pub struct Outbox {
    sink: Box<dyn Sink>,
}

impl Outbox {
    /// An outbox in front of `sink`.
    pub fn new(sink: impl Sink + 'static) -> Self {
        Self { sink: Box::new(sink) }
    }

    /// Says that `body` happened `at`.
    pub fn observe(&mut self, at: Stamp, body: Body) {
        self.sink.observe(at, Quality::Good, body);
    }

    /// Says so with less than good quality.
    pub fn observe_as(&mut self, at: Stamp, quality: Quality, body: Body) {
        self.sink.observe(at, quality, body);
    }

    /// Asks the device; the answer comes as `Input::Reply` with this id. Requests are sent in order, one at
    /// a time.
    pub fn request(&mut self, id: u64, request: Request) {
        self.sink.request(id, request);
    }

    /// Writes bytes to a stream link as they are.
    pub fn send(&mut self, bytes: &[u8]) {
        self.sink.send(bytes);
    }

    /// Answers an `Input::Request`. A 2xx waits for the commit of everything observed so far.
    pub fn respond(&mut self, id: u64, status: u16, body: &str) {
        self.sink.respond(id, status, body);
    }

    /// Says what became of an `Input::Command`.
    pub fn outcome(&mut self, id: u64, outcome: Outcome) {
        self.sink.outcome(id, outcome);
    }

    /// Asks for `Input::Due` with `token` after `after`. The same token again replaces the earlier timer.
    pub fn wake_after(&mut self, after: Duration, token: u64) {
        self.sink.wake_after(after, token);
    }

    /// Says that a fault came on or went.
    pub fn fault(&mut self, at: Stamp, code: &str, severity: Severity, on: bool, text: impl Into<String>) {
        self.observe(at, Body::Fault(Fault { code: code.to_owned(), severity, on, text: text.into() }));
    }

    /// Keeps bytes that could not be understood.
    pub fn raw(&mut self, at: Stamp, reason: impl Into<String>, bytes: &[u8]) {
        self.observe(at, Body::Raw(Raw::new(reason, bytes)));
    }
}
