//! The loop of a unit: wire, timers and orders in; reports out.

use std::collections::VecDeque;
use std::path::PathBuf;
use std::time::Duration;

use greenlane_driver::{Answer, File, Input, LinkKind};
use greenlane_lane::DeviceCondition;
use greenlane_link::{Clock, Event, LinkSpec, Op, Options, OwnedAnswer, Stamped, Wire};
use greenlane_model::{Body, Fault, Outcome, Quality, Raw, Severity, Stamp};
use serde::{Deserialize, Serialize};
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep_until};

use super::member::{Due, Member};
use super::{Order, Report};
use crate::host::{OpenFailure, Out, Plugin};

/// Operations that may wait for the wire; a driver that asks for more is at fault.
const PENDING_OPS: usize = 4096;

/// One link with all devices on it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct UnitSpec {
    /// The link's URL.
    pub link: String,
    /// Runs on a thread of the controller; else in a child.
    pub in_process: bool,
    /// The devices, by index.
    pub devices: Vec<UnitDevice>,
}

/// One device of a unit.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct UnitDevice {
    /// Its name.
    pub name: String,
    /// Its driver.
    pub model: String,
    /// What `open` takes.
    pub settings: serde_json::Value,
    /// The plugin file.
    pub plugin: PathBuf,
    /// Silent for longer than this it is reported so, in s.
    pub silent_after_s: Option<f64>,
    /// Where its traffic is recorded.
    pub capture: Option<PathBuf>,
}

/// A unit at work.
pub struct Unit {
    members: Vec<Member>,
    wire: Wire,
    wire_ended: bool,
    pending: VecDeque<(usize, Op)>,
    reports: mpsc::Sender<(u32, Report)>,
    id: u32,
    /// 2xx answers that wait for a commit.
    answers: VecDeque<(u64, usize, Op)>,
    acks: u64,
    dropped: u64,
    out: Vec<Out>,
}

impl Unit {
    /// Starts the wire and opens the drivers. Must run inside a tokio runtime.
    ///
    /// # Errors
    /// A sentence: the link's URL is wrong.
    pub fn start(
        spec: &UnitSpec,
        plugins: &[&'static Plugin],
        id: u32,
        reports: mpsc::Sender<(u32, Report)>,
    ) -> Result<Self, String> {
        let link: LinkSpec = spec.link.parse().map_err(|e| format!("{}: {e}", spec.link))?;
        let shared = spec.devices.len() > 1;
        let pairs = || spec.devices.iter().zip(plugins);
        let members = pairs()
            .map(|(device, plugin)| greenlane_link::Member {
                name: device.name.clone(),
                path: if shared { format!("/{}", device.name) } else { String::new() },
                kind: link_kind(plugin, &device.model),
            })
            .collect();
        let captures = spec.devices.iter().map(|d| d.capture.clone()).collect();
        let wire = greenlane_link::open(link, members, Options { captures, ..Options::default() });
        Ok(Self {
            members: pairs().map(|(device, plugin)| Member::new(device, plugin)).collect(),
            wire,
            wire_ended: false,
            pending: VecDeque::new(),
            reports,
            id,
            answers: VecDeque::new(),
            // A commit that was asked for before a restart must not answer for what came after it.
            acks: Clock::now().mono_ns,
            dropped: 0,
            out: Vec::new(),
        })
    }

    /// Runs until the orders end.
    pub async fn run(mut self, mut orders: mpsc::Receiver<Order>) {
        for device in 0..self.members.len() {
            let plugin = self.members[device].plugin_hash().to_owned();
            self.report(Report::Loaded { device: index(device), plugin }).await;
            self.open(device).await;
        }
        let ops = self.wire.ops.clone();
        loop {
            let due = self.members.iter().filter_map(Member::next_due).min();
            tokio::select! {
                biased;
                order = orders.recv() => match order {
                    Some(order) => self.order(order).await,
                    None => return,
                },
                permit = ops.reserve(), if !self.pending.is_empty() => match (permit, self.pending.pop_front()) {
                    (Ok(permit), Some(op)) => permit.send(op),
                    // The wire has ended; its last event says why.
                    _ => self.pending.clear(),
                },
                () = until(due) => self.due().await,
                event = self.wire.events.recv(), if !self.wire_ended => match event {
                    Some(event) => self.event(event).await,
                    None => self.wire_ended = true,
                },
            }
        }
    }

    async fn open(&mut self, device: usize) {
        let now = Clock::now();
        match self.members[device].open() {
            Ok(_) => {
                for code in self.members[device].take_faults() {
                    self.fault(device, now, code, false, "opened again").await;
                }
            }
            Err(error) => {
                let code = match &error {
                    OpenFailure::Settings(_) => "driver_not_opened",
                    OpenFailure::Broken(broken) => broken.code(),
                };
                let text = error.to_string();
                self.fault(device, now, code, true, &text).await;
                self.condition(device, DeviceCondition::Down, &text, now).await;
            }
        }
        if self.members[device].link_up {
            self.connected(device, now, "driver opened again").await;
        }
    }

    /// "Up" comes before anything that the driver says: a lane that hears from a device takes it for one that is
    /// up, and would not ask for its lights again.
    async fn connected(&mut self, device: usize, at: Stamp, reason: &str) {
        if self.members[device].is_open() {
            self.condition(device, DeviceCondition::Up, reason, at).await;
        }
        self.input(device, at, at, Input::Connected).await;
    }

    async fn order(&mut self, order: Order) {
        match order {
            Order::Command { device, id, body } => {
                let (now, index) = (Clock::now(), device as usize);
                let Some(member) = self.members.get_mut(index) else { return };
                if !member.is_open() || !member.link_up {
                    let outcome = Outcome::Failed(format!("{} is down", member.name));
                    self.report(Report::Outcome { device, command: id, sent: None, outcome }).await;
                    return;
                }
                member.command_given(id, now);
                self.input(index, now, now, Input::Command { id, body: &body }).await;
            }
            Order::Committed { id } => {
                while self.answers.front().is_some_and(|(ack, ..)| *ack <= id) {
                    if let Some((_, device, op)) = self.answers.pop_front() {
                        self.push_op(device, op);
                    }
                }
            }
        }
    }

    async fn due(&mut self) {
        let now = Clock::now();
        for device in 0..self.members.len() {
            while let Some(due) = self.members[device].take_due(now.mono_ns) {
                match due {
                    Due::Timer(token) => self.input(device, now, now, Input::Due { token }).await,
                    Due::Reopen => self.open(device).await,
                    Due::Silent => {
                        self.condition(device, DeviceCondition::Silent, "nothing heard for too long", now)
                            .await;
                    }
                    Due::CommandTimeout(command, sent) => {
                        let outcome = Outcome::Failed("no outcome within 5 s".into());
                        let device = index(device);
                        self.report(Report::Outcome { device, command, sent: Some(sent), outcome }).await;
                    }
                }
            }
        }
    }

    async fn event(&mut self, Stamped { at, member: device, event }: Stamped) {
        let valid = matches!(
            event,
            Event::Frame(_) | Event::Request { .. } | Event::File { .. } | Event::Reply { .. }
        );
        if valid && self.members[device].heard(at) && self.members[device].is_open() {
            self.condition(device, DeviceCondition::Up, "heard again", at).await;
        }
        match event {
            Event::Connected => {
                self.members[device].link_up = true;
                self.members[device].heard(at);
                self.connected(device, at, "connected").await;
            }
            Event::Lost { reason } => {
                self.members[device].link_up = false;
                self.pending.retain(|(d, _)| *d != device);
                self.input(device, at, at, Input::Lost { reason: &reason }).await;
                self.commands_failed(device, "the link was lost").await;
                self.condition(device, DeviceCondition::Down, &reason, at).await;
            }
            Event::Dropped { bytes, reason } => {
                let body = Body::Raw(Raw {
                    reason: format!("{bytes} bytes dropped: {reason}"),
                    bytes: String::new(),
                });
                self.observed(device, at, at, Quality::Bad, body).await;
            }
            Event::Frame(bytes) => self.input(device, at, at, Input::Frame(&bytes)).await,
            Event::Reply { id, sent, received, answer } => {
                let answer = borrowed(&answer);
                self.input(device, at, at, Input::Reply { id, sent, received, answer }).await;
            }
            Event::Request { id, content_type, query, body } => {
                let (content_type, query) = (content_type.as_str(), query.as_str());
                self.input(device, at, at, Input::Request { id, content_type, query, body: &body }).await;
            }
            Event::File { path, sha256, bytes, head, sidecar } => {
                let file =
                    File { path: &path, sha256: &sha256, bytes, head: &head, sidecar: sidecar.as_deref() };
                self.input(device, at, at, Input::File(file)).await;
            }
        }
    }

    /// Feeds the driver and passes on what it says.
    async fn input(&mut self, device: usize, now: Stamp, received: Stamp, input: Input<'_>) {
        let mut out = std::mem::take(&mut self.out);
        let handled = self.members[device].handle(now, input, &mut out);
        for said in out.drain(..) {
            self.said(device, now, received, said).await;
        }
        self.out = out;
        if let Err(broken) = handled {
            let text = broken.to_string();
            self.fault(device, now, broken.code(), true, &text).await;
            self.commands_failed(device, &text).await;
            self.condition(device, DeviceCondition::Down, &text, now).await;
        }
    }

    async fn said(&mut self, device: usize, now: Stamp, received: Stamp, said: Out) {
        match said {
            Out::Observe { at, quality, kind, json } => {
                let report = Report::Observed { device: index(device), at, received, quality, kind, json };
                self.report(report).await;
            }
            Out::Request { id, request } => self.push_op(device, Op::Modbus { id, request }),
            Out::Send(bytes) => self.push_op(device, Op::Send(bytes)),
            Out::Respond { id, status, body } => {
                let op = Op::Respond { id, status, body };
                if (200..300).contains(&status) {
                    self.acks += 1;
                    self.answers.push_back((self.acks, device, op));
                    self.report(Report::AckWanted { id: self.acks }).await;
                } else {
                    self.push_op(device, op);
                }
            }
            Out::Outcome { id, outcome } => {
                if let Some(sent) = self.members[device].command_done(id) {
                    let device = index(device);
                    self.report(Report::Outcome { device, command: id, sent: Some(sent), outcome }).await;
                }
            }
            Out::WakeAfter { ns, token } => self.members[device].wake_after(now, ns, token),
            Out::Log { level, text } => self.report(Report::Log { device: index(device), level, text }).await,
        }
    }

    fn push_op(&mut self, device: usize, op: Op) {
        if self.pending.len() < PENDING_OPS {
            self.pending.push_back((device, op));
        } else {
            tracing::error!(device = self.members[device].name, "the driver asks faster than the wire takes");
        }
    }

    async fn commands_failed(&mut self, device: usize, why: &str) {
        for (command, sent) in self.members[device].commands_lost() {
            let outcome = Outcome::Failed(why.to_owned());
            let device = index(device);
            self.report(Report::Outcome { device, command, sent: Some(sent), outcome }).await;
        }
    }

    async fn condition(&mut self, device: usize, condition: DeviceCondition, reason: &str, at: Stamp) {
        let device = index(device);
        self.report(Report::Condition { device, condition, reason: reason.to_owned(), at }).await;
    }

    async fn fault(&mut self, device: usize, at: Stamp, code: &str, on: bool, text: &str) {
        let body = Body::Fault(Fault {
            code: code.to_owned(),
            severity: Severity::Error,
            on,
            text: text.to_owned(),
        });
        self.observed(device, at, at, Quality::Good, body).await;
    }

    async fn observed(&mut self, device: usize, at: Stamp, received: Stamp, quality: Quality, body: Body) {
        let (kind, device) = (body.kind().to_owned(), index(device));
        let json = serde_json::to_string(&body).unwrap_or_default();
        self.report(Report::Observed { device, at, received, quality, kind, json }).await;
    }

    /// Waits while the queue is full, so that the wire is not read meanwhile; only what may be lost is lost.
    async fn report(&mut self, report: Report) {
        let lossy = match &report {
            Report::Observed { kind, .. } => matches!(kind.as_str(), "health" | "setup" | "raw"),
            Report::Log { .. } => true,
            _ => false,
        };
        if lossy {
            if self.reports.try_send((self.id, report)).is_err() {
                self.dropped += 1;
            }
            return;
        }
        if self.dropped > 0 {
            let count = std::mem::take(&mut self.dropped);
            // Fails only when the controller is gone; then the orders end as well.
            let _ = self.reports.send((self.id, Report::Dropped { count })).await;
        }
        let _ = self.reports.send((self.id, report)).await;
    }
}

fn link_kind(plugin: &Plugin, model: &str) -> LinkKind {
    let info = plugin.drivers.iter().find(|d| d.model == model);
    info.map_or(LinkKind::Raw { max: 65_536 }, |d| d.link)
}

fn index(device: usize) -> u32 {
    u32::try_from(device).unwrap_or(u32::MAX)
}

/// The answer as a driver takes it.
pub(crate) fn borrowed(answer: &OwnedAnswer) -> Answer<'_> {
    match answer {
        OwnedAnswer::Registers(values) => Answer::Registers(values),
        OwnedAnswer::Bits(bits) => Answer::Bits(bits),
        OwnedAnswer::Written => Answer::Written,
        &OwnedAnswer::Exception(code) => Answer::Exception(code),
        OwnedAnswer::Timeout => Answer::Timeout,
    }
}

async fn until(mono_ns: Option<u64>) {
    match mono_ns {
        Some(at) => {
            let left = Duration::from_nanos(at.saturating_sub(Clock::now().mono_ns));
            sleep_until(Instant::now() + left).await;
        }
        None => std::future::pending().await,
    }
}
