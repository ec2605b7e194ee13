//! What the policy asks for: there, or missing and why.

use greenlane_model::{Capability, Check, OccupancyEnd, Phase, Position, Read};

use crate::layout::{Layout, Zone};
use crate::track::seconds;
use crate::visit::{Span, Visit};
use crate::{Evidence, Policy, Role};

/// Evidence that is not there, with the reason for a person.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Missing {
    pub(crate) what: Evidence,
    pub(crate) reason: String,
}

/// What the policy asks for and the visit does not have.
pub(crate) fn missing(layout: &Layout, policy: &Policy, visit: &Visit) -> Vec<Missing> {
    let mut found = Vec::new();
    for &what in &policy.require {
        match what {
            Evidence::Radiation => radiation(layout, visit, &mut found),
            Evidence::Container => container(policy, visit, &mut found),
            Evidence::Image => image(layout, visit, &mut found),
            Evidence::Plate => plate(policy, visit, &mut found),
        }
    }
    found
}

/// Since when the vehicle's rear is past every device that the policy needs; `None` while it is not.
/// `rear_past` says since when the rear is past a place.
pub(crate) fn passed_ns(
    layout: &Layout,
    visit: &Visit,
    now_ns: u64,
    rear_past: impl Fn(Zone) -> Option<u64>,
) -> Option<u64> {
    if let Some(left) = visit.passage.left {
        return Some(travelled(layout, visit, left.mono_ns));
    }
    let portals = layout.sensors.iter().zip(&visit.spans).filter(|(s, _)| s.is_portal());
    let mut latest = None;
    for (sensor, span) in portals {
        if covers_before(layout, visit, sensor.zone) {
            return None;
        }
        let since = match span {
            Span::Passed { off_ns, .. } => *off_ns,
            Span::Covering { .. } => return None,
            // Never seen there: it counts once a sensor behind it has seen the rear.
            Span::Ahead => rear_seen_past(layout, visit, sensor.zone)?,
        };
        latest = latest.max(Some(since));
    }
    for zone in places(layout) {
        latest = latest.max(Some(rear_past(zone)?));
    }
    latest.map(|since| since.min(now_ns))
}

/// Whether the vehicle still covers a sensor before a place: its rear cannot be past that.
fn covers_before(layout: &Layout, visit: &Visit, zone: Zone) -> bool {
    let mut spans = layout.sensors.iter().zip(&visit.spans);
    spans.any(|(s, span)| span.covering() && !s.is_portal() && s.zone.to < zone.from)
}

/// Since when a sensor at a place or behind it has seen the vehicle's rear pass.
pub(crate) fn rear_seen_past(layout: &Layout, visit: &Visit, zone: Zone) -> Option<u64> {
    let spans = layout.sensors.iter().zip(&visit.spans);
    let seen = spans.filter_map(|(sensor, span)| match span {
        Span::Passed { off_ns, .. } if sensor.zone.to >= zone.to => Some(*off_ns),
        _ => None,
    });
    seen.min()
}

/// Where the devices stand, other than portals, that the policy needs.
pub(crate) fn places(layout: &Layout) -> impl Iterator<Item = Zone> {
    devices(layout).filter(|d| layout.sensor(d, None).is_none()).filter_map(|d| layout.zone(d))
}

/// Every device that the policy needs.
pub(crate) fn devices(layout: &Layout) -> impl Iterator<Item = &str> {
    let require = layout.config.policy.as_ref().map(|p| p.require.as_slice()).unwrap_or_default();
    let needs = move |what| require.contains(&what);
    let portals = layout.offering(Capability::Occupancy).filter(move |_| needs(Evidence::Radiation));
    let readers = layout.offering(Capability::Container).filter(move |_| needs(Evidence::Container));
    let plates = layout.offering(Capability::Plate).filter(move |_| needs(Evidence::Plate));
    let scanners = layout.scanners().filter(move |_| needs(Evidence::Image));
    portals.chain(readers).chain(plates).chain(scanners).map(|d| d.name.as_str())
}

/// Every device that reads containers or plates.
pub(crate) fn readers(layout: &Layout) -> impl Iterator<Item = &str> {
    let reads = |what| layout.offering(what).map(|d| d.name.as_str());
    reads(Capability::Container).chain(reads(Capability::Plate))
}

/// When the rear has passed what stands beyond the last sensor, if it goes on as it did.
fn travelled(layout: &Layout, visit: &Visit, left_ns: u64) -> u64 {
    let end = layout.sensors.last().map_or(0.0, |s| s.zone.to);
    let farthest = places(layout).map(|z| z.to).fold(end, f64::max);
    let speed = visit.track.mean_speed().unwrap_or(layout.max_speed / 2.0).max(0.3);
    left_ns.saturating_add((((farthest - end) / speed).clamp(0.0, 60.0) * 1e9) as u64)
}

fn radiation(layout: &Layout, visit: &Visit, found: &mut Vec<Missing>) {
    let mut add = |reason: String| found.push(Missing { what: Evidence::Radiation, reason });
    let mut any = false;
    for portal in layout.offering(Capability::Occupancy) {
        any = true;
        let name = &portal.name;
        let mut own = visit.passage.radiation.occupancies.iter().filter(|o| &o.device == name);
        match (own.next(), own.next()) {
            (None, _) => add(format!("no occupancy of {name}")),
            (Some(one), None) => match one.end {
                OccupancyEnd::Normal => {}
                OccupancyEnd::NoEndMessage => add(format!("{name} did not say that the occupancy ended")),
                OccupancyEnd::LinkLost => add(format!("the link to {name} was lost during the occupancy")),
            },
            (Some(_), Some(_)) => add(format!("{name} had more than one occupancy for it")),
        }
        if visit.passage.radiation.faults.iter().any(|f| &f.device == name && f.severity == ERROR) {
            add(format!("{name} was in fault"));
        }
    }
    if !any {
        add("no portal in this lane".to_owned());
    }
}

const ERROR: greenlane_model::Severity = greenlane_model::Severity::Error;

fn container(policy: &Policy, visit: &Visit, found: &mut Vec<Missing>) {
    let mut add = |reason: String| found.push(Missing { what: Evidence::Container, reason });
    let reads: Vec<_> = visit.reads.iter().filter(|r| !r.plate).collect();
    if reads.is_empty() {
        add("no container was read".to_owned());
    }
    let length = visit.passage.vehicle.length_m.map(f64::from);
    let short_box = |r: &Read| r.size_type.as_deref().is_some_and(|t| t.starts_with('2'));
    if let [only] = reads.as_slice()
        && only.read.position != Position::Single
        && short_box(&only.read)
        && length.is_some_and(|l| l >= policy.two_containers_m)
    {
        add("one 20-foot container was read on a vehicle that is long enough for two".to_owned());
    }
    for entry in reads {
        let read = &entry.read;
        let Some(number) = &read.text else {
            add(format!("{} could read no container number", entry.device));
            continue;
        };
        if read.phase == Phase::Interim {
            add(format!("{number}: only an interim result"));
        }
        if !matches!(read.check, Check::Ok | Check::AmbiguousZero) {
            add(format!("{number}: its check digit is not right"));
        }
        if let Some(reason) = unsure(number, read.confidence, policy.min_confidence) {
            add(reason);
        }
    }
}

fn plate(policy: &Policy, visit: &Visit, found: &mut Vec<Missing>) {
    let mut add = |reason: String| found.push(Missing { what: Evidence::Plate, reason });
    let mut any = false;
    for entry in visit.reads.iter().filter(|r| r.plate) {
        let Some(text) = &entry.read.text else { continue };
        any = true;
        if entry.read.phase == Phase::Interim {
            add(format!("{text}: only an interim result"));
        }
        if let Some(reason) = unsure(text, entry.read.confidence, policy.min_confidence) {
            add(reason);
        }
    }
    if !any {
        add("no licence plate was read".to_owned());
    }
}

/// A reader that gives no confidence is taken at its word: its check digit still has to fit.
fn unsure(text: &str, confidence: Option<f64>, least: f64) -> Option<String> {
    let confidence = confidence?;
    // A limit that is not a number lets nothing pass.
    let enough = confidence >= least;
    (!enough).then(|| format!("{text}: confidence {confidence:.2} is below {least:.2}"))
}

fn image(layout: &Layout, visit: &Visit, found: &mut Vec<Missing>) {
    let mut any = false;
    for scanner in layout.scanners() {
        any = true;
        if !visit.passage.images.iter().any(|i| i.device == scanner.name) {
            found.push(Missing { what: Evidence::Image, reason: format!("no picture of {}", scanner.name) });
        }
    }
    if !any {
        found.push(Missing { what: Evidence::Image, reason: "no scanner in this lane".to_owned() });
    }
    if layout.binds(Role::ScanValid).next().is_some() && !visit.scan_valid {
        let reason = "the scanner did not say that its scan is valid".to_owned();
        found.push(Missing { what: Evidence::Image, reason });
    }
}

/// Whether evidence is no longer waited for, the rear having passed then.
pub(crate) fn overdue(policy: Option<&Policy>, passed_ns: u64, now_ns: u64) -> bool {
    let waiting = policy.is_some_and(|p| seconds(passed_ns, now_ns) < p.wait_s);
    !waiting
}
