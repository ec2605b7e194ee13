//! What is linked: licences, and crates in two versions, as `deny.toml` says.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use serde_json::Value;

use crate::assert_none;
use crate::tree::{files, root};

#[test]
fn every_linked_crate_has_an_allowed_licence() {
    let deny = deny();
    let allowed = strings(&deny["licenses"]["allow"]);
    let exceptions = deny["licenses"]["exceptions"].as_array().cloned().unwrap_or_default();
    let mut findings = Vec::new();
    for package in linked() {
        let mut allowed = allowed.clone();
        let own = exceptions.iter().filter(|entry| entry["crate"].as_str() == Some(&package.name));
        allowed.extend(own.flat_map(|entry| strings(&entry["allow"])));
        if !is_satisfied(&package.licence, &allowed) {
            findings.push(format!("Cargo.lock:1: {} {}: {}", package.name, package.version, package.licence));
        }
    }
    assert_none("Choose another crate, or allow the licence in deny.toml with the reason:", &findings);
}

#[test]
fn a_crate_in_two_versions_is_explained() {
    let mut versions = BTreeMap::<_, BTreeSet<_>>::new();
    for package in linked() {
        versions.entry(package.name).or_default().insert(package.version);
    }
    let twice = || versions.iter().filter(|(_, versions)| versions.len() > 1);
    let skips = deny()["bans"]["skip"].as_array().cloned().unwrap_or_default();
    let skips: BTreeSet<_> = skips.iter().filter_map(|skip| skip["crate"].as_str()).collect();
    let mut findings = Vec::new();
    for (name, versions) in twice() {
        let unexplained: Vec<_> =
            versions.iter().filter(|version| !skips.contains(&*format!("{name}@{version}"))).collect();
        if unexplained.len() > 1 {
            findings.push(format!("Cargo.lock:1: {name} in versions {versions:?}"));
        }
    }
    let known = |skip: &str| {
        let (name, version) = skip.split_once('@').unwrap_or((skip, ""));
        twice().any(|(twice, versions)| twice == name && versions.contains(version))
    };
    findings
        .extend(skips.iter().filter(|skip| !known(skip)).map(|skip| format!("deny.toml:1: {skip} is gone")));
    assert_none("Agree on one version, or keep [bans] skip in deny.toml true:", &findings);
}

struct Package {
    name: String,
    version: String,
    licence: String,
}

/// The packages of others that a build for Linux links or runs, as Cargo.lock fixes them.
fn linked() -> Vec<Package> {
    let metadata = metadata();
    let nodes = metadata["resolve"]["nodes"].as_array().into_iter().flatten();
    let used: BTreeSet<_> = nodes.filter_map(|node| node["id"].as_str()).collect();
    let packages = metadata["packages"].as_array().into_iter().flatten();
    let foreign = packages.filter(|package| !package["source"].is_null());
    let foreign = foreign.filter(|package| package["id"].as_str().is_some_and(|id| used.contains(id)));
    let field = |package: &Value, key: &str| package[key].as_str().unwrap_or_default().to_owned();
    let package = |package| Package {
        name: field(package, "name"),
        version: field(package, "version"),
        licence: field(package, "license"),
    };
    foreign.map(package).collect()
}

fn metadata() -> Value {
    let arguments = ["metadata", "--locked", "--format-version=1", "--filter-platform"];
    let cargo = Command::new(env!("CARGO"))
        .args(arguments)
        .arg("x86_64-unknown-linux-gnu")
        .current_dir(root())
        .output();
    let output = cargo.unwrap_or_else(|error| panic!("cargo metadata: {error}"));
    assert!(output.status.success(), "cargo metadata: {}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("cargo metadata: {error}"))
}

fn deny() -> toml::Table {
    let file = files().iter().find(|file| file.path == "deny.toml");
    let file = file.unwrap_or_else(|| panic!("deny.toml is missing"));
    toml::from_str(&file.text).unwrap_or_else(|error| panic!("deny.toml: {error}"))
}

fn strings(list: &toml::Value) -> Vec<String> {
    list.as_array().into_iter().flatten().filter_map(|word| Some(word.as_str()?.to_owned())).collect()
}

/// Whether a licence expression can be met by what is allowed. `AND` holds two `OR`s together only where
/// brackets say so, which is how every crate here writes it; `/` is an old `OR`.
fn is_satisfied(expression: &str, allowed: &[String]) -> bool {
    let parts = expression.split(" AND ").map(|part| part.trim_matches(['(', ')']));
    let any = |part: &str| {
        part.split(" OR ").flat_map(|part| part.split('/')).any(|one| allowed.iter().any(|a| a == one))
    };
    !expression.is_empty() && parts.into_iter().all(any)
}

#[test]
fn a_licence_expression_is_met_by_one_of_each_pair() {
    let allowed = ["MIT", "Unicode-3.0"].map(str::to_owned);
    assert!(is_satisfied("(MIT OR Apache-2.0) AND Unicode-3.0", &allowed));
    assert!(is_satisfied("MIT/Apache-2.0", &allowed));
    assert!(!is_satisfied("MIT AND GPL-3.0-only", &allowed));
    assert!(!is_satisfied("", &allowed));
}
