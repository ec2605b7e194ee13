//! A lane in simulated time: the real plugins and the real lane, driven by whoever owns the time. No thread,
//! no clock, no wire; what a journal would hold is handed out entry by entry.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use greenlane_config::LaneSetup;
use greenlane_driver::{Input as DriverInput, Request};
use greenlane_journal::{Class as EntryClass, Entry};
use greenlane_lane::{DeviceCondition, Effect, Input, Lane};
use greenlane_link::OwnedAnswer;
use greenlane_model::{Body, Command, Observation, Outcome, Raw, Stamp};

use crate::audit::AuditKey;
use crate::device::borrowed;
use crate::host::{Broken, Instance, OpenFailure, Out, Registry};
use crate::papers::Declarations;
use crate::runtime::entry;
use crate::standard::Admissions;

/// A link given up after a time-out comes back after so long, as the first retry of a real one.
const RECONNECT_NS: u64 = 100_000_000;

/// The other end of the wires.
pub trait Wires {
    /// Answers a Modbus request; `None` when nothing comes.
    fn modbus(&mut self, device: &str, request: &Request) -> Option<OwnedAnswer>;
    /// Takes bytes sent to a stream.
    fn send(&mut self, device: &str, bytes: &[u8]);
}

/// A lane in simulated time could not go on.
#[derive(Debug, thiserror::Error)]
pub enum SimulationError {
    /// A model has no driver.
    #[error("no driver for {0}")]
    Driver(String),
    /// A driver did not open.
    #[error("{0}: {1}")]
    Open(String, OpenFailure),
    /// A driver broke.
    #[error("{0}: {1}")]
    Broken(String, Broken),
}

/// See the module. Every call takes the present time, which never goes back.
pub struct SimulatedLane {
    name: String,
    lane: Lane,
    declarations: Declarations,
    devices: Vec<Device>,
    wakes: BTreeSet<u64>,
    commands: VecDeque<Command>,
    effects: Vec<Effect>,
    entries: Option<Vec<Entry>>,
    seen: Vec<Effect>,
    observations: u64,
}

struct Device {
    name: String,
    instance: Instance,
    timers: BTreeMap<u64, u64>,
    seq: u64,
    up: bool,
    /// When the link that was given up comes back.
    reconnect_ns: Option<u64>,
}

impl SimulatedLane {
    /// Opens the drivers of `setup` and tells the lane its configuration at `now`. With `record` the entries
    /// of a journal are kept for [`Self::take_entries`].
    ///
    /// # Errors
    /// A driver is missing or does not open.
    pub fn start(
        setup: &LaneSetup,
        hash: &str,
        registry: &Registry,
        record: bool,
        now: Stamp,
    ) -> Result<Self, SimulationError> {
        let mut devices = Vec::new();
        for device in &setup.devices {
            let (plugin, _) =
                registry.find(&device.model).ok_or_else(|| SimulationError::Driver(device.model.clone()))?;
            let (instance, _) = Instance::open(plugin, &device.model, &device.settings)
                .map_err(|e| SimulationError::Open(device.name.clone(), e))?;
            let name = device.name.clone();
            devices.push(Device {
                name,
                instance,
                timers: BTreeMap::new(),
                seq: 0,
                up: false,
                reconnect_ns: None,
            });
        }
        let name = setup.config.lane.name.clone();
        let mut lane = Self {
            lane: Lane::new(&name),
            declarations: Declarations::new(setup.manifest.clone(), AuditKey::known(0)),
            name,
            devices,
            wakes: BTreeSet::new(),
            commands: VecDeque::new(),
            effects: Vec::new(),
            entries: record.then(Vec::new),
            seen: Vec::new(),
            observations: 0,
        };
        let config = Box::new(setup.config.clone());
        lane.step(now, Input::Config { config, hash: hash.to_owned() });
        let admissions = Admissions::new(setup, registry).inputs(now.utc_ns / 1_000_000_000);
        admissions.into_iter().for_each(|admission| lane.step(now, admission));
        Ok(lane)
    }

    /// The index of a device.
    pub fn device(&self, name: &str) -> Option<usize> {
        self.devices.iter().position(|d| d.name == name)
    }

    /// The earliest moment at which a timer runs out.
    pub fn next_ns(&self) -> Option<u64> {
        let times = |d: &Device| d.timers.values().copied().chain(d.reconnect_ns).min();
        let timers = self.devices.iter().filter_map(times).min();
        timers.into_iter().chain(self.wakes.first().copied()).min()
    }

    /// Lets every timer fire that has run out by `now`.
    ///
    /// # Errors
    /// A driver broke.
    pub fn due(&mut self, now: Stamp, wires: &mut dyn Wires) -> Result<(), SimulationError> {
        for device in 0..self.devices.len() {
            if self.devices[device].reconnect_ns.is_some_and(|at| at <= now.mono_ns) {
                self.devices[device].reconnect_ns = None;
                self.input(device, now, DriverInput::Connected, wires)?;
            }
        }
        while let Some((device, token)) = self.take_timer(now.mono_ns) {
            self.input(device, now, DriverInput::Due { token }, wires)?;
        }
        if self.wakes.first().is_some_and(|&at| at <= now.mono_ns) {
            self.wakes.retain(|&at| at > now.mono_ns);
            self.step(now, Input::Due);
            self.command_devices(now, wires)?;
        }
        Ok(())
    }

    /// Gives one device's driver an input, and everything that follows from it to whom it concerns.
    ///
    /// # Errors
    /// A driver broke.
    pub fn input(
        &mut self,
        device: usize,
        now: Stamp,
        input: DriverInput<'_>,
        wires: &mut dyn Wires,
    ) -> Result<(), SimulationError> {
        let condition = match input {
            DriverInput::Connected => Some((DeviceCondition::Up, "connected".to_owned())),
            DriverInput::Lost { reason } => Some((DeviceCondition::Down, reason.to_owned())),
            _ => None,
        };
        if let Some((condition, reason)) = condition {
            self.condition(device, now, condition, reason);
        }
        self.handle(device, now, input, wires)?;
        self.command_devices(now, wires)
    }

    /// Effects since the last call, without wake-ups.
    pub fn take_effects(&mut self) -> Vec<Effect> {
        std::mem::take(&mut self.seen)
    }

    /// Journal entries since the last call; empty without `record`.
    pub fn take_entries(&mut self) -> Vec<Entry> {
        self.entries.as_mut().map(std::mem::take).unwrap_or_default()
    }

    /// How many observations the lane was told.
    pub fn observations(&self) -> u64 {
        self.observations
    }

    fn take_timer(&mut self, now_ns: u64) -> Option<(usize, u64)> {
        let timers =
            self.devices.iter().enumerate().flat_map(|(i, d)| d.timers.iter().map(move |(t, at)| (at, i, t)));
        let (&at, device, &token) = timers.min()?;
        (at <= now_ns).then(|| {
            self.devices[device].timers.remove(&token);
            (device, token)
        })
    }

    fn handle(
        &mut self,
        device: usize,
        now: Stamp,
        input: DriverInput<'_>,
        wires: &mut dyn Wires,
    ) -> Result<(), SimulationError> {
        let mut out = Vec::new();
        self.call(device, now, input, &mut out)?;
        let mut said: VecDeque<Out> = out.into();
        while let Some(one) = said.pop_front() {
            match one {
                Out::Observe { at, quality, kind, json } => {
                    let body = Body::decode(&kind, &json).unwrap_or_else(|error| {
                        Body::Raw(Raw::new(format!("a {kind} that cannot be read: {error}"), json.as_bytes()))
                    });
                    let observation = Observation { quality, at, ..self.blank(device, now, body) };
                    self.observations += 1;
                    self.step(now, Input::Observation { observation });
                }
                Out::Request { id, request } => {
                    // Requests after a time-out are void: the link is down until it is made again.
                    if self.devices[device].reconnect_ns.is_some() {
                        continue;
                    }
                    let answer = wires.modbus(&self.devices[device].name, &request);
                    if answer.is_none() {
                        self.devices[device].reconnect_ns = Some(now.mono_ns + RECONNECT_NS);
                    }
                    let answer = answer.unwrap_or(OwnedAnswer::Timeout);
                    let reply =
                        DriverInput::Reply { id, sent: now, received: now, answer: borrowed(&answer) };
                    let mut out = Vec::new();
                    self.call(device, now, reply, &mut out)?;
                    said.extend(out);
                }
                Out::Send(bytes) => wires.send(&self.devices[device].name, &bytes),
                Out::Outcome { id, outcome } => {
                    self.step(now, Input::Outcome { command: id, sent: Some(now), outcome });
                }
                Out::WakeAfter { ns, token } => {
                    self.devices[device].timers.insert(token, now.mono_ns.saturating_add(ns));
                }
                Out::Respond { .. } | Out::Log { .. } => {}
            }
        }
        if self.devices[device].up && self.devices[device].reconnect_ns.is_some() {
            let reason = "no answer in time";
            self.condition(device, now, DeviceCondition::Down, reason.to_owned());
            self.handle(device, now, DriverInput::Lost { reason }, wires)?;
        }
        Ok(())
    }

    fn condition(&mut self, device: usize, now: Stamp, condition: DeviceCondition, reason: String) {
        self.devices[device].up = condition == DeviceCondition::Up;
        let device = self.devices[device].name.clone();
        self.step(now, Input::Device { device, condition, reason });
    }

    fn call(
        &mut self,
        device: usize,
        now: Stamp,
        input: DriverInput<'_>,
        out: &mut Vec<Out>,
    ) -> Result<(), SimulationError> {
        let device = &mut self.devices[device];
        device.instance.handle(now, input, out).map_err(|e| SimulationError::Broken(device.name.clone(), e))
    }

    fn blank(&mut self, device: usize, now: Stamp, body: Body) -> Observation {
        let device = &mut self.devices[device];
        device.seq += 1;
        let (name, seq) = (device.name.clone(), device.seq);
        Observation { device: name, seq, epoch: 1, at: now, received: now, quality: Default::default(), body }
    }

    fn command_devices(&mut self, now: Stamp, wires: &mut dyn Wires) -> Result<(), SimulationError> {
        while let Some(command) = self.commands.pop_front() {
            let device = self.device(&command.device).filter(|&d| self.devices[d].up);
            match device {
                Some(device) => {
                    self.handle(
                        device,
                        now,
                        DriverInput::Command { id: command.id, body: &command.body },
                        wires,
                    )?;
                }
                None => {
                    let outcome = Outcome::Failed(format!("{} is down", command.device));
                    self.step(now, Input::Outcome { command: command.id, sent: None, outcome });
                }
            }
        }
        Ok(())
    }

    fn step(&mut self, now: Stamp, input: Input) {
        if let Some(entries) = &mut self.entries {
            entries.push(entry(&self.name, EntryClass::Input, now, &input, "input"));
        }
        self.lane.step(now, input, &mut self.effects);
        let mut asked = Vec::new();
        for effect in self.effects.drain(..) {
            if let Some(entries) = &mut self.entries {
                entries.push(entry(&self.name, EntryClass::Effect, now, &effect, "effect"));
            }
            match effect {
                Effect::WakeAt { mono_ns, .. } => {
                    self.wakes.insert(mono_ns);
                }
                Effect::Command(command) => {
                    self.commands.push_back(command.clone());
                    self.seen.push(Effect::Command(command));
                }
                Effect::Ask { passage, containers, plates } => asked.push((passage, containers, plates)),
                other => self.seen.push(other),
            }
        }
        for (passage, containers, plates) in asked {
            let answer = self.declarations.answer(now.utc_ns, &passage, &containers, &plates);
            if let Some(answer) = answer.map(Box::new) {
                self.step(now, Input::Answer { passage, answer });
            }
        }
    }
}
