//! The mock says what it is told and does what it is asked.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use greenlane_driver::model::{
    Body, Capability, CommandBody, Covered, Outcome, Output, Presence, Quality, SignalAspect, Tamper,
};
use greenlane_driver::{Bench, Driver, Point};
use greenlane_mock::any::Any;
use proptest::prelude::*;
use serde_json::json;

fn mock() -> Bench<Any> {
    Bench::open(json!({})).unwrap()
}

#[test]
fn a_line_is_observed_as_it_is() {
    let mut bench = mock();
    bench.frame(r#"{"kind": "presence", "body": {"point": "loop", "covered": "yes"}}"#);
    bench.frame(r#"{"kind": "tamper", "body": {"on": true}, "quality": "bad", "ago_ms": 250}"#);
    let [presence, tamper] = &bench.observations[..] else { panic!("{:?}", bench.observations) };
    let body = Presence { point: "loop".into(), covered: Covered::Yes, snapshot: false };
    assert_eq!((presence.at, presence.quality), (bench.now, Quality::Good));
    assert_eq!(presence.body, Body::Presence(body));
    assert_eq!((tamper.at, tamper.quality), (bench.now.shifted(-250_000_000), Quality::Bad));
    assert_eq!(tamper.body, Body::Tamper(Tamper { on: true }));
}

#[test]
fn an_unknown_kind_is_kept_word_by_word() {
    let mut bench = mock();
    bench.frame(r#"{"kind": "sm\u0065ll", "body": {"of":  [1e999]}}"#);
    let Body::Unknown { kind, raw } = &bench.observations[0].body else { panic!("{:?}", bench.observations) };
    assert_eq!((kind.as_str(), raw.get()), ("smell", r#"{"of":  [1e999]}"#));
}

#[test]
fn a_line_that_is_no_observation_is_kept_raw() {
    for line in [
        "",
        "hello",
        r#"{"kind": "tamper"}"#,
        r#"{"kind": "tamper", "body": {"on": 7}}"#,
        r#"{"kind": "tamper", "body": {"on": true}, "qualty": "bad"}"#,
        r#"{"kind": "tamper", "body": {"on": true}, "ago_ms": -1}"#,
    ] {
        let mut bench = mock();
        bench.frame(line);
        assert!(matches!(&bench.bodies()[..], [Body::Raw(_)]), "{line}");
    }
}

#[test]
fn the_points_are_those_of_the_device_it_stands_in_for() {
    let settings = json!({
        "map": "moxa-e1212",
        "unit": 1,
        "inputs": [{"name": "loop_entry", "point": 0}, {"point": 1}, 7],
        "counters": [{"name": "axles", "point": 2}],
        "outputs": [{"name": "light_red", "point": 0, "safe": "on"}],
        "watchdog": {"timeout_ms": 1000},
    });
    let bench = Bench::<Any>::open(settings).unwrap();
    let point = |name: &str, capability| Point { name: name.into(), capability };
    assert_eq!(
        bench.driver.points(),
        [
            point("loop_entry", Capability::Presence),
            point("axles", Capability::Pulses),
            point("light_red", Capability::Output),
        ]
    );
}

#[test]
fn an_output_is_echoed_before_it_is_done() {
    let mut bench = mock();
    let id = bench.command(&CommandBody::Output { point: "light_red".into(), on: true });
    assert_eq!(bench.bodies(), [Body::Output(Output { point: "light_red".into(), on: true })]);
    assert_eq!(bench.outcomes, [(id, Outcome::Done)]);
}

#[test]
fn any_other_command_is_done() {
    let mut bench = mock();
    let id = bench.command(&CommandBody::Signal { aspect: SignalAspect::Green });
    assert_eq!((bench.bodies(), &bench.outcomes[..]), (vec![], &[(id, Outcome::Done)][..]));
}

#[test]
fn every_capability_is_offered() {
    let schema = serde_json::to_value(schemars::schema_for!(Capability)).unwrap();
    let all: Vec<Capability> = serde_json::from_value(schema["enum"].clone()).unwrap();
    assert_eq!(Any::OFFERS, all);
}

proptest! {
    #[test]
    fn any_line_is_observed_or_kept(
        line in prop_oneof![
            proptest::collection::vec(any::<u8>(), 0..200),
            "\\{\"kind\": \"(gamma|tamper|odd)\", \"body\": .{0,60}, \"ago_ms\": [0-9]{1,12}\\}"
                .prop_map(String::into_bytes),
        ],
    ) {
        let mut bench = mock();
        bench.frame(&line);
        prop_assert_eq!(bench.bodies().len(), 1);
    }
}
