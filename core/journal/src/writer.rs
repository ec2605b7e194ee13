//! The thread that groups commits: whoever waits for a record is let go after it is on the disk, never before.

use std::ops::Range;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, SyncSender, TryRecvError, TrySendError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use crate::{Entry, Journal, JournalError};

/// Where a [`Writer`] writes: a [`Journal`], or a test's disk that fails when told.
pub trait Store: Send + 'static {
    /// Writes `entries` as a whole or not at all, and returns their numbers.
    ///
    /// # Errors
    /// When nothing was written; the same call may be tried again.
    fn append(&mut self, entries: &[Entry]) -> Result<Range<u64>, JournalError>;
}

impl Store for Journal {
    fn append(&mut self, entries: &[Entry]) -> Result<Range<u64>, JournalError> {
        Journal::append(self, entries)
    }
}

/// What is written as a whole, with what waits for it.
#[derive(Debug)]
pub struct Batch<T> {
    /// May be empty: then the token waits for everything queued before it.
    pub entries: Vec<Entry>,
    /// Let go after the commit: a permissive command, an HTTP answer.
    pub token: T,
}

/// Whether the journal can be written: what a lane is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecorderState {
    /// Nothing permissive may be asked for while it is false.
    pub writable: bool,
    /// In words.
    pub reason: String,
}

/// Bounds of a writer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WriterLimits {
    /// Batches that wait; when so many do, [`WriterHandle::send`] blocks.
    pub queue: usize,
    /// No batch is added to a transaction that has so many entries.
    pub group: usize,
    /// The first pause after a failed write; doubles up to `pause_max`.
    pub pause: Duration,
    /// The longest pause.
    pub pause_max: Duration,
}

impl Default for WriterLimits {
    fn default() -> Self {
        Self { queue: 4096, group: 4096, pause: Duration::from_millis(50), pause_max: Duration::from_secs(2) }
    }
}

/// The writer's thread.
///
/// Batches are written in the order in which they were queued, as many in one transaction as are there.
/// While the disk fails nothing is lost and nothing is let go: the same transaction is tried again and again.
#[derive(Debug)]
pub struct Writer<T, S> {
    handle: WriterHandle<T>,
    /// Nothing is ever sent: closing it cuts the pauses short.
    stop: Option<mpsc::Sender<()>>,
    thread: Option<JoinHandle<Result<S, Unwritten>>>,
}

/// Queues batches; as many as there are lanes.
#[derive(Debug)]
pub struct WriterHandle<T>(SyncSender<Message<T>>);

/// The queue did not take the batch.
#[derive(Debug, thiserror::Error)]
pub enum NotQueued<T> {
    /// As many wait as may; the disk is slower than the lanes, or does not write.
    #[error("the journal's queue is full")]
    Full(Batch<T>),
    /// The writer was closed.
    #[error("the journal's writer was closed")]
    Closed(Batch<T>),
}

/// The writer was closed while the disk did not write. What was queued is lost; none of it was let go.
#[derive(Debug, thiserror::Error)]
#[error("{entries} or more entries were not written: {error}")]
pub struct Unwritten {
    /// Entries of the transaction that failed; those still queued are not counted.
    pub entries: usize,
    /// Why.
    pub error: JournalError,
}

#[derive(Debug)]
enum Message<T> {
    Batch(Batch<T>),
    /// Nothing queued before this is left behind.
    Stop,
}

impl<T: Send + 'static, S: Store> Writer<T, S> {
    /// Starts the thread.
    ///
    /// `on_commit` gets every token in order with the numbers of its entries, after their commit. `on_state` is
    /// told once when writing begins to fail and once when it works again, the latter *after* the tokens that
    /// waited meanwhile, so that what became stale can be told from what is new. Both run on the writer's
    /// thread and must not block on this writer's queue.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub fn start(
        store: S,
        limits: WriterLimits,
        on_commit: impl FnMut(T, Range<u64>) + Send + 'static,
        on_state: impl FnMut(RecorderState) + Send + 'static,
    ) -> std::io::Result<Self> {
        let (sender, queue) = mpsc::sync_channel(limits.queue);
        let (stop, stopped) = mpsc::channel();
        let mut work =
            Work { store, limits, queue, stopped, on_commit, on_state, group: Group::new(), last: false };
        let thread = thread::Builder::new()
            .name("journal".to_owned())
            .spawn(move || work.run().map(|()| work.store))?;
        Ok(Self { handle: WriterHandle(sender), stop: Some(stop), thread: Some(thread) })
    }

    /// Another way in, for another lane.
    pub fn handle(&self) -> WriterHandle<T> {
        self.handle.clone()
    }

    /// Writes what is queued, ends the thread and gives the store back.
    ///
    /// # Errors
    /// When the disk does not write: then it does not wait for it.
    pub fn close(mut self) -> Result<S, Unwritten> {
        // The thread is taken here and in `drop`, which comes after.
        let ended = self.end().expect("a writer that was not dropped has its thread");
        ended.unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    }
}

impl<T, S> Writer<T, S> {
    fn end(&mut self) -> Option<thread::Result<Result<S, Unwritten>>> {
        let thread = self.thread.take()?;
        self.stop = None;
        // Fails only when the thread has ended already.
        let _ = self.handle.0.send(Message::Stop);
        Some(thread.join())
    }
}

impl<T, S> Drop for Writer<T, S> {
    /// As [`Writer::close`]; what could not be written was never let go, so nobody needs to be told.
    fn drop(&mut self) {
        self.end();
    }
}

impl<T> WriterHandle<T> {
    /// Queues a batch; waits while the queue is full.
    ///
    /// # Errors
    /// When the writer was closed.
    pub fn send(&self, batch: Batch<T>) -> Result<(), NotQueued<T>> {
        self.0.send(Message::Batch(batch)).map_err(|error| match error.0 {
            Message::Batch(batch) => NotQueued::Closed(batch),
            Message::Stop => unreachable!("a batch was sent"),
        })
    }

    /// Queues a batch, or gives it back at once: for a lane that must stay able to turn its lights red.
    ///
    /// # Errors
    /// When the queue is full or the writer was closed.
    pub fn try_send(&self, batch: Batch<T>) -> Result<(), NotQueued<T>> {
        self.0.try_send(Message::Batch(batch)).map_err(|error| match error {
            TrySendError::Full(Message::Batch(batch)) => NotQueued::Full(batch),
            TrySendError::Disconnected(Message::Batch(batch)) => NotQueued::Closed(batch),
            TrySendError::Full(Message::Stop) | TrySendError::Disconnected(Message::Stop) => {
                unreachable!("a batch was sent")
            }
        })
    }
}

impl<T> Clone for WriterHandle<T> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

/// What goes into one transaction.
struct Group<T> {
    entries: Vec<Entry>,
    /// Each token with how many entries are its own.
    tokens: Vec<(T, u64)>,
}

impl<T> Group<T> {
    fn new() -> Self {
        Self { entries: Vec::new(), tokens: Vec::new() }
    }

    /// Tokens count as well: a stream of batches without entries must end too.
    fn is_full(&self, limit: usize) -> bool {
        self.entries.len().max(self.tokens.len()) >= limit
    }

    fn add(&mut self, mut batch: Batch<T>) {
        self.tokens.push((batch.token, batch.entries.len() as u64));
        self.entries.append(&mut batch.entries);
    }
}

struct Work<T, S, C, W> {
    store: S,
    limits: WriterLimits,
    queue: Receiver<Message<T>>,
    stopped: Receiver<()>,
    on_commit: C,
    on_state: W,
    group: Group<T>,
    /// Nothing comes after this group.
    last: bool,
}

impl<T, S: Store, C: FnMut(T, Range<u64>), W: FnMut(RecorderState)> Work<T, S, C, W> {
    fn run(&mut self) -> Result<(), Unwritten> {
        while !self.last {
            self.gather();
            if !self.group.tokens.is_empty() {
                self.write()?;
            }
        }
        Ok(())
    }

    /// Waits for a batch and takes what else is there.
    fn gather(&mut self) {
        let mut message = self.queue.recv().map_err(|_| TryRecvError::Disconnected);
        loop {
            match message {
                Ok(Message::Batch(batch)) => self.group.add(batch),
                Ok(Message::Stop) | Err(TryRecvError::Disconnected) => {
                    self.last = true;
                    return;
                }
                Err(TryRecvError::Empty) => return,
            }
            if self.group.is_full(self.limits.group) {
                return;
            }
            message = self.queue.try_recv();
        }
    }

    /// Writes the group, however often it must be tried, and lets its tokens go.
    fn write(&mut self) -> Result<(), Unwritten> {
        let mut pause = self.limits.pause;
        let mut failing = false;
        let written = loop {
            match self.store.append(&self.group.entries) {
                Ok(written) => break written,
                Err(error) if self.is_stopped(Duration::ZERO) => return Err(self.give_up(error)),
                Err(error) if !failing => {
                    failing = true;
                    (self.on_state)(RecorderState { writable: false, reason: error.to_string() });
                }
                Err(_) => {}
            }
            if !self.is_stopped(pause) {
                pause = (pause * 2).min(self.limits.pause_max);
            }
        };
        self.let_go(written.start);
        if failing {
            (self.on_state)(RecorderState {
                writable: true,
                reason: "the journal is written again".to_owned(),
            });
        }
        Ok(())
    }

    fn let_go(&mut self, mut first: u64) {
        self.group.entries.clear();
        for (token, count) in self.group.tokens.drain(..) {
            (self.on_commit)(token, first..first + count);
            first += count;
        }
    }

    /// Waits for `pause`, or until the writer is closed.
    fn is_stopped(&self, pause: Duration) -> bool {
        matches!(self.stopped.recv_timeout(pause), Err(RecvTimeoutError::Disconnected))
    }

    fn give_up(&self, error: JournalError) -> Unwritten {
        Unwritten { entries: self.group.entries.len(), error }
    }
}
