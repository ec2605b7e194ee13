//! Digital inputs: snapshots, edges, debounce, invert, unknown, stuck.

mod common;

use std::time::Duration;

use common::{Device, POLL, Rig, TOOK, codes, full_device, full_map, with, with_map};
use greenlane_driver::model::{Body, Covered, Presence, Quality, Stamp};
use greenlane_driver::{Answer, Request};
use proptest::prelude::*;
use serde_json::{Value, json};

fn said(name: &str, covered: Covered, snapshot: bool) -> (String, Covered, bool) {
    (name.to_owned(), covered, snapshot)
}

fn loop_rig(input: Value) -> Rig {
    let mut rig = Rig::connected(with(full_map(), json!({ "inputs": [input] })), full_device());
    rig.presence();
    rig
}

#[test]
fn the_example_of_the_contract_runs() {
    let settings = json!({
        "unit": 1, "poll_ms": 20,
        "inputs": [{ "name": "loop_entry", "point": 0 }],
        "outputs": [{ "name": "light_red", "point": 0, "safe": "on" }],
    });
    let mut rig = Rig::connected(
        with_map("moxa-e1212", settings),
        Device {
            coils: common::block(0, 8, false),
            discrete: common::block(0, 8, false),
            ..Device::default()
        },
    );
    assert_eq!(rig.fault_codes(), codes(&[("safe_value_unchecked", true)]));
    assert_eq!(rig.presence(), [said("loop_entry", Covered::No, true)]);
    rig.device.discrete.insert(0, true);
    rig.polls(1);
    assert_eq!(rig.presence(), [said("loop_entry", Covered::Yes, false)]);
    assert_eq!(rig.drive("light_red", true), greenlane_driver::model::Outcome::Done);
}

#[test]
fn the_first_read_is_a_snapshot_and_only_changes_follow() {
    let mut device = full_device();
    device.discrete.insert(3, true);
    let inputs = json!([{ "name": "a", "point": 3 }, { "name": "b", "point": 4 }]);
    let mut rig = Rig::connected(with(full_map(), json!({ "inputs": inputs })), device);
    assert_eq!(rig.presence(), [said("a", Covered::Yes, true), said("b", Covered::No, true)]);
    rig.polls(5);
    assert_eq!(rig.presence(), []);
    rig.device.discrete.insert(3, false);
    rig.polls(1);
    assert_eq!(rig.presence(), [said("a", Covered::No, false)]);
}

#[test]
fn an_edge_is_stamped_with_the_interval_between_the_two_reads() {
    let mut rig = loop_rig(json!({ "name": "a", "point": 0 }));
    rig.polls(1);
    let before = rig.bench.now;
    rig.device.discrete.insert(0, true);
    rig.polls(1);
    let seen = rig.seen();
    // Each read lies half its round trip before its answer.
    let half = i64::try_from(TOOK.as_nanos() / 2).unwrap();
    let half_trip = u64::try_from(half).unwrap();
    let read = |answered: Stamp| Stamp { uncertainty_ns: half_trip, ..answered.shifted(-half) };
    assert_eq!(seen[0].at, Stamp::between(read(before), read(rig.bench.now)));
    let half_poll = (POLL + TOOK).as_nanos() / 2;
    assert_eq!(u128::from(seen[0].at.uncertainty_ns), half_poll + u128::from(half_trip));
}

#[test]
fn a_debounced_edge_keeps_the_time_it_first_showed() {
    let mut rig = loop_rig(json!({ "name": "a", "point": 0, "on_ms": 50, "off_ms": 0 }));
    rig.device.discrete.insert(0, true);
    rig.polls(1);
    let first = rig.bench.now;
    assert_eq!(rig.presence(), [], "not yet long enough");
    rig.polls(2);
    assert_eq!(rig.presence(), [], "42 ms since the first read that showed it");
    rig.polls(1);
    let seen = rig.seen();
    assert!(
        matches!(&seen[..], [only] if matches!(&only.body, Body::Presence(p) if p.covered == Covered::Yes))
    );
    assert!(seen[0].at.mono_ns < first.mono_ns, "{:?} is later than {first:?}", seen[0].at);
    rig.device.discrete.insert(0, false);
    rig.polls(1);
    assert_eq!(rig.presence(), [said("a", Covered::No, false)], "off_ms = 0 is said at once");
}

#[test]
fn a_flicker_shorter_than_the_debounce_is_not_said() {
    let mut rig = loop_rig(json!({ "name": "a", "point": 0, "on_ms": 50, "off_ms": 50 }));
    for on in [true, true, false, true, false, false, true, true, false] {
        rig.device.discrete.insert(0, on);
        rig.polls(1);
    }
    assert_eq!(rig.presence(), []);
}

#[test]
fn an_inverted_input_reads_the_other_way_round() {
    let mut rig = Rig::connected(
        with(full_map(), json!({ "inputs": [{ "name": "a", "point": 0, "invert": true }] })),
        full_device(),
    );
    assert_eq!(rig.presence(), [said("a", Covered::Yes, true)]);
    rig.device.discrete.insert(0, true);
    rig.polls(1);
    assert_eq!(rig.presence(), [said("a", Covered::No, false)]);
}

#[test]
fn a_lost_link_makes_inputs_unknown_and_a_new_one_brings_a_snapshot() {
    let mut rig = loop_rig(json!({ "name": "a", "point": 0, "fail_safe": "clear" }));
    rig.bench.lose("reset by peer");
    let seen = rig.seen();
    let unknown = Presence { point: "a".into(), covered: Covered::Unknown, snapshot: false };
    assert_eq!(seen.len(), 1, "{seen:?}");
    assert_eq!((&seen[0].body, seen[0].quality), (&Body::Presence(unknown), Quality::Bad));
    rig.bench.lose("still down");
    assert_eq!(rig.presence(), [], "said once");
    rig.device.discrete.insert(0, true);
    rig.connect();
    assert_eq!(rig.presence(), [said("a", Covered::Yes, true)], "a state, not an edge");
}

#[test]
fn three_bad_polls_make_inputs_unknown_and_two_do_not() {
    let mut rig = loop_rig(json!({ "name": "a", "point": 0 }));
    rig.device.exception = Some(4);
    rig.polls(2);
    assert_eq!(rig.presence(), []);
    rig.polls(1);
    let seen = rig.seen();
    assert_eq!(seen.last().map(|s| s.quality), Some(Quality::Bad));
    rig.polls(5);
    assert_eq!(rig.presence(), [], "said once");
    rig.device.exception = None;
    rig.polls(1);
    assert_eq!(rig.presence(), [said("a", Covered::No, true)], "the first good read is a snapshot again");
}

#[test]
fn bad_polls_with_good_ones_between_do_not_add_up() {
    let mut rig = loop_rig(json!({ "name": "a", "point": 0 }));
    for exception in [Some(6), Some(6), None, Some(6), Some(6), None] {
        rig.device.exception = exception;
        rig.polls(1);
    }
    assert_eq!(rig.presence(), []);
}

#[test]
fn a_device_that_falls_silent_is_stale() {
    let mut rig = loop_rig(json!({ "name": "a", "point": 0 }));
    for _ in 0..3 {
        rig.bench.advance(POLL);
        rig.bench.reply(Duration::from_millis(200), Answer::Timeout);
    }
    let seen = rig.seen();
    assert_eq!(seen.len(), 1, "{seen:?}");
    assert_eq!(seen[0].quality, Quality::Stale);
}

#[test]
fn an_exception_is_a_fault_with_its_code_and_what_was_asked() {
    let mut rig = loop_rig(json!({ "name": "a", "point": 2 }));
    rig.device.exception = Some(2);
    rig.polls(3);
    let faults = rig.faults();
    assert_eq!(faults.len(), 1, "{faults:?}");
    assert_eq!(faults[0].code, "modbus_exception");
    assert_eq!(faults[0].text, "read of discrete inputs 2 to 2: exception 2 (illegal data address)");
    rig.device.exception = None;
    rig.polls(1);
    assert_eq!(rig.fault_codes(), codes(&[("modbus_exception", false)]));
}

#[test]
fn an_answer_of_the_wrong_length_or_kind_is_ignored_and_a_fault() {
    for answer in [Answer::Bits(&[]), Answer::Bits(&[true; 3]), Answer::Registers(&[1]), Answer::Written] {
        let mut rig = loop_rig(json!({ "name": "a", "point": 0 }));
        rig.bench.advance(POLL);
        rig.bench.reply(TOOK, answer);
        assert_eq!(rig.fault_codes(), codes(&[("bad_reply", true)]), "{answer:?}");
        rig.polls(1);
        assert_eq!(rig.fault_codes(), codes(&[("bad_reply", false)]), "{answer:?}");
    }
}

#[test]
fn an_input_that_stays_on_is_stuck_until_it_clears() {
    let mut rig = loop_rig(json!({ "name": "a", "point": 0, "stuck_s": 2, "fail_safe": "present" }));
    rig.device.discrete.insert(0, true);
    rig.polls(90);
    assert_eq!(rig.fault_codes(), []);
    rig.polls(10);
    let faults = rig.faults();
    assert_eq!(faults.len(), 1, "{faults:?}");
    assert_eq!((faults[0].code.as_str(), faults[0].on), ("stuck_input", true));
    assert!(faults[0].text.starts_with("a is on for more than 2 s"), "{}", faults[0].text);
    rig.device.discrete.insert(0, false);
    rig.polls(1);
    assert_eq!(rig.fault_codes(), codes(&[("stuck_input", false)]));
}

#[test]
fn two_stuck_inputs_are_one_fault_that_goes_with_the_last() {
    let inputs =
        json!([{ "name": "a", "point": 0, "stuck_s": 1 }, { "name": "b", "point": 1, "stuck_s": 1 }]);
    let mut rig = Rig::connected(with(full_map(), json!({ "inputs": inputs })), full_device());
    rig.device.discrete.extend([(0, true), (1, true)]);
    rig.polls(60);
    assert_eq!(rig.fault_codes(), codes(&[("stuck_input", true), ("stuck_input", true)]));
    rig.device.discrete.insert(0, false);
    rig.polls(1);
    let faults = rig.faults();
    assert!(faults[0].on && faults[0].text.starts_with("b is on"), "{faults:?}");
    rig.device.discrete.insert(1, false);
    rig.polls(1);
    assert_eq!(rig.fault_codes(), codes(&[("stuck_input", false)]));
}

#[test]
fn polls_keep_their_distance_and_never_pile_up() {
    let mut rig =
        Rig::new(with(full_map(), json!({ "inputs": [{ "name": "a", "point": 0 }] })), full_device());
    rig.bench.connect();
    rig.bench.advance(POLL * 10);
    assert_eq!(rig.bench.requests.len(), 1, "one read is open, however long it takes");
    rig.bench.reply(Duration::ZERO, Answer::Bits(&[false]));
    assert_eq!(rig.bench.requests.len(), 1, "an overdue poll starts at once");
    rig.bench.reply(Duration::ZERO, Answer::Bits(&[false]));
    assert!(rig.bench.requests.is_empty());
    rig.bench.advance(POLL - Duration::from_nanos(1));
    assert!(rig.bench.requests.is_empty(), "too early");
    rig.bench.advance(Duration::from_nanos(1));
    let wanted = Request::ReadDiscreteInputs { unit: 1, address: 0, count: 1 };
    assert_eq!(rig.bench.requests.first().map(|(_, request)| request), Some(&wanted));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn edges_alternate_and_end_where_the_input_rests(
        bits in proptest::collection::vec(any::<bool>(), 1..60), on_ms in 0u32..90, off_ms in 0u32..90,
    ) {
        let mut rig = loop_rig(json!({ "name": "a", "point": 0, "on_ms": on_ms, "off_ms": off_ms }));
        for bit in &bits {
            rig.device.discrete.insert(0, *bit);
            rig.polls(1);
        }
        rig.polls(6);
        let mut state = Covered::No;
        let mut last = 0;
        for seen in rig.seen() {
            let Body::Presence(p) = seen.body else { panic!("{seen:?}") };
            prop_assert!(p.covered != state && !p.snapshot, "{p:?} after {state:?}");
            prop_assert!(seen.at.mono_ns > last);
            (state, last) = (p.covered, seen.at.mono_ns);
        }
        let rests = if bits.last() == Some(&true) { Covered::Yes } else { Covered::No };
        prop_assert_eq!(state, rests);
    }
}
