//! Walking over a journal.
#![allow(clippy::unwrap_used, reason = "a test may fail")]

use std::path::Path;

use greenlane_journal::{Class, Entry, Filter, Journal, Opening, Reader};
use greenlane_model::Stamp;
use tempfile::tempdir;

fn entry(lane: &str, class: Class, kind: &str) -> Entry {
    Entry { lane: lane.into(), class, at: Stamp::default(), kind: kind.into(), body: "{}".into() }
}

fn write(path: &Path, entries: &[Entry]) {
    let mut journal = Journal::open(path, Opening { at: Stamp::default(), body: "{}".into() }).unwrap();
    journal.append(entries).unwrap();
    journal.close().unwrap();
}

#[test]
fn more_entries_than_a_page_come_in_order_and_a_filter_keeps_the_rest_away() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("site.db");
    let entries: Vec<_> = (0..1000)
        .map(|n| match n % 3 {
            0 => entry("a", Class::Input, "due"),
            1 => entry("a", Class::Effect, "command"),
            _ => entry("b", Class::Input, "observation"),
        })
        .collect();
    write(&path, &entries);
    let reader = Reader::open(&path).unwrap();
    let seqs = |filter| reader.entries(filter).map(|read| read.unwrap().seq).collect::<Vec<_>>();
    assert_eq!(seqs(Filter::default()), (1..=1001).collect::<Vec<_>>());
    assert_eq!(seqs(Filter { after: 900, ..Filter::default() }), (901..=1001).collect::<Vec<_>>());
    assert_eq!(seqs(Filter { after: u64::MAX, ..Filter::default() }), Vec::<u64>::new());
    let inputs = Filter { lane: Some("a".into()), class: Some(Class::Input), ..Filter::default() };
    assert_eq!(seqs(inputs), (2..=1001).step_by(3).collect::<Vec<_>>());
    let said = Filter { kind: Some("observation".into()), ..Filter::default() };
    assert_eq!(seqs(said), (4..=1001).step_by(3).collect::<Vec<_>>());
    assert_eq!(reader.lanes().unwrap(), ["a", "b"]);
}

#[test]
fn each_input_comes_with_its_own_effects_also_when_lanes_are_mixed() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("site.db");
    write(
        &path,
        &[
            entry("a", Class::Input, "config"),
            entry("b", Class::Input, "config"),
            entry("a", Class::Effect, "command"),
            entry("b", Class::Effect, "alert"),
            entry("a", Class::Effect, "wake_at"),
            entry("a", Class::Input, "due"),
        ],
    );
    let reader = Reader::open(&path).unwrap();
    let steps = |lane, after| {
        let steps = reader.steps(lane, after).map(|step| {
            step.map(|step| {
                (step.input.seq, step.effects.iter().map(|effect| effect.seq).collect::<Vec<_>>())
            })
        });
        steps.collect::<Result<Vec<_>, _>>()
    };
    assert_eq!(steps("a", 0).unwrap(), [(2, vec![4, 6]), (7, vec![])]);
    assert_eq!(steps("b", 0).unwrap(), [(3, vec![5])]);
    assert_eq!(steps("a", 6).unwrap(), [(7, vec![])]);
    let torn = steps("a", 4).unwrap_err().to_string();
    assert!(torn.contains("entry 6") && torn.contains("without an input"), "{torn}");
}

#[test]
fn a_reader_sees_what_is_written_after_it_was_opened() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("site.db");
    let mut journal = Journal::open(&path, Opening { at: Stamp::default(), body: "{}".into() }).unwrap();
    let reader = Reader::open(&path).unwrap();
    let mut entries = reader.entries(Filter::default());
    assert_eq!(entries.next().unwrap().unwrap().seq, 1);
    let seqs = journal.append(&[entry("a", Class::Input, "due")]).unwrap();
    assert_eq!(entries.next().unwrap().unwrap().seq, seqs.start);
    assert_eq!(reader.head().unwrap(), Some(journal.head()));
}
