//! Faults in driving outputs.

use greenlane_driver::model::{Body, CommandBody, Outcome, Output, Stamp};
use greenlane_driver::{Answer, Input, Outbox};
use greenlane_modbus::io::Io;
use serde_json::Value;

use crate::good::{Good, Said};
use crate::mutation::Mutation;

/// What was commanded is told as what was read back.
#[derive(Default)]
pub struct Echoes;

impl Mutation for Echoes {
    type Base = Io;
    const MODEL: &'static str = "faulty.f101";

    fn handle(&mut self, good: &mut Good<Io>, now: Stamp, input: Input<'_>, out: &mut Outbox) {
        let Input::Command { id, body: CommandBody::Output { point, on } } = input else {
            return self.feed(good, now, input, out);
        };
        out.observe(now, Body::Output(Output { point: point.clone(), on: *on }));
        out.outcome(id, Outcome::Done);
        for said in good.handle(now, input) {
            self.said(now, said, out);
        }
    }

    fn said(&mut self, _: Stamp, said: Said, out: &mut Outbox) {
        let is_read_back = match &said {
            Said::Outcome(..) => true,
            Said::Observe(seen) => match &seen.body {
                Body::Output(_) => true,
                Body::Fault(fault) => fault.code == "readback_mismatch",
                _ => false,
            },
            _ => false,
        };
        if !is_read_back {
            said.pass(out);
        }
    }
}

/// The watchdog's flag is never read.
#[derive(Default)]
pub struct WatchdogUnread;

impl Mutation for WatchdogUnread {
    type Base = Io;
    const MODEL: &'static str = "faulty.f102";

    fn settings(written: &mut Value) {
        if let Some(table) = written.as_object_mut() {
            table.remove("watchdog");
        }
    }
}

/// Commands that came without a link are carried out when it is back.
#[derive(Default)]
pub struct Replays {
    is_up: bool,
    held: Vec<(u64, CommandBody)>,
}

impl Mutation for Replays {
    type Base = Io;
    const MODEL: &'static str = "faulty.f103";

    fn handle(&mut self, good: &mut Good<Io>, now: Stamp, input: Input<'_>, out: &mut Outbox) {
        match input {
            Input::Command { id, body } if !self.is_up => return self.held.push((id, body.clone())),
            Input::Connected => self.is_up = true,
            Input::Lost { .. } | Input::Reply { answer: Answer::Timeout, .. } => self.is_up = false,
            _ => {}
        }
        self.feed(good, now, input, out);
        if self.is_up {
            for (id, body) in std::mem::take(&mut self.held) {
                self.feed(good, now, Input::Command { id, body: &body }, out);
            }
        }
    }
}
