//! Which vehicle is where: an ordered queue of passages, moved by the edges of the sensors.
//!
//! Order is kept inside a walled lane. An edge goes to the vehicle that explains it; when another explains
//! it nearly as well, or an edge is missing or too many, every vehicle concerned carries a doubt and none of
//! them is released by itself.

mod associate;
mod doubt;
mod fall;
mod rise;

pub(crate) use associate::Window;
use greenlane_model::{Covered, Stamp};

use crate::layout::Layout;
use crate::notes::Notes;
use crate::visit::{Span, Visit};

/// A vehicle that has left is kept this long, in s, for what is still said of it.
const KEPT_S: f64 = 120.0;
/// And at most this many of them.
const KEPT: usize = 64;
/// More vehicles than this do not fit into a lane.
const MAX_VISITS: usize = 64;

/// The queue and the sensors' states.
#[derive(Debug, Clone, Default)]
pub(crate) struct Tracker {
    /// In the lane, the foremost first.
    pub(crate) visits: Vec<Visit>,
    /// Left, the latest last.
    pub(crate) gone: Vec<Visit>,
    /// One a sensor of the layout.
    pub(crate) states: Vec<SensorState>,
    /// What an edge says of its neighbours, unless it was too short for a vehicle.
    suspicions: Vec<Suspicion>,
    number: u64,
}

/// Two vehicles that could not be told apart by what covers a sensor now.
#[derive(Debug, Clone)]
struct Suspicion {
    sensor: usize,
    number: u64,
    text: String,
}

/// What a sensor says now.
#[derive(Debug, Clone, Copy)]
pub(crate) struct SensorState {
    pub(crate) covered: Covered,
    pub(crate) since_ns: u64,
    pub(crate) stuck: bool,
}

impl SensorState {
    fn unknown(since_ns: u64) -> Self {
        Self { covered: Covered::Unknown, since_ns, stuck: false }
    }
}

impl Tracker {
    /// Takes a new layout. What is known by the old one is kept by name; vehicles in the lane carry a doubt.
    pub(crate) fn lay_out(&mut self, old: Option<&Layout>, new: &Layout, now: Stamp) {
        let from: Vec<Option<usize>> = new
            .sensors
            .iter()
            .map(|s| old.and_then(|old| old.sensors.iter().position(|o| o.same_as(s))))
            .collect();
        let kept = |i: &Option<usize>| i.and_then(|i| self.states.get(i)).copied();
        self.states = from.iter().map(|i| kept(i).unwrap_or(SensorState::unknown(now.mono_ns))).collect();
        for visit in self.visits.iter_mut().chain(&mut self.gone) {
            let kept = |i: &Option<usize>| i.and_then(|i| visit.spans.get(i)).copied();
            visit.spans = from.iter().map(|i| kept(i).unwrap_or(Span::Ahead)).collect();
        }
        for visit in &mut self.visits {
            visit.ambiguous("the lane's configuration changed while it was in the lane");
        }
    }

    /// What the sensor says now.
    pub(crate) fn sense(
        &mut self,
        layout: &Layout,
        sensor: usize,
        covered: Covered,
        snapshot: bool,
        at: Stamp,
        notes: &mut Notes<'_>,
    ) {
        let Some(state) = self.states.get_mut(sensor) else { return };
        let before = std::mem::replace(&mut state.covered, covered);
        if before == covered {
            return;
        }
        state.since_ns = at.mono_ns;
        state.stuck = false;
        match covered {
            Covered::Yes => self.rise(layout, sensor, at, !snapshot, notes),
            Covered::No => self.fall(layout, sensor, at, !snapshot, notes),
            Covered::Unknown => self.blind(layout, sensor),
        }
    }

    /// The sensor can no longer be read: every vehicle that has not passed it may do anything there.
    pub(crate) fn blind(&mut self, layout: &Layout, sensor: usize) {
        if let Some(state) = self.states.get_mut(sensor) {
            state.covered = Covered::Unknown;
        }
        let Some(name) = layout.sensors.get(sensor).map(|s| s.name()) else { return };
        for visit in &mut self.visits {
            if visit.spans.get(sensor).is_some_and(|s| !s.passed()) {
                visit.ambiguous(format!("{name} could not be read while it was in the lane"));
            }
        }
    }

    /// The controller started again: times of before mean nothing now.
    pub(crate) fn restarted(&mut self, now: Stamp) {
        for state in &mut self.states {
            *state = SensorState::unknown(now.mono_ns);
        }
        for visit in &mut self.visits {
            visit.passage.recovered = true;
            visit.track = crate::track::Track::default();
            visit.confirmed = true;
            visit.doubt("it was in the lane while the controller was down");
        }
        for visit in self.visits.iter_mut().chain(&mut self.gone) {
            visit.passed_ns = visit.passed_ns.map(|_| now.mono_ns);
            visit.decided_ns = None;
            visit.seen_ns = now.mono_ns;
            if visit.passage.decision.is_none() {
                visit.passage.recovered = true;
                visit.doubt("it was in the lane while the controller was down");
            }
        }
    }

    /// Looks at what only time tells: vehicles that surely are ones, stuck sensors, vehicles long unseen.
    pub(crate) fn age(&mut self, layout: &Layout, now: Stamp, notes: &mut Notes<'_>) {
        let shortest_s = layout.config.tracker.min_length_m / layout.max_speed;
        for visit in &mut self.visits {
            let split = visit.split_of.is_some();
            let covering = visit.spans.iter().any(|s| match s {
                Span::Covering { on_ns } => crate::track::seconds(*on_ns, now.mono_ns) >= shortest_s,
                _ => false,
            });
            if !visit.confirmed && !split && covering {
                visit.confirmed = true;
                visit.dirty = true;
            }
        }
        let long = |x: &Suspicion| {
            let state = self.states.get(x.sensor);
            state.is_none_or(|s| crate::track::seconds(s.since_ns, now.mono_ns) >= shortest_s)
        };
        let sensors: Vec<usize> = self.suspicions.iter().filter(|x| long(x)).map(|x| x.sensor).collect();
        sensors.into_iter().for_each(|sensor| self.believe(sensor));
        self.let_leave(now, notes);
        self.find_stuck(layout, now, notes);
        self.give_up_lost(layout, now, notes);
        self.gone.retain(|v| v.passage.decision.is_none() || v.quiet_s(now.mono_ns) < KEPT_S);
    }

    /// The visit of this number, in the lane or gone.
    pub(crate) fn visit(&mut self, number: u64) -> Option<&mut Visit> {
        self.gone.iter_mut().chain(&mut self.visits).find(|v| v.number == number)
    }

    /// The visit of this passage id.
    pub(crate) fn by_id(&mut self, id: &str) -> Option<&mut Visit> {
        self.gone.iter_mut().chain(&mut self.visits).find(|v| v.passage.id == id)
    }

    /// The visit that an occupancy was given to.
    pub(crate) fn holding(&mut self, device: &str, started: Stamp) -> Option<&mut Visit> {
        let held = |v: &&mut Visit| {
            let mut occupancies = v.passage.radiation.occupancies.iter();
            occupancies.any(|o| o.device == device && o.started == started)
        };
        self.all_mut().find(held)
    }

    /// Every visit that can still change, the earliest first.
    pub(crate) fn all_mut(&mut self) -> impl Iterator<Item = &mut Visit> {
        self.gone.iter_mut().chain(&mut self.visits)
    }

    /// Every visit that can still change, the earliest first.
    pub(crate) fn all(&self) -> impl Iterator<Item = &Visit> {
        self.gone.iter().chain(&self.visits)
    }

    /// When time alone will change something next, with the reason.
    pub(crate) fn next_ns(&self, layout: &Layout) -> Option<(u64, &'static str)> {
        let shortest = span_ns(layout.config.tracker.min_length_m / layout.max_speed);
        let stuck = span_ns(layout.config.tracker.stuck_s);
        let confirm = self.visits.iter().filter(|v| !v.confirmed && v.split_of.is_none()).flat_map(|v| {
            v.spans.iter().filter_map(move |s| match s {
                Span::Covering { on_ns } => Some((on_ns.saturating_add(shortest), "a vehicle long enough")),
                _ => None,
            })
        });
        let states = self.states.iter().filter(|s| s.covered == Covered::Yes && !s.stuck);
        let stuck_at = states.map(|s| (s.since_ns.saturating_add(stuck), "a sensor covered too long"));
        let lost =
            self.visits.iter().map(|v| (v.seen_ns.saturating_add(stuck), "a vehicle not seen for long"));
        let leaving = self.visits.iter().filter_map(|v| Some((v.leaving?.1, "a vehicle has left")));
        confirm.chain(leaving).chain(stuck_at).chain(lost).min()
    }

    /// Takes a visit out of the lane.
    pub(crate) fn leave(&mut self, index: usize, at: Stamp) {
        if index >= self.visits.len() {
            return;
        }
        let mut visit = self.visits.remove(index);
        visit.passage.left = Some(at);
        visit.seen_ns = at.mono_ns;
        visit.dirty = true;
        visit.confirmed = true;
        self.gone.push(visit);
        if self.gone.len() > KEPT {
            self.gone.remove(0);
        }
    }

    /// What covers the sensor is a vehicle: what was suspected when it came holds.
    fn believe(&mut self, sensor: usize) {
        let all = std::mem::take(&mut self.suspicions);
        let (those, others): (Vec<_>, Vec<_>) = all.into_iter().partition(|x| x.sensor == sensor);
        self.suspicions = others;
        for Suspicion { number, text, .. } in those {
            if let Some(visit) = self.visit(number) {
                visit.miscounted(text);
            }
        }
    }

    fn find_stuck(&mut self, layout: &Layout, now: Stamp, notes: &mut Notes<'_>) {
        for (index, sensor) in layout.sensors.iter().enumerate() {
            let Some(state) = self.states.get_mut(index) else { continue };
            let long = crate::track::seconds(state.since_ns, now.mono_ns) >= layout.config.tracker.stuck_s;
            if state.covered != Covered::Yes || state.stuck || !long {
                continue;
            }
            state.stuck = true;
            let text = format!(
                "{} is covered for more than {} s: a parked vehicle or a stuck sensor",
                sensor.name(),
                layout.config.tracker.stuck_s
            );
            notes.alert("stuck", text.clone(), None, Some(&sensor.device));
            for visit in &mut self.visits {
                if visit.spans.get(index).is_some_and(|s| s.covering()) {
                    visit.ambiguous(text.clone());
                }
            }
        }
    }

    /// Nothing was seen of a vehicle for as long as a sensor may be covered, and it covers nothing.
    fn give_up_lost(&mut self, layout: &Layout, now: Stamp, notes: &mut Notes<'_>) {
        let limit = layout.config.tracker.stuck_s;
        while let Some(index) = self.visits.iter().position(|v| v.quiet_s(now.mono_ns) >= limit) {
            let Some(visit) = self.visits.get_mut(index) else { return };
            if visit.spans.iter().any(|s| s.covering()) {
                visit.seen_ns = now.mono_ns;
                continue;
            }
            visit.miscounted("it was not seen leaving");
            let text = format!("nothing was seen of it for {limit} s");
            notes.alert("lost", text, Some(&visit.passage.id.clone()), None);
            self.leave(index, now);
        }
    }
}

/// Seconds as nanoseconds; never zero, so that a wake-up is always later.
pub(crate) fn span_ns(seconds: f64) -> u64 {
    // A float cast saturates, and NaN becomes 0.
    ((seconds * 1e9) as u64).max(1)
}
