//! Who may know whom: the arrows of the tree, which point down.

use std::collections::BTreeMap;

use toml::Table;

use crate::assert_none;
use crate::tree::{File, files};

/// Each folder and the folders that it may depend on. The longest match counts.
const ARROWS: &[(&str, &[&str])] = &[
    ("core/model", &[]),
    ("core/radiation", &["core/model"]),
    ("core/n42", &["core/model"]),
    ("core/manifest", &["core/model"]),
    ("core/standard", &["core/model"]),
    ("core/lane", &["core/model", "core/radiation", "core/standard"]),
    ("core/journal", &["core/model"]),
    ("core/config", &["core/model", "core/lane", "core/radiation", "core/standard", "plugins/driver"]),
    ("core/link", &["core/model", "plugins/driver"]),
    (
        "core/controller",
        &[
            "core/model",
            "core/lane",
            "core/journal",
            "core/config",
            "core/link",
            "core/manifest",
            "core/n42",
            "core/radiation",
            "core/standard",
            "plugins/abi",
            "plugins/driver",
            // Drivers that misbehave, loaded by its tests.
            "tests/rogue",
        ],
    ),
    // Drivers are loaded, never linked.
    ("core/cli", &["core/", "plugins/abi", "plugins/driver", "tests/simulator", "tests/conformance"]),
    ("plugins/abi", &[]),
    ("plugins/driver", &["core/model", "plugins/abi"]),
    ("plugins/", &["plugins/driver"]),
    ("vendors/", &["plugins/driver", "core/n42"]),
    ("tests/rogue", &["plugins/driver"]),
    ("tests/conformance", &["core/", "plugins/", "vendors/", "tests/faulty"]),
    ("tests/faulty", &["plugins/", "vendors/"]),
    ("tests/fuzz", &["core/", "plugins/", "vendors/"]),
    ("tests/simulator", &["core/model", "core/radiation"]),
    ("tests/system", &[""]),
    ("tests/tidy", &[]),
];

/// What brings a clock, a socket, a thread or chance with it.
const IMPURE: &[&str] = &[
    "axum",
    "libloading",
    "notify",
    "rand",
    "rand_chacha",
    "rusqlite",
    "rustix",
    "serialport",
    "tempfile",
    "tokio",
    "tokio-modbus",
    "tokio-serial",
];

#[test]
fn dependencies_follow_the_arrows() {
    let members = members();
    let mut findings = Vec::new();
    for (folder, member) in &members {
        let Some(allowed) = arrow(folder) else {
            findings.push(member.file.at(1, "no arrow says what this crate may know: add one"));
            continue;
        };
        for name in member.named(&["dependencies", "dev-dependencies", "build-dependencies"]) {
            let target = members.iter().find(|(_, other)| other.name == name).map(|(folder, _)| folder);
            if let Some(target) = target.filter(|to| !allowed.iter().any(|start| to.starts_with(start))) {
                findings.push(member.file.at(member.line_of(name), format!("{folder} -> {target}")));
            }
        }
    }
    assert_none(
        "No such arrow in the tree (README.md). Turn it round, or move what is shared down:",
        &findings,
    );
}

#[test]
fn what_is_pure_brings_no_clock_socket_or_chance() {
    let mut findings = Vec::new();
    for member in members().values().filter(|member| is_pure(member.file.crate_folder())) {
        for name in member.named(&["dependencies", "build-dependencies"]) {
            if IMPURE.contains(&name) {
                findings.push(member.file.at(member.line_of(name), name));
            }
        }
    }
    assert_none("Model, lane and drivers are pure. What they need comes as an argument:", &findings);
}

/// Whether a crate may know neither clock, socket, thread, chance nor hash order.
pub fn is_pure(folder: &str) -> bool {
    let plugin = folder.starts_with("plugins/") && folder != "plugins/abi";
    plugin || folder.starts_with("vendors/") || ["core/model", "core/lane"].contains(&folder)
}

/// A crate's manifest.
pub struct Member {
    pub name: String,
    pub table: Table,
    pub file: &'static File,
}

impl Member {
    fn named<'a>(&'a self, tables: &'a [&str]) -> impl Iterator<Item = &'a str> {
        let tables = tables.iter().filter_map(|key| self.table.get(*key)?.as_table());
        tables.flat_map(|table| table.keys().map(String::as_str))
    }

    fn line_of(&self, dependency: &str) -> usize {
        self.file.lines().find(|(_, line)| line.starts_with(dependency)).map_or(1, |(number, _)| number)
    }
}

/// Every crate of the tree by its folder, but for the shell in `fuzz`, which is a workspace of its own.
pub fn members() -> BTreeMap<&'static str, Member> {
    let manifests = files().iter().filter(|file| file.path.ends_with("/Cargo.toml"));
    let manifests = manifests.filter(|file| file.path != "fuzz/Cargo.toml");
    manifests.map(|file| (file.crate_folder(), member(file))).collect()
}

fn member(file: &'static File) -> Member {
    let table: Table = toml::from_str(&file.text).unwrap_or_else(|error| panic!("{}: {error}", file.path));
    let name = table["package"]["name"].as_str().unwrap_or_default().to_owned();
    Member { name, table, file }
}

fn arrow(folder: &str) -> Option<&'static [&'static str]> {
    let matching = ARROWS
        .iter()
        .filter(|(start, _)| folder == *start || start.ends_with('/') && folder.starts_with(start));
    matching.max_by_key(|(start, _)| start.len()).map(|(_, allowed)| *allowed)
}
