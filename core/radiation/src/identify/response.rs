//! What a detector makes of photons: its description, and the tables that were computed for its crystal.

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// A detector as a file describes it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Response {
    /// `NaI`, `CsI`, `LaBr3`...; `PVT` names no nuclide.
    pub detector: String,
    /// The tables of its crystal: a name in `configs/responses`, without `.table.json`.
    #[serde(default = "default_table")]
    pub table: String,
    /// How wide a line is.
    pub resolution: Resolution,
    /// Below this pulse height in keV nothing is counted; without it, it is taken from the spectra.
    #[serde(default)]
    pub threshold_kev: Option<f64>,
}

/// Full width at half maximum by energy: `fwhm_kev * (E / at_kev) ^ exponent`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Resolution {
    /// Width of a line at `at_kev`, keV.
    pub fwhm_kev: f64,
    /// Energy of that line, keV.
    #[serde(default = "default_at_kev")]
    pub at_kev: f64,
    /// 0.5 when only the statistics of light count.
    #[serde(default = "default_exponent")]
    pub exponent: f64,
}

fn default_table() -> String {
    "nai".to_owned()
}

fn default_at_kev() -> f64 {
    661.7
}

fn default_exponent() -> f64 {
    0.5
}

/// A response or a table that cannot be used.
#[derive(Debug, Error)]
pub enum ResponseError {
    /// Not the form of a description.
    #[error("the response cannot be read: {0}")]
    Form(#[from] toml::de::Error),
    /// Not the form of a table.
    #[error("the table of the crystal cannot be read: {0}")]
    Table(#[from] serde_json::Error),
    /// A value that no detector has.
    #[error("{what} is {seen}, it must be from {least} to {most}")]
    Range {
        /// Which value.
        what: &'static str,
        /// As given.
        seen: f64,
        /// Least that is possible.
        least: f64,
        /// Most that is possible.
        most: f64,
    },
    /// Lengths that do not belong together.
    #[error("the table of the crystal has {0} that do not fit its energies: compute it again")]
    Shape(&'static str),
}

impl Response {
    /// From the text of a response file.
    pub fn parse(text: &str) -> Result<Self, ResponseError> {
        let response: Self = toml::from_str(text)?;
        let Resolution { fwhm_kev, at_kev, exponent } = response.resolution;
        in_range("resolution.at_kev", at_kev, 10.0, 3000.0)?;
        in_range("resolution.fwhm_kev", fwhm_kev, 0.01 * at_kev, 0.5 * at_kev)?;
        in_range("resolution.exponent", exponent, 0.0, 1.0)?;
        in_range("threshold_kev", response.threshold_kev.unwrap_or(0.0), 0.0, 300.0)?;
        Ok(response)
    }

    /// Whether lines can be told apart at all.
    pub fn is_capable(&self) -> bool {
        !self.detector.eq_ignore_ascii_case("pvt")
    }
}

impl Resolution {
    /// Full width at half maximum at this energy, keV.
    pub fn fwhm_kev(&self, energy_kev: f64) -> f64 {
        self.fwhm_kev * libm::pow(energy_kev.max(1.0) / self.at_kev, self.exponent)
    }
}

fn in_range(what: &'static str, seen: f64, least: f64, most: f64) -> Result<(), ResponseError> {
    if (least..=most).contains(&seen) {
        Ok(())
    } else {
        Err(ResponseError::Range { what, seen, least, most })
    }
}

/// The tables of one crystal, as `greenlane study response` computes them.
#[derive(Debug, Clone, Deserialize)]
pub struct Table {
    /// How they were computed.
    pub recipe: Recipe,
    /// Energy of each row, keV, rising by a constant ratio.
    pub energies_kev: Vec<f64>,
    /// The crystal's answers.
    pub detector: Detector,
    /// What is thrown back by what stands behind the source.
    pub behind: Vec<LeakageRow>,
    /// What leaks out of each surrounding.
    pub shields: Vec<Shield>,
}

/// What of a recipe matters to a reader of the table.
#[derive(Debug, Clone, Deserialize)]
pub struct Recipe {
    /// Photons a row.
    pub histories: f64,
    /// Ratio of one row's energy to the one before.
    pub step: f64,
}

/// A crystal's answers.
#[derive(Debug, Clone, Deserialize)]
pub struct Detector {
    /// What an escaping X-ray takes away, keV.
    pub x_ray_kev: f64,
    /// One row an energy.
    pub rows: Vec<DetectorRow>,
}

/// Counts of one energy: full, less an X-ray, less one and two annihilation quanta, anything else in equal
/// bins up to the full energy.
#[derive(Debug, Clone, Deserialize)]
pub struct DetectorRow {
    /// All of the energy.
    pub full: f64,
    /// All but an X-ray.
    pub x_escape: f64,
    /// All but one, all but two annihilation quanta.
    pub escapes: [f64; 2],
    /// Anything else.
    pub continuum: Vec<f64>,
}

/// One surrounding of a source.
#[derive(Debug, Clone, Deserialize)]
pub struct Shield {
    /// Its name.
    pub name: String,
    /// Share of what leaves it that also meets what stands behind.
    pub behind: f64,
    /// One row an energy.
    pub rows: Vec<LeakageRow>,
}

/// What leaves of the photons of one energy.
#[derive(Debug, Clone, Deserialize)]
pub struct LeakageRow {
    /// Share that was not touched.
    pub direct: f64,
    /// The others: counts in the bins above each energy of the table, from the lowest.
    pub scattered: Vec<f64>,
}

impl Table {
    /// From the text of a table.
    pub fn parse(text: &str) -> Result<Self, ResponseError> {
        let table: Self = serde_json::from_str(text)?;
        let rows = table.energies_kev.len();
        in_range("recipe.step", table.recipe.step, 1.001, 1.2)?;
        in_range("recipe.histories", table.recipe.histories, 1.0, 1e9)?;
        if rows < 2 || table.energies_kev.windows(2).any(|pair| pair[1] <= pair[0]) {
            return Err(ResponseError::Shape("energies"));
        }
        let crystal = &table.detector.rows;
        if crystal.len() != rows || crystal.iter().any(|row| row.continuum.is_empty()) {
            return Err(ResponseError::Shape("rows of the crystal"));
        }
        let short =
            |found: &[LeakageRow]| found.len() != rows || found.iter().any(|row| row.scattered.len() > rows);
        if short(&table.behind) || table.shields.iter().any(|shield| short(&shield.rows)) {
            return Err(ResponseError::Shape("rows of a shield"));
        }
        Ok(table)
    }

    /// The row nearest to this energy, in the logarithm.
    pub fn row(&self, energy_kev: f64) -> usize {
        let first = self.energies_kev[0];
        let row = libm::log(energy_kev / first) / libm::log(self.recipe.step) + 0.5;
        // The cast saturates at zero.
        (row as usize).min(self.energies_kev.len() - 1)
    }
}
