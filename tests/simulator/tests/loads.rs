//! Vehicles that a scenario sets out one by one.

mod common;

use common::scenario;
use greenlane_simulator::vehicle::Source;
use greenlane_simulator::{
    Endpoints, LaneLayout, LaneSeed, TrafficPlan, declarations, device, examined_toml, lane_toml,
    stations_toml,
};

const SEED: LaneSeed = LaneSeed { seed: 4, lane: 0 };

#[test]
fn loads_come_in_their_order_over_and_over() {
    let cargo = scenario("cargo");
    let round = cargo.load.len();
    let vehicles: Vec<_> = TrafficPlan::new(&cargo, SEED.seed).take(2 * round).collect();
    for (index, vehicle) in vehicles.iter().enumerate() {
        let load = vehicle.load.as_ref().expect("a load");
        assert_eq!(*load, cargo.load[index % round]);
        assert_eq!((vehicle.kind, vehicle.sources.len()), (load.kind, load.radiates.len()));
        let inside = |source: &Source| match source {
            Source::Distributed { span, .. } => span.from_m > 2.0 && span.to_m < vehicle.length_m,
            Source::Point { behind_m, .. } | Source::Neutron { behind_m, .. } => {
                *behind_m > 0.0 && *behind_m < vehicle.length_m
            }
        };
        assert!(vehicle.sources.iter().all(inside), "{}: {:?}", load.name, vehicle.sources);
    }
}

#[test]
fn what_is_declared_is_what_the_scenario_says_of_the_container_that_comes() {
    let cargo = scenario("cargo");
    let count = 2 * cargo.load.len();
    let declared = declarations(&cargo, SEED, count, 1_767_225_600_000_000_000);
    let mut expected = Vec::new();
    for vehicle in TrafficPlan::new(&cargo, SEED.seed).take(count) {
        let goods = vehicle.load.and_then(|load| load.declared);
        expected.extend(vehicle.containers.into_iter().filter_map(|c| Some((c.number, goods.clone()?))));
    }
    let declared: Vec<_> =
        declared.into_iter().map(|d| (d.container, d.consignments[0].goods[0].clone())).collect();
    assert_eq!(declared, expected);
    assert!(expected.len() < count, "one load is undeclared");
}

#[test]
fn the_lane_file_has_the_second_portal_and_says_what_is_examined() {
    let cargo = scenario("cargo");
    let layout = LaneLayout::of(&cargo);
    let lane = lane_toml(&layout, &Endpoints::simulated(), &cargo);
    let stations = stations_toml(&layout, |device| format!("virtual:{device}"), "none");
    let file = lane + &stations + &examined_toml(&cargo, std::path::Path::new("/tmp/a.sqlite"));
    let file: toml::Table = file.parse().expect("TOML");
    let devices = file["device"].as_array().expect("devices");
    assert!(devices.iter().any(|row| row["name"].as_str() == Some(device::SPECTROMETER)));
    assert_eq!(file["radiation"]["panels"].as_array().map(Vec::len), Some(4));
    assert_eq!(file["manifest"]["file"].as_str(), Some("/tmp/a.sqlite"));
    assert!(LaneLayout::of(&scenario("nominal")).stations.is_empty());
}
