//! Mistakes of an earlier public driver for the same lines, each shown not to be here.

use greenlane_driver::model::{Body, OccupancyEnd, Quality};

use crate::{at_once, connected, faults, feed, raws, record, records};

#[test]
fn the_first_gamma_and_the_first_neutron_sample_count() {
    let mut bench = connected();
    feed(&mut bench, "NS,000009,000000,000000,000000\nGS,000100,000000,000000,000000");
    feed(&mut bench, &"GS,000001,000000,000000,000000\n".repeat(4));
    feed(&mut bench, "NS,000001,000000,000000,000000\nGX,000001,000000,000000,000000");
    let record = record(&bench.observations);
    assert_eq!((record.max_gamma, record.max_neutron), (Some(104), Some(9)));
}

#[test]
fn an_occupancy_without_a_neutron_line_ends() {
    let mut bench = connected();
    feed(&mut bench, "GS,000001,000001,000001,000001\nGX,000007,001000,000000,000000");
    let record = record(&bench.observations);
    assert_eq!((record.index, record.max_neutron, record.end), (Some(7), None, Some(OccupancyEnd::Normal)));
}

#[test]
fn a_malformed_number_costs_its_line_only() {
    let mut bench = connected();
    feed(&mut bench, "GS,000001,000001,000001,000001\nGS,00000x,000001,000001,000001");
    feed(&mut bench, "GS,000002,000001,000001,000001\nGX,000001,000000,000000,000000");
    assert_eq!(raws(&bench.observations), ["GS,00000x,000001,000001,000001"]);
    let samples = bench.observations.iter().filter(|s| matches!(s.body, Body::Gamma(_))).count();
    assert_eq!((samples, records(&bench.observations).len()), (2, 1));
}

#[test]
fn n_sigma_keeps_its_decimals() {
    for (written, read) in [("07.5", 7.5), ("07.0", 7.0), ("14.0", 14.0)] {
        let mut bench = connected();
        at_once(&mut bench, &format!("SG1,000450,000068,05,10,{written},P"));
        bench.advance(std::time::Duration::from_secs(5));
        let Body::Setup(setup) = &bench.observations[0].body else { panic!("{:?}", bench.observations) };
        assert!(setup.values["n_sigma"].is_f64(), "{}", setup.values["n_sigma"]);
        assert_eq!(setup.values["n_sigma"].as_f64(), Some(read));
    }
}

#[test]
fn nothing_is_computed_in_vacancy() {
    let mut bench = connected();
    feed(&mut bench, "NB,000001,000000,000002,000001\nGB,000210,000224,000238,000231");
    let kinds: Vec<_> = bench.observations.iter().map(|s| s.body.kind()).collect();
    assert_eq!(kinds, ["background", "background"], "no sigma, no threshold: that is the lane's science");
}

#[test]
fn a_background_line_with_times_or_one_field_more_does_no_harm() {
    let mut bench = connected();
    at_once(&mut bench, "GB,000188,000206,000262,000243,12-00-00.961,16-00-00.961");
    at_once(&mut bench, "GB,000188,000206,000262,000243,000001");
    at_once(&mut bench, "GB,000189,000206,000262,000243");
    assert_eq!(raws(&bench.observations), ["GB,000188,000206,000262,000243,000001"]);
    let first = |body: &Body| match body {
        Body::Background(b) => b.gamma_cps.as_ref().map(|g| g[0].value()),
        _ => None,
    };
    let read: Vec<_> = bench.observations.iter().filter_map(|s| first(&s.body)).collect();
    assert_eq!(read, [188.0, 189.0]);
}

#[test]
fn lines_of_no_or_one_character_do_no_harm_and_settings_speed_and_tamper_leave_the_state_alone() {
    let mut bench = connected();
    feed(&mut bench, "\nG\nGS,000001,000001,000001,000001\n\nS\nSG1,000450,000068,05,10,07.0,P");
    feed(&mut bench, "SP,0.0645,10.563,017.00,000000\nTT,000000,000000,000000,000000\nSN1\nTC");
    assert_eq!(records(&bench.observations), [], "still inside");
    feed(&mut bench, "GX,000001,000000,000000,000000");
    assert_eq!(record(&bench.observations).end, Some(OccupancyEnd::Normal));
    assert_eq!(raws(&bench.observations), ["G", "S", "SN1", "TC"]);
}

#[test]
fn after_the_link_is_lost_nothing_of_the_device_is_said() {
    let mut bench = connected();
    feed(&mut bench, "GS,000001,000001,000001,000001\nSG2,1111,0.069,0.455,01,1010,A");
    bench.lose("unplugged");
    let seen = bench.observations.len();
    bench.advance(std::time::Duration::from_secs(3600));
    assert_eq!(bench.observations[seen..], [], "stopped means stopped");
    assert_eq!(faults(&bench.observations), []);
}

#[test]
fn times_keep_their_nanoseconds() {
    let mut bench = connected();
    bench.now = bench.now.shifted(123_456_789);
    at_once(&mut bench, "NS,000000,000000,000000,000001\nGX,000001,000000,000000,000000");
    for seen in &bench.observations {
        assert_eq!((seen.at, seen.quality), (bench.now, Quality::Good), "{seen:?}");
    }
}
