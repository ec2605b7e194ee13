//! Words that may not stand where they do not belong.

use std::collections::BTreeSet;

use crate::arrows::is_pure;
use crate::assert_none;
use crate::source::{code, line_of, without_tests, words};
use crate::tree::{File, files, rust};

/// Makers that have no folder or map of their own yet.
const MAKERS: &[&str] = &["advantech", "nuctech", "rapiscan", "smiths"];

/// Makers whose name is also a word of the core (a signal shows an aspect). Their models still count.
const ORDINARY: &[&str] = &["aspect"];

/// What is left undone, and where it goes instead.
const UNDONE: &[&str] =
    &["todo!", "unimplemented!", "dbg!", concat!("TO", "DO"), concat!("FIX", "ME"), concat!("XX", "X")];

/// What brings in a clock, a socket, a thread, chance, the disk or the order of a hash.
const IMPURE: &[&str] = &[
    "Instant",
    "SystemTime",
    "Timestamp::now",
    "Zoned::now",
    "std::thread",
    "std::net",
    "std::fs",
    "std::process",
    "std::env",
    "HashMap",
    "HashSet",
    "RandomState",
    "rand",
];

/// Folders of one machine, and hosts that packages come from.
const PLACES: &[&str] = &[
    concat!("/wo", "rk/"),
    concat!("/ro", "ot/"),
    concat!("/ho", "me/"),
    concat!("index.crates", ".io"),
    concat!("static.crates", ".io"),
    concat!("registry.npmjs", ".org"),
    concat!("pypi", ".org"),
    concat!("deb.debian", ".org"),
];

#[test]
fn the_core_names_no_maker() {
    let makers = makers();
    // Tests show lane files as a site writes them.
    let core = files().iter().filter(|file| file.path.starts_with("core/") && !file.is_test());
    let mut findings = Vec::new();
    for file in core {
        let text = file.text.to_ascii_lowercase();
        let path = file.path.to_ascii_lowercase();
        for maker in &makers {
            findings.extend(words(&path, maker).map(|_| file.at(1, format!("`{maker}` in its path"))));
            findings.extend(words(&text, maker).map(|at| file.at(line_of(&text, at), format!("`{maker}`"))));
        }
    }
    assert_none("The core knows capabilities, no makers or models. Say what the device does:", &findings);
}

#[test]
fn nothing_is_left_undone() {
    let others = ["toml", "md", "h", "c", "sh"];
    let mut findings = Vec::new();
    for file in files().iter().filter(|file| file.is_rust() || others.contains(&extension(file))) {
        for word in UNDONE.iter().filter(|_| !is_own(file)) {
            findings.extend(words_of(&file.text, word).map(|at| file.at(line_of(&file.text, at), word)));
        }
    }
    assert_none("Do it now, or file an issue and leave no mark:", &findings);
}

#[test]
fn what_is_pure_knows_no_clock_socket_thread_chance_or_hash_order() {
    let pure = rust().filter(|file| is_pure(file.crate_folder()) && !file.is_test());
    let mut findings = Vec::new();
    for file in pure {
        let code = without_tests(&code(&file.text));
        for word in IMPURE {
            findings.extend(words(&code, word).map(|at| file.at(line_of(&code, at), word)));
        }
    }
    assert_none("Model, lane and drivers are pure. What they need comes as an argument:", &findings);
}

#[test]
fn no_file_knows_a_folder_of_one_machine_or_a_registry() {
    let mut findings = Vec::new();
    for file in files() {
        for (number, line) in file.lines() {
            findings.extend(
                PLACES.iter().filter(|place| line.contains(**place)).map(|place| file.at(number, place)),
            );
        }
    }
    assert_none("Paths start at the repository, and packages have names, not hosts:", &findings);
}

#[test]
fn no_line_ends_in_blanks_or_holds_a_tab() {
    let mut findings = Vec::new();
    for file in rust() {
        for (number, line) in file.lines() {
            if line.trim_end() != line || line.contains('\t') {
                findings.push(file.at(number, "a tab, or blanks at the end"));
            }
        }
    }
    assert_none("rustfmt does not reach into macros and comments. Remove by hand:", &findings);
}

#[test]
fn a_skipped_test_is_heard() {
    let quiet = ["println!(\"SKIPPED", "eprintln!(\"SKIPPED", "#[ignore", "```ignore"];
    let mut findings = Vec::new();
    for file in rust().filter(|file| !is_own(file)) {
        for (number, line) in file.lines() {
            // A process that a test starts of its own program, to kill it.
            let child = line.contains("#[ignore = \"the child of");
            let found = quiet.iter().filter(|call| line.contains(**call) && !child);
            findings.extend(found.map(|call| file.at(number, format!("`{call}` is not heard"))));
        }
    }
    assert_none(
        "What a machine cannot test says so: `writeln!(std::io::stderr(), \"SKIPPED: ...\")`:",
        &findings,
    );
}

/// The tree's own words: vendors' folders and files, and the first words of maps that no plugin owns.
fn makers() -> BTreeSet<String> {
    let mut makers: BTreeSet<_> = MAKERS.iter().map(|&maker| maker.to_owned()).collect();
    let plugins: BTreeSet<_> = files().iter().filter_map(|file| folder_in(file, "plugins/")).collect();
    for file in files() {
        let stem = file.path.rsplit('/').next().and_then(|name| name.split('.').next()).unwrap_or_default();
        if let Some(folder) = folder_in(file, "vendors/").filter(|folder| *folder != "template") {
            makers.insert(folder.to_owned());
            let model = file.path.strip_prefix(&format!("vendors/{folder}/src/"));
            if model.is_some_and(|model| !model.contains('/') && model != "lib.rs") {
                makers.insert(stem.to_owned());
            }
        }
        if file.path.starts_with("configs/maps/") {
            let first = stem.split('-').next().unwrap_or_default();
            makers.extend(Some(first.to_owned()).filter(|word| !plugins.contains(word.as_str())));
        }
    }
    makers.retain(|maker| !ORDINARY.contains(&maker.as_str()));
    makers
}

fn folder_in<'a>(file: &'a File, parent: &str) -> Option<&'a str> {
    let (folder, _) = file.path.strip_prefix(parent)?.split_once('/')?;
    Some(folder)
}

fn extension(file: &File) -> &str {
    file.path.rsplit('.').next().unwrap_or_default()
}

/// These rules name what they forbid.
fn is_own(file: &File) -> bool {
    file.path.starts_with("tests/tidy/")
}

/// As [`words`], for something that does not end or begin in a letter.
fn words_of<'a>(text: &'a str, word: &'a str) -> impl Iterator<Item = usize> + 'a {
    text.match_indices(word).map(|(at, _)| at).filter(move |at| {
        let inside = |c: char| c.is_alphanumeric() || c == '_';
        !text[..*at].chars().next_back().is_some_and(inside)
    })
}

#[test]
fn the_makers_come_from_the_tree() {
    let makers = makers();
    assert!(["tsa", "vm250", "moxa"].iter().all(|maker| makers.contains(*maker)), "{makers:?}");
    assert!(["image", "template", "lib"].iter().all(|word| !makers.contains(*word)), "{makers:?}");
}
