//! The nuclides that can be named, as data.

use serde::{Deserialize, Serialize};

/// What a nuclide is used as. It decides what may be explained: the order is from harmless to grave.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Class {
    /// Of natural origin.
    Norm,
    /// Given to patients.
    Medical,
    /// Sources of industry and research.
    Industrial,
    /// Special nuclear material and what accompanies it.
    Snm,
}

/// The file of nuclides.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NuclideFile {
    /// Each nuclide.
    #[serde(rename = "nuclide")]
    pub nuclides: Vec<Nuclide>,
}

/// One nuclide with all that it sends out in equilibrium.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Nuclide {
    /// Its symbol and mass number, as `Cs-137`.
    pub name: String,
    /// What it is used as.
    pub class: Class,
    /// In words, with its unit.
    pub half_life: String,
    /// Where the lines are from.
    pub source: String,
    /// How sure they are: `high`, or `assumed` with a remark.
    pub certainty: String,
    /// What is assumed.
    #[serde(default)]
    pub remark: String,
    /// Members of the chain that are counted in.
    #[serde(default)]
    pub chain: Vec<String>,
    /// Where a continuum is from.
    #[serde(default)]
    pub source_continuum: String,
    /// Energy in keV and photons per 100 decays.
    pub lines: Vec<[f64; 2]>,
    /// The gammas of fission.
    #[serde(default)]
    pub fission: bool,
    /// What beta particles make where they stop.
    #[serde(default)]
    pub bremsstrahlung: Option<Bremsstrahlung>,
}

/// Beta particles and what stops them.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bremsstrahlung {
    /// Largest energy of the beta particles, keV.
    pub endpoint_kev: f64,
    /// Beta particles per 100 decays.
    pub per_100_decays: f64,
    /// Atomic number of what stops them.
    pub atomic_number: f64,
}

impl NuclideFile {
    /// From the text of `configs/nuclides.toml`.
    pub fn parse(text: &str) -> Result<Self, toml::de::Error> {
        toml::from_str(text)
    }
}

impl Nuclide {
    /// Whether nothing but a smooth continuum tells of it: it cannot be named, only noticed.
    pub fn is_bremsstrahlung_only(&self) -> bool {
        let strong = |line: &[f64; 2]| line[0] > 30.0 && line[1] > 0.1;
        self.bremsstrahlung.is_some() && !self.lines.iter().any(strong)
    }

    /// Photons of each energy in keV per decay. A continuum is many close lines: two a step of the grid,
    /// closer than any resolution.
    pub fn emission(&self, first_kev: f64, last_kev: f64, step: f64) -> Vec<(f64, f64)> {
        let lines = self.lines.iter().filter(|[kev, photons]| *kev > 0.0 && *photons > 0.0);
        let mut all: Vec<_> = lines.map(|[kev, photons]| (*kev, photons / 100.0)).collect();
        if self.fission {
            all.extend(continuum(first_kev, last_kev, step, fission_per_kev));
        }
        if let Some(beta) = self.bremsstrahlung {
            let share = beta.per_100_decays / 100.0;
            all.extend(continuum(first_kev, last_kev, step, |kev| share * beta.per_kev(kev)));
        }
        all
    }
}

/// Lines in place of a continuum of this many photons a keV.
pub fn continuum(first_kev: f64, last_kev: f64, step: f64, per_kev: impl Fn(f64) -> f64) -> Vec<(f64, f64)> {
    let ratio = libm::sqrt(step);
    let mut lines = Vec::new();
    let mut low = first_kev;
    while low * ratio <= last_kev {
        let middle = low * libm::sqrt(ratio);
        lines.push((middle, per_kev(middle) * low * (ratio - 1.0)));
        low *= ratio;
    }
    lines
}

/// Photons a keV and fission of Cf-252, energy above 85 keV (fit to measured spectra in three exponential
/// pieces; Verbinski, Weber and Sund 1973, as commonly quoted).
fn fission_per_kev(kev: f64) -> f64 {
    let mev = kev / 1000.0;
    let per_mev = if mev < 0.3 {
        38.13 * (mev - 0.085).max(0.0) * libm::exp(1.648 * mev)
    } else if mev < 1.0 {
        26.8 * libm::exp(-2.30 * mev)
    } else {
        8.0 * libm::exp(-1.10 * mev)
    };
    per_mev / 1000.0
}

impl Bremsstrahlung {
    /// Photons a keV and beta particle, all particles stopping in thick matter (Kramers: 2 K Z (T - E) / E
    /// with K = 3.5e-7 per keV; allowed beta spectrum without the Coulomb correction).
    fn per_kev(&self, kev: f64) -> f64 {
        const STEPS: usize = 40;
        let mut made = 0.0;
        let mut all = 0.0;
        for step in 0..STEPS {
            let beta = self.endpoint_kev * (step as f64 + 0.5) / STEPS as f64;
            let momentum = libm::sqrt(beta * (beta + 2.0 * 511.0));
            let left = self.endpoint_kev - beta;
            let weight = momentum * (beta + 511.0) * left * left;
            all += weight;
            made += weight * (beta - kev).max(0.0) / kev;
        }
        2.0 * 3.5e-7 * self.atomic_number * made / all
    }
}
