//! A journal recomputed: equal, changed, short, and unreadable.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::path::Path;

use greenlane_controller::{Replay, replay};
use greenlane_journal::{Class, Entry, Journal, JournalError, Opening};
use greenlane_lane::{Input, Lane};
use greenlane_model::Stamp;

/// More steps than are handed over at once.
const STEPS: u64 = 1000;

fn entry(class: Class, at: Stamp, kind: &str, body: String) -> Entry {
    Entry { lane: "in-04".into(), class, at, kind: kind.into(), body }
}

/// What a lane keeps of a journal that fails and comes back: each time an input and an alert at least.
fn entries() -> Vec<Entry> {
    let mut lane = Lane::new("in-04");
    let mut entries = Vec::new();
    for n in 0..STEPS {
        let at = Stamp::new(n * 1_000_000_000, 0);
        let input = Input::Recorder { writable: n % 2 == 1, reason: "the disk".into() };
        entries.push(entry(Class::Input, at, "recorder", serde_json::to_string(&input).unwrap()));
        let mut effects = Vec::new();
        lane.step(at, input, &mut effects);
        let effects = effects.iter().map(|e| serde_json::to_string(e).unwrap());
        entries.extend(effects.map(|body| entry(Class::Effect, at, "effect", body)));
    }
    entries
}

fn replayed(entries: &[Entry]) -> Result<Replay, JournalError> {
    let folder = tempfile::tempdir().unwrap();
    let path: &Path = &folder.path().join("site.journal");
    let body = format!(r#"{{"engine":"{}"}}"#, env!("CARGO_PKG_VERSION"));
    let mut journal = Journal::open(path, Opening { at: Stamp::default(), body }).unwrap();
    journal.append(entries).unwrap();
    journal.close().unwrap();
    replay(path)
}

/// The last effect's place.
fn last_effect(entries: &[Entry]) -> usize {
    entries.iter().rposition(|e| e.class == Class::Effect).expect("a lane without its record alerts")
}

#[test]
fn what_was_not_changed_recomputes_to_the_last_effect() {
    let entries = entries();
    let effects = entries.len() as u64 - STEPS;
    let replay = replayed(&entries).unwrap();
    assert_eq!((replay.inputs, replay.effects, replay.difference), (STEPS, effects, None));
    assert!(effects > 0);
}

#[test]
fn a_changed_effect_is_named() {
    let mut entries = entries();
    let at = last_effect(&entries);
    let true_body = std::mem::replace(&mut entries[at].body, "{}".into());
    let difference = replayed(&entries).unwrap().difference.expect("an effect was changed");
    // The start is entry 1.
    assert_eq!(difference.entry, at as u64 + 2);
    assert_eq!(difference.recorded.as_deref(), Some("{}"));
    assert_eq!(difference.recomputed, Some(true_body));
    assert!(!difference.changed_by_version);
}

#[test]
fn an_effect_that_is_missing_is_named_by_its_input() {
    let mut entries = entries();
    let at = last_effect(&entries);
    let missing = entries.remove(at);
    let input = entries[..at].iter().rposition(|e| e.class == Class::Input).unwrap();
    let difference = replayed(&entries).unwrap().difference.expect("an effect was taken out");
    assert_eq!(difference.entry, input as u64 + 2);
    assert_eq!((difference.recorded, difference.recomputed), (None, Some(missing.body)));
}

#[test]
fn an_input_that_cannot_be_read_is_an_error_that_names_it() {
    let mut entries = entries();
    let at = entries.iter().rposition(|e| e.class == Class::Input).unwrap();
    entries[at].body = "{".into();
    match replayed(&entries) {
        Err(JournalError::Entry { seq, .. }) => assert_eq!(seq, at as u64 + 2),
        other => panic!("{other:?}"),
    }
}
