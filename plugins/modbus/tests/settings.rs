//! What is refused before anything starts, with the place and what would be right.

mod common;

use common::{Rig, full_device, full_map, map, refused, with};
use greenlane_driver::model::Capability;
use greenlane_driver::{Bench, Driver};
use greenlane_modbus::io::Io;
use serde_json::{Value, json};

/// The pointer of the refusal of `settings` with the test map.
fn pointer(settings: Value) -> String {
    refused(with(full_map(), settings)).pointer
}

/// The pointer of the refusal of the test map with `value` at `at`.
fn map_pointer(at: &str, value: Value, settings: Value) -> String {
    let mut map = full_map();
    *map.pointer_mut(at).unwrap_or_else(|| panic!("the map has no {at}")) = value;
    refused(with(map, settings)).pointer
}

#[test]
fn points_are_offered_by_name_with_what_they_can_do() {
    let settings = json!({
        "inputs": [{ "name": "loop", "point": 0 }],
        "counters": [{ "name": "axles", "point": 0 }],
        "outputs": [{ "name": "red", "point": 0 }],
    });
    let rig = Rig::new(with(full_map(), settings), full_device());
    let points: Vec<_> = rig.bench.driver.points().into_iter().map(|p| (p.name, p.capability)).collect();
    assert_eq!(
        points,
        [
            ("loop".to_owned(), Capability::Presence),
            ("axles".to_owned(), Capability::Pulses),
            ("red".to_owned(), Capability::Output),
        ]
    );
}

#[test]
fn names_and_points_must_fit() {
    assert_eq!(pointer(json!({})), "");
    assert_eq!(pointer(json!({ "inputs": [{ "name": "", "point": 0 }] })), "/inputs/0/name");
    let twice = json!([{ "name": "a", "point": 0 }, { "name": "a", "point": 1 }]);
    assert_eq!(pointer(json!({ "inputs": twice })), "/inputs/1/name");
    let across = json!({ "inputs": [{ "name": "a", "point": 0 }], "outputs": [{ "name": "a", "point": 0 }] });
    assert_eq!(pointer(across), "/outputs/0/name");
    assert_eq!(pointer(json!({ "inputs": [{ "name": "a", "point": 16 }] })), "/inputs/0/point");
    assert_eq!(pointer(json!({ "counters": [{ "name": "a", "point": 16 }] })), "/counters/0/point");
    assert_eq!(pointer(json!({ "outputs": [{ "name": "a", "point": 8 }] })), "/outputs/0/point");
    let same = json!([{ "name": "a", "point": 1 }, { "name": "b", "point": 1 }]);
    assert_eq!(pointer(json!({ "outputs": same })), "/outputs/1/point");
}

#[test]
fn a_block_that_the_map_does_not_have_is_named() {
    let error = refused(with(map("moxa-e1210"), json!({ "outputs": [{ "name": "red", "point": 0 }] })));
    assert_eq!(error.pointer, "/outputs/0/point");
    assert_eq!(error.expected, "no outputs: the map of Moxa ioLogik E1210 has none");
}

#[test]
fn times_must_make_sense() {
    let input = json!([{ "name": "a", "point": 0 }]);
    assert_eq!(pointer(json!({ "poll_ms": 0, "inputs": input })), "/poll_ms");
    let output = |extra: Value| {
        let mut output = json!({ "name": "a", "point": 0 });
        output.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
        json!({ "outputs": [output] })
    };
    assert_eq!(pointer(output(json!({ "pulse_ms": 0 }))), "/outputs/0/pulse_ms");
    assert_eq!(pointer(output(json!({ "pulse_ms": 300, "safe": "on" }))), "/outputs/0/safe");
    let short = json!({ "inputs": input, "poll_ms": 200, "watchdog": { "timeout_ms": 599 } });
    assert_eq!(pointer(short), "/watchdog/timeout_ms");
    let long = json!({ "inputs": input, "watchdog": { "timeout_ms": 6_553_501 } });
    assert_eq!(pointer(long), "/watchdog/timeout_ms");
}

#[test]
fn a_watchdog_must_be_in_the_map_and_readable_when_required() {
    let input = json!([{ "name": "a", "point": 0 }]);
    let with_watchdog = json!({ "inputs": input, "watchdog": { "timeout_ms": 1000 } });
    assert_eq!(refused(with(map("adam-6050"), with_watchdog)).pointer, "/watchdog");
    let required = json!({ "inputs": input, "watchdog": { "require_armed": true } });
    assert_eq!(refused(with(map("moxa-e1212"), required)).pointer, "/watchdog/require_armed");
}

#[test]
fn a_safe_value_that_the_device_cannot_have_is_refused() {
    let outputs = json!({ "outputs": [{ "name": "red", "point": 0, "safe": "on" }] });
    let error = refused(with(map("wago-750-352"), outputs));
    assert_eq!(
        error.to_string(),
        "settings/outputs/0/safe: on was found, off, because WAGO 750-352 knows no other safe value was expected"
    );
}

#[test]
fn a_map_that_mixes_bits_and_registers_is_refused() {
    let all = json!({
        "inputs": [{ "name": "i", "point": 0 }], "counters": [{ "name": "c", "point": 0 }],
        "outputs": [{ "name": "o", "point": 0, "safe": "off" }], "watchdog": { "timeout_ms": 1000 },
    });
    let wrong = |at: &str, value: &str| map_pointer(at, json!(value), all.clone());
    assert_eq!(wrong("/inputs/table", "input_registers"), "/map/inputs/table");
    assert_eq!(wrong("/counters/table", "coils"), "/map/counters/table");
    assert_eq!(wrong("/outputs/read_back/table", "input_registers"), "/map/outputs/read_back/table");
    assert_eq!(wrong("/safe_values/table", "holding_registers"), "/map/safe_values/table");
    assert_eq!(wrong("/watchdog/arm/1/table", "input_registers"), "/map/watchdog/arm/1/table");
    assert_eq!(map_pointer("/counters/width", json!(24), all.clone()), "/map/counters/width");
    assert_eq!(map_pointer("/watchdog/arm/0/timeout_unit_ms", json!(0), all.clone()), "/map/watchdog/arm/0");
    assert_eq!(map_pointer("/watchdog/armed/address", json!(70_000), all), "/map/watchdog/armed/address");
}

#[test]
fn an_unknown_key_is_refused_in_settings_and_map() {
    let error = refused(with(full_map(), json!({ "inputs": [{ "name": "a", "point": 0, "on": 3 }] })));
    assert!(error.expected.contains("unknown field `on`"), "{error}");
    let mut map = full_map();
    map["inputs"]["fc"] = json!(2);
    let error = refused(with(map, json!({ "inputs": [{ "name": "a", "point": 0 }] })));
    assert!(error.expected.contains("unknown field `fc`"), "{error}");
}

#[test]
fn the_schema_says_that_map_is_the_name_of_a_file() {
    let schema = serde_json::to_value(schemars::schema_for!(<Io as Driver>::Settings)).unwrap();
    let map = &schema["properties"]["map"];
    assert_eq!((&map["type"], &map["x-greenlane-file"]), (&json!("string"), &json!("maps")), "{schema:#}");
}

#[test]
fn poll_and_unit_have_the_documented_defaults() {
    let settings = with(full_map(), json!({ "inputs": [{ "name": "a", "point": 0 }] }));
    let parsed: greenlane_modbus::io::Settings = serde_json::from_value(settings.clone()).unwrap();
    assert_eq!((parsed.unit, parsed.poll_ms), (1, 20));
    assert!(Bench::<Io>::open(settings).is_ok());
}
