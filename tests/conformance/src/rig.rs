//! One compiled driver in simulated time, with the far side of its wire. No thread, no clock, no socket.

use std::collections::{BTreeMap, VecDeque};
use std::time::Instant;

use greenlane_controller::host::{Broken, Instance, OpenFailure, Out, Plugin};
use greenlane_driver::{Answer, DriverInfo, File, Input, LinkKind, Point};
use greenlane_link::{Framer, Piece};
use greenlane_model::{Body, Stamp};
use serde_json::Value;

use crate::far::{Far, Reply};
use crate::script::{Act, Step};
use crate::trace::{Note, Seen, Trace, What};

/// What both simulated clocks show at time zero of a script.
pub const START: Stamp = Stamp::new(1_000_000_000_000, 1_795_521_600_000_000_000);

/// After this many answers to one act the driver is taken to ask without end.
const MOST_REPLIES_AN_ACT: usize = 100_000;
/// A link given up after a time-out is made anew after so long, as by the controller...
const FIRST_BACK_OFF_NS: u64 = 100_000_000;
/// ...and after twice as long each time, up to this.
const LONGEST_BACK_OFF_NS: u64 = 5_000_000_000;

/// A driver that is open, and everything it has said.
pub struct Rig {
    instance: Instance,
    framer: Framer,
    far: Far,
    timers: BTreeMap<u64, u64>,
    replies: VecDeque<Reply>,
    now_ns: u64,
    start: Stamp,
    up: bool,
    reconnect_ns: Option<u64>,
    back_off_ns: u64,
    /// What went in and what came out.
    pub trace: Trace,
    /// The points the driver named when it opened.
    pub points: Vec<Point>,
}

impl Rig {
    /// Opens `model` of `plugin` with `settings`, in front of `far`.
    ///
    /// # Errors
    /// The driver refuses the settings, or breaks.
    pub fn open(plugin: &Plugin, info: &DriverInfo, settings: &Value, far: Far) -> Result<Self, OpenFailure> {
        let (instance, points) = Instance::open(plugin, &info.model, settings)?;
        Ok(Self {
            instance,
            framer: Framer::new(&info.link),
            far,
            timers: BTreeMap::new(),
            replies: VecDeque::new(),
            now_ns: 0,
            start: START,
            up: false,
            reconnect_ns: None,
            back_off_ns: FIRST_BACK_OFF_NS,
            trace: Trace::default(),
            points,
        })
    }

    /// Moves both clocks of the rig: time zero of the script is `start`.
    pub fn started_at(mut self, start: Stamp) -> Self {
        self.start = start;
        self
    }

    /// Plays a script and goes on until `end_ns`. Stops where the driver breaks.
    pub fn play(&mut self, script: &[Step], end_ns: u64) {
        for step in script {
            self.advance(step.at_ns);
            self.act(&step.act);
            if self.trace.broken.is_some() {
                return;
            }
        }
        self.advance(end_ns);
    }

    /// Lets timers run out and answers arrive, up to `to_ns`.
    pub fn advance(&mut self, to_ns: u64) {
        let mut replies = 0;
        while let Some(at) = self.reconnect_ns.filter(|&at| at <= to_ns) {
            self.reconnect_ns = None;
            self.timers_and_replies(at, &mut replies);
            self.now_ns = self.now_ns.max(at);
            self.connect();
            self.timers_and_replies(to_ns, &mut replies);
        }
        self.timers_and_replies(to_ns, &mut replies);
        self.now_ns = self.now_ns.max(to_ns);
    }

    fn timers_and_replies(&mut self, to_ns: u64, replies: &mut usize) {
        while self.reconnect_ns.is_none_or(|at| at > to_ns)
            && self.trace.broken.is_none()
            && *replies < MOST_REPLIES_AN_ACT
        {
            let timer = self.timers.iter().map(|(&token, &at)| (at, token)).min();
            let reply = self.replies.front().map(|reply| reply.due_ns);
            match (timer, reply) {
                (Some((at, token)), reply) if at <= to_ns && reply.is_none_or(|r| at <= r) => {
                    self.timers.remove(&token);
                    self.now_ns = self.now_ns.max(at);
                    self.feed(Input::Due { token });
                }
                (_, Some(at)) if at <= to_ns => {
                    self.now_ns = self.now_ns.max(at);
                    self.answer();
                    *replies += 1;
                }
                _ => break,
            }
        }
    }

    /// Does one act now.
    pub fn act(&mut self, act: &Act) {
        self.trace.push(self.now_ns, What::Act(act.clone()));
        match act {
            Act::Connect => self.connect(),
            Act::Lose(reason) => {
                self.reconnect_ns = None;
                self.lose(reason);
            }
            Act::Bytes(bytes) => self.bytes(bytes),
            Act::Post { content_type, query, body } => {
                let id = self.trace.next_id();
                self.feed(Input::Request { id, content_type, query, body });
            }
            Act::File(file) => self.feed(Input::File(File {
                path: &file.path,
                sha256: &file.sha256,
                bytes: file.bytes,
                head: &file.head,
                sidecar: file.sidecar.as_deref(),
            })),
            Act::Bank(change) => self.far.change(change),
            Act::Command(body) => {
                let id = self.trace.next_id();
                self.feed(Input::Command { id, body });
            }
            Act::Due(token) => self.feed(Input::Due { token: *token }),
            Act::Repeat { id, body } => self.feed(Input::Command { id: *id, body }),
        }
    }

    /// How many timers are open.
    pub fn timers(&self) -> usize {
        self.timers.len()
    }

    fn connect(&mut self) {
        self.up = true;
        self.reconnect_ns = None;
        let _ = self.framer.finish();
        self.feed(Input::Connected);
    }

    fn lose(&mut self, reason: &str) {
        self.up = false;
        self.replies.clear();
        let _ = self.framer.finish();
        self.feed(Input::Lost { reason });
    }

    /// Bytes go through the controller's own framing, at most as many at once as it reads.
    fn bytes(&mut self, bytes: &[u8]) {
        for piece in bytes.chunks(16 * 1024) {
            self.framer.space().extend_from_slice(piece);
            while let Some(piece) = self.framer.next_piece() {
                match piece {
                    Piece::Frame(frame) => self.feed(Input::Frame(&frame)),
                    Piece::Dropped { bytes, .. } => self.trace.dropped_bytes += bytes,
                }
                if self.trace.broken.is_some() {
                    return;
                }
            }
        }
    }

    fn answer(&mut self) {
        let Some(reply) = self.replies.pop_front() else { return };
        let (sent, received) = (self.stamp(reply.sent_ns), self.stamp(self.now_ns));
        let (registers, bits);
        let answer = match reply.answer {
            crate::far::Said::Registers(values) => {
                registers = values;
                Answer::Registers(&registers)
            }
            crate::far::Said::Bits(values) => {
                bits = values;
                Answer::Bits(&bits)
            }
            crate::far::Said::Written => Answer::Written,
            crate::far::Said::Exception(code) => Answer::Exception(code),
            crate::far::Said::Nothing => Answer::Timeout,
        };
        let timed_out = answer == Answer::Timeout;
        self.feed(Input::Reply { id: reply.id, sent, received, answer });
        if timed_out && self.up {
            // The host makes the link anew; requests that were waiting are void.
            self.trace.push(self.now_ns, What::Note(Note::LinkGivenUp));
            self.lose("no answer in time");
            self.reconnect_ns = Some(self.now_ns + self.back_off_ns);
            self.back_off_ns = (self.back_off_ns * 2).min(LONGEST_BACK_OFF_NS);
        } else if !timed_out {
            self.back_off_ns = FIRST_BACK_OFF_NS;
        }
    }

    fn feed(&mut self, input: Input<'_>) {
        self.trace.inputs += 1;
        let now = self.stamp(self.now_ns);
        let mut out = Vec::new();
        let begin = Instant::now();
        let result = self.instance.handle(now, input, &mut out);
        self.trace.took_ms.push(begin.elapsed().as_secs_f64() * 1e3);
        let observed = out.iter().filter(|one| matches!(one, Out::Observe { .. })).count() as u64;
        self.trace.most_at_once = self.trace.most_at_once.max(observed);
        for one in out {
            self.said(one);
        }
        if let Err(broken) = result {
            self.break_off(broken);
        }
    }

    fn said(&mut self, out: Out) {
        let now_ns = self.now_ns;
        match out {
            Out::Observe { at, quality, kind, json } => {
                let body = Body::decode(&kind, &json).map_err(|e| e.to_string());
                let seen = Seen { now_ns, start: self.start, at, quality, kind, json, body };
                self.trace.push(now_ns, What::Came(Box::new(seen)));
            }
            Out::Request { id, request } => {
                self.trace.push(now_ns, What::Note(Note::Asked { id, request: format!("{request:?}") }));
                let from = self.replies.back().map_or(now_ns, |last| last.due_ns.max(now_ns));
                if self.up {
                    self.replies.push_back(self.far.answer(id, &request, from));
                }
            }
            Out::Send(bytes) => self.trace.push(now_ns, What::Note(Note::Sent(bytes))),
            Out::Respond { id, status, body } => {
                self.trace.push(now_ns, What::Note(Note::Responded { id, status, body }));
            }
            Out::Outcome { id, outcome } => {
                self.trace.push(now_ns, What::Note(Note::Outcome { id, outcome }));
            }
            Out::WakeAfter { ns, token } => {
                self.trace.wakes += 1;
                self.timers.insert(token, now_ns.saturating_add(ns));
            }
            Out::Log { level, text } => self.trace.push(now_ns, What::Note(Note::Log { level, text })),
        }
    }

    fn break_off(&mut self, broken: Broken) {
        self.trace.push(self.now_ns, What::Note(Note::Broke(broken.to_string())));
        self.trace.broken = Some(broken);
    }

    fn stamp(&self, ns: u64) -> Stamp {
        self.start.shifted(i64::try_from(ns).unwrap_or(i64::MAX))
    }
}

/// Whether a wire carries bytes that are cut into frames.
pub fn is_stream(link: &LinkKind) -> bool {
    matches!(
        link,
        LinkKind::Lines { .. } | LinkKind::Framed { .. } | LinkKind::Delimited { .. } | LinkKind::Raw { .. }
    )
}
