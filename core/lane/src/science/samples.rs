//! What a portal counted in one occupancy, sample by sample.

use std::collections::BTreeMap;

use greenlane_model::{Background, Body, Counts, Observation, Occupancy, Spectrum, SpectrumClass};

/// More samples of one occupancy than this are not kept: an hour at 0.2 s.
const MAX_SAMPLES: usize = 18_000;
/// More detectors than this do not stand in one portal.
const MAX_DETECTORS: usize = 64;

/// The samples of the occupancy that is open, and the background before it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Samples {
    open: bool,
    pub(crate) gamma: Series,
    pub(crate) neutron: Series,
    /// By detector, summed over the occupancy.
    pub(crate) foreground: BTreeMap<String, Summed>,
    pub(crate) background: Option<Background>,
    /// By detector, the latest.
    pub(crate) vacant: BTreeMap<String, Summed>,
}

/// Counts of one kind of detector.
#[derive(Debug, Clone, Default)]
pub(crate) struct Series {
    /// Middle of each sample, in ns of the monotonic clock.
    pub(crate) at_ns: Vec<u64>,
    pub(crate) counts: Vec<Vec<u32>>,
    pub(crate) interval_s: f64,
    /// Samples of different lengths or numbers of panels, or more than are kept.
    pub(crate) uneven: bool,
}

/// Spectra of one detector, added up.
#[derive(Debug, Clone)]
pub(crate) struct Summed {
    pub(crate) counts: Vec<f64>,
    pub(crate) live_s: f64,
    pub(crate) calibration_kev: Vec<f64>,
}

impl Samples {
    /// Takes the portal's next observation.
    pub(crate) fn take(&mut self, said: &Observation) {
        match &said.body {
            Body::Gamma(counts) => {
                if !self.open && !counts.pre_roll {
                    self.gamma = Series::default();
                    return;
                }
                self.gamma.push(counts, said.at.mono_ns);
            }
            Body::Neutron(counts) if self.open => self.neutron.push(counts, said.at.mono_ns),
            Body::Background(background) => self.background(background),
            Body::Spectrum(spectrum) => self.spectrum(spectrum),
            Body::Occupancy(Occupancy::Started) => self.open = true,
            _ => {}
        }
    }

    /// What was counted in the occupancy that has ended; the backgrounds stay.
    pub(crate) fn close(&mut self) -> Self {
        let kept =
            Self { background: self.background.clone(), vacant: self.vacant.clone(), ..Self::default() };
        std::mem::replace(self, kept)
    }

    fn background(&mut self, new: &Background) {
        let known = self.background.get_or_insert(Background { gamma_cps: None, neutron_cps: None });
        if new.gamma_cps.is_some() {
            known.gamma_cps.clone_from(&new.gamma_cps);
        }
        if new.neutron_cps.is_some() {
            known.neutron_cps.clone_from(&new.neutron_cps);
        }
    }

    fn spectrum(&mut self, spectrum: &Spectrum) {
        let of = match spectrum.class {
            SpectrumClass::Background => &mut self.vacant,
            SpectrumClass::Foreground if self.open => &mut self.foreground,
            SpectrumClass::Foreground => return,
        };
        let new = Summed::new(spectrum);
        let room = of.len() < MAX_DETECTORS;
        match of.get_mut(&spectrum.detector) {
            Some(sum) if spectrum.class == SpectrumClass::Foreground && sum.fits(&new) => sum.add(&new),
            Some(sum) => *sum = new,
            None if room => {
                of.insert(spectrum.detector.clone(), new);
            }
            None => {}
        }
    }
}

impl Series {
    fn push(&mut self, counts: &Counts, end_ns: u64) {
        let interval_s = counts.interval.value();
        let same = self.counts.first().is_none_or(|first| first.len() == counts.counts.len())
            && (self.counts.is_empty() || (self.interval_s - interval_s).abs() < 1e-9);
        if !same || self.counts.len() >= MAX_SAMPLES {
            self.uneven = true;
            return;
        }
        self.interval_s = interval_s;
        self.at_ns.push(end_ns.saturating_sub((interval_s * 0.5e9) as u64));
        self.counts.push(counts.counts.clone());
    }
}

impl Summed {
    fn new(spectrum: &Spectrum) -> Self {
        Self {
            counts: spectrum.counts.iter().map(|&n| f64::from(n)).collect(),
            live_s: spectrum.live.value(),
            calibration_kev: spectrum.calibration_kev.clone(),
        }
    }

    fn fits(&self, other: &Self) -> bool {
        self.counts.len() == other.counts.len() && self.calibration_kev == other.calibration_kev
    }

    fn add(&mut self, other: &Self) {
        self.counts.iter_mut().zip(&other.counts).for_each(|(sum, n)| *sum += n);
        self.live_s += other.live_s;
    }

    /// All that share the first one's calibration, added up; `None` without any.
    pub(crate) fn total<'a>(mut all: impl Iterator<Item = &'a Self>) -> Option<Self> {
        let mut sum = all.next()?.clone();
        for other in all {
            if sum.fits(other) {
                sum.add(other);
            }
        }
        Some(sum)
    }
}
