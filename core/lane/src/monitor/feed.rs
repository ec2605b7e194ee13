//! Trials and misses, from what the lane is told and from what follows.

use std::collections::{BTreeMap, BTreeSet};

use greenlane_model::{Background, Body, CommandBody, Counts, Observation, OccupancyEnd, Severity, Stamp};

use super::Monitors;
use crate::layout::Layout;
use crate::notes::Notes;
use crate::tracker::Tracker;
use crate::visit::Visit;
use crate::{DeviceCondition, Effect, Evidence, Input, OccupancyRecord, VehicleKind};

/// More samples of one occupancy than this say nothing new: an hour at 0.2 s.
const SAMPLES_MAX: u64 = 18_000;
/// More passages than this are not waiting for their scan.
const ASKED_MAX: usize = 64;
/// A device that is in trouble more often than this in an hour has missed.
const TROUBLES_MAX: usize = 3;
const HOUR_NS: u64 = 3_600_000_000_000;

/// What must be remembered between two inputs.
#[derive(Debug, Clone, Default)]
pub(super) struct Feed {
    /// Samples of gamma since the last occupancy, by portal.
    samples: BTreeMap<String, Samples>,
    /// Background of the minute that has begun, by portal.
    minutes: BTreeMap<String, Minute>,
    /// Passages that a scan was asked for.
    asked: BTreeSet<String>,
    conditions: BTreeMap<String, DeviceCondition>,
    /// When each device was in trouble, the last few times, in ns of the monotonic clock.
    troubles: BTreeMap<String, Vec<u64>>,
}

#[derive(Debug, Clone, Copy)]
struct Samples {
    first_ns: u64,
    last_ns: u64,
    count: u64,
    interval_ns: u64,
}

#[derive(Debug, Clone, Default)]
struct Minute {
    number: i64,
    /// Sum of each panel's rates.
    panels: Vec<f64>,
    words: f64,
}

impl Monitors {
    /// Hears what the lane is about to be told.
    pub(crate) fn hear(&mut self, input: &Input, notes: &mut Notes<'_>) {
        match input {
            Input::Restarted { .. } => {
                self.feed.samples.clear();
                self.feed.troubles.clear();
                self.feed.conditions.clear();
            }
            Input::Device { device, condition, .. } => {
                let before = self.feed.conditions.insert(device.clone(), *condition);
                // Until it has been up once it is only starting.
                let up = before == Some(DeviceCondition::Up);
                if up && *condition != DeviceCondition::Up {
                    self.trouble(device, notes);
                }
            }
            Input::Observation { observation } => self.observed(observation, notes),
            _ => {}
        }
    }

    fn observed(&mut self, said: &Observation, notes: &mut Notes<'_>) {
        match &said.body {
            Body::Gamma(counts) => self.feed.sample(&said.device, counts, said.at),
            Body::Background(background) => self.background(&said.device, background, notes),
            // Trouble of the driver itself shows as a device that is down.
            Body::Fault(fault)
                if fault.on && fault.severity == Severity::Error && !fault.code.starts_with("driver_") =>
            {
                self.trouble(&said.device, notes);
            }
            _ => {}
        }
    }

    /// A device was in trouble: a miss when that is too often.
    fn trouble(&mut self, device: &str, notes: &mut Notes<'_>) {
        let times = self.feed.troubles.entry(device.to_owned()).or_default();
        let now_ns = notes.now.mono_ns;
        times.retain(|at| now_ns.saturating_sub(*at) < HOUR_NS);
        times.push(now_ns);
        let often = times.len() > TROUBLES_MAX;
        if often {
            times.clear();
        }
        self.trial("device/life", device, !often, notes);
    }

    /// The minute that has ended is a trial: every panel counted, within the band of the site.
    fn background(&mut self, device: &str, said: &Background, notes: &mut Notes<'_>) {
        let Some(panels) = &said.gamma_cps else { return };
        let number = notes.now.utc_ns.div_euclid(60_000_000_000);
        let minute = self.feed.minutes.entry(device.to_owned()).or_default();
        let ended = if minute.number == number { None } else { Some(std::mem::take(minute)) };
        minute.number = number;
        minute.words += 1.0;
        minute.panels.resize(panels.len(), 0.0);
        minute.panels.iter_mut().zip(panels).for_each(|(sum, cps)| *sum += cps.value());
        if let Some(ended) = ended.filter(|ended| ended.words > 0.0) {
            let [least, most] = self.force.background_cps.unwrap_or([0.0, f64::INFINITY]);
            let is_well = |sum: &f64| {
                let mean = sum / ended.words;
                mean > 0.0 && (least..=most).contains(&mean)
            };
            let hit = ended.panels.iter().all(is_well);
            self.trial("portal/background", device, hit, notes);
        }
    }

    /// Follows what came of the last input: the effects from `first` on.
    pub(crate) fn follow(&mut self, first: usize, layout: &Layout, tracker: &Tracker, notes: &mut Notes<'_>) {
        let effects: Vec<Effect> = notes.effects.iter().skip(first).filter(|e| matters(e)).cloned().collect();
        for effect in effects {
            match effect {
                Effect::Occupancy(record) => self.occupancy(&record, notes),
                Effect::Command(command) => {
                    if let CommandBody::ScanRequest { passage, .. } = command.body
                        && self.feed.asked.len() < ASKED_MAX
                    {
                        self.feed.asked.insert(passage);
                    }
                }
                Effect::Decision(decision) => {
                    let visit = tracker.all().find(|visit| visit.passage.id == decision.passage);
                    // A decision that became stricter was a trial before.
                    let first = visit.filter(|visit| visit.decided_ns == Some(notes.now.mono_ns));
                    if let Some(visit) = first {
                        self.decided(layout, visit, notes);
                    }
                }
                Effect::Alert(alert) if alert.code.starts_with("orphan") => {
                    self.trial("lane/association", "", false, notes);
                }
                _ => {}
            }
        }
    }

    /// How many samples there should have been between the first and the last, against how many there were.
    fn occupancy(&mut self, record: &OccupancyRecord, notes: &mut Notes<'_>) {
        let heard = self.feed.samples.remove(&record.device);
        let Some(heard) = heard.filter(|h| h.count > 1 && record.end != OccupancyEnd::LinkLost) else {
            return;
        };
        let span_ns = heard.last_ns.saturating_sub(heard.first_ns);
        let expected = (span_ns.saturating_add(heard.interval_ns / 2) / heard.interval_ns).saturating_add(1);
        let misses = expected.abs_diff(heard.count).min(SAMPLES_MAX);
        let hits = expected.min(heard.count).min(SAMPLES_MAX);
        (0..hits).for_each(|_| self.trial("portal/samples", &record.device, true, notes));
        (0..misses).for_each(|_| self.trial("portal/samples", &record.device, false, notes));
    }

    /// A vehicle was decided: everything that should have been seen of it is a trial.
    fn decided(&mut self, layout: &Layout, visit: &Visit, notes: &mut Notes<'_>) {
        let passage = &visit.passage;
        let asked = self.feed.asked.remove(&passage.id);
        if passage.recovered {
            return;
        }
        let seen = layout.sensors.iter().zip(&visit.spans).any(|(s, span)| !s.is_portal() && span.reached());
        for portal in super::portals(layout).into_iter().filter(|_| seen) {
            let mut own = passage.radiation.occupancies.iter().filter(|record| record.device == portal);
            let hit =
                matches!((own.next(), own.next()), (Some(one), None) if one.end == OccupancyEnd::Normal);
            self.trial("portal/occupancy", &portal, hit, notes);
        }
        let carries = passage.vehicle.kind != VehicleKind::Bobtail;
        for reader in super::readers(layout).into_iter().filter(|_| carries) {
            let hit = visit.reads.iter().any(|r| r.device == reader && !r.plate && r.read.text.is_some());
            self.trial("identity/reads", &reader, hit, notes);
        }
        let policy = layout.config.policy.as_ref();
        let waited = policy.is_some_and(|policy| policy.require.contains(&Evidence::Image));
        for scanner in super::scanners(layout).into_iter().filter(|_| asked && waited) {
            let hit = passage.images.iter().any(|image| image.device == scanner);
            self.trial("scanner/images", &scanner, hit, notes);
        }
        let pieces = passage.radiation.occupancies.len() + visit.reads.len() + passage.images.len();
        (0..pieces).for_each(|_| self.trial("lane/association", "", !passage.ambiguous, notes));
    }
}

impl Feed {
    fn sample(&mut self, device: &str, counts: &Counts, at: Stamp) {
        if counts.pre_roll {
            return;
        }
        let interval_ns = ((counts.interval.value() * 1e9) as u64).max(1_000_000);
        let new = Samples { first_ns: at.mono_ns, last_ns: at.mono_ns, count: 0, interval_ns };
        let known = self.samples.entry(device.to_owned()).or_insert(new);
        known.last_ns = known.last_ns.max(at.mono_ns);
        known.count = known.count.saturating_add(1);
    }
}

/// Whether anything is counted from an effect.
fn matters(effect: &Effect) -> bool {
    match effect {
        Effect::Occupancy(_) | Effect::Decision(_) => true,
        Effect::Command(command) => matches!(command.body, CommandBody::ScanRequest { .. }),
        Effect::Alert(alert) => alert.code.starts_with("orphan"),
        _ => false,
    }
}
