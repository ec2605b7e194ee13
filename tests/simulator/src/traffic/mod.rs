//! Draws the vehicles of a scenario, one after the other, for ever.

mod body;
mod trouble;

use std::collections::{BTreeMap, BTreeSet};

use greenlane_model::{ContainerNumber, Position, expected_check_digit};
use rand::RngExt;
use rand_chacha::ChaCha12Rng;

pub use body::CAB_M;
use body::{Body, LOAD_M};

use crate::layout::LaneLayout;
use crate::load::{Load, driver};
use crate::motion::Leg;
use crate::physics::PANEL_EFFICIENCY;
use crate::random::{LaneSeed, Purpose, Range, chance};
use crate::scenario::Scenario;
use crate::spectrum::Emitter;
use crate::vehicle::{Container, Feature, Read, Shadow, Source, Span, Trigger, Vehicle, VehicleKind};

/// An endless plan of vehicles. The n-th vehicle depends on the scenario, the seed and n alone.
#[derive(Debug, Clone)]
pub struct TrafficPlan {
    scenario: Scenario,
    seed: LaneSeed,
    layout: LaneLayout,
    index: u64,
}

impl TrafficPlan {
    /// The plan of lane 0 in the default layout.
    pub fn new(scenario: &Scenario, seed: u64) -> Self {
        Self::for_lane(scenario, LaneSeed { seed, lane: 0 }, &LaneLayout::default())
    }

    /// The plan of one lane.
    pub fn for_lane(scenario: &Scenario, seed: LaneSeed, layout: &LaneLayout) -> Self {
        Self { scenario: scenario.clone(), seed, layout: layout.clone(), index: 0 }
    }
}

impl Iterator for TrafficPlan {
    type Item = Vehicle;

    /// Never `None`.
    fn next(&mut self) -> Option<Vehicle> {
        let rng = self.seed.stream(Purpose::Vehicle, self.index);
        let nuclides = self.seed.stream(Purpose::Nuclide, self.index);
        let mut draw = Draw { scenario: &self.scenario, layout: &self.layout, rng, nuclides };
        let vehicle = draw.vehicle(self.index);
        self.index += 1;
        Some(vehicle)
    }
}

struct Draw<'a> {
    scenario: &'a Scenario,
    layout: &'a LaneLayout,
    rng: ChaCha12Rng,
    /// What a source is has chance of its own, so that it changes nothing else.
    nuclides: ChaCha12Rng,
}

impl Draw<'_> {
    fn vehicle(&mut self, index: u64) -> Vehicle {
        let load = self.load(index).cloned();
        let drawn = self.kind();
        let kind = load.as_ref().map_or(drawn, |load| load.kind);
        let drawn = self.scenario.features.iter().filter(|(_, share)| chance(**share, &mut self.rng));
        let features: BTreeSet<Feature> = drawn.map(|(feature, _)| *feature).collect();
        let has = |feature| features.contains(&feature);
        let traffic = &self.scenario.traffic;
        let tow_bar = has(Feature::TowBarSplit).then(|| traffic.tow_bar_m.draw(&mut self.rng));
        let high_bed = has(Feature::HighBed).then(|| traffic.high_bed_m.draw(&mut self.rng));
        let body = Body::new(kind, tow_bar, high_bed);
        let gap = if has(Feature::Tailgating) { traffic.tailgate_m } else { traffic.gap_m };
        let gap_m = gap.draw(&mut self.rng);
        let legs = self.legs(&features);
        let sources = match &load {
            Some(load) => load.sources(body.loaded_to_m().map(|to_m| Span { from_m: LOAD_M, to_m })),
            None => self.sources(&body),
        };
        let boxes = body.boxes.into_iter();
        let containers = boxes.map(|(position, span)| self.container(kind, position, span)).collect();
        Vehicle {
            index,
            kind,
            length_m: body.length_m,
            load,
            sources,
            curtain: body.curtain,
            loops: body.loops,
            containers,
            shadow: self.shadow(),
            legs,
            gap_m,
            queue_gap_m: traffic.queue_gap_m.draw(&mut self.rng).min(gap_m),
            pause_s: if has(Feature::Tailgating) { 0.0 } else { traffic.pause_s.draw(&mut self.rng) },
            unseen_by: has(Feature::MissedDetection).then(|| trouble::fallible(&mut self.rng)),
            read_delay_s: self.read_delay(has(Feature::LateOcr)),
            triggers: self.triggers(&features),
            features,
        }
    }

    /// The next of the scenario's round, when it has one.
    fn load(&self, index: u64) -> Option<&Load> {
        let loads = &self.scenario.load;
        let turn = index.checked_rem(loads.len() as u64)?;
        loads.get(usize::try_from(turn).ok()?)
    }

    fn kind(&mut self) -> VehicleKind {
        weighted(&self.scenario.kinds, &mut self.rng).unwrap_or(VehicleKind::Box40)
    }

    /// The first difficulty that is there decides how the vehicle drives.
    fn legs(&mut self, features: &BTreeSet<Feature>) -> Vec<Leg> {
        let traffic = self.scenario.traffic.clone();
        let v = traffic.speed_kmh.draw(&mut self.rng) / 3.6;
        let leg = |until_m, speed_mps, wait_s| Leg { until_m, speed_mps, wait_s };
        let last = leg(f64::INFINITY, v, 0.0);
        let mut at = |from, to| Range::new(from, to).draw(&mut self.rng);
        if features.contains(&Feature::ReverseOut) {
            let turn = at(1.0, 12.0);
            return vec![leg(turn, v, 2.0), leg(-2.0, -v.min(1.5), 0.0)];
        }
        if features.contains(&Feature::Reversing) {
            let (turn, back) = (at(5.0, 60.0), at(2.0, 6.0));
            return vec![leg(turn, v, 1.0), leg(turn - back, -v.min(1.2), 1.0), last];
        }
        if features.contains(&Feature::Parked) {
            let place = at(2.0, 70.0);
            return vec![leg(place, v, traffic.park_s.draw(&mut self.rng)), last];
        }
        if features.contains(&Feature::StopAndGo) {
            let (first, second) = (at(0.0, 30.0), at(31.0, 70.0));
            let waits = [traffic.stop_s.draw(&mut self.rng), traffic.stop_s.draw(&mut self.rng)];
            return vec![leg(first, v, waits[0]), leg(second, v, waits[1]), last];
        }
        if chance(traffic.accelerating, &mut self.rng) {
            let other = traffic.speed_kmh.draw(&mut self.rng) / 3.6;
            let change = Range::new(0.0, 60.0).draw(&mut self.rng);
            return vec![leg(change, other, 0.0), last];
        }
        vec![last]
    }

    fn container(&mut self, kind: VehicleKind, position: Position, span: Span) -> Container {
        let number = self.number();
        let read = self.read(&number);
        let size_type = match kind {
            VehicleKind::Tank => "22T1",
            VehicleKind::Box40 => "45G1",
            VehicleKind::Box45 => "L5G1",
            _ => "22G1",
        };
        Container { number, size_type, position, span, read }
    }

    fn number(&mut self) -> ContainerNumber {
        loop {
            let owner: String = (0..3).map(|_| char::from(self.rng.random_range(b'A'..=b'Z'))).collect();
            let prefix = format!("{owner}U{:06}", self.rng.random_range(0..1_000_000u32));
            // The prefix has the right form by construction, so the first attempt succeeds.
            if let Some(Ok(number)) =
                expected_check_digit(&prefix).map(|digit| format!("{prefix}{digit}").parse())
            {
                return number;
            }
        }
    }

    fn read(&mut self, number: &ContainerNumber) -> Read {
        let ocr = &self.scenario.ocr;
        let draw: f64 = self.rng.random();
        if draw < ocr.no_read {
            return Read::NoRead;
        }
        if draw >= ocr.no_read + ocr.misread {
            return Read::Right { confidence: ocr.confidence.draw(&mut self.rng) };
        }
        let confidence = ocr.misread_confidence.draw(&mut self.rng);
        let mut text: Vec<u8> = number.as_str().bytes().collect();
        let wrong = if chance(0.3, &mut self.rng) { 2 } else { 1 };
        for _ in 0..wrong {
            // The fourth letter is left alone: cameras know that it is a U.
            let at = *[0, 1, 2, 4, 5, 6, 7, 8, 9, 10].get(self.rng.random_range(0..10usize)).unwrap_or(&9);
            text[at] = self.other_character(text[at]);
        }
        let text = String::from_utf8_lossy(&text).into_owned();
        let passes_check = text.parse::<ContainerNumber>().is_ok();
        if text == number.as_str() {
            return Read::Right { confidence };
        }
        Read::Misread { text, confidence, passes_check }
    }

    fn other_character(&mut self, old: u8) -> u8 {
        let range = if old.is_ascii_digit() { b'0'..=b'9' } else { b'A'..=b'Z' };
        loop {
            let new = self.rng.random_range(range.clone());
            if new != old {
                return new;
            }
        }
    }

    fn sources(&mut self, body: &Body) -> Vec<Source> {
        let table = self.scenario.sources.clone();
        let mut sources = self.patient();
        let Some(loaded_to) = body.loaded_to_m() else { return sources };
        let inside = Range::new(LOAD_M + 0.5, loaded_to - 0.5);
        if chance(table.point, &mut self.rng) {
            sources.push(Source::Point {
                nuclide: self.nuclide(&table.point_nuclides),
                iron_cm: table.point_iron_cm.draw(&mut self.nuclides),
                photons_per_s: table.point_photons_per_s.draw(&mut self.rng),
                efficiency: PANEL_EFFICIENCY,
                behind_m: inside.draw(&mut self.rng),
                lateral_m: Range::new(-1.0, 1.0).draw(&mut self.rng),
                height_m: Range::new(1.2, 3.0).draw(&mut self.rng),
            });
        }
        if chance(table.distributed, &mut self.rng) {
            let excess = table.distributed_excess.draw(&mut self.rng);
            let nuclide = self.nuclide(&table.distributed_nuclides);
            let span = Span { from_m: LOAD_M, to_m: loaded_to };
            sources.push(Source::Distributed { nuclide, excess, span });
        }
        if chance(table.neutron, &mut self.rng) {
            let neutrons_per_s = table.neutrons_per_s.draw(&mut self.rng);
            sources.push(Source::Neutron { neutrons_per_s, behind_m: inside.draw(&mut self.rng) });
        }
        sources
    }

    /// The driver, in the cab.
    fn patient(&mut self) -> Vec<Source> {
        let table = &self.scenario.sources;
        if !chance(table.patient, &mut self.nuclides) {
            return Vec::new();
        }
        let photons_per_s = table.patient_photons_per_s.draw(&mut self.nuclides);
        let nuclide = self.nuclide(&table.patient_nuclides);
        vec![driver(nuclide, photons_per_s)]
    }

    fn nuclide(&mut self, weights: &BTreeMap<Emitter, f64>) -> Emitter {
        weighted(weights, &mut self.nuclides).unwrap_or(Emitter::Cs137)
    }

    fn shadow(&mut self) -> Shadow {
        let portal = &self.scenario.portal;
        Shadow {
            gamma: portal.shadow.draw(&mut self.rng),
            neutron: portal.neutron_shadow.draw(&mut self.rng),
            gap: portal.shadow_gap.draw(&mut self.rng),
        }
    }

    fn read_delay(&mut self, late: bool) -> f64 {
        let ocr = &self.scenario.ocr;
        if late { ocr.late_s.draw(&mut self.rng) } else { ocr.delay_s.draw(&mut self.rng) }
    }

    fn triggers(&mut self, features: &BTreeSet<Feature>) -> Vec<Trigger> {
        let mut triggers = Vec::new();
        for feature in features {
            let number = self.number();
            let happenings = trouble::happenings(*feature, &number, &mut self.rng);
            let place = match feature {
                Feature::PortalRestart | Feature::LinkDrop => {
                    Range::new(self.layout.portal.at_m, self.layout.portal.at_m + 8.0)
                }
                _ => Range::new(0.5, 60.0),
            };
            let front_at_m = place.draw(&mut self.rng);
            triggers.extend(happenings.into_iter().map(|happening| Trigger { front_at_m, happening }));
        }
        triggers.sort_by(|a, b| a.front_at_m.total_cmp(&b.front_at_m));
        triggers
    }
}

/// One of these by its weight; `None` when all weights are 0.
fn weighted<T: Copy>(weights: &BTreeMap<T, f64>, rng: &mut ChaCha12Rng) -> Option<T> {
    let mut left = rng.random::<f64>() * weights.values().sum::<f64>();
    let mut chosen = None;
    for (one, weight) in weights.iter().filter(|(_, weight)| **weight > 0.0) {
        chosen = Some(*one);
        left -= weight;
        if left < 0.0 {
            break;
        }
    }
    chosen
}
