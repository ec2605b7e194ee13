//! The runtime's thread.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::ops::Range;
use std::time::Duration;

use greenlane_config::LaneSetup;
use greenlane_journal::{Batch, Class as EntryClass, Entry, NotQueued, RecorderState, WriterHandle};
use greenlane_lane::{DeviceCondition, Effect, Input, Lane, LaneConfig};
use greenlane_link::Clock;
use greenlane_model::{Body, Class, Command, Observation, Outcome, Stamp};
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep, sleep_until};

use super::Watcher;
use super::devices::{Device, Devices};
use super::gate::{Gate, Pass};
use crate::device::{Order, Report, UnitHandle};
use crate::dossier::{Filed, Filing, Keeper, Sealed};
use crate::papers::Declarations;
use crate::standard::Admissions;

/// Reports taken at once.
const REPORTS: usize = 256;
/// Batches that may wait for the journal before the devices' queue is no longer read.
const BACKLOG: usize = 256;

/// A lane at its start.
pub(crate) struct LaneStart {
    pub lane: Lane,
    pub used: bool,
    pub config: LaneConfig,
    pub hash: String,
    pub declarations: Declarations,
    pub keeper: Keeper,
    pub admissions: Admissions,
}

/// A lane's configuration after a reload.
pub(crate) struct Reloaded {
    pub lane: LaneSetup,
    pub hash: String,
    pub admissions: Admissions,
}

/// A unit with its devices: name and lane of each, by index.
pub(crate) struct Unit {
    pub id: u32,
    pub handle: UnitHandle,
    pub devices: Vec<(String, usize)>,
}

/// What comes to the runtime beside the devices' reports.
pub(crate) enum Message {
    Recorder(RecorderState),
    /// What was measured in an occupancy was written, or not.
    Filed(Filed),
    /// A command that waited for its commit went out, or not.
    Left {
        lane: usize,
        command: u64,
        failed: Option<String>,
    },
    Reload {
        configs: Vec<Reloaded>,
        stop: Vec<u32>,
        start: Vec<Unit>,
    },
    /// A person acted on a lane.
    Person {
        lane: String,
        input: Box<Input>,
    },
    Stop,
}

/// What waits for a commit.
pub(crate) enum Waiting {
    Command { lane: usize, gate: Gate, pass: Pass, unit: Option<UnitHandle>, device: u32, command: Command },
    Ack { unit: UnitHandle, id: u64 },
}

/// The tokens of one batch.
pub(crate) type Token = Vec<Waiting>;

struct LaneState {
    name: String,
    lane: Lane,
    gate: Gate,
    declarations: Declarations,
    keeper: Keeper,
    admissions: Admissions,
    wakes: BTreeSet<u64>,
    /// Open commands by id: the device's name.
    open: BTreeMap<u64, String>,
    last_ns: u64,
}

/// See the module.
pub(crate) struct Runtime {
    lanes: Vec<LaneState>,
    devices: Devices,
    epoch: u32,
    writer: WriterHandle<Token>,
    batch: Batch<Token>,
    backlog: VecDeque<Batch<Token>>,
    effects: Vec<Effect>,
    watcher: Watcher,
    /// Until it stops.
    filing: Option<Filing>,
    /// Day of the last look at the certificates, since 1970.
    day: i64,
    stopping: bool,
}

impl Runtime {
    pub fn new(epoch: u32, writer: WriterHandle<Token>, watcher: Watcher, filing: Filing) -> Self {
        Self {
            lanes: Vec::new(),
            devices: Devices::default(),
            epoch,
            writer,
            batch: Batch { entries: Vec::new(), token: Vec::new() },
            backlog: VecDeque::new(),
            effects: Vec::new(),
            watcher,
            filing: Some(filing),
            day: today(),
            stopping: false,
        }
    }

    /// Adds a lane and tells it that it starts (again).
    pub fn add_lane(&mut self, start: LaneStart) {
        let LaneStart { lane, used, config, hash, declarations, keeper, admissions } = start;
        let name = config.lane.name.clone();
        let index = self.lanes.len();
        self.lanes.push(LaneState {
            name,
            lane,
            gate: Gate::default(),
            declarations,
            keeper,
            admissions,
            wakes: BTreeSet::new(),
            open: BTreeMap::new(),
            last_ns: 0,
        });
        if used {
            self.step(index, Input::Restarted { epoch: self.epoch });
        }
        self.step(index, Input::Config { config: Box::new(config), hash });
        self.admit(index);
    }

    /// Tells a lane what the standard in force makes of its drivers today.
    fn admit(&mut self, index: usize) {
        let admissions = self.lanes[index].admissions.inputs(Clock::now().utc_ns / 1_000_000_000);
        admissions.into_iter().for_each(|admission| self.step(index, admission));
    }

    /// Certificates end, and begin, with a day.
    fn new_day(&mut self) {
        if std::mem::replace(&mut self.day, today()) != self.day {
            (0..self.lanes.len()).for_each(|lane| self.admit(lane));
        }
    }

    pub fn add_unit(&mut self, unit: Unit) {
        self.devices.add_unit(unit.id, unit.handle);
        for (index, (name, lane)) in (0..).zip(unit.devices) {
            self.devices.put(Device { name, lane, unit: unit.id, index, seq: 0 });
        }
    }

    /// Runs until it is told to stop.
    pub async fn run(
        mut self,
        mut reports: mpsc::Receiver<(u32, Report)>,
        mut messages: mpsc::UnboundedReceiver<Message>,
    ) {
        let mut taken = Vec::with_capacity(REPORTS);
        while !self.stopping {
            self.new_day();
            self.flush();
            let wake = self.lanes.iter().filter_map(|l| l.wakes.first().copied()).min();
            tokio::select! {
                biased;
                Some(message) = messages.recv() => self.message(message),
                () = until(wake) => self.due(),
                n = reports.recv_many(&mut taken, REPORTS), if self.backlog.len() < BACKLOG => {
                    if n == 0 {
                        return;
                    }
                    taken.drain(..).for_each(|(unit, report)| self.report(unit, report));
                }
                () = sleep(Duration::from_millis(2)), if !self.backlog.is_empty() => {}
            }
        }
        self.finish_files(&mut messages);
        self.flush();
    }

    /// What was handed over is written, and its lane is told.
    fn finish_files(&mut self, messages: &mut mpsc::UnboundedReceiver<Message>) {
        if let Some(filing) = self.filing.take() {
            filing.finish();
        }
        while let Ok(message) = messages.try_recv() {
            if let Message::Filed(filed) = message {
                self.step(filed.lane, filed.into_input());
            }
        }
    }

    fn message(&mut self, message: Message) {
        match message {
            Message::Recorder(RecorderState { writable, reason }) => {
                for lane in 0..self.lanes.len() {
                    if !writable {
                        // What waits for the disk must not leave when the disk is back, long after.
                        self.lanes[lane].gate.restrict(|| ());
                    }
                    self.step(lane, Input::Recorder { writable, reason: reason.clone() });
                }
            }
            Message::Filed(filed) => self.step(filed.lane, filed.into_input()),
            Message::Left { lane, command, failed: Some(reason) } => {
                self.outcome(lane, command, None, Outcome::Failed(reason));
            }
            Message::Left { .. } => {}
            Message::Reload { configs, stop, start } => self.reload(configs, &stop, start),
            Message::Person { lane, input } => {
                if let Some(lane) = self.lanes.iter().position(|l| l.name == lane) {
                    self.step(lane, *input);
                }
            }
            Message::Stop => self.stopping = true,
        }
    }

    fn reload(&mut self, configs: Vec<Reloaded>, stop: &[u32], start: Vec<Unit>) {
        stop.iter().for_each(|&unit| self.devices.remove_unit(unit));
        for Reloaded { lane, hash, admissions } in configs {
            let LaneSetup { config, manifest, devices, .. } = lane;
            if let Some(lane) = self.lanes.iter().position(|l| l.name == config.lane.name) {
                self.lanes[lane].keeper.set_models(&devices);
                self.lanes[lane].declarations.set(manifest);
                self.lanes[lane].admissions.replace(admissions);
                self.step(lane, Input::Config { config: Box::new(config), hash });
                self.admit(lane);
            }
        }
        start.into_iter().for_each(|unit| self.add_unit(unit));
    }

    fn due(&mut self) {
        let now = Clock::now().mono_ns;
        for lane in 0..self.lanes.len() {
            if self.lanes[lane].wakes.first().is_some_and(|&at| at <= now) {
                self.lanes[lane].wakes.retain(|&at| at > now);
                self.step(lane, Input::Due);
            }
        }
    }

    fn report(&mut self, unit: u32, report: Report) {
        match report {
            Report::Observed { device, at, received, quality, kind, json } => {
                let Some(device) = self.devices.at(unit, device) else { return };
                // A driver that speaks another vocabulary is not fatal: the words are kept.
                let body = Body::decode(&kind, &json).unwrap_or_else(|error| {
                    let reason = format!("a {kind} that cannot be read: {error}");
                    Body::Raw(greenlane_model::Raw::new(reason, json.as_bytes()))
                });
                device.seq += 1;
                let (lane, name, seq) = (device.lane, device.name.clone(), device.seq);
                let epoch = self.epoch;
                let observation = Observation { device: name, seq, epoch, at, received, quality, body };
                self.step(lane, Input::Observation { observation });
            }
            Report::Condition { device, condition, reason, .. } => {
                let Some(device) = self.devices.at(unit, device) else { return };
                let (lane, device) = (device.lane, device.name.clone());
                if condition == DeviceCondition::Down {
                    self.commands_lost(lane, &device);
                }
                self.step(lane, Input::Device { device, condition, reason });
            }
            Report::Loaded { device, plugin } => {
                let Some(device) = self.devices.at(unit, device) else { return };
                let (lane, device) = (device.lane, device.name.clone());
                if self.lanes[lane].admissions.loaded(&device, plugin) {
                    self.admit(lane);
                }
            }
            Report::Outcome { device, command, sent, outcome } => {
                let Some(device) = self.devices.at(unit, device) else { return };
                let lane = device.lane;
                self.outcome(lane, command, sent, outcome);
            }
            Report::AckWanted { id } => {
                if let Some(unit) = self.devices.unit(unit) {
                    self.batch.token.push(Waiting::Ack { unit: unit.clone(), id });
                }
            }
            Report::Log { device, level, text } => {
                let name = self.devices.at(unit, device).map_or("", |d| &d.name);
                log(name, level, &text);
            }
            Report::Dropped { count } => {
                tracing::warn!(unit, count, "observations that may be lost were lost to a full queue");
            }
        }
    }

    fn outcome(&mut self, lane: usize, command: u64, sent: Option<Stamp>, outcome: Outcome) {
        if self.lanes[lane].open.remove(&command).is_some() {
            self.step(lane, Input::Outcome { command, sent, outcome });
        }
    }

    fn commands_lost(&mut self, lane: usize, device: &str) {
        let open = &self.lanes[lane].open;
        let lost: Vec<u64> = open.iter().filter(|(_, d)| *d == device).map(|(&id, _)| id).collect();
        for command in lost {
            self.outcome(lane, command, None, Outcome::Failed(format!("{device} is down")));
        }
    }

    /// One input through its lane: into the batch with all that follows from it.
    fn step(&mut self, index: usize, input: Input) {
        let lane = &mut self.lanes[index];
        let mut now = Clock::now();
        now.mono_ns = now.mono_ns.max(lane.last_ns);
        lane.last_ns = now.mono_ns;
        self.batch.entries.push(entry(&lane.name, EntryClass::Input, now, &input, "input"));
        let mut effects = std::mem::take(&mut self.effects);
        lane.keeper.hear(&input);
        lane.lane.step(now, input, &mut effects);
        let sealed = lane.keeper.sealed(&lane.name, &effects);
        // All entries first: what an effect brings about at once is an input of its own, after these.
        for effect in &effects {
            let name = &self.lanes[index].name;
            self.batch.entries.push(entry(name, EntryClass::Effect, now, effect, "effect"));
            (self.watcher)(name, effect);
        }
        for effect in effects.drain(..) {
            self.perform(index, effect);
        }
        self.effects = effects;
        sealed.into_iter().for_each(|sealed| self.file(index, sealed));
    }

    fn file(&mut self, index: usize, sealed: Sealed) {
        let Some(filing) = &self.filing else { return };
        if let Err(filed) = filing.file(index, sealed) {
            self.step(index, filed.into_input());
        }
    }

    fn perform(&mut self, index: usize, effect: Effect) {
        match effect {
            Effect::Command(command) => self.command(index, command),
            Effect::WakeAt { mono_ns, .. } => {
                self.lanes[index].wakes.insert(mono_ns);
            }
            Effect::Alert(alert) => {
                tracing::warn!(lane = self.lanes[index].name, code = alert.code, "{}", alert.text);
            }
            Effect::Ask { passage, containers, plates } => {
                let declarations = &mut self.lanes[index].declarations;
                let answer = declarations.answer(Clock::now().utc_ns, &passage, &containers, &plates);
                if let Some(answer) = answer.map(Box::new) {
                    self.step(index, Input::Answer { passage, answer });
                }
            }
            Effect::Passage(_) | Effect::Occupancy(_) | Effect::Decision(_) | Effect::Monitor(_) => {}
        }
    }

    fn command(&mut self, index: usize, command: Command) {
        let lane = &mut self.lanes[index];
        lane.open.insert(command.id, command.device.clone());
        let device = self.devices.named(&command.device);
        let unit = device.and_then(|d| self.devices.unit(d.unit)).cloned();
        let device = device.map_or(0, |d| d.index);
        if command.class == Class::Restrictive {
            let id = command.id;
            if let Err(reason) = lane.gate.restrict(|| send(unit.as_ref(), device, &command)) {
                self.outcome(index, id, None, Outcome::Failed(reason.to_owned()));
            }
            return;
        }
        let (gate, pass) = (lane.gate.clone(), lane.gate.pass());
        self.batch.token.push(Waiting::Command { lane: index, gate, pass, unit, device, command });
    }

    fn flush(&mut self) {
        if !self.batch.entries.is_empty() || !self.batch.token.is_empty() {
            let empty = Batch { entries: Vec::new(), token: Vec::new() };
            self.backlog.push_back(std::mem::replace(&mut self.batch, empty));
        }
        while let Some(batch) = self.backlog.pop_front() {
            match self.writer.try_send(batch) {
                Ok(()) => {}
                Err(NotQueued::Full(batch)) => return self.backlog.push_front(batch),
                Err(NotQueued::Closed(_)) => self.stopping = true,
            }
        }
    }
}

/// Days since 1970.
fn today() -> i64 {
    Clock::now().utc_ns.div_euclid(86_400_000_000_000)
}

/// What the journal's thread does after each commit.
pub(crate) fn let_go(messages: &mpsc::UnboundedSender<Message>, token: Token, _: Range<u64>) {
    for waiting in token {
        match waiting {
            // A unit that is gone needs no answer.
            Waiting::Ack { unit, id } => drop(unit.order(Order::Committed { id })),
            Waiting::Command { lane, gate, pass, unit, device, command } => {
                let sent = gate.permit(pass, || send(unit.as_ref(), device, &command));
                let failed = match sent {
                    Some(Ok(())) => continue,
                    Some(Err(reason)) => reason.to_owned(),
                    None => "overtaken by a restriction".to_owned(),
                };
                // Fails only when the runtime has ended.
                let _ = messages.send(Message::Left { lane, command: command.id, failed: Some(failed) });
            }
        }
    }
}

fn send(unit: Option<&UnitHandle>, device: u32, command: &Command) -> Result<(), &'static str> {
    let unit = unit.ok_or("there is no such device")?;
    unit.order(Order::Command { device, id: command.id, body: command.body.clone() })
}

/// The entry of an input or an effect.
pub(crate) fn entry(
    lane: &str,
    class: EntryClass,
    at: Stamp,
    value: &impl serde::Serialize,
    tag: &str,
) -> Entry {
    // Our own types have no map with other keys than strings, so this cannot fail.
    let body = serde_json::to_string(value).unwrap_or_default();
    let kind = kind(&body, tag).to_owned();
    Entry { lane: lane.to_owned(), class, at, kind, body }
}

/// The value of the tag, which serde writes first: `{"input":"observation",...`.
fn kind<'a>(body: &'a str, tag: &str) -> &'a str {
    let value = body.strip_prefix("{\"").and_then(|b| b.strip_prefix(tag)?.strip_prefix("\":\""));
    value.and_then(|v| v.split('"').next()).unwrap_or_default()
}

fn log(device: &str, level: u32, text: &str) {
    use greenlane_abi::level;
    match level {
        level::ERROR => tracing::error!(device, "{text}"),
        level::WARN => tracing::warn!(device, "{text}"),
        level::INFO => tracing::info!(device, "{text}"),
        level::DEBUG => tracing::debug!(device, "{text}"),
        _ => tracing::trace!(device, "{text}"),
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
