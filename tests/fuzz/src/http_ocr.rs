//! `http.ocr`: posts of cameras.

use greenlane_driver::model::Body;
use greenlane_driver::{Bench, Input};
use greenlane_http::ocr::Ocr;

use crate::cut::Cut;
use crate::maps;

const TYPES: &[&str] = &[
    "application/json",
    "application/xml",
    "text/xml; charset=utf-8",
    "application/x-www-form-urlencoded",
    "multipart/form-data; boundary=b",
    "",
    "image/png",
];

/// Two bytes of choices (map, content type), then the body.
pub fn seeds() -> Vec<Vec<u8>> {
    let vaxtor = include_bytes!("../../../plugins/http/tests/fixtures/vaxtor.json").to_vec();
    let carmen = include_bytes!("../../../plugins/http/tests/fixtures/carmen.json").to_vec();
    let milesight = include_bytes!("../../../plugins/http/tests/fixtures/milesight.json").to_vec();
    let hikvision = include_bytes!("../../../plugins/http/tests/fixtures/hikvision-anpr.xml").to_vec();
    let part = b"--b\r\nContent-Disposition: form-data; name=\"x\"\r\nContent-Type: application/xml\r\n\r\n";
    let form = b"container=CSQU%203054383&confidence=96.5&time=1795521598000".to_vec();
    let multipart = [&part[..], &hikvision, b"\r\n--b--\r\n"].concat();
    let bodies = [
        (0, 0, vaxtor),
        (1, 0, carmen),
        (2, 1, hikvision),
        (2, 4, multipart),
        (3, 0, milesight),
        (0, 3, form),
    ];
    bodies.map(|(map, kind, body)| [vec![map, kind], body].concat()).to_vec()
}

/// One answer, taken or kept raw, and reads within their limits. The second post of the same is no other.
pub fn run(bytes: &[u8]) {
    answer(bytes);
}

/// The status that both posts of an input get.
pub fn answer(bytes: &[u8]) -> u16 {
    let mut cut = Cut(bytes);
    let map = cut.pick(maps::CAMERAS);
    let content_type = cut.pick(TYPES);
    let mut bench = maps::opened::<Ocr>(map, serde_json::json!({}));
    let first = post(&mut bench, content_type, cut.0);
    assert_eq!(post(&mut bench, content_type, cut.0), first);
    first
}

fn post(bench: &mut Bench<Ocr>, content_type: &str, body: &[u8]) -> u16 {
    bench.input(Input::Request { id: 7, content_type, query: "", body });
    let responses = std::mem::take(&mut bench.responses);
    let [(7, status, sentence)] = &responses[..] else { panic!("one answer a post: {responses:?}") };
    assert!([200, 400, 415].contains(status) && sentence.len() < 1000, "{status} {sentence}");
    let observed = bench.bodies();
    assert_eq!(observed.iter().any(|body| body.kind() == "raw"), *status != 200, "{sentence}");
    for read in observed.iter().filter_map(|body| match body {
        Body::Container(read) | Body::Plate(read) => Some(read),
        _ => None,
    }) {
        assert!(read.text.as_ref().is_none_or(|text| text.len() <= 64));
        assert!(read.confidence.is_none_or(|confidence| (0.0..=1.0).contains(&confidence)));
        assert!(read.alternates.len() <= 16);
    }
    *status
}
