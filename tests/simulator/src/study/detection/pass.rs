//! One simulated pass of the reference lane.

use greenlane_radiation::detect::{EnergyWindows, NeutronCounts, Panel, PassRecord};
use rand::{Rng, RngExt};

use crate::physics::covered_share;
use crate::random::{chance, poisson};

/// The panels: lateral place and height, in m. The lower ones see a deeper shadow.
const PANELS: [[f64; 2]; 4] = [[2.25, 0.8], [2.25, 2.0], [-2.25, 0.8], [-2.25, 2.0]];
/// Depth of the shadow on a lower and an upper panel over that on the sum.
const LOW_HIGH: [f64; 2] = [1.2, 0.8];
/// Share of the background at low energies.
const SOFT_SHARE: f64 = 0.665;
/// The shadow takes low energies so many times as deep as all, and high ones.
const SOFT_HARD: [f64; 2] = [1.07, 0.86];
/// Neutron background of one bank, in cps.
const BANK_CPS: f64 = 0.6;
/// Bursts of neutrons from steel a second, and the most counts of one.
const BURSTS_CPS: f64 = 0.05;
const BURST_MAX: u32 = 10;
/// Where the front is at the edge of the first sample, and how far the rear is past the panels at the end,
/// in m.
const BEFORE_M: f64 = 6.0;
const AFTER_M: f64 = 5.83;

/// The lane and what the portal tells.
#[derive(Debug, Clone, PartialEq)]
pub struct Lane {
    /// Background of all panels, in cps.
    pub background_cps: f64,
    /// Length of a sample, in s.
    pub dt_s: f64,
    /// From the middle to the panels, in m.
    pub distance_m: f64,
    /// Length of the vehicle, in m.
    pub length_m: f64,
    /// Speed that the portal is told, in m/s.
    pub speed_mps: f64,
    /// What it tells: only the sum; or panels, energy windows and neutrons.
    pub full: bool,
}

/// What is true of one pass, whether the portal knows or not.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Scene {
    /// Depth of the shadow.
    pub shadow: f64,
    /// Depth and place of the gap behind the cab.
    pub gap: [f64; 2],
    /// True speed over the told one.
    pub speed: f64,
    /// True background over the told one, at the start.
    pub level: f64,
    /// Relative rise of the background during the pass.
    pub ramp: f64,
    /// How long the told background was counted, in s; without it, it is exact.
    pub counted_s: Option<f64>,
    /// A stop: position of the front in m, and seconds. The portal follows it.
    pub stop: Option<[f64; 2]>,
    /// Whether the load is steel or lead, which sends out bursts of neutrons.
    pub bursts: bool,
    /// A source.
    pub source: Option<Source>,
    /// A distributed load: from and to, in m behind the front, and its rate over the background.
    pub load: Option<[f64; 3]>,
}

/// A point source.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Source {
    /// Rate at its peak in all panels, in cps.
    pub peak_cps: f64,
    /// Place behind the front, in m.
    pub x0_m: f64,
    /// Place beside the middle and above the road, in m; used where the lane tells its panels.
    pub place_m: [f64; 2],
}

impl Default for Scene {
    fn default() -> Self {
        Self {
            shadow: 0.15,
            gap: [0.0, 3.0],
            speed: 1.0,
            level: 1.0,
            ramp: 0.0,
            counted_s: None,
            stop: None,
            bursts: false,
            source: None,
            load: None,
        }
    }
}

impl Lane {
    /// The reference: 903 cps, 200 ms, 17 km/h, 16.5 m, only the sum told.
    pub fn reference() -> Self {
        Self {
            background_cps: 903.0,
            dt_s: 0.2,
            distance_m: 2.25,
            length_m: 16.5,
            speed_mps: 17.0 / 3.6,
            full: false,
        }
    }

    /// The same with everything told.
    pub fn full() -> Self {
        Self { full: true, ..Self::reference() }
    }

    /// Positions of the front in the middle of each sample, at this share of the told speed.
    pub fn positions(&self, speed: f64, stop: Option<[f64; 2]>) -> Vec<f64> {
        let step = self.speed_mps * self.dt_s;
        let samples = libm::round((BEFORE_M + self.length_m + AFTER_M) / step).max(1.0) as usize;
        let stopped = stop.map_or(0, |[_, seconds]| libm::round(seconds / self.dt_s) as usize);
        let at = |i: usize| -BEFORE_M + speed * step * (i as f64 + 0.5);
        let Some([place, _]) = stop else { return (0..samples).map(at).collect() };
        let before = (0..samples).take_while(|i| at(*i) < place).count();
        (0..before).chain(std::iter::repeat_n(before, stopped)).chain(before..samples).map(at).collect()
    }

    /// What the portal would have written.
    pub fn pass(&self, scene: &Scene, rng: &mut impl Rng) -> PassRecord {
        let told = self.positions(1.0, scene.stop);
        let moved = self.positions(scene.speed, scene.stop);
        let panels = if self.full { PANELS.len() } else { 1 };
        let share = self.background_cps / panels as f64;
        let background = |rng: &mut _| match scene.counted_s {
            Some(seconds) => f64::from(poisson(share * seconds, rng)) / seconds,
            None => share,
        };
        let mut record = PassRecord {
            dt_s: self.dt_s,
            counts: Vec::with_capacity(told.len()),
            background_cps: (0..panels).map(|_| background(rng)).collect(),
            length_m: self.length_m,
            ..PassRecord::default()
        };
        if self.full {
            record.panels = PANELS.map(|[lateral_m, height_m]| Panel { lateral_m, height_m }).to_vec();
            record.windows = Some(EnergyWindows {
                background_soft_cps: SOFT_SHARE * self.background_cps,
                background_hard_cps: (1.0 - SOFT_SHARE) * self.background_cps,
                ..EnergyWindows::default()
            });
            record.neutron = Some(neutrons(&told, self.dt_s, scene.bursts, rng));
        }
        for (i, x) in moved.iter().enumerate() {
            let level = scene.level + scene.ramp * (i as f64 + 0.5) / moved.len() as f64;
            self.sample(scene, *x, level * share * self.dt_s, &mut record, rng);
        }
        record.x_m = told;
        record
    }

    /// Counts of one sample, `background` those of one panel in the open.
    fn sample(&self, scene: &Scene, x: f64, background: f64, record: &mut PassRecord, rng: &mut impl Rng) {
        let covered = scene.shadow * self.covered(x, scene.gap);
        let load = scene.load.map_or(0.0, |[from, to, rate]| rate * self.load(x - from, x - to));
        let lane_source = scene.source.map_or(0.0, |s| s.peak_cps * self.dt_s * self.law(x - s.x0_m));
        let Some(windows) = &mut record.windows else {
            let mean = background * (1.0 - covered + load) + lane_source;
            record.counts.push(vec![poisson(mean, rng)]);
            return;
        };
        let peak = scene.source.map_or(1.0, |s| (0..4).map(|p| seen(p, &s, 0.0)).sum());
        let (mut row, mut soft_sum, mut hard_sum) = (Vec::with_capacity(4), 0, 0);
        for panel in 0..4 {
            let covered = covered * LOW_HIGH[panel % 2];
            let source =
                scene.source.map_or(0.0, |s| s.peak_cps * self.dt_s * seen(panel, &s, x - s.x0_m) / peak);
            let soft = background * (1.0 - SOFT_HARD[0] * covered + load) + source;
            let hard = background * (1.0 - SOFT_HARD[1] * covered + load) + source;
            let (soft, hard) = (poisson(SOFT_SHARE * soft, rng), poisson((1.0 - SOFT_SHARE) * hard, rng));
            row.push(soft + hard);
            soft_sum += soft;
            hard_sum += hard;
        }
        record.counts.push(row);
        windows.soft.push(soft_sum);
        windows.hard.push(hard_sum);
    }

    /// Share of the view that the vehicle covers.
    pub fn covered(&self, x: f64, [depth, at]: [f64; 2]) -> f64 {
        let dent = (x - at) / 0.6;
        covered_share(x, self.length_m, self.distance_m, 0.0) * (1.0 - depth * libm::exp(-0.5 * dent * dent))
    }

    /// Rate of a point source in the middle over that at its peak.
    pub fn law(&self, along: f64) -> f64 {
        let r = 1.0 + along * along / (self.distance_m * self.distance_m);
        1.0 / (r * r.sqrt())
    }

    fn load(&self, near: f64, far: f64) -> f64 {
        crate::physics::load_share(near, far, self.distance_m)
    }
}

/// Rate of a source in one panel, in units of its own: distance and tilt of a flat face.
fn seen(panel: usize, source: &Source, along: f64) -> f64 {
    let [lateral, height] = PANELS[panel];
    let beside = (lateral - source.place_m[0]).abs();
    let above = height - source.place_m[1];
    let square = beside * beside + along * along + above * above;
    beside / (square * square.sqrt())
}

/// Four banks, each second of the pass: background, lowered or raised a little by the vehicle, and bursts if
/// there are any.
fn neutrons(x: &[f64], dt_s: f64, bursts: bool, rng: &mut impl Rng) -> NeutronCounts {
    let seconds = (x.len() as f64 * dt_s) as usize;
    let vehicle = rng.random_range(0.9..1.1);
    let mut counts = Vec::with_capacity(seconds);
    for _ in 0..seconds {
        let mut row: Vec<u32> = (0..4).map(|_| poisson(BANK_CPS * vehicle, rng)).collect();
        if bursts && chance(BURSTS_CPS, rng) {
            for _ in 0..rng.random_range(2..=BURST_MAX) {
                row[rng.random_range(0..4_usize)] += 1;
            }
        }
        counts.push(row);
    }
    NeutronCounts { interval_s: 1.0, counts, background_cps: vec![BANK_CPS; 4] }
}
