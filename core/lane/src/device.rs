//! What the lane knows of each device: whether it is well, and what its points say.

use std::collections::{BTreeMap, BTreeSet};

use greenlane_model::{Body, Covered, Nuclide, Observation, Scan};
use greenlane_standard::Admission;

use crate::layout::Layout;
use crate::occupancy::{Fold, Folded};
use crate::science::Samples;
use crate::{Bind, DeviceCondition, Role};

/// What a point says, and since when.
#[derive(Debug, Clone, Copy)]
struct Point {
    covered: Covered,
    since_ns: u64,
}

/// More different faults of one device than this are not told apart.
const MAX_FAULTS: usize = 64;

/// Every device by name.
pub(crate) type Devices = BTreeMap<String, Device>;

/// One device.
#[derive(Debug, Clone, Default)]
pub(crate) struct Device {
    /// `None` until the host or the device itself said anything.
    pub(crate) condition: Option<DeviceCondition>,
    pub(crate) fold: Fold,
    /// What the portal counted in the occupancy that is open.
    pub(crate) samples: Samples,
    /// What it named with its last alarm.
    pub(crate) nuclides: Vec<Nuclide>,
    /// Codes of the errors that are on.
    faults: BTreeSet<String>,
    points: BTreeMap<String, Point>,
    /// What its scanner said last.
    pub(crate) scan: Option<Scan>,
    /// As a portal it was empty at some time since it came up: what begins after that begins whole.
    pub(crate) seen_vacant: bool,
    /// What the standard in force makes of its driver; `None` until the host has said so.
    pub(crate) admission: Option<Admission>,
}

impl Device {
    /// Link up, driver well.
    pub(crate) fn is_up(&self) -> bool {
        self.condition == Some(DeviceCondition::Up)
    }

    /// Why its evidence does not count now.
    pub(crate) fn trouble(&self) -> Option<String> {
        match self.condition {
            Some(DeviceCondition::Down) => Some("down".to_owned()),
            Some(DeviceCondition::Silent) => Some("silent".to_owned()),
            Some(DeviceCondition::Up) | None => self.faults.first().cloned(),
        }
    }

    /// The portal's next word on an occupancy: into its summary and into the samples.
    pub(crate) fn measured(&mut self, said: &Observation) -> Folded {
        if let Body::RadiationAlarm(alarm) = &said.body {
            self.nuclides.clone_from(&alarm.nuclides);
        }
        let folded = self.fold.take(said);
        // The samples of an occupancy that did not end are taken before this one begins.
        if !matches!(folded, Folded::Restarted(..)) {
            self.samples.take(said);
        }
        folded
    }

    /// An error came on, or went.
    pub(crate) fn fault(&mut self, code: &str, on: bool) {
        if !on {
            self.faults.remove(code);
        } else if self.faults.len() < MAX_FAULTS && !self.faults.contains(code) {
            self.faults.insert(code.to_owned());
        }
    }

    pub(crate) fn set_point(&mut self, point: &str, covered: Covered, now_ns: u64) {
        match self.points.get_mut(point) {
            Some(known) if known.covered == covered => {}
            Some(known) => *known = Point { covered, since_ns: now_ns },
            None => {
                self.points.insert(point.to_owned(), Point { covered, since_ns: now_ns });
            }
        }
    }

    /// Nothing that it said before counts any more.
    pub(crate) fn forget(&mut self) {
        self.points.clear();
        self.scan = None;
        self.seen_vacant = false;
    }

    fn reads(&self, point: &str) -> Covered {
        match self.points.get(point) {
            Some(known) if self.is_up() => known.covered,
            _ => Covered::Unknown,
        }
    }

    /// Since when the point says what it says.
    pub(crate) fn since_ns(&self, point: &str) -> Option<u64> {
        self.points.get(point).map(|p| p.since_ns)
    }
}

/// What a binding reads now. A whole device is asked for its scanner's state; what it does not say is unknown.
pub(crate) fn reads(devices: &Devices, bind: &Bind) -> Covered {
    use greenlane_model::ScanState::{Armed, CabClear, Complete, Delivered, Ready, Scanning};
    let Some(device) = devices.get(&bind.device) else { return Covered::Unknown };
    if let Some(point) = &bind.point {
        return device.reads(point);
    }
    let Some(scan) = device.scan.as_ref().filter(|_| device.is_up()) else { return Covered::Unknown };
    let is = |yes: bool| if yes { Covered::Yes } else { Covered::No };
    match bind.role {
        Role::ScanReady => is(matches!(scan.state, Ready | Armed | CabClear | Scanning)),
        Role::ScanInterlock | Role::ScanEstop => {
            is(matches!(scan.state, Ready | Armed | CabClear | Scanning | Complete | Delivered))
        }
        Role::CabClear => is(matches!(scan.state, CabClear | Scanning)),
        Role::ScanBeamOn => scan.beam.map_or(Covered::Unknown, is),
        _ => Covered::Unknown,
    }
}

/// Whether at least one point plays the role and every one of them reads `wanted`.
pub(crate) fn all_read(layout: &Layout, devices: &Devices, role: Role, wanted: Covered) -> bool {
    let mut bound = false;
    layout.binds(role).all(|bind| {
        bound = true;
        reads(devices, bind) == wanted
    }) && bound
}
