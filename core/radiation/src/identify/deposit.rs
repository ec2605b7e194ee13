//! From photons to pulses: what a source sends out, through a surrounding, into the crystal, and widened by
//! its resolution.

use super::response::{LeakageRow, Resolution, Response, Table};

/// Width of the fine bins, keV.
const FINE_KEV: f64 = 2.0;
/// Number of fine bins: to 3 100 keV.
const FINE: usize = 1550;
/// Standard deviations after which a widened line is left out.
const REACH: f64 = 4.5;

/// Photons on their way to the crystal: lines, and photons a bin of the table's energies.
struct Flux {
    lines: Vec<(f64, f64)>,
    bins: Vec<f64>,
}

/// Makes pulse height spectra of one detector.
pub struct Detector<'a> {
    table: &'a Table,
    threshold_kev: f64,
    /// First fine bin and shares from there on, for each fine bin.
    widened: Vec<(usize, Vec<f64>)>,
}

impl<'a> Detector<'a> {
    /// A crystal behind this response; `threshold_kev` stands in where the response names none.
    pub fn new(table: &'a Table, response: &Response, threshold_kev: f64) -> Self {
        let widened = (0..FINE).map(|bin| widen(bin, response.resolution)).collect();
        Self { table, threshold_kev: response.threshold_kev.unwrap_or(threshold_kev), widened }
    }

    /// Pulses a fine bin of photons that leave a surrounding (a number in the table), widened.
    pub fn pulses(&self, emission: &[(f64, f64)], shield: usize) -> Pulses {
        let flux = self.leaked(emission, shield);
        let mut deposited = vec![0.0; FINE];
        for (kev, photons) in &flux.lines {
            self.deposit(*kev, 0.0, *photons, &mut deposited);
        }
        for (row, photons) in flux.bins.iter().enumerate().filter(|(_, photons)| **photons > 0.0) {
            let (middle, width) = self.bin(row);
            self.deposit(middle, width, *photons, &mut deposited);
        }
        let cut = ((self.threshold_kev / FINE_KEV) as usize).min(FINE);
        deposited[..cut].fill(0.0);
        let mut below = vec![0.0; FINE + 1];
        for (pulses, (first, shares)) in deposited.iter().zip(&self.widened) {
            if *pulses > 0.0 {
                for (share, sum) in shares.iter().zip(&mut below[first + 1..]) {
                    *sum += pulses * share;
                }
            }
        }
        for bin in 0..FINE {
            below[bin + 1] += below[bin];
        }
        Pulses { below }
    }

    fn leaked(&self, emission: &[(f64, f64)], shield: usize) -> Flux {
        let shield = &self.table.shields[shield];
        let mut flux = Flux { lines: Vec::new(), bins: vec![0.0; self.table.energies_kev.len()] };
        let last = self.table.energies_kev.last().copied().unwrap_or(0.0);
        for (kev, photons) in emission.iter().filter(|(kev, _)| (15.0..=last).contains(kev)) {
            let row = self.table.row(*kev);
            flux.lines.push((*kev, photons * shield.rows[row].direct));
            self.scatter(&shield.rows[row], row, *kev, *photons, &mut flux.bins);
        }
        if shield.behind > 0.0 {
            let mut back = vec![0.0; flux.bins.len()];
            for (kev, photons) in &flux.lines {
                let row = self.table.row(*kev);
                self.scatter(&self.table.behind[row], row, *kev, photons * shield.behind, &mut back);
            }
            for row in 0..flux.bins.len() {
                let (middle, _) = self.bin(row);
                let photons = flux.bins[row] * shield.behind;
                self.scatter(&self.table.behind[row], row, middle, photons, &mut back);
            }
            flux.bins.iter_mut().zip(back).for_each(|(bin, back)| *bin += back);
        }
        flux
    }

    /// Adds the scattered part of a row, stretched from the row's energy to the photon's.
    fn scatter(&self, leak: &LeakageRow, row: usize, kev: f64, photons: f64, bins: &mut [f64]) {
        let steps = libm::log(kev / self.table.energies_kev[row]) / libm::log(self.table.recipe.step);
        for (bin, counts) in leak.scattered.iter().enumerate().filter(|(_, counts)| **counts > 0.0) {
            let share = photons * counts / self.table.recipe.histories;
            let at = (bin as f64 + steps).max(0.0);
            let low = (at as usize).min(bins.len() - 1);
            let high = (low + 1).min(bins.len() - 1);
            let part = (at - low as f64).min(1.0);
            bins[low] += share * (1.0 - part);
            bins[high] += share * part;
        }
    }

    /// Middle and width of a bin of scattered photons, keV.
    fn bin(&self, row: usize) -> (f64, f64) {
        let low = self.table.energies_kev[row];
        (low * libm::sqrt(self.table.recipe.step), low * (self.table.recipe.step - 1.0))
    }

    /// Adds what the crystal makes of photons of one energy, or of a band of this width around it.
    fn deposit(&self, kev: f64, width: f64, photons: f64, deposited: &mut [f64]) {
        let row = &self.table.detector.rows[self.table.row(kev)];
        let photon = photons / self.table.recipe.histories;
        let mut peak = |counts: f64, lost: f64| {
            spread(kev - lost - width / 2.0, kev - lost + width / 2.0, photon * counts, deposited);
        };
        peak(row.full, 0.0);
        peak(row.x_escape, self.table.detector.x_ray_kev);
        peak(row.escapes[0], 511.0);
        peak(row.escapes[1], 1022.0);
        let step = kev / row.continuum.len() as f64;
        for (bin, counts) in row.continuum.iter().enumerate().filter(|(_, counts)| **counts > 0.0) {
            spread(bin as f64 * step, (bin + 1) as f64 * step, photon * counts, deposited);
        }
    }
}

/// Spreads pulses evenly from `low` to `high` keV.
fn spread(low: f64, high: f64, pulses: f64, deposited: &mut [f64]) {
    // At least a fine bin wide, so that a line moves smoothly with its energy.
    let widen = (FINE_KEV - (high - low)).max(0.0) / 2.0;
    let (low, high) = ((low - widen) / FINE_KEV, (high + widen) / FINE_KEV);
    if pulses <= 0.0 || high <= 0.0 {
        return;
    }
    let dense = pulses / (high - low);
    let last = (high as usize).min(deposited.len() - 1);
    for (bin, sum) in deposited.iter_mut().enumerate().take(last + 1).skip(low.max(0.0) as usize) {
        let part = (bin as f64 + 1.0).min(high) - (bin as f64).max(low);
        *sum += dense * part.max(0.0);
    }
}

/// Where the pulses of one fine bin go.
fn widen(bin: usize, resolution: Resolution) -> (usize, Vec<f64>) {
    let middle = (bin as f64 + 0.5) * FINE_KEV;
    let sigma = (resolution.fwhm_kev(middle) / 2.354_82).max(0.2 * FINE_KEV);
    let first = ((middle - REACH * sigma) / FINE_KEV).max(0.0) as usize;
    let last = (((middle + REACH * sigma) / FINE_KEV) as usize).min(FINE - 1);
    let below = |edge: usize| {
        let away = (edge as f64 * FINE_KEV - middle) / sigma;
        0.5 * libm::erfc(-away / std::f64::consts::SQRT_2)
    };
    (first, (first..=last).map(|bin| below(bin + 1) - below(bin)).collect())
}

/// A widened pulse height spectrum, as sums up to each fine edge.
pub struct Pulses {
    below: Vec<f64>,
}

impl Pulses {
    /// Pulses between each two neighbours of the edges, which are read `gain` times too high.
    pub fn rebin(&self, edges_kev: &[f64], gain: f64) -> Vec<f64> {
        let below = |edge: f64| {
            let at = (edge / gain / FINE_KEV).clamp(0.0, FINE as f64);
            let low = (at as usize).min(FINE - 1);
            self.below[low] + (at - low as f64) * (self.below[low + 1] - self.below[low])
        };
        edges_kev.windows(2).map(|pair| (below(pair[1]) - below(pair[0])).max(0.0)).collect()
    }

    /// All pulses.
    pub fn total(&self) -> f64 {
        self.below[FINE]
    }
}
