//! Lights, barrier and scanner. The core may ask and take back; it never permits a beam.

mod command;
mod scan;

use std::collections::BTreeMap;

use greenlane_model::{Command, Outcome};

use crate::device::Devices;
use crate::layout::Layout;
use crate::notes::Notes;
use crate::track::seconds;
use crate::tracker::Tracker;
use crate::visit::Visit;
use crate::{Bind, Effect, Role};
use command::{Classed, Neutral, NothingUnder, Permissive, Recorded, Restrictive};
use scan::ScanRequest;

/// Commands whose outcome is still waited for; the oldest is forgotten beyond this.
const MAX_PENDING: usize = 256;

/// What the scene asks for is asked for again so long after a command failed, and twice as long after each
/// further failure.
const RETRY_NS: u64 = 1_000_000_000;
/// The longest of these pauses.
const LONGEST_RETRY_NS: u64 = 60_000_000_000;

/// What the lane asked of its actuators.
#[derive(Debug, Clone)]
pub(crate) struct Interlock {
    last_id: u64,
    writable: bool,
    /// The standard in force holds the lane.
    held: bool,
    light: Option<Light>,
    barrier: Barrier,
    scan: ScanRequest,
    /// What was asked of the barrier may not have reached it.
    barrier_unsure: bool,
    /// When to ask again after a command failed.
    retry_ns: Option<u64>,
    retry_pause_ns: u64,
    /// What each unanswered command was for.
    pending: BTreeMap<u64, &'static str>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Light {
    Red,
    Green,
}

/// What was asked of the barrier last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Barrier {
    Untouched,
    Open,
    /// To be closed as soon as nothing is known to be under it.
    Closing,
}

/// Everything an actuator's state follows from.
pub(crate) struct Scene<'a> {
    pub(crate) layout: &'a Layout,
    pub(crate) devices: &'a Devices,
    pub(crate) tracker: &'a Tracker,
}

impl Default for Interlock {
    fn default() -> Self {
        Self {
            last_id: 0,
            writable: true,
            held: false,
            light: None,
            barrier: Barrier::Untouched,
            scan: ScanRequest::default(),
            barrier_unsure: false,
            retry_ns: None,
            retry_pause_ns: RETRY_NS,
            pending: BTreeMap::new(),
        }
    }
}

impl Interlock {
    /// Nothing permissive leaves while the journal cannot be written.
    pub(crate) fn recorder(&mut self, writable: bool) {
        self.writable = writable;
    }

    /// While the standard in force holds the lane, no scan is asked for.
    pub(crate) fn hold(&mut self, held: bool) {
        self.held = held;
    }

    /// What the actuators show is not known any more: it is asked for again.
    pub(crate) fn forget(&mut self) {
        self.light = None;
        self.barrier_unsure = true;
        self.retry_ns = None;
        self.pending.clear();
    }

    /// The controller started again: nothing that was permitted before stands.
    pub(crate) fn restarted(&mut self, scene: &Scene<'_>, notes: &mut Notes<'_>) {
        self.forget();
        self.withdraw(scene.layout, "the controller was restarted", notes);
        if self.barrier == Barrier::Open {
            self.barrier = Barrier::Closing;
        }
    }

    /// Asks for what follows from the scene now.
    pub(crate) fn update(&mut self, scene: &Scene<'_>, notes: &mut Notes<'_>) {
        if self.retry_ns.is_some_and(|at| at <= notes.now.mono_ns) {
            self.forget();
        }
        self.update_scan(scene, notes);
        let recorded = Recorded::when(self.writable);
        match recorded.filter(|_| may_go(scene, notes.now.mono_ns)) {
            Some(recorded) => self.let_go(scene.layout, recorded, notes),
            None => self.hold_back(scene, notes),
        }
    }

    /// What became of a command.
    pub(crate) fn outcome(&mut self, id: u64, outcome: &Outcome, notes: &mut Notes<'_>) {
        let Some(what) = self.pending.remove(&id) else { return };
        let (how, why) = match outcome {
            Outcome::Done => {
                self.retry_pause_ns = RETRY_NS;
                return;
            }
            Outcome::Refused(why) => ("was refused", why),
            Outcome::Failed(why) => ("failed", why),
        };
        notes.alert("command_failed", format!("command {id} ({what}) {how}: {why}"), None, None);
        self.retry_ns = Some(notes.now.mono_ns.saturating_add(self.retry_pause_ns));
        self.retry_pause_ns = self.retry_pause_ns.saturating_mul(2).min(LONGEST_RETRY_NS);
    }

    /// When the interlock must look again.
    pub(crate) fn next_ns(&self, scene: &Scene<'_>) -> Option<(u64, &'static str)> {
        let hold = lingering(scene).map(|until| (until, "the end of a release"));
        let closing = Some(()).filter(|()| self.barrier == Barrier::Closing);
        let close = closing.and_then(|()| NothingUnder::at_ns(scene.layout, scene.devices));
        let close = close.map(|at| (at, "the barrier can close"));
        let retry = self.retry_ns.map(|at| (at, "a command that failed"));
        let renew = self.scan.renew_ns().map(|at| (at, "renewal of the scan request"));
        renew.into_iter().chain(hold).chain(close).chain(retry).min()
    }

    fn let_go(&mut self, layout: &Layout, recorded: Recorded, notes: &mut Notes<'_>) {
        if self.light != Some(Light::Green) {
            self.light = Some(Light::Green);
            for bind in layout.binds(Role::SignalRed) {
                self.send_if(bind, "red off", Permissive::red_off(bind, recorded), notes);
            }
            for bind in layout.binds(Role::SignalGreen) {
                self.send(bind, "green on", Permissive::green_on(bind, recorded), notes);
            }
        }
        if self.barrier != Barrier::Open || self.barrier_unsure {
            self.barrier = Barrier::Open;
            self.barrier_unsure = false;
            for bind in layout.binds(Role::BarrierClose) {
                self.send_if(bind, "close off", Permissive::barrier_close_off(bind, recorded), notes);
            }
            for bind in layout.binds(Role::BarrierOpen) {
                self.send(bind, "barrier open", Permissive::barrier_open(bind, recorded), notes);
            }
        }
    }

    fn hold_back(&mut self, scene: &Scene<'_>, notes: &mut Notes<'_>) {
        if self.light != Some(Light::Red) {
            self.light = Some(Light::Red);
            for bind in scene.layout.binds(Role::SignalRed) {
                self.send(bind, "red on", Restrictive::red_on(bind), notes);
            }
            for bind in scene.layout.binds(Role::SignalGreen) {
                match Restrictive::green_off(bind) {
                    off @ Some(_) => self.send_if(bind, "green off", off, notes),
                    None if plays(scene.layout, Role::SignalRed, bind) => {}
                    None => self.send(bind, "red on", Restrictive::red_on(bind), notes),
                }
            }
        }
        if self.barrier == Barrier::Open {
            self.barrier = Barrier::Closing;
        }
        if self.barrier == Barrier::Closing
            && let Some(clear) = NothingUnder::when(scene.layout, scene.devices, notes.now.mono_ns)
        {
            self.barrier = Barrier::Untouched;
            for bind in scene.layout.binds(Role::BarrierOpen) {
                self.send_if(bind, "open off", Neutral::barrier_open_off(bind, clear), notes);
            }
            for bind in scene.layout.binds(Role::BarrierClose) {
                self.send(bind, "barrier close", Neutral::barrier_close(bind, clear), notes);
            }
        }
    }

    fn send_if<C: Classed>(
        &mut self,
        bind: &Bind,
        what: &'static str,
        body: Option<C>,
        notes: &mut Notes<'_>,
    ) {
        if let Some(body) = body {
            self.send(bind, what, body, notes);
        }
    }

    fn send<C: Classed>(&mut self, bind: &Bind, what: &'static str, body: C, notes: &mut Notes<'_>) {
        self.last_id += 1;
        if self.pending.len() >= MAX_PENDING {
            self.pending.pop_first();
        }
        self.pending.insert(self.last_id, what);
        notes.effects.push(Effect::Command(Command {
            id: self.last_id,
            device: bind.device.clone(),
            class: C::CLASS,
            body: body.into_body(),
        }));
    }
}

/// Whether the foremost vehicle before the barrier is released. Nobody is passed over.
fn may_go(scene: &Scene<'_>, now_ns: u64) -> bool {
    match scene.tracker.visits.iter().find(|v| !past_barrier(scene.layout, v)) {
        Some(first) => first.released(),
        None => lingering(scene).is_some_and(|until| now_ns < until),
    }
}

/// A vehicle decided only after the last sensor had lost it still has to drive off: green until then, unless
/// anything else is in the lane.
fn lingering(scene: &Scene<'_>) -> Option<u64> {
    let last = scene.tracker.gone.last().filter(|v| scene.tracker.visits.is_empty() && v.released())?;
    let (decided, left) = (last.decided_ns?, last.passage.left?);
    let clear_ns = crate::tracker::span_ns(scene.layout.config.lane.clear_s);
    (seconds(left.mono_ns, decided) >= 0.0).then(|| decided.saturating_add(clear_ns))
}

/// Whether a sensor at the barrier or behind it has already lost the vehicle.
fn past_barrier(layout: &Layout, visit: &Visit) -> bool {
    if visit.leaving.is_some() {
        return true;
    }
    let roles = [Role::BarrierPresence, Role::BarrierOpen, Role::SignalGreen];
    let Some(at) = roles.iter().find_map(|r| layout.binds(*r).find_map(|b| b.at_m)) else { return false };
    let mut sensors = layout.sensors.iter().zip(&visit.spans);
    sensors.any(|(s, span)| span.passed() && s.zone.to >= at.value())
}

/// Whether the same whole device also plays that role.
fn plays(layout: &Layout, role: Role, bind: &Bind) -> bool {
    layout.binds(role).any(|b| b.device == bind.device && b.point.is_none())
}
