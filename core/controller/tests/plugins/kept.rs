//! Plugins of earlier releases, kept as files, still open and decode. See `tests/fixtures/plugins/README.md`.

use std::path::{Path, PathBuf};

use greenlane_controller::host::{Instance, Out};
use greenlane_driver::Input;
use greenlane_model::Stamp;
use serde_json::Value;

use crate::common::load;

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/fixtures/plugins")
}

/// The kept plugins that were built for this machine.
fn kept() -> Vec<PathBuf> {
    let end = format!(".{}-{}.so", std::env::consts::ARCH, std::env::consts::OS);
    let entries = std::fs::read_dir(fixtures()).unwrap().map(|entry| entry.unwrap().path());
    let mut kept: Vec<PathBuf> = entries.filter(|path| path.to_string_lossy().ends_with(&end)).collect();
    kept.sort();
    kept
}

/// Plays a `.said` file: `model M`, `settings JSON`, then `< frame` and what must follow, `> kind JSON`.
fn play(library: &Path) {
    let name = library.file_name().unwrap().to_string_lossy();
    let name =
        name.strip_suffix(&format!(".{}-{}.so", std::env::consts::ARCH, std::env::consts::OS)).unwrap();
    let script = std::fs::read_to_string(fixtures().join(format!("{name}.said")))
        .unwrap_or_else(|e| panic!("{name}: {e}"));
    let plugin = load(library);
    let word = |key: &str| script.lines().find_map(|line| line.strip_prefix(key)).expect(key);
    let settings: Value = serde_json::from_str(word("settings ")).unwrap();
    let (mut driver, _) = Instance::open(plugin, word("model "), &settings).unwrap();
    let mut out = Vec::new();
    for line in script.lines() {
        if let Some(frame) = line.strip_prefix("< ") {
            assert_eq!(out, [], "{name} said more than was expected before {line}");
            driver.handle(Stamp::new(1, 2), Input::Frame(frame.as_bytes()), &mut out).unwrap();
            out.retain(|said| !matches!(said, Out::Log { .. }));
        } else if let Some((kind, json)) = line.strip_prefix("> ").and_then(|said| said.split_once(' ')) {
            assert!(!out.is_empty(), "{name} did not say {line}");
            let Out::Observe { kind: said, json: body, .. } = out.remove(0) else { panic!("{name}: {line}") };
            let value = |json: &str| serde_json::from_str::<Value>(json).unwrap();
            assert_eq!((said.as_str(), value(&body)), (kind, value(json)), "{name}");
        }
    }
    assert_eq!(out, [], "{name} said more than was expected");
}

#[test]
fn every_kept_plugin_still_opens_and_decodes() {
    kept().iter().for_each(|library| play(library));
}

#[test]
fn there_are_kept_plugins_for_the_machines_that_run_these_tests() {
    let known = std::env::consts::OS == "linux" && std::env::consts::ARCH == "x86_64";
    assert!(!known || kept().len() >= 2, "{:?}", kept());
}
