//! Scenario and lane files.

#![allow(clippy::unwrap_used, reason = "helpers of tests may panic too")]

mod common;

use common::{NAMES, scenario};
use greenlane_simulator::{Endpoints, LaneLayout, Scenario, lane_toml};
use proptest::prelude::*;

fn text(name: &str) -> String {
    std::fs::read_to_string(format!("{}/../../configs/scenarios/{name}.toml", env!("CARGO_MANIFEST_DIR")))
        .unwrap()
}

#[test]
fn unknown_keys_and_values_without_sense_are_refused_by_name() {
    let good = text("hard");
    for (from, to, word) in [
        ("[traffic]", "[traffic]\nspede = 1", "spede"),
        ("stop_and_go = 0.05", "stop_and_go = 1.5", "StopAndGo"),
        ("stop_and_go = 0.05", "stop_n_go = 0.05", "stop_n_go"),
        ("bobtail = 0.05", "bobtale = 0.05", "bobtale"),
        ("misread = 0.02", "misread = -0.1", "ocr.misread"),
        ("gap_m = { min = 8.0, max = 30.0 }", "gap_m = { min = 8.0, max = 3.0 }", "traffic.gap_m"),
        ("intervals = 5", "intervals = 0", "intervals"),
        ("rows = 160", "rows = 9", "rows"),
    ] {
        let bad = good.replacen(from, to, 1);
        assert_ne!(bad, good, "{from} is not in the file");
        let error = Scenario::parse(&bad).expect_err(to).to_string();
        assert!(error.contains(word), "{to}: {error}");
    }
}

#[test]
fn the_speed_of_a_scenario_can_be_set() {
    let slow = scenario("dense").at_speed_kmh(8.0);
    assert_eq!((slow.traffic.speed_kmh.min, slow.traffic.speed_kmh.max), (8.0, 8.0));
}

#[test]
fn the_lane_file_is_toml_with_every_point_that_is_wired() {
    for name in NAMES {
        let file = lane_toml(&LaneLayout::default(), &Endpoints::simulated(), &scenario(name));
        let table: toml::Table = file.parse().unwrap_or_else(|error| panic!("{error}\n{file}"));
        let names = |key: &str, field: &str| -> Vec<String> {
            let rows = table[key].as_array().unwrap();
            rows.iter().filter_map(|row| row.get(field)?.as_str().map(str::to_owned)).collect()
        };
        assert_eq!(names("device", "name"), ["portal", "ocr", "xray", "io", "scan-io"]);
        let mut points = Vec::new();
        for device in table["device"].as_array().unwrap() {
            let Some(settings) = device.get("settings").and_then(toml::Value::as_table) else { continue };
            for kind in ["inputs", "outputs"] {
                let rows = settings.get(kind).and_then(toml::Value::as_array).into_iter().flatten();
                points.extend(rows.map(|row| row["name"].as_str().unwrap().to_owned()));
            }
        }
        for point in names("bind", "point") {
            assert!(points.contains(&point), "{point} is bound but no device has it");
        }
        // The scanner keeps its beam off the cab by itself: a binding would make the lane wait with asking.
        for point in points.iter().filter(|point| *point != "cab_clear") {
            assert!(names("bind", "point").contains(point), "{point} is wired but not bound");
        }
    }
}

proptest! {
    #[test]
    fn hostile_text_never_panics(hostile in ".{0,200}", cut in 0usize..2500, junk in "[ -~]{0,8}") {
        let _ = Scenario::parse(&hostile);
        let mut file = text("hard");
        file.insert_str(cut.min(file.len()), &junk);
        if let Ok(scenario) = Scenario::parse(&file) {
            let mut vehicles = greenlane_simulator::TrafficPlan::new(&scenario, 1).take(3);
            prop_assert!(vehicles.all(|vehicle| vehicle.length_m > 0.0), "{}", file);
        }
    }
}
