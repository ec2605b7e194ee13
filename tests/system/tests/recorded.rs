//! The recorded traffic of a third party's lane simulator, over a real socket, against what an independent
//! decoder reads in it.

use std::io::Write;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use greenlane_system::{Portal, Running, export, greenlane, is_sound, peek, portal_lane, until, workspace};
use serde_json::Value;

const SPEED: f64 = 60.0;

#[test]
fn recorded_traffic_gives_its_true_occupancies_in_process() {
    replay_the_capture("none");
}

#[test]
fn recorded_traffic_gives_its_true_occupancies_through_a_child() {
    replay_the_capture("process");
}

fn replay_the_capture(isolation: &str) {
    let Some((lines, truth)) = capture() else { return };
    let folder = tempfile::tempdir().expect("a temporary folder");
    let (config, journal) = (folder.path().join("lane.toml"), folder.path().join("lane.journal"));
    let portal = Portal::open();
    std::fs::write(&config, portal_lane(&portal.link(), isolation)).expect("a lane file");
    let mut command = greenlane();
    command.arg("run").arg(&config).arg("--journal").arg(&journal).args(["--for", "5m"]);
    let running = Running::start(command);
    portal.wait_for_client();
    send(&portal, &lines);
    until("every passage is decided", || {
        let passages = peek(&journal, "passage")?;
        let decided = passages.iter().filter(|passage| !passage["decision"].is_null()).count();
        (decided >= truth.len()).then_some(())
    });
    running.stop().with(0);

    compare(&export(&journal, "occupancy"), &truth);
    let passages = export(&journal, "passage");
    assert_eq!(passages.len(), truth.len(), "one passage an occupancy");
    for (passage, truth) in passages.iter().zip(&truth) {
        assert_eq!(passage["decision"], "refer", "{passage}");
        let reasons = passage["reasons"].as_array().expect("a list of reasons");
        assert!(reasons.contains(&Value::from("no policy")), "{passage}");
        assert!(!passage["left"].is_null(), "{passage}");
        let alarms = passage["radiation"]["device_alarms"].as_array().expect("a list of alarms");
        assert_eq!(!alarms.is_empty(), truth["gamma_alarm"] == true || truth["neutron_alarm"] == true);
    }
    is_sound(&journal);
}

/// Lines with their times in s.
type Lines = Vec<(f64, String)>;

/// The lines, and the truth; `None` where the recordings are not there.
fn capture() -> Option<(Lines, Vec<Value>)> {
    let folder = workspace().join("../shared/captures");
    if !folder.is_dir() {
        let _ = writeln!(std::io::stderr(), "SKIPPED: {} is not on this machine", folder.display());
        return None;
    }
    let read = |name: &str| {
        let file: PathBuf = folder.join(name);
        std::fs::read_to_string(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()))
    };
    let row = |row: &str| {
        let (time, line) = row.split_once('\t').expect("a time, a tab, a line");
        (time.parse().expect("a time in s"), line.to_owned())
    };
    let truth = read("srls-lane-600s.truth.jsonl");
    let truth = truth.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    Some((read("srls-lane-600s.tsv").lines().map(row).collect(), truth))
}

/// Lines of one time leave in one piece: several samples come at once at the start of an occupancy.
fn send(portal: &Portal, lines: &[(f64, String)]) {
    let began = Instant::now();
    for burst in lines.chunk_by(|a, b| a.0 == b.0) {
        let due = Duration::from_secs_f64(burst[0].0 / SPEED);
        std::thread::sleep(due.saturating_sub(began.elapsed()));
        portal.say(&burst.iter().map(|(_, line)| line.as_str()).collect::<Vec<_>>());
    }
}

fn compare(occupancies: &[Value], truth: &[Value]) {
    assert_eq!(occupancies.len(), truth.len(), "occupancies");
    for (number, (seen, truth)) in occupancies.iter().zip(truth).enumerate() {
        for field in ["index", "gamma_alarm", "neutron_alarm", "max_gamma", "max_neutron"] {
            assert_eq!(seen[field], truth[field], "{field} of occupancy {number}:\n{seen}\n{truth}");
        }
        assert_eq!(seen["neutron_background_cps"], truth["neutron_background"], "occupancy {number}");
        let end = if truth["end"] == "gx" { "normal" } else { "no_end_message" };
        assert_eq!(seen["end"], end, "occupancy {number}");
        assert_eq!(seen["device"], "portal");
        assert!(seen["started"].as_str() < seen["ended"].as_str(), "occupancy {number}: {seen}");
    }
}
