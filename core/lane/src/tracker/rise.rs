//! A sensor becomes covered: whose front is that?

use greenlane_model::Stamp;

use super::{MAX_VISITS, Suspicion, Tracker};
use crate::layout::Layout;
use crate::notes::Notes;
use crate::track::{Fix, seconds};
use crate::visit::{Span, Visit};

/// Play of a sensor's edge, in m.
const EDGE_M: f64 = 1.0;
/// A portal's start may be told this much early or late, in s: it holds samples back for its pre-roll.
const PORTAL_S: f64 = 1.0;
/// A vehicle not seen anywhere for so long, in s, may be gone: a fresh one explains an edge better.
const STALE_S: f64 = 60.0;
/// A vehicle that should be this far past a sensor, in m, was perhaps missed there.
const OVERDUE_M: f64 = 10.0;
/// What speaks against a vehicle of which nobody knows where it is, in m.
const UNKNOWN_M: f64 = 1e6;

/// A vehicle that could have reached the sensor.
struct Candidate {
    index: usize,
    /// What speaks against it when one must be chosen, in m.
    cost: f64,
    /// How far from the sensor it should be, in m, at least.
    apart: f64,
    /// How far beyond the sensor it should be by now, in m, likely; negative when it is early.
    late: f64,
    /// How many sensors must have failed to see a vehicle for this one to be here.
    misses: usize,
}

/// What speaks against an explanation for each sensor that must have failed for it, in m.
const MISS_M: f64 = 20.0;
/// So many sensors do not fail at once while another vehicle explains the edge without any.
const IMPLAUSIBLE_MISSES: usize = 2;

impl Candidate {
    /// How far it should be from the sensor, and how much must have failed for it to be there, in m.
    fn strain(&self) -> f64 {
        let misses = if self.misses < IMPLAUSIBLE_MISSES { 0 } else { self.misses };
        self.apart + misses as f64 * MISS_M
    }
}

impl Tracker {
    pub(super) fn rise(&mut self, layout: &Layout, s: usize, at: Stamp, known: bool, notes: &mut Notes<'_>) {
        let holder = self.visits.iter().position(|v| v.spans.get(s).is_some_and(|x| x.covering()));
        if let Some(visit) = holder.and_then(|i| self.visits.get_mut(i)) {
            // A first reading after an outage, and the vehicle of before is there.
            visit.seen_ns = at.mono_ns;
            return;
        }
        let candidates = self.candidates(layout, s, at);
        if candidates.is_empty() && known && self.rejoin(layout, s, at) {
            return;
        }
        let index = match self.choose(layout, s, candidates) {
            Some(index) => index,
            None => match self.reversing(layout, s) {
                Some(index) => index,
                None => match self.admit(layout, s, at, known, notes) {
                    Some(index) => index,
                    None => return,
                },
            },
        };
        self.reach(layout, s, index, at, known);
        if known {
            self.join_split(layout, index);
        }
    }

    /// Every vehicle that could be what covers the sensor now, the foremost first.
    fn candidates(&self, layout: &Layout, s: usize, at: Stamp) -> Vec<Candidate> {
        let could_be = |index: usize, visit: &Visit| {
            let mut ahead = self.visits.iter().take(index);
            could_reach(layout, visit, s, at) && ahead.all(|v| could_be_past(layout, v, s))
        };
        let visits = self.visits.iter().enumerate();
        let weigh = |(i, v): (usize, &Visit)| weigh(layout, i, v, s, at, self.misses(layout, i, s));
        visits.filter(|(i, v)| could_be(*i, v)).filter_map(weigh).collect()
    }

    /// How many sensors would have missed a vehicle if number `index` were what covers sensor `s` now: those
    /// before it that did not see it, and whatever is wholly beyond for it to be here and was not seen there.
    fn misses(&self, layout: &Layout, index: usize, s: usize) -> usize {
        let Some(edge) = layout.sensors.get(s).map(|s| s.zone.from) else { return 0 };
        let own = |v: &Visit| (0..s).filter(|&k| self.would_miss(layout, v, k)).count();
        let beyond = |v: &Visit| {
            let shortest = layout.config.tracker.min_length_m;
            let near = |k: &usize| layout.sensors.get(*k).is_some_and(|x| x.zone.from < edge + shortest);
            (s..layout.sensors.len()).filter(near).filter(|&k| self.would_miss(layout, v, k)).count()
        };
        let ahead = self.visits.iter().take(index).map(beyond).sum::<usize>();
        self.visits.get(index).map_or(0, own) + ahead
    }

    /// Whether the sensor works and did not see the vehicle. A portal may have taken it for part of another.
    fn would_miss(&self, layout: &Layout, visit: &Visit, k: usize) -> bool {
        let portal = layout.sensors.get(k).is_none_or(|s| s.is_portal());
        let known = self.is_known(k);
        known && !portal && visit.spans.get(k).is_some_and(|x| !x.reached())
    }

    /// The vehicle that explains the edge best. Others that explain it nearly as well make it ambiguous.
    fn choose(&mut self, layout: &Layout, s: usize, candidates: Vec<Candidate>) -> Option<usize> {
        if let Some(index) = self.reaching_over(layout, s, &candidates) {
            return Some(index);
        }
        let near = layout.config.tracker.ambiguous_m;
        let mut best =
            candidates.iter().min_by(|a, b| a.cost.total_cmp(&b.cost).then(a.index.cmp(&b.index)))?;
        if best.late > OVERDUE_M {
            // The one that is just due explains it better than one that should be long past.
            let due = |c: &&Candidate| c.late.abs() <= near && c.misses < IMPLAUSIBLE_MISSES;
            best = candidates.iter().find(due).unwrap_or(best);
        }
        let name = layout.sensors.get(s)?.name();
        for other in candidates.iter().filter(|c| c.index != best.index) {
            let before = other.index < best.index && other.misses < IMPLAUSIBLE_MISSES;
            if other.strain() < best.strain() + near || before {
                let text = format!("two vehicles could have reached {name}");
                for visit in [best.index, other.index].into_iter().filter_map(|i| self.visits.get(i)) {
                    let (number, text) = (visit.number, text.clone());
                    self.suspicions.push(Suspicion { sensor: s, number, text });
                }
            }
        }
        Some(best.index)
    }

    /// The vehicle that still covers the sensor before, when no other finds room between the two: its front is
    /// what covers this one now, whoever was thought to be between them.
    fn reaching_over(&mut self, layout: &Layout, s: usize, candidates: &[Candidate]) -> Option<usize> {
        let before = layout.step_before(s)?;
        let over = |c: &&Candidate| {
            self.visits.get(c.index).and_then(|v| v.spans.get(before)).is_some_and(|x| x.covering())
        };
        let index = candidates.iter().find(over)?.index;
        let name = layout.sensors.get(s)?.name();
        for other in candidates.iter().filter(|c| c.index < index) {
            let Some(number) = self.visits.get(other.index).map(|v| v.number) else { continue };
            let text = format!("{name} saw the vehicle behind it before it");
            self.suspicions.push(Suspicion { sensor: s, number, text });
        }
        Some(index)
    }

    /// The last vehicle over the sensor goes on over it: a gap within it (chassis, drawbar), not a new one.
    fn rejoin(&mut self, layout: &Layout, s: usize, at: Stamp) -> bool {
        let Some((index, on_ns, off_ns)) = self.last_over(s) else { return false };
        let Some(visit) = self.visits.get_mut(index) else { return false };
        let max_length_m = layout.config.tracker.max_length_m;
        let gap_s = seconds(off_ns, at.mono_ns);
        let by_limit = inner(layout, s, gap_s, layout.max_speed);
        // A mean over a stop would make any gap small.
        let by_speed = visit
            .track
            .fastest()
            .is_some_and(|v| inner(layout, s, gap_s, v) && seconds(on_ns, at.mono_ns) * v <= max_length_m);
        // It still covers a sensor that the rear passes first, so it cannot have gone from this one.
        let upstream = visit.spans.iter().take(s).any(|x| x.covering());
        if !(by_limit || by_speed || upstream) {
            return false;
        }
        if !(by_limit || by_speed) {
            // The sensor behind may see two as one.
            visit.ambiguous("it has a gap longer than any within a vehicle: perhaps two, close together");
        }
        if let Some(span) = visit.spans.get_mut(s) {
            *span = Span::Covering { on_ns };
        }
        if let Some(sensor) = layout.sensors.get(s) {
            visit.track.forget_rear(sensor.zone.to);
        }
        visit.leaving = None;
        visit.seen_ns = at.mono_ns;
        true
    }

    /// The vehicle that passed this sensor last, and when.
    fn last_over(&self, s: usize) -> Option<(usize, u64, u64)> {
        let passed = self.visits.iter().enumerate().filter_map(|(i, v)| match v.spans.get(s) {
            Some(Span::Passed { on_ns, off_ns }) => Some((i, *on_ns, *off_ns)),
            _ => None,
        });
        passed.max_by_key(|(_, _, off_ns)| *off_ns)
    }

    /// A vehicle beyond this sensor that reached nothing farther may come back over it.
    fn reversing(&mut self, layout: &Layout, s: usize) -> Option<usize> {
        let (index, ..) = self.last_over(s)?;
        let visit = self.visits.get_mut(index)?;
        let at_entry = s == 0 && !visit.reversing;
        if at_entry || visit.spans.iter().skip(s + 1).any(|x| x.passed()) {
            return None;
        }
        visit.reversing = true;
        let name = layout.sensors.get(s)?.name();
        visit.miscounted(format!("it went backwards over {name}, or another vehicle was not seen entering"));
        Some(index)
    }

    /// A vehicle nobody knew of: at the first sensor the normal case, elsewhere one to look at.
    fn admit(
        &mut self,
        layout: &Layout,
        s: usize,
        at: Stamp,
        known: bool,
        notes: &mut Notes<'_>,
    ) -> Option<usize> {
        if self.visits.len() >= MAX_VISITS {
            notes.alert("too_many", format!("more than {MAX_VISITS} vehicles in the lane"), None, None);
            return None;
        }
        self.number += 1;
        let mut visit = Visit::new(&layout.config.lane.name, self.number, at, layout.sensors.len());
        let name = layout.sensors.get(s)?.name();
        if !known {
            visit.passage.recovered = true;
            visit.doubt(format!("it stood at {name} when the lane started to look"));
        } else if s > 0 {
            visit.miscounted(format!("it was not seen before {name}"));
        }
        // Behind everything that is beyond this sensor, before everything that has not reached it.
        let place = self.visits.iter().rposition(|v| v.spans.iter().skip(s).any(|x| x.reached()));
        let index = place.map_or(0, |p| p + 1);
        if s == 0 && known {
            visit.split_of = self.possible_split(layout, at);
        }
        if let Some(leader) = index.checked_sub(1).and_then(|i| self.visits.get(i)).filter(|_| s > 0 && known)
        {
            let text = format!("another vehicle was right behind it at {name}, or it was seen twice");
            self.suspicions.push(Suspicion { sensor: s, number: leader.number, text });
        }
        self.visits.insert(index, visit);
        Some(index)
    }

    /// The gap to the vehicle before may be one within it, if that one is slow enough.
    fn possible_split(&self, layout: &Layout, at: Stamp) -> Option<(u64, u64)> {
        let (index, _, off_ns) = self.last_over(0)?;
        let visit = self.visits.get(index)?;
        let gap_ns = at.mono_ns.saturating_sub(off_ns);
        // Slower than walking pace it would not be driving.
        let possible = inner(layout, 0, gap_ns as f64 / 1e9, 0.5);
        (possible && visit.track.fastest().is_none()).then_some((visit.number, gap_ns))
    }

    fn reach(&mut self, layout: &Layout, s: usize, index: usize, at: Stamp, known: bool) {
        let held = self.next_known(layout, s);
        let (Some(sensor), Some(visit)) = (layout.sensors.get(s), self.visits.get_mut(index)) else { return };
        if let Some(span) = visit.spans.get_mut(s) {
            *span = Span::Covering { on_ns: at.mono_ns };
        }
        visit.leaving = None;
        visit.seen_ns = at.mono_ns;
        if known && !visit.reversing {
            visit.track.front_at(Fix { at_ns: at.mono_ns, x: sensor.zone.from });
            visit.track.held(held);
        }
        if !known {
            visit.ambiguous(format!("{} could not be read while it drove over it", sensor.name()));
        }
        let seen = visit.spans.iter().filter(|x| x.reached()).count();
        if seen > 1 || sensor.is_portal() || !known {
            visit.split_of = None;
            visit.confirmed = true;
            visit.dirty = true;
        }
        visit.measure(layout);
    }

    /// Where the next sensor after `s` begins that would see a front, in m.
    fn next_known(&self, layout: &Layout, s: usize) -> Option<f64> {
        let here = layout.sensors.get(s)?.zone.from;
        let mut beyond = layout.sensors.iter().enumerate().skip(s + 1);
        let next = beyond.find(|(k, x)| !x.is_portal() && x.zone.from > here && self.is_known(*k))?;
        Some(next.1.zone.from)
    }

    /// Now that the speed of a vehicle is known: was what came right behind it its own trailer?
    fn join_split(&mut self, layout: &Layout, index: usize) {
        let Some(visit) = self.visits.get(index) else { return };
        let (Some(speed), number) = (visit.track.fastest(), visit.number) else { return };
        let Some(part) = self.visits.iter().position(|v| v.split_of.is_some_and(|(of, _)| of == number))
        else {
            return;
        };
        let Some((_, gap_ns)) = self.visits.get(part).and_then(|v| v.split_of) else { return };
        let one = inner(layout, 0, gap_ns as f64 / 1e9, speed);
        if !one {
            if let Some(other) = self.visits.get_mut(part) {
                other.split_of = None;
            }
            return;
        }
        let part = self.visits.remove(part);
        let Some(visit) = self.visits.iter_mut().find(|v| v.number == number) else { return };
        for (span, of_part) in visit.spans.iter_mut().zip(&part.spans) {
            let Span::Passed { on_ns, .. } = *span else { continue };
            match *of_part {
                Span::Covering { .. } => *span = Span::Covering { on_ns },
                Span::Passed { off_ns, .. } => *span = Span::Passed { on_ns, off_ns },
                Span::Ahead => {}
            }
        }
        if let (Some(sensor), Some(Span::Passed { off_ns, .. })) =
            (layout.sensors.first(), visit.spans.first())
        {
            visit.track.forget_rear(sensor.zone.to);
            visit.track.rear_at(Fix { at_ns: *off_ns, x: sensor.zone.to }, layout.max_speed);
        }
        visit.measure(layout);
    }
}

/// Whether a gap of so many seconds at this speed is one within a vehicle: a sensor sees a gap shorter than
/// it is, by the length of its own zone.
fn inner(layout: &Layout, s: usize, gap_s: f64, speed: f64) -> bool {
    let own = layout.sensors.get(s).map_or(0.0, |s| s.zone.to - s.zone.from);
    gap_s * speed + own <= layout.config.tracker.max_inner_gap_m
}

/// What speaks for and against a vehicle that could have reached the sensor.
fn weigh(
    layout: &Layout,
    index: usize,
    visit: &Visit,
    s: usize,
    at: Stamp,
    misses: usize,
) -> Option<Candidate> {
    let edge = layout.sensors.get(s)?.zone.from;
    let beyond = visit.spans.iter().skip(s + 1).any(|x| x.reached());
    let place = visit.track.front(at.mono_ns, &visit.bounds(layout, |_| false)).filter(|_| !beyond);
    let late = place.map_or(0.0, |p| p.est - edge);
    let apart = place.map_or(0.0, |p| (edge - p.hi).max(p.lo - edge).max(0.0));
    let fresh = visit.track.last_front().is_some() && visit.quiet_s(at.mono_ns) < STALE_S;
    let known = fresh || visit.spans.iter().any(|x| x.covering());
    let early = (-late).max(0.0) + misses as f64 * MISS_M;
    let cost = if known { early } else { UNKNOWN_M };
    Some(Candidate { index, cost, apart, late, misses })
}

/// Whether the vehicle's front can have come to the sensor by now, and its rear is not known past it.
fn could_reach(layout: &Layout, visit: &Visit, s: usize, at: Stamp) -> bool {
    let Some(sensor) = layout.sensors.get(s) else { return false };
    if visit.spans.get(s).is_none_or(|x| x.reached()) {
        return false;
    }
    let rear_past = visit.spans.iter().zip(&layout.sensors).skip(s + 1);
    if rear_past
        .into_iter()
        .any(|(x, other)| x.passed() && !other.is_portal() && other.zone.to > sensor.zone.to)
    {
        return false;
    }
    // With its rear still at an earlier sensor it would be longer than it is.
    let longest = layout.config.tracker.max_length_m;
    let most = visit.track.length_range().map_or(longest, |(_, most)| most.min(longest)) + EDGE_M;
    let stretched = visit
        .spans
        .iter()
        .zip(&layout.sensors)
        .take(s)
        .any(|(x, other)| x.covering() && !other.is_portal() && sensor.zone.from - other.zone.to > most);
    if stretched {
        return false;
    }
    let Some(last) = visit.track.last_front().filter(|_| !visit.reversing) else { return true };
    let slack = EDGE_M + if sensor.is_portal() { PORTAL_S * layout.max_speed } else { 0.0 };
    sensor.zone.from - last.x <= layout.max_speed * seconds(last.at_ns, at.mono_ns).max(0.0) + slack
}

/// Whether the vehicle can be wholly beyond the sensor: it covers nothing before it.
fn could_be_past(layout: &Layout, visit: &Visit, s: usize) -> bool {
    let Some(sensor) = layout.sensors.get(s) else { return true };
    let before = visit.spans.iter().zip(&layout.sensors).take(s);
    !before
        .into_iter()
        .any(|(x, other)| x.covering() && !other.is_portal() && other.zone.from < sensor.zone.from)
}
