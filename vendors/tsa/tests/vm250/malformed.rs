//! Lines that are not as they should be.

use greenlane_driver::model::{Body, OccupancyEnd};
use proptest::prelude::*;

use crate::{at_once, connected, feed, raws, record, records, rejected};

const SAMPLE: &str = "GS,000001,000001,000001,000001";

#[test]
fn an_end_with_too_few_fields_ends_with_unknown_background_and_is_kept_raw() {
    for (line, index) in [
        ("GX,000001", Some(1)),
        ("GX,000001,004120,000000", Some(1)),
        ("GX,000001,0041", Some(1)),
        ("GX,000001,0041x0,000000,000000", Some(1)),
        ("GX,0000", None),
        ("GX,", None),
        ("GX", None),
        ("GX,000001,004120,000000,000000,000000", Some(1)),
    ] {
        let mut bench = connected();
        feed(&mut bench, SAMPLE);
        feed(&mut bench, line);
        let record = record(&bench.observations);
        assert_eq!((record.index, record.neutron_background_cps), (index, None), "{line}");
        assert_eq!(record.end, Some(OccupancyEnd::Normal), "{line}");
        assert_eq!(raws(&bench.observations), [line]);
        assert_eq!(rejected(&bench.observations), 1);
    }
}

#[test]
fn an_end_outside_an_occupancy_is_kept_raw_and_is_no_occupancy() {
    for line in ["GX,000042,004120,000000,000000", "GX,000042"] {
        let mut bench = connected();
        feed(&mut bench, line);
        assert_eq!(raws(&bench.observations), [line]);
        assert_eq!(records(&bench.observations), []);
    }
}

#[test]
fn a_blank_line_is_nothing() {
    let mut bench = connected();
    for line in ["", " ", "\t \r"] {
        bench.frame(line);
    }
    assert_eq!(bench.observations, []);
}

#[test]
fn an_unterminated_quote_is_kept_raw_and_the_tamper_line_after_it_is_read() {
    let mut bench = connected();
    at_once(&mut bench, "\"unterminated,quote\nTC,111111,111111,111111,111111");
    assert_eq!(raws(&bench.observations), ["\"unterminated,quote"]);
    let tamper = bench.observations.iter().find_map(|s| match &s.body {
        Body::Tamper(tamper) => Some(tamper.on),
        _ => None,
    });
    assert_eq!(tamper, Some(false));
}

#[test]
fn a_very_short_occupancy_has_no_five_samples_and_ends_well() {
    for n in 1..5 {
        let mut bench = connected();
        feed(&mut bench, &format!("{SAMPLE}\n").repeat(n));
        feed(&mut bench, "GX,000001,000000,000000,000000");
        assert_eq!(record(&bench.observations).max_gamma, None);
    }
}

#[test]
fn one_or_two_trailing_times_are_taken_off_any_line() {
    for line in [
        "NB,000002,000002,000002,000002",
        "GX,000042,004120,000000,000000",
        "SP,0.0645,10.563,017.00,000000",
        "TT,000000,000000,000000,000000",
    ] {
        let clean = bodies_of(line);
        assert_eq!(bodies_of(&format!("{line},00-00-04.841")), clean);
        assert_eq!(bodies_of(&format!("{line},12-00-00.961,16-00-00.961 ")), clean);
        assert_ne!(
            bodies_of(&format!("{line},1-0-0.9,2-0-0.9,3-0-0.9")),
            clean,
            "three are not of the format"
        );
    }
    let mut bench = connected();
    at_once(&mut bench, "SG3,0.069,0.455,020,000,1.10.1,12-00-00.961");
    assert_eq!(raws(&bench.observations), [""; 0]);
}

/// What one line gives inside an occupancy, raw bytes aside.
fn bodies_of(line: &str) -> Vec<Body> {
    let mut bench = connected();
    feed(&mut bench, SAMPLE);
    at_once(&mut bench, line);
    bench.bodies().into_iter().filter(|b| !matches!(b, Body::Raw(_))).collect()
}

#[test]
fn wrong_counts_are_rejected_counted_and_change_nothing() {
    let bad = [
        "GS,000001,000001,000001",
        "GS,000001,000001,000001,000001,000001",
        "GS,000001,000001,000001,",
        "GS,00001,000001,000001,000001",
        "GS,0000001,000001,000001,000001",
        "GA,00000a,000001,000001,000001",
        "NA,-00001,000001,000001,000001",
        "NS,+00001,000001,000001,000001",
        "GS,0x0001,000001,000001,000001",
        "GS;000001;000001;000001;000001",
        "GB,000210,000224,000238,",
        "NB,000001,1e0001,000000,000000",
        "gs,000001,000001,000001,000001",
        "GZ,000001,000001,000001,000001",
        "GS",
        "SP,0.0645,10.563,017.00",
        "SP,fast!!,10.563,017.00,000000",
        "SP,-.0645,10.563,017.00,000000",
        "SP,0.06.5,10.563,017.00,000000",
        "TT",
        "TT,000000,000000,000000,00000",
    ];
    let mut bench = connected();
    at_once(&mut bench, &bad.join("\n"));
    assert_eq!(raws(&bench.observations), bad);
    assert_eq!(rejected(&bench.observations), bad.len() as u64);
    let others: Vec<_> =
        bench.observations.iter().filter(|s| !matches!(s.body, Body::Raw(_) | Body::Health(_))).collect();
    assert!(others.is_empty(), "{others:?}");
}

#[test]
fn a_background_line_inside_an_occupancy_is_an_end_without_message() {
    for tag in ["GB", "GH", "GL", "NB", "NH"] {
        let mut bench = connected();
        feed(&mut bench, SAMPLE);
        feed(&mut bench, &format!("{tag},000001,000001,000001,000001"));
        let record = record(&bench.observations);
        assert_eq!((record.end, record.index), (Some(OccupancyEnd::NoEndMessage), None), "{tag}");
        assert!(bench.observations.iter().any(|s| matches!(s.body, Body::Background(_))), "{tag}");
    }
}

#[test]
fn an_index_may_repeat_and_start_again_at_midnight() {
    let mut bench = connected();
    for index in [65_535, 65_535, 1, 0, 999_999] {
        feed(&mut bench, &format!("{SAMPLE}\nGX,{index:06},000000,000000,000000"));
    }
    let indices: Vec<_> = records(&bench.observations).iter().filter_map(|r| r.index).collect();
    assert_eq!(indices, [65_535, 65_535, 1, 0, 999_999]);
}

proptest! {
    #[test]
    fn a_count_line_cut_anywhere_gives_no_reading(tag in "G[BHLSA]|N[BHSA]|T[TC]|SP", keep in 1usize..30) {
        let line = match tag.as_str() {
            "SP" => "SP,0.0645,10.563,017.00,000000".to_owned(),
            _ => format!("{tag},000042,000045,000047,000046"),
        };
        let mut bench = connected();
        bench.frame(&line[..keep]);
        prop_assert_eq!(raws(&bench.observations), [&line[..keep]]);
        prop_assert_eq!(bench.observations.len(), 2, "raw and its count: {:?}", bench.observations);
    }
}
