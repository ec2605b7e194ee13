//! Whose evidence is that? Readings, pictures and alarms find their vehicle by place and time.

use greenlane_model::Stamp;

use super::Tracker;
use crate::layout::{Layout, Zone};
use crate::visit::{Contest, Span, Visit};

/// Clocks of sensors and readers that are kept together still differ by this much, in ns.
const PLAY_NS: u64 = 200_000_000;

/// When a vehicle was in front of a device.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Window {
    pub(crate) from_ns: u64,
    pub(crate) to_ns: u64,
}

impl Window {
    pub(crate) fn around(stamp: Stamp) -> Self {
        Self {
            from_ns: stamp.mono_ns.saturating_sub(stamp.uncertainty_ns),
            to_ns: stamp.mono_ns.saturating_add(stamp.uncertainty_ns),
        }
    }

    /// The time before `to` within which something said at `to` may have happened.
    pub(crate) fn before(to: Stamp, ns: u64) -> Self {
        Self { from_ns: to.mono_ns.saturating_sub(ns), to_ns: to.mono_ns }
    }
}

/// How well a vehicle explains something.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Explains {
    pub(crate) number: u64,
    /// It already has what it gets once from the device.
    has_set: bool,
    /// Likely distance from the device, in m.
    likely_m: f64,
}

impl Explains {
    /// It was likely right there.
    pub(crate) fn is_inside(&self) -> bool {
        self.likely_m <= 0.0
    }
}

impl Tracker {
    /// Every vehicle that can have been in `zone` within the window, the foremost first.
    pub(crate) fn explain(&self, layout: &Layout, device: &str, zone: Zone, window: Window) -> Vec<Explains> {
        let near = layout.config.tracker.ambiguous_m;
        let fits = |visit: &Visit| {
            if self.separated(layout, visit, zone, window) {
                return None;
            }
            let bounds = visit.bounds(layout, |s| self.is_clear(s));
            let far = visit.track.distance(zone, window.from_ns, window.to_ns, &bounds);
            // A recovered vehicle may be anywhere.
            let anywhere = visit.passage.left.is_none() && visit.track.last_front().is_none();
            let likely_m = match far {
                Some((least, likely)) if least <= near => likely,
                None if anywhere => near,
                _ => return None,
            };
            Some(Explains { number: visit.number, has_set: visit.has_set(device), likely_m })
        };
        self.all().filter(|v| v.split_of.is_none()).filter_map(fits).collect()
    }

    /// Whether a sensor says that the vehicle had not come to the place yet, or was past it, all the time.
    /// A sensor that missed it is found out when the next one sees it.
    fn separated(&self, layout: &Layout, visit: &Visit, zone: Zone, window: Window) -> bool {
        let (from, to) = (window.from_ns.saturating_sub(PLAY_NS), window.to_ns.saturating_add(PLAY_NS));
        layout.sensors.iter().zip(&visit.spans).enumerate().any(|(k, (sensor, span))| {
            if sensor.is_portal() || !self.is_known(k) {
                return false;
            }
            let before = sensor.zone.from <= zone.from;
            let behind = sensor.zone.to >= zone.to;
            match *span {
                // Whether the sensor is covered by another does not matter: one that saw two as one is found out.
                Span::Ahead => before,
                Span::Covering { on_ns } => before && on_ns > to,
                Span::Passed { on_ns, off_ns } => before && on_ns > to || behind && off_ns < from,
            }
        })
    }

    /// The vehicle that a once-a-vehicle piece of evidence belongs to. Each vehicle gets one set from a
    /// device and sets come in order; others that explain it as well contest it until they have their own.
    pub(crate) fn owner(&mut self, near_m: f64, device: &str, mut explains: Vec<Explains>) -> Option<u64> {
        // Unless one that has its set was so much nearer that this can only be a second one for it.
        let nearest = explains.iter().map(|e| e.likely_m).fold(f64::INFINITY, f64::min);
        let fresh: Vec<Explains> =
            explains.iter().copied().filter(|e| !e.has_set && e.likely_m <= nearest + near_m).collect();
        if !fresh.is_empty() {
            explains = fresh;
        }
        let best = explains.iter().min_by(|a, b| a.likely_m.total_cmp(&b.likely_m))?.number;
        for other in explains.iter().filter(|e| e.number != best) {
            let contest = Contest { device: device.to_owned(), with: other.number };
            if let Some(visit) = self.visit(best) {
                visit.contests.push(contest);
            }
        }
        Some(best)
    }

    /// The vehicle that already has this event of the device.
    pub(crate) fn owner_of_event(&self, device: &str, event: Option<&str>) -> Option<u64> {
        let event = event?;
        self.all().find(|v| v.has_event(device, event)).map(|v| v.number)
    }

    /// Drops contests with vehicles that have their own evidence by now, beyond doubt.
    pub(crate) fn resolve_contests(&mut self, layout: &Layout) {
        let own: Vec<(u64, Contest)> = self
            .all()
            .flat_map(|v| v.contests.iter().map(move |c| (v.number, c.clone())))
            .filter(|(_, c)| {
                self.all().find(|v| v.number == c.with).is_some_and(|v| own_set(layout, v, &c.device))
            })
            .collect();
        for (number, contest) in own {
            if let Some(visit) = self.visit(number) {
                visit.contests.retain(|c| *c != contest);
            }
        }
    }

    /// Nobody else came forward in time: what is contested stays ambiguous, for both.
    pub(crate) fn give_up_contests(&mut self, number: u64) {
        let Some(visit) = self.visit(number) else { return };
        for contest in std::mem::take(&mut visit.contests) {
            let Contest { device, with } = contest;
            if let Some(visit) = self.visit(number) {
                visit.ambiguous(format!("what {device} gave could as well belong to the next vehicle"));
            }
            if let Some(other) = self.visit(with) {
                other.ambiguous(format!("what {device} gave to another vehicle could belong to this one"));
            }
        }
    }
}

/// Whether the vehicle has its own evidence from the device, uncontested: a doubtful witness clears nobody.
fn own_set(layout: &Layout, visit: &Visit, device: &str) -> bool {
    if visit.passage.ambiguous {
        return false;
    }
    let contested = visit.contests.iter().any(|c| c.device == device);
    match layout.sensor(device, None) {
        Some(portal) => visit.spans.get(portal).is_some_and(|s| s.reached()),
        None => visit.has_set(device) && !contested,
    }
}
