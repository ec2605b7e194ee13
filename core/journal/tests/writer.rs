//! The writer's thread: order, grouping, outages and its end.
#![allow(clippy::unwrap_used, reason = "a test may fail")]

use std::ops::Range;
use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use greenlane_journal::{
    Batch, Class, Entry, Filter, Journal, JournalError, NotQueued, Opening, Reader, RecorderState, Store,
    Writer, WriterHandle, WriterLimits,
};
use greenlane_model::Stamp;
use proptest::prelude::*;

/// A disk that asks before every write whether it may work.
struct Disk {
    asked: Sender<usize>,
    answer: Receiver<bool>,
    written: Arc<Mutex<Vec<Entry>>>,
}

impl Store for Disk {
    fn append(&mut self, entries: &[Entry]) -> Result<Range<u64>, JournalError> {
        // The test may have ended already; then the disk works.
        let _ = self.asked.send(entries.len());
        if !self.answer.recv().unwrap_or(true) {
            return Err(JournalError::Output(std::io::Error::other("no room")));
        }
        let mut written = self.written.lock().unwrap();
        let first = written.len() as u64 + 1;
        written.extend_from_slice(entries);
        Ok(first..first + entries.len() as u64)
    }
}

/// What the writer said, in the order of saying, with how many entries were on the disk at that moment.
#[derive(Debug, PartialEq)]
enum Said {
    LetGo { token: usize, seqs: Range<u64>, written: usize },
    Writable(bool),
}

struct Bench {
    // Before the writer, so that a test that fails does not wait for a disk that waits for the test.
    answer: Sender<bool>,
    writer: Writer<usize, Disk>,
    asked: Receiver<usize>,
    said: Arc<Mutex<Vec<Said>>>,
}

impl Bench {
    fn new(limits: WriterLimits) -> Self {
        let (asked_out, asked) = mpsc::channel();
        let (answer, answer_in) = mpsc::channel();
        let written = Arc::new(Mutex::new(Vec::new()));
        let said = Arc::new(Mutex::new(Vec::new()));
        let disk = Disk { asked: asked_out, answer: answer_in, written: written.clone() };
        let (on_commit, on_state) = (said.clone(), said.clone());
        let writer = Writer::start(
            disk,
            limits,
            move |token, seqs| {
                let written = written.lock().unwrap().len();
                on_commit.lock().unwrap().push(Said::LetGo { token, seqs, written });
            },
            move |RecorderState { writable, .. }| on_state.lock().unwrap().push(Said::Writable(writable)),
        )
        .unwrap();
        Self { writer, asked, answer, said }
    }

    fn said(&self) -> Vec<Said> {
        std::mem::take(&mut self.said.lock().unwrap())
    }
}

fn limits() -> WriterLimits {
    WriterLimits {
        pause: Duration::from_millis(1),
        pause_max: Duration::from_millis(2),
        ..WriterLimits::default()
    }
}

fn batch(token: usize, entries: usize) -> Batch<usize> {
    let entry = |n| Entry {
        lane: "in-04".into(),
        class: Class::Input,
        at: Stamp::default(),
        kind: "due".into(),
        body: format!("[{token},{n}]"),
    };
    Batch { entries: (0..entries).map(entry).collect(), token }
}

fn queue(handle: &WriterHandle<usize>, token: usize, entries: usize) {
    handle.send(batch(token, entries)).unwrap();
}

#[test]
fn what_queues_during_a_commit_goes_into_the_next_as_one() {
    let bench = Bench::new(limits());
    let handle = bench.writer.handle();
    queue(&handle, 0, 2);
    assert_eq!(bench.asked.recv().unwrap(), 2);
    for (token, entries) in [(1, 3), (2, 0), (3, 1)] {
        queue(&handle, token, entries);
    }
    assert_eq!(bench.said(), [], "nothing is let go before its commit");
    bench.answer.send(true).unwrap();
    assert_eq!(bench.asked.recv().unwrap(), 4, "three batches in one transaction");
    assert_eq!(bench.said(), [Said::LetGo { token: 0, seqs: 1..3, written: 2 }]);
    bench.answer.send(true).unwrap();
    let said = bench.said.clone();
    bench.writer.close().unwrap();
    let expected = [(1, 3..6), (2, 6..6), (3, 6..7)];
    let expected = expected.map(|(token, seqs)| Said::LetGo { token, seqs, written: 6 });
    assert_eq!(*said.lock().unwrap(), expected);
}

#[test]
fn a_transaction_is_bounded_and_no_batch_is_split() {
    let bench = Bench::new(WriterLimits { group: 4, ..limits() });
    let handle = bench.writer.handle();
    queue(&handle, 0, 1);
    assert_eq!(bench.asked.recv().unwrap(), 1);
    for token in 1..=4 {
        queue(&handle, token, 3);
    }
    let mut sizes = Vec::new();
    for _ in 0..2 {
        bench.answer.send(true).unwrap();
        sizes.push(bench.asked.recv().unwrap());
    }
    assert_eq!(sizes, [6, 6]);
}

#[test]
fn an_outage_is_told_once_and_what_waited_is_let_go_before_its_end_is_told() {
    let bench = Bench::new(limits());
    let handle = bench.writer.handle();
    queue(&handle, 0, 1);
    for _ in 0..5 {
        assert_eq!(bench.asked.recv().unwrap(), 1, "the same transaction is tried again");
        bench.answer.send(false).unwrap();
    }
    bench.asked.recv().unwrap();
    queue(&handle, 1, 1);
    assert_eq!(bench.said(), [Said::Writable(false)]);
    bench.answer.send(true).unwrap();
    bench.asked.recv().unwrap();
    assert_eq!(bench.said(), [Said::LetGo { token: 0, seqs: 1..2, written: 1 }, Said::Writable(true)]);
    bench.answer.send(false).unwrap();
    bench.asked.recv().unwrap();
    bench.answer.send(true).unwrap();
    let said = bench.said.clone();
    drop(bench.answer);
    bench.writer.close().unwrap();
    let letting_go = Said::LetGo { token: 1, seqs: 2..3, written: 2 };
    assert_eq!(*said.lock().unwrap(), [Said::Writable(false), letting_go, Said::Writable(true)]);
}

#[test]
fn closing_on_a_dead_disk_ends_at_once_and_lets_nothing_go() {
    let bench = Bench::new(WriterLimits {
        pause: Duration::from_secs(3600),
        pause_max: Duration::from_secs(3600),
        ..limits()
    });
    let handle = bench.writer.handle();
    queue(&handle, 0, 1);
    bench.asked.recv().unwrap();
    queue(&handle, 1, 1);
    // The one that runs, and the last try after closing.
    bench.answer.send(false).unwrap();
    bench.answer.send(false).unwrap();
    let said = bench.said.clone();
    let lost = bench.writer.close().map(|_| ()).unwrap_err();
    assert_eq!((lost.entries, lost.error.to_string().contains("no room")), (1, true), "{lost}");
    assert!(said.lock().unwrap().iter().all(|said| *said == Said::Writable(false)), "{said:?}");
    assert!(matches!(handle.send(batch(2, 1)), Err(NotQueued::Closed(Batch { token: 2, .. }))));
    assert!(matches!(handle.try_send(batch(3, 1)), Err(NotQueued::Closed(Batch { token: 3, .. }))));
}

#[test]
fn a_full_queue_gives_the_batch_back_at_once() {
    let bench = Bench::new(WriterLimits { queue: 1, ..limits() });
    let handle = bench.writer.handle();
    queue(&handle, 0, 1);
    bench.asked.recv().unwrap();
    queue(&handle, 1, 1);
    assert!(matches!(handle.try_send(batch(2, 1)), Err(NotQueued::Full(Batch { token: 2, .. }))));
    drop(bench.answer);
    bench.writer.close().unwrap();
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, ..ProptestConfig::default() })]

    #[test]
    fn every_token_comes_once_in_order_after_its_own_entries(
        sizes in prop::collection::vec(0_usize..5, 0..60), works in prop::collection::vec(any::<bool>(), 0..20),
        group in 1_usize..20,
    ) {
        let bench = Bench::new(WriterLimits { group, ..limits() });
        works.iter().for_each(|&works| bench.answer.send(works).unwrap());
        // After those, the disk works whenever it is asked.
        drop(bench.answer);
        let handle = bench.writer.handle();
        sizes.iter().enumerate().for_each(|(token, &entries)| queue(&handle, token, entries));
        let said = bench.said.clone();
        let closed = bench.writer.close();
        let mut next = 1;
        let mut tokens = 0;
        for said in said.lock().unwrap().iter() {
            if let Said::LetGo { token, seqs, written } = said {
                prop_assert_eq!((*token, seqs.start, seqs.end), (tokens, next, next + sizes[tokens] as u64));
                prop_assert!(*written as u64 >= seqs.end - 1);
                (next, tokens) = (seqs.end, tokens + 1);
            }
        }
        prop_assert!(closed.is_err() || tokens == sizes.len(), "{tokens} of {} were let go", sizes.len());
    }
}

#[test]
fn four_lanes_at_once_are_each_in_order_in_a_real_journal() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("site.db");
    let journal = Journal::open(&path, Opening { at: Stamp::default(), body: "{}".into() }).unwrap();
    let (done, let_go) = mpsc::channel();
    let on_commit = move |token: usize, _| done.send(token).unwrap();
    let writer = Writer::start(journal, WriterLimits::default(), on_commit, |_| {}).unwrap();
    std::thread::scope(|scope| {
        for lane in 0..4_usize {
            let handle = writer.handle();
            scope.spawn(move || {
                for n in 0..200 {
                    let mut batch = batch(n, 2);
                    batch.entries.iter_mut().for_each(|entry| entry.lane = lane.to_string());
                    handle.send(batch).unwrap();
                }
            });
        }
    });
    writer.close().unwrap().close().unwrap();
    assert_eq!(let_go.iter().count(), 800);
    let reader = Reader::open(&path).unwrap();
    for lane in reader.lanes().unwrap() {
        let entries = reader.entries(Filter { lane: Some(lane.clone()), ..Filter::default() });
        let bodies: Vec<_> = entries.map(|recorded| recorded.unwrap().entry.body).collect();
        let expected: Vec<_> = (0..200).flat_map(|n| (0..2).map(move |m| format!("[{n},{m}]"))).collect();
        assert_eq!(bodies, expected, "lane {lane}");
    }
}
