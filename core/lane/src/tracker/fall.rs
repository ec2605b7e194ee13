//! A sensor becomes clear: whose rear was that, and which way did it go?

use greenlane_model::Stamp;

use super::Tracker;
use crate::layout::Layout;
use crate::notes::Notes;
use crate::track::{Fix, seconds};
use crate::visit::{Contest, Span, Visit};

/// A vehicle this near, in m, may be what the sensor saw.
const NEAR_M: f64 = 0.5;
/// The share of a guessed length that a vehicle surely has.
const SURE_LENGTH: f64 = 0.75;
/// Longest that a gap within a vehicle is waited for at the last sensor, in s.
const SLOWEST_GAP_S: f64 = 3.0;

impl Tracker {
    pub(super) fn fall(&mut self, layout: &Layout, s: usize, at: Stamp, known: bool, notes: &mut Notes<'_>) {
        let Some(sensor) = layout.sensors.get(s) else { return };
        let Some(index) = self.visits.iter().position(|v| v.spans.get(s).is_some_and(|x| x.covering()))
        else {
            return;
        };
        let Some(visit) = self.visits.get_mut(index) else { return };
        let Some(Span::Covering { on_ns }) = visit.spans.get(s).copied() else { return };
        visit.seen_ns = at.mono_ns;
        let driven_m = seconds(on_ns, at.mono_ns) * layout.max_speed;
        if known && !sensor.is_portal() && driven_m < layout.config.tracker.min_length_m {
            self.ghost(layout, s, index, notes);
            return;
        }
        let upstream = visit.spans.iter().take(s).any(|x| x.covering());
        if let Some(span) = visit.spans.get_mut(s) {
            let back = visit.reversing && upstream;
            *span = if back { Span::Ahead } else { Span::Passed { on_ns, off_ns: at.mono_ns } };
        }
        if !known {
            visit.ambiguous(format!("{} could not be read while it drove over it", sensor.name()));
        } else if !sensor.is_portal() && !visit.reversing {
            visit.track.rear_at(Fix { at_ns: at.mono_ns, x: sensor.zone.to }, layout.max_speed);
        }
        self.believe(s);
        self.take_over(layout, s, index, at);
        if self.went_back(layout, s, index, at) {
            self.reversed_out(index, at, notes);
            return;
        }
        self.check_length(layout, s, index);
        self.check_missed(layout, s, index, notes);
        self.check_room(layout, s, notes);
        self.contest_next(layout, s, index, at);
        self.leave_forward(layout, index, at);
    }

    /// Too short for any vehicle at any speed: a person, an animal, or a sensor that flickers.
    fn ghost(&mut self, layout: &Layout, s: usize, index: usize, notes: &mut Notes<'_>) {
        let (Some(sensor), Some(visit)) = (layout.sensors.get(s), self.visits.get_mut(index)) else { return };
        let text = format!("{} was covered for less than a vehicle takes", sensor.name());
        notes.alert("ghost", text, None, Some(&sensor.device));
        if let Some(span) = visit.spans.get_mut(s) {
            *span = Span::Ahead;
        }
        visit.track.forget_front(sensor.zone.from);
        self.suspicions.retain(|x| x.sensor != s);
        let Some(visit) = self.visits.get_mut(index) else { return };
        if visit.spans.iter().all(|x| !x.reached())
            && visit.passage.decision.is_none()
            && visit.reads.is_empty()
        {
            self.visits.remove(index);
        }
    }

    /// Its rear has left this sensor, so its front must be at every sensor that is nearer than it is long. One
    /// that the vehicle before still covers sees the two as one: it is this one's from here on.
    fn take_over(&mut self, layout: &Layout, s: usize, index: usize, at: Stamp) {
        let (Some(sensor), Some(visit)) = (layout.sensors.get(s), self.visits.get(index)) else { return };
        if sensor.is_portal() || visit.reversing {
            return;
        }
        let least = visit.track.length_range().map_or(0.0, |(least, _)| least);
        let front_m = sensor.zone.to + least.max(layout.config.tracker.min_length_m);
        let number = visit.number;
        for (k, other) in layout.sensors.iter().enumerate().skip(s + 1) {
            let before = index.checked_sub(1).and_then(|i| self.visits.get(i));
            let over = before.and_then(|v| v.spans.get(k)).is_some_and(|x| x.covering());
            let ahead = self.visits.get(index).and_then(|v| v.spans.get(k)) == Some(&Span::Ahead);
            if !over || !ahead || other.is_portal() || other.zone.from > front_m {
                continue;
            }
            let text = format!("{} may have seen two vehicles as one", other.name());
            for visit in self.visits.iter_mut().skip(index - 1).take(2) {
                let Some(span) = visit.spans.get_mut(k) else { continue };
                *span = match *span {
                    Span::Covering { on_ns } => Span::Passed { on_ns, off_ns: at.mono_ns },
                    _ if visit.number == number => Span::Covering { on_ns: at.mono_ns },
                    kept => kept,
                };
                visit.ambiguous(text.clone());
            }
        }
    }

    /// The front left an earlier-reached sensor before the rear left this one: it drove backwards.
    fn went_back(&self, layout: &Layout, s: usize, index: usize, at: Stamp) -> bool {
        let (Some(visit), Some(sensor)) = (self.visits.get(index), layout.sensors.get(s)) else {
            return false;
        };
        if visit.spans.iter().any(|x| x.covering()) || visit.spans.iter().take(s).any(|x| x.reached()) {
            return false;
        }
        if visit.reversing {
            return true;
        }
        let slowest = visit.track.speed().unwrap_or(1.0).max(0.3);
        let gap_s = layout.config.tracker.max_inner_gap_m / slowest;
        visit.spans.iter().zip(&layout.sensors).skip(s + 1).any(|(x, other)| match x {
            Span::Passed { off_ns, .. } => {
                other.zone.from >= sensor.zone.to && seconds(*off_ns, at.mono_ns) > gap_s
            }
            _ => false,
        })
    }

    fn reversed_out(&mut self, index: usize, at: Stamp, notes: &mut Notes<'_>) {
        let Some(visit) = self.visits.get_mut(index) else { return };
        visit.doubt("reversed out");
        let id = visit.passage.id.clone();
        notes.alert("reversed_out", "the vehicle left the lane backwards".to_owned(), Some(&id), None);
        self.leave(index, at);
    }

    fn check_length(&mut self, layout: &Layout, s: usize, index: usize) {
        let Some(visit) = self.visits.get_mut(index) else { return };
        visit.measure(layout);
        let tracker = &layout.config.tracker;
        let Some(length) = visit.track.length() else { return };
        // A tenth of play: the speed is a mean.
        if length > tracker.max_length_m * 1.1 {
            visit.ambiguous("it is longer than any vehicle: perhaps two, close together");
        } else if s + 1 == layout.sensors.len() && length < tracker.min_length_m * 0.9 {
            visit.doubt("it is shorter than any vehicle: a person, a forklift, or something lost");
        }
    }

    /// Sensors before this one that never saw it, and whoever covered them when it must have been there.
    fn check_missed(&mut self, layout: &Layout, s: usize, index: usize, notes: &mut Notes<'_>) {
        for earlier in 0..s {
            let Some(visit) = self.visits.get_mut(index) else { return };
            let Some(sensor) = layout.sensors.get(earlier) else { return };
            if visit.spans.get(earlier).is_some_and(|x| x.reached()) || visit.passage.recovered {
                continue;
            }
            let text = format!("{} did not see it", sensor.name());
            if visit.doubts.contains(&text) {
                continue;
            }
            visit.ambiguous(text.clone());
            let (id, entered_ns) = (visit.passage.id.clone(), visit.passage.entered.mono_ns);
            notes.alert("missed", text, Some(&id), Some(&sensor.device));
            let name = sensor.name().to_owned();
            for other in self.gone.iter_mut().chain(&mut self.visits).filter(|v| v.passage.id != id) {
                let over = match other.spans.get(earlier) {
                    Some(Span::Passed { off_ns, .. }) => *off_ns >= entered_ns,
                    Some(Span::Covering { .. }) => true,
                    _ => false,
                };
                if over {
                    other.ambiguous(format!("{name} may have seen two vehicles as one"));
                }
            }
        }
    }

    /// Vehicles said to be between two sensors must find room there: when they do not, one of them was missed
    /// at the farther sensor, and every edge since may have gone to the wrong one.
    fn check_room(&mut self, layout: &Layout, s: usize, notes: &mut Notes<'_>) {
        let Some(sensor) = layout.sensors.get(s).filter(|x| !x.is_portal()) else { return };
        let mut beyond = layout.sensors.iter().enumerate().skip(s + 1);
        let Some((n, next)) = beyond.find(|(_, x)| !x.is_portal() && x.zone.from > sensor.zone.to) else {
            return;
        };
        let between = |v: &&Visit| {
            let at = |k: usize| v.spans.get(k).copied().unwrap_or(Span::Ahead);
            at(s).passed() && !at(n).reached() && v.split_of.is_none()
        };
        let lengths = self.visits.iter().filter(between).map(|v| {
            let guess = v.track.length().unwrap_or(layout.config.tracker.min_length_m) * SURE_LENGTH;
            guess.max(layout.config.tracker.min_length_m)
        });
        let (count, needed) = lengths.fold((0, 0.0), |(n, sum), length| (n + 1, sum + length));
        if count < 2 || needed <= next.zone.from - sensor.zone.to {
            return;
        }
        let text = format!("more vehicles than find room between {} and {}", sensor.name(), next.name());
        notes.alert("no_room", text.clone(), None, None);
        for visit in &mut self.visits {
            visit.miscounted(text.clone());
        }
    }

    /// The next vehicle may already have been there: then this sensor saw two as one.
    fn contest_next(&mut self, layout: &Layout, s: usize, index: usize, at: Stamp) {
        let (Some(sensor), Some(next)) = (layout.sensors.get(s), self.visits.get(index + 1)) else { return };
        if next.spans.get(s).is_none_or(|x| x.reached()) || next.split_of.is_some() {
            return;
        }
        // A sensor inside this one's zone that works and has not seen the next vehicle speaks for itself.
        let kept_out = layout.sensors.iter().zip(&next.spans).enumerate().any(|(k, (other, span))| {
            let inside = other.zone.from >= sensor.zone.from && other.zone.to <= sensor.zone.to;
            inside && k != s && !span.reached() && self.is_clear(k)
        });
        if kept_out {
            return;
        }
        let bounds = next.bounds(layout, |other| other != s && self.is_clear(other));
        let near = next.track.front(at.mono_ns, &bounds).is_some_and(|p| p.hi >= sensor.zone.from - NEAR_M);
        let contest = Contest { device: sensor.device.clone(), with: next.number };
        if near
            && sensor.is_portal()
            && let Some(visit) = self.visits.get_mut(index)
        {
            visit.contests.push(contest);
        }
    }

    /// It is past the last sensor. Its trailer may still follow behind a gap.
    fn leave_forward(&mut self, layout: &Layout, index: usize, at: Stamp) {
        let Some(visit) = self.visits.get_mut(index) else { return };
        let at_end = visit.spans.last().is_some_and(|x| x.passed());
        // A portal may hold its occupancy for a while after the vehicle left the last sensor.
        if !at_end || visit.spans.iter().any(|x| x.covering()) {
            return;
        }
        let portal_only = layout.sensors.iter().all(|s| s.is_portal());
        let gap_s = match visit.track.fastest() {
            _ if portal_only => 0.0,
            Some(speed) => (layout.config.tracker.max_inner_gap_m / speed.max(0.3)).clamp(0.0, SLOWEST_GAP_S),
            None => SLOWEST_GAP_S,
        };
        visit.leaving = Some((at, at.mono_ns.saturating_add(super::span_ns(gap_s))));
    }

    /// Lets those go whose rear has surely left, in order: whatever was before one of them has left too.
    pub(super) fn let_leave(&mut self, now: Stamp, notes: &mut Notes<'_>) {
        let gone = |v: &Visit| v.leaving.filter(|(_, until)| *until <= now.mono_ns + 1).map(|(at, _)| at);
        while let Some((index, at)) = self.visits.iter().enumerate().find_map(|(i, v)| Some((i, gone(v)?))) {
            for _ in 0..index {
                if let Some(before) = self.visits.first_mut().filter(|v| v.leaving.is_none()) {
                    before.miscounted("it was not seen leaving");
                    let id = before.passage.id.clone();
                    let text = "the next vehicle left before it".to_owned();
                    notes.alert("not_seen_leaving", text, Some(&id), None);
                }
                self.leave(0, at);
            }
            self.leave(0, at);
        }
    }

    /// Whether the sensor can be read and is not stuck.
    pub(super) fn is_known(&self, s: usize) -> bool {
        self.states.get(s).is_some_and(|x| x.covered != greenlane_model::Covered::Unknown && !x.stuck)
    }

    pub(crate) fn is_clear(&self, s: usize) -> bool {
        self.states.get(s).is_some_and(|x| x.covered == greenlane_model::Covered::No)
    }
}
