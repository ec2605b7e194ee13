//! All vehicles together in front of the portal.

use super::{Drift, Panel, covered_share, load_share, neutron_rate_cps, point_rate_cps};
use crate::motion::Mover;
use crate::random::LaneSeed;
use crate::scenario::PortalTable;
use crate::spectrum::Origin;
use crate::vehicle::{Source, Vehicle};

/// Vehicles farther than this from the portal do not count, in m.
const REACH_M: f64 = 15.0;

/// Rates of the four panels and four banks, in cps: master lower, master upper, slave lower, slave upper.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Rates {
    /// Gamma.
    pub gamma: [f64; 4],
    /// Neutron.
    pub neutron: [f64; 4],
}

/// What shines on all panels together, by origin: what a spectrometer in their place would see.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Light {
    /// Gamma, in cps.
    pub gamma: Vec<(Origin, f64)>,
    /// Neutrons, in cps.
    pub neutron_cps: f64,
}

/// The radiation at a portal.
#[derive(Debug)]
pub struct Field {
    at_m: f64,
    panels: [Panel; 4],
    gamma_cps: [f64; 4],
    neutron_cps: [f64; 4],
    drift: Drift,
}

impl Field {
    /// A portal at this place of the lane.
    pub fn new(table: &PortalTable, at_m: f64, seed: LaneSeed) -> Self {
        let panel = |lateral_m, height_m| Panel { along_m: 0.15, high_m: 0.76, height_m, lateral_m };
        let d = table.half_width_m;
        Self {
            at_m,
            panels: [panel(d, 1.2), panel(d, 2.4), panel(-d, 1.2), panel(-d, 2.4)],
            gamma_cps: table.panel_cps,
            neutron_cps: table.bank_cps,
            drift: Drift::new(table.daily, table.walk, seed),
        }
    }

    /// Rates at this time, in s, with these vehicles around.
    pub fn rates<'a>(&mut self, at_s: f64, movers: impl Iterator<Item = &'a Mover>) -> Rates {
        let factor = self.drift.factor(at_s);
        let background = self.gamma_cps.map(|cps| cps * factor);
        let mut rates = Rates { gamma: background, neutron: self.neutron_cps };
        let mut added = Rates::default();
        for mover in movers {
            let behind_front = mover.front_m - self.at_m;
            if (-REACH_M..mover.vehicle.length_m + REACH_M).contains(&behind_front) {
                self.screen(&mover.vehicle, behind_front, &mut rates);
                for source in &mover.vehicle.sources {
                    self.add(source, behind_front, &background, &mut added);
                }
            }
        }
        for i in 0..4 {
            rates.gamma[i] += added.gamma[i];
            rates.neutron[i] += added.neutron[i];
        }
        rates
    }

    /// The same as [`Self::rates`], by origin instead of by panel.
    pub fn light<'a>(&mut self, at_s: f64, movers: impl Iterator<Item = &'a Mover>) -> Light {
        let factor = self.drift.factor(at_s);
        let background = self.gamma_cps.map(|cps| cps * factor);
        let mut rates = Rates { gamma: background, neutron: self.neutron_cps };
        let mut light = Light::default();
        for mover in movers {
            let behind_front = mover.front_m - self.at_m;
            if (-REACH_M..mover.vehicle.length_m + REACH_M).contains(&behind_front) {
                self.screen(&mover.vehicle, behind_front, &mut rates);
                for source in &mover.vehicle.sources {
                    let mut added = Rates::default();
                    self.add(source, behind_front, &background, &mut added);
                    light.neutron_cps += added.neutron.iter().sum::<f64>();
                    if let Some(origin) = source.origin() {
                        light.gamma.push((origin, added.gamma.iter().sum()));
                    }
                }
            }
        }
        light.gamma.push((Origin::Background, rates.gamma.iter().sum()));
        light.neutron_cps += rates.neutron.iter().sum::<f64>();
        light
    }

    fn screen(&self, vehicle: &Vehicle, behind_front: f64, rates: &mut Rates) {
        let shadow = vehicle.shadow;
        for (i, panel) in self.panels.iter().enumerate() {
            let distance = panel.lateral_m.abs();
            let share = covered_share(behind_front, vehicle.length_m, distance, shadow.gap);
            // Lower panels lose more of their view to the vehicle than upper ones.
            let depth = if i % 2 == 0 { 1.2 } else { 0.8 };
            rates.gamma[i] *= (1.0 - shadow.gamma * depth * share).max(0.0);
            rates.neutron[i] *= (1.0 - shadow.neutron * share).max(0.0);
        }
    }

    fn add(&self, source: &Source, behind_front: f64, background: &[f64; 4], added: &mut Rates) {
        for (i, panel) in self.panels.iter().enumerate() {
            match source {
                Source::Point { photons_per_s, efficiency, behind_m, lateral_m, height_m, .. } => {
                    let along = behind_front - behind_m;
                    added.gamma[i] +=
                        point_rate_cps(panel, *photons_per_s, *efficiency, along, *lateral_m, *height_m);
                }
                Source::Distributed { excess, span, .. } => {
                    let (near, far) = (behind_front - span.from_m, behind_front - span.to_m);
                    added.gamma[i] += background[i] * excess * load_share(near, far, panel.lateral_m.abs());
                }
                Source::Neutron { neutrons_per_s, behind_m } => {
                    let along = behind_front - behind_m;
                    added.neutron[i] += neutron_rate_cps(*neutrons_per_s, panel.lateral_m.abs(), along);
                }
            }
        }
    }
}
