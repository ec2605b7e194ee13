//! From a gamma line to what a sodium iodide log counts of it.
//!
//! A simple model: peak, Compton continuum of the crystal, photons that were scattered before they came. It is
//! analytic, so that a simulated lane costs little, and shares nothing with the transport that identification's
//! tables are computed with.

use super::{CHANNELS, KEV_PER_CHANNEL};

/// Electron's rest energy, in keV.
const ELECTRON_KEV: f64 = 510.999;
/// Width at half maximum at 661.7 keV, in keV: 7.5 %.
const FWHM_661_KEV: f64 = 49.6;
/// Mean thickness of the crystal, in cm, and density of sodium iodide, in g/cm3.
const CRYSTAL_CM: f64 = 10.0;
const NAI_G_CM3: f64 = 3.67;
/// Density of iron, in g/cm3.
const IRON_G_CM3: f64 = 7.87;

/// Mass attenuation in cm2/g at an energy in keV (NIST XCOM, rounded), sodium iodide and iron.
const ATTENUATION: [(f64, f64, f64); 10] = [
    (30.0, 6.8, 8.2),
    (60.0, 6.6, 1.2),
    (100.0, 1.67, 0.372),
    (150.0, 0.61, 0.196),
    (200.0, 0.329, 0.146),
    (300.0, 0.167, 0.110),
    (500.0, 0.0955, 0.0841),
    (1000.0, 0.0590, 0.0600),
    (2000.0, 0.0412, 0.0426),
    (3000.0, 0.0367, 0.0362),
];

/// At an energy in keV: share of counts in the peak for a log in its surroundings, and for the crystal alone.
/// The first is a rule of thumb for a 4 x 4 x 16 inch log, the second general knowledge.
const PEAK: [(f64, f64, f64); 6] = [
    (60.0, 0.8, 0.97),
    (140.0, 0.6, 0.92),
    (662.0, 0.35, 0.58),
    (1461.0, 0.2, 0.42),
    (2614.0, 0.13, 0.33),
    (3000.0, 0.11, 0.31),
];

/// Adds `weight` photons of a line behind `iron_cm` of iron to a spectrum of counts before broadening.
pub(super) fn add_line(energy: f64, weight: f64, iron_cm: f64, spectrum: &mut Raw) {
    let (nai, iron) = (attenuation(energy).0, attenuation(energy).1);
    let seen = weight * (1.0 - libm::exp(-nai * NAI_G_CM3 * CRYSTAL_CM));
    let through = libm::exp(-iron * IRON_G_CM3 * iron_cm);
    let (peak, crystal) = between(&PEAK, energy);
    let continuum = peak * (1.0 - crystal) / crystal;
    let scattered = (1.0 - peak - continuum).max(0.0);
    spectrum.peaks.push((energy, seen * through * peak));
    compton(energy, seen * through * continuum, spectrum);
    // Of what the iron takes out of the line a third still comes, with less energy. Of the right order only.
    scatter(energy, seen * (through * scattered + (1.0 - through) / 3.0), spectrum);
}

/// Counts before broadening: peaks at exact energies, the rest by channel.
#[derive(Debug)]
pub(super) struct Raw {
    peaks: Vec<(f64, f64)>,
    rest: Vec<f64>,
}

impl Raw {
    pub(super) fn new() -> Self {
        Self { peaks: Vec::new(), rest: vec![0.0; CHANNELS] }
    }

    /// Adds a continuum of this shape, in counts a keV, scaled to `weight` counts.
    pub(super) fn add(&mut self, weight: f64, shape: impl Fn(f64) -> f64) {
        let shape: Vec<f64> = (0..CHANNELS).map(|n| shape(middle(n)).max(0.0)).collect();
        let sum: f64 = shape.iter().sum();
        if sum > 0.0 {
            self.rest.iter_mut().zip(shape).for_each(|(place, share)| *place += weight * share / sum);
        }
    }

    /// The spectrum as the crystal's resolution shows it, above the device's threshold at 40 keV.
    pub(super) fn broadened(&self) -> Vec<f64> {
        let mut spectrum = vec![0.0; CHANNELS];
        for &(energy, weight) in &self.peaks {
            spread(energy, weight, &mut spectrum);
        }
        for (n, weight) in self.rest.iter().enumerate().filter(|(_, weight)| **weight > 0.0) {
            spread(middle(n), *weight, &mut spectrum);
        }
        for (n, counts) in spectrum.iter_mut().enumerate() {
            *counts *= 0.5 * (1.0 + libm::erf((middle(n) - 40.0) / 5.0));
        }
        spectrum
    }
}

fn middle(channel: usize) -> f64 {
    (channel as f64 + 0.5) * KEV_PER_CHANNEL
}

/// Square-root law of the resolution.
fn sigma(energy: f64) -> f64 {
    FWHM_661_KEV / 2.3548 * libm::sqrt(energy / 661.7)
}

/// A Gaussian, integrated over each channel.
fn spread(energy: f64, weight: f64, spectrum: &mut [f64]) {
    let sigma = sigma(energy);
    let up_to = |edge: f64| 0.5 * libm::erf((edge - energy) / (sigma * std::f64::consts::SQRT_2));
    let channel = |energy: f64| (energy / KEV_PER_CHANNEL).max(0.0) as usize;
    let (first, last) = (channel(energy - 5.0 * sigma), channel(energy + 5.0 * sigma).min(CHANNELS - 1));
    let mut below = up_to(first as f64 * KEV_PER_CHANNEL);
    for (n, counts) in spectrum.iter_mut().enumerate().take(last + 1).skip(first) {
        let above = up_to((n + 1) as f64 * KEV_PER_CHANNEL);
        *counts += weight * (above - below);
        below = above;
    }
}

/// Electrons of one scattering in the crystal (Klein-Nishina); a sixth of them scatter twice and fill the
/// valley below the peak.
fn compton(energy: f64, weight: f64, spectrum: &mut Raw) {
    let alpha = energy / ELECTRON_KEV;
    let edge = energy * 2.0 * alpha / (1.0 + 2.0 * alpha);
    spectrum.add(weight * 5.0 / 6.0, |t| if t < edge { klein_nishina(energy, energy - t) } else { 0.0 });
    spectrum.add(weight / 6.0, |t| if (edge..energy).contains(&t) { 1.0 } else { 0.0 });
}

/// Photons that were scattered in load, vehicle and ground: once, from the backscatter peak upwards, or often.
fn scatter(energy: f64, weight: f64, spectrum: &mut Raw) {
    let back = energy / (1.0 + 2.0 * energy / ELECTRON_KEV);
    let once = |e: f64| if (back..energy).contains(&e) { klein_nishina(energy, e) } else { 0.0 };
    let often = |e: f64| if e < energy { e * libm::exp(-e / (0.25 * energy).max(60.0)) } else { 0.0 };
    spectrum.add(weight * 0.4, once);
    spectrum.add(weight * 0.6, often);
}

/// Klein-Nishina cross-section a unit of energy of the scattered photon, but for a constant factor.
fn klein_nishina(energy: f64, scattered: f64) -> f64 {
    let ratio = scattered / energy;
    let cosine = 1.0 - ELECTRON_KEV * (1.0 / scattered - 1.0 / energy);
    ratio + 1.0 / ratio - (1.0 - cosine * cosine)
}

/// Attenuation of sodium iodide and iron, in cm2/g, between the rows on double logarithmic paper.
fn attenuation(energy: f64) -> (f64, f64) {
    let rows = ATTENUATION.map(|(e, nai, iron)| (e, libm::log(nai), libm::log(iron)));
    let (nai, iron) = between(&rows, energy);
    (libm::exp(nai), libm::exp(iron))
}

/// Between the rows, straight in the logarithm of the energy; the last row beyond them.
fn between(rows: &[(f64, f64, f64)], energy: f64) -> (f64, f64) {
    let at = rows.partition_point(|row| row.0 <= energy).clamp(1, rows.len() - 1);
    let (low, high) = (rows[at - 1], rows[at]);
    let share = (libm::log(energy / low.0) / libm::log(high.0 / low.0)).clamp(0.0, 1.0);
    (low.1 + share * (high.1 - low.1), low.2 + share * (high.2 - low.2))
}
