//! `greenlane standard` says what a standard asks for, and which clauses nobody has read.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;

fn standard(arguments: &[&str]) -> Output {
    let configs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../configs");
    let mut command = Command::new(env!("CARGO_BIN_EXE_greenlane"));
    command.arg("standard").args(arguments).env("GREENLANE_CONFIGS", configs).output().unwrap()
}

fn json(arguments: &[&str]) -> Value {
    let output = standard(arguments);
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).expect("JSON and nothing else")
}

#[test]
fn a_check_names_every_clause_that_somebody_should_read() {
    let result = json(&["check", "--json"]);
    assert_eq!(result["id"], "greenlane-2026");
    assert!(result["requirements"].as_u64().unwrap() >= 100, "{result}");
    let to_read = |result: &Value| result["to_read"].as_array().unwrap().clone();
    let unread = to_read(&result);
    assert!(unread.iter().all(|line| line["status"] == "unverified"), "{unread:?}");
    assert!(unread.iter().any(|line| line["id"] == "false/gamma"), "{unread:?}");
    assert!(to_read(&json(&["check", "--json", "--secondary"])).len() > unread.len());

    let words = String::from_utf8(standard(&["check"]).stdout).unwrap();
    assert!(words.contains("rests on it: false/gamma, false/neutron, site/false"), "{words}");
}

#[test]
fn a_requirement_is_shown_with_its_reasons() {
    let words = String::from_utf8(standard(&["show", "rpm/alarm"]).stdout).unwrap();
    for part in ["why ", "plan ", "latency_ms = 2000", "nobody may waive it", "SECONDARY"] {
        assert!(words.contains(part), "{part}: {words}");
    }
    assert_eq!(json(&["show", "iec-62523/warning_s", "--json"])["value"]["integer"], 5);
    let output = standard(&["show", "rpm/alarms"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("no `rpm/alarms`"));
}

#[test]
fn a_list_is_of_one_area_or_of_all() {
    let count = |arguments: &[&str]| json(arguments).as_array().unwrap().len();
    assert_eq!(count(&["list", "scan/", "--json"]), 9);
    assert!(count(&["list", "--json"]) > 100);
    assert_eq!(standard(&["list", "nothing/"]).status.code(), Some(2));
}

#[test]
fn a_standard_that_is_wrong_is_refused_with_its_place() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("site.toml");
    std::fs::write(&file, "[standard]\nid = \"site\"\ntitle = \"T\"\nversion = \"1.0.0\"\nextend = []\n")
        .unwrap();
    let output = standard(&["check", file.to_str().unwrap()]);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(said.contains(":5:1:") && said.contains("extend"), "{said}");
}
