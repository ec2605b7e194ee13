//! Whole passages, composed by hand.

use std::time::Duration;

use greenlane_driver::model::{Body, CommandBody, Occupancy, OccupancyEnd, Outcome, Radiation};
use greenlane_driver::{Bench, LinkKind};
use greenlane_tsa::vm250::Vm250;

use crate::{at_once, connected, feed, record, records};

const CLEAR: &str = "NS,000000,000001,000001,000001
    GS,000042,000045,000047,000046
    GS,000042,000045,000047,000046
    GS,000042,000045,000047,000046
    GS,000042,000045,000047,000046
    GS,000042,000045,000047,000046
    GS,000041,000044,000046,000045
    SP,0.0645,10.563,017.00,000000";

const ALARM: &str = "GS,000042,000045,000047,000046
    GS,000043,000046,000049,000045
    GS,000048,000052,000058,000055
    GS,000055,000060,000071,000066
    GS,000058,000064,000080,000070
    GA,000057,000061,000074,000069
    GA,000050,000054,000062,000057
    GA,000044,000047,000051,000047
    GA,000042,000044,000047,000046
    GS,000042,000044,000047,000046
    GX,000043,004120,000000,000000";

#[test]
fn a_clear_occupancy() {
    let mut bench = connected();
    feed(&mut bench, "NB,000001,000000,000002,000001\nGB,000210,000224,000238,000231");
    at_once(&mut bench, CLEAR);
    feed(&mut bench, "GS,000040,000043,000045,000044\nNS,000001,000000,000001,000001");
    feed(&mut bench, "GX,000042,004120,000000,000000\nNB,000001,000001,000001,000001");
    let record = record(&bench.observations);
    assert_eq!((record.index, record.end), (Some(42), Some(OccupancyEnd::Normal)));
    assert_eq!((record.gamma_alarm, record.neutron_alarm), (false, false));
    assert_eq!((record.max_gamma, record.max_neutron), (Some(900), Some(3)));
    assert_eq!(record.neutron_background_cps, Some(4.12));
}

#[test]
fn background_is_by_panel_in_counts_per_second() {
    let mut bench = connected();
    feed(&mut bench, "NB,000001,000000,000002,000001\nGB,000210,000224,000238,000231");
    let json: Vec<_> = bench.bodies().iter().map(|b| serde_json::to_value(b).unwrap()).collect();
    assert_eq!(json[0], serde_json::json!({"neutron_cps": [1.0, 0.0, 2.0, 1.0]}));
    assert_eq!(json[1], serde_json::json!({"gamma_cps": [210.0, 224.0, 238.0, 231.0]}));
}

#[test]
fn a_gamma_alarm_is_on_from_its_first_sample_to_the_end() {
    let mut bench = connected();
    feed(&mut bench, ALARM);
    let record = record(&bench.observations);
    assert_eq!((record.index, record.gamma_alarm, record.neutron_alarm), (Some(43), true, false));
    assert_eq!(record.max_gamma, Some(1221));
    let edges: Vec<_> = bench
        .observations
        .iter()
        .filter_map(|s| match &s.body {
            Body::RadiationAlarm(a) => Some((a.radiation, a.on, s.at.seconds_since(bench.now))),
            _ => None,
        })
        .collect();
    assert_eq!(edges, [(Radiation::Gamma, true, -0.8), (Radiation::Gamma, false, 0.0)]);
}

#[test]
fn a_neutron_alarm() {
    let mut bench = connected();
    feed(&mut bench, "NS,000001,000001,000000,000001\nGS,000042,000045,000047,000046");
    feed(&mut bench, "NA,000003,000004,000006,000005\nGS,000042,000045,000047,000046");
    feed(&mut bench, "NA,000002,000003,000005,000004\nNS,000001,000000,000001,000001");
    feed(&mut bench, "GX,000044,004120,000000,000000");
    let record = record(&bench.observations);
    assert_eq!((record.gamma_alarm, record.neutron_alarm, record.max_neutron), (false, true, Some(18)));
}

#[test]
fn an_alarm_in_the_only_sample_is_seen_for_either_radiation() {
    for tag in ["GA", "NA"] {
        let mut bench = connected();
        feed(&mut bench, &format!("{tag},000900,000001,000001,000001\nGX,000001,000000,000000,000000"));
        let record = record(&bench.observations);
        assert_eq!((record.gamma_alarm, record.neutron_alarm), (tag == "GA", tag == "NA"));
    }
}

#[test]
fn vehicles_back_to_back_are_two_occupancies() {
    let mut bench = connected();
    for _ in 0..2 {
        at_once(&mut bench, CLEAR);
        at_once(&mut bench, "GX,000042,004120,000000,000000");
    }
    feed(&mut bench, "NS,000000,000001,000001,000001\nGX,000043,004120,000000,000000");
    let records = records(&bench.observations);
    assert_eq!(records.len(), 3);
    assert_eq!(records[0], records[1]);
}

#[test]
fn a_lost_link_ends_the_occupancy_and_the_rest_is_another_one() {
    let mut bench = connected();
    feed(&mut bench, "GA,000900,000045,000047,000046");
    bench.lose("connection reset");
    bench.advance(Duration::from_secs(2));
    bench.connect();
    feed(&mut bench, "GS,000042,000045,000047,000046\nGX,000042,004120,000000,000000");
    let ends: Vec<_> = records(&bench.observations).iter().map(|r| (r.end, r.gamma_alarm)).collect();
    assert_eq!(ends, [(Some(OccupancyEnd::LinkLost), true), (Some(OccupancyEnd::Normal), false)]);
}

#[test]
fn speed_is_taken_from_the_time_for_one_foot() {
    for (line, mps) in [
        ("SP,0.0645,10.563,017.00,000000", Some(4.726)),
        ("SP,0.2249,03.032,004.88,000000", Some(1.355)),
        ("SP,0.0136,50.134,080.68,000000", Some(22.412)),
        ("SP,0.0000,00.000,000.00,000000", None),
    ] {
        let mut bench = connected();
        at_once(&mut bench, line);
        let speeds: Vec<_> = bench
            .bodies()
            .iter()
            .map(|body| match body {
                Body::Speed(s) => (s.speed.value() * 1000.0).round() / 1000.0,
                other => panic!("{other:?}"),
            })
            .collect();
        assert_eq!(speeds, mps.into_iter().collect::<Vec<_>>(), "{line}");
    }
}

#[test]
fn an_occupancy_starts_at_its_first_line_whichever_it_is() {
    for tag in ["GS", "GA", "NS", "NA"] {
        let mut bench = connected();
        at_once(&mut bench, &format!("{tag},000001,000001,000001,000001"));
        assert_eq!(bench.observations[0].body, Body::Occupancy(Occupancy::Started), "{tag}");
        assert_eq!(bench.observations[0].at, bench.now);
    }
}

#[test]
fn commands_are_refused_in_words() {
    let mut bench = connected();
    bench.command(&CommandBody::Acknowledge { what: "alarm".into() });
    assert!(matches!(&bench.outcomes[..], [(1, Outcome::Refused(why))] if !why.is_empty()));
}

#[test]
fn settings_out_of_range_are_refused_by_name() {
    use greenlane_driver::Driver;
    assert_eq!(Vm250::LINK, LinkKind::Lines { max: 256 });
    for (key, value) in [
        ("pre_roll_window_ms", 200),
        ("pre_roll_samples", 21),
        ("silent_s", 0),
        ("silent_s", 3601),
        ("setup_timeout_s", 0),
        ("setup_timeout_s", 601),
    ] {
        let error = Bench::<Vm250>::open(serde_json::json!({ key: value })).err().expect(key);
        assert_eq!((error.pointer, error.seen), (format!("/{key}"), value.to_string()));
    }
    assert!(Bench::<Vm250>::open(serde_json::json!({ "silents_s": 15 })).is_err(), "an unknown key");
}
