//! The second station: what its spectrum of an alarmed vehicle shows. The crystal, the surroundings and the
//! lines are not the library's.

use std::collections::BTreeMap;

use greenlane_radiation::identify::{
    Detector, Identification, Library, NuclideFile, Response, Spectrum, Table, identify,
};
use rand::{Rng, RngExt};

use super::mix::{Truth, Vehicle};
use super::profile::{Activity, Spectrometer};
use crate::study::identification::{Shape, Shapes, Spectra, Unseen};

/// Step of an expected spectrum, keV, and how many there are.
const FINE_KEV: f64 = 2.0;
const FINE_BINS: usize = 1500;
/// A surrounding that lets less of the bare pulses through leaves no alarm to name.
const HIDDEN: f64 = 3e-3;
/// Bend of the energy scale at K-40's line, at most.
const BEND: f64 = 0.006;
/// The rate of a point source over its peak, summed over the way, is so many times the distance.
const POINT_REACH: f64 = 2.0;

/// The tables of the station.
pub struct Station<'a> {
    /// What spectra are compared with.
    pub library: &'a Library,
    /// The nuclides as they are in the world: not quite as in the library.
    nuclides: NuclideFile,
    table: &'a Table,
    response: Response,
    settings: Spectrometer,
    background: Shape,
    vacant: Spectrum,
    /// What 1 Bq of a chain gives everywhere in a bulk.
    chains: [Vec<f64>; 3],
    seen: BTreeMap<String, Vec<Shape>>,
}

impl<'a> Station<'a> {
    /// From a crystal, and from the nuclides that may pass.
    pub fn new(
        library: &'a Library,
        (nuclides, table, response): (&NuclideFile, &'a Table, &Response),
        settings: &Spectrometer,
        carried: impl Iterator<Item = &'a String>,
        seed: u64,
    ) -> Self {
        let nuclides = Unseen::disturbed(nuclides, seed);
        let threshold_kev = response.threshold_kev.unwrap_or_default();
        let background = Shapes::new(table, response.resolution, 1.0, threshold_kev).background(&nuclides);
        let mut station = Self {
            library,
            nuclides,
            table,
            response: response.clone(),
            settings: settings.clone(),
            vacant: vacant(&background),
            background,
            chains: Default::default(),
            seen: BTreeMap::new(),
        };
        let bulk = table.shields.len() - 1;
        let chain = |name| station.pulses(name, bulk).unwrap_or_else(|| vec![0.0; FINE_BINS]);
        station.chains = ["K-40", "Ra-226", "Th-232"].map(chain);
        for name in carried {
            let shapes = station.behind_each(name);
            station.seen.insert(name.clone(), shapes);
        }
        station
    }

    /// What is said of a vehicle.
    pub fn identify(&self, vehicle: &Vehicle, rng: &mut impl Rng) -> Identification {
        let speed = self.settings.speed_kmh / 3.6;
        let counts_a_metre = self.settings.background_cps / speed;
        let (lane, scene) = (&vehicle.lane, &vehicle.scene);
        let background = counts_a_metre * lane.length_m * (1.0 - scene.shadow);
        let mut sources: Vec<(Shape, f64)> = Vec::new();
        if let (Some(activity), Some([from, to, excess])) = (vehicle.activity, scene.load) {
            sources.push((self.load(activity), counts_a_metre * (to - from) * excess));
        }
        if let (Some(source), Some(name)) = (scene.source, &vehicle.nuclide) {
            let reach = POINT_REACH * lane.distance_m;
            let net = counts_a_metre * reach * source.peak_cps / lane.background_cps;
            sources.extend(self.source(name, vehicle.truth, rng).map(|shape| (shape.clone(), net)));
        }
        let all: f64 = sources.iter().map(|(_, counts)| counts).sum();
        let mut mixed = vec![0.0; FINE_BINS];
        for (shape, counts) in &sources {
            mixed.iter_mut().zip(shape).for_each(|(sum, bin)| *sum += bin * counts / all);
        }
        let spectra = Spectra { background, gain_error: self.settings.gain_error, bend: BEND };
        let source = Some((&mixed, all)).filter(|_| all > 0.0);
        identify(&spectra.draw(&self.background, source, rng), Some(&self.vacant), self.library)
    }

    fn load(&self, activity: Activity) -> Shape {
        let shares = [activity.k, activity.ra, activity.th];
        let bin = |bin: usize| self.chains.iter().zip(shares).map(|(chain, bq)| chain[bin] * bq).sum();
        normed((0..FINE_BINS).map(bin).collect())
    }

    /// A patient is behind water, a source behind anything that does not hide it.
    fn source(&self, name: &str, truth: Truth, rng: &mut impl Rng) -> Option<&Shape> {
        let shapes = self.seen.get(name).filter(|shapes| !shapes.is_empty())?;
        let body = shapes.len() > 1 && truth == Truth::Patient;
        Some(if body { &shapes[1] } else { &shapes[rng.random_range(0..shapes.len())] })
    }

    /// Bare, behind water, and behind all else that does not hide it.
    fn behind_each(&self, name: &str) -> Vec<Shape> {
        let shields = &self.table.shields;
        let water = shields.iter().position(|shield| shield.name.starts_with("water")).unwrap_or_default();
        let others = (1..shields.len() - 1).filter(|shield| *shield != water);
        let all = [0, water].into_iter().chain(others).filter_map(|shield| self.pulses(name, shield));
        let all: Vec<Vec<f64>> = all.collect();
        let bare: f64 = all.first().map_or(0.0, |pulses| pulses.iter().sum());
        all.into_iter().filter(|pulses| pulses.iter().sum::<f64>() > HIDDEN * bare).map(normed).collect()
    }

    fn pulses(&self, name: &str, shield: usize) -> Option<Vec<f64>> {
        let nuclide = self.nuclides.nuclides.iter().find(|nuclide| nuclide.name == name)?;
        let energies = &self.table.energies_kev;
        let emission = nuclide.emission(energies[0], energies[energies.len() - 1], self.table.recipe.step);
        Some(Detector::new(self.table, &self.response, 0.0).pulses(&emission, shield).rebin(&edges(), 1.0))
    }
}

fn edges() -> Vec<f64> {
    (0..=FINE_BINS).map(|bin| bin as f64 * FINE_KEV).collect()
}

/// A background that was measured for so long that it has no noise.
fn vacant(background: &Shape) -> Spectrum {
    let counts = background.iter().map(|bin| bin * 1e6).collect();
    // Rising edges, one more than bins; counts that are never negative.
    Spectrum::new(edges(), counts, 1.0).expect("an expected spectrum is a spectrum")
}

fn normed(counts: Vec<f64>) -> Shape {
    let sum: f64 = counts.iter().sum();
    counts.iter().map(|bin| bin / sum.max(1e-300)).collect()
}
