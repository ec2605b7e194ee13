use super::*;
use crate::{Filter, Reader, verify};
use tempfile::TempDir;

fn opening() -> Opening {
    Opening { at: Stamp::new(1, 2), body: r#"{"engine":"0.1.0"}"#.into() }
}

fn entry(body: &str) -> Entry {
    Entry {
        lane: "in-04".into(),
        class: Class::Input,
        at: Stamp { mono_ns: 3, utc_ns: 4, uncertainty_ns: 5 },
        kind: "due".into(),
        body: body.into(),
    }
}

fn place() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("site.db");
    (folder, path)
}

fn names(folder: &TempDir) -> Vec<String> {
    let mut names: Vec<_> = std::fs::read_dir(folder.path())
        .unwrap()
        .map(|file| file.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

#[test]
fn what_is_written_is_read_and_a_clean_close_leaves_one_file() {
    let (folder, path) = place();
    let mut journal = Journal::open(&path, opening()).unwrap();
    assert_eq!(journal.append(&[entry("1"), entry("2")]).unwrap(), 2..4);
    assert_eq!(journal.append(&[]).unwrap(), 4..4);
    let head = journal.close().unwrap();
    assert_eq!(names(&folder), ["site.db"]);

    let reader = Reader::open(&path).unwrap();
    assert_eq!(reader.head().unwrap(), Some(head));
    let read: Vec<_> = reader.entries(Filter::default()).map(Result::unwrap).collect();
    assert_eq!(read.iter().map(|recorded| recorded.seq).collect::<Vec<_>>(), [1, 2, 3]);
    assert_eq!((read[0].entry.kind.as_str(), read[0].entry.lane.as_str()), ("start", ""));
    assert_eq!(read[2].entry, entry("2"));
    drop(reader);
    assert_eq!(names(&folder), ["site.db"], "a reader leaves nothing behind");
}

#[test]
fn the_next_start_continues_the_chain_and_names_itself() {
    let (_folder, path) = place();
    Journal::open(&path, opening()).unwrap().close().unwrap();
    let mut journal = Journal::open(&path, opening()).unwrap();
    assert_eq!(journal.append(&[entry("1")]).unwrap(), 3..4);
    let head = journal.close().unwrap();
    let verdict = verify(&path, Some(head)).unwrap();
    assert_eq!((verdict.entries, verdict.head, verdict.findings), (3, Some(head), vec![]));
}

#[test]
fn a_second_writer_is_refused_with_a_sentence_and_readers_are_not() {
    let (folder, path) = place();
    let mut journal = Journal::open(&path, opening()).unwrap();
    let link = folder.path().join("link.db");
    std::os::unix::fs::symlink(&path, &link).unwrap();
    for name in [&path, &link] {
        let refused = Journal::open(name, opening()).unwrap_err().to_string();
        let holder = format!("being written by process {}", std::process::id());
        assert!(refused.contains(&holder), "{refused}");
    }
    journal.append(&[entry("1")]).unwrap();
    assert_eq!(Reader::open(&path).unwrap().entries(Filter::default()).count(), 2);
    assert!(verify(&path, None).unwrap().is_sound());
    journal.append(&[entry("2")]).unwrap();
    drop(journal);
    Journal::open(&link, opening()).expect("the lock goes with its holder");
}

#[test]
fn the_database_itself_refuses_to_change_or_delete() {
    let (_folder, path) = place();
    let mut journal = Journal::open(&path, opening()).unwrap();
    journal.append(&[entry("1")]).unwrap();
    for sql in [
        "UPDATE entries SET body = '{}' WHERE seq = 2",
        "DELETE FROM entries WHERE seq = 2",
        "INSERT OR REPLACE INTO entries SELECT 2, lane, class, utc, mono, 0, kind, '{}', chain FROM entries",
        "INSERT INTO entries SELECT 9, lane, class, utc, mono, 0, kind, body, chain FROM entries WHERE seq = 1",
    ] {
        let refused = journal.connection.execute(sql, []).unwrap_err().to_string();
        assert!(refused.contains("journal"), "{sql}: {refused}");
    }
    assert!(verify(&path, None).unwrap().is_sound());
}

#[test]
fn a_full_disk_loses_nothing_and_the_same_append_works_when_there_is_room() {
    let (_folder, path) = place();
    let mut journal = Journal::open(&path, opening()).unwrap();
    let pages: i64 = journal.connection.pragma_query_value(None, "page_count", |row| row.get(0)).unwrap();
    let limit = |journal: &Journal, pages: i64| {
        journal.connection.query_row(&format!("PRAGMA max_page_count = {pages}"), [], |_| Ok(())).unwrap();
    };
    limit(&journal, pages + 2);
    let large = [entry("1"), entry(&"x".repeat(100_000))];
    let before = journal.head();
    for _ in 0..3 {
        let error = journal.append(&large).unwrap_err();
        assert!(matches!(error, JournalError::Full { .. }), "{error}");
        assert_eq!(journal.head(), before);
    }
    limit(&journal, 1_000_000);
    assert_eq!(journal.append(&large).unwrap(), 2..4);
    let head = journal.close().unwrap();
    assert!(verify(&path, Some(head)).unwrap().is_sound());
}

#[test]
fn other_files_are_refused_and_left_alone() {
    let (folder, path) = place();
    std::fs::write(&path, "an ordinary text, long enough to be looked at by SQLite ".repeat(20)).unwrap();
    let before = std::fs::read(&path).unwrap();
    assert!(matches!(Journal::open(&path, opening()), Err(JournalError::NotAJournal { .. })));
    assert!(matches!(Reader::open(&path), Err(JournalError::NotAJournal { .. })));
    assert_eq!(std::fs::read(&path).unwrap(), before);

    let other = folder.path().join("other.db");
    Connection::open(&other).unwrap().execute_batch("CREATE TABLE t (a)").unwrap();
    assert!(matches!(Journal::open(&other, opening()), Err(JournalError::NotAJournal { .. })));
    assert!(matches!(Reader::open(&folder.path().join("none.db")), Err(JournalError::Absent(_))));
    assert!(matches!(
        Journal::open(&folder.path().join("no/such.db"), opening()),
        Err(JournalError::File { .. })
    ));
}

#[test]
fn a_newer_format_is_refused_with_its_number() {
    let (_folder, path) = place();
    Journal::open(&path, opening()).unwrap().close().unwrap();
    Connection::open(&path).unwrap().pragma_update(None, "user_version", 7).unwrap();
    let refused = Journal::open(&path, opening()).unwrap_err().to_string();
    assert!(refused.contains("format 7"), "{refused}");
}
