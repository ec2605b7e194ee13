//! A device's traffic written down by `capture`, played again by a `replay` link.

use std::path::Path;
use std::time::Duration;

use greenlane_system::{Portal, Running, export, greenlane, is_sound, peek, portal_lane, until};
use serde_json::Value;

const SAMPLE: Duration = Duration::from_millis(20);

#[test]
fn a_capture_played_again_gives_the_same_occupancies() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let (config, wire) = (folder.path().join("lane.toml"), folder.path().join("portal.wire"));
    let (live, again) = (folder.path().join("live.journal"), folder.path().join("again.journal"));
    let portal = Portal::open();
    std::fs::write(&config, portal_lane(&portal.link(), "process")).expect("a lane file");
    let mut capture = greenlane();
    capture.arg("capture").arg(&config).args(["portal", "--out"]).arg(&wire);
    let capture = Running::start(capture);
    portal.wait_for_client();
    let lane = run(&config, &live);
    until("both listen", || (portal.clients() == 2).then_some(()));
    drive(&portal);
    let first = wait_for_occupancies(&live);
    lane.stop().with(0);
    until("the capture is complete", || {
        std::fs::read_to_string(&wire).ok()?.contains("GX,000002").then_some(())
    });
    let printed = capture.stop().with(0).json_lines();
    assert!(printed.iter().any(|line| line["kind"] == "occupancy"), "{printed:?}");

    std::fs::write(&config, portal_lane("replay://portal.wire?speed=10", "process")).expect("a lane file");
    let lane = run(&config, &again);
    let second = wait_for_occupancies(&again);
    lane.stop().with(0);
    assert_eq!(second, first);
    is_sound(&again);
}

/// Two vehicles, one with an alarm.
fn drive(portal: &Portal) {
    portal.background();
    portal.vehicle_at(1, 10, SAMPLE);
    portal.background();
    portal.say(&["GS,000050,000050,000050,000050", "GA,000150,000150,000150,000150"]);
    portal.vehicle_at(2, 10, SAMPLE);
}

fn run(config: &Path, journal: &Path) -> Running {
    let mut command = greenlane();
    command.arg("run").arg(config).arg("--journal").arg(journal);
    Running::start(command)
}

/// Both, without their times.
fn wait_for_occupancies(journal: &Path) -> Vec<Value> {
    until(&format!("two occupancies are in {}", journal.display()), || {
        let seen = peek(journal, "occupancy")?;
        (seen.len() == 2).then_some(())
    });
    let mut occupancies = export(journal, "occupancy");
    for occupancy in &mut occupancies {
        assert!(occupancy["started"].as_str() < occupancy["ended"].as_str(), "{occupancy}");
        occupancy["started"] = Value::Null;
        occupancy["ended"] = Value::Null;
    }
    occupancies
}
