//! The tables: a crystal's answer to lines of every energy, and what leaks out of each shield.

use rand::{Rng, RngExt};
use serde::{Deserialize, Serialize};

use super::flight::{Crystal, Geometry, HalfSpace, Photon, Spheres, fly, isotropic};
use super::matter::{ELECTRON_KEV, Matter, MatterError};
use crate::random::{LaneSeed, Purpose};

const FIRST_KEV: f64 = 15.0;
const LAST_KEV: f64 = 2900.0;
/// How near a lost energy must be to that of an escape peak, keV; three iodine lines are one here.
const ESCAPE_KEV: f64 = 1.0;

/// What to compute.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Recipe {
    /// Seed of the chance.
    pub seed: u64,
    /// Photons a row.
    pub histories: u32,
    /// Ratio of one row's energy to the one before; 1.03 makes 178 rows.
    pub step: f64,
    /// Bins of the part of a row that is in no peak.
    pub continuum_bins: usize,
    /// Material of the crystal.
    pub crystal: String,
    /// Depth, width and height of the crystal, cm.
    pub size_cm: [f64; 3],
    /// What stands behind the source and throws photons back.
    pub behind: String,
    /// Each surrounding of the source.
    #[serde(rename = "shield")]
    pub shields: Vec<ShieldRecipe>,
}

/// A source's surrounding.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ShieldRecipe {
    /// Its name in the table.
    pub name: String,
    /// Layers from inside out: material and thickness in cm; none for a bare source.
    #[serde(default)]
    pub layers: Vec<(String, f64)>,
    /// Where in it the source is.
    #[serde(default)]
    pub source: SourceShape,
    /// Share of what leaves the surrounding that also meets what stands behind.
    pub behind: f64,
}

/// Where in its surrounding a source is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SourceShape {
    /// In the middle.
    #[default]
    Point,
    /// Everywhere in the innermost layer, as potassium is in fertiliser.
    Volume,
}

/// The tables of one crystal. Counts are of `histories` photons a row.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Table {
    /// How it was computed.
    pub recipe: Recipe,
    /// Energy of each row, keV. The bins of `scattered` lie between them, in the logarithm.
    pub energies_kev: Vec<f64>,
    /// The crystal.
    pub detector: Detector,
    /// What is thrown back by what stands behind the source.
    pub behind: Vec<LeakageRow>,
    /// Each surrounding.
    pub shields: Vec<Shield>,
}

/// A crystal's answer.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Detector {
    /// What an escaping X-ray takes away, keV.
    pub x_ray_kev: f64,
    /// One row an energy.
    pub rows: Vec<DetectorRow>,
}

/// Photons of one energy: how many were seen, and where.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct DetectorRow {
    /// All of the energy.
    pub full: u32,
    /// All but one X-ray of the crystal.
    pub x_escape: u32,
    /// All but one annihilation quantum, all but two.
    pub escapes: [u32; 2],
    /// Anything else, in equal bins from zero to the full energy.
    pub continuum: Vec<u32>,
}

/// What leaves a surrounding.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Shield {
    /// Its name.
    pub name: String,
    /// As in the recipe.
    pub behind: f64,
    /// One row an energy.
    pub rows: Vec<LeakageRow>,
}

/// Photons of one energy: what of them leaves.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct LeakageRow {
    /// Without a touch.
    pub direct: f64,
    /// With one or more: counts in the energies' bins, from the lowest; none above the last that is given.
    pub scattered: Vec<u32>,
}

impl Recipe {
    /// From the text of a recipe file.
    pub fn parse(text: &str) -> Result<Self, MatterError> {
        Ok(toml::from_str(text)?)
    }
}

impl Table {
    /// As JSON with a line a row, so that a change of one row is a change of one line.
    pub fn to_text(&self) -> String {
        let mut text = format!("{{\"recipe\":{},\n", json(&self.recipe));
        text += &format!("\"energies_kev\":{},\n", json(&self.energies_kev));
        text += &format!("\"detector\":{{\"x_ray_kev\":{},\"rows\":", json(&self.detector.x_ray_kev));
        text +=
            &format!("{}}},\n\"behind\":{},\n\"shields\":[\n", rows(&self.detector.rows), rows(&self.behind));
        let shields = self.shields.iter().map(|shield| {
            let head = format!("{{\"name\":{},\"behind\":{}", json(&shield.name), json(&shield.behind));
            format!("{head},\"rows\":{}}}", rows(&shield.rows))
        });
        text += &shields.collect::<Vec<_>>().join(",\n");
        text + "]}\n"
    }
}

/// Computes the tables; `note` hears which part is next.
pub fn compute(recipe: &Recipe, matter: &Matter, mut note: impl FnMut(&str)) -> Result<Table, MatterError> {
    let energies: Vec<f64> = energies(recipe.step);
    let run = Run { recipe, energies: &energies };
    note("crystal");
    let material = matter.material(&recipe.crystal)?;
    let crystal = Crystal { material, size_cm: recipe.size_cm };
    let x_ray_kev = material.x_ray_kev().unwrap_or(0.0);
    let rows = (0..energies.len()).map(|row| run.crystal_row(&crystal, x_ray_kev, row)).collect();
    note("behind");
    let wall = HalfSpace { material: matter.material(&recipe.behind)? };
    let behind = (0..energies.len()).map(|row| run.wall_row(&wall, row)).collect();
    let mut shields = Vec::new();
    for (index, shield) in recipe.shields.iter().enumerate() {
        note(&shield.name);
        let rows = run.shield(shield, index, matter)?;
        shields.push(Shield { name: shield.name.clone(), behind: shield.behind, rows });
    }
    let detector = Detector { x_ray_kev, rows };
    let shorter = energies.iter().map(|kev| libm::round(kev * 1000.0) / 1000.0).collect();
    Ok(Table { recipe: recipe.clone(), energies_kev: shorter, detector, behind, shields })
}

struct Run<'a> {
    recipe: &'a Recipe,
    energies: &'a [f64],
}

impl Run<'_> {
    fn crystal_row(&self, crystal: &Crystal<'_>, x_ray_kev: f64, row: usize) -> DetectorRow {
        let mut rng = self.stream(0, row);
        let energy_kev = self.energies[row];
        let bins = self.recipe.continuum_bins;
        let mut found = DetectorRow { continuum: vec![0; bins], ..DetectorRow::default() };
        for _ in 0..self.recipe.histories {
            let [_, width, height] = crystal.size_cm;
            let position = [0.0, rng.random::<f64>() * width, rng.random::<f64>() * height];
            let photon = Photon { position, direction: [1.0, 0.0, 0.0], energy_kev, direct: true };
            let left = fly(crystal, photon, &mut rng, |_| ());
            let lost = energy_kev - left;
            if left <= 0.0 {
                continue;
            }
            if lost < 1e-6 {
                found.full += 1;
            } else if (lost - x_ray_kev).abs() < ESCAPE_KEV {
                found.x_escape += 1;
            } else if (lost - ELECTRON_KEV).abs() < ESCAPE_KEV {
                found.escapes[0] += 1;
            } else if (lost - 2.0 * ELECTRON_KEV).abs() < ESCAPE_KEV {
                found.escapes[1] += 1;
            } else {
                found.continuum[((left / energy_kev * bins as f64) as usize).min(bins - 1)] += 1;
            }
        }
        found
    }

    fn wall_row(&self, wall: &HalfSpace<'_>, row: usize) -> LeakageRow {
        let mut rng = self.stream(1, row);
        self.leakage(wall, row, &mut rng, |rng| {
            let mut direction = isotropic(rng);
            direction[0] = direction[0].abs();
            ([0.0; 3], direction)
        })
    }

    fn shield(
        &self,
        shield: &ShieldRecipe,
        index: usize,
        matter: &Matter,
    ) -> Result<Vec<LeakageRow>, MatterError> {
        let mut layers = Vec::new();
        let mut radius = 0.0;
        for (name, thickness) in &shield.layers {
            radius += thickness;
            layers.push((matter.material(name)?, radius));
        }
        let Some(inner) = layers.first().map(|(_, radius)| *radius) else {
            let bare = LeakageRow { direct: 1.0, scattered: Vec::new() };
            return Ok(vec![bare; self.energies.len()]);
        };
        let spheres = Spheres { layers };
        let volume = shield.source == SourceShape::Volume;
        let rows = (0..self.energies.len()).map(|row| {
            let mut rng = self.stream(2 + index as u64, row);
            let mut found = self.leakage(&spheres, row, &mut rng, |rng| {
                let distance = if volume { inner * libm::cbrt(rng.random::<f64>()) } else { 0.0 };
                (isotropic(rng).map(|part| part * distance), isotropic(rng))
            });
            if !volume {
                // The exact value: a thick shield lets too few through to count.
                let depth = spheres.depth(self.energies[row]);
                found.direct = libm::exp(-depth);
            }
            found
        });
        Ok(rows.collect())
    }

    fn leakage<R: Rng>(
        &self,
        geometry: &impl Geometry,
        row: usize,
        rng: &mut R,
        start: impl Fn(&mut R) -> ([f64; 3], [f64; 3]),
    ) -> LeakageRow {
        let mut direct = 0_u32;
        let mut scattered = vec![0_u32; row + 1];
        for _ in 0..self.recipe.histories {
            let (position, direction) = start(rng);
            let photon = Photon { position, direction, energy_kev: self.energies[row], direct: true };
            fly(geometry, photon, rng, |photon| {
                if photon.direct {
                    direct += 1;
                } else if let Some(bin) = self.bin(photon.energy_kev) {
                    scattered[bin.min(row)] += 1;
                }
            });
        }
        while scattered.last() == Some(&0) {
            scattered.pop();
        }
        LeakageRow { direct: f64::from(direct) / f64::from(self.recipe.histories), scattered }
    }

    /// The bin between two rows; none below the first.
    fn bin(&self, energy_kev: f64) -> Option<usize> {
        let bin = libm::log(energy_kev / FIRST_KEV) / libm::log(self.recipe.step);
        (bin >= 0.0).then_some(bin as usize)
    }

    fn stream(&self, part: u64, row: usize) -> impl Rng + use<> {
        LaneSeed { seed: self.recipe.seed, lane: part }.stream(Purpose::Photon, row as u64)
    }
}

impl Spheres<'_> {
    /// Mean free paths from the middle to the outside.
    fn depth(&self, energy_kev: f64) -> f64 {
        let mut inner = 0.0;
        let mut depth = 0.0;
        for (material, outer) in &self.layers {
            depth += (outer - inner) * material.attenuation(energy_kev).iter().sum::<f64>();
            inner = *outer;
        }
        depth
    }
}

fn energies(step: f64) -> Vec<f64> {
    let count = libm::log(LAST_KEV / FIRST_KEV) / libm::log(step);
    (0..=count as usize).map(|row| FIRST_KEV * libm::pow(step, row as f64)).collect()
}

fn rows(rows: &[impl Serialize]) -> String {
    let lines: Vec<_> = rows.iter().map(|row| json(row)).collect();
    format!("[\n{}]", lines.join(",\n"))
}

fn json(value: &impl Serialize) -> String {
    // These types are numbers, texts and lists: nothing that JSON could refuse.
    serde_json::to_string(value).unwrap_or_default()
}
