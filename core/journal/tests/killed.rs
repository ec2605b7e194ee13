//! A writer that is killed at any moment loses nothing that it let go.
#![allow(clippy::unwrap_used, reason = "a test may fail")]

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};

use greenlane_journal::{
    Batch, Class, Entry, Filter, Journal, Opening, Reader, Writer, WriterLimits, verify,
};
use greenlane_model::Stamp;
use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::TestRunner;
use tempfile::tempdir;

const JOURNAL: &str = "GREENLANE_TEST_JOURNAL";
const KILLS: usize = 10;

/// Runs in a process of its own and writes until it is killed, or until nobody reads what it says.
#[test]
#[ignore = "the child of the test below"]
fn child_that_writes_until_it_is_killed() {
    let Some(path) = std::env::var_os(JOURNAL) else { return };
    let opening = Opening { at: Stamp::default(), body: "{}".into() };
    let journal = Journal::open(Path::new(&path), opening).unwrap();
    let said = |last: u64| writeln!(std::io::stdout(), "\ncommitted {last}").unwrap();
    let writer =
        Writer::start(journal, WriterLimits::default(), move |(), seqs| said(seqs.end - 1), |_| {}).unwrap();
    let handle = writer.handle();
    for n in 0_u64.. {
        let entry = |class| Entry {
            lane: format!("in-{:02}", n % 4),
            class,
            at: Stamp::new(n, 0),
            kind: "due".into(),
            body: format!(r#"{{"n":{n},"pad":"{}"}}"#, "x".repeat((n % 700) as usize)),
        };
        let entries = vec![entry(Class::Input), entry(Class::Effect)];
        if handle.send(Batch { entries, token: () }).is_err() {
            return;
        }
    }
}

#[test]
fn killed_at_random_moments_nothing_acknowledged_is_lost() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("site.db");
    let mut runner = TestRunner::default();
    for kill in 0..KILLS {
        let lines = (0_usize..3000).new_tree(&mut runner).unwrap().current();
        let acknowledged = kill_after(&path, lines);
        let verdict = verify(&path, None).unwrap();
        assert!(verdict.is_sound(), "kill {kill} after {lines} lines: {:?}", verdict.findings);
        let last = verdict.head.unwrap().seq;
        assert!(
            acknowledged <= last,
            "kill {kill} after {lines} lines: {acknowledged} acknowledged, {last} there"
        );
    }
    let reader = Reader::open(&path).unwrap();
    let starts = reader.entries(Filter { kind: Some("start".into()), ..Filter::default() }).count();
    assert_eq!(starts, KILLS);
    for lane in reader.lanes().unwrap() {
        for step in reader.steps(&lane, 0) {
            let step = step.unwrap();
            assert_eq!(step.effects.len(), 1, "half a batch at {}", step.input.seq);
        }
    }
}

/// Kills a child after so many acknowledgements and returns the last one it gave.
fn kill_after(path: &Path, lines: usize) -> u64 {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--ignored", "--exact", "child_that_writes_until_it_is_killed", "--nocapture"])
        .env(JOURNAL, path)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let said = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut acknowledged = said.filter_map(|line| line.unwrap().strip_prefix("committed ")?.parse().ok());
    let mut last = 0;
    for _ in 0..=lines {
        last = acknowledged.next().expect("the child writes until it is killed");
    }
    child.kill().unwrap();
    last = acknowledged.last().unwrap_or(last);
    child.wait().unwrap();
    last
}
