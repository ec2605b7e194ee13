//! The driver in C, through the same boundary as those in Rust.

use greenlane_controller::host::{Instance, OpenFailure, Out, Registry};
use greenlane_driver::{Input, LinkKind, Point};
use greenlane_model::{Body, Capability, CommandBody, Outcome, Stamp};
use proptest::prelude::*;
use serde_json::json;

use crate::common::c_example;

const MODEL: &str = "c-example.counter";

/// The registry of a folder that holds the C example alone.
fn registry() -> Registry {
    let folder = tempfile::tempdir().unwrap();
    c_example(folder.path());
    let registry = Registry::scan(folder.path(), &[]).unwrap();
    assert_eq!(registry.refused, []);
    registry
}

fn open(registry: &Registry) -> (Instance, Vec<Point>) {
    let (plugin, _) = registry.find(MODEL).expect("the C example was not found");
    Instance::open(plugin, MODEL, &json!({})).unwrap()
}

fn handle(counter: &mut Instance, input: Input<'_>) -> Vec<Out> {
    let mut out = Vec::new();
    counter.handle(Stamp::new(7, 8), input, &mut out).unwrap();
    out.retain(|said| !matches!(said, Out::Log { .. }));
    out
}

/// The one body observed.
fn body(said: &[Out]) -> Body {
    let [Out::Observe { at, kind, json, .. }] = said else { panic!("one observation expected: {said:?}") };
    assert_eq!(*at, Stamp::new(7, 8));
    Body::decode(kind, json).unwrap_or_else(|e| panic!("{kind} {json}: {e}"))
}

#[test]
fn it_is_found_with_its_description() {
    let registry = registry();
    let (plugin, info) = registry.find(MODEL).unwrap();
    assert_eq!(plugin.version, "1.0.0");
    assert_eq!(info.link, LinkKind::Lines { max: 64 });
    assert_eq!(info.offers, [Capability::Gamma, Capability::Output]);
}

#[test]
fn it_opens_decodes_switches_and_closes() {
    let registry = registry();
    let (mut counter, points) = open(&registry);
    assert_eq!(points, [Point { name: "lamp".into(), capability: Capability::Output }]);
    let Body::Gamma(counts) = body(&handle(&mut counter, Input::Frame(b"C,4294967295"))) else { panic!() };
    assert_eq!((counts.counts, counts.interval.value()), (vec![u32::MAX], 0.1));
    let on = CommandBody::Output { point: "lamp".into(), on: true };
    let said = handle(&mut counter, Input::Command { id: 9, body: &on });
    assert_eq!(said, [Out::Send(b"L,1\r\n".to_vec())]);
    let said = handle(&mut counter, Input::Frame(b"L,1"));
    assert!(said.contains(&Out::Outcome { id: 9, outcome: Outcome::Done }), "{said:?}");
    let said =
        handle(&mut counter, Input::Command { id: 10, body: &CommandBody::Acknowledge { what: "x".into() } });
    assert!(matches!(&said[..], [Out::Outcome { id: 10, outcome: Outcome::Refused(_) }]), "{said:?}");
}

#[test]
fn settings_that_it_does_not_have_are_refused_in_its_own_words() {
    let registry = registry();
    let (plugin, _) = registry.find(MODEL).unwrap();
    let Err(OpenFailure::Settings(error)) = Instance::open(plugin, MODEL, &json!({"x": 1})) else { panic!() };
    assert_eq!(error.expected, "none: c-example.counter has no settings");
}

proptest! {
    #[test]
    fn any_line_is_a_count_a_lamp_or_kept_as_it_came(line in proptest::collection::vec(any::<u8>(), 0..64)) {
        thread_local!(static COUNTER: std::cell::RefCell<Instance> = open(&registry()).0.into());
        COUNTER.with_borrow_mut(|counter| {
            match body(&handle(counter, Input::Frame(&line))) {
                Body::Gamma(_) | Body::Output(_) => {}
                Body::Raw(raw) => assert_eq!(greenlane_model::unescape(&raw.bytes), Some(line)),
                other => panic!("{other:?}"),
            }
        });
    }
}
