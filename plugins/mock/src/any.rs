//! Stands in for any device: change one word in the lane file to `mock.any` and say by hand, or from a
//! script, what the device would have said.
//!
//! Each line is one observation, `{"kind": "presence", "body": {"point": "loop", "covered": "yes"}}`, with
//! `"quality": "bad"` and `"ago_ms": 250` where wanted. A kind that this version does not know is passed on.

use std::borrow::Cow;

use greenlane_driver::model::{Body, Capability, CommandBody, Outcome, Output, Quality, Stamp};
use greenlane_driver::{Driver, Input, LinkKind, OpenError, Outbox, Point};
use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Map, Value};

/// Any device.
pub struct Any {
    points: Vec<Point>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Line<'a> {
    #[serde(borrow)]
    kind: Cow<'a, str>,
    #[serde(borrow)]
    body: &'a RawValue,
    #[serde(default)]
    quality: Quality,
    /// How long ago it happened.
    #[serde(default)]
    ago_ms: u32,
}

impl Driver for Any {
    const MODEL: &'static str = "mock.any";
    const LINK: LinkKind = LinkKind::Lines { max: 65_536 };
    const OFFERS: &'static [Capability] = &[
        Capability::Presence,
        Capability::Pulses,
        Capability::Speed,
        Capability::Weight,
        Capability::Axles,
        Capability::Gamma,
        Capability::Neutron,
        Capability::Background,
        Capability::Occupancy,
        Capability::Spectrum,
        Capability::RadiationAlarm,
        Capability::Container,
        Capability::Plate,
        Capability::Tag,
        Capability::Card,
        Capability::Scan,
        Capability::Image,
        Capability::Output,
        Capability::Signal,
        Capability::Barrier,
        Capability::Snapshot,
        Capability::Acknowledge,
        Capability::Setup,
        Capability::Health,
        Capability::Tamper,
    ];
    /// Those of the device it stands in for: nothing is refused.
    type Settings = Map<String, Value>;

    fn open(settings: Map<String, Value>) -> Result<Self, OpenError> {
        let points = |key: &str, capability| {
            let tables = settings.get(key).and_then(Value::as_array).into_iter().flatten();
            tables.filter_map(move |table| {
                Some(Point { name: table.get("name")?.as_str()?.to_owned(), capability })
            })
        };
        let points = points("inputs", Capability::Presence)
            .chain(points("counters", Capability::Pulses))
            .chain(points("outputs", Capability::Output))
            .collect();
        Ok(Self { points })
    }

    fn points(&self) -> Vec<Point> {
        self.points.clone()
    }

    fn handle(&mut self, now: Stamp, input: Input<'_>, out: &mut Outbox) {
        match input {
            Input::Frame(line) => match read(line) {
                Ok((ago_ns, quality, body)) => out.observe_as(now.shifted(-ago_ns), quality, body),
                Err(error) => out.raw(now, error.to_string(), line),
            },
            Input::Command { id, body } => {
                if let CommandBody::Output { point, on } = body {
                    out.observe(now, Body::Output(Output { point: point.clone(), on: *on }));
                }
                out.outcome(id, Outcome::Done);
            }
            Input::Connected
            | Input::Reply { .. }
            | Input::Request { .. }
            | Input::File(_)
            | Input::Due { .. }
            | Input::Lost { .. } => {}
        }
    }
}

/// How long ago in ns, how good, and what.
fn read(line: &[u8]) -> serde_json::Result<(i64, Quality, Body)> {
    let line: Line<'_> = serde_json::from_slice(line)?;
    let body = Body::decode(&line.kind, line.body.get())?;
    Ok((i64::from(line.ago_ms) * 1_000_000, line.quality, body))
}
