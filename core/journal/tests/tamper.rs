//! Whatever is done to a journal behind its back is found and named.
#![allow(clippy::unwrap_used, reason = "a test may fail")]

use std::path::{Path, PathBuf};

use greenlane_journal::{Class, Entry, Filter, Head, Journal, Opening, Reader, What, verify};
use greenlane_model::Stamp;
use proptest::prelude::*;
use rusqlite::{Connection, params};
use tempfile::TempDir;

const ENTRIES: u64 = 8;
const COLUMNS: [&str; 8] = ["lane", "class", "utc", "mono", "uncertainty_ns", "kind", "body", "chain"];

struct Made {
    _folder: TempDir,
    path: PathBuf,
    head: Head,
}

fn journal() -> Made {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("site.db");
    let opening = Opening { at: Stamp::new(1, 2), body: r#"{"engine":"0.1.0"}"#.into() };
    let mut journal = Journal::open(&path, opening).unwrap();
    let entries: Vec<_> = (2..=ENTRIES)
        .map(|n| Entry {
            lane: "in-04".into(),
            class: if n % 2 == 0 { Class::Input } else { Class::Effect },
            at: Stamp { mono_ns: n, utc_ns: n.cast_signed(), uncertainty_ns: n },
            kind: "due".into(),
            // Every second body is the same, so that equal entries at different places are told apart.
            body: format!(r#"{{"input":"due","n":{}}}"#, n / 2),
        })
        .collect();
    journal.append(&entries).unwrap();
    let head = journal.close().unwrap();
    Made { _folder: folder, path, head }
}

/// The file with everything that protects it taken away.
fn pried_open(path: &Path) -> Connection {
    let connection = Connection::open(path).unwrap();
    connection
        .execute_batch(
            "PRAGMA ignore_check_constraints = ON;
             DROP TRIGGER entries_are_appended; DROP TRIGGER entries_are_never_changed;
             DROP TRIGGER entries_are_never_deleted;",
        )
        .unwrap();
    connection
}

fn findings(path: &Path) -> Vec<(u64, What)> {
    let verdict = verify(path, None).unwrap();
    verdict.findings.into_iter().map(|finding| (finding.seq, finding.what)).collect()
}

fn first(path: &Path) -> (u64, What) {
    findings(path).into_iter().next().expect("something is found")
}

/// Puts a row of the same content in at `at`, all rows from there moved up by one.
const SHIFT: &str = "UPDATE entries SET seq = -seq WHERE seq >= ?1";
const SHIFT_BACK: &str = "UPDATE entries SET seq = 1 - seq WHERE seq < 0";
const COPY: &str = "INSERT INTO entries SELECT ?2, lane, class, utc, mono, uncertainty_ns, kind, body, chain
     FROM entries WHERE abs(seq) = ?1";

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn a_flipped_bit_in_any_column_is_found_at_its_entry(
        seq in 1..=ENTRIES, column in 0..COLUMNS.len(), place: prop::sample::Index, bit in 0..8_u32,
    ) {
        let made = journal();
        let column = COLUMNS[column];
        let pried = pried_open(&made.path);
        let bytes: Vec<u8> = pried
            .query_row(&format!("SELECT CAST({column} AS BLOB) FROM entries WHERE seq = ?1"), [seq.cast_signed()], |r| r.get(0))
            .unwrap();
        let mut flipped = bytes.clone();
        match flipped.len() {
            0 => flipped.push(1_u8 << bit),
            length => flipped[place.index(length)] ^= 1_u8 << bit,
        }
        let cast = match column {
            "chain" => "?1",
            "uncertainty_ns" => "uncertainty_ns + 1",
            _ => "CAST(?1 AS TEXT)",
        };
        let sql = format!("UPDATE entries SET {column} = {cast} WHERE seq = ?2 AND ?1 IS NOT NULL");
        prop_assert_eq!(pried.execute(&sql, params![flipped, seq.cast_signed()]).unwrap(), 1);
        drop(pried);
        let found = findings(&made.path);
        prop_assert!(!found.is_empty(), "{column} of {seq}: {bytes:?} became {flipped:?}");
        let (at, what) = &found[0];
        prop_assert_eq!(*at, seq);
        prop_assert!(matches!(what, What::Changed | What::Unreadable { .. }), "{:?}", what);
    }

    #[test]
    fn missing_entries_are_counted(from in 1..ENTRIES, more in 0..ENTRIES) {
        let made = journal();
        let until = (from + more).min(ENTRIES - 1);
        let pried = pried_open(&made.path);
        pried.execute("DELETE FROM entries WHERE seq BETWEEN ?1 AND ?2", params![from.cast_signed(), until.cast_signed()]).unwrap();
        drop(pried);
        prop_assert_eq!(findings(&made.path), [(from, What::Missing { until })]);
    }

    #[test]
    fn a_gap_that_was_closed_is_found(gone in 1..ENTRIES) {
        let made = journal();
        let pried = pried_open(&made.path);
        pried.execute("DELETE FROM entries WHERE seq = ?1", [gone.cast_signed()]).unwrap();
        pried.execute("UPDATE entries SET seq = -seq WHERE seq > ?1", [gone.cast_signed()]).unwrap();
        pried.execute("UPDATE entries SET seq = -seq - 1 WHERE seq < 0", []).unwrap();
        drop(pried);
        prop_assert_eq!(first(&made.path), (gone, What::Changed));
    }

    #[test]
    fn exchanged_entries_are_found_with_both_places(a in 1..ENTRIES, more in 1..ENTRIES) {
        let made = journal();
        let b = (a + more).min(ENTRIES);
        let pried = pried_open(&made.path);
        for (from, to) in [(a.cast_signed(), -1), (b.cast_signed(), a.cast_signed()), (-1, b.cast_signed())] {
            pried.execute("UPDATE entries SET seq = ?2 WHERE seq = ?1", params![from, to]).unwrap();
        }
        drop(pried);
        prop_assert_eq!(first(&made.path), (a, What::Displaced { found_at: b }));
    }

    #[test]
    fn a_copy_is_found_wherever_it_is_put(of in 1..=ENTRIES, at in 2..=ENTRIES + 1) {
        let made = journal();
        let pried = pried_open(&made.path);
        pried.execute(SHIFT, [at.cast_signed()]).unwrap();
        pried.execute(COPY, params![of.cast_signed(), at.cast_signed()]).unwrap();
        pried.execute(SHIFT_BACK, []).unwrap();
        drop(pried);
        // Put in right before its original, the copy is what belongs there, and the original is the copy.
        let (seq, original) = if of == at { (at + 1, of) } else { (at, if of > at { of + 1 } else { of }) };
        prop_assert_eq!(first(&made.path), (seq, What::Copy { of: original }));
    }

    #[test]
    fn a_cut_tail_needs_a_noted_head_and_is_found_with_it(keep in 0..ENTRIES) {
        let made = journal();
        let pried = pried_open(&made.path);
        pried.execute("DELETE FROM entries WHERE seq > ?1", [keep.cast_signed()]).unwrap();
        drop(pried);
        prop_assert!(findings(&made.path).is_empty());
        let verdict = verify(&made.path, Some(made.head)).unwrap();
        prop_assert_eq!((verdict.findings[0].seq, &verdict.findings[0].what), (keep + 1, &What::CutOff { noted: ENTRIES }));
    }

    #[test]
    fn a_flipped_bit_anywhere_in_the_file_is_found_or_touches_no_entry(place: prop::sample::Index, bit in 0..8_u32) {
        let made = journal();
        let before = everything(&made.path).unwrap();
        let mut bytes = std::fs::read(&made.path).unwrap();
        let at = place.index(bytes.len());
        bytes[at] ^= 1_u8 << bit;
        std::fs::write(&made.path, bytes).unwrap();
        let sound = verify(&made.path, Some(made.head)).is_ok_and(|verdict| verdict.is_sound());
        let same = everything(&made.path).is_some_and(|after| after == before);
        prop_assert!(!sound || same, "byte {at}, bit {bit}: verify finds nothing and the entries differ");
    }
}

fn everything(path: &Path) -> Option<String> {
    let reader = Reader::open(path).ok()?;
    let entries: Result<Vec<_>, _> = reader.entries(Filter::default()).collect();
    Some(format!("{:?}", entries.ok()?))
}

#[test]
fn a_chain_written_anew_needs_a_noted_head_and_is_found_with_it() {
    let made = journal();
    let other = journal();
    assert_eq!(made.head, other.head, "the same entries have the same chain");
    let opening = Opening { at: Stamp::new(9, 9), body: "{}".into() };
    let longer = Journal::open(&other.path, opening).unwrap().close().unwrap();
    assert!(verify(&other.path, Some(made.head)).unwrap().is_sound());
    let wrong = Head { chain: longer.chain, ..made.head };
    let findings = verify(&other.path, Some(wrong)).unwrap().findings;
    assert_eq!((findings.len(), findings[0].seq, &findings[0].what), (1, ENTRIES, &What::Rewritten));
}

#[test]
fn an_entry_slipped_in_before_the_first_is_found() {
    for seq in [0, -7] {
        let made = journal();
        pried_open(&made.path).execute(COPY, params![1, seq]).unwrap();
        assert_eq!(findings(&made.path), [(0, What::OutOfOrder)]);
    }
}

#[test]
fn a_finding_reads_as_a_sentence_and_as_json() {
    let made = journal();
    pried_open(&made.path).execute("DELETE FROM entries WHERE seq IN (3, 4)", []).unwrap();
    let verdict = verify(&made.path, None).unwrap();
    assert_eq!(verdict.findings[0].to_string(), "entries 3 to 4 are missing");
    let json = serde_json::to_value(&verdict).unwrap();
    assert_eq!(json["findings"][0], serde_json::json!({"seq": 3, "what": "missing", "until": 4}));
    assert_eq!(json["head"], made.head.to_string());
}
