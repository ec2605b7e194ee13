//! The state machine itself: one input in, effects out.

mod intake;
mod settle;
mod standing;

use greenlane_model::{Body, Covered, FileRef, Observation, Quality, Stamp};

use crate::device::{Device, Devices};
use crate::interlock::{Interlock, Scene};
use crate::layout::Layout;
use crate::monitor::Monitors;
use crate::notes::Notes;
use crate::science::Science;
use crate::tracker::Tracker;
use crate::{Answer, DeviceCondition, Effect, Input, LaneConfig, OperatorAction, Role};

/// One file an occupancy; a passage with more is a broken device.
const MAX_FILES: usize = 32;

/// One lane. See the crate's documentation for its invariants.
#[derive(Debug, Clone)]
pub struct Lane {
    name: String,
    epoch: Option<u32>,
    /// The latest time seen; time never goes back within an epoch.
    now: Stamp,
    layout: Option<Layout>,
    devices: Devices,
    tracker: Tracker,
    interlock: Interlock,
    /// Our own tests; the error when their tables cannot be read.
    science: Option<Result<Science, String>>,
    /// When the X-ray beam was on, the latest last; open while it is.
    beams: Vec<Beam>,
    /// Evidence without a vehicle, for as long as one may still turn up.
    orphans: Vec<Orphan>,
    /// What the standard in force watches; `None` without one.
    monitors: Option<Monitors>,
    /// The wake-up asked for last.
    wake_ns: Option<u64>,
}

#[derive(Debug, Clone, Copy)]
struct Beam {
    on: Stamp,
    off: Option<Stamp>,
}

#[derive(Debug, Clone)]
struct Orphan {
    said: Observation,
    until_ns: u64,
}

impl Lane {
    /// A lane that was told nothing yet.
    pub fn new(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            epoch: None,
            now: Stamp::default(),
            layout: None,
            devices: Devices::new(),
            tracker: Tracker::default(),
            interlock: Interlock::default(),
            science: None,
            beams: Vec::new(),
            orphans: Vec::new(),
            monitors: None,
            wake_ns: None,
        }
    }

    /// Takes one input at `now` and appends what follows from it to `effects`.
    ///
    /// `now` is taken as not earlier than any `now` before it in the same epoch.
    pub fn step(&mut self, now: Stamp, input: Input, effects: &mut Vec<Effect>) {
        if let Input::Restarted { epoch } = &input {
            self.epoch = Some(*epoch);
            self.now = now;
            self.wake_ns = None;
        }
        if now.mono_ns >= self.now.mono_ns {
            self.now = now;
        }
        let mut notes = Notes { now: self.now, effects };
        let first = notes.effects.len();
        self.watch(&input, &mut notes);
        if self.take(input, &mut notes) {
            self.settle(&mut notes);
        }
        self.count(first, &mut notes);
    }

    /// Says whether anything changed that more may follow from.
    fn take(&mut self, input: Input, notes: &mut Notes<'_>) -> bool {
        match input {
            Input::Observation { observation } => return self.observe(observation, notes),
            Input::Config { config, .. } => self.configure(*config, notes),
            Input::Restarted { .. } => self.restarted(notes),
            Input::Device { device, condition, reason } => self.condition(&device, condition, &reason, notes),
            Input::Outcome { command, outcome, .. } => self.interlock.outcome(command, &outcome, notes),
            Input::Recorder { writable, reason } => {
                self.interlock.recorder(writable);
                let code = if writable { "recorder_back" } else { "recorder_lost" };
                notes.alert(code, reason, None, None);
            }
            Input::Answer { passage, answer } => self.answered(&passage, *answer, notes),
            Input::Filed { device, started, file } => self.filed(&device, started, file),
            Input::NotFiled { device, started, reason } => {
                let passage = self.tracker.holding(&device, started).map(|v| v.passage.id.clone());
                let text = format!("no N42 file of an occupancy of {device}: {reason}");
                notes.alert("n42_not_written", text, passage.as_deref(), Some(&device));
            }
            Input::Operator { who, passage, action } => self.operate(&who, &passage, action, notes),
            Input::Admission { device, admission } => self.admitted(&device, admission, notes),
            Input::Serviced { who, monitor, device, reason } => {
                self.serviced(&who, (&monitor, &device), &reason, notes);
            }
            Input::Due => {}
        }
        true
    }

    fn configure(&mut self, mut config: LaneConfig, notes: &mut Notes<'_>) {
        // Passages carry the name that the journal knows the lane by.
        config.lane.name.clone_from(&self.name);
        let known = self.layout.as_ref().is_some_and(|l| l.config.radiation == config.radiation);
        if !known {
            self.science = config.radiation.as_ref().map(Science::new);
        }
        let layout = Layout::new(config);
        self.tracker.lay_out(self.layout.as_ref(), &layout, notes.now);
        self.another_standard(&layout);
        let known = std::mem::take(&mut self.devices);
        let kept = known.into_iter().filter(|(name, _)| layout.device(name).is_some());
        self.devices = kept.collect();
        for device in &layout.config.devices {
            self.devices.entry(device.name.clone()).or_default();
        }
        let now_s = notes.now.utc_ns.div_euclid(1_000_000_000);
        self.monitors = Monitors::new(&layout, self.monitors.take(), now_s);
        self.layout = Some(layout);
        self.interlock.forget();
    }

    fn restarted(&mut self, notes: &mut Notes<'_>) {
        self.tracker.restarted(notes.now);
        self.beams.clear();
        self.orphans.clear();
        for (name, device) in &mut self.devices {
            device.condition = None;
            device.forget();
            if let Some(record) = device.fold.lose(name, notes.now) {
                notes.effects.push(Effect::Occupancy(record));
            }
        }
        if let Some(layout) = &self.layout {
            let scene = Scene { layout, devices: &self.devices, tracker: &self.tracker };
            self.interlock.restarted(&scene, notes);
        }
    }

    fn observe(&mut self, said: Observation, notes: &mut Notes<'_>) -> bool {
        let current = *self.epoch.get_or_insert(said.epoch);
        if said.epoch != current {
            // Of another start: its times mean nothing here.
            return false;
        }
        let Some(device) = self.devices.get_mut(&said.device) else { return false };
        if device.condition.is_none() {
            // Heard before the host said so: whatever was asked of it earlier may not have reached it.
            device.condition = Some(DeviceCondition::Up);
            self.interlock.forget();
        }
        match &said.body {
            Body::Background(_) | Body::Spectrum(_) => {
                device.seen_vacant |= matches!(said.body, Body::Background(_));
                device.samples.take(&said);
                false
            }
            Body::Gamma(_)
            | Body::Neutron(_)
            | Body::Speed(_)
            | Body::Occupancy(_)
            | Body::RadiationAlarm(_) => {
                let folded = device.measured(&said);
                self.radiation(&said.device, folded, notes)
            }
            Body::Presence(presence) => {
                let good = said.quality == Quality::Good;
                let covered = if good { presence.covered } else { Covered::Unknown };
                device.set_point(&presence.point, covered, notes.now.mono_ns);
                let point = &presence.point;
                self.presence(&said.device, point, covered, presence.snapshot, said.at, notes);
                true
            }
            Body::Container(_) | Body::Plate(_) | Body::Image(_) => {
                self.evidence(said, notes);
                true
            }
            Body::Scan(scan) => {
                device.scan = Some(scan.clone());
                self.scanner(&said.device, scan.beam, said.at, notes);
                true
            }
            Body::Fault(fault) => {
                if fault.severity == greenlane_model::Severity::Error {
                    device.fault(&fault.code, fault.on);
                }
                self.fault(&said.device, fault, notes);
                true
            }
            Body::Tamper(tamper) => {
                device.fault("tamper", tamper.on);
                self.tamper(&said.device, tamper.on, notes);
                true
            }
            _ => false,
        }
    }

    fn presence(
        &mut self,
        device: &str,
        point: &str,
        covered: Covered,
        snapshot: bool,
        at: Stamp,
        notes: &mut Notes<'_>,
    ) {
        let at = self.plausible(at);
        let Some(layout) = &self.layout else { return };
        if let Some(sensor) = layout.sensor(device, Some(point)) {
            self.tracker.sense(layout, sensor, covered, snapshot, at, notes);
        }
        let plays =
            |role| layout.binds(role).any(|b| b.device == device && b.point.as_deref() == Some(point));
        let (beam, valid) = (plays(Role::ScanBeamOn), plays(Role::ScanValid));
        if beam {
            self.beam(covered != Covered::No, at);
            if covered == Covered::Yes {
                self.interlock.beam_began();
            }
        }
        if valid && covered == Covered::Yes && !snapshot {
            self.scan_valid();
        }
    }

    /// A device cannot have seen what has not happened yet.
    fn plausible(&self, at: Stamp) -> Stamp {
        if at.mono_ns > self.now.mono_ns { self.now } else { at }
    }

    fn condition(&mut self, name: &str, condition: DeviceCondition, reason: &str, notes: &mut Notes<'_>) {
        let Some(device) = self.devices.get_mut(name) else { return };
        if device.condition.replace(condition) == Some(condition) {
            return;
        }
        let lost = if condition == DeviceCondition::Down { device.fold.lose(name, notes.now) } else { None };
        if condition != DeviceCondition::Up {
            device.forget();
            let code = if condition == DeviceCondition::Down { "device_down" } else { "device_silent" };
            notes.alert(code, format!("{name}: {reason}"), None, Some(name));
        }
        if let Some(record) = lost {
            self.occupancy_ended(record, notes);
        }
        let Some(layout) = &self.layout else { return };
        let mine = layout.sensors.iter().enumerate().filter(|(_, s)| s.device == name && !s.is_portal());
        for (sensor, _) in mine {
            if condition != DeviceCondition::Up {
                self.tracker.blind(layout, sensor);
            }
        }
        // Its outputs may have fallen to their safe state meanwhile.
        if condition == DeviceCondition::Up && layout.is_bound(name) {
            self.interlock.forget();
        }
    }

    fn answered(&mut self, passage: &str, answer: Answer, notes: &mut Notes<'_>) {
        let Some(visit) = self.tracker.by_id(passage) else {
            notes.alert("unknown_passage", format!("papers came for {passage}"), None, None);
            return;
        };
        // Numbers may have been read since: what was asked last counts.
        let about: Vec<&String> = answer.papers.iter().map(|p| &p.container).collect();
        visit.answered = visit.asked.as_ref().is_some_and(|asked| asked.iter().eq(about));
        visit.passage.papers = Some(answer);
        visit.unexplained = true;
        visit.dirty = true;
    }

    /// An occupancy of no vehicle has its file in the journal only.
    fn filed(&mut self, device: &str, started: Stamp, file: FileRef) {
        let Some(visit) = self.tracker.holding(device, started) else { return };
        let files = &mut visit.passage.radiation.n42;
        if files.len() < MAX_FILES && !files.contains(&file) {
            files.push(file);
            visit.dirty = true;
        }
    }

    fn operate(&mut self, who: &str, passage: &str, action: OperatorAction, notes: &mut Notes<'_>) {
        let Some(visit) = self.tracker.by_id(passage) else {
            notes.alert("unknown_passage", format!("{who} named {passage}"), None, None);
            return;
        };
        match action {
            OperatorAction::Note { text } => visit.remark(format!("{who}: {text}")),
            OperatorAction::Gone => {
                visit.doubt(format!("{who} said that it is no longer in the lane"));
                if let Some(index) = self.tracker.visits.iter().position(|v| v.passage.id == passage) {
                    self.tracker.leave(index, notes.now);
                }
            }
        }
    }
}

/// Enables sending a lane to its own thread.
const _: fn() = || {
    fn is_send<T: Send>() {}
    is_send::<Lane>();
};

/// A device as the rest of the lane's code sees it.
impl Lane {
    fn device_trouble(&self) -> impl Iterator<Item = (&str, String)> {
        self.devices
            .iter()
            .filter_map(|(name, device): (&String, &Device)| Some((name.as_str(), device.trouble()?)))
    }
}
