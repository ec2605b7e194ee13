//! Plays every file of `tests/scenarios` and compares.

use std::path::{Path, PathBuf};

fn files() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/scenarios");
    let entries = std::fs::read_dir(&folder).expect("the folder of scenarios");
    let mut files: Vec<PathBuf> = entries.map(|e| e.expect("a readable entry").path()).collect();
    files.retain(|f| f.extension().is_some_and(|e| e == "toml"));
    files.sort();
    files
}

#[test]
fn every_scenario_file_ends_as_it_says() {
    let mut wrong = Vec::new();
    for file in files() {
        let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let text = std::fs::read_to_string(&file).expect("a readable file");
        match greenlane_lane::scenario::run(&text) {
            Ok(report) if report.is_right() => {}
            Ok(report) => wrong.push(format!("{name}\n{report}")),
            Err(error) => wrong.push(format!("{name}\n{error}")),
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn every_scenario_file_begins_with_a_drawing_and_expects_something() {
    for file in files() {
        let text = std::fs::read_to_string(&file).expect("a readable file");
        assert!(text.starts_with("# "), "{}: no drawing", file.display());
        assert!(text.contains("[[expect]]") || text.contains("[also]"), "{}", file.display());
    }
}
