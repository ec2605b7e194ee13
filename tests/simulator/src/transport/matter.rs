//! What photons do to matter: attenuation of each kind, from a small table of cross sections.

use std::collections::BTreeMap;

use serde::Deserialize;
use thiserror::Error;

/// Rest energy of an electron, keV.
pub const ELECTRON_KEV: f64 = 511.0;

/// A table of cross sections that cannot be used.
#[derive(Debug, Error)]
pub enum MatterError {
    /// Cross sections or a recipe that are not in their form.
    #[error("it cannot be read: {0}")]
    Form(#[from] toml::de::Error),
    /// A material names an element that the table lacks, or the recipe a material.
    #[error("the cross sections know no `{0}`: add it, or correct the name")]
    Unknown(String),
}

/// The file of cross sections.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    element: Vec<Element>,
    material: Vec<Mixture>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Element {
    name: String,
    atomic_number: f64,
    atomic_mass: f64,
    k_shell: Option<KShell>,
    photoelectric: Vec<[f64; 2]>,
}

/// The innermost shell: above its edge a capture may send out an X-ray.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KShell {
    edge_kev: f64,
    #[serde(rename = "yield")]
    fluorescence: f64,
    k_share: f64,
    /// Mean energy of the X-rays, keV.
    pub x_ray_kev: f64,
}

impl KShell {
    /// Chance that a capture at this energy sends out an X-ray.
    pub fn x_ray_chance(&self, energy_kev: f64) -> f64 {
        if energy_kev > self.edge_kev { self.fluorescence * self.k_share } else { 0.0 }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Mixture {
    name: String,
    density: f64,
    parts: BTreeMap<String, f64>,
}

/// All materials by name.
pub struct Matter {
    materials: BTreeMap<String, Material>,
}

impl Matter {
    /// From the text of a table of cross sections.
    pub fn parse(text: &str) -> Result<Self, MatterError> {
        let file: File = toml::from_str(text)?;
        let mut materials = BTreeMap::new();
        for mixture in &file.material {
            materials.insert(mixture.name.clone(), Material::new(mixture, &file.element)?);
        }
        Ok(Self { materials })
    }

    /// The material of this name.
    pub fn material(&self, name: &str) -> Result<&Material, MatterError> {
        self.materials.get(name).ok_or_else(|| MatterError::Unknown(name.to_owned()))
    }
}

const FIRST_KEV: f64 = 8.0;
const STEP: f64 = 1.01;
const STEPS: usize = 600;

/// Attenuation of one material, 1/cm, on a fine logarithmic grid.
#[derive(Debug, Clone)]
pub struct Material {
    elements: Vec<(Option<KShell>, Vec<f64>)>,
    photoelectric: Vec<f64>,
    compton: Vec<f64>,
    pair: Vec<f64>,
}

impl Material {
    fn new(mixture: &Mixture, known: &[Element]) -> Result<Self, MatterError> {
        let mut made = Self {
            elements: Vec::new(),
            photoelectric: vec![0.0; STEPS],
            compton: vec![0.0; STEPS],
            pair: vec![0.0; STEPS],
        };
        for (name, share) in &mixture.parts {
            let element = known.iter().find(|e| e.name == *name);
            let element = element.ok_or_else(|| MatterError::Unknown(name.clone()))?;
            let grams = mixture.density * share;
            // Avogadro's number times 1e-24 cm2, per gram.
            let atoms = 0.602_214 / element.atomic_mass * grams;
            let mut own = Vec::with_capacity(STEPS);
            for step in 0..STEPS {
                let energy = FIRST_KEV * libm::pow(STEP, step as f64);
                let captured = grams * interpolate(&element.photoelectric, energy);
                own.push(captured);
                made.photoelectric[step] += captured;
                made.compton[step] += atoms * element.atomic_number * klein_nishina_barn(energy);
                made.pair[step] += atoms * pair_barn(energy, element.atomic_number);
            }
            made.elements.push((element.k_shell, own));
        }
        Ok(made)
    }

    /// Photoelectric, Compton and pair attenuation at this energy, 1/cm.
    pub fn attenuation(&self, energy_kev: f64) -> [f64; 3] {
        let step = step_of(energy_kev);
        [self.photoelectric[step], self.compton[step], self.pair[step]]
    }

    /// The K shell of the element that captured a photon, `chance` in 0..1 choosing among them.
    pub fn capturer(&self, energy_kev: f64, chance: f64) -> Option<KShell> {
        let step = step_of(energy_kev);
        let mut left = chance * self.photoelectric[step];
        for (shell, own) in &self.elements {
            left -= own[step];
            if left <= 0.0 {
                return *shell;
            }
        }
        None
    }

    /// Energy of the X-ray that leaves a thin crystal most, keV: that of its heaviest element.
    pub fn x_ray_kev(&self) -> Option<f64> {
        let rays = self.elements.iter().filter_map(|(shell, _)| Some(shell.as_ref()?.x_ray_kev));
        rays.fold(None, |most, ray| Some(most.map_or(ray, |most: f64| most.max(ray))))
    }
}

fn step_of(energy_kev: f64) -> usize {
    let step = libm::log(energy_kev / FIRST_KEV) / libm::log(STEP);
    // The cast saturates at zero.
    ((step + 0.5) as usize).min(STEPS - 1)
}

/// In the logarithms of both, beyond the ends by the last slope.
fn interpolate(points: &[[f64; 2]], energy: f64) -> f64 {
    let last = points.len().saturating_sub(2);
    let at = points.iter().skip(1).position(|p| energy <= p[0]).unwrap_or(last).min(last);
    let (Some(a), Some(b)) = (points.get(at), points.get(at + 1)) else { return 0.0 };
    let slope = libm::log(b[1] / a[1]) / libm::log(b[0] / a[0]);
    a[1] * libm::exp(slope * libm::log(energy / a[0]))
}

/// Klein-Nishina total cross section of one electron, barn.
fn klein_nishina_barn(energy_kev: f64) -> f64 {
    let k = energy_kev / ELECTRON_KEV;
    let double = 1.0 + 2.0 * k;
    let log = libm::log(double);
    let first = (1.0 + k) / (k * k) * (2.0 * (1.0 + k) / double - log / k);
    // 2 pi r_e^2 in barn.
    0.498_93 * (first + log / (2.0 * k) - (1.0 + 3.0 * k) / (double * double))
}

/// Pair production by one nucleus, barn: the Born series near the threshold (Bethe and Heitler; Maximon).
fn pair_barn(energy_kev: f64, atomic_number: f64) -> f64 {
    let k = energy_kev / ELECTRON_KEV;
    if k <= 2.0 {
        return 0.0;
    }
    let r = (2.0 * k - 4.0) / (2.0 + k + 2.0 * libm::sqrt(2.0 * k));
    let series = 1.0 + r / 2.0 + 23.0 / 40.0 * r * r + 11.0 / 60.0 * r * r * r + 29.0 / 960.0 * r * r * r * r;
    let near = (k - 2.0) / k;
    // alpha r_e^2 Z^2 2 pi / 3, r_e^2 = 0.0794 barn.
    atomic_number * atomic_number * 0.079_408 / 137.036 * 2.0 * std::f64::consts::PI / 3.0
        * near
        * near
        * near
        * series
}
