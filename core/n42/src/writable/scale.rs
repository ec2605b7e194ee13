//! Energies: calibrations that the standard and its readers can carry.

use std::collections::BTreeMap;

use super::ids::{Ids, Renamed};
use crate::document::{Calibration, Energy, Spectrum};
use crate::number::is_plain;
use crate::repair::Rule;

/// Fewest channels for which coefficients are written: widely used readers refuse a file with fewer.
pub(crate) const MIN_CHANNELS_BY_COEFFICIENTS: usize = 7;

/// The calibrations of a document, those that had to be made among them.
pub(super) struct Scales {
    old: BTreeMap<String, Energy>,
    renamed: Renamed,
    /// By old id and number of channels.
    made: BTreeMap<(String, usize), String>,
    pub calibrations: Vec<Calibration>,
    pub rules: Vec<Rule>,
}

impl Scales {
    pub fn new(old: Vec<Calibration>, ids: &mut Ids) -> Self {
        let mut scales = Self {
            old: BTreeMap::new(),
            renamed: Renamed::default(),
            made: BTreeMap::new(),
            calibrations: Vec::new(),
            rules: Vec::new(),
        };
        for calibration in old {
            let energy = padded(calibration.energy);
            // Of two with the same id, spectra refer to the first.
            let first = !scales.old.contains_key(&calibration.id);
            if is_strict(&energy) {
                let id = ids.take(&calibration.id, || "EnergyCalibration".to_owned());
                if first {
                    scales.renamed.add(calibration.id.clone(), &id);
                }
                scales.calibrations.push(Calibration { id, energy: energy.clone() });
            }
            if first {
                scales.old.insert(calibration.id, energy);
            }
        }
        scales
    }

    /// The id of the calibration that a spectrum shall have.
    pub fn of(&mut self, spectrum: &Spectrum, ids: &mut Ids) -> String {
        let channels = spectrum.channels.len();
        if let (Some(id), Some(energy)) =
            (self.renamed.get(&spectrum.calibration), self.old.get(&spectrum.calibration))
            && fits(energy, channels)
        {
            return id.clone();
        }
        let key = (spectrum.calibration.clone(), channels);
        if let Some(id) = self.made.get(&key) {
            return id.clone();
        }
        let energy = self.energy(&spectrum.calibration, channels);
        let id = ids.take("", || format!("EnergyCalibration-{}", self.calibrations.len() + 1));
        self.calibrations.push(Calibration { id: id.clone(), energy });
        self.made.insert(key, id.clone());
        id
    }

    /// Boundaries out of what is known, or the numbers of the channels.
    fn energy(&mut self, id: &str, channels: usize) -> Energy {
        let edges = self.old.get(id).and_then(|energy| match energy {
            Energy::Boundaries(edges) => edges.get(..=channels).map(<[f64]>::to_vec),
            energy => energy.edges(channels),
        });
        if let Some(edges) = edges.and_then(ascending) {
            self.rules.push(Rule::CalibrationForm);
            return Energy::Boundaries(edges);
        }
        self.rules.push(Rule::AssumedCalibration);
        match channels < MIN_CHANNELS_BY_COEFFICIENTS {
            true => Energy::Boundaries((0..=channels).map(|edge| edge as f64).collect()),
            false => Energy::Coefficients(vec![0.0, 1.0, 0.0]),
        }
    }
}

/// Three coefficients, where no others are needed.
fn padded(energy: Energy) -> Energy {
    match energy {
        Energy::Coefficients(mut terms) => {
            while terms.len() > 3 && terms.last() == Some(&0.0) {
                terms.pop();
            }
            terms.resize(terms.len().max(3), 0.0);
            Energy::Coefficients(terms)
        }
        boundaries => boundaries,
    }
}

/// Whether the schema and the rules take it.
fn is_strict(energy: &Energy) -> bool {
    match energy {
        Energy::Coefficients(terms) => terms.len() == 3 && terms.iter().copied().all(is_plain),
        Energy::Boundaries(edges) => {
            edges.len() >= 2
                && edges[0] >= 0.0
                && edges.is_sorted_by(|one, next| one < next)
                && edges.iter().copied().all(is_plain)
        }
    }
}

fn fits(energy: &Energy, channels: usize) -> bool {
    match energy {
        Energy::Coefficients(_) => channels >= MIN_CHANNELS_BY_COEFFICIENTS,
        Energy::Boundaries(edges) => edges.len() == channels + 1,
    }
}

/// Edges that ascend from zero or above. Those below zero, which no photon has, share what lies between zero and
/// the first one above.
fn ascending(mut edges: Vec<f64>) -> Option<Vec<f64>> {
    let below = edges.iter().take_while(|edge| **edge < 0.0).count();
    let first = edges.get(below).copied()?;
    for (index, edge) in edges.iter_mut().enumerate().take(below) {
        *edge = first * index as f64 / below as f64;
    }
    is_strict(&Energy::Boundaries(edges.clone())).then_some(edges)
}
