//! The device's watchdog: armed, tripped, cleared, required.

mod common;

use std::time::Duration;

use common::{Rig, codes, full_device, full_map, with, with_map};
use greenlane_driver::Request;
use greenlane_driver::model::Outcome;
use serde_json::{Value, json};

fn settings(map: Value, watchdog: Value) -> Value {
    with(map, json!({ "outputs": [{ "name": "red", "point": 0 }], "watchdog": watchdog }))
}

#[test]
fn it_is_armed_with_the_time_out_in_the_devices_unit() {
    let watchdog = json!({ "timeout_ms": 1250, "require_armed": true });
    let mut rig = Rig::connected(settings(full_map(), watchdog), full_device());
    assert_eq!((rig.device.holding[&0], rig.device.holding[&1]), (13, 1), "12.5 tenths rounded up");
    assert_eq!(rig.fault_codes(), []);
    assert_eq!(rig.drive("red", true), Outcome::Done);
}

#[test]
fn the_wago_recipe_stops_sets_masks_and_triggers_in_order() {
    let watchdog = json!({ "timeout_ms": 500 });
    let mut device = full_device();
    device.coils.insert(0x200, false);
    device.holding = common::block(0x1000, 16, 0);
    let settings =
        with_map("wago-750-352", json!({ "outputs": [{ "name": "red", "point": 0 }], "watchdog": watchdog }));
    let rig = Rig::connected(settings, device);
    let writes: Vec<_> = rig
        .device
        .log
        .iter()
        .filter_map(|r| match r {
            Request::WriteRegister { address, value, .. } => Some((*address, *value)),
            _ => None,
        })
        .collect();
    assert_eq!(writes, [(0x1008, 0xAA55), (0x1000, 5), (0x1001, 0xFFFF), (0x1003, 1), (0x1003, 2)]);
}

#[test]
fn outputs_are_refused_while_it_is_required_and_not_armed() {
    let mut rig = Rig::connected(settings(full_map(), json!({ "require_armed": true })), full_device());
    assert_eq!(rig.fault_codes(), codes(&[("watchdog_not_armed", true)]));
    assert!(matches!(rig.drive("red", true), Outcome::Refused(_)));
    rig.device.holding.insert(1, 1);
    rig.bench.lose("cable");
    rig.connect();
    assert_eq!(rig.fault_codes(), codes(&[("watchdog_not_armed", false)]));
    assert_eq!(rig.drive("red", true), Outcome::Done);
}

#[test]
fn unknown_counts_as_not_armed() {
    let mut device = full_device();
    device.holding.clear();
    let mut rig = Rig::connected(settings(full_map(), json!({ "require_armed": true })), device);
    assert!(matches!(rig.drive("red", true), Outcome::Refused(_)));
}

#[test]
fn not_armed_is_a_warning_where_it_is_not_required() {
    let mut rig = Rig::connected(settings(full_map(), json!({})), full_device());
    let faults = rig.faults();
    assert_eq!(faults.len(), 1, "{faults:?}");
    assert_eq!(faults[0].severity, greenlane_driver::model::Severity::Warning);
    assert_eq!(rig.drive("red", true), Outcome::Done);
}

#[test]
fn a_trip_found_at_connect_is_cleared_and_reported() {
    let mut device = full_device();
    device.coils.insert(200, true);
    device.holding.insert(1, 1);
    let mut rig = Rig::connected(settings(full_map(), json!({})), device);
    assert_eq!(rig.fault_codes(), codes(&[("watchdog_tripped", true), ("watchdog_tripped", false)]));
    assert!(!rig.device.coils[&200]);
}

#[test]
fn a_trip_during_the_connection_is_found_within_a_second_or_so() {
    let mut device = full_device();
    device.holding.insert(1, 1);
    let mut rig = Rig::connected(settings(full_map(), json!({})), device);
    rig.device.coils.insert(200, true);
    rig.bench.advance(Duration::from_millis(1100));
    rig.settle();
    assert_eq!(rig.fault_codes(), codes(&[("watchdog_tripped", true), ("watchdog_tripped", false)]));
}

#[test]
fn a_trip_that_cannot_be_cleared_stays_a_fault() {
    let mut device = full_device();
    device.coils.insert(200, true);
    device.dead_coils.insert(200);
    device.holding.insert(1, 1);
    let mut rig = Rig::connected(settings(full_map(), json!({})), device);
    for _ in 0..3 {
        rig.bench.advance(Duration::from_secs(1));
        rig.settle();
    }
    assert_eq!(rig.fault_codes(), codes(&[("watchdog_tripped", true)]));
}

#[test]
fn a_device_that_counts_trips_is_tripped_when_the_count_moves() {
    let mut device = full_device();
    device.holding.insert(558, 7);
    let settings =
        with_map("icpdas-et7000", json!({ "outputs": [{ "name": "red", "point": 0 }], "watchdog": {} }));
    let mut rig = Rig::connected(settings, device);
    assert_eq!(rig.fault_codes(), [], "trips before our time are not ours to report");
    rig.bench.lose("cable");
    rig.device.holding.insert(558, 8);
    rig.connect();
    assert_eq!(rig.fault_codes(), codes(&[("watchdog_tripped", true)]));
    rig.bench.advance(Duration::from_millis(1100));
    rig.settle();
    assert_eq!(rig.fault_codes(), codes(&[("watchdog_tripped", false)]));
}

#[test]
fn a_time_out_that_nobody_can_set_over_modbus_is_said() {
    let mut device = full_device();
    device.coils.insert(4144, false);
    let settings = with_map(
        "moxa-e1212",
        json!({ "outputs": [{ "name": "red", "point": 0 }], "watchdog": { "timeout_ms": 1000 } }),
    );
    let mut rig = Rig::connected(settings, device);
    assert_eq!(rig.fault_codes(), codes(&[("watchdog_unset", true)]));
}

#[test]
fn a_watchdog_that_is_not_asked_for_is_left_alone() {
    let settings = with(full_map(), json!({ "outputs": [{ "name": "red", "point": 0 }] }));
    let rig = Rig::connected(settings, full_device());
    let touched = |r: &&Request| {
        matches!(r, Request::ReadHoldingRegisters { .. } | Request::WriteRegister { .. })
            || matches!(r, Request::ReadCoils { address: 200, .. })
    };
    assert_eq!(rig.device.log.iter().find(touched), None);
}
