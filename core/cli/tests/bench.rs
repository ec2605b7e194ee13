//! `greenlane bench` says what it measured, against what, and whether it is over.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::io::Write;
use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;

fn bench(arguments: &[&str]) -> Option<Output> {
    let program = Path::new(env!("CARGO_BIN_EXE_greenlane"));
    let plugins = ["http", "image", "mock", "modbus", "tsa"];
    let beside = |name: &str| program.with_file_name(format!("libgreenlane_{name}.so")).is_file();
    if !plugins.into_iter().all(beside) {
        let _ = writeln!(std::io::stderr(), "SKIPPED: the plugins are not built; `cargo build` first");
        return None;
    }
    let configs = concat!(env!("CARGO_MANIFEST_DIR"), "/../../configs");
    Some(
        Command::new(program)
            .arg("bench")
            .args(arguments)
            .env("GREENLANE_CONFIGS", configs)
            .output()
            .unwrap(),
    )
}

#[test]
fn each_row_stands_beside_what_it_is_measured_against() {
    let Some(output) = bench(&["--quick", "--json", "--only", "boundary"]) else { return };
    let code = output.status.code();
    assert!(matches!(code, Some(0 | 1)), "{code:?}: {}", String::from_utf8_lossy(&output.stderr));
    let report: Value = serde_json::from_slice(&output.stdout).expect("one JSON object and nothing else");
    assert!(report["machine"]["cores"].as_u64().unwrap() > 0, "{report}");
    let rows = report["rows"].as_array().unwrap();
    assert!(!rows.is_empty());
    for row in rows {
        assert!(!row["beside"].as_array().unwrap().is_empty(), "{row}");
        let at = |key: &str| row["value"][key].as_f64().unwrap();
        assert!(0.0 < at("low") && at("low") <= at("middle") && at("middle") <= at("high"), "{row}");
    }
    let over = rows.iter().any(|row| row["verdict"] == "over");
    assert_eq!(code, Some(i32::from(over)), "{report}");
}

#[test]
fn a_group_that_does_not_exist_is_refused_with_those_that_do() {
    let Some(output) = bench(&["--only", "everything"]) else { return };
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(said.contains("reaction") && said.contains("campaign"), "{said}");
}
