//! One device of a unit: its driver's instance, timers and open commands.

use std::collections::{BTreeMap, BTreeSet};

use greenlane_driver::{Input, Point};
use greenlane_link::{Backoff, Clock};
use greenlane_model::Stamp;

use super::{LONGEST_PAUSE, STEADY_S, UnitDevice};
use crate::host::{Broken, Instance, OpenFailure, Out, Plugin};

/// A command without an outcome for this long has failed.
const COMMAND_TIMEOUT_NS: u64 = 5_000_000_000;

/// One device of a unit.
pub(super) struct Member {
    pub name: String,
    model: String,
    settings: serde_json::Value,
    plugin: &'static Plugin,
    instance: Option<Instance>,
    backoff: Backoff,
    /// When to open the driver again after it broke.
    reopen_ns: Option<u64>,
    /// When it was last opened, or tried.
    opened: Stamp,
    /// Codes of the faults that end when it opens.
    faults: BTreeSet<&'static str>,
    timers: BTreeMap<u64, u64>,
    /// Open commands: when each was handed over.
    commands: BTreeMap<u64, Stamp>,
    pub link_up: bool,
    pub silent: bool,
    silent_after_ns: Option<u64>,
    heard_ns: u64,
}

/// What a member's clock asks for.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Due {
    Timer(u64),
    Reopen,
    Silent,
    CommandTimeout(u64, Stamp),
}

impl Member {
    pub fn new(device: &UnitDevice, plugin: &'static Plugin) -> Self {
        Self {
            name: device.name.clone(),
            model: device.model.clone(),
            settings: device.settings.clone(),
            plugin,
            instance: None,
            backoff: Backoff::default(),
            reopen_ns: None,
            opened: Clock::now(),
            faults: BTreeSet::new(),
            timers: BTreeMap::new(),
            commands: BTreeMap::new(),
            link_up: false,
            silent: false,
            silent_after_ns: device.silent_after_s.map(|s| (s.max(0.0) * 1e9) as u64),
            heard_ns: Clock::now().mono_ns,
        }
    }

    pub fn open(&mut self) -> Result<Vec<Point>, OpenFailure> {
        self.opened = Clock::now();
        match Instance::open(self.plugin, &self.model, &self.settings) {
            Ok((instance, points)) => {
                self.instance = Some(instance);
                Ok(points)
            }
            Err(failure) => {
                if let OpenFailure::Broken(broken) = &failure {
                    self.broke(broken);
                }
                Err(failure)
            }
        }
    }

    /// BLAKE3 of its plugin's file as it was loaded.
    pub fn plugin_hash(&self) -> &str {
        &self.plugin.hash
    }

    /// Codes of the faults that ended when the driver was opened just now.
    pub fn take_faults(&mut self) -> BTreeSet<&'static str> {
        std::mem::take(&mut self.faults)
    }

    pub fn is_open(&self) -> bool {
        self.instance.is_some()
    }

    /// Feeds the driver. When that breaks it the instance is gone and will be opened again after a while.
    pub fn handle(&mut self, now: Stamp, input: Input<'_>, out: &mut Vec<Out>) -> Result<(), Broken> {
        let Some(instance) = &mut self.instance else { return Ok(()) };
        let handled = instance.handle(now, input, out);
        if let Err(broken) = &handled {
            match (broken, self.instance.take()) {
                // Its memory is in an unknown state: it is not even closed.
                (Broken::Panicked(_), Some(dead)) => std::mem::forget(dead),
                (_, dead) => drop(dead),
            }
            self.timers.clear();
            self.broke(broken);
        }
        handled
    }

    /// A driver that breaks with every frame is opened ever more rarely.
    fn broke(&mut self, broken: &Broken) {
        let now = Clock::now();
        self.faults.insert(broken.code());
        if now.seconds_since(self.opened) > STEADY_S {
            self.backoff.reset();
        }
        let pause = u64::try_from(self.backoff.pause().min(LONGEST_PAUSE).as_nanos()).unwrap_or(u64::MAX);
        self.reopen_ns = Some(now.mono_ns.saturating_add(pause));
    }

    /// Something valid came from the wire; true when the device was silent before.
    pub fn heard(&mut self, at: Stamp) -> bool {
        self.heard_ns = at.mono_ns;
        std::mem::take(&mut self.silent)
    }

    /// A timer of zero length is due in the next round, so that a driver cannot keep the unit in one.
    pub fn wake_after(&mut self, now: Stamp, ns: u64, token: u64) {
        self.timers.insert(token, now.mono_ns.saturating_add(ns.max(1)));
    }

    pub fn command_given(&mut self, id: u64, sent: Stamp) {
        self.commands.insert(id, sent);
    }

    /// When the command was handed over, if it is still open.
    pub fn command_done(&mut self, id: u64) -> Option<Stamp> {
        self.commands.remove(&id)
    }

    /// Every open command, which is open no more.
    pub fn commands_lost(&mut self) -> BTreeMap<u64, Stamp> {
        std::mem::take(&mut self.commands)
    }

    /// The earliest moment at which [`Self::take_due`] has something.
    pub fn next_due(&self) -> Option<u64> {
        let silent = self.silent_after_ns.filter(|_| !self.silent && self.link_up);
        [
            self.timers.values().min().copied(),
            self.reopen_ns,
            silent.map(|ns| self.heard_ns.saturating_add(ns)),
            self.commands.values().map(|s| s.mono_ns.saturating_add(COMMAND_TIMEOUT_NS)).min(),
        ]
        .into_iter()
        .flatten()
        .min()
    }

    pub fn take_due(&mut self, now_ns: u64) -> Option<Due> {
        if self.reopen_ns.is_some_and(|at| at <= now_ns) {
            self.reopen_ns = None;
            return Some(Due::Reopen);
        }
        let late = |s: &Stamp| s.mono_ns.saturating_add(COMMAND_TIMEOUT_NS) <= now_ns;
        if let Some((&id, &sent)) = self.commands.iter().find(|(_, s)| late(s)) {
            self.commands.remove(&id);
            return Some(Due::CommandTimeout(id, sent));
        }
        let silent = self.silent_after_ns.filter(|_| !self.silent && self.link_up);
        if silent.is_some_and(|ns| self.heard_ns.saturating_add(ns) <= now_ns) {
            self.silent = true;
            return Some(Due::Silent);
        }
        let (&token, &at) = self.timers.iter().min_by_key(|&(token, at)| (*at, *token))?;
        (at <= now_ns).then(|| {
            self.timers.remove(&token);
            Due::Timer(token)
        })
    }
}
