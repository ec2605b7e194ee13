//! The schema that editors get.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod fake;

use greenlane_config::schema;
use serde_json::{Value as Json, json};

/// Every `$ref` of a schema.
fn references(schema: &Json, found: &mut Vec<String>) {
    match schema {
        Json::Object(object) => {
            found.extend(object.get("$ref").and_then(Json::as_str).map(str::to_owned));
            object.values().for_each(|value| references(value, found));
        }
        Json::Array(items) => items.iter().for_each(|item| references(item, found)),
        _ => {}
    }
}

#[test]
fn every_reference_leads_somewhere() {
    let schema = schema(&fake::Fake);
    let mut found = Vec::new();
    references(&schema, &mut found);
    assert!(found.len() > 10, "{found:?}");
    for target in found {
        assert!(schema.pointer(target.trim_start_matches('#')).is_some(), "{target} leads nowhere");
    }
}

#[test]
fn it_knows_the_tables_the_limits_and_the_models() {
    let schema = schema(&fake::Fake);
    assert_eq!(schema["$schema"], "https://json-schema.org/draft/2020-12/schema");
    for key in [
        "lane",
        "station",
        "device",
        "bind",
        "policy",
        "tracker",
        "radiation",
        "manifest",
        "link",
        "site",
        "include",
    ] {
        assert!(schema["properties"].get(key).is_some(), "{key} is missing");
    }
    assert_eq!(schema["$defs"]["LaneTable"]["properties"]["max_speed_kmh"]["maximum"], 120);
    let models = &schema["$defs"]["DeviceTable"]["properties"]["model"]["enum"];
    assert_eq!(*models, json!(["http.ocr", "image.folder", "modbus.io", "rsi.rs350", "tsa.vm250"]));
}

#[test]
fn the_settings_of_a_device_follow_its_model() {
    let schema = schema(&fake::Fake);
    let cases = schema["$defs"]["DeviceTable"]["allOf"].as_array().unwrap();
    let modbus = cases.iter().find(|case| case["if"]["properties"]["model"]["const"] == "modbus.io").unwrap();
    assert_eq!(modbus["then"]["properties"]["settings"]["$ref"], "#/$defs/modbus.io");
    let map = &schema["$defs"]["modbus.io"]["properties"]["map"];
    assert_eq!(map["x-greenlane-file"], "maps");
    assert_eq!(map["type"], "string", "in the file stands a name, not the map: {map}");
    assert_eq!(map["description"], "The module's map.");
}
