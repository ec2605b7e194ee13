//! How far a confusion reaches: to the neighbours, and to everyone behind until the lane has counted anew.

use greenlane_model::Stamp;

use super::Tracker;
use crate::evidence;
use crate::layout::Layout;
use crate::track::seconds;
use crate::visit::{Span, Visit};

/// Vehicles closer in time than this, in s, may have been mistaken for each other.
const NEIGHBOUR_S: f64 = 10.0;
/// A vehicle drove steadily when its speeds over neighbouring stretches differ by at most this factor. Were
/// the next vehicle taken for it at one sensor, the stretch before would seem slower by more: a vehicle and
/// its gap, 7 m or more, on the 25 m between two sensors.
const STEADY: f64 = 1.25;
/// And the lengths that it shows at two sensors by at most this factor.
const SAME_LENGTH: f64 = 1.15;

impl Tracker {
    /// Whoever was in the lane right before or behind a vehicle that could not be told apart may be the one
    /// it was mistaken for.
    pub(crate) fn doubt_neighbours(&mut self, layout: &Layout) {
        self.doubt_followers(layout);
        let seen = self.all().filter(|v| v.confirmed);
        let all: Vec<(u64, bool, Stamp, Option<Stamp>)> =
            seen.map(|v| (v.number, v.confused, v.passage.entered, v.passage.left)).collect();
        for pair in all.windows(2) {
            let [(first, a, _, left), (second, b, entered, _)] = *pair else { continue };
            let together = left.is_none_or(|left| entered.seconds_since(left) <= NEIGHBOUR_S);
            let concerned = match (a, b) {
                (true, false) => second,
                (false, true) => first,
                _ => continue,
            };
            if let Some(visit) = self.visit(concerned).filter(|_| together) {
                visit.beside_ambiguous("the vehicle right before or behind it could not be told apart");
            }
        }
    }

    /// A reader gives every vehicle its own reading, if only that it could read nothing. When the vehicle right
    /// before or behind got none, what this one got may be of both, or all of that one's.
    pub(crate) fn doubt_readings(&mut self, layout: &Layout, number: u64, now_ns: u64) {
        let wait_s = layout.config.policy.as_ref().map_or(0.0, |p| p.wait_s);
        let seen: Vec<&Visit> = self.all().filter(|v| v.confirmed).collect();
        let Some(at) = seen.iter().position(|v| v.number == number) else { return };
        let beside = [at.checked_sub(1), Some(at + 1)].into_iter().flatten().filter_map(|i| seen.get(i));
        let beside: Vec<&&Visit> = beside.collect();
        let readers = evidence::readers(layout).filter(|reader| seen[at].has_set(reader));
        // What may still come is not missing yet.
        let unread = |v: &&Visit, reader: &str| {
            let past_ns = layout.zone(reader).and_then(|z| evidence::rear_seen_past(layout, v, z));
            !v.has_set(reader) && past_ns.is_some_and(|past_ns| seconds(past_ns, now_ns) >= wait_s)
        };
        let doubtful = readers.filter(|reader| beside.iter().any(|v| unread(v, reader)));
        let doubtful: Vec<String> = doubtful.map(str::to_owned).collect();
        for reader in doubtful {
            if let Some(visit) = self.visit(number) {
                let text =
                    format!("{reader} gave the vehicle right before or behind it nothing: it may be theirs");
                visit.beside_ambiguous(text);
            }
        }
    }

    /// One vehicle counted too many or too few, and the edges of each vehicle behind go to the one before or
    /// after it, in good order. Only a vehicle that drove steadily from end to end shows by itself that all
    /// its edges are its own; the others are doubtful until the lane has been empty of them.
    fn doubt_followers(&mut self, layout: &Layout) {
        let mut until_ns = 0;
        let mut still_there = false;
        for visit in self.gone.iter_mut().chain(&mut self.visits).filter(|v| v.confirmed) {
            let behind = still_there || visit.passage.entered.mono_ns <= until_ns;
            if (behind || visit.shifted) && !visit.shifts && visit.passage.decision.is_none() {
                visit.shifted = !(reached_over(layout, visit) || drove_steadily(layout, visit));
            }
            if visit.shifts || visit.shifted {
                still_there |= visit.passage.left.is_none();
                until_ns = until_ns.max(visit.passage.left.map_or(0, |left| left.mono_ns));
            }
        }
    }
}

/// Whether the vehicle reached from each sensor to the next, up to the one behind the last evidence: nothing
/// else can have been taken for it there, wherever it stopped.
fn reached_over(layout: &Layout, visit: &Visit) -> bool {
    let last_m = last_evidence_m(layout);
    for (k, sensor) in layout.sensors.iter().enumerate().filter(|(_, s)| !s.is_portal()) {
        let Some(Span::Passed { on_ns, .. }) = visit.spans.get(k).copied() else { return false };
        let reached = match layout.step_before(k).and_then(|before| visit.spans.get(before)) {
            Some(Span::Passed { off_ns, .. }) => on_ns < *off_ns,
            _ => k == 0,
        };
        if !reached {
            return false;
        }
        if sensor.zone.from >= last_m {
            return true;
        }
    }
    true
}

/// How far down the lane evidence is gathered by devices that do not see the vehicle themselves, in m.
fn last_evidence_m(layout: &Layout) -> f64 {
    evidence::places(layout).map(|z| z.to).fold(f64::NEG_INFINITY, f64::max)
}

/// Whether the vehicle has passed every sensor up to the one behind the last evidence, and what they told fits
/// one vehicle at one speed.
fn drove_steadily(layout: &Layout, visit: &Visit) -> bool {
    let last_m = last_evidence_m(layout);
    let mut seen = Vec::new();
    for (sensor, span) in layout.sensors.iter().zip(&visit.spans).filter(|(s, _)| !s.is_portal()) {
        let Span::Passed { on_ns, off_ns } = *span else { return false };
        seen.push((sensor.zone, on_ns, off_ns));
        if sensor.zone.from >= last_m {
            break;
        }
    }
    let speeds: Option<Vec<f64>> = seen
        .windows(2)
        .map(|pair| {
            let [(a, a_on, a_off), (b, b_on, b_off)] = *pair else { return None };
            let speed =
                |way: f64, from, to| Some(way / seconds(from, to)).filter(|v| v.is_finite() && *v > 0.0);
            let (front, rear) = (speed(b.from - a.from, a_on, b_on)?, speed(b.to - a.to, a_off, b_off)?);
            alike(front, rear, STEADY).then_some((front + rear) / 2.0)
        })
        .collect();
    let Some(speeds) = speeds.filter(|v| v.len() >= 2) else { return false };
    let steady = speeds.windows(2).all(|w| alike(w[0], w[1], STEADY));
    let length = |k: usize| {
        let (zone, on_ns, off_ns) = seen[k];
        let beside = &speeds[k.saturating_sub(1)..(k + 1).min(speeds.len())];
        let speed = beside.iter().sum::<f64>() / beside.len() as f64;
        speed * seconds(on_ns, off_ns) - (zone.to - zone.from)
    };
    steady && (1..seen.len()).all(|k| alike(length(k - 1), length(k), SAME_LENGTH))
}

fn alike(a: f64, b: f64, factor: f64) -> bool {
    a > 0.0 && b > 0.0 && a <= b * factor && b <= a * factor
}
