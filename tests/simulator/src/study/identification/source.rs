//! Expected spectra, and measurements drawn from them.

use greenlane_radiation::identify::{Detector, Nuclide, NuclideFile, Resolution, Response, Spectrum, Table};
use rand::{Rng, RngExt};

use crate::random::poisson;

/// Width of a fine bin of an expected spectrum, keV.
const FINE_KEV: f64 = 2.0;
/// A surrounding that lets less than this of the bare pulses through hides a source.
const HIDDEN: f64 = 3e-3;

/// Expected counts a fine bin, with sum 1, as this detector sees them at a gain of 1.
pub type Shape = Vec<f64>;

/// A detector with 1 024 channels of 3 keV.
#[derive(Debug, Clone, Copy)]
pub struct Spectra {
    /// Expected counts of the background.
    pub background: f64,
    /// Energy as read by energy as it is differs from 1 by at most this.
    pub gain_error: f64,
    /// Bend of the energy scale at K-40's line.
    pub bend: f64,
}

impl Spectra {
    /// Edges of the channels, keV.
    fn edges() -> Vec<f64> {
        (0..=1024).map(|channel| f64::from(channel) * 3.0).collect()
    }

    /// A measurement of this background and so many counts of a source, with a gain of its own.
    pub fn draw(&self, background: &Shape, source: Option<(&Shape, f64)>, rng: &mut impl Rng) -> Spectrum {
        let gain = 1.0 + self.gain_error * (2.0 * rng.random::<f64>() - 1.0);
        let bend = self.bend * (2.0 * rng.random::<f64>() - 1.0);
        let mut expected: Vec<f64> = background.iter().map(|bin| bin * self.background).collect();
        if let Some((shape, counts)) = source {
            expected.iter_mut().zip(shape).for_each(|(sum, bin)| *sum += bin * counts);
        }
        let whole = fine(expected);
        let read = |edge: f64| edge / gain * (1.0 + bend * (edge / 1460.8 - 0.5));
        let channels = whole.rebin(Self::edges().into_iter().map(read));
        let counts = channels.iter().map(|mean| f64::from(poisson(*mean, rng))).collect();
        spectrum(Self::edges(), counts)
    }
}

/// An expected spectrum as one that can be handed on; its scale does not matter.
pub fn fine(expected: Vec<f64>) -> Spectrum {
    let edges = (0..=expected.len()).map(|bin| bin as f64 * FINE_KEV).collect();
    spectrum(edges, expected)
}

fn spectrum(edges: Vec<f64>, counts: Vec<f64>) -> Spectrum {
    // Rising edges, one more than channels; counts come from sums and draws that are never negative.
    Spectrum::new(edges, counts, 1.0).expect("a simulated spectrum is a spectrum")
}

/// Makes shapes from the tables of a crystal.
pub struct Shapes<'a> {
    table: &'a Table,
    response: Response,
}

impl<'a> Shapes<'a> {
    /// Of this crystal, with lines so many times as wide as `resolution`.
    pub fn new(table: &'a Table, resolution: Resolution, wider: f64, threshold_kev: f64) -> Self {
        let resolution = Resolution { fwhm_kev: resolution.fwhm_kev * wider, ..resolution };
        let detector = "NaI".to_owned();
        let response =
            Response { detector, table: String::new(), resolution, threshold_kev: Some(threshold_kev) };
        Self { table, response }
    }

    /// A nuclide behind any of the surroundings through which it can be seen.
    pub fn behind_any(&self, nuclide: &Nuclide, rng: &mut impl Rng) -> Shape {
        let detector = Detector::new(self.table, &self.response, 0.0);
        let emission = self.emission(nuclide);
        let bare = detector.pulses(&emission, 0).total();
        loop {
            let shield = rng.random_range(0..self.table.shields.len());
            let pulses = detector.pulses(&emission, shield);
            if shield == 0 || pulses.total() > HIDDEN * bare {
                return shape(&pulses.rebin(&edges(), 1.0));
            }
        }
    }

    /// The field of soil and buildings: the natural chains from everywhere, and photons scattered in air.
    pub fn background(&self, nuclides: &NuclideFile) -> Shape {
        let detector = Detector::new(self.table, &self.response, 0.0);
        let bulk = self.table.shields.len() - 1;
        let mut sum = vec![0.0; edges().len() - 1];
        for (name, share) in [("K-40", 0.25), ("Ra-226", 0.25), ("Th-232", 0.25)] {
            let Some(nuclide) = nuclides.nuclides.iter().find(|nuclide| nuclide.name == name) else {
                continue;
            };
            let own = shape(&detector.pulses(&self.emission(nuclide), bulk).rebin(&edges(), 1.0));
            sum.iter_mut().zip(own).for_each(|(sum, bin)| *sum += share * bin);
        }
        let air: Vec<(f64, f64)> =
            (8..100).map(|step| 20.0 * f64::from(step)).map(|kev| (kev, libm::exp(-kev / 150.0))).collect();
        let own = shape(&detector.pulses(&air, 0).rebin(&edges(), 1.0));
        sum.iter_mut().zip(own).for_each(|(sum, bin)| *sum += 0.25 * bin);
        shape(&sum)
    }

    fn emission(&self, nuclide: &Nuclide) -> Vec<(f64, f64)> {
        let energies = &self.table.energies_kev;
        nuclide.emission(energies[0], energies[energies.len() - 1], self.table.recipe.step)
    }
}

fn edges() -> Vec<f64> {
    (0..=1500).map(|bin| f64::from(bin) * FINE_KEV).collect()
}

fn shape(counts: &[f64]) -> Shape {
    let sum: f64 = counts.iter().sum();
    counts.iter().map(|bin| bin / sum.max(1e-300)).collect()
}
