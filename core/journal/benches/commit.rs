//! Commits of one lane step each: through the writer's groups, one by one through SQLite, and what the disk
//! itself can do. Run with `cargo bench -p greenlane-journal`.

use std::fs::File;
use std::io::Write;
use std::ops::Range;
use std::path::PathBuf;

use divan::Bencher;
use divan::counter::ItemsCount;
use greenlane_journal::{
    Batch, Class, Entry, Filter, Journal, Opening, Reader, Writer, WriterLimits, verify,
};
use greenlane_model::Stamp;
use rusqlite::Connection;
use tempfile::TempDir;

/// Steps in one measurement.
const STEPS: u64 = 200;
/// Entries to read or to verify.
const ENTRIES: usize = 100_000;

fn main() {
    divan::main();
}

/// An input and its effects, as a radiation sample makes them.
fn step() -> Vec<Entry> {
    let body = r#"{"input":"observation","observation":{"device":"portal","seq":7,"epoch":1,"at":{"utc":"2026-11-24T12:00:00.000000000Z","mono":"93784.000000001"},"received":{"utc":"2026-11-24T12:00:00.000000000Z","mono":"93784.000000001"},"quality":"good","kind":"gamma","body":{"interval_s":0.2,"counts":[131,128,140,126]}}}"#;
    let entry = |class, kind: &str| Entry {
        lane: "in-04".into(),
        class,
        at: Stamp::new(93_784_000_000_001, 1_795_521_600_000_000_001),
        kind: kind.into(),
        body: body.into(),
    };
    vec![entry(Class::Input, "observation"), entry(Class::Effect, "passage")]
}

/// On the disk of the build tree: the system's folder for temporary files may be memory.
fn place() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("the build tree can be written");
    let path = folder.path().join("site.db");
    (folder, path)
}

fn journal(path: &std::path::Path) -> Journal {
    Journal::open(path, Opening { at: Stamp::default(), body: "{}".into() }).expect("a new journal opens")
}

#[divan::bench(sample_count = 20)]
fn grouped_by_the_writer(bencher: Bencher) {
    let (_folder, path) = place();
    let (done, let_go) = std::sync::mpsc::channel();
    let on_commit = move |(), _: Range<u64>| done.send(()).expect("the bench waits for every token");
    let writer =
        Writer::start(journal(&path), WriterLimits::default(), on_commit, |_| {}).expect("threads start");
    let handle = writer.handle();
    bencher.counter(ItemsCount::new(STEPS)).bench_local(|| {
        for _ in 0..STEPS {
            handle.send(Batch { entries: step(), token: () }).expect("the writer runs");
        }
        for _ in 0..STEPS {
            let_go.recv().expect("every token is let go");
        }
    });
}

#[divan::bench(sample_count = 20)]
fn one_commit_a_step(bencher: Bencher) {
    let (_folder, path) = place();
    let mut journal = journal(&path);
    bencher.counter(ItemsCount::new(STEPS)).bench_local(|| {
        for _ in 0..STEPS {
            journal.append(&step()).expect("the disk works");
        }
    });
}

/// The yardstick of the design: one commit of the same bytes with WAL and FULL, without chain or columns.
#[divan::bench(sample_count = 20)]
fn raw_commit_of_the_same_bytes(bencher: Bencher) {
    let (_folder, path) = place();
    let connection = Connection::open(path).expect("a new database opens");
    connection
        .execute_batch("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; CREATE TABLE t (body TEXT);")
        .expect("a table can be made");
    let body: String = step().iter().map(|entry| entry.body.as_str()).collect();
    let mut insert = connection.prepare("INSERT INTO t VALUES (?1)").expect("the table is there");
    bencher.counter(ItemsCount::new(STEPS)).bench_local(|| {
        for _ in 0..STEPS {
            insert.execute([&body]).expect("the disk works");
        }
    });
}

#[divan::bench(sample_count = 20)]
fn raw_fdatasync_of_the_same_bytes(bencher: Bencher) {
    let (_folder, path) = place();
    let mut file = File::create(path).expect("a file can be made");
    let body: String = step().iter().map(|entry| entry.body.as_str()).collect();
    bencher.counter(ItemsCount::new(STEPS)).bench_local(|| {
        for _ in 0..STEPS {
            file.write_all(body.as_bytes()).expect("the disk works");
            file.sync_data().expect("the disk works");
        }
    });
}

fn long_journal() -> (TempDir, PathBuf) {
    let (folder, path) = place();
    let mut journal = journal(&path);
    let entries: Vec<_> = (0..ENTRIES / 2).flat_map(|_| step()).collect();
    journal.append(&entries).expect("the disk works");
    journal.close().expect("the disk works");
    (folder, path)
}

#[divan::bench(sample_count = 5, sample_size = 1)]
fn read_every_entry(bencher: Bencher) {
    let (_folder, path) = long_journal();
    let reader = Reader::open(&path).expect("it was just written");
    bencher.counter(ItemsCount::new(ENTRIES)).bench_local(|| reader.entries(Filter::default()).count());
}

#[divan::bench(sample_count = 5, sample_size = 1)]
fn verify_every_entry(bencher: Bencher) {
    let (_folder, path) = long_journal();
    bencher
        .counter(ItemsCount::new(ENTRIES))
        .bench_local(|| verify(&path, None).expect("it was just written"));
}
