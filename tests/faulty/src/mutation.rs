//! A good driver with one change.

use std::borrow::Cow;
use std::marker::PhantomData;

use greenlane_driver::model::{Capability, Stamp};
use greenlane_driver::{Driver, Input, LinkKind, OpenError, Outbox, Point, Seen};
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Deserialize, Deserializer, de::Error};
use serde_json::Value;

use crate::good::{Good, Said, pass};

/// Timers of mutations; no good driver counts so far.
pub const TIMER: u64 = 1 << 32;

/// One change of a good driver. Each method is one place where the change can be; the others do what the good
/// driver does.
pub trait Mutation: Default + Send + 'static {
    /// The good driver.
    type Base: Driver;
    /// The word in TOML: `faulty.` and the row of the catalogue.
    const MODEL: &'static str;
    /// What it says it can do.
    const OFFERS: &'static [Capability] = <Self::Base as Driver>::OFFERS;

    /// The settings as they are written.
    fn settings(_written: &mut Value) {}

    /// Any input on its way in.
    fn handle(&mut self, good: &mut Good<Self::Base>, now: Stamp, input: Input<'_>, out: &mut Outbox) {
        match input {
            Input::Frame(line) => {
                if let Some(line) = self.line(now, line) {
                    self.feed(good, now, Input::Frame(&line), out);
                }
            }
            other => self.feed(good, now, other, out),
        }
    }

    /// A line on its way in; `None` is lost.
    fn line<'a>(&mut self, _now: Stamp, line: &'a [u8]) -> Option<Cow<'a, [u8]>> {
        Some(Cow::Borrowed(line))
    }

    /// Anything on its way out.
    fn said(&mut self, now: Stamp, said: Said, out: &mut Outbox) {
        match said {
            Said::Observe(seen) => self.seen(now, *seen, out),
            other => other.pass(out),
        }
    }

    /// An observation on its way out.
    fn seen(&mut self, _now: Stamp, seen: Seen, out: &mut Outbox) {
        pass(seen, out);
    }

    /// What every mutation does in the end: the good driver handles the input, the mutation what it says.
    fn feed(&mut self, good: &mut Good<Self::Base>, now: Stamp, input: Input<'_>, out: &mut Outbox) {
        for said in good.handle(now, input) {
            self.said(now, said, out);
        }
    }
}

/// The good driver `M::Base` with the change `M`.
pub struct Faulty<M: Mutation> {
    good: Good<M::Base>,
    mutation: M,
}

impl<M: Mutation> Driver for Faulty<M> {
    const MODEL: &'static str = M::MODEL;
    const LINK: LinkKind = <M::Base as Driver>::LINK;
    const OFFERS: &'static [Capability] = M::OFFERS;
    type Settings = Settings<M>;

    fn open(settings: Settings<M>) -> Result<Self, OpenError> {
        Ok(Self { good: Good::new(M::Base::open(settings.of_the_base)?), mutation: M::default() })
    }

    fn points(&self) -> Vec<Point> {
        self.good.driver().points()
    }

    fn handle(&mut self, now: Stamp, input: Input<'_>, out: &mut Outbox) {
        self.mutation.handle(&mut self.good, now, input, out);
    }
}

/// The good driver's settings, read after the change has been at them.
pub struct Settings<M: Mutation> {
    of_the_base: <M::Base as Driver>::Settings,
    mutation: PhantomData<M>,
}

impl<'de, M: Mutation> Deserialize<'de> for Settings<M> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut written = Value::deserialize(deserializer)?;
        M::settings(&mut written);
        let of_the_base = serde_json::from_value(written).map_err(D::Error::custom)?;
        Ok(Self { of_the_base, mutation: PhantomData })
    }
}

impl<M: Mutation> JsonSchema for Settings<M> {
    fn inline_schema() -> bool {
        <M::Base as Driver>::Settings::inline_schema()
    }

    fn schema_name() -> Cow<'static, str> {
        <M::Base as Driver>::Settings::schema_name()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        <M::Base as Driver>::Settings::json_schema(generator)
    }
}
