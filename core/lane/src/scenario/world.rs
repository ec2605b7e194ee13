//! Trucks that drive, and what sensors see of them.

use greenlane_model::{
    Body, ContainerNumber, ContainerNumberError, Counts, Covered, FileRef, Image, Occupancy, OccupancyEnd,
    Presence, Read, Stamp,
};
use greenlane_model::{Check, units::Seconds};

use super::{ImageTable, ReadTable, Scenario, Truck};
use crate::layout::{Layout, Sensor, Zone};

/// How finely the world is looked at, in s.
const TICK_S: f64 = 0.01;
/// How often a portal gives a sample, in ticks.
const SAMPLE_TICKS: u64 = 20;

/// One thing that a device says, and when.
pub(super) struct Said {
    pub(super) at_s: f64,
    pub(super) device: String,
    pub(super) body: Body,
}

/// Everything that the trucks make the devices say.
pub(super) fn said(scenario: &Scenario, layout: &Layout) -> Vec<Said> {
    let mut all = Vec::new();
    for sensor in &layout.sensors {
        edges(scenario, sensor, &mut all);
    }
    for (number, truck) in scenario.truck.iter().enumerate() {
        for read in &truck.read {
            all.push(read_of(layout, truck, read));
        }
        for image in &truck.image {
            all.push(image_of(layout, number, truck, image));
        }
    }
    all
}

/// What a sensor sees at a time.
pub(super) fn covers(scenario: &Scenario, sensor: &Sensor, at_s: f64) -> bool {
    scenario.truck.iter().any(|t| !t.missed_by.iter().any(|m| m == sensor.name()) && t.over(sensor, at_s))
}

impl Truck {
    /// Where its front is.
    pub(super) fn front(&self, at_s: f64) -> f64 {
        let Some(after) = self.path.iter().position(|p| p.0 > at_s) else {
            return self.path.last().map_or(-1e6, |p| p.1);
        };
        match (after.checked_sub(1).and_then(|i| self.path.get(i)), self.path.get(after)) {
            (Some(a), Some(b)) => a.1 + (b.1 - a.1) * (at_s - a.0) / (b.0 - a.0),
            _ => -1e6,
        }
    }

    fn over(&self, sensor: &Sensor, at_s: f64) -> bool {
        let front = self.front(at_s);
        let Zone { from, to } = sensor.zone;
        let seen = |a: f64, b: f64| front - b < to && front - a > from;
        let mut start = 0.0;
        if !sensor.is_portal() {
            for (a, b) in &self.gaps {
                if seen(start, *a) {
                    return true;
                }
                start = *b;
            }
        }
        seen(start, self.length_m)
    }

    /// When its front is first at a place.
    fn reaches(&self, x: f64) -> f64 {
        let last = self.path.last().map_or(0.0, |p| p.0);
        let ticks = (last / TICK_S) as u64;
        (0..=ticks).map(|n| n as f64 * TICK_S).find(|t| self.front(*t) >= x).unwrap_or(last)
    }
}

fn edges(scenario: &Scenario, sensor: &Sensor, all: &mut Vec<Said>) {
    let mut before = covers(scenario, sensor, 0.0);
    let mut since = 0;
    let mut say = |at_s, body| all.push(Said { at_s, device: sensor.device.clone(), body });
    for tick in 1..(scenario.lasts_s / TICK_S) as u64 {
        let at_s = tick as f64 * TICK_S;
        let now = covers(scenario, sensor, at_s);
        if now != before {
            say(at_s, edge(sensor, now));
            since = tick;
            before = now;
        }
        if now && sensor.is_portal() && (tick - since).is_multiple_of(SAMPLE_TICKS) && tick > since {
            let inside = scenario.truck.iter().find(|t| t.over(sensor, at_s));
            let alarm = inside.is_some_and(|t| t.gamma_alarm);
            let interval = Seconds::new(0.2).unwrap_or_default();
            let counts = Counts { interval, counts: vec![100; 4], alarm, pre_roll: false };
            say(at_s, Body::Gamma(counts));
        }
    }
}

fn edge(sensor: &Sensor, on: bool) -> Body {
    match (&sensor.point, on) {
        (Some(point), _) => {
            let covered = if on { Covered::Yes } else { Covered::No };
            Body::Presence(Presence { point: point.clone(), covered, snapshot: false })
        }
        (None, true) => Body::Occupancy(Occupancy::Started),
        (None, false) => Body::Occupancy(Occupancy::Ended {
            index: None,
            neutron_background_cps: None,
            end: OccupancyEnd::Normal,
        }),
    }
}

fn read_of(layout: &Layout, truck: &Truck, read: &ReadTable) -> Said {
    let zone = layout.zone(&read.device).unwrap_or(Zone { from: 0.0, to: 0.0 });
    let seen_s = truck.reaches((zone.from + zone.to) / 2.0 + truck.length_m / 2.0);
    Said { at_s: seen_s + read.late_s, device: read.device.clone(), body: read_body(read, seen_s) }
}

/// A reading of something seen at `seen_s`.
pub(super) fn read_body(table: &ReadTable, seen_s: f64) -> Body {
    let read = Read {
        text: table.text.clone(),
        confidence: table.text.as_ref().map(|_| table.confidence),
        check: table.check.unwrap_or_else(|| check(table)),
        alternates: Vec::new(),
        position: table.position,
        size_type: None,
        direction: greenlane_model::Direction::Unknown,
        phase: table.phase,
        event: table.event.clone(),
        acquired: table.dated.then(|| stamp(seen_s + table.clock_off_s)),
        images: Vec::new(),
    };
    if table.plate { Body::Plate(read) } else { Body::Container(read) }
}

fn check(table: &ReadTable) -> Check {
    let Some(text) = table.text.as_ref().filter(|_| !table.plate) else { return Check::Absent };
    match text.parse::<ContainerNumber>() {
        Ok(number) if number.ambiguous_zero() => Check::AmbiguousZero,
        Ok(_) => Check::Ok,
        Err(ContainerNumberError::CheckDigit { .. }) => Check::Bad,
        Err(_) => Check::NotChecked,
    }
}

fn image_of(layout: &Layout, number: usize, truck: &Truck, image: &ImageTable) -> Said {
    let zone = layout.zone(&image.device).unwrap_or(Zone { from: 0.0, to: 0.0 });
    let first = truck.reaches(zone.from);
    let last = truck.reaches(zone.to + truck.length_m) + image.overrun_s;
    let acquired = image.dated.then(|| (stamp(first), stamp(last)));
    let at_s = last + image.late_s;
    Said { at_s, device: image.device.clone(), body: image_body(&format!("truck-{}", number + 1), acquired) }
}

pub(super) fn image_body(name: &str, acquired: Option<(Stamp, Stamp)>) -> Body {
    Body::Image(Image {
        role: "scan".to_owned(),
        file: FileRef { path: format!("{name}.png"), sha256: name.to_owned(), bytes: 1 },
        width_px: 1000,
        height_px: 500,
        bits: 16,
        energies: None,
        line_pitch: None,
        invalid: None,
        passage: None,
        acquired,
    })
}

/// A time of the scenario. The monotonic clock starts at 1000 s.
pub(super) fn stamp(at_s: f64) -> Stamp {
    let ns = ((at_s + 1000.0).max(0.0) * 1e9) as u64;
    Stamp {
        mono_ns: ns,
        utc_ns: 1_800_000_000_000_000_000_i64.saturating_add_unsigned(ns),
        uncertainty_ns: 0,
    }
}
