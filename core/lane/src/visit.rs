//! A passage while the lane still works on it: what is published, and what it rests on.

use greenlane_model::{Phase, Read, Severity, Stamp};

use crate::layout::Layout;
use crate::track::{Bounds, Track, seconds};
use crate::{
    ContainerEvidence, DecisionKind, DeviceAlarm, Examination, FaultEvidence, Passage, PlateEvidence,
    RadiationEvidence, Vehicle, VehicleKind,
};

/// More reads than this of one vehicle are a broken reader.
const MAX_READS: usize = 32;
/// More doubts than this say nothing new.
const MAX_DOUBTS: usize = 32;

/// One passage in work.
#[derive(Debug, Clone)]
pub(crate) struct Visit {
    pub(crate) number: u64,
    pub(crate) passage: Passage,
    /// One a sensor of the layout.
    pub(crate) spans: Vec<Span>,
    pub(crate) track: Track,
    /// It is surely a vehicle: published from then on.
    pub(crate) confirmed: bool,
    /// It has changed since it was published.
    pub(crate) dirty: bool,
    /// What no release can stand beside, for a person.
    pub(crate) doubts: Vec<String>,
    pub(crate) contests: Vec<Contest>,
    /// It may itself have been taken for another.
    pub(crate) confused: bool,
    /// Here the lane may have counted one vehicle too many or too few.
    pub(crate) shifts: bool,
    /// It was in the lane behind one where the lane may have miscounted, or behind one such: then everything
    /// said of it may be another's.
    pub(crate) shifted: bool,
    /// The scanner said that its scan is valid.
    pub(crate) scan_valid: bool,
    pub(crate) reads: Vec<ReadEntry>,
    /// Began this many nanoseconds after that visit's end at the first sensor: perhaps its trailer.
    pub(crate) split_of: Option<(u64, u64)>,
    /// It went backwards over a sensor.
    pub(crate) reversing: bool,
    /// Since when the rear is past everything that the policy needs.
    pub(crate) passed_ns: Option<u64>,
    /// The containers that the host was asked about, and whether it has answered.
    pub(crate) asked: Option<Vec<String>>,
    pub(crate) answered: bool,
    /// Something of what an explanation rests on has changed.
    pub(crate) unexplained: bool,
    /// When it was decided.
    pub(crate) decided_ns: Option<u64>,
    /// Its rear left the last sensor then; it has gone when no more of it follows until the second time.
    pub(crate) leaving: Option<(Stamp, u64)>,
    /// Last time that anything was seen of it.
    pub(crate) seen_ns: u64,
}

/// A vehicle at one sensor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Span {
    /// Not reached.
    Ahead,
    /// Over it since.
    Covering { on_ns: u64 },
    /// It was over it.
    Passed { on_ns: u64, off_ns: u64 },
}

impl Span {
    pub(crate) fn reached(self) -> bool {
        self != Self::Ahead
    }

    pub(crate) fn covering(self) -> bool {
        matches!(self, Self::Covering { .. })
    }

    pub(crate) fn passed(self) -> bool {
        matches!(self, Self::Passed { .. })
    }
}

/// What this visit was given by `device` could as well belong to visit `with`, unless that one gets its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Contest {
    pub(crate) device: String,
    pub(crate) with: u64,
}

/// What was read.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct ReadEntry {
    pub(crate) device: String,
    pub(crate) plate: bool,
    pub(crate) read: Read,
}

impl ReadEntry {
    fn replaces(&self, older: &Self) -> bool {
        self.device == older.device
            && self.plate == older.plate
            && self.read.event == older.read.event
            && (self.read.text == older.read.text
                || (self.read.position == older.read.position
                    && (self.read.phase == Phase::Corrected || older.read.phase == Phase::Interim)))
    }
}

impl Visit {
    pub(crate) fn new(lane: &str, number: u64, entered: Stamp, sensors: usize) -> Self {
        let passage = Passage {
            id: format!("{lane}-{number:06}"),
            lane: lane.to_owned(),
            entered,
            left: None,
            vehicle: Vehicle::default(),
            containers: Vec::new(),
            plates: Vec::new(),
            radiation: RadiationEvidence::default(),
            papers: None,
            images: Vec::new(),
            decision: None,
            reasons: Vec::new(),
            ambiguous: false,
            missing: Vec::new(),
            recovered: false,
            standard: String::new(),
        };
        Self {
            number,
            passage,
            spans: vec![Span::Ahead; sensors],
            track: Track::default(),
            confirmed: false,
            dirty: true,
            doubts: Vec::new(),
            contests: Vec::new(),
            confused: false,
            shifts: false,
            shifted: false,
            scan_valid: false,
            reads: Vec::new(),
            split_of: None,
            reversing: false,
            passed_ns: None,
            asked: None,
            answered: false,
            unexplained: true,
            decided_ns: None,
            leaving: None,
            seen_ns: entered.mono_ns,
        }
    }

    /// Something is wrong or unknown: a person must look.
    pub(crate) fn doubt(&mut self, text: impl Into<String>) {
        let text = text.into();
        if self.doubts.len() < MAX_DOUBTS && !self.doubts.contains(&text) {
            self.doubts.push(text);
            self.dirty = true;
        }
    }

    /// Some evidence may belong to another vehicle.
    pub(crate) fn ambiguous(&mut self, text: impl Into<String>) {
        self.confused = true;
        self.beside_ambiguous(text);
    }

    /// The same, and there may be one vehicle more or fewer than the lane thinks: whoever is behind may be
    /// taken for another from here on.
    pub(crate) fn miscounted(&mut self, text: impl Into<String>) {
        self.shifts = true;
        self.ambiguous(text);
    }

    /// The same, because of what befell a neighbour: its own neighbours are not touched.
    pub(crate) fn beside_ambiguous(&mut self, text: impl Into<String>) {
        self.passage.ambiguous = true;
        self.doubt(text);
    }

    /// A person's remark, kept with the reasons.
    pub(crate) fn remark(&mut self, text: String) {
        if self.passage.reasons.len() < MAX_DOUBTS && !self.passage.reasons.contains(&text) {
            self.passage.reasons.push(text);
            self.dirty = true;
        }
    }

    pub(crate) fn released(&self) -> bool {
        self.passage.decision == Some(DecisionKind::Release)
    }

    /// Records an alarm once a device and kind. Says whether it is new.
    pub(crate) fn alarm(&mut self, alarm: DeviceAlarm) -> bool {
        let known = &mut self.passage.radiation.device_alarms;
        self.unexplained = true;
        let same = |a: &&mut DeviceAlarm| a.device == alarm.device && a.radiation == alarm.radiation;
        if let Some(known) = known.iter_mut().find(same) {
            for nuclide in alarm.nuclides {
                if known.nuclides.len() < MAX_DOUBTS && !known.nuclides.iter().any(|k| k.name == nuclide.name)
                {
                    known.nuclides.push(nuclide);
                }
            }
            return false;
        }
        known.push(alarm);
        self.confirmed = true;
        self.dirty = true;
        true
    }

    /// Records what our tests said of an occupancy, with their alarms.
    pub(crate) fn examined(&mut self, examination: Examination, at: Stamp) {
        let radiation = &mut self.passage.radiation;
        for kind in examination.alarms() {
            let device = examination.device.clone();
            radiation.own_alarms.push(DeviceAlarm { device, radiation: kind, at, nuclides: Vec::new() });
        }
        radiation.examinations.push(examination);
        self.unexplained = true;
        self.dirty = true;
    }

    /// The numbers that papers can be asked for.
    pub(crate) fn readable(&self) -> Vec<String> {
        self.passage.containers.iter().filter_map(|c| c.number.clone()).collect()
    }

    /// Records a fault that touches its evidence.
    pub(crate) fn fault(&mut self, device: &str, code: &str, severity: Severity) {
        let faults = &mut self.passage.radiation.faults;
        if faults.len() < MAX_DOUBTS && !faults.iter().any(|f| f.device == device && f.code == code) {
            faults.push(FaultEvidence { device: device.to_owned(), code: code.to_owned(), severity });
            self.unexplained = true;
            self.dirty = true;
        }
    }

    /// Whether the device already gave this visit what it gives each vehicle once.
    pub(crate) fn has_set(&self, device: &str) -> bool {
        self.reads.iter().any(|r| r.device == device)
            || self.passage.images.iter().any(|i| i.device == device)
    }

    /// Whether one of its reads from the device belongs to this event.
    pub(crate) fn has_event(&self, device: &str, event: &str) -> bool {
        self.reads.iter().any(|r| r.device == device && r.read.event.as_deref() == Some(event))
    }

    /// Takes a read: new, again, or better than an earlier one of the same event.
    pub(crate) fn take_read(&mut self, entry: ReadEntry) {
        let before = self.numbers();
        if let Some(older) = self.reads.iter_mut().find(|r| entry.replaces(r)) {
            // An interim result that comes late does not undo a final one.
            if entry.read.phase != Phase::Interim || older.read.phase == Phase::Interim {
                *older = entry;
            }
        } else if self.reads.len() < MAX_READS {
            if self.reads.iter().any(|r| conflict(r, &entry)) {
                self.ambiguous(format!("{} gave two different readings for it", entry.device));
            }
            self.reads.push(entry);
        } else {
            self.doubt(format!("{} gave more than {MAX_READS} readings for it", entry.device));
        }
        self.publish_reads();
        if self.passage.decision.is_some() && self.numbers() != before {
            self.doubt("a reading changed after the decision");
        }
        self.confirmed = true;
        self.dirty = true;
    }

    fn numbers(&self) -> Vec<Option<String>> {
        self.passage.containers.iter().map(|c| c.number.clone()).collect()
    }

    fn publish_reads(&mut self) {
        self.passage.containers.clear();
        self.passage.plates.clear();
        for entry in &self.reads {
            let read = &entry.read;
            if entry.plate {
                let plate = PlateEvidence { text: read.text.clone(), confidence: read.confidence };
                self.passage.plates.push(plate);
            } else if !self
                .passage
                .containers
                .iter()
                .any(|c| c.number == read.text && c.position == read.position)
            {
                self.passage.containers.push(ContainerEvidence {
                    number: read.text.clone(),
                    check: read.check,
                    position: read.position,
                    confidence: read.confidence,
                });
            }
        }
        self.unexplained = true;
        self.passage.containers.sort_by_key(|c| c.position == greenlane_model::Position::Rear);
    }

    /// What bounds its position now.
    pub(crate) fn bounds(&self, layout: &Layout, clear: impl Fn(usize) -> bool) -> Bounds {
        let tracker = &layout.config.tracker;
        let reached = self.spans.iter().rposition(|s| s.reached());
        let ahead = (reached.map_or(0, |r| r + 1)..self.spans.len()).find(|&s| clear(s));
        let covered = self.spans.iter().position(|s| s.covering());
        let at = |s: usize| layout.sensors.get(s).map(|s| s.zone);
        Bounds {
            max_speed: layout.max_speed,
            min_length: tracker.min_length_m.clamp(0.1, 100.0),
            max_length: tracker.max_length_m.clamp(tracker.min_length_m.clamp(0.1, 100.0), 1000.0),
            ahead: if self.passage.left.is_some() { None } else { ahead.and_then(at).map(|z| z.from) },
            covered: covered.and_then(at).map(|z| z.to),
        }
    }

    /// Fills in what the track says of the vehicle.
    pub(crate) fn measure(&mut self, layout: &Layout) {
        let tracker = &layout.config.tracker;
        let length = self.track.length().filter(|l| *l > 0.0);
        let kind = match length {
            Some(l) if l < tracker.min_length_m || l > tracker.max_length_m => VehicleKind::Unknown,
            Some(l) if l < 9.0 && self.passage.containers.iter().all(|c| c.number.is_none()) => {
                VehicleKind::Bobtail
            }
            Some(_) => VehicleKind::Truck,
            None => VehicleKind::Unknown,
        };
        let vehicle = Vehicle {
            kind,
            length_m: length.and_then(greenlane_model::units::Metres::new),
            speed_mps: self.track.mean_speed().and_then(greenlane_model::units::MetresPerSecond::new),
        };
        if vehicle != self.passage.vehicle {
            self.passage.vehicle = vehicle;
            self.dirty = true;
        }
    }

    /// Seconds since anything was seen of it.
    pub(crate) fn quiet_s(&self, now_ns: u64) -> f64 {
        seconds(self.seen_ns, now_ns)
    }
}

/// Two readings of one device that cannot both be of one vehicle: different texts, and not a front and a
/// rear one of the same event.
fn conflict(a: &ReadEntry, b: &ReadEntry) -> bool {
    use greenlane_model::Position::{Front, Rear};
    let apart = matches!((a.read.position, b.read.position), (Front, Rear) | (Rear, Front));
    // One event of a vehicle can hold several containers, but only one plate.
    let together = apart || (!a.plate && a.read.event.is_some() && a.read.event == b.read.event);
    a.device == b.device && a.plate == b.plate && a.read.text != b.read.text && !together
}
