//! The demo and the simulated lane: what they promise to whoever reads their output.
//!
//! How many of the demo's vehicles must be right is asked of the release build, before a change lands.

use greenlane_system::{export, is_sound, run};
use serde_json::Value;

const KEYS: [&str; 9] = [
    "passages",
    "right",
    "wrong",
    "flagged",
    "silent_wrong",
    "released",
    "released_without_evidence",
    "seed",
    "journal",
];

#[test]
fn a_demo_ends_with_its_comparison_and_a_journal_that_can_be_recomputed() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let journal = folder.path().join("demo.journal");
    let file = journal.to_str().expect("a path in UTF-8");
    let demo = ["demo", "--headless", "--json", "--passages", "4", "--seed", "7", "--journal", file];
    let ended = run(demo);
    assert!(matches!(ended.code, Some(0 | 1)), "{ended:?}");
    let summary = ended.json();
    has_the_keys(&summary);
    assert_eq!(summary["passages"], 4);
    assert_eq!(summary["seed"], 7);
    assert_eq!(summary["journal"], file);
    let all_right = summary["right"] == summary["passages"];
    assert_eq!(ended.code == Some(0), all_right, "{summary}");
    assert!(!export(&journal, "passage").is_empty());
    for kind in ["occupancy", "presence", "command", "decision"] {
        assert!(!export(&journal, kind).is_empty(), "no {kind} in the demo's journal");
    }
    is_sound(&journal);

    let passages = export(&journal, "passage").len();
    let again = ["demo", "--headless", "--json", "--passages", "1", "--seed", "8", "--journal", file];
    has_the_keys(&run(again).json());
    assert!(export(&journal, "passage").len() > passages, "an existing journal is continued");
    is_sound(&journal);
}

#[test]
fn a_campaign_ends_with_one_object_that_has_the_same_keys() {
    let ended = run(["campaign", "nominal", "--passages", "20", "--json", "--seed", "3"]);
    assert!(matches!(ended.code, Some(0 | 1)), "{ended:?}");
    let summary = ended.json();
    has_the_keys(&summary);
    assert!(summary["passages"].as_u64() >= Some(20), "{summary}");
}

#[test]
fn a_timeline_with_its_expectations_is_simulated_by_name() {
    let timelines = greenlane_system::workspace().join("tests/scenarios");
    let first = timelines.read_dir().expect("the timelines").flatten().next().expect("a timeline").path();
    run(["simulate".as_ref(), first.as_os_str()]).with(0);
}

#[track_caller]
fn has_the_keys(summary: &Value) {
    for key in KEYS {
        assert!(summary.get(key).is_some(), "no {key} in {summary}");
    }
    assert_eq!(summary["silent_wrong"], 0, "{summary}");
    assert_eq!(summary["released_without_evidence"], 0, "{summary}");
}
