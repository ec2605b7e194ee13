//! Everything that a spectrum is compared with, computed once for a detector.

use thiserror::Error;

use super::deposit::Detector;
use super::nuclides::{Class, NuclideFile, continuum};
use super::response::{Response, ResponseError, Table};

/// Gains from 0.94 to 1.06 in steps of half a per cent.
pub const GAINS: usize = 25;
/// The gain of index 12 is 1.
pub const GAIN_MIDDLE: usize = 12;
const GAIN_STEP: f64 = 0.005;
/// Behind a surrounding that lets less than this of the bare pulses through, nothing can be named.
const LEAST_SHARE: f64 = 5e-4;
/// Quality taken from a hypothesis for each factor of e that a surrounding keeps back: strong sources are
/// rarer than weak ones.
const UNLIKELY: f64 = 2.0;
/// Where the fit begins without a threshold, and where it ends, keV.
const LAST_KEV: f64 = 2900.0;
/// Widths of a line in a bin.
const BINS_A_WIDTH: f64 = 0.52;
/// What a place without sources is made of when nobody measured it: shares of the counts from the soil, and
/// decay energy and share of what the air scatters.
const SOIL: [(&str, f64); 3] = [("K-40", 0.30), ("Ra-226", 0.35), ("Th-232", 0.35)];
const AIR_KEV: f64 = 150.0;
const AIR_SHARE: f64 = 0.15;
/// Decay energies of the smooth continua that stand for the unknown, keV.
const UNKNOWN_KEV: [f64; 4] = [40.0, 80.0, 150.0, 250.0];

/// A library that cannot be made.
#[derive(Debug, Error)]
pub enum LibraryError {
    /// The nuclides are not in their form.
    #[error("the nuclides cannot be read: {0}")]
    Nuclides(#[from] toml::de::Error),
    /// The response or its table is not in its form.
    #[error(transparent)]
    Response(#[from] ResponseError),
    /// Nothing to name.
    #[error("the library has no nuclide: add one")]
    Empty,
}

/// A name and the range of its templates.
#[derive(Debug, Clone)]
pub struct Entry {
    /// As in the file; `unknown` for the smooth continua.
    pub name: String,
    /// What it is used as.
    pub class: Class,
    /// First of its templates.
    pub first: usize,
    /// One behind the last.
    pub end: usize,
    /// Whether it has no line of its own, only a continuum.
    pub smooth: bool,
}

/// Templates of one detector at every gain.
pub struct Library {
    /// Edges of the fit's bins, keV: equal steps in the root of the energy.
    pub(super) edges_kev: Vec<f64>,
    pub(super) entries: Vec<Entry>,
    /// `templates[gain][template][bin]`, each with sum 1 at gain 1.
    pub(super) templates: Vec<Vec<Vec<f64>>>,
    /// What a place without sources is made of: `vacant[gain][part][bin]`, all parts with sum 1 at gain 1.
    pub(super) vacant: Vec<Vec<Vec<f64>>>,
    /// How unlikely each template's surrounding is, in units of quality.
    pub(super) unlikely: Vec<f64>,
    pub(super) capable: bool,
    pub(super) width_bins: f64,
    version: String,
}

/// The name of the smooth continua.
pub const UNKNOWN: &str = "unknown";

impl Library {
    /// From the nuclides' file, the detector's response and its table. `threshold_kev` is used where the
    /// response names none.
    pub fn new(
        nuclides: &NuclideFile,
        response: &Response,
        table: &Table,
        threshold_kev: f64,
    ) -> Result<Self, LibraryError> {
        if nuclides.nuclides.is_empty() {
            return Err(LibraryError::Empty);
        }
        let threshold_kev = response.threshold_kev.unwrap_or(threshold_kev);
        let edges_kev = edges(response, threshold_kev);
        let width_bins = 1.0 / BINS_A_WIDTH;
        let mut library = Self {
            edges_kev,
            entries: Vec::new(),
            templates: vec![Vec::new(); GAINS],
            vacant: Vec::new(),
            unlikely: Vec::new(),
            capable: response.is_capable(),
            width_bins,
            version: version(nuclides, response, table),
        };
        let detector = Detector::new(table, response, threshold_kev);
        let first = table.energies_kev[0];
        let last = table.energies_kev[table.energies_kev.len() - 1];
        let step = table.recipe.step;
        let decays = UNKNOWN_KEV.into_iter();
        let mut unknown: Vec<_> =
            decays.map(|decay| continuum(first, last, step, |kev| libm::exp(-kev / decay))).collect();
        for nuclide in &nuclides.nuclides {
            let emission = nuclide.emission(first, last, step);
            if nuclide.is_bremsstrahlung_only() {
                unknown.push(emission);
            } else {
                library.add(&nuclide.name, nuclide.class, nuclide.fission, &[emission], &detector, table);
            }
        }
        library.add(UNKNOWN, Class::Snm, true, &unknown, &detector, table);
        library.add_vacant(&detector, table);
        Ok(library)
    }

    /// Which nuclides, response and tables it was made of.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// The names that can be given, with their classes.
    pub fn names(&self) -> impl Iterator<Item = (&str, Class)> {
        let named = self.entries.iter().filter(|entry| entry.name != UNKNOWN);
        named.map(|entry| (entry.name.as_str(), entry.class))
    }

    pub(super) fn bins(&self) -> usize {
        self.edges_kev.len() - 1
    }

    fn add(
        &mut self,
        name: &str,
        class: Class,
        smooth: bool,
        emissions: &[Vec<(f64, f64)>],
        detector: &Detector<'_>,
        table: &Table,
    ) {
        let first = self.templates[0].len();
        for emission in emissions {
            let mut bare = 0.0_f64;
            for shield in 0..table.shields.len() {
                let pulses = detector.pulses(emission, shield);
                bare = bare.max(pulses.total());
                let sum: f64 = pulses.rebin(&self.edges_kev, 1.0).iter().sum();
                if sum <= 0.0 || sum < LEAST_SHARE * bare {
                    continue;
                }
                self.unlikely.push(UNLIKELY * libm::log(bare / sum).max(0.0));
                for gain in 0..GAINS {
                    let mut template = pulses.rebin(&self.edges_kev, gain_of(gain as f64));
                    template.iter_mut().for_each(|bin| *bin /= sum);
                    self.templates[gain].push(template);
                }
            }
        }
        let end = self.templates[0].len();
        if end > first {
            self.entries.push(Entry { name: name.to_owned(), class, first, end, smooth });
        }
    }

    /// Soil of common make, by the counts that each chain gives, and what the air scatters. Only a start: a
    /// measured background is always better.
    fn add_vacant(&mut self, detector: &Detector<'_>, table: &Table) {
        let energies = &table.energies_kev;
        let last = energies[energies.len() - 1];
        let air = continuum(energies[0], last, table.recipe.step, |kev| libm::exp(-kev / AIR_KEV));
        let air = detector.pulses(&air, 0);
        let sum: f64 = air.rebin(&self.edges_kev, 1.0).iter().sum();
        for gain in 0..GAINS {
            let scattered = air.rebin(&self.edges_kev, gain_of(gain as f64));
            let mut parts = vec![scattered.iter().map(|bin| AIR_SHARE * bin / sum.max(1e-300)).collect()];
            for (name, share) in SOIL {
                let Some(entry) = self.entries.iter().find(|entry| entry.name == name) else { continue };
                let bulk = &self.templates[gain][entry.end - 1];
                parts.push(bulk.iter().map(|bin| (1.0 - AIR_SHARE) * share * bin).collect());
            }
            self.vacant.push(parts);
        }
    }
}

/// The gain of a place on the scale of gains.
pub fn gain_of(place: f64) -> f64 {
    1.0 + (place - GAIN_MIDDLE as f64) * GAIN_STEP
}

/// The gain nearest to this one at which templates were computed.
pub fn tabulated(gain: f64) -> f64 {
    let place = libm::round((gain - 1.0) / GAIN_STEP) + GAIN_MIDDLE as f64;
    gain_of(place.clamp(0.0, (GAINS - 1) as f64))
}

/// The first bins lie a little below the threshold, where pulses above it are read that low.
fn edges(response: &Response, threshold_kev: f64) -> Vec<f64> {
    let first = libm::sqrt((threshold_kev - 5.0).max(30.0));
    let middle = response.resolution.at_kev.clamp(300.0, 1500.0);
    let width = response.resolution.fwhm_kev(middle) / (2.0 * libm::sqrt(middle));
    let step = (BINS_A_WIDTH * width).clamp(0.1, 1.0);
    let bins = ((libm::sqrt(LAST_KEV) - first) / step) as usize;
    (0..=bins).map(|bin| first + bin as f64 * step).map(|root| root * root).collect()
}

fn version(nuclides: &NuclideFile, response: &Response, table: &Table) -> String {
    format!(
        "{} nuclides; {} {:.1} keV at {:.1} keV; {} surroundings, {} photons a row",
        nuclides.nuclides.len(),
        response.detector,
        response.resolution.fwhm_kev,
        response.resolution.at_kev,
        table.shields.len(),
        table.recipe.histories,
    )
}
