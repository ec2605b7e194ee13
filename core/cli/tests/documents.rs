//! docs/lane-file.md and docs/drivers say what the schema says, and their examples are right.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod blocks;

use std::io::Write;
use std::path::Path;
use std::process::{Command, Output};

use blocks::{blocks, document, table};
use greenlane_model::Body;
use serde_json::Value;
use tempfile::TempDir;

/// Each document, and the tables of the schema that it prints whole.
const TABLES: &[(&str, &[&str])] = &[
    (
        "lane-file.md",
        &[
            "LaneTable",
            "Station",
            "LinkTable",
            "DeviceTable",
            "Bind",
            "Policy",
            "TrackerTable",
            "RadiationTable",
            "Panel",
            "Profile",
            "ShapeRule",
            "ManifestTable",
            "StandardTable",
            "TrustedKey",
            "SiteTable",
        ],
    ),
    ("drivers/tsa-vm250.md", &["tsa.vm250"]),
    ("drivers/aspect-yantar.md", &["aspect.yantar"]),
    ("drivers/rsi-rs350.md", &["rsi.rs350"]),
    (
        "drivers/modbus-io.md",
        &[
            "modbus.io",
            "modbus.io.InputSettings",
            "modbus.io.CounterSettings",
            "modbus.io.OutputSettings",
            "modbus.io.WatchdogSettings",
        ],
    ),
    ("drivers/http-ocr.md", &["http.ocr", "http.ocr.ClockSettings"]),
    ("drivers/image-folder.md", &["image.folder", "image.folder.ClockSettings"]),
];

/// The words of the schema that docs/lane-file.md explains one by one.
const WORDS: &[&str] = &["Role", "Evidence", "Isolation"];

#[test]
fn every_key_stands_in_its_document_as_the_schema_has_it() {
    let Some(schema) = schema() else { return };
    let mut missing = Vec::new();
    for (name, definitions) in TABLES {
        let text = document(name);
        let tables = definitions.iter().map(|definition| table::table(&schema, definition));
        missing.extend(tables.filter(|table| !text.contains(table)).map(|table| format!("{name}:\n{table}")));
    }
    assert!(missing.is_empty(), "put these in, instead of what is there:\n\n{}", missing.join("\n"));
}

#[test]
fn every_role_evidence_and_isolation_is_explained() {
    let Some(schema) = schema() else { return };
    let text = document("lane-file.md");
    let words: Vec<_> = WORDS.iter().flat_map(|name| table::words(&schema, name)).collect();
    let lost: Vec<_> = words.iter().filter(|word| !text.contains(&format!("\n| `{word}` | "))).collect();
    assert!(lost.is_empty() && words.len() >= 20, "no row for {lost:?} of {words:?}");
}

#[test]
fn every_table_of_the_schema_is_in_a_document() {
    let Some(schema) = schema() else { return };
    let known: Vec<_> = TABLES.iter().flat_map(|(_, definitions)| *definitions).collect();
    let tables = schema["$defs"].as_object().unwrap().iter();
    let tables = tables.filter(|(_, definition)| definition.get("properties").is_some());
    // A driver that this checkout alone has, fresh from `driver new`, has no document yet.
    let ours = |name: &str| !name.contains('.') || known.iter().any(|known| name.starts_with(**known));
    let names = tables.map(|(name, _)| name.as_str()).filter(|name| ours(name));
    let lost: Vec<_> = names.filter(|name| !known.contains(&name)).collect();
    assert!(lost.is_empty(), "no document has a table of these: {lost:?}");
}

#[test]
fn every_example_is_taken() {
    if schema().is_none() {
        return;
    }
    let mut count = 0;
    for (name, _) in TABLES.iter().chain(&[("drivers/mock-any.md", &[][..])]) {
        for block in blocks(&document(name), "toml") {
            let folder = TempDir::new().unwrap();
            let (file, lane) = (folder.path().join("example.toml"), folder.path().join("in-1.toml"));
            std::fs::write(lane, "[lane]\nname = \"in-1\"\nmax_speed_kmh = 17\n").unwrap();
            let head = match block.contains("[lane]") || block.contains("[site]") {
                true => "",
                false => "[lane]\nname = \"example\"\nmax_speed_kmh = 17\n\n",
            };
            std::fs::write(&file, format!("{head}{block}")).unwrap();
            let checked = greenlane(&["check", file.to_str().unwrap()]);
            let said = String::from_utf8_lossy(&checked.stderr);
            assert!(checked.status.success(), "{name}:\n{block}\n{said}");
            count += 1;
        }
    }
    assert!(count >= 9, "{count} examples");
}

#[test]
fn the_lines_for_the_mock_are_observations() {
    let lines = blocks(&document("drivers/mock-any.md"), "json").concat();
    for line in lines.lines() {
        let line: Value = serde_json::from_str(line).unwrap();
        let kind = line["kind"].as_str().unwrap();
        let body = Body::decode(kind, &line["body"].to_string()).unwrap_or_else(|e| panic!("{line}: {e}"));
        assert!(!matches!(body, Body::Unknown { .. }), "{line}");
    }
    assert!(lines.lines().count() >= 3);
}

/// The schema with the settings of the plugins beside the program; `None` when they are not built.
fn schema() -> Option<Value> {
    let beside = Path::new(env!("CARGO_BIN_EXE_greenlane")).parent().unwrap();
    let plugins = ["aspect", "http", "image", "mock", "modbus", "rsi", "tsa"];
    if !plugins.iter().all(|name| beside.join(format!("libgreenlane_{name}.so")).is_file()) {
        let _ = writeln!(std::io::stderr(), "SKIPPED: the plugins are not built; `cargo build` first");
        return None;
    }
    let mut schema: Value = serde_json::from_slice(&greenlane(&["schema"]).stdout).unwrap();
    // Which drivers are installed is no part of a document.
    schema["$defs"]["DeviceTable"]["properties"]["model"].as_object_mut().unwrap().remove("enum");
    Some(schema)
}

fn greenlane(arguments: &[&str]) -> Output {
    let configs = concat!(env!("CARGO_MANIFEST_DIR"), "/../../configs");
    let mut command = Command::new(env!("CARGO_BIN_EXE_greenlane"));
    command.args(arguments).env("GREENLANE_CONFIGS", configs).output().unwrap()
}
