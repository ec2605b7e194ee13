//! How results of one event follow each other, what words mean, and what is not understood.

mod common;

use common::{camera, faults, multipart, open, phases, post, reads, reads_of};
use greenlane_driver::model::{Body, Check, CommandBody, Direction, Outcome, Phase, Position, Read};
use greenlane_driver::{Bench, Driver};
use greenlane_http::ocr::{MAX_EVENTS, MAX_POSTS, Ocr};
use serde_json::{Value, json};

fn message(event: &str, state: &str, serial: &str) -> Value {
    json!({"event": event, "state": state, "owner": "CSQU", "serial": serial, "digit": "3", "plate": "P1"})
}

fn container(bench: &mut Bench<Ocr>, message: &Value) -> Option<Read> {
    let mut reads = reads(bench, message);
    reads.retain(|read| read.text.as_deref() != Some("P1"));
    assert!(reads.len() < 2, "{reads:?}");
    reads.pop()
}

#[test]
fn interim_final_and_corrected_results_are_passed_on_with_their_event() {
    let mut bench = phases();
    for (state, phase) in [("new", Phase::Interim), ("final", Phase::Final), ("EDITED", Phase::Corrected)] {
        let read = container(&mut bench, &message("17", state, "305438")).unwrap();
        assert_eq!(read.phase, phase);
        assert_eq!(read.event.as_deref(), Some("17"));
        assert_eq!(read.text.as_deref(), Some("CSQU3054383"), "put together from three fields");
    }
}

#[test]
fn a_second_final_result_with_another_text_is_a_correction() {
    let mut bench = phases();
    let first = container(&mut bench, &message("17", "final", "305438")).unwrap();
    let second = container(&mut bench, &message("17", "final", "305439")).unwrap();
    let other_event = container(&mut bench, &message("18", "final", "305440")).unwrap();
    assert_eq!(first.phase, Phase::Final);
    assert_eq!((second.phase, second.check), (Phase::Corrected, Check::Bad));
    assert_eq!(other_event.phase, Phase::Final);
}

#[test]
fn a_final_result_unlike_the_interim_one_is_no_correction() {
    let mut bench = phases();
    container(&mut bench, &message("17", "new", "305430")).unwrap();
    assert_eq!(container(&mut bench, &message("17", "final", "305438")).unwrap().phase, Phase::Final);
}

#[test]
fn a_final_result_that_agrees_with_a_correction_stays_final() {
    let mut bench = phases();
    container(&mut bench, &message("17", "edited", "305438")).unwrap();
    assert_eq!(container(&mut bench, &message("17", "final", "305438")).unwrap().phase, Phase::Final);
}

#[test]
fn a_repeated_post_is_answered_and_not_observed_again() {
    let mut bench = phases();
    let posted = message("17", "final", "305438");
    assert_eq!(reads(&mut bench, &posted).len(), 2);
    assert_eq!(reads(&mut bench, &posted), []);
    assert_eq!(reads(&mut bench, &json!({"event": "17", "serial": "CSQU3054383", "plate": "P1"})), []);
}

#[test]
fn two_containers_reported_one_by_one_do_not_correct_each_other() {
    let mut bench = phases();
    for (bay, serial, position) in [("1", "305438", Position::Front), ("2", "305439", Position::Rear)] {
        let mut posted = message("17", "final", serial);
        posted["bay"] = bay.into();
        let read = container(&mut bench, &posted).unwrap();
        assert_eq!((read.position, read.phase), (position, Phase::Final));
    }
}

#[test]
fn without_an_event_nothing_is_taken_for_a_repetition() {
    let mut bench = phases();
    let mut posted = message("", "final", "305438");
    posted["event"] = Value::Null;
    assert_eq!(reads(&mut bench, &posted).len(), 2);
    assert_eq!(reads(&mut bench, &posted).len(), 2);
}

#[test]
fn the_memory_of_events_and_posts_is_bounded() {
    let mut bench = phases();
    for event in 0..=MAX_EVENTS {
        container(&mut bench, &message(&event.to_string(), "final", "305438")).unwrap();
    }
    let forgotten = container(&mut bench, &message("0", "final", "305438"));
    assert!(forgotten.is_some(), "event 0 was pushed out by {MAX_EVENTS} later ones");
    let remembered = container(&mut bench, &message("2", "final", "305438"));
    assert_eq!(remembered, None);
    // Each post holds a container and a plate.
    for serial in 0..=MAX_POSTS {
        container(&mut bench, &message("a", "final", &format!("{serial:06}"))).unwrap();
    }
    assert!(container(&mut bench, &message("a", "final", "000000")).is_some(), "pushed out");
    assert!(container(&mut bench, &message("a", "final", "000016")).is_none(), "remembered");
}

#[test]
fn an_empty_text_and_a_no_read_word_are_no_reads() {
    let mut bench = phases();
    for nothing in [json!({"owner": null, "plate": "P1"}), json!({"owner": " notfound ", "plate": "P1"})] {
        let read = container(&mut bench, &nothing).unwrap();
        assert_eq!((read.text, read.check), (None, Check::NotChecked), "{nothing}");
    }
}

#[test]
fn confidence_is_read_from_numbers_texts_and_words() {
    for (sure, confidence) in [
        (json!("A"), Some(0.95)),
        (json!("b"), Some(0.6)),
        (json!(3), Some(1.0)),
        (json!(0.42), Some(0.42)),
        (json!("0.42"), Some(0.42)),
        (json!(1), Some(1.0)),
        (json!(97), None),
        (json!(-0.1), None),
        (json!("NaN"), None),
        (json!("sure"), None),
        (json!(null), None),
    ] {
        let mut bench = phases();
        let posted = json!({"owner": "CSQU3054383", "plate": "P1", "sure": sure});
        post(&mut bench, "application/json", posted.to_string());
        let bodies = bench.bodies();
        assert_eq!(reads_of(&bodies)[0].confidence, confidence, "{sure}");
        let complained = faults(&bodies).iter().any(|fault| fault.code == "bad_field");
        assert_eq!(complained, confidence.is_none() && !sure.is_null(), "{sure}");
    }
}

#[test]
fn the_check_digit_is_ours() {
    for (text, check) in [
        ("CSQU3054383", Check::Ok),
        ("csqu 305438/3", Check::Ok),
        ("TRIU8371510", Check::AmbiguousZero),
        ("CSQU3054384", Check::Bad),
        ("CSQU305438", Check::Absent),
        ("CSQX3054383", Check::NotChecked),
        ("305438", Check::NotChecked),
    ] {
        let posted = json!({"owner": text, "plate": "P1", "checksum_valid": true});
        assert_eq!(reads(&mut phases(), &posted)[0].check, check, "{text}");
    }
    let written = json!({"owner": "csqu 305438/3", "plate": "ab-12 c"});
    let texts: Vec<_> = reads(&mut phases(), &written).into_iter().filter_map(|read| read.text).collect();
    assert_eq!(texts, ["CSQU3054383", "ab-12 c"], "a plate has no form that fits every country");
}

#[test]
fn unknown_words_are_reported_and_taken_with_care() {
    let mut bench = phases();
    let mut posted = message("17", "lost", "305438");
    posted["direction"] = "sideways".into();
    let read = container(&mut bench, &posted).unwrap();
    assert_eq!((read.phase, read.direction), (Phase::Interim, Direction::Unknown));
    post(&mut bench, "application/json", message("18", "moved", "305438").to_string());
    post(&mut bench, "application/json", message("19", "final", "305438").to_string());
    let faults = faults(&bench.bodies());
    let said: Vec<_> = faults.iter().map(|fault| (fault.code.as_str(), fault.on)).collect();
    assert_eq!(said, [("bad_field", false)], "on with the first, off with the last message");
}

#[test]
fn order_as_seen_depends_on_the_direction() {
    let map = json!({
        "direction": {"path": "d", "words": {"in": "forward", "out": "backward"}},
        "read": [{"kind": "container", "list": "c", "order": "seen", "text": ["/t"]}],
    });
    for (direction, first) in [("in", Position::Front), ("out", Position::Rear), ("", Position::Front)] {
        let mut bench = open(json!({"map": map}));
        let posted = json!({"d": direction, "c": [{"t": "CSQU3054383"}, {"t": "TRIU8371510"}]});
        assert_eq!(reads(&mut bench, &posted)[0].position, first, "{direction}");
    }
    let three = json!({"c": [{"t": "A"}, {"t": "B"}, {"t": "C"}]});
    let mut bench = open(json!({"map": map}));
    assert!(reads(&mut bench, &three).iter().all(|read| read.position == Position::Unknown));
}

#[test]
fn what_is_not_understood_is_refused_kept_and_reported_once() {
    let mut bench = camera("vaxtor");
    for (content_type, body, status, sentence) in [
        ("application/json", "{\"container\": ", 400, "the message is not JSON"),
        ("application/json", "{}", 400, "nothing stands at /container"),
        ("application/xml", "<a><b></a>", 400, "the message is not XML"),
        ("application/xml", "<a><b>", 400, "the message is cut off inside the element \"b\""),
        ("application/xml", "<!DOCTYPE a []><a/>", 400, "an XML document type is not accepted"),
        ("application/xml", "<a>&lol;</a>", 400, "the XML entity \"lol\" is not known"),
        ("application/x-www-form-urlencoded", "a=%4", 400, "two hexadecimal digits"),
        ("multipart/form-data", "--b\r\n\r\n{}", 400, "names no boundary"),
        ("multipart/form-data; boundary=b", "x", 400, "the boundary is nowhere"),
        ("multipart/form-data; boundary=b", "--b\r\nA: b\r\n\r\nx\r\n--b--", 400, "no part of the body"),
        ("image/jpeg", "x", 415, "\"image/jpeg\" is not supported"),
        ("", "", 415, "\"\" is not supported"),
    ] {
        let answer = post(&mut bench, content_type, body);
        assert_eq!(answer.0, status, "{body}: {answer:?}");
        assert!(answer.1.contains(sentence), "{body}: {answer:?}");
        let bodies = bench.bodies();
        let Body::Raw(raw) = &bodies[0] else { panic!("{bodies:?}") };
        assert_eq!(raw.reason, answer.1);
        assert!(reads_of(&bodies).is_empty(), "{bodies:?}");
        let on = status == 400 && body.ends_with(": ");
        assert_eq!(faults(&bodies).len(), usize::from(on), "the fault comes on with the first: {bodies:?}");
    }
    post(&mut bench, "application/json", r#"{"container": "CSQU3054383"}"#);
    let faults = faults(&bench.bodies());
    assert_eq!((faults[0].code.as_str(), faults[0].on), ("bad_message", false));
}

#[test]
fn a_multipart_body_may_lack_its_last_boundary_and_quote_its_name() {
    let body = multipart("q b", "<EventNotificationAlert><eventType>x</eventType></EventNotificationAlert>");
    let cut = &body[..body.len() - "\r\n--q b--\r\n".len()];
    let mut bench = camera("hikvision-anpr");
    assert_eq!(post(&mut bench, "Multipart/Form-Data; charset=x; Boundary=\"q b\"", cut).0, 200);
}

#[test]
fn too_much_of_anything_is_refused() {
    let mut bench = phases();
    let long = "x".repeat(65);
    let list = json!({"map": {"read": [{"kind": "plate", "list": "l", "text": ["t"]}]}});
    let many = vec![json!({"t": "A"}); 17];
    for (answer, sentence) in [
        (post(&mut bench, "", json!({"owner": long, "plate": "P"}).to_string()), "longer than 64"),
        (
            post(&mut bench, "", json!({"event": long, "owner": "", "plate": ""}).to_string()),
            "longer than 64",
        ),
        (post(&mut open(list), "", json!({"l": many}).to_string()), "more than 16 entries"),
        (post(&mut bench, "", "[".repeat(30_000)), "more than 20000 values"),
        (post(&mut bench, "", format!("<a>{}</a>", "<b/>".repeat(30_000))), "more than 20000 values"),
        (post(&mut bench, "", format!("<a {}/>", "b='' ".repeat(30_000))), "more than 20000 values"),
        (post(&mut bench, "", "<a>".repeat(100)), "nested deeper than 64"),
        (post(&mut bench, "multipart/x; boundary=b", "\r\n--b\r\n\r\nx".repeat(70)), "more than 64 parts"),
        (post(&mut bench, "application/x-www-form-urlencoded", "&".repeat(30_000)), "more than 20000 fields"),
    ] {
        assert_eq!(answer.0, 400, "{answer:?}");
        assert!(answer.1.contains(sentence), "{answer:?}");
    }
}

#[test]
fn settings_that_cannot_be_are_refused_with_their_place() {
    let read = json!({"kind": "plate", "text": ["t"], "confidence": {"path": "c", "scale": 0.0}});
    for (settings, pointer) in [
        (json!({"map": {"read": []}}), "/map"),
        (json!({"map": {"read": [{"kind": "plate", "text": []}]}}), "/map"),
        (json!({"map": {"read": [read]}}), "/map"),
        (json!({"map": common::map("vaxtor"), "clock": {"max_offset_s": 0}}), "/clock/max_offset_s"),
    ] {
        let error = Bench::<Ocr>::open(settings.clone()).err().unwrap_or_else(|| panic!("{settings}"));
        assert_eq!(error.pointer, pointer, "{error}");
    }
    for wrong in [json!({"utc_offset": "3h"}), json!({"format": "iso"}), json!({"zone": 1})] {
        let settings = json!({"map": common::map("vaxtor"), "clock": wrong});
        assert!(Bench::<Ocr>::open(settings).is_err(), "{wrong}");
    }
}

#[test]
fn the_host_is_told_that_the_map_is_a_file() {
    let schema = serde_json::to_value(schemars::schema_for!(<Ocr as Driver>::Settings)).unwrap();
    assert_eq!(schema["properties"]["map"]["x-greenlane-file"], "maps", "{schema:#}");
    assert_eq!(schema["properties"]["map"]["type"], "string", "{schema:#}");
}

#[test]
fn a_command_is_refused() {
    let mut bench = camera("vaxtor");
    let id = bench.command(&CommandBody::Snapshot { passage: "p".into() });
    assert!(matches!(&bench.outcomes[..], [(done, Outcome::Refused(_))] if *done == id));
}
