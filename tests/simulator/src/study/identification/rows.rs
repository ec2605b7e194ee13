//! Many spectra of one kind.

use greenlane_radiation::identify::{Library, NuclideFile, Resolution, Spectrum, Table, identify};
use rand::{Rng, RngExt};

use super::source::{Shape, Shapes, Spectra, fine};
use super::tally::{Tally, Truth};
use crate::random::{LaneSeed, Purpose};
use crate::study::in_parallel;

/// Spread of the lines' intensities around the library's (standard deviation of the logarithm), and of their
/// energies (relative, at most).
const INTENSITY_SPREAD: f64 = 0.10;
const ENERGY_SPREAD: f64 = 0.001;
/// How much wider or narrower lines are than the library thinks.
const WIDTH_SPREAD: f64 = 0.05;
/// Bend of the energy scale at K-40's line, at most.
const BEND: f64 = 0.006;

/// Spectra that the library has not seen.
pub struct Unseen<'a> {
    /// The nuclides with lines that are a little off.
    pub nuclides: NuclideFile,
    /// Another crystal and other surroundings.
    pub table: &'a Table,
    /// What the library thinks of the resolution, and the threshold of both.
    pub resolution: Resolution,
    /// Below this nothing is counted, keV.
    pub threshold_kev: f64,
    /// What is examined.
    pub library: &'a Library,
    /// Seed of the study.
    pub seed: u64,
    /// Threads.
    pub threads: usize,
}

/// Which spectra.
#[derive(Debug, Clone, Copy)]
pub struct Wanted {
    /// Number of the row: another one has other chance.
    pub row: u64,
    /// Counts of the source.
    pub counts: f64,
    /// Expected counts of the background.
    pub background: f64,
    /// Spectra.
    pub runs: u64,
}

impl Unseen<'_> {
    /// The library's nuclides with lines that are off as a published table may be.
    pub fn disturbed(nuclides: &NuclideFile, seed: u64) -> NuclideFile {
        let mut rng = LaneSeed { seed, lane: 0 }.stream(Purpose::Study, u64::MAX);
        let mut disturbed = nuclides.clone();
        for line in disturbed.nuclides.iter_mut().flat_map(|nuclide| &mut nuclide.lines) {
            // The sum of twelve uniform draws has variance 1.
            let normal = (0..12).map(|_| rng.random::<f64>()).sum::<f64>() - 6.0;
            line[0] *= 1.0 + ENERGY_SPREAD * (2.0 * rng.random::<f64>() - 1.0);
            line[1] *= libm::exp(INTENSITY_SPREAD * normal);
        }
        disturbed
    }

    /// So many spectra of one nuclide, each behind a surrounding of its own.
    pub fn nuclide(&self, name: &str, wanted: Wanted) -> Tally {
        let Some(index) = self.nuclides.nuclides.iter().position(|nuclide| nuclide.name == name) else {
            return Tally::default();
        };
        let nuclide = &self.nuclides.nuclides[index];
        let truth = Truth { name: &nuclide.name, class: nuclide.class };
        self.run(wanted, index as u64, |shapes, rng| Some(shapes.behind_any(nuclide, rng)), Some(truth))
    }

    /// So many spectra with nothing but the background, up to a quarter of it shadowed.
    pub fn background(&self, wanted: Wanted) -> Tally {
        self.run(wanted, 1000, |_, _| None, None)
    }

    fn run(
        &self,
        wanted: Wanted,
        index: u64,
        source: impl Fn(&Shapes<'_>, &mut rand_chacha::ChaCha12Rng) -> Option<Shape> + Sync,
        truth: Option<Truth<'_>>,
    ) -> Tally {
        const CHUNK: u64 = 25;
        let wide = [1.0 - WIDTH_SPREAD, 1.0 + WIDTH_SPREAD];
        let kinds = wide.map(|wider| Shapes::new(self.table, self.resolution, wider, self.threshold_kev));
        let vacant = kinds.each_ref().map(|shapes| shapes.background(&self.nuclides));
        let measured = vacant.each_ref().map(long_measurement);
        let chunk = |number: u64| {
            let seed = LaneSeed { seed: self.seed, lane: wanted.row * 10_000 + index };
            let mut rng = seed.stream(Purpose::Study, number);
            let mut tally = Tally::default();
            for _ in 0..CHUNK.min(wanted.runs - number * CHUNK) {
                let kind = rng.random_range(0..kinds.len());
                let shape = source(&kinds[kind], &mut rng);
                let shadow = if shape.is_none() { 0.25 * rng.random::<f64>() } else { 0.0 };
                let background = wanted.background * (1.0 - shadow);
                let spectra = Spectra { background, gain_error: 0.05, bend: BEND };
                let source = shape.as_ref().map(|shape| (shape, wanted.counts));
                let seen = spectra.draw(&vacant[kind], source, &mut rng);
                tally.add(truth, &identify(&seen, Some(&measured[kind]), self.library));
            }
            tally
        };
        let tallies = in_parallel(wanted.runs.div_ceil(CHUNK), self.threads, chunk);
        tallies.into_iter().fold(Tally::default(), Tally::with)
    }
}

/// A background that was measured for so long that it has no noise.
fn long_measurement(shape: &Shape) -> Spectrum {
    fine(shape.iter().map(|bin| bin * 1e6).collect())
}

/// Spectra made from base spectra of somebody else's.
pub fn from_base(
    library: &Library,
    shapes: (&Shape, &Shape),
    truth: Truth<'_>,
    wanted: Wanted,
    rng: &mut impl Rng,
) -> Tally {
    let (background, source) = shapes;
    let measured = long_measurement(background);
    let spectra = Spectra { background: wanted.background, gain_error: 0.05, bend: 0.0 };
    let mut tally = Tally::default();
    for _ in 0..wanted.runs {
        let seen = spectra.draw(background, Some((source, wanted.counts)), rng);
        tally.add(Some(truth), &identify(&seen, Some(&measured), library));
    }
    tally
}

/// An expected spectrum from a measured one: fine bins, widened from its own resolution to another.
pub fn widened(spectrum: &Spectrum, own: impl Fn(f64) -> f64, wanted: Resolution) -> Shape {
    let counts = spectrum.rebin((0..=1500).map(|bin| f64::from(bin) * 2.0));
    let mut shape = vec![0.0; counts.len()];
    for (bin, counts) in counts.iter().enumerate() {
        let kev = bin as f64 * 2.0 + 1.0;
        let missing = wanted.fwhm_kev(kev) * wanted.fwhm_kev(kev) - own(kev) * own(kev);
        let sigma = libm::sqrt(missing.max(1.0)) / 2.354_82 / 2.0;
        let reach = (5.0 * sigma) as usize + 1;
        let range = bin.saturating_sub(reach)..(bin + reach + 1).min(shape.len());
        let part = |at: usize| {
            let away = (at as f64 - bin as f64) / sigma;
            libm::exp(-0.5 * away * away)
        };
        let all: f64 = range.clone().map(part).sum();
        range.for_each(|at| shape[at] += counts * part(at) / all);
    }
    let sum: f64 = shape.iter().sum();
    shape.iter().map(|bin| bin / sum.max(1e-300)).collect()
}
