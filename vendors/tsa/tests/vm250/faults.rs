//! Faults, tamper, silence.

use std::time::Duration;

use greenlane_driver::model::{Body, Severity};
use serde_json::json;

use crate::{at_once, connected, connected_with, faults, feed};

#[test]
fn a_fault_that_repeats_is_said_once_and_taken_back_once() {
    for (bad, good, code) in [
        ("GH,000700,000224,000238,000231", "GB,000210,000224,000238,000231", "gamma_high"),
        ("GL,000210,000224,000003,000231", "GB,000210,000224,000238,000231", "gamma_low"),
        ("NH,000071,000001,000002,000001", "NB,000001,000001,000002,000001", "neutron_high"),
    ] {
        let mut bench = connected();
        feed(&mut bench, &format!("{bad}\n").repeat(120));
        feed(&mut bench, &format!("{good}\n").repeat(2));
        let said: Vec<_> = faults(&bench.observations).into_iter().filter(|f| f.0 != "silent").collect();
        assert_eq!(said, [(code, true), (code, false)]);
        let values = bench.observations.iter().filter(|s| matches!(s.body, Body::Background(_))).count();
        assert_eq!(values, 122, "the values count all the same");
    }
}

#[test]
fn high_and_low_gamma_replace_each_other_and_neutron_stands_apart() {
    let mut bench = connected();
    feed(&mut bench, "NH,000071,000001,000002,000001\nGL,000210,000224,000003,000231");
    feed(&mut bench, "NH,000071,000001,000002,000001\nGH,000700,000224,000003,000231");
    feed(&mut bench, "NB,000001,000001,000002,000001\nGB,000210,000224,000238,000231");
    let expected = [
        ("neutron_high", true),
        ("gamma_low", true),
        ("gamma_high", true),
        ("gamma_low", false),
        ("neutron_high", false),
        ("gamma_high", false),
    ];
    assert_eq!(faults(&bench.observations), expected);
}

#[test]
fn the_text_names_panels_beyond_the_level_once_the_device_has_told_it() {
    let text = |lines: &str| {
        let mut bench = connected();
        at_once(&mut bench, lines);
        let text = bench.bodies().into_iter().find_map(|body| match body {
            Body::Fault(fault) => Some(fault.text),
            _ => None,
        });
        text.unwrap()
    };
    let sg1 = "SG1,000450,000068,05,10,07.0,P";
    let low = "GL,000210,000224,000003,000007";
    assert_eq!(text(&format!("{sg1}\n{low}")), "panel 3 (3), panel 4 (7) below 68");
    assert_eq!(text(low), "panels below a level that the device has not told");
    assert_eq!(text(&format!("{sg1}\nGH,000660,000200,000200,000200")), "panel 1 (660) above 450");
    assert_eq!(
        text(&format!("{sg1}\nGH,000400,000200,000200,000200")),
        "no panel alone is above 450, yet the device says so"
    );
    assert_eq!(
        text("SN1,000050,05,0047,1200,02,120\nNH,000001,000071,000002,000001"),
        "bank 2 (71) above 50"
    );
}

#[test]
fn a_fault_does_not_hide_an_alarm() {
    let mut bench = connected();
    feed(&mut bench, "GH,000700,000224,000238,000231\nGA,000900,000001,000001,000001");
    assert!(bench.observations.iter().any(|s| matches!(&s.body, Body::RadiationAlarm(a) if a.on)));
}

#[test]
fn a_full_count_field_is_kept_and_is_a_fault_until_the_next_sample_or_the_end() {
    let mut bench = connected();
    feed(&mut bench, "GS,999999,000001,000001,000001\nNS,000001,000001,000001,000001");
    assert_eq!(
        faults(&bench.observations),
        [("gamma_over_range", true)],
        "a neutron sample says nothing of gamma"
    );
    feed(&mut bench, "GS,999998,000001,000001,000001\nNA,000001,000001,999999,000001");
    feed(&mut bench, "GX,000001,000000,000000,000000");
    let expected = [
        ("gamma_over_range", true),
        ("gamma_over_range", false),
        ("neutron_over_range", true),
        ("neutron_over_range", false),
    ];
    assert_eq!(faults(&bench.observations), expected);
    assert!(
        bench
            .observations
            .iter()
            .any(|s| matches!(&s.body, Body::Gamma(c) if c.counts == [999_999, 1, 1, 1]))
    );
}

#[test]
fn tamper_is_said_at_its_edges_and_not_after_a_reconnect() {
    let mut bench = connected();
    let open = "TT,000000,000000,000000,000000";
    let closed = "TC,111111,111111,111111,111111";
    at_once(&mut bench, &format!("{open}\n{open}\n{closed}"));
    let tamper = |body| match body {
        Body::Tamper(tamper) => Some(tamper.on),
        _ => None,
    };
    let tampers = |bodies: Vec<Body>| -> Vec<bool> { bodies.into_iter().filter_map(tamper).collect() };
    assert_eq!(tampers(bench.bodies()), [true, false]);
    bench.lose("reset");
    bench.connect();
    feed(&mut bench, "NB,000001,000001,000001,000001\nGS,000001,000001,000001,000001");
    assert_eq!(tampers(bench.bodies()), [false; 0], "unknown until told");
    at_once(&mut bench, closed);
    assert_eq!(tampers(bench.bodies()), [false], "told again, though it was closed before");
}

#[test]
fn silence_is_an_error_until_the_next_line() {
    let mut bench = connected();
    feed(&mut bench, "NB,000001,000001,000001,000001");
    bench.advance(Duration::from_millis(14_999));
    assert_eq!(faults(&bench.observations), []);
    bench.advance(Duration::from_millis(1));
    let Some(Body::Fault(fault)) = bench.observations.last().map(|s| s.body.clone()) else { panic!() };
    assert_eq!((fault.code.as_str(), fault.severity, fault.on), ("silent", Severity::Error, true));
    bench.advance(Duration::from_secs(100));
    feed(&mut bench, "\nNB,000001,000001,000001,000001");
    assert_eq!(faults(&bench.observations), [("silent", true), ("silent", false)]);
    bench.advance(Duration::from_secs(15));
    assert_eq!(faults(&bench.observations).len(), 3, "and again");
}

#[test]
fn a_device_that_never_speaks_is_silent_and_the_limit_is_a_setting() {
    for (settings, seconds) in [(json!({}), 15), (json!({ "silent_s": 2 }), 2)] {
        let mut bench = connected_with(settings);
        bench.advance(Duration::from_secs(seconds));
        assert_eq!(faults(&bench.observations), [("silent", true)]);
    }
}

#[test]
fn a_lost_link_is_not_silence() {
    let mut bench = connected();
    bench.lose("reset");
    bench.advance(Duration::from_secs(60));
    bench.connect();
    bench.advance(Duration::from_secs(14));
    assert_eq!(faults(&bench.observations), []);
}
