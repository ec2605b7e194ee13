//! Whatever a device posts, there is one answer, no panic and nothing beyond the limits.

mod common;

use common::{MAPS, camera, phases, post, reads_of};
use proptest::collection::vec;
use proptest::prelude::*;

const TYPES: [&str; 9] = [
    "",
    "application/json",
    "text/xml; charset=utf-8",
    "application/soap+xml",
    "application/x-www-form-urlencoded",
    "multipart/form-data; boundary=b",
    "multipart/mixed; boundary=\"--\"",
    "text/plain",
    "image/png",
];

/// Bytes that look like a message now and then.
fn bytes() -> impl Strategy<Value = Vec<u8>> {
    let tokens = prop::sample::select(vec![
        "<a>",
        "</a>",
        "<a",
        "b='1'",
        "/>",
        "&amp;",
        "&#x0;",
        "&#99;",
        "<![CDATA[",
        "]]>",
        "<!--",
        "{",
        "}",
        "[",
        "]",
        "\"container\"",
        ":",
        ",",
        "\"",
        "\\u0000",
        "1e999",
        "-",
        "--b",
        "--b--",
        "\r\n",
        "\r\n\r\n",
        "Content-Type: application/json",
        "Content-Type: image/x",
        "%41",
        "%",
        "&",
        "=",
        "+",
        "null",
    ]);
    prop_oneof![vec(any::<u8>(), 0..400), vec(tokens, 0..60).prop_map(|tokens| tokens.concat().into_bytes()),]
}

/// A JSON value of any shape under the names that the maps use.
fn message() -> impl Strategy<Value = serde_json::Value> {
    let leaf = prop_oneof![
        Just(serde_json::Value::Null),
        any::<bool>().prop_map(Into::into),
        any::<f64>().prop_map(Into::into),
        any::<i64>().prop_map(Into::into),
        ".{0,80}".prop_map(Into::into),
        "[A-Z]{4} ?[0-9]{7}".prop_map(Into::into),
        "20[0-9]{2}-[01][0-9]-[0-3][0-9][ T][0-2][0-9]:[0-6][0-9]:[0-6][0-9]".prop_map(Into::into),
    ];
    let name = prop::sample::select(vec![
        "data",
        "codes",
        "code",
        "confidence",
        "imageResults",
        "text",
        "container",
        "plate",
        "time",
        "direction",
        "event",
        "state",
        "owner",
        "serial",
        "bay",
        "EventNotificationAlert",
        "ANPR",
        "licensePlate",
        "eventType",
    ]);
    leaf.prop_recursive(4, 64, 6, move |inner| {
        prop_oneof![
            vec(inner.clone(), 0..6).prop_map(Into::into),
            vec((name.clone().prop_map(str::to_owned), inner), 0..8)
                .prop_map(|fields| serde_json::Value::Object(fields.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn any_bytes_get_an_answer(
        name in prop::sample::select(MAPS.to_vec()),
        content_type in prop_oneof![prop::sample::select(TYPES.to_vec()).prop_map(str::to_owned), ".{0,60}"],
        body in bytes(),
    ) {
        let (status, sentence) = post(&mut camera(name), &content_type, body);
        prop_assert_eq!(status == 200, sentence.is_empty());
        prop_assert!([200, 400, 415].contains(&status));
        prop_assert!(sentence.len() < 1000, "{}", sentence);
    }

    #[test]
    fn any_json_gets_reads_within_the_limits_or_is_kept(bodies in vec(message(), 1..6)) {
        for mut bench in MAPS.iter().map(|name| camera(name)).chain([phases()]) {
            for body in &bodies {
                let (status, sentence) = post(&mut bench, "application/json", body.to_string());
                let observed = bench.bodies();
                let raw = observed.iter().any(|body| body.kind() == "raw");
                prop_assert_eq!(raw, status != 200, "{}: {}", sentence, body);
                for read in reads_of(&observed) {
                    prop_assert!(read.text.is_none_or(|text| text.len() <= 64));
                    prop_assert!(read.confidence.is_none_or(|c| (0.0..=1.0).contains(&c)));
                    prop_assert!(read.alternates.len() <= 16);
                }
            }
        }
    }

    #[test]
    fn a_multipart_body_cut_anywhere_gets_an_answer(cut in 0usize..2000, boundary in "[-a-z ]{1,70}") {
        let body = common::multipart(&boundary, include_str!("fixtures/hikvision-anpr.xml"));
        let content_type = format!("multipart/form-data; boundary=\"{boundary}\"");
        let mut bench = camera("hikvision-anpr");
        let (status, sentence) = post(&mut bench, &content_type, &body[..cut.min(body.len())]);
        prop_assert!(status == 200 || status == 400, "{} {}", status, sentence);
        prop_assert_eq!(reads_of(&bench.bodies()).len(), usize::from(status == 200));
    }
}
