//! Faults in opening, closing, connecting, in settings, timers and threads of state.

use std::borrow::Cow;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use greenlane_driver::model::units::CountsPerSecond;
use greenlane_driver::model::{Body, Covered, Presence, Stamp};
use greenlane_driver::{Input, Outbox, Seen};
use greenlane_modbus::io::Io;
use greenlane_tsa::vm250::Vm250;
use serde_json::{Map, Value, json};

use crate::good::{Good, pass};
use crate::mutation::{Mutation, TIMER};

/// Nothing is changed: what is wrong is in the kit, or in the file.
#[derive(Default)]
pub struct Plain;

impl Mutation for Plain {
    type Base = Vm250;
    const MODEL: &'static str = "faulty.plain";
}

/// The model is not of the file's folder.
#[derive(Default)]
pub struct OtherFolder;

impl Mutation for OtherFolder {
    type Base = Vm250;
    const MODEL: &'static str = "strange.f03";
}

/// The label of `at` comes from the machine's clock.
#[derive(Default)]
pub struct SystemClock;

impl Mutation for SystemClock {
    type Base = Vm250;
    const MODEL: &'static str = "faulty.f05";

    fn seen(&mut self, _: Stamp, mut seen: Seen, out: &mut Outbox) {
        let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        seen.at.utc_ns = i64::try_from(since.as_nanos()).unwrap_or(i64::MAX);
        pass(seen, out);
    }
}

static BACKGROUND: Mutex<Vec<CountsPerSecond>> = Mutex::new(Vec::new());

/// The background, which is smoothed, lies in a `static`.
#[derive(Default)]
pub struct StaticBackground;

impl Mutation for StaticBackground {
    type Base = Vm250;
    const MODEL: &'static str = "faulty.f06";

    fn handle(&mut self, good: &mut Good<Vm250>, now: Stamp, input: Input<'_>, out: &mut Outbox) {
        if input == Input::Connected {
            BACKGROUND.lock().unwrap_or_else(PoisonError::into_inner).clear();
        }
        self.feed(good, now, input, out);
    }

    fn seen(&mut self, _: Stamp, mut seen: Seen, out: &mut Outbox) {
        if let Body::Background(background) = &mut seen.body
            && let Some(cps) = &mut background.gamma_cps
        {
            let mut last = BACKGROUND.lock().unwrap_or_else(PoisonError::into_inner);
            for (cps, last) in cps.iter_mut().zip(last.iter()) {
                *cps = crate::cps(f64::midpoint(cps.value(), last.value()));
            }
            last.clone_from(cps);
        }
        pass(seen, out);
    }
}

/// A default is 16 in the code and 15 in the schema.
#[derive(Default)]
pub struct OtherDefault;

impl Mutation for OtherDefault {
    type Base = Vm250;
    const MODEL: &'static str = "faulty.f07";

    fn settings(written: &mut Value) {
        if let Some(table) = written.as_object_mut() {
            table.entry("silent_s").or_insert(json!(16));
        }
    }
}

/// Keys that nobody knows are accepted.
#[derive(Default)]
pub struct UnknownKeys;

impl Mutation for UnknownKeys {
    type Base = Io;
    const MODEL: &'static str = "faulty.f08";

    fn settings(written: &mut Value) {
        let known = ["map", "unit", "poll_ms", "inputs", "counters", "outputs", "watchdog"];
        if let Some(table) = written.as_object_mut() {
            *table = std::mem::take(table)
                .into_iter()
                .filter(|(key, _)| known.contains(&&**key))
                .collect::<Map<_, _>>();
        }
    }
}

/// A poll every 0 ms is accepted.
#[derive(Default)]
pub struct ZeroPoll;

impl Mutation for ZeroPoll {
    type Base = Io;
    const MODEL: &'static str = "faulty.f09";

    fn settings(written: &mut Value) {
        if written["poll_ms"] == 0 {
            written["poll_ms"] = json!(5);
        }
    }
}

/// Each open leaks 256 bytes.
pub struct Leaks;

impl Default for Leaks {
    fn default() -> Self {
        std::hint::black_box(Box::leak(Box::new([1_u8; 256])));
        Self
    }
}

impl Mutation for Leaks {
    type Base = Vm250;
    const MODEL: &'static str = "faulty.f10";
}

/// A timer before the link is up makes it say a reading.
#[derive(Default)]
pub struct ReadsUnconnected {
    is_up: bool,
}

impl Mutation for ReadsUnconnected {
    type Base = Io;
    const MODEL: &'static str = "faulty.f11";

    fn handle(&mut self, good: &mut Good<Io>, now: Stamp, input: Input<'_>, out: &mut Outbox) {
        self.is_up |= input == Input::Connected;
        if matches!(input, Input::Due { .. }) && !self.is_up {
            let clear = Presence { point: "entry".to_owned(), covered: Covered::No, snapshot: true };
            out.observe(now, Body::Presence(clear));
        }
        self.feed(good, now, input, out);
    }
}

/// It asks after the first connect only.
#[derive(Default)]
pub struct AsksOnce {
    has_asked: bool,
}

impl Mutation for AsksOnce {
    type Base = Io;
    const MODEL: &'static str = "faulty.f12";

    fn handle(&mut self, good: &mut Good<Io>, now: Stamp, input: Input<'_>, out: &mut Outbox) {
        let again = input == Input::Connected && std::mem::replace(&mut self.has_asked, true);
        if !again {
            self.feed(good, now, input, out);
        }
    }
}

/// After a reconnect the first reading is taken for an edge.
#[derive(Default)]
pub struct FirstIsEdge {
    was_lost: bool,
}

impl Mutation for FirstIsEdge {
    type Base = Io;
    const MODEL: &'static str = "faulty.f14";

    fn handle(&mut self, good: &mut Good<Io>, now: Stamp, input: Input<'_>, out: &mut Outbox) {
        self.was_lost |= matches!(input, Input::Lost { .. });
        self.feed(good, now, input, out);
    }

    fn seen(&mut self, _: Stamp, mut seen: Seen, out: &mut Outbox) {
        if let Body::Presence(presence) = &mut seen.body {
            presence.snapshot &= !self.was_lost;
        }
        pass(seen, out);
    }
}

/// The byte behind the tag is looked at without asking whether there is one.
#[derive(Default)]
pub struct IndexesShort {
    separators: u64,
}

impl Mutation for IndexesShort {
    type Base = Vm250;
    const MODEL: &'static str = "faulty.f15";

    fn line<'a>(&mut self, _: Stamp, line: &'a [u8]) -> Option<Cow<'a, [u8]>> {
        self.separators += u64::from(line[2] == b',');
        Some(Cow::Borrowed(line))
    }
}

/// Each 50th frame it sleeps for 30 ms.
#[derive(Default)]
pub struct Sleeps {
    frames: u32,
}

impl Mutation for Sleeps {
    type Base = Vm250;
    const MODEL: &'static str = "faulty.f16";

    fn line<'a>(&mut self, _: Stamp, line: &'a [u8]) -> Option<Cow<'a, [u8]>> {
        self.frames += 1;
        if self.frames.is_multiple_of(50) {
            std::thread::sleep(Duration::from_millis(30));
        }
        Some(Cow::Borrowed(line))
    }
}

/// Each timer asks for the next in 1 ms.
#[derive(Default)]
pub struct WakesOn;

impl Mutation for WakesOn {
    type Base = Io;
    const MODEL: &'static str = "faulty.f17";

    fn handle(&mut self, good: &mut Good<Io>, now: Stamp, input: Input<'_>, out: &mut Outbox) {
        if matches!(input, Input::Due { .. }) {
            out.wake_after(Duration::from_millis(1), TIMER);
        }
        self.feed(good, now, input, out);
    }
}
