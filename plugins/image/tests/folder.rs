//! Images with their sidecars, and everything that can be wrong with either.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use greenlane_driver::fields::MAX_VALUES;
use greenlane_driver::model::units::Metres;
use greenlane_driver::model::{Body, CommandBody, Fault, FileRef, Image, Outcome, Quality, Stamp};
use greenlane_driver::{Bench, Driver, File, Input};
use greenlane_image::folder::Folder;
use greenlane_image::folder::header::{self, Header, HeaderError};
use proptest::collection::vec;
use proptest::prelude::*;
use serde_json::{Value, json};

const HASH: &str = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";
const XML: &str = r#"<?xml version="1.0"?>
<Scan id="7"><Passage>in-04-000123</Passage>
  <Start>2026-11-24T11:59:53.000Z</Start><End>2026-11-24T14:59:57.500+03:00</End>
  <Image role="scan" width="1830" height="2048" bits="16"/>
  <Energies>2</Energies><LinePitch>9.0</LinePitch><State>complete</State></Scan>"#;
const JSON: &str = r#"{"passage": "in-04-000123", "role": "scan", "started_ms": 1795521593000,
  "ended_ms": "1795521597500", "width_px": 1830, "height_px": 2048, "bits": 16, "energies": 2,
  "line_pitch_m": 0.009, "state": "complete"}"#;

fn map(name: &str) -> Value {
    let path = format!("{}/../../configs/maps/{name}.toml", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{path}: {e}"));
    toml::from_str(&text).unwrap_or_else(|e| panic!("{path}: {e}"))
}

fn folder(name: &str) -> Bench<Folder> {
    Bench::open(json!({"map": map(name)})).unwrap_or_else(|e| panic!("{e}"))
}

/// A file of 7.5 MB comes; what was observed is returned.
fn drop_in(bench: &mut Bench<Folder>, head: &[u8], sidecar: Option<&str>) -> (Vec<Fault>, Quality, Image) {
    let sidecar = sidecar.map(str::as_bytes);
    bench.input(Input::File(File { path: "/scans/7.png", sha256: HASH, bytes: 7_500_000, head, sidecar }));
    let (mut faults, mut images) = (Vec::new(), Vec::new());
    for seen in std::mem::take(&mut bench.observations) {
        match seen.body {
            Body::Fault(fault) => faults.push(fault),
            Body::Image(image) => images.push((seen.quality, image)),
            Body::Raw(_) => {}
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(images.len(), 1, "one image a file: {images:?}");
    let (quality, image) = images.remove(0);
    (faults, quality, image)
}

fn codes(faults: &[Fault]) -> Vec<(&str, bool)> {
    faults.iter().map(|fault| (fault.code.as_str(), fault.on)).collect()
}

fn png(width: u32, height: u32, depth: u8, colour: u8) -> Vec<u8> {
    let mut head = b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR".to_vec();
    head.extend(width.to_be_bytes());
    head.extend(height.to_be_bytes());
    head.extend([depth, colour, 0, 0, 0]);
    head
}

/// A TIFF with its directory at `at` and, with three samples, their depths behind it.
fn tiff(little: bool, at: usize, width: u32, height: u32, bits: u16, samples: u16) -> Vec<u8> {
    let short = |n: u16| if little { n.to_le_bytes() } else { n.to_be_bytes() };
    let long = |n: u32| if little { n.to_le_bytes() } else { n.to_be_bytes() };
    let mut head = if little { b"II\x2a\0".to_vec() } else { b"MM\0\x2a".to_vec() };
    head.extend(long(u32::try_from(at).unwrap()));
    head.resize(at, 0);
    head.extend(short(4));
    let behind = u32::try_from(at + 2 + 4 * 12 + 4).unwrap();
    for (tag, of_type, count, value) in [
        (256, 4, 1, long(width)),
        (257, 4, 1, long(height)),
        (258, 3, u32::from(samples), long(behind)),
        (277, 3, 1, [short(samples), [0, 0]].concat().try_into().unwrap()),
    ] {
        head.extend(short(tag));
        head.extend(short(of_type));
        head.extend(long(count));
        let inline = tag == 258 && samples <= 2;
        head.extend(if inline { [short(bits), short(bits)].concat().try_into().unwrap() } else { value });
    }
    head.extend(long(0));
    for _ in 0..samples {
        head.extend(short(bits));
    }
    head
}

#[test]
fn both_sidecars_say_the_same_of_an_image() {
    let head = png(1830, 2048, 16, 0);
    for (name, sidecar) in [("image-xml", XML), ("image-json", JSON)] {
        let mut bench = folder(name);
        let (faults, quality, image) = drop_in(&mut bench, &head, Some(sidecar));
        let stamp = |ago_ns: i64| Stamp { uncertainty_ns: 1_000_000_000, ..bench.now.shifted(-ago_ns) };
        assert_eq!((faults, quality), (vec![], Quality::Good), "{name}");
        let expected = Image {
            role: "scan".into(),
            file: FileRef { path: "/scans/7.png".into(), sha256: HASH.into(), bytes: 7_500_000 },
            width_px: 1830,
            height_px: 2048,
            bits: 16,
            energies: Some(2),
            line_pitch: Metres::new(0.009),
            invalid: None,
            passage: Some("in-04-000123".into()),
            acquired: Some((stamp(7_000_000_000), stamp(2_500_000_000))),
        };
        assert_eq!(image, expected, "{name}");
    }
}

#[test]
fn an_image_happened_when_its_last_line_was_taken() {
    let mut bench = folder("image-xml");
    let file =
        File { path: "a", sha256: HASH, bytes: 9, head: &png(1, 1, 8, 0), sidecar: Some(XML.as_bytes()) };
    bench.input(Input::File(file));
    let image = bench.observations.iter().find(|seen| seen.body.kind() == "image").unwrap();
    assert_eq!(image.at.mono_ns, bench.now.mono_ns - 2_500_000_000);
}

#[test]
fn every_png_form_has_its_depth() {
    for (depth, colour, bits) in [(16, 0, 16), (8, 0, 8), (16, 2, 48), (8, 3, 8), (16, 4, 32), (16, 6, 64)] {
        let header = header::read(&png(40, 30, depth, colour), 5_000).unwrap();
        assert_eq!((header.width, header.height, header.bits()), (40, 30, bits), "{depth} {colour}");
    }
}

#[test]
fn tiff_is_read_in_both_byte_orders_wherever_its_directory_lies() {
    for little in [true, false] {
        for at in [8, 4000] {
            for (bits, samples) in [(16, 1), (8, 1), (16, 2), (8, 3), (16, 3)] {
                let head = tiff(little, at, 2048, 1830, bits, samples);
                let header = header::read(&head, head.len() as u64).unwrap();
                let all = u16::from(header.bits_a_sample) * u16::from(header.samples);
                assert_eq!((header.width, header.height, all), (2048, 1830, bits * samples), "{head:?}");
            }
        }
    }
}

#[test]
fn a_scan_line_that_is_a_row_of_the_file_turns_the_size() {
    let mut map = map("image-json");
    map["travel"] = "height".into();
    let mut bench = Bench::<Folder>::open(json!({"map": map})).unwrap();
    let turned = JSON.replace("1830", "x").replace("2048", "1830").replace('x', "2048");
    let (faults, _, image) = drop_in(&mut bench, &tiff(true, 8, 2048, 1830, 16, 1), Some(&turned));
    assert_eq!(faults, []);
    assert_eq!((image.width_px, image.height_px), (1830, 2048));
}

#[test]
fn a_header_behind_the_pixels_is_taken_from_the_sidecar() {
    let head = &tiff(true, 100_000, 1830, 2048, 16, 1)[..65_536];
    assert_eq!(header::read(head, 7_500_000), Err(HeaderError::Beyond));
    assert!(matches!(header::read(head, 90_000), Err(HeaderError::Unreadable(_))), "the file ends before it");
    let (faults, quality, image) = drop_in(&mut folder("image-json"), head, Some(JSON));
    assert_eq!((faults, quality), (vec![], Quality::Good));
    assert_eq!((image.width_px, image.height_px, image.bits), (1830, 2048, 16));
    let (faults, quality, _) = drop_in(&mut folder("image-json"), head, Some(r#"{"bits": 16}"#));
    assert_eq!((codes(&faults), quality), (vec![("bad_image", true)], Quality::Bad));
}

#[test]
fn an_unreadable_image_is_kept_as_bad_until_a_good_one_comes() {
    let mut bench = folder("image-json");
    let good = png(1830, 2048, 16, 0);
    for bad in [&b""[..], b"JUNK", &good[..20], &png(0, 5, 16, 0), &png(5, 5, 7, 0), &png(5, 5, 8, 1)] {
        let (_, quality, image) = drop_in(&mut bench, bad, Some(JSON));
        assert_eq!((quality, image.width_px, image.bits), (Quality::Bad, 1830, 16), "what is known stays");
    }
    let (faults, quality, _) = drop_in(&mut bench, &good, Some(JSON));
    assert_eq!((codes(&faults), quality), (vec![("bad_image", false)], Quality::Good));
}

#[test]
fn a_missing_sidecar_is_a_fault_and_the_image_is_there() {
    let mut bench = folder("image-xml");
    let head = png(1830, 2048, 16, 0);
    let (faults, quality, image) = drop_in(&mut bench, &head, None);
    assert_eq!((codes(&faults), quality), (vec![("no_sidecar", true)], Quality::Bad));
    assert_eq!((image.width_px, image.role.as_str(), image.acquired), (1830, "scan", None));
    let (faults, _, _) = drop_in(&mut bench, &head, Some(XML));
    assert_eq!(codes(&faults), [("no_sidecar", false)]);
}

#[test]
fn a_broken_sidecar_is_a_fault_and_the_image_is_there() {
    let head = png(1830, 2048, 16, 0);
    for (sidecar, said) in [
        (&XML[..100], "cut off"),
        ("", "not JSON"),
        (&XML.replace("1830", "wide"), "/Scan/Image/@width is not a number that can be"),
        (&XML.replace("\"16\"", "\"1600\""), "/Scan/Image/@bits is not a number that can be"),
        (&XML.replace("9.0", "-1"), "/Scan/LinePitch is not a length"),
        (&XML.replace("9.0", "inf"), "/Scan/LinePitch is not a length"),
        (&XML.replace("T11:59:53.000Z", " noon"), "\"2026-11-24 noon\" is not a time"),
        (&XML.replace("11:59:53", "11:59:58"), "the last line comes before the first"),
        (&XML.replace("in-04", &"x".repeat(200)), "longer than 128"),
        (&format!("<a>{}</a>", "<b/>".repeat(MAX_VALUES)), "more than 20000 values"),
    ] {
        let (faults, quality, image) = drop_in(&mut folder("image-xml"), &head, Some(sidecar));
        assert_eq!(codes(&faults), [("bad_sidecar", true)], "{said}");
        let told = sidecar.contains("<State>complete</State>");
        assert_eq!(quality, if told { Quality::Good } else { Quality::Bad }, "{said}");
        assert!(faults[0].text.contains(said), "{said}: {}", faults[0].text);
        assert_eq!((image.width_px, image.bits), (1830, 16), "{said}");
    }
}

#[test]
fn a_sidecar_of_another_image_is_a_fault() {
    let mut bench = folder("image-json");
    let good = png(1830, 2048, 16, 0);
    for other in [png(1831, 2048, 16, 0), png(1830, 2047, 16, 0), png(1830, 2048, 8, 0)] {
        let (faults, _, image) = drop_in(&mut bench, &other, Some(JSON));
        assert_eq!(codes(&faults), [("sidecar_mismatch", true)]);
        assert_eq!(image.bits, header::read(&other, 100).unwrap().bits(), "the file is the truth");
        let (faults, _, _) = drop_in(&mut bench, &good, Some(JSON));
        assert_eq!(codes(&faults), [("sidecar_mismatch", false)]);
    }
}

#[test]
fn bits_of_a_sample_and_of_a_pixel_both_agree() {
    for bits in ["16", "32"] {
        let sidecar = JSON.replace("\"bits\": 16", &format!("\"bits\": {bits}"));
        let (faults, _, image) = drop_in(&mut folder("image-json"), &png(1830, 2048, 16, 4), Some(&sidecar));
        assert_eq!((faults, image.bits), (vec![], 32), "{bits}");
    }
}

#[test]
fn a_wrong_clock_is_a_fault_and_its_times_are_not_used() {
    let mut bench = folder("image-xml");
    let yesterday = XML.replace("-11-24T", "-11-23T");
    let (faults, _, image) = drop_in(&mut bench, &png(1830, 2048, 16, 0), Some(&yesterday));
    assert_eq!((codes(&faults), image.acquired), (vec![("clock_offset", true)], None));
}

#[test]
fn the_host_is_told_that_the_map_is_a_file() {
    let schema = serde_json::to_value(schemars::schema_for!(<Folder as Driver>::Settings)).unwrap();
    assert_eq!(schema["properties"]["map"]["x-greenlane-file"], "maps", "{schema:#}");
}

#[test]
fn a_command_is_refused() {
    let mut bench = folder("image-xml");
    bench.command(&CommandBody::Acknowledge { what: "x".into() });
    assert!(matches!(&bench.outcomes[..], [(_, Outcome::Refused(_))]));
}

proptest! {
    #[test]
    fn any_head_and_any_sidecar_give_one_image(
        mut head in prop_oneof![
            vec(any::<u8>(), 0..200),
            (any::<bool>(), 8usize..60, any::<u16>(), 0u16..9)
                .prop_map(|(little, at, bits, samples)| tiff(little, at, 7, 7, bits, samples)),
        ],
        magic in prop::sample::select(vec![&b""[..], b"II\x2a\0", b"MM\0\x2a", b"\x89PNG\r\n\x1a\n"]),
        (at, with) in (0usize..200, any::<u8>()),
        cut in 0usize..300,
        sidecar in prop::option::of(prop_oneof![
            ".{0,200}",
            (0usize..XML.len()).prop_map(|cut| XML[..cut].to_owned()),
            "\\{\"(bits|width_px|started_ms|line_pitch_m)\": (-?[0-9]{1,25}|\"[a-z0-9.:-]{0,9}\"|null)\\}",
        ]),
    ) {
        head.splice(..magic.len().min(head.len()), magic.iter().copied());
        if let Some(byte) = head.get_mut(at) {
            *byte = with;
        }
        head.truncate(cut);
        for name in ["image-xml", "image-json"] {
            let (_, quality, image) = drop_in(&mut folder(name), &head, sidecar.as_deref());
            let known = image.width_px > 0 && image.height_px > 0 && image.bits > 0;
            prop_assert!(known || quality == Quality::Bad, "{image:?}");
        }
    }

    #[test]
    fn a_header_cut_anywhere_is_whole_or_none(cut in 0usize..120, little: bool, at in 8usize..60) {
        let whole = tiff(little, at, 7, 9, 16, 3);
        let cut = &whole[..cut.min(whole.len())];
        let header = Header { width: 7, height: 9, bits_a_sample: 16, samples: 3 };
        let read = header::read(cut, whole.len() as u64);
        prop_assert!(read == Ok(header) || read.is_err(), "{read:?}");
        let picture = png(7, 9, 16, 2);
        let read = header::read(&picture[..cut.len().min(picture.len())], 99);
        prop_assert!(read == Ok(header) || read.is_err(), "{read:?}");
    }
}

#[test]
fn an_image_that_the_scanner_calls_invalid_is_bad_and_says_why() {
    for (map, sidecar) in [
        (
            "image-xml",
            XML.replace("<State>complete</State>", "<State>invalid</State><Reason>reversed</Reason>"),
        ),
        ("image-json", JSON.replace("\"complete\"", "\"invalid\", \"reason\": \"reversed\"")),
    ] {
        let (_, quality, image) = drop_in(&mut folder(map), &png(1830, 2048, 16, 0), Some(&sidecar));
        assert_eq!((quality, image.invalid.as_deref()), (Quality::Bad, Some("reversed")), "{map}");
    }
}

#[test]
fn an_image_whose_state_is_not_told_is_not_taken_for_whole() {
    let sidecar = XML.replace("<State>complete</State>", "");
    let (_, quality, image) = drop_in(&mut folder("image-xml"), &png(1830, 2048, 16, 0), Some(&sidecar));
    assert_eq!(quality, Quality::Bad);
    assert!(image.invalid.is_some());
}
