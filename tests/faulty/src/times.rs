//! Faults in when things happened, and in the same making the same.

use std::collections::HashMap;
use std::time::Duration;

use greenlane_driver::model::{Body, Stamp};
use greenlane_driver::{Input, Outbox, Seen};
use greenlane_http::ocr::Ocr;
use greenlane_tsa::vm250::Vm250;
use serde_json::{Value, json};

use crate::good::{Good, Said, pass};
use crate::mutation::Mutation;

/// A burst is told newest sample first.
#[derive(Default)]
pub struct NewestFirst;

impl Mutation for NewestFirst {
    type Base = Vm250;
    const MODEL: &'static str = "faulty.f18";

    fn feed(&mut self, good: &mut Good<Vm250>, now: Stamp, input: Input<'_>, out: &mut Outbox) {
        let is_sample =
            |said: &Said| matches!(said, Said::Observe(seen) if matches!(seen.body, Body::Gamma(_)));
        let (samples, others): (Vec<_>, Vec<_>) = good.handle(now, input).into_iter().partition(is_sample);
        for said in others.into_iter().chain(samples.into_iter().rev()) {
            said.pass(out);
        }
    }
}

/// The device's local time is read as UTC.
#[derive(Default)]
pub struct LocalIsUtc;

impl Mutation for LocalIsUtc {
    type Base = Ocr;
    const MODEL: &'static str = "faulty.f20";

    fn seen(&mut self, _: Stamp, mut seen: Seen, out: &mut Outbox) {
        if let Body::Container(read) | Body::Plate(read) = &mut seen.body {
            let ahead = i64::try_from(Duration::from_secs(8 * 3600).as_nanos()).unwrap_or(i64::MAX);
            read.acquired = read.acquired.map(|at| at.shifted(ahead));
            seen.at = read.acquired.unwrap_or(seen.at);
        }
        pass(seen, out);
    }
}

/// The samples of a burst share the time at which it came.
#[derive(Default)]
pub struct BurstAtOnce;

impl Mutation for BurstAtOnce {
    type Base = Vm250;
    const MODEL: &'static str = "faulty.f21";

    fn seen(&mut self, now: Stamp, mut seen: Seen, out: &mut Outbox) {
        if matches!(&seen.body, Body::Gamma(_)) {
            seen.at = now;
        }
        pass(seen, out);
    }
}

/// The panels come out of a hash map.
#[derive(Default)]
pub struct HashedPanels;

impl Mutation for HashedPanels {
    type Base = Vm250;
    const MODEL: &'static str = "faulty.f38";

    fn seen(&mut self, _: Stamp, mut seen: Seen, out: &mut Outbox) {
        if let Body::Gamma(sample) = &mut seen.body {
            let panels: HashMap<usize, u32> =
                std::mem::take(&mut sample.counts).into_iter().enumerate().collect();
            sample.counts = panels.into_values().collect();
        }
        pass(seen, out);
    }
}

/// An event that is posted again is told again.
#[derive(Default)]
pub struct ToldAgain {
    event: Option<String>,
}

impl Mutation for ToldAgain {
    type Base = Ocr;
    const MODEL: &'static str = "faulty.f40";

    fn handle(&mut self, good: &mut Good<Ocr>, now: Stamp, input: Input<'_>, out: &mut Outbox) {
        let Input::Request { id, content_type, query, body } = input else {
            return self.feed(good, now, input, out);
        };
        // Without its number the good driver does not know an event again.
        let mut bare = body.to_vec();
        if let Ok(Value::Object(mut message)) = serde_json::from_slice(body) {
            self.event =
                message.insert("event".to_owned(), json!(null)).and_then(|e| e.as_str().map(str::to_owned));
            bare = Value::Object(message).to_string().into_bytes();
        }
        self.feed(good, now, Input::Request { id, content_type, query, body: &bare }, out);
    }

    fn seen(&mut self, _: Stamp, mut seen: Seen, out: &mut Outbox) {
        if let Body::Container(read) | Body::Plate(read) = &mut seen.body {
            read.event.clone_from(&self.event);
        }
        pass(seen, out);
    }
}
