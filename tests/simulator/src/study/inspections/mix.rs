//! One vehicle of the port, drawn from its profile.

use std::collections::BTreeMap;

use greenlane_model::units::{Kilograms, Metres};
use greenlane_model::{Consignment, Declaration, Fill, Goods, HsCode, Movement, Papers, Utc};
use greenlane_radiation::detect::{Pass, PassError};
use greenlane_radiation::explain::{Cargo, Span};
use rand::{Rng, RngExt};

use super::profile::{Activity, Carried, Profile};
use crate::random::{Range, chance, poisson};
use crate::study::detection::{Lane, Scene, Source};

/// Where the cargo begins behind the front, in m; a patient sits before it.
const CAB_M: f64 = 3.0;
/// Dose of 1 Bq/kg in soil, in nGy/h, of K-40, the chains of Ra-226 and Th-232 (UNSCEAR 2000, annex B).
const NGY_H_PER_BQ_KG: [f64; 3] = [0.0417, 0.462, 0.604];
/// A full load gives so much of that dose, over the normal field in nGy/h; and what a full load weighs.
const GEOMETRY: f64 = 0.3;
const NORMAL_NGY_H: f64 = 80.0;
const FULL_LOAD_KG: f64 = 20_000.0;
/// A number with a right check digit: the tests ask nothing of it but that papers and reading agree.
const CONTAINER: &str = "CSQU3054383";

/// What is true of a vehicle.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Truth {
    /// Nothing radiates.
    Plain,
    /// Goods that radiate, declared as what they are.
    Declared,
    /// Goods that are declared as others.
    Undeclared,
    /// A patient in the cab, whatever the load.
    Patient,
    /// A source that nobody declared, whatever the load.
    Source,
}

/// Whether a vehicle carries a source.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Draw {
    /// As often as the profile says.
    Usual,
    /// Certainly, on goods that radiate and are declared, or on others.
    Source {
        /// On goods that radiate.
        masked: bool,
    },
}

/// A vehicle.
#[derive(Debug, Clone)]
pub struct Vehicle {
    /// Time of the day, in s.
    pub arrival_s: f64,
    /// What is true of it.
    pub truth: Truth,
    /// Lane and portal, with its length and speed.
    pub lane: Lane,
    /// What radiates and what covers.
    pub scene: Scene,
    /// Activity of its goods.
    pub activity: Option<Activity>,
    /// Nuclide of a patient or a source.
    pub nuclide: Option<String>,
    /// Neutrons at their peak, in cps of all banks.
    pub neutron_cps: f64,
    /// What was declared.
    pub cargo: Cargo,
}

impl Vehicle {
    /// The next one.
    pub fn draw(profile: &Profile, draw: Draw, rng: &mut impl Rng) -> Self {
        let all = &profile.vehicles;
        let lane = Lane {
            background_cps: profile.portal.background_cps,
            length_m: all.length_m.draw(rng),
            speed_mps: all.speed_kmh.draw(rng) / 3.6,
            ..Lane::full()
        };
        let gap = [all.gap.draw(rng), 3.0];
        let bursts = chance(all.steel, rng);
        let scene = Scene { shadow: all.shadow.draw(rng), gap, bursts, ..Scene::default() };
        let span = span(CAB_M, lane.length_m);
        let mass_kg = Range::new(5000.0, 20_000.0).draw(rng);
        let mut vehicle = Self {
            arrival_s: hour(&profile.hours, rng),
            truth: Truth::Plain,
            cargo: cargo(span, &profile.plain_heading, mass_kg),
            lane,
            scene,
            activity: None,
            nuclide: None,
            neutron_cps: 0.0,
        };
        vehicle.load(profile, draw, rng);
        let forced = draw != Draw::Usual;
        if !forced && chance(profile.patients.share, rng) {
            vehicle.carry(&profile.patients, Truth::Patient, [0.8, 2.2], rng);
        } else if forced || chance(profile.sources.share, rng) {
            let behind = [CAB_M + 0.5, vehicle.lane.length_m - 0.5];
            vehicle.carry(&profile.sources, Truth::Source, behind, rng);
        }
        vehicle
    }

    fn load(&mut self, profile: &Profile, draw: Draw, rng: &mut impl Rng) {
        let radiates = |goods: &&super::profile::Goods| goods.bq_kg.dose_ngy_h() > 20.0;
        let shares: BTreeMap<usize, f64> = match draw {
            Draw::Source { masked: false } => return,
            Draw::Source { masked: true } => {
                let all = profile.goods.iter().enumerate().filter(|(_, goods)| radiates(goods));
                all.map(|(index, goods)| (index, goods.share)).collect()
            }
            Draw::Usual => {
                let all: f64 = profile.goods.iter().map(|goods| goods.share).sum();
                if !chance(all, rng) {
                    return;
                }
                profile.goods.iter().map(|goods| goods.share).enumerate().collect()
            }
        };
        let Some(goods) = pick(&shares, rng).and_then(|index| profile.goods.get(*index)) else { return };
        let undeclared = draw == Draw::Usual && chance(goods.undeclared, rng);
        let mass_kg = goods.mass_kg.draw(rng);
        let length = (self.lane.length_m - CAB_M) * profile.vehicles.fill.draw(rng);
        let computed = GEOMETRY * goods.bq_kg.dose_ngy_h() / NORMAL_NGY_H * (mass_kg / FULL_LOAD_KG);
        let excess = computed * profile.vehicles.geometry.draw(rng);
        self.scene.load = Some([CAB_M, CAB_M + length, excess]).filter(|_| excess > 0.0);
        self.activity = Some(goods.bq_kg).filter(|_| excess > 0.0);
        let heading = if undeclared { &profile.plain_heading } else { &goods.heading };
        self.cargo = cargo(self.cargo.span, heading, mass_kg);
        self.truth = match (excess > 0.0, undeclared) {
            (false, _) => Truth::Plain,
            (true, false) => Truth::Declared,
            (true, true) => Truth::Undeclared,
        };
    }

    fn carry(&mut self, carried: &Carried, truth: Truth, between: [f64; 2], rng: &mut impl Rng) {
        let Some(nuclide) = pick(&carried.nuclides, rng).cloned() else { return };
        let place_m = [rng.random_range(-1.0..1.0), rng.random_range(0.8..2.2)];
        let peak_cps = logarithmic(carried.peak_cps, rng);
        self.scene.source =
            Some(Source { peak_cps, x0_m: rng.random_range(between[0]..between[1]), place_m });
        self.neutron_cps =
            if carried.neutrons.contains(&nuclide) { logarithmic(carried.neutron_cps, rng) } else { 0.0 };
        self.truth = truth;
        self.nuclide = Some(nuclide);
    }

    /// What the portal tells of its pass.
    ///
    /// # Errors
    /// Never for a vehicle of a checked profile.
    pub fn pass(&self, rng: &mut impl Rng) -> Result<Pass, PassError> {
        let mut record = self.lane.pass(&self.scene, rng);
        let x0_m = self.scene.source.map_or(0.0, |source| source.x0_m);
        let told = &record.x_m;
        if let Some(neutron) = record.neutron.as_mut().filter(|_| self.neutron_cps > 0.0) {
            let samples = (neutron.interval_s / record.dt_s) as usize;
            for (second, row) in neutron.counts.iter_mut().enumerate() {
                let along = told.get(second * samples + samples / 2).map_or(f64::MAX, |x| x - x0_m);
                let near = 1.0 / (1.0 + along * along / (self.lane.distance_m * self.lane.distance_m));
                let mean = self.neutron_cps * near * neutron.interval_s / row.len() as f64;
                row.iter_mut().for_each(|counts| *counts = counts.saturating_add(poisson(mean, rng)));
            }
        }
        Pass::try_from(record)
    }
}

impl Activity {
    fn dose_ngy_h(self) -> f64 {
        [self.k, self.ra, self.th].iter().zip(NGY_H_PER_BQ_KG).map(|(bq, factor)| bq * factor).sum()
    }
}

/// A key, as often as its weight says.
fn pick<'a, T: Ord>(weights: &'a BTreeMap<T, f64>, rng: &mut impl Rng) -> Option<&'a T> {
    let mut left = rng.random::<f64>() * weights.values().sum::<f64>();
    let found = weights.iter().find(|(_, weight)| {
        left -= **weight;
        left < 0.0
    });
    found.or(weights.last_key_value()).map(|(key, _)| key)
}

fn logarithmic(range: Range, rng: &mut impl Rng) -> f64 {
    libm::exp(Range::new(libm::log(range.min), libm::log(range.max)).draw(rng))
}

/// A time of the day, in s.
fn hour(hours: &[f64; 24], rng: &mut impl Rng) -> f64 {
    let weights: BTreeMap<usize, f64> = hours.iter().copied().enumerate().collect();
    let hour = pick(&weights, rng).copied().unwrap_or_default();
    3600.0 * (hour as f64 + rng.random::<f64>())
}

fn span(from: f64, to: f64) -> Span {
    Span { from_m: Metres::new(from).unwrap_or_default(), to_m: Metres::new(to).unwrap_or_default() }
}

fn cargo(span: Span, heading: &str, mass_kg: f64) -> Cargo {
    // The constant is a right number.
    let container = CONTAINER.parse().expect("a right number");
    let code: Option<HsCode> = heading.parse().ok();
    let goods = Goods { code, text: String::new(), mass_kg: Kilograms::new(mass_kg) };
    let declaration = Declaration {
        container,
        movement: Movement::Import,
        fill: Fill::Full,
        conveyance: None,
        consignments: vec![Consignment { goods: vec![goods], ..Consignment::default() }],
        source: "study".to_owned(),
        declared: Utc::default(),
    };
    let container = Some(declaration.container.clone());
    Cargo { container, span, papers: Papers::Single(declaration) }
}
