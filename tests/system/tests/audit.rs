//! The draws of a day are proven once the day is over.

use greenlane_system::run;
use serde_json::Value;

#[test]
fn the_key_of_a_day_that_is_over_draws_every_passage_again() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let journal = folder.path().join("lane.journal");
    let file = journal.to_str().expect("a path in UTF-8");
    let campaign = ["campaign", "cargo", "--json", "--seed", "2", "--passages", "20", "--journal", file];
    run(campaign).with(0);
    let reveal = |day| run(["journal", "audit", file, "--reveal", day]);
    assert!(reveal("2026-01-01").with(2).stderr.contains(".audit-key"), "no key is kept beside it");
    // Simulations draw with a key that everybody knows.
    let known = blake3::hash(&0_u64.to_le_bytes());
    std::fs::write(folder.path().join("lane.journal.audit-key"), known.as_bytes()).expect("written");

    let today = jiff::Timestamp::now().to_string();
    assert!(reveal(&today[..10]).with(2).stderr.contains("is not over"));
    let key = reveal("2026-01-01").with(0).stdout;
    let again =
        |key: &str, share: &[&str]| run([&["journal", "audit", file, "--key", key][..], share].concat());
    let found: Value = again(key.trim(), &[]).with(0).json();
    assert!(found["answers"].as_u64() >= Some(20), "{found}");
    let drawn = found["drawn"].as_u64().expect("a count");
    let everybody = again(key.trim(), &["--share", "1"]).with(1).json();
    let otherwise = everybody["otherwise"].as_array().expect("a list").len() as u64;
    assert_eq!(otherwise + drawn, found["answers"], "at a share of 1 everybody is drawn: {everybody}");
    let other_day = reveal("2026-01-02").with(0).stdout;
    assert!(again(other_day.trim(), &[]).with(2).stderr.contains("commits to this key"));
}
