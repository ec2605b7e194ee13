//! Detection against strength, speed and shadow, beside the rule of k standard deviations and the limit.

use greenlane_radiation::detect::{Pass, PassRecord, Settings, TestName, detect};
use rand::RngExt;

use super::{Averaged, Campaign, Known, Lane, Scene, Share, Source, drawn_shadow};

/// Detections of one kind of pass.
#[derive(Debug, Clone, PartialEq)]
pub struct Cell {
    /// Speed, in km/h.
    pub speed_kmh: f64,
    /// Depth of the shadow.
    pub shadow: f64,
    /// Rate of the source at its peak, in cps.
    pub peak_cps: f64,
    /// All tests together.
    pub combined: Share,
    /// The likelihood ratio alone, with the whole budget.
    pub ratio: Share,
    /// The rule of k standard deviations alone, with the whole budget.
    pub k_sigma: Share,
    /// The limit when strength, place and shadow are known.
    pub known: Share,
}

/// A study of detection.
#[derive(Debug)]
pub struct Study<'a> {
    /// Settings under study.
    pub settings: &'a Settings,
    /// Passes with a source in each cell.
    pub runs: u64,
    /// Seed.
    pub seed: u64,
    /// Threads.
    pub threads: usize,
}

impl Study<'_> {
    /// A source in the middle of the lane, 8 m behind the front.
    pub fn cell(&self, number: u64, speed_kmh: f64, shadow: f64, peak_cps: f64) -> Cell {
        let lane = Lane { speed_mps: speed_kmh / 3.6, ..Lane::full() };
        let source = Source { peak_cps, x0_m: 8.0, place_m: [0.0, 1.4] };
        let scene = Scene { shadow, source: Some(source), ..Scene::default() };
        let [all, ratio, k_sigma] = self.rules();
        let known = Known::new(&lane, shadow, peak_cps, source.x0_m);
        let found = self.campaign(&lane, number).run(
            |_| scene,
            |_, record| {
                let statistic = known.statistic(&sums(&record));
                let pass = Pass::try_from(record).expect("a simulated pass is a pass");
                let alarm = |settings| detect(&pass, settings).alarm;
                (alarm(&all), alarm(&ratio), alarm(&k_sigma), statistic)
            },
        );
        let limit: Vec<f64> = found.iter().map(|found| found.3).collect();
        let threshold = importance_threshold(&limit, self.settings.budget);
        Cell {
            speed_kmh,
            shadow,
            peak_cps,
            combined: Share::of(&found, |found| found.0),
            ratio: Share::of(&found, |found| found.1),
            k_sigma: Share::of(&found, |found| found.2),
            known: Share::of(&found, |found| found.3 > threshold),
        }
    }

    /// The limit when strength is known, place and shadow are not, at this false-alarm share: detections of a
    /// source anywhere in the vehicle under any shadow. Only the sum is told.
    pub fn limit(&self, number: u64, peak_cps: f64, false_alarms: f64) -> Share {
        let lane = Lane::reference();
        let places: Vec<f64> = (0..37).map(|k| f64::from(k) * 0.45).collect();
        let averaged = Averaged::new(&lane, peak_cps, &places);
        let scene = |shadow, x0_m| Scene {
            shadow,
            source: Some(Source { peak_cps, x0_m, place_m: [0.0, 1.4] }),
            ..Scene::default()
        };
        let prior = self.campaign(&lane, number).run(
            |rng| {
                let (shadow, x0_m) = averaged.draw(rng);
                scene(shadow, x0_m)
            },
            |_, record| averaged.statistic(&sums(&record)),
        );
        let threshold = importance_threshold(&prior, false_alarms);
        let found = self
            .campaign(&lane, number + 1)
            .run(|rng| anywhere(peak_cps, rng), |_, record| averaged.statistic(&sums(&record)));
        Share::of(&found, |statistic| *statistic > threshold)
    }

    /// Passes of a lane, the number of the campaign giving their chance.
    pub fn campaign<'b>(&self, lane: &'b Lane, number: u64) -> Campaign<'b> {
        Campaign { lane, passes: self.runs, seed: self.seed, number, threads: self.threads }
    }

    /// All tests, and two of them alone with the whole budget.
    fn rules(&self) -> [Settings; 3] {
        let all = Settings { point_on_load: None, ..self.settings.clone() };
        [
            all,
            only(self.settings, TestName::LikelihoodRatio, self.settings.budget),
            only(self.settings, TestName::KSigma, self.settings.budget),
        ]
    }
}

/// One test alone, with the whole of this budget.
pub fn only(settings: &Settings, test: TestName, budget: f64) -> Settings {
    let mut settings = Settings { point_on_load: None, budget, ..settings.clone() };
    settings.tests.retain(|name, _| *name == test);
    settings.tests.values_mut().for_each(|tail| tail.share = 1.0);
    settings
}

/// A source of this strength anywhere in the vehicle, under any shadow.
pub fn anywhere(peak_cps: f64, rng: &mut impl rand::Rng) -> Scene {
    let source = Source { peak_cps, x0_m: rng.random_range(0.5..16.0), place_m: [0.0, 1.4] };
    Scene { shadow: drawn_shadow(rng), source: Some(source), ..Scene::default() }
}

/// Counts of all panels in each sample.
fn sums(record: &PassRecord) -> Vec<f64> {
    record.counts.iter().map(|row| row.iter().map(|n| f64::from(*n)).sum()).collect()
}

/// The value that passes without a source exceed in this share, from statistics of passes with one: each is
/// ln of its own likelihood ratio, so that it weighs e^-statistic.
fn importance_threshold(statistics: &[f64], share: f64) -> f64 {
    let mut sorted = statistics.to_vec();
    sorted.sort_by(|a, b| b.total_cmp(a));
    let mut weight = 0.0;
    let below = sorted.iter().find(|statistic| {
        weight += libm::exp(-**statistic) / sorted.len() as f64;
        weight > share
    });
    below.copied().unwrap_or(f64::NEG_INFINITY)
}
