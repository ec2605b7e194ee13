//! The device's own settings.

use std::time::Duration;

use greenlane_driver::Bench;
use greenlane_driver::model::{Body, Setup};
use greenlane_tsa::vm250::Vm250;
use serde_json::json;

use crate::{at_once, connected, connected_with, raws};

const BLOCK: [&str; 5] = [
    "SG1,000450,000068,05,10,07.0,P",
    "SG2,1111,0.069,0.455,01,1010,A",
    "SG3,0.069,0.455,020,000,1.10.1",
    "SN1,000050,05,0047,1200,02,120",
    "SN2,0.504,5.040,0.504,5.040,PP",
];

fn setups(bench: &mut Bench<Vm250>) -> Vec<Setup> {
    let setup = |body| match body {
        Body::Setup(setup) => Some(setup),
        _ => None,
    };
    bench.bodies().into_iter().filter_map(setup).collect()
}

#[test]
fn a_whole_block_is_one_setup_with_every_field_in_its_own_type() {
    let mut bench = connected();
    at_once(&mut bench, &BLOCK.join("\n"));
    let setups = setups(&mut bench);
    let expected = json!({
        "gamma_high_cps": 450, "gamma_low_cps": 68, "gamma_intervals": 5, "occupancy_hold_in_intervals": 10,
        "n_sigma": 7.0, "sg1_placeholder": "P",
        "detectors_on_line": "1111", "master_lower_discriminator": 0.069, "master_upper_discriminator": 0.455,
        "relay_output_mode": 1, "algorithm_flags": "1010", "software_letter": "A",
        "slave_lower_discriminator": 0.069, "slave_upper_discriminator": 0.455, "gamma_background_s": 20,
        "background_sigma": 0, "firmware": "1.10.1",
        "neutron_high": 50, "neutron_maximum_intervals": 5, "alpha": 47, "zmax": 1200,
        "sequential_intervals": 2, "neutron_background_s": 120,
        "neutron_master_lower_discriminator": 0.504, "neutron_master_upper_discriminator": 5.04,
        "neutron_slave_lower_discriminator": 0.504, "neutron_slave_upper_discriminator": 5.04,
        "sn2_placeholder": "PP",
    });
    assert_eq!(setups.len(), 1);
    assert_eq!(json!(setups[0].values), expected);
    assert_eq!(setups[0].missing, [""; 0]);
    bench.advance(Duration::from_secs(14));
    assert_eq!(bench.observations, [], "and nothing is left over");
}

#[test]
fn order_does_not_matter() {
    let whole = |lines: Vec<&str>| {
        let mut bench = connected();
        at_once(&mut bench, &lines.join("\n"));
        setups(&mut bench)
    };
    assert_eq!(whole(BLOCK.iter().rev().copied().collect()), whole(BLOCK.to_vec()));
}

#[test]
fn a_part_alone_is_reported_as_partial_after_the_time_out() {
    let mut bench = connected_with(json!({ "setup_timeout_s": 3 }));
    at_once(&mut bench, BLOCK[2]);
    bench.advance(Duration::from_millis(2999));
    assert_eq!(setups(&mut bench), []);
    bench.advance(Duration::from_millis(1));
    let setups = setups(&mut bench);
    assert_eq!(setups.len(), 1);
    assert_eq!(setups[0].missing, ["SG1", "SG2", "SN1", "SN2"]);
    assert_eq!(setups[0].values["firmware"], "1.10.1");
}

#[test]
fn a_late_timer_changes_nothing_because_the_next_line_reports_too() {
    let mut bench = connected();
    at_once(&mut bench, BLOCK[0]);
    bench.now = bench.now.shifted(5_000_000_000);
    at_once(&mut bench, BLOCK[1]);
    let first = setups(&mut bench);
    assert_eq!(first[0].missing, ["SG2", "SG3", "SN1", "SN2"]);
}

#[test]
fn the_same_part_again_begins_a_new_set() {
    let mut bench = connected();
    at_once(&mut bench, &[BLOCK[0], BLOCK[1], "SG1,000660,000090,06,08,14.0,P"].join("\n"));
    at_once(&mut bench, &BLOCK[1..].join("\n"));
    let setups = setups(&mut bench);
    assert_eq!(setups.len(), 2);
    assert_eq!((setups[0].missing.len(), &setups[0].values["n_sigma"]), (3, &json!(7.0)));
    assert_eq!((setups[1].missing.len(), &setups[1].values["n_sigma"]), (0, &json!(14.0)));
}

#[test]
fn a_lost_link_reports_what_had_come() {
    let mut bench = connected();
    at_once(&mut bench, &BLOCK[..3].join("\n"));
    bench.lose("reset");
    assert_eq!(setups(&mut bench)[0].missing, ["SN1", "SN2"]);
    bench.connect();
    at_once(&mut bench, &BLOCK[3..].join("\n"));
    bench.advance(Duration::from_secs(5));
    assert_eq!(setups(&mut bench)[0].missing, ["SG1", "SG2", "SG3"], "no set mixes both sides of the gap");
}

#[test]
fn a_number_with_a_point_is_never_cut_to_a_whole_one() {
    let mut bench = connected();
    at_once(&mut bench, "SG3,0.069,0.455,020,1.5,1.10.1");
    bench.advance(Duration::from_secs(5));
    assert_eq!(setups(&mut bench)[0].values["background_sigma"], json!(1.5));
}

#[test]
fn settings_not_of_the_form_are_kept_raw_and_leave_the_part_missing() {
    let bad = [
        "SG1",
        "SG1,000450,000068,05,10,07.0",
        "SG1,000450,000068,05,10,07.0,",
        "SG1,000450,000068,05,10,07.0,P,P",
        "SG1,00045x,000068,05,10,07.0,P",
        "SG1,000450,000068,05,10,nan,P",
        "SG2,111,0.069,0.455,01,1010,A",
        "SG3,0.069,0.455,020,000,",
        "SN1,000050,05,0047,1200,02,12",
        "SN2,0.504,5.040,0.504,5.040,P",
        "SG4,000450",
    ];
    let mut bench = connected();
    at_once(&mut bench, &bad.join("\n"));
    bench.advance(Duration::from_secs(10));
    assert_eq!(raws(&bench.observations), bad);
    assert_eq!(setups(&mut bench), []);
}
