//! The shape of every crate.

use crate::arrows::{is_pure, members};
use crate::assert_none;
use crate::source::{code, line_of, words};
use crate::tree::{File, files, root, rust};

/// One text in these places, since clippy reads only the nearest file above a crate.
const PURE_CLIPPY: &[&str] = &[
    "core/model/clippy.toml",
    "core/lane/clippy.toml",
    "core/n42/clippy.toml",
    "core/radiation/clippy.toml",
    "core/standard/clippy.toml",
    "plugins/clippy.toml",
    "vendors/clippy.toml",
];

/// A `// SAFETY:` stands at most this many lines above the block that it is about.
const SAFETY_LINES: usize = 8;

#[test]
fn every_crate_says_what_it_is() {
    let roots = rust().filter(|file| {
        let in_crate = file.path.strip_prefix(file.crate_folder()).unwrap_or_default();
        matches!(in_crate, "/src/lib.rs" | "/src/main.rs")
    });
    let silent = roots.filter(|file| !file.text.starts_with("//!"));
    let findings: Vec<_> = silent.map(|file| file.at(1, "no `//!`")).collect();
    assert_none("A crate begins with what it is for and what it knows nothing of:", &findings);
}

#[test]
fn every_crate_is_built_with_the_workspaces_lints_and_versions() {
    let workspace: toml::Table = parsed("Cargo.toml");
    let listed = workspace["workspace"]["members"].as_array().cloned().unwrap_or_default();
    let mut findings = Vec::new();
    for (folder, member) in members() {
        // The template is a crate only after `greenlane driver new`.
        if folder != "vendors/template" && !listed.iter().any(|path| path.as_str() == Some(folder)) {
            findings.push(member.file.at(1, "no member of the workspace"));
        }
        for line in ["[lints]\nworkspace = true", "license.workspace = true", "edition.workspace = true"] {
            if !member.file.text.contains(line) {
                findings.push(member.file.at(1, format!("without `{}`", line.replace('\n', " "))));
            }
        }
        for table in ["dependencies", "dev-dependencies", "build-dependencies"] {
            let wanted = member.table.get(table).and_then(|table| table.as_table()).into_iter().flatten();
            let own =
                wanted.filter(|(_, how)| how.get("workspace").and_then(toml::Value::as_bool) != Some(true));
            findings.extend(
                own.map(|(name, _)| member.file.at(1, format!("`{name}` with a version of its own"))),
            );
        }
    }
    assert_none("Lints, versions and features are the workspace's, in its Cargo.toml:", &findings);
}

#[test]
fn what_is_built_by_default_is_all_but_the_rogues() {
    let workspace = parsed("Cargo.toml");
    let listed = |key: &str| workspace["workspace"][key].as_array().cloned().unwrap_or_default();
    let default = listed("default-members");
    let missing = listed("members").into_iter().filter(|member| !default.contains(member));
    let missing = missing.filter(|member| !matches!(member.as_str(), Some("tests/rogue" | "tests/faulty")));
    let findings: Vec<_> = missing.map(|member| format!("Cargo.toml:1: {member}")).collect();
    assert_none("Only default members are built and tested; add it to default-members:", &findings);
}

#[test]
fn pure_crates_are_linted_by_one_text() {
    let first = text(PURE_CLIPPY[0]);
    let different = PURE_CLIPPY.iter().filter(|path| text(path) != first);
    let mut findings: Vec<_> =
        different.map(|path| format!("{path}:1: differs from {}", PURE_CLIPPY[0])).collect();
    for (folder, member) in members().iter().filter(|(folder, _)| is_pure(folder)) {
        let over = |path: &&&str| folder.starts_with(path.trim_end_matches("/clippy.toml"));
        if PURE_CLIPPY.iter().find(over).is_none() {
            findings.push(member.file.at(1, "no strict clippy.toml above it"));
        }
    }
    assert_none("What is pure is kept so by one list of bans:", &findings);
}

#[test]
fn the_bans_of_the_workspace_hold_in_pure_crates_too() {
    let strict = text(PURE_CLIPPY[0]);
    let loose = text("clippy.toml");
    let bans = loose.lines().enumerate().filter(|(_, line)| line.trim_start().starts_with("{ path"));
    let missing = bans.filter(|(_, line)| !line.split('"').nth(1).is_some_and(|path| strict.contains(path)));
    let findings: Vec<_> =
        missing.map(|(index, line)| format!("clippy.toml:{}: {line}", index + 1)).collect();
    assert_none("Clippy reads only the nearest file, so the strict one repeats the workspace's:", &findings);
}

#[test]
fn every_unsafe_block_says_why_it_is_sound() {
    let mut findings = Vec::new();
    for file in rust() {
        let code = code(&file.text);
        for at in words(&code, "unsafe") {
            let next = code[at + "unsafe".len()..].trim_start();
            if next.starts_with('{') || next.starts_with("impl") {
                let line = line_of(&code, at);
                let above = file.text.lines().take(line).skip(line.saturating_sub(SAFETY_LINES));
                if !above.into_iter().any(|line| line.contains("SAFETY:")) {
                    findings.push(file.at(line, "unsafe without `// SAFETY:` above it"));
                }
            }
        }
    }
    assert_none("Name the invariant that makes it sound, and who keeps it:", &findings);
}

#[test]
fn a_driver_has_the_name_of_its_folder_and_file() {
    const MARK: &str = "const MODEL: &'static str = \"";
    let drivers = rust().filter(|file| is_driver_crate(file) && !file.is_test());
    let mut findings = Vec::new();
    for file in drivers {
        for (number, line) in file.lines() {
            let Some((_, model)) = line.split_once(MARK) else { continue };
            let model = model.split('"').next().unwrap_or_default();
            if Some(model) != expected_model(file).as_deref() {
                let expected = expected_model(file).unwrap_or_else(|| "a file directly in src".to_owned());
                findings.push(file.at(number, format!("`{model}`, expected `{expected}`")));
            }
        }
    }
    assert_none("The file tree is the registry: MODEL is folder.file:", &findings);
}

fn is_driver_crate(file: &File) -> bool {
    let folder = file.crate_folder();
    is_pure(folder) && !folder.starts_with("core/") && folder != "plugins/driver"
}

/// `tsa.vm250` for `vendors/tsa/src/vm250.rs`. The template's folder stands for the maker's.
fn expected_model(file: &File) -> Option<String> {
    let mut parts = file.path.split('/').skip(1);
    let (folder, "src", file, None) = (parts.next()?, parts.next()?, parts.next()?, parts.next()) else {
        return None;
    };
    let folder = if folder == "template" { "__maker__" } else { folder };
    Some(format!("{folder}.{}", file.strip_suffix(".rs")?))
}

fn text(path: &str) -> &'static str {
    let file = files().iter().find(|file| file.path == path);
    &file.unwrap_or_else(|| panic!("{path} is missing below {}", root().display())).text
}

fn parsed(path: &str) -> toml::Table {
    toml::from_str(text(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}
