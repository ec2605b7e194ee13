//! `image.folder`: headers of images, and sidecars.

use greenlane_driver::model::{Body, Quality};
use greenlane_driver::{File, Input};
use greenlane_image::folder::Folder;
use serde_json::json;

use crate::cut::Cut;
use crate::maps;

const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\x07\x26\0\0\x08\0\x10\0\0\0\0";
const TIFF: &[u8] =
    b"II\x2a\0\x08\0\0\0\x03\0\0\x01\x03\0\x01\0\0\0\x26\x07\0\0\x01\x01\x03\0\x01\0\0\0\0\x08\0\0\
    \x02\x01\x03\0\x01\0\0\0\x10\0\0\0\0\0\0\0";
const XML: &[u8] = b"<Scan id=\"7\"><Passage>in-04-000123</Passage><Start>2026-11-24T11:59:53.000Z</Start>\
    <End>2026-11-24T14:59:57.500+03:00</End><Image role=\"scan\" width=\"1830\" height=\"2048\" bits=\"16\"/>\
    <Energies>2</Energies><LinePitch>9.0</LinePitch></Scan>";
const JSON: &[u8] = b"{\"passage\": \"in-04-000123\", \"role\": \"scan\", \"started_ms\": 1795521593000,\
    \"ended_ms\": \"1795521597500\", \"width_px\": 1830, \"height_px\": 2048, \"bits\": 16, \"energies\": 2}";

/// Map, whether there is a sidecar, and two bytes for the length of the image's head, then head and sidecar.
pub fn seeds() -> Vec<Vec<u8>> {
    let with = |map: u8, head: &[u8], sidecar: &[u8]| {
        // No head here is longer than a byte counts.
        let length = u8::try_from(head.len()).unwrap_or(u8::MAX);
        [&[map, 1, 0, length][..], head, sidecar].concat()
    };
    vec![with(0, PNG, XML), with(1, PNG, JSON), with(0, TIFF, XML), with(1, TIFF, JSON)]
}

/// A file is one image; what is not wholly known is not good.
pub fn run(bytes: &[u8]) {
    let mut cut = Cut(bytes);
    let map = cut.pick(maps::SIDECARS);
    let with_sidecar = cut.byte() % 2 == 1;
    let length = usize::from(cut.word());
    let (head, sidecar) = (cut.take(length), cut.0);
    let mut bench = maps::opened::<Folder>(map, json!({}));
    let sidecar = with_sidecar.then_some(sidecar);
    bench.input(Input::File(File { path: "/scans/7.png", sha256: "00", bytes: 7_500_000, head, sidecar }));
    let images: Vec<_> = bench.observations.iter().filter(|seen| seen.body.kind() == "image").collect();
    let [seen] = &images[..] else { panic!("one image a file: {images:?}") };
    let Body::Image(image) = &seen.body else { unreachable!("its kind says so") };
    let known = image.width_px > 0 && image.height_px > 0 && image.bits > 0;
    assert!(known || seen.quality == Quality::Bad, "{image:?}");
}
