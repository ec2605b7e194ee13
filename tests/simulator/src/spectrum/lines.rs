//! What radiates, and at which energies.

use serde::{Deserialize, Serialize};

/// A source of gamma radiation that a spectrometer could name.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, schemars::JsonSchema,
)]
#[allow(missing_docs, reason = "the names are the nuclides' own")]
pub enum Emitter {
    #[serde(rename = "K-40")]
    K40,
    #[serde(rename = "Ra-226")]
    Ra226,
    #[serde(rename = "Th-232")]
    Th232,
    #[serde(rename = "Cs-137")]
    Cs137,
    #[serde(rename = "Co-60")]
    Co60,
    #[serde(rename = "Tc-99m")]
    Tc99m,
    #[serde(rename = "I-131")]
    I131,
    /// Its prompt gamma radiation, a continuum; its neutrons are a source of their own.
    #[serde(rename = "Cf-252")]
    Cf252,
}

impl Emitter {
    /// Every emitter.
    pub const ALL: [Self; 8] =
        [Self::K40, Self::Ra226, Self::Th232, Self::Cs137, Self::Co60, Self::Tc99m, Self::I131, Self::Cf252];

    /// Its name as an instrument writes it.
    pub fn name(self) -> &'static str {
        match self {
            Self::K40 => "K-40",
            Self::Ra226 => "Ra-226",
            Self::Th232 => "Th-232",
            Self::Cs137 => "Cs-137",
            Self::Co60 => "Co-60",
            Self::Tc99m => "Tc-99m",
            Self::I131 => "I-131",
            Self::Cf252 => "Cf-252",
        }
    }

    /// Energies in keV with photons per 100 decays, daughters in equilibrium (ICRP Publication 107). Of the
    /// two chains the lines above about 1.5 per 100 decays.
    pub(super) fn lines(self) -> Vec<(f64, f64)> {
        match self {
            Self::K40 => vec![(1460.8, 10.7)],
            Self::Ra226 => RA_226.to_vec(),
            Self::Th232 => TH_232.to_vec(),
            Self::Cs137 => vec![(32.1, 5.8), (661.7, 84.7)],
            Self::Co60 => vec![(1173.2, 99.9), (1332.5, 100.0)],
            Self::Tc99m => vec![(140.5, 89.0)],
            Self::I131 => vec![(80.2, 2.6), (284.3, 6.1), (364.5, 82.0), (637.0, 7.2), (722.9, 1.8)],
            Self::Cf252 => prompt(),
        }
    }
}

const RA_226: [(f64, f64); 15] = [
    (77.1, 10.7),
    (186.2, 3.6),
    (242.0, 7.3),
    (295.2, 18.4),
    (351.9, 35.6),
    (609.3, 45.5),
    (768.4, 4.9),
    (934.1, 3.1),
    (1120.3, 14.9),
    (1238.1, 5.8),
    (1377.7, 4.0),
    (1729.6, 2.9),
    (1764.5, 15.3),
    (2204.2, 4.9),
    (2447.9, 1.5),
];

const TH_232: [(f64, f64); 16] = [
    (77.1, 17.5),
    (238.6, 43.3),
    (277.4, 2.3),
    (300.1, 3.3),
    (338.3, 11.3),
    (463.0, 4.4),
    (510.8, 8.1),
    (583.2, 30.4),
    (727.3, 6.6),
    (794.9, 4.3),
    (860.6, 4.5),
    (911.2, 25.8),
    (969.0, 15.8),
    (1588.2, 3.2),
    (1620.5, 1.5),
    (2614.5, 35.6),
];

/// Prompt gamma radiation of fission as closely spaced lines: flat up to 300 keV, then falling to 1/e in
/// 900 keV. The shape is general knowledge, of the right order.
fn prompt() -> Vec<(f64, f64)> {
    let energies = (0..72).map(|n| 110.0 + 40.0 * f64::from(n));
    energies.map(|energy: f64| (energy, 10.0 * libm::exp(-(energy - 300.0).max(0.0) / 900.0))).collect()
}
