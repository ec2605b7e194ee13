//! Trucks with radioactive loads before two portals, in simulated time: what each is decided and why.

use std::collections::BTreeMap;

use greenlane_system::{export, is_sound, run};
use serde_json::Value;

/// Four rounds of the scenario.
const PASSAGES: &str = "40";

#[test]
fn declared_fertiliser_goes_and_no_source_in_it_or_beside_it_does() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let (journal, truth) = (folder.path().join("cargo.journal"), folder.path().join("truth.jsonl"));
    let files = [&journal, &truth].map(|path| path.to_str().expect("a path in UTF-8"));
    let campaign = ["campaign", "cargo", "--json", "--seed", "2", "--passages", PASSAGES];
    let summary =
        run(campaign.into_iter().chain(["--journal", files[0], "--truth", files[1]])).with(0).json();
    assert_eq!(summary["flagged"], 0, "{summary}");
    assert_eq!(summary["released_without_evidence"], 0, "{summary}");
    is_sound(&journal);

    let decided = passages(&journal);
    let truth = std::fs::read_to_string(&truth).expect("what really happened");
    let (mut seen, mut explained) = (BTreeMap::new(), 0);
    for line in truth.lines() {
        let vehicle: Value = serde_json::from_str(line).expect("a line of JSON");
        let number = vehicle["containers"][0]["number"].as_str().expect("a number");
        let passage = decided.get(number).unwrap_or_else(|| panic!("no passage of {number}"));
        let load = vehicle["load"]["name"].as_str().expect("a load").to_owned();
        explained += u32::from(is_explained(&load, passage));
        judge(&load, passage);
        *seen.entry(load).or_insert(0) += 1;
    }
    assert_eq!(seen.len(), 10, "{seen:?}");
    // Chance may send one to a person.
    assert!(explained * 2 >= seen["fertiliser, declared"], "{explained} released as explained");
}

/// Declared fertiliser, released with the conditions that make it so.
fn is_explained(load: &str, passage: &Value) -> bool {
    let explained = passage["radiation"]["explanation"]["verdict"] == "EXPLAINED";
    if !(explained && passage["decision"] == "release") {
        return false;
    }
    assert_eq!(load, "fertiliser, declared", "{passage}");
    let rules = rules(passage);
    assert!(["P1", "P2", "P3", "P4"].iter().all(|rule| rules.contains(rule)), "{rules:?}");
    true
}

fn rules(passage: &Value) -> Vec<&str> {
    let findings = passage["radiation"]["explanation"]["findings"].as_array();
    findings.into_iter().flatten().filter_map(|finding| finding["rule"].as_str()).collect()
}

/// What has to be said of a load, whatever else is.
fn judge(load: &str, passage: &Value) {
    let decision = &passage["decision"];
    let rule = match load {
        "fertiliser, declared" => return,
        "clothes" | "tiles, declared" => return assert_eq!(decision, "release", "{load}: {passage}"),
        "a driver after a heart scan" => return assert_ne!(decision, "release", "{passage}"),
        "a neutron source in fertiliser" => "R1",
        "fertiliser that nobody declared" => "R7",
        "fertiliser declared as bananas" => "R5",
        _ => "R3",
    };
    assert_eq!(decision, "inspect", "{load}: {passage}");
    let (verdict, rules) = (&passage["radiation"]["explanation"]["verdict"], rules(passage));
    assert!(verdict == "NOT_EXPLAINED" && rules.contains(&rule), "{load}: {verdict}, {rules:?}");
}

/// The last word on each container.
fn passages(journal: &std::path::Path) -> BTreeMap<String, Value> {
    let mut decided = BTreeMap::new();
    for passage in export(journal, "passage") {
        for container in passage["containers"].as_array().into_iter().flatten() {
            if let Some(number) = container["number"].as_str() {
                decided.insert(number.to_owned(), passage.clone());
            }
        }
    }
    decided
}
