//! What a scene means in the model's words, whatever the wire: what observations are compared with.

use std::ops::Range;

use greenlane_model::{OccupancyEnd, Radiation};

use crate::scene::{Fact, Scene};

/// One occupancy as it truly was.
#[derive(Debug, Clone, PartialEq)]
pub struct Occupied {
    /// Which events of the scene it spans, the end excluded.
    pub events: Range<usize>,
    /// First sample, in ns.
    pub start_ns: u64,
    /// When it ended and how; `None` when the scene ends before.
    pub end: Option<(u64, Ended)>,
    /// Whether it was entered in the middle, right after the link came up.
    pub joined: bool,
}

/// How an occupancy ended.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Ended {
    /// In the model's word.
    pub how: OccupancyEnd,
    /// The device's number.
    pub index: Option<u32>,
    /// Neutron background, in counts per second.
    pub neutron_background_cps: Option<f64>,
}

/// The occupancies of a scene, in order.
pub fn occupancies(scene: &Scene) -> Vec<Occupied> {
    let mut all: Vec<Occupied> = Vec::new();
    let mut open: Option<Occupied> = None;
    for (i, event) in scene.events.iter().enumerate() {
        let ended = match &event.fact {
            Fact::Gamma { .. } | Fact::Neutron { .. } => {
                let fresh = Occupied { events: i..i, start_ns: event.at_ns, end: None, joined: false };
                open.get_or_insert(fresh).events.end = i + 1;
                None
            }
            Fact::OccupancyEnd { index, neutron_background_cps } => Some(Ended {
                how: OccupancyEnd::Normal,
                index: *index,
                neutron_background_cps: *neutron_background_cps,
            }),
            Fact::GammaBackground { .. } | Fact::NeutronBackground { .. } => {
                Some(Ended { how: OccupancyEnd::NoEndMessage, index: None, neutron_background_cps: None })
            }
            Fact::Lost => {
                Some(Ended { how: OccupancyEnd::LinkLost, index: None, neutron_background_cps: None })
            }
            _ => None,
        };
        if let Some(ended) = ended
            && let Some(mut occupied) = open.take()
        {
            occupied.end = Some((event.at_ns, ended));
            all.push(occupied);
        }
    }
    all.extend(open);
    all
}

/// Times of samples in alarm of one radiation, within one occupancy.
pub fn alarms<'a>(
    scene: &'a Scene,
    occupied: &Occupied,
    radiation: Radiation,
) -> impl Iterator<Item = u64> + 'a {
    scene.events[occupied.events.clone()].iter().filter_map(move |event| {
        let alarm = match &event.fact {
            Fact::Gamma { alarm, .. } if radiation == Radiation::Gamma => *alarm,
            Fact::Neutron { alarm, .. } if radiation == Radiation::Neutron => *alarm,
            _ => false,
        };
        alarm.then_some(event.at_ns)
    })
}
