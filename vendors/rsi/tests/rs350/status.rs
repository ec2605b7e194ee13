//! Health, faults, silence and what is refused.

use std::time::Duration;

use greenlane_driver::Bench;
use greenlane_driver::model::{Body, CommandBody, Outcome};
use greenlane_rsi::rs350::Rs350;
use serde_json::{Value, json};

use crate::{Doc, connected, feed, seen, text, told};

fn health(bench: &mut Bench<Rs350>) -> Vec<Value> {
    let mut health = Vec::new();
    for one in seen(bench) {
        if let Body::Health(values) = one.body {
            health.push(json!(values.values));
        }
    }
    health
}

#[test]
fn a_fault_is_on_while_documents_tell_it() {
    let mut bench = connected();
    let state = "<RadInstrumentState radInstrumentInformationReference=\"I\"><Fault><FaultCodeValue>Hv Low</FaultCodeValue>\
                 <FaultDescription>high voltage</FaultDescription><FaultSeverityCode>Warning</FaultSeverityCode></Fault>\
                 </RadInstrumentState></RadMeasurement>";
    let faulty = Doc::occupied(false).text().replace(
        "<OccupancyIndicator>false</OccupancyIndicator></RadMeasurement>",
        &format!(
            "{}<OccupancyIndicator>false</OccupancyIndicator></RadMeasurement>",
            &state[..state.len() - 17]
        ),
    );
    for _ in 0..3 {
        text(&mut bench, &faulty);
    }
    assert_eq!(told(&mut bench), ["fault device_hv_low on"]);
    feed(&mut bench, &Doc::background());
    assert!(!told(&mut bench).contains(&"fault device_hv_low off".to_owned()));
    feed(&mut bench, &Doc::occupied(false));
    assert_eq!(told(&mut bench), ["fault device_hv_low off"]);
}

#[test]
fn health_is_said_once_a_minute() {
    let mut bench = connected();
    for _ in 0..125 {
        feed(&mut bench, &Doc::occupied(false));
    }
    assert_eq!(health(&mut bench).len(), 3);
}

#[test]
fn without_names_values_are_found_by_their_place() {
    let mut bench = connected();
    let mut doc = Doc::default().text();
    for name in
        ["DeviceName", "BatteryCharge", "ScanMode", "ScanNumber", "ScanTimeoutNumber", "AnalysisEnabled"]
    {
        doc = doc.replace(&format!("<CharacteristicName>{name}</CharacteristicName>"), "");
    }
    text(&mut bench, &doc);
    let health = health(&mut bench);
    assert_eq!((&health[0]["battery_percent"], &health[0]["scan_mode"]), (&json!(87.0), &json!("Portal")));
}

#[test]
fn repairs_of_the_reader_are_told() {
    let mut bench = connected();
    text(&mut bench, &format!("\u{feff}{}", Doc::default().text().replace("PT1S", "1")));
    let health = health(&mut bench);
    assert_eq!(health[0]["repairs"], json!(["bare-seconds", "byte-order-mark"]));
}

#[test]
fn what_is_no_document_is_kept_raw_and_counted() {
    let mut bench = connected();
    for (bytes, n) in [(&b"<a>"[..], 1), (b"hello", 2), (b"\xff\xfe\x00", 3)] {
        bench.frame(bytes);
        let said = seen(&mut bench);
        assert_eq!(said[0].body.kind(), "raw");
        let Body::Health(health) = &said[1].body else { panic!("{said:?}") };
        assert_eq!(health.values["rejected_documents"], n);
    }
    bench.frame(" \r\n");
    assert!(seen(&mut bench).is_empty(), "nothing between two frames is nothing");
}

#[test]
fn a_device_that_falls_silent_is_in_fault_until_it_speaks() {
    let mut bench = connected();
    feed(&mut bench, &Doc::occupied(false));
    bench.advance(Duration::from_millis(4_900));
    assert!(told(&mut bench).is_empty());
    bench.advance(Duration::from_millis(200));
    assert_eq!(told(&mut bench), ["fault silent on"]);
    bench.frame("noise is no document");
    assert_eq!(told(&mut bench), ["raw"]);
    feed(&mut bench, &Doc::occupied(false));
    assert_eq!(told(&mut bench), ["fault silent off"]);
}

#[test]
fn a_command_and_a_wrong_setting_are_refused() {
    let mut bench = connected();
    bench.command(&CommandBody::Output { point: "siren".to_owned(), on: true });
    assert!(matches!(bench.outcomes[..], [(1, Outcome::Refused(_))]));
    for silent_s in [0, 1, 3601] {
        let refused = Bench::<Rs350>::open(json!({ "silent_s": silent_s })).err();
        assert_eq!(refused.map(|e| e.pointer).as_deref(), Some("/silent_s"));
    }
}
