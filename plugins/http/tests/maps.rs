//! Each map with a message as its camera sends it (composed, not recorded).

mod common;

use common::{camera, faults, map, multipart, open, post, reads_of};
use greenlane_driver::Input;
use greenlane_driver::model::{Alternate, Body, Check, Direction, Phase, Position, Stamp};
use serde_json::json;

const HIKVISION: &str = include_str!("fixtures/hikvision-anpr.xml");
const BOUNDARY: &str = "multipart/form-data; boundary=boundary";

#[test]
fn a_vaxtor_template_is_read() {
    let mut bench = camera("vaxtor");
    let body = include_str!("fixtures/vaxtor.json");
    assert_eq!(post(&mut bench, "application/json; charset=utf-8", body).0, 200);
    assert_eq!(bench.observations.len(), 1, "{:?}", bench.observations);
    let seen = &bench.observations[0];
    let two_seconds_ago = Stamp { uncertainty_ns: 1_000_000_000, ..bench.now.shifted(-2_000_000_000) };
    assert_eq!(seen.at, two_seconds_ago);
    let Body::Container(read) = &seen.body else { panic!("{seen:?}") };
    assert_eq!(read.text.as_deref(), Some("CSQU3054383"));
    assert_eq!(read.confidence, Some(0.965));
    assert_eq!(read.check, Check::Ok);
    assert_eq!(read.size_type.as_deref(), Some("22G1"));
    assert_eq!((read.phase, &read.event, read.acquired), (Phase::Final, &None, Some(two_seconds_ago)));
}

#[test]
fn two_containers_of_carmen_stand_front_and_rear() {
    let mut bench = camera("carmen");
    assert_eq!(post(&mut bench, "application/json", include_str!("fixtures/carmen.json")).0, 200);
    let reads = reads_of(&bench.bodies());
    let seen: Vec<_> = reads.iter().map(|r| (r.text.as_deref(), r.position, r.check, r.confidence)).collect();
    assert_eq!(
        seen,
        [
            (Some("MSKU9070323"), Position::Front, Check::Ok, Some(0.91)),
            (Some("TRIU8371510"), Position::Rear, Check::AmbiguousZero, Some(0.88)),
        ]
    );
    let alternate = |text: &str, confidence| Alternate { text: text.into(), confidence: Some(confidence) };
    assert_eq!(reads[0].alternates, [alternate("M5KU9070323", 0.63), alternate("MSKU9070328", 0.44)]);
    assert_eq!(reads[1].alternates, []);
}

#[test]
fn an_empty_list_of_carmen_is_a_no_read() {
    let mut bench = camera("carmen");
    assert_eq!(post(&mut bench, "application/json", r#"{"data": {"codes": []}}"#).0, 200);
    let reads = reads_of(&bench.bodies());
    assert_eq!(reads.len(), 1);
    assert_eq!(reads[0].text, None);
}

#[test]
fn one_container_of_carmen_is_not_said_to_be_the_only_one() {
    let mut bench = camera("carmen");
    post(&mut bench, "application/json", r#"{"data": {"codes": {"code": "CSQU3054383"}}}"#);
    let reads = reads_of(&bench.bodies());
    assert_eq!((reads.len(), reads[0].position, reads[0].confidence), (1, Position::Unknown, None));
}

#[test]
fn hikvision_multipart_is_read_and_its_pictures_are_counted() {
    let mut bench = camera("hikvision-anpr");
    bench.connect();
    assert_eq!(post(&mut bench, BOUNDARY, multipart("boundary", HIKVISION)), (200, String::new()));
    let reads = reads_of(&bench.bodies());
    assert_eq!(reads.len(), 1);
    let read = &reads[0];
    assert_eq!(read.text.as_deref(), Some("AB 123 CD"));
    assert_eq!((read.confidence, read.direction), (Some(0.97), Direction::Forward));
    assert_eq!(read.event.as_deref(), Some("5b0a1c52-0001"));
    assert_eq!(read.acquired.unwrap().utc_ns, bench.now.utc_ns - 2_000_000_000, "14:59:58+03:00");
    bench.advance(std::time::Duration::from_secs(60));
    let bodies = bench.bodies();
    let [Body::Health(health)] = &bodies[..] else { panic!("{bodies:?}") };
    assert_eq!(health.values["images_not_kept"], json!(2));
    assert_eq!(health.values["messages"], json!(1));
}

#[test]
fn other_events_of_hikvision_are_answered_and_ignored() {
    let mut bench = camera("hikvision-anpr");
    let heartbeat = HIKVISION.replace(">ANPR<", ">videoloss<");
    assert_eq!(post(&mut bench, "application/xml", heartbeat).0, 200);
    assert_eq!(bench.observations, []);
}

#[test]
fn an_unknown_plate_of_hikvision_is_a_no_read() {
    let mut bench = camera("hikvision-anpr");
    let unknown = HIKVISION.replace("AB 123 CD", "unknown");
    assert_eq!(post(&mut bench, BOUNDARY, multipart("boundary", &unknown)).0, 200);
    assert_eq!(reads_of(&bench.bodies())[0].text, None);
}

#[test]
fn milesight_writes_local_time_and_confidence_as_text() {
    let clock = json!({"utc_offset": "+03:00"});
    let mut bench = open(json!({"map": map("milesight"), "clock": clock}));
    assert_eq!(post(&mut bench, "application/json", include_str!("fixtures/milesight.json")).0, 200);
    let bodies = bench.bodies();
    assert_eq!(faults(&bodies), []);
    let read = &reads_of(&bodies)[0];
    assert_eq!((read.text.as_deref(), read.confidence), (Some("GX71KLM"), Some(0.93)));
    assert_eq!(read.direction, Direction::Forward);
    assert_eq!(read.acquired.unwrap().utc_ns, bench.now.utc_ns - 1_750_000_000);
}

#[test]
fn a_wrong_time_zone_is_a_fault_and_the_time_is_not_used() {
    let mut bench = camera("milesight");
    let body = include_str!("fixtures/milesight.json");
    post(&mut bench, "application/json", body);
    assert_eq!(bench.observations.last().unwrap().at, bench.now);
    let bodies = bench.bodies();
    assert_eq!(reads_of(&bodies)[0].acquired, None);
    let faults_on = faults(&bodies);
    assert_eq!((faults_on[0].code.as_str(), faults_on[0].on), ("clock_offset", true), "{faults_on:?}");
    assert!(faults_on[0].text.contains("+10798.250 s"), "{}", faults_on[0].text);
    post(&mut bench, "application/json", body);
    assert_eq!(faults(&bench.bodies()), [], "said once");
    post(&mut bench, "application/json", body.replace("14:59:58.250", "12:00:00"));
    let faults_off = faults(&bench.bodies());
    assert_eq!((faults_off[0].code.as_str(), faults_off[0].on), ("clock_offset", false));
}

#[test]
fn a_camera_that_looks_at_the_rear_reverses_directions() {
    let mut bench = open(json!({"map": map("milesight"), "reverse_direction": true}));
    post(&mut bench, "application/json", include_str!("fixtures/milesight.json"));
    assert_eq!(reads_of(&bench.bodies())[0].direction, Direction::Backward);
}

#[test]
fn the_settings_have_the_last_word_on_order_and_time_format() {
    let mut bench = open(json!({"map": map("carmen"), "order": "rear_first"}));
    post(&mut bench, "application/json", include_str!("fixtures/carmen.json"));
    let positions: Vec<_> = reads_of(&bench.bodies()).iter().map(|read| read.position).collect();
    assert_eq!(positions, [Position::Rear, Position::Front]);

    let clock = json!({"format": "%d.%m.%Y %H:%M:%S %z", "uncertainty_ms": 250});
    let mut bench = open(json!({"map": map("vaxtor"), "clock": clock}));
    let body = r#"{"container": "CSQU3054383", "time": "24.11.2026 13:59:57 +0200"}"#;
    post(&mut bench, "text/plain", body);
    let acquired = reads_of(&bench.bodies())[0].acquired.unwrap();
    assert_eq!(acquired, Stamp { uncertainty_ns: 250_000_000, ..bench.now.shifted(-3_000_000_000) });
}

#[test]
fn a_template_in_the_address_or_a_form_is_read_like_any_other() {
    let form = "container=CSQU+305438%2D3&confidence=80&size_type=22G1";
    let mut bench = camera("vaxtor");
    assert_eq!(post(&mut bench, "application/x-www-form-urlencoded", form).0, 200);
    let by_form = reads_of(&bench.bodies());
    bench.input(Input::Request { id: 1, content_type: "", query: form, body: b"" });
    assert_eq!(reads_of(&bench.bodies()), by_form);
    assert_eq!((by_form[0].text.as_deref(), by_form[0].confidence), (Some("CSQU3054383"), Some(0.8)));
}
