//! The verbs as a program sees them: exit codes, and standard output that carries the result alone.

use std::path::{Path, PathBuf};

use greenlane_system::{
    Ended, Portal, Running, entries, export, greenlane, offline, portal_lane, run, until, workspace,
};
use rusqlite::Connection;
use serde_json::Value;

const KINDS: &[&str] =
    &["passage", "occupancy", "fault", "tamper", "presence", "pulses", "command", "decision", "observation"];

#[test]
fn every_lane_file_in_the_repository_passes_check() {
    let folder = workspace().join("configs/lanes");
    let mut count = 0;
    for entry in folder.read_dir().expect("the folder of lanes").flatten() {
        let file = entry.path();
        let said = run(["check".as_ref(), file.as_os_str()]).with(0);
        assert!(said.stdout.contains("is right"), "{}", said.stdout);
        let json = run(["check".as_ref(), file.as_os_str(), "--json".as_ref()]).with(0).json();
        assert!(json["lanes"].as_array().is_some_and(|lanes| !lanes.is_empty()), "{json}");
        count += 1;
    }
    assert!(count > 0, "no lane file in {}", folder.display());
}

#[test]
fn wrong_usage_ends_with_2_and_says_so_on_standard_error() {
    let portal_only = workspace().join("configs/lanes/portal-only.toml");
    let portal_only = portal_only.to_str().expect("a path in UTF-8");
    let wrong: &[&[&str]] = &[
        &[],
        &["dance"],
        &["run"],
        &["run", portal_only, "--for", "soon"],
        &["check", "there-is-no-such-file.toml"],
        &["capture", portal_only, "nobody", "--out", "never.wire"],
        &["driver", "show", "acme.x100"],
        &["journal", "verify", "there-is-no-such.journal"],
        &["journal", "verify", portal_only],
        &["journal", "replay", "there-is-no-such.journal", "--verify"],
        &["journal", "export", "there-is-no-such.journal", "--kind", "passage"],
        &["journal", "export", "there-is-no-such.journal", "--kind", "gossip"],
        &["demo", "--speed-kmh", "0"],
        &["simulate", "no-such-scenario"],
        &["campaign", "no-such-scenario", "--passages", "1"],
    ];
    for arguments in wrong {
        let ended = run(*arguments).with(2);
        assert_eq!(ended.stdout, "", "greenlane {arguments:?}");
        assert!(!ended.stderr.is_empty(), "greenlane {arguments:?} says nothing");
    }
    assert!(!Path::new("never.wire").exists(), "nothing may be started");
}

#[test]
fn help_ends_with_0() {
    for verb in ["--help", "--version"] {
        assert!(run([verb]).with(0).stdout.contains("greenlane"));
    }
}

#[test]
fn every_driver_is_listed_shown_and_in_the_schema() {
    let drivers = run(["driver", "list", "--json"]).with(0).json_lines();
    let words = run(["driver", "list"]).with(0);
    let schema = run(["schema"]).with(0).json();
    for table in ["lane", "station", "link", "device", "bind", "policy", "tracker", "include", "site"] {
        assert!(schema.to_string().contains(&format!("\"{table}\"")), "{table} is not in the schema");
    }
    let models: Vec<&str> = drivers.iter().filter_map(|driver| driver["model"].as_str()).collect();
    for wanted in ["http.ocr", "image.folder", "mock.any", "modbus.io", "tsa.vm250"] {
        assert!(models.contains(&wanted), "{wanted} is not among {models:?}");
    }
    for model in models {
        assert!(words.stdout.contains(model));
        assert!(schema.to_string().contains(&format!("\"{model}\"")), "{model} is not in the schema");
        let shown = run(["driver", "show", model]).with(0).stdout;
        let settings = shown.split_once("settings ").expect("the settings").1;
        let settings: Value = serde_json::from_str(settings).expect("a JSON Schema");
        assert_eq!(settings["type"], "object", "{model}: {settings}");
    }
}

#[test]
fn a_lane_with_a_lost_link_runs_to_its_end_and_records_the_loss() {
    let (_folder, config, journal) = lane(&offline("tcp"));
    let mut command = greenlane();
    command.arg("run").arg(&config).args(["--for", "2s", "--journal"]).arg(&journal);
    let ended = Running::start(command).wait().with(0);
    assert_eq!(ended.stdout, "");
    let told = entries(&journal, "device");
    let down = told.iter().find(|(_, told)| told["device"] == "portal" && told["condition"] == "down");
    let (_, down) = down.unwrap_or_else(|| panic!("the portal is not down in {told:?}"));
    assert!(down["reason"].as_str().is_some_and(|reason| !reason.is_empty()), "{down}");
}

#[test]
fn what_a_journal_holds_is_one_json_value_or_json_lines() {
    let (_folder, journal) = recorded();
    let verdict = journal_verb(&["verify", "--json"], &journal).with(0).json();
    assert_eq!(verdict["findings"], Value::Array(Vec::new()), "{verdict}");
    let replay = journal_verb(&["replay", "--verify", "--json"], &journal).with(0).json();
    assert!(replay["inputs"].as_u64() > Some(10) && replay["difference"].is_null(), "{replay}");
    for kind in KINDS {
        for line in export(&journal, kind) {
            assert!(line.is_object(), "{kind}: {line}");
        }
    }
    assert_eq!(export(&journal, "passage").len(), 1);
    assert_eq!(export(&journal, "decision").len(), 1);
    assert!(export(&journal, "observation").len() > 10);
    let other = journal_verb(&["export", "--kind", "passage", "--lane", "elsewhere"], &journal).with(0);
    assert_eq!(other.stdout, "");
}

#[test]
fn a_changed_entry_is_found_and_named() {
    let (_folder, journal) = recorded();
    let (entry, _) = entries(&journal, "passage")[0];
    tamper(
        &journal,
        &format!("UPDATE entries SET body = replace(body, 'in-01', 'in-02') WHERE seq = {entry}"),
    );
    let ended = journal_verb(&["verify"], &journal).with(1);
    assert!(ended.stdout.contains(&format!("entry {entry}")), "entry {entry} in {}", ended.stdout);
    let verdict = journal_verb(&["verify", "--json"], &journal).with(1).json();
    assert!(!verdict["findings"].as_array().expect("a list").is_empty(), "{verdict}");
    let ended = journal_verb(&["replay", "--verify"], &journal).with(1);
    assert!(ended.stdout.contains(&format!("entry {entry} of lane in-01")), "{}", ended.stdout);
}

#[test]
fn entries_taken_out_are_found_and_those_cut_off_by_the_noted_head() {
    let (_folder, journal) = recorded();
    let head = journal_verb(&["verify", "--json"], &journal).with(0).json()["head"].clone();
    let last = entries(&journal, "passage").last().expect("a passage").0;
    tamper(&journal, &format!("DELETE FROM entries WHERE seq >= {last}"));
    journal_verb(&["verify"], &journal).with(0);
    let head = head.as_str().expect("NUMBER:CHAIN");
    journal_verb(&["verify", "--head", head], &journal).with(1);

    tamper(&journal, &format!("DELETE FROM entries WHERE seq = {}", last / 2));
    let ended = journal_verb(&["verify"], &journal).with(1);
    assert!(ended.stdout.contains(&(last / 2).to_string()), "entry {} in {}", last / 2, ended.stdout);
}

/// A lane file with a portal at `link`, and where its journal will be.
fn lane(link: &str) -> (tempfile::TempDir, PathBuf, PathBuf) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let (config, journal) = (folder.path().join("lane.toml"), folder.path().join("lane.journal"));
    std::fs::write(&config, portal_lane(link, "none")).expect("a lane file");
    (folder, config, journal)
}

/// The journal of one vehicle.
fn recorded() -> (tempfile::TempDir, PathBuf) {
    let portal = Portal::open();
    let (folder, config, journal) = lane(&portal.link());
    let mut command = greenlane();
    command.arg("run").arg(&config).arg("--journal").arg(&journal);
    let running = Running::start(command);
    portal.wait_for_client();
    portal.background();
    portal.vehicle(1, 10);
    until("the vehicle is decided", || greenlane_system::peek(&journal, "decision")?.pop());
    running.stop().with(0);
    (folder, journal)
}

fn journal_verb(arguments: &[&str], journal: &Path) -> Ended {
    let file = journal.to_str().expect("a path in UTF-8");
    run(["journal"].iter().chain(arguments).chain(&[file]))
}

/// Somebody with the file and SQLite.
fn tamper(journal: &Path, statement: &str) {
    let connection = Connection::open(journal).expect("a database");
    let triggers = "SELECT name FROM sqlite_schema WHERE type = 'trigger'";
    let mut names = connection.prepare(triggers).expect("a statement");
    let names = names.query_map([], |row| row.get::<_, String>(0)).expect("names");
    for name in names.map(|name| name.expect("a name")).collect::<Vec<_>>() {
        connection.execute_batch(&format!("DROP TRIGGER {name}")).expect("a trigger");
    }
    assert!(connection.execute(statement, []).expect("a statement") > 0, "{statement} changed nothing");
}
