//! Occupancies and alarms from what each document says.

use std::collections::BTreeSet;

use greenlane_driver::Outbox;
use greenlane_driver::model::units::CountsPerSecond;
use greenlane_driver::model::{Body, Nuclide, Occupancy, OccupancyEnd, Radiation, RadiationAlarm, Stamp};

/// What a document alarms of.
#[derive(Debug, Default)]
pub(super) struct Raised {
    pub radiations: BTreeSet<Radiation>,
    pub nuclides: Vec<Nuclide>,
}

impl Raised {
    pub fn is_of(&self, radiation: Radiation) -> bool {
        self.radiations.contains(&radiation)
    }

    pub fn is_empty(&self) -> bool {
        self.radiations.is_empty()
    }
}

/// Follows the device from document to document.
///
/// Alarms are levels that each document repeats. One is on from the first document that says it; it is off when
/// a document no longer does and nothing is in the portal.
#[derive(Debug, Default)]
pub(super) struct Portal {
    occupied: bool,
    alarms: BTreeSet<Radiation>,
    /// Names said with the alarm of a nuclide.
    named: BTreeSet<String>,
}

impl Portal {
    /// Something is in it, or it alarms.
    pub(super) fn is_busy(&self) -> bool {
        self.occupied || !self.alarms.is_empty()
    }

    /// Something is in it since then.
    pub(super) fn enter(&mut self, at: Stamp, out: &mut Outbox) {
        if !std::mem::replace(&mut self.occupied, true) {
            out.observe(at, Body::Occupancy(Occupancy::Started));
        }
    }

    /// Nothing is in it any more.
    pub(super) fn leave(
        &mut self,
        at: Stamp,
        end: OccupancyEnd,
        neutron_background_cps: Option<CountsPerSecond>,
        out: &mut Outbox,
    ) {
        if std::mem::replace(&mut self.occupied, false) {
            out.observe(at, Body::Occupancy(Occupancy::Ended { index: None, neutron_background_cps, end }));
        }
    }

    /// Says alarms that were not on, and nuclides that were not named yet.
    pub(super) fn raise(&mut self, at: Stamp, raised: &Raised, out: &mut Outbox) {
        for &radiation in &raised.radiations {
            let new = self.alarms.insert(radiation);
            let names: BTreeSet<_> = raised.nuclides.iter().map(|nuclide| nuclide.name.clone()).collect();
            let named = radiation == Radiation::Isotope && !names.is_subset(&self.named);
            if radiation == Radiation::Isotope {
                self.named.extend(names);
            }
            if new || named {
                say(at, radiation, true, raised.nuclides.clone(), out);
            }
        }
    }

    /// A document without an alarm came.
    pub(super) fn clear(&mut self, at: Stamp, out: &mut Outbox) {
        if !self.occupied {
            self.silence(at, out);
        }
    }

    /// The link is gone.
    pub(super) fn lose(&mut self, now: Stamp, out: &mut Outbox) {
        self.silence(now, out);
        self.leave(now, OccupancyEnd::LinkLost, None, out);
    }

    fn silence(&mut self, at: Stamp, out: &mut Outbox) {
        self.named.clear();
        for radiation in std::mem::take(&mut self.alarms) {
            say(at, radiation, false, Vec::new(), out);
        }
    }
}

fn say(at: Stamp, radiation: Radiation, on: bool, nuclides: Vec<Nuclide>, out: &mut Outbox) {
    out.observe(at, Body::RadiationAlarm(RadiationAlarm { radiation, on, nuclides }));
}
