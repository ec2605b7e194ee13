//! Pulse counters: base, word order, wraps, restarts, reconnects.

mod common;

use common::{POLL, Rig, codes, full_device, full_map, with};
use greenlane_driver::model::Body;
use proptest::prelude::*;
use serde_json::{Value, json};

fn settings(map: Value) -> Value {
    with(map, json!({ "counters": [{ "name": "axles", "point": 0 }] }))
}

fn set(rig: &mut Rig, value: u32) {
    rig.device.input.insert(16, (value >> 16) as u16);
    rig.device.input.insert(17, value as u16);
}

/// A counter that reads `value` at first.
fn rig_at(value: u32) -> Rig {
    let mut rig = Rig::new(settings(full_map()), full_device());
    set(&mut rig, value);
    rig.connect();
    rig
}

#[test]
fn the_first_read_sets_the_base_and_gains_nothing() {
    let mut rig = rig_at(70_000);
    assert_eq!(rig.gained(), [0]);
    rig.polls(3);
    assert!(rig.gained().is_empty());
    set(&mut rig, 70_003);
    rig.polls(1);
    let bodies = rig.bench.bodies();
    assert!(matches!(&bodies[..], [Body::Pulses(p)] if p.total == 3 && p.gained == 3), "{bodies:?}");
}

#[test]
fn the_low_word_comes_first_where_the_map_says_so() {
    let mut map = full_map();
    map["counters"]["words"] = json!("lo-hi");
    let mut rig = Rig::new(settings(map), full_device());
    rig.device.input.extend([(16, 0xFFFF), (17, 0)]);
    rig.connect();
    rig.gained();
    rig.device.input.extend([(16, 1), (17, 1)]);
    rig.polls(1);
    assert_eq!(rig.gained(), [2]);
}

#[test]
fn a_counter_that_wraps_goes_on_counting() {
    let mut rig = rig_at(u32::MAX - 1);
    set(&mut rig, 3);
    rig.polls(1);
    assert_eq!(rig.gained(), [0, 5]);
    assert_eq!(rig.fault_codes(), []);
}

#[test]
fn a_16_bit_counter_wraps_at_65536() {
    let mut map = full_map();
    map["counters"]["width"] = json!(16);
    let mut rig = Rig::new(settings(map), full_device());
    rig.device.input.insert(16, 65_535);
    rig.connect();
    rig.device.input.insert(16, 1);
    rig.polls(1);
    assert_eq!(rig.gained(), [0, 2]);
}

#[test]
fn a_decrease_that_no_wrap_explains_is_a_restart() {
    for old in [1000, 3_000_000_000] {
        let mut rig = rig_at(old);
        rig.gained();
        set(&mut rig, 2);
        rig.polls(1);
        let seen = rig.bench.bodies();
        let gained = |b: &Body| matches!(b, Body::Pulses(p) if p.gained == 2 && p.total == 2);
        assert!(seen.iter().any(gained), "{seen:?}");
        let restart = |b: &Body| matches!(b, Body::Fault(f) if f.code == "counter_restart" && f.on);
        assert!(seen.iter().any(restart), "{seen:?}");
        rig.polls(1);
        assert_eq!(rig.fault_codes(), codes(&[("counter_restart", false)]));
    }
}

#[test]
fn what_was_gained_while_the_link_was_down_is_said_after_it() {
    let mut rig = rig_at(10);
    rig.gained();
    rig.bench.lose("cable");
    rig.bench.advance(POLL * 100);
    set(&mut rig, 17);
    rig.connect();
    let seen = rig.seen();
    let pulses: Vec<_> = seen.iter().filter(|s| matches!(s.body, Body::Pulses(_))).collect();
    assert!(matches!(&pulses[0].body, Body::Pulses(p) if p.gained == 7 && p.total == 7), "{pulses:?}");
    assert!(pulses[0].at.uncertainty_ns >= 1_000_000_000, "it happened some time in two seconds: {pulses:?}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn the_sum_of_what_was_gained_is_what_passed(
        start: u32, wide: bool, gains in proptest::collection::vec(0u32..20, 1..40),
    ) {
        // Begin close to the wrap half the time.
        let start = if wide { start } else { u32::MAX - start % 100 };
        let mut rig = rig_at(start);
        let mut value = start;
        let mut said = rig.gained().iter().sum::<u64>();
        for gain in &gains {
            value = value.wrapping_add(*gain);
            set(&mut rig, value);
            rig.polls(1);
            said += rig.gained().iter().sum::<u64>();
        }
        prop_assert_eq!(said, gains.iter().map(|g| u64::from(*g)).sum::<u64>());
    }

    #[test]
    fn any_values_are_taken_without_a_panic(values: Vec<u32>) {
        let mut rig = rig_at(0);
        for value in values {
            set(&mut rig, value);
            rig.polls(1);
        }
    }
}
