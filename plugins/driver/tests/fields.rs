//! Messages as trees, and the times and words in them.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use greenlane_driver::fields::{
    Clock, ClockSettings, MAX_VALUES, Path, TimeFormat, UtcOffset, Words, parse, parse_json, parse_xml,
};
use greenlane_driver::model::{Body, Outcome, Quality, Stamp};
use greenlane_driver::{Outbox, Request, Sink};
use proptest::prelude::*;
use serde_json::{Value, json};

fn path(written: &str) -> Path {
    Path::from(written.to_owned())
}

fn time(format: &str, text: &str, offset: &str) -> Option<i64> {
    let offset = UtcOffset::try_from(offset.to_owned()).unwrap();
    TimeFormat::try_from(format.to_owned()).unwrap().read(text, offset)
}

#[test]
fn xml_becomes_the_same_tree_as_json() {
    let xml = "\u{feff}<?xml version='1.0'?><n:A xmlns:n='u' id=\"1 &lt; 2\"><!-- c --><b> x &amp;&#33; </b>\
               <b><![CDATA[<y>]]></b><c/><d k='v'>t</d></n:A>";
    let tree = json!({"A": {
        "@n": "u", "@id": "1 < 2", "b": ["x &!", "<y>"], "c": "", "d": {"@k": "v", "#text": "t"},
    }});
    assert_eq!(parse(xml.as_bytes()).unwrap(), tree);
    assert_eq!(parse(tree.to_string().as_bytes()).unwrap(), tree);
}

#[test]
fn what_is_no_single_element_is_refused() {
    for xml in
        ["", "text", "<a/><b/>", "<a/><a/>", "<a/>text", "</a>", "<a></b>", "<a", "<a b=1/>", "<a>\0</b>"]
    {
        assert!(parse_xml(xml.as_bytes()).is_err(), "{xml}");
    }
    assert!(parse(b"<a>\xff</a>").is_err());
}

#[test]
fn a_path_finds_fields_by_pointer_and_by_element_names() {
    let tree = json!({"a": {"b": [{"c": " 7.5 "}, {"c": null}], "n": 3, "t": true, "one": {"#text": "1"}}});
    assert_eq!(path("a/b/0/c").text(&tree).as_deref(), Some("7.5"));
    assert_eq!(path("/a/b/0/c").number(&tree), Some(7.5));
    assert_eq!((path("a/b/1/c").text(&tree), path("a/b/1/c").get(&tree)), (None, Some(&Value::Null)));
    assert_eq!(path("a/x").get(&tree), None);
    assert_eq!(path("a/n").text(&tree).as_deref(), Some("3"));
    assert_eq!(path("a/t").text(&tree).as_deref(), Some("true"));
    assert_eq!(path("a/one").number(&tree), Some(1.0));
    assert_eq!(path("a/b").list(&tree).map(<[Value]>::len), Some(2));
    assert_eq!(path("a/n").list(&tree).map(<[Value]>::len), Some(1), "a single entry is not wrapped");
    assert_eq!(path("a/b/1/c").list(&tree).map(<[Value]>::len), Some(0));
    assert_eq!(path("a/x").list(&tree), None);
}

#[test]
fn a_number_that_is_not_finite_is_none() {
    for text in ["inf", "NaN", "-infinity", "1e999", "7 km/h"] {
        assert_eq!(path("/n").number(&json!({"n": text})), None, "{text}");
    }
}

#[test]
fn words_are_found_in_either_case_and_unknown_ones_come_back() {
    let words: Words<u8> = serde_json::from_value(json!({"path": "d", "words": {"In": 1, "2": 2}})).unwrap();
    assert_eq!(words.get(&json!({"d": "IN"})), Some(Ok(1)));
    assert_eq!(words.get(&json!({"d": 2})), Some(Ok(2)));
    assert_eq!(words.get(&json!({"d": "up"})), Some(Err("up".into())));
    assert_eq!((words.get(&json!({"d": " "})), words.get(&json!({}))), (None, None));
}

#[test]
fn every_time_format_gives_the_same_moment() {
    let noon = Some(1_795_521_600_000_000_000);
    for (format, text, offset) in [
        ("rfc3339", "2026-11-24T12:00:00Z", "+05:00"),
        ("rfc3339", "2026-11-24T15:00:00.000+03:00", "+00:00"),
        ("rfc3339", "2026-11-24T07:00:00", "-05:00"),
        ("rfc3339", "2026-11-24 17:30:00", "+05:30"),
        ("unix_s", "1795521600", "+03:00"),
        ("unix_s", "1795521600.0", "+03:00"),
        ("unix_ms", "1795521600000", "+03:00"),
        ("%Y-%m-%d %H:%M:%S%.f", "2026-11-24 14:00:00", "+02:00"),
        ("%Y-%m-%d %H:%M:%S%.f", "2026-11-24 04:00:00.000", "-08:00"),
        ("%Y%m%d%H%M%S %z", "20261124140000 +0200", "-08:00"),
    ] {
        assert_eq!(time(format, text, offset), noon, "{format} {text} {offset}");
    }
    assert_eq!(time("unix_ms", "1795521600001", "+00:00"), noon.map(|ns| ns + 1_000_000));
    assert_eq!(time("unix_s", "1795521600.25", "+00:00"), noon.map(|ns| ns + 250_000_000));
}

#[test]
fn what_is_no_time_is_none() {
    for (format, text) in [
        ("rfc3339", "noon"),
        ("rfc3339", "9999-12-31T23:59:59Z"),
        ("unix_s", "9223372036854775807"),
        ("unix_s", "1e300"),
        ("unix_ms", "NaN"),
        ("%Y-%m-%d", "2026-11-24"),
        ("%H:%M:%S", "12:00:00"),
        ("%Y-%m-%d %H:%M:%S", "2026-02-30 12:00:00"),
    ] {
        let expected = (format == "%Y-%m-%d").then_some(1_795_478_400_000_000_000);
        assert_eq!(time(format, text, "+00:00"), expected, "{format} {text}");
    }
}

/// Keeps the faults.
struct Faults(std::sync::mpsc::Sender<(String, bool)>);

impl Sink for Faults {
    fn observe(&mut self, _: Stamp, _: Quality, body: Body) {
        let Body::Fault(fault) = body else { panic!("{body:?}") };
        self.0.send((fault.code, fault.on)).unwrap();
    }
    fn request(&mut self, _: u64, _: Request) {}
    fn send(&mut self, _: &[u8]) {}
    fn respond(&mut self, _: u64, _: u16, _: &str) {}
    fn outcome(&mut self, _: u64, _: Outcome) {}
    fn wake_after(&mut self, _: std::time::Duration, _: u64) {}
}

#[test]
fn a_device_time_is_a_label_and_the_monotonic_time_is_ours() {
    let (sender, faults) = std::sync::mpsc::channel();
    let mut out = Outbox::new(Faults(sender));
    let settings = ClockSettings { max_offset_s: 10.0, uncertainty_ms: 250, ..ClockSettings::default() };
    let mut clock = Clock::open(settings).unwrap();
    let now = Stamp::new(1_000_000_000_000, 1_795_521_600_000_000_000);
    let mut stamp = |text: &str| {
        let utc_ns = clock.read(text, &TimeFormat::UnixS)?;
        Ok::<_, String>(clock.stamp(now, utc_ns, &mut out))
    };
    for (text, ahead_ns) in [("1795521590", -10_000_000_000), ("1795521610", 10_000_000_000)] {
        let expected = Stamp { uncertainty_ns: 250_000_000, ..now.shifted(ahead_ns) };
        assert_eq!(stamp(text), Ok(Some(expected)), "at the limit");
    }
    assert_eq!(stamp("1795521611"), Ok(None));
    assert_eq!(stamp("1795521589"), Ok(None));
    assert_eq!(stamp("today"), Err("\"today\" is not a time as the map says".into()));
    assert!(stamp("1795521600").unwrap().is_some());
    let said: Vec<_> = faults.try_iter().collect();
    assert_eq!(said, [("clock_offset".to_owned(), true), ("clock_offset".to_owned(), false)]);
}

proptest! {
    #[test]
    fn any_json_tree_survives_the_limits(texts in proptest::collection::vec(".{0,12}", 0..40)) {
        let tree = json!({"t": texts});
        prop_assert_eq!(parse_json(tree.to_string().as_bytes()).unwrap(), tree);
    }

    #[test]
    fn hostile_bytes_never_panic(
        bytes in prop_oneof![
            proptest::collection::vec(any::<u8>(), 0..200),
            "(<a>|</a>|<b k='v'|/>|&[a-z#x0-9]{0,9};|<!\\[CDATA\\[|\\]\\]>|[{}\\[\\],:\"]|\\PC){0,40}"
                .prop_map(String::into_bytes),
        ],
        written in ".{0,20}",
    ) {
        for tree in [parse(&bytes), parse_json(&bytes), parse_xml(&bytes)].into_iter().flatten() {
            let path = path(&written);
            let _ = (path.text(&tree), path.number(&tree), path.list(&tree));
        }
    }

    #[test]
    fn hostile_times_never_panic(
        format in "(rfc3339|unix_s|unix_ms|(%[-_0]?[a-zA-Z.:0-9]{1,3}|.){1,8})",
        text in ".{0,40}",
    ) {
        if let Ok(format) = TimeFormat::try_from(format) {
            let _ = format.read(&text, UtcOffset::default());
        }
        let _ = UtcOffset::try_from(text);
    }
}

#[test]
fn a_message_of_too_many_values_is_refused_in_either_form() {
    let json = format!("[{}0]", "0,".repeat(MAX_VALUES));
    let xml = format!("<a>{}</a>", "<b/>".repeat(MAX_VALUES));
    assert!(parse(json.as_bytes()).is_err_and(|sentence| sentence.contains("more than 20000")));
    assert!(parse(xml.as_bytes()).is_err_and(|sentence| sentence.contains("more than 20000")));
    let long = format!("<a>&{};</a>", "x".repeat(10_000));
    assert!(parse(long.as_bytes()).is_err_and(|sentence| sentence.len() < 200), "sentences stay short");
    let long = format!("<{0}></b{0}>", "x".repeat(10_000));
    assert!(parse(long.as_bytes()).is_err_and(|sentence| sentence.len() < 200), "sentences stay short");
    let text = json!({"image": "[{,".repeat(100_000)});
    assert_eq!(parse(text.to_string().as_bytes()).unwrap(), text, "brackets within a text do not count");
}
