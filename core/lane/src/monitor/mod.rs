//! What the standard in force watches on this lane. A monitor adds caution and takes none away; only a proof or a
//! named person brings a device back.

mod feed;

use std::collections::BTreeMap;

use greenlane_model::Capability;
use greenlane_standard::{Estimate, Monitor, Response, State, Watch};

use self::feed::Feed;
use crate::admission::{self, Objection};
use crate::layout::Layout;
use crate::notes::Notes;
use crate::{DecisionKind, Effect, MonitorMoved, StandardInForce};

/// Monitors are looked at for blindness this often, in s.
const LOOK_S: i64 = 60;

/// Which devices of a lane a monitor is kept for.
type Of = fn(&Layout) -> Vec<String>;

/// The monitors that a lane can feed from what it is told, by the ids of the standard. The others need what no
/// input says yet: the outcome of an inspection, a drive with a check source, a second reading.
const FED: [(&str, Of); 7] = [
    ("portal/samples", portals),
    ("portal/occupancy", portals),
    ("portal/background", portals),
    ("identity/reads", readers),
    ("lane/association", whole_lane),
    ("scanner/images", scanners),
    ("device/life", everything),
];

fn portals(layout: &Layout) -> Vec<String> {
    layout.offering(Capability::Occupancy).map(|device| device.name.clone()).collect()
}

fn readers(layout: &Layout) -> Vec<String> {
    layout.offering(Capability::Container).map(|device| device.name.clone()).collect()
}

fn scanners(layout: &Layout) -> Vec<String> {
    layout.scanners().map(|device| device.name.clone()).collect()
}

fn everything(layout: &Layout) -> Vec<String> {
    layout.config.devices.iter().map(|device| device.name.clone()).collect()
}

/// A monitor of the lane as a whole has no device.
fn whole_lane(_: &Layout) -> Vec<String> {
    vec![String::new()]
}

/// All monitors of a lane.
#[derive(Debug, Clone)]
pub(crate) struct Monitors {
    force: StandardInForce,
    watches: BTreeMap<String, Watch>,
    /// By the watch's id and the device.
    running: BTreeMap<(String, String), Running>,
    feed: Feed,
    look_s: i64,
}

#[derive(Debug, Clone)]
struct Running {
    monitor: Monitor,
    /// What was said of it last.
    shown: State,
}

/// A monitor as it stands.
#[derive(Debug, Clone, PartialEq)]
pub struct Watched {
    /// Its id in the standard.
    pub monitor: String,
    /// The device; `None` for the lane as a whole.
    pub device: Option<String>,
    /// What is known.
    pub estimate: Estimate,
    /// What the lane does about it now; `None` while it is in standard.
    pub response: Option<Response>,
}

impl Monitors {
    /// The monitors of the standard in force. What `before` has counted by the same rule goes on.
    pub(crate) fn new(layout: &Layout, before: Option<Self>, now_s: i64) -> Option<Self> {
        let force = layout.config.standard.clone()?;
        let mut known = before.map(|before| before.running).unwrap_or_default();
        let of = |watch: &Watch| FED.iter().find(|(id, _)| *id == watch.id).map(|(_, of)| of(layout));
        let mut running = BTreeMap::new();
        for watch in &force.monitors {
            for device in of(watch).into_iter().flatten() {
                let key = (watch.id.clone(), device);
                let old = known.remove(&key).filter(|old| old.monitor.rule() == watch.rule);
                let new = || Running { monitor: Monitor::new(watch.rule, now_s), shown: State::InStandard };
                running.insert(key, old.unwrap_or_else(new));
            }
        }
        let watches = force.monitors.iter().map(|watch| (watch.id.clone(), watch.clone())).collect();
        Some(Self { force, watches, running, feed: Feed::default(), look_s: now_s })
    }

    /// Every monitor as it stands.
    pub(crate) fn watched(&self, now_s: i64) -> Vec<Watched> {
        let watched = self.running.iter().map(|((id, device), running)| Watched {
            monitor: id.clone(),
            device: Some(device.clone()).filter(|device| !device.is_empty()),
            estimate: running.monitor.estimate(now_s),
            response: self.response(id, running.shown),
        });
        watched.collect()
    }

    /// What monitors have against a release, or to say about one.
    pub(crate) fn objections(&self, layout: &Layout) -> Vec<Objection> {
        let fallen = self.running.iter().filter_map(|((id, device), running)| {
            let response = self.response(id, running.shown)?;
            let named = layout.device(device);
            if named.is_some() && !admission::rests_on(layout, device) {
                return None;
            }
            let state = words(running.shown);
            let of = if device.is_empty() { "the lane" } else { device };
            let force = layout.config.standard_in_force();
            let (kind, then) = match response {
                Response::Show | Response::WorkOrder => (DecisionKind::Release, "shown only"),
                Response::SecondRead => (DecisionKind::Refer, "a person must read it as well"),
                Response::EvidenceMissing => (DecisionKind::Refer, "its evidence counts as missing"),
                Response::ReferAll => (DecisionKind::Refer, "a person must look at every vehicle"),
                Response::Hold => (DecisionKind::Hold, "the lane is held"),
            };
            let missing = response == Response::EvidenceMissing;
            let what = named.filter(|_| missing).map(|device| admission::gives(layout, device));
            let reason = format!("{of} is {state} by {id} of {force}: {then}");
            Some(Objection { kind, what: what.unwrap_or_default(), reason })
        });
        fallen.collect()
    }

    /// Whether the lane is held, so that nothing is asked of a scanner either.
    pub(crate) fn holds(&self) -> bool {
        let mut running = self.running.iter();
        running.any(|((id, _), running)| self.response(id, running.shown) == Some(Response::Hold))
    }

    /// A named person puts a device back after service. False when no such monitor is kept.
    pub(crate) fn serviced(
        &mut self,
        (id, device): (&str, &str),
        (who, reason): (&str, &str),
        notes: &mut Notes<'_>,
    ) -> bool {
        let key = (id.to_owned(), device.to_owned());
        let Some(running) = self.running.get_mut(&key) else { return false };
        let transition = running.monitor.restore(who, reason, seconds(notes));
        self.say(&key, &transition.why, notes);
        true
    }

    /// Monitors without a trial for a day know nothing any more; those with one again know something.
    pub(crate) fn look(&mut self, notes: &mut Notes<'_>) {
        let now_s = seconds(notes);
        if now_s < self.look_s {
            return;
        }
        self.look_s = now_s.saturating_add(LOOK_S);
        let keys: Vec<(String, String)> = self.running.keys().cloned().collect();
        keys.iter().for_each(|key| self.say(key, "nothing was seen of it for 24 hours", notes));
    }

    /// One trial of a monitor, when the standard has it.
    fn trial(&mut self, id: &str, device: &str, is_hit: bool, notes: &mut Notes<'_>) {
        let key = (id.to_owned(), device.to_owned());
        let Some(running) = self.running.get_mut(&key) else { return };
        let why = match running.monitor.trial(is_hit, seconds(notes)) {
            Some(transition) => transition.why,
            None if running.monitor.state(seconds(notes)) != running.shown => "it is seen again".to_owned(),
            None => return,
        };
        self.say(&key, &why, notes);
    }

    /// Says when a monitor is not what it was.
    fn say(&mut self, key: &(String, String), why: &str, notes: &mut Notes<'_>) {
        let Some(running) = self.running.get_mut(key) else { return };
        let (from, to) = (running.shown, running.monitor.state(seconds(notes)));
        if from == to {
            return;
        }
        running.shown = to;
        let estimate = running.monitor.estimate(seconds(notes));
        let (id, device) = key;
        let moved = MonitorMoved {
            monitor: id.clone(),
            device: Some(device.clone()).filter(|device| !device.is_empty()),
            from,
            to,
            n: estimate.n,
            misses: estimate.misses,
            lower: estimate.lower,
            upper: estimate.upper,
            standard: self.force.blake3.clone(),
            why: why.to_owned(),
            at: notes.now,
        };
        let of = moved.device.as_deref().unwrap_or("the lane");
        let text = format!("{of} is {} by {id}: {why}", words(to));
        notes.alert("monitor", text, None, moved.device.as_deref());
        notes.effects.push(Effect::Monitor(moved));
    }

    /// What is done about a monitor in this state: what the standard says, or what the site says if that is more.
    fn response(&self, id: &str, state: State) -> Option<Response> {
        let watch = self.watches.get(id)?;
        match state {
            State::InStandard => None,
            State::Degraded => Some(watch.degraded.max(self.force.when_degraded)),
            State::OutOfStandard => Some(watch.out.max(self.force.when_out)),
        }
    }
}

fn words(state: State) -> &'static str {
    match state {
        State::InStandard => "in standard",
        State::Degraded => "degraded",
        State::OutOfStandard => "out of standard",
    }
}

fn seconds(notes: &Notes<'_>) -> i64 {
    notes.now.utc_ns.div_euclid(1_000_000_000)
}
