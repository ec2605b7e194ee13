//! What a file that is right becomes.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod fake;

use std::path::{Path, PathBuf};

use fake::{here, load, load_text};
use greenlane_config::Isolation;
use greenlane_lane::Evidence;
use greenlane_model::Capability;
use serde_json::json;

fn example(name: &str) -> PathBuf {
    here().join("../../configs/lanes").join(name)
}

/// The problems as text, for a failing test.
fn told(path: &Path) -> String {
    let problems = load(path).err().unwrap_or_default();
    problems.iter().map(|p| format!("{}:{} {p}; {}\n", p.line(), p.column(), p.help)).collect()
}

#[test]
fn every_example_loads() {
    for file in std::fs::read_dir(example("")).unwrap() {
        let path = file.unwrap().path();
        assert_eq!(told(&path), "", "{}", path.display());
    }
}

#[test]
fn a_lane_has_what_its_file_says() {
    let site = load(&example("in-04.toml")).unwrap();
    assert_eq!((site.name.as_str(), site.lanes.len()), ("in-04", 1));
    let lane = &site.lanes[0];
    assert_eq!(lane.config.lane.max_speed_kmh, 17.0);
    assert_eq!(lane.config.policy.as_ref().unwrap().require, [Evidence::Radiation]);
    let portal = &lane.devices[0];
    assert_eq!((portal.isolation, portal.at_m.map(f64::from)), (Isolation::None, Some(12.0)));
    assert_eq!(portal.settings, json!({}));
    let io = &lane.devices[1];
    assert_eq!((io.isolation, io.at_m), (Isolation::Process, None));
    assert_eq!(io.settings["map"], json!({ "inputs": 8, "outputs": 8 }), "the map's contents, not its name");
    assert!(lane.config.devices[1].offers.contains(&Capability::Output));
    assert_eq!(lane.config.binds[0].at_m.map(f64::from), Some(0.0));
    assert_eq!(site.files.len(), 2, "the file and the map: {:?}", site.files);
}

#[test]
fn a_lane_without_policy_is_allowed() {
    let site = load(&example("portal-only.toml")).unwrap();
    assert_eq!(site.lanes[0].config.policy, None);
}

#[test]
fn a_station_gives_its_place_and_a_link_its_url() {
    let site = load(&example("full.toml")).unwrap();
    let lane = &site.lanes[0];
    let device = |name: &str| lane.devices.iter().find(|device| device.name == name).unwrap();
    assert_eq!(device("full-portal").at_m.map(f64::from), Some(12.0));
    assert_eq!(f64::from(device("full-portal").length_m), 1.0);
    assert_eq!(device("full-io-entry").link, "modbus://192.168.1.30:502");
    assert_eq!(device("full-io-exit").link, device("full-io-entry").link);
}

#[test]
fn a_site_has_the_lanes_its_patterns_match() {
    let site = load(&example("site.toml")).unwrap();
    let names: Vec<&str> = site.lanes.iter().map(|lane| lane.config.lane.name.as_str()).collect();
    assert_eq!((site.name.as_str(), names), ("terminal-west", vec!["in-04", "full"]));
}

#[test]
fn includes_are_added_and_a_change_of_one_changes_the_hash() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    write(
        "lane.toml",
        "include = ['a.toml', 'b.toml']\n[lane]\nname = 'x'\n[[station]]\nname = 'c'\nat_m = 3\n",
    );
    write("a.toml", "include = ['b.toml']\n[lane]\nmax_speed_kmh = 17\n[[station]]\nname = 'a'\nat_m = 1\n");
    write("b.toml", "[[station]]\nname = 'b'\nat_m = 2\n");
    let path = folder.path().join("lane.toml");
    assert_eq!(told(&path), "");
    let first = load(&path).unwrap();
    let stations: Vec<&str> = first.lanes[0].config.stations.iter().map(|s| s.name.as_str()).collect();
    assert_eq!(stations, ["b", "a", "c"], "in the order of the includes, each file once");
    assert_eq!(first, load(&path).unwrap(), "the same files are the same configuration");
    write("b.toml", "[[station]]\nname = 'b'\nat_m = 2 # moved\n");
    assert_ne!(first.hash, load(&path).unwrap().hash);
}

#[test]
fn relative_paths_are_relative_to_their_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("lane.toml");
    let text = "[lane]\nname = 'x'\nmax_speed_kmh = 17\n[[device]]\nname = 'p'\nmodel = 'tsa.vm250'\n\
                link = 'replay://day.wire?speed=10'\ncapture = 'p.wire'\n";
    std::fs::write(&path, text).unwrap();
    let site = load(&path).unwrap();
    let device = &site.lanes[0].devices[0];
    assert_eq!(device.link, format!("replay://{}/day.wire?speed=10", folder.path().display()));
    assert_eq!(device.capture, Some(folder.path().join("p.wire")));
}

#[test]
fn a_presence_without_a_place_has_its_devices() {
    let text = std::fs::read_to_string(example("in-04.toml")).unwrap();
    let text = text.replace("at_m = 0.0\n", "").replace("5020\"\n", "5020\"\nat_m = 4.5\n");
    let site = load_text(text.as_bytes()).unwrap_or_else(|problems| panic!("{problems:?}"));
    assert_eq!(site.lanes[0].config.binds[0].at_m.map(f64::from), Some(4.5));
}
