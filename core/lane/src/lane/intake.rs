//! What devices say, brought to the vehicle it belongs to.

use greenlane_model::{Body, Covered, Fault, Image, Observation, Radiation, Read, Severity, Stamp};

use super::{Beam, Lane, Orphan};
use crate::layout::{Layout, Zone};
use crate::notes::Notes;
use crate::occupancy::Folded;
use crate::science::{self, Measured, Samples, Science};
use crate::track::seconds;
use crate::tracker::{Window, span_ns};
use crate::visit::{ReadEntry, Visit};
use crate::{DeviceAlarm, Effect, ImageEvidence, OccupancyRecord};

/// How long evidence may come after its vehicle when no policy says so, in s.
const WAIT_S: f64 = 5.0;
/// A device that says it saw something longer ago than this, in s, has a wrong clock.
const CLOCK_S: f64 = 60.0;
/// An alarm tells of the last second.
const ALARM_NS: u64 = 1_000_000_000;
/// More than this is not kept: the alert has gone out by then.
const MAX_ORPHANS: usize = 64;
/// Beams further back matter to no occupancy that is still open.
const MAX_BEAMS: usize = 16;
/// More pictures than this of one vehicle are a broken device.
const MAX_IMAGES: usize = 32;

impl Lane {
    /// Says whether anything changed but counts.
    pub(super) fn radiation(&mut self, device: &str, folded: Folded, notes: &mut Notes<'_>) -> bool {
        match folded {
            Folded::Counted => return false,
            Folded::Started(at) => self.occupied(device, at, notes),
            Folded::Ended(record) => self.occupancy_ended(record, notes),
            Folded::Restarted(record, at) => {
                self.occupancy_ended(record, notes);
                self.occupied(device, at, notes);
            }
            Folded::Alarm(radiation, at) => self.alarm(device, radiation, at, notes),
        }
        true
    }

    /// The portal is empty again: its record goes to whoever was in it.
    pub(super) fn occupancy_ended(&mut self, record: Box<OccupancyRecord>, notes: &mut Notes<'_>) {
        let at = self.plausible(record.ended);
        notes.effects.push(Effect::Occupancy(record.clone()));
        let Some(layout) = &self.layout else { return };
        let device = record.device.clone();
        let mut samples = Samples::default();
        if let Some(portal) = self.devices.get_mut(&device) {
            portal.seen_vacant = record.end != greenlane_model::OccupancyEnd::LinkLost;
            samples = portal.samples.close();
        }
        let beam = layout.beam_reaches(&device) && self.beams.iter().any(|b| overlaps(b, &record));
        let Some(sensor) = layout.sensor(&device, None) else { return };
        let lost = record.end == greenlane_model::OccupancyEnd::LinkLost;
        let holder =
            self.tracker.visits.iter_mut().find(|v| v.spans.get(sensor).is_some_and(|s| s.covering()));
        match holder {
            Some(visit) => {
                if beam {
                    visit.doubt(format!("the X-ray beam was on during the occupancy of {device}"));
                }
                if visit.passage.decision.is_some() {
                    visit.doubt(format!("another occupancy of {device} after the decision"));
                }
                if let Some(speed) = record.speed_mps.filter(|v| v.value() > 0.1) {
                    visit.track.measured(speed.value());
                }
                if visit.passage.radiation.occupancies.len() < MAX_IMAGES {
                    if let Some(Ok(science)) = &self.science {
                        let clear =
                            |s: usize| self.tracker.states.get(s).is_some_and(|x| x.covered == Covered::No);
                        let examination = examine(science, layout, visit, &record, &samples, clear);
                        visit.examined(examination, at);
                    }
                    visit.passage.radiation.occupancies.push(*record);
                }
                visit.dirty = true;
            }
            None => {
                let text = format!("an occupancy of {device} belongs to no vehicle");
                notes.alert("orphan_occupancy", text, None, Some(&device));
            }
        }
        self.tracker.sense(layout, sensor, Covered::No, lost, at, notes);
    }

    fn occupied(&mut self, device: &str, at: Stamp, notes: &mut Notes<'_>) {
        let at = self.plausible(at);
        let Some(layout) = &self.layout else { return };
        if let Some(sensor) = layout.sensor(device, None) {
            self.tracker.sense(layout, sensor, Covered::Yes, false, at, notes);
            if self.devices.get(device).is_some_and(|d| d.seen_vacant) {
                return;
            }
            let inside = |v: &&mut Visit| v.spans.get(sensor).is_some_and(|s| s.covering());
            if let Some(visit) = self.tracker.visits.iter_mut().find(inside) {
                visit.doubt(format!(
                    "{device} was not known to be empty before: it may have missed the beginning"
                ));
            }
        }
    }

    /// An alarm goes to every vehicle that it may be of: too many is only a delay, too few a disaster.
    fn alarm(&mut self, device: &str, radiation: Radiation, at: Stamp, notes: &mut Notes<'_>) {
        let nuclides = self.devices.get(device).map(|d| d.nuclides.clone()).unwrap_or_default();
        let at = self.plausible(at);
        let Some(layout) = &self.layout else { return };
        let window = Window::before(at, ALARM_NS);
        let portal = layout.sensor(device, None);
        let inside = self
            .tracker
            .visits
            .iter()
            .find(|v| portal.and_then(|s| v.spans.get(s)).is_some_and(|s| s.covering()));
        let mut owners: Vec<u64> = match (inside, layout.zone(device)) {
            (Some(visit), _) => vec![visit.number],
            (None, Some(zone)) => {
                self.tracker.explain(layout, device, zone, window).iter().map(|e| e.number).collect()
            }
            (None, None) => self.tracker.visits.iter().map(|v| v.number).collect(),
        };
        if owners.len() > 1 {
            for number in &owners {
                if let Some(visit) = self.tracker.visit(*number) {
                    visit.ambiguous(format!("an alarm of {device} may be of another vehicle"));
                }
            }
        }
        if owners.is_empty() {
            let text = format!("{device} is in alarm and no vehicle is there");
            notes.alert("orphan_alarm", text, None, Some(device));
        }
        for number in owners.drain(..) {
            if let Some(visit) = self.tracker.visit(number) {
                visit.alarm(DeviceAlarm {
                    device: device.to_owned(),
                    radiation,
                    at,
                    nuclides: nuclides.clone(),
                });
            }
        }
    }

    /// A reading or a picture.
    pub(super) fn evidence(&mut self, said: Observation, notes: &mut Notes<'_>) {
        if self.attach(&said, notes) {
            return;
        }
        let until_ns = notes.now.mono_ns.saturating_add(self.wait_ns());
        if self.orphans.len() < MAX_ORPHANS {
            self.orphans.push(Orphan { said, until_ns });
        } else {
            orphaned(&said, notes);
        }
    }

    /// Looks again for the vehicles of what has none; after a while somebody must know.
    pub(super) fn revisit_orphans(&mut self, notes: &mut Notes<'_>) {
        let orphans = std::mem::take(&mut self.orphans);
        for orphan in orphans {
            if self.attach(&orphan.said, notes) {
                continue;
            }
            if notes.now.mono_ns >= orphan.until_ns {
                orphaned(&orphan.said, notes);
            } else {
                self.orphans.push(orphan);
            }
        }
    }

    fn wait_ns(&self) -> u64 {
        let policy = self.layout.as_ref().and_then(|l| l.config.policy.as_ref());
        span_ns(policy.map_or(WAIT_S, |p| p.wait_s).clamp(0.0, 3600.0))
    }

    fn attach(&mut self, said: &Observation, notes: &mut Notes<'_>) -> bool {
        match &said.body {
            Body::Container(read) => self.attach_read(said, read, false, notes),
            Body::Plate(read) => self.attach_read(said, read, true, notes),
            Body::Image(image) => self.attach_image(said, image, notes),
            _ => true,
        }
    }

    fn attach_read(&mut self, said: &Observation, read: &Read, plate: bool, notes: &mut Notes<'_>) -> bool {
        let Some(layout) = &self.layout else { return true };
        let device = &said.device;
        let by_event = self.tracker.owner_of_event(device, read.event.as_deref());
        let (window, clock) = match read.acquired {
            Some(acquired) if self.sane(acquired, said.at) => (Window::around(acquired), true),
            acquired => (Window::before(said.at, self.wait_ns()), acquired.is_none()),
        };
        let owner = by_event.or_else(|| {
            let explains = self.tracker.explain(layout, device, place(layout, device), window);
            self.tracker.owner(layout.config.tracker.ambiguous_m, device, explains)
        });
        let Some(visit) = owner.and_then(|number| self.tracker.visit(number)) else { return false };
        if !clock {
            visit.ambiguous(format!("the clock of {device} is wrong"));
            notes.alert("clock", format!("the clock of {device} is wrong"), None, Some(device));
        }
        if said.quality != greenlane_model::Quality::Good {
            visit.doubt(format!("a reading of {device} is not of good quality"));
        }
        visit.take_read(ReadEntry { device: device.clone(), plate, read: read.clone() });
        true
    }

    fn attach_image(&mut self, said: &Observation, image: &Image, notes: &mut Notes<'_>) -> bool {
        let Some(layout) = &self.layout else { return true };
        let device = &said.device;
        let times = image.acquired.filter(|(a, b)| self.sane(*a, said.at) && self.sane(*b, said.at));
        let window = match times {
            Some((first, last)) => Window {
                from_ns: Window::around(first).from_ns,
                to_ns: Window::around(last).to_ns.max(Window::around(first).from_ns),
            },
            None => Window::before(said.at, self.wait_ns()),
        };
        let explains = self.tracker.explain(layout, device, place(layout, device), window);
        let inside: Vec<u64> = explains.iter().filter(|e| e.is_inside()).map(|e| e.number).collect();
        let echoed = image.passage.as_deref().and_then(|id| self.tracker.by_id(id)).map(|v| v.number);
        let owner = match echoed {
            Some(number) => Some(number),
            None => self.tracker.owner(layout.config.tracker.ambiguous_m, device, explains),
        };
        if times.is_some() && inside.len() > 1 {
            for number in &inside {
                if let Some(visit) = self.tracker.visit(*number) {
                    visit.ambiguous(format!("a picture of {device} shows more than one vehicle"));
                }
            }
        }
        let Some(visit) = owner.and_then(|number| self.tracker.visit(number)) else { return false };
        if times.is_some() && !inside.is_empty() && !inside.contains(&visit.number) {
            visit.ambiguous(format!("{device} names this passage, but another vehicle was there"));
        }
        if image.acquired.is_some() && times.is_none() {
            visit.ambiguous(format!("the clock of {device} is wrong"));
            notes.alert("clock", format!("the clock of {device} is wrong"), None, Some(device));
        }
        if let Some(why) = &image.invalid {
            visit.doubt(format!("{device} says that its picture is not whole: {why}"));
        } else if said.quality != greenlane_model::Quality::Good {
            visit.doubt(format!("a picture of {device} is not of good quality"));
        }
        let known = visit.passage.images.iter().any(|i| i.sha256 == image.file.sha256);
        if !known && visit.passage.images.len() < MAX_IMAGES {
            visit.passage.images.push(ImageEvidence {
                device: device.clone(),
                sha256: image.file.sha256.clone(),
                path: image.file.path.clone(),
                px: [image.width_px, image.height_px],
                bits: image.bits,
            });
        }
        visit.confirmed = true;
        visit.dirty = true;
        true
    }

    /// Whether a device's word on when it saw something can be true.
    fn sane(&self, acquired: Stamp, said: Stamp) -> bool {
        let age = said.seconds_since(acquired);
        let play = acquired.uncertainty_ns.saturating_add(said.uncertainty_ns) as f64 / 1e9;
        (-0.1 - play..CLOCK_S + play).contains(&age)
    }

    pub(super) fn scanner(&mut self, device: &str, beam: Option<bool>, at: Stamp, notes: &mut Notes<'_>) {
        use greenlane_model::ScanState::{Aborted, Invalid};
        if let Some(on) = beam {
            self.beam(on, at);
        }
        let scan = self.devices.get(device).and_then(|d| d.scan.clone());
        if let Some(scan) = scan.filter(|s| matches!(s.state, Aborted | Invalid)) {
            let why = scan.reason.unwrap_or_else(|| "no reason given".to_owned());
            self.scan_invalid(&format!("{device} did not complete the scan: {why}"), notes);
        }
    }

    /// The scan of whoever is being scanned does not count.
    pub(super) fn scan_invalid(&mut self, why: &str, notes: &mut Notes<'_>) {
        let id = self.interlock.scanning().map(str::to_owned);
        notes.alert("scan_invalid", why.to_owned(), id.as_deref(), None);
        if let Some(visit) = id.and_then(|id| self.tracker.by_id(&id)) {
            visit.doubt(why);
        }
    }

    /// The scan that the beam was last on for is valid, the scanner says.
    pub(super) fn scan_valid(&mut self) {
        if let Some(visit) = self.interlock.scanned().and_then(|number| self.tracker.visit(number)) {
            visit.scan_valid = true;
        }
    }

    /// The X-ray beam disturbs portals: occupancies that overlap it are marked, never deleted.
    pub(super) fn beam(&mut self, on: bool, at: Stamp) {
        let open = self.beams.last_mut().filter(|b| b.off.is_none());
        match (open, on) {
            (Some(beam), false) => beam.off = Some(at),
            (None, true) => {
                self.beams.push(Beam { on: at, off: None });
                if self.beams.len() > MAX_BEAMS {
                    self.beams.remove(0);
                }
            }
            (Some(_), true) | (None, false) => {}
        }
    }

    pub(super) fn tamper(&self, device: &str, open: bool, notes: &mut Notes<'_>) {
        let (code, how) = if open { ("tamper", "open") } else { ("tamper_over", "closed again") };
        notes.alert(code, format!("the cabinet of {device} is {how}"), None, Some(device));
    }

    pub(super) fn fault(&mut self, device: &str, fault: &Fault, notes: &mut Notes<'_>) {
        if fault.on && fault.severity == Severity::Error {
            let text = if fault.text.is_empty() { fault.code.clone() } else { fault.text.clone() };
            notes.alert("fault", format!("{device}: {text}"), None, Some(device));
        } else if fault.on {
            for visit in &mut self.tracker.visits {
                visit.fault(device, &fault.code, Severity::Warning);
            }
        }
    }
}

/// Our own tests on an occupancy of the vehicle.
fn examine(
    science: &Science,
    layout: &Layout,
    visit: &Visit,
    record: &OccupancyRecord,
    samples: &Samples,
    clear: impl Fn(usize) -> bool,
) -> crate::Examination {
    let bounds = visit.bounds(layout, clear);
    let zone = place(layout, &record.device);
    let at_m = f64::midpoint(zone.from, zone.to);
    let length_m = visit.track.length().filter(|l| *l > 0.0);
    let followed = visit.track.speed().is_some() && at_m.is_finite();
    // A portal alone knows how long something was in it; at one speed the front came with the start.
    let way_m = length_m.unwrap_or(science::UNMEASURED_M) + (zone.to - zone.from).clamp(0.0, 5.0);
    let steady = way_m / seconds(record.started.mono_ns, record.ended.mono_ns).max(0.1);
    let front_m = |at_ns: u64| {
        let tracked = visit.track.front(at_ns, &bounds).filter(|_| followed).map(|p| p.est - at_m);
        tracked.unwrap_or_else(|| steady * seconds(record.started.mono_ns, at_ns))
    };
    let (device, started) = (record.device.as_str(), record.started);
    science.examine(&Measured { device, started, samples, length_m, front_m: &front_m })
}

/// Where a device looks; one without a place may see the whole lane.
fn place(layout: &Layout, device: &str) -> Zone {
    layout.zone(device).unwrap_or(Zone { from: f64::NEG_INFINITY, to: f64::INFINITY })
}

fn orphaned(said: &Observation, notes: &mut Notes<'_>) {
    let (code, text) = match &said.body {
        Body::Image(image) => ("orphan_image", format!("picture {} of {}", image.file.path, said.device)),
        Body::Container(read) | Body::Plate(read) => {
            let what = read.text.as_deref().unwrap_or("a no-read");
            ("orphan_read", format!("{what} of {}", said.device))
        }
        _ => ("orphan", said.device.clone()),
    };
    notes.alert(code, format!("{text} belongs to no vehicle"), None, Some(&said.device));
}

fn overlaps(beam: &Beam, record: &OccupancyRecord) -> bool {
    let ended_before = beam.off.is_some_and(|off| seconds(off.mono_ns, record.started.mono_ns) > 0.0);
    !ended_before && beam.on.mono_ns <= record.ended.mono_ns
}
