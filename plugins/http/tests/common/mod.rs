//! Opens a camera with a map and posts to it.
#![allow(dead_code, reason = "each test file uses a part")]
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use greenlane_driver::Bench;
use greenlane_driver::Input;
use greenlane_driver::model::{Body, Fault, Read};
use greenlane_http::ocr::Ocr;
use serde_json::{Value, json};

pub const MAPS: [&str; 4] = ["vaxtor", "carmen", "hikvision-anpr", "milesight"];

/// A map of `configs/maps` as the host hands it over.
pub fn map(name: &str) -> Value {
    let path = format!("{}/../../configs/maps/{name}.toml", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{path}: {e}"));
    toml::from_str(&text).unwrap_or_else(|e| panic!("{path}: {e}"))
}

/// The camera with a map of `configs/maps`.
pub fn camera(name: &str) -> Bench<Ocr> {
    open(json!({"map": map(name)}))
}

/// The made-up camera of `fixtures/phases.toml`.
pub fn phases() -> Bench<Ocr> {
    open(json!({"map": toml::from_str::<Value>(include_str!("../fixtures/phases.toml")).unwrap()}))
}

pub fn open(settings: Value) -> Bench<Ocr> {
    Bench::open(settings).unwrap_or_else(|e| panic!("{e}"))
}

/// Posts and returns the status and the sentence.
pub fn post(bench: &mut Bench<Ocr>, content_type: &str, body: impl AsRef<[u8]>) -> (u16, String) {
    bench.input(Input::Request { id: 7, content_type, query: "", body: body.as_ref() });
    let responses = std::mem::take(&mut bench.responses);
    assert_eq!(responses.len(), 1, "one answer a post: {responses:?}");
    assert_eq!(responses[0].0, 7);
    (responses[0].1, responses[0].2.clone())
}

/// Posts JSON that must be taken, and returns the reads observed.
pub fn reads(bench: &mut Bench<Ocr>, message: &Value) -> Vec<Read> {
    let answer = post(bench, "application/json", message.to_string());
    assert_eq!(answer, (200, String::new()), "{message}");
    reads_of(&bench.bodies())
}

pub fn reads_of(bodies: &[Body]) -> Vec<Read> {
    bodies
        .iter()
        .filter_map(|body| match body {
            Body::Container(read) | Body::Plate(read) => Some(read.clone()),
            _ => None,
        })
        .collect()
}

pub fn faults(bodies: &[Body]) -> Vec<Fault> {
    bodies
        .iter()
        .filter_map(|body| match body {
            Body::Fault(fault) => Some(fault.clone()),
            _ => None,
        })
        .collect()
}

/// A multipart body as an ANPR camera sends it: the XML, then two pictures.
pub fn multipart(boundary: &str, xml: &str) -> Vec<u8> {
    let mut body = format!(
        "--{boundary}\r\nContent-Disposition: form-data; name=\"anpr.xml\"; filename=\"anpr.xml\"\r\n\
         Content-Type: application/xml\r\nContent-Length: {}\r\n\r\n{xml}",
        xml.len()
    )
    .into_bytes();
    for picture in ["licensePlatePicture.jpg", "detectionPicture.jpg"] {
        let head = format!(
            "\r\n--{boundary}\r\nContent-Disposition: form-data; name=\"{picture}\"\r\n\
             Content-Type: image/jpeg\r\n\r\n"
        );
        body.extend_from_slice(head.as_bytes());
        body.extend_from_slice(b"\xff\xd8\xff\xe0\r\n\r\n--not it\r\n<plate>\xff\xd9");
    }
    body.extend_from_slice(format!("\r\n--{boundary}--\r\n").as_bytes());
    body
}
