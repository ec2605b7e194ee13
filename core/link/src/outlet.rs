//! The way out of a link: stamp, capture, queue.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use greenlane_model::Stamp;
use tokio::sync::mpsc;

use crate::capture::Capture;
use crate::{Clock, Event, Member, Op, Stamped};

/// Where a link puts what it has read. Cheap to clone; one capture a member is shared by all clones.
#[derive(Clone)]
pub struct Outlet {
    events: mpsc::Sender<Stamped>,
    captures: Arc<[Option<Mutex<Capture>>]>,
}

impl Outlet {
    /// An outlet for `members`; the error is a sentence.
    pub fn open(
        members: &[Member],
        files: &[Option<PathBuf>],
        events: mpsc::Sender<Stamped>,
    ) -> Result<Self, String> {
        let mut captures = Vec::with_capacity(members.len());
        for (index, member) in members.iter().enumerate() {
            let Some(Some(path)) = files.get(index) else {
                captures.push(None);
                continue;
            };
            let capture = Capture::create(path, &member.kind, Clock::now()).map_err(|error| {
                format!("cannot write the capture of {} to {}: {error}", member.name, path.display())
            })?;
            captures.push(Some(Mutex::new(capture)));
        }
        Ok(Self { events, captures: captures.into() })
    }

    /// An outlet for `count` members that captures nothing.
    pub fn without_capture(count: usize, events: mpsc::Sender<Stamped>) -> Self {
        Self { events, captures: (0..count).map(|_| None).collect() }
    }

    /// How many members there are.
    pub fn members(&self) -> usize {
        self.captures.len()
    }

    /// Hands `event` over, waiting for room. When the host is gone nothing happens: the link is then being
    /// ended by [`crate::open`].
    pub async fn emit(&self, at: Stamp, member: usize, event: Event) {
        self.capture(member, |capture| capture.event(at, &event));
        let _ = self.events.send(Stamped { at, member, event }).await;
    }

    /// Says to every member that the link is up.
    pub async fn connected(&self) {
        let at = Clock::now();
        for member in 0..self.members() {
            self.emit(at, member, Event::Connected).await;
        }
    }

    /// Says to every member that the link is down.
    pub async fn lost(&self, reason: &str) {
        let at = Clock::now();
        for member in 0..self.members() {
            self.emit(at, member, Event::Lost { reason: reason.to_owned() }).await;
        }
    }

    /// Captures what is about to go to the device.
    pub fn sent(&self, at: Stamp, member: usize, op: &Op) {
        self.capture(member, |capture| capture.op(at, op));
    }

    fn capture(&self, member: usize, write: impl FnOnce(&mut Capture)) {
        if let Some(Some(capture)) = self.captures.get(member) {
            write(&mut capture.lock().unwrap_or_else(PoisonError::into_inner));
        }
    }
}
