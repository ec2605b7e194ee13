//! False alarms: passes without a source.

use greenlane_radiation::detect::{Settings, TestName};

use super::curve::{Study, only};
use super::{Lane, MIX, Population, Share};

/// Alarms of one population.
#[derive(Debug, Clone, PartialEq)]
pub struct FalseAlarms {
    /// Which.
    pub population: Population,
    /// All tests together.
    pub combined: Share,
    /// Each test.
    pub tests: Vec<(TestName, Share)>,
}

/// How often chance exceeds a threshold of one test.
#[derive(Debug, Clone, PartialEq)]
pub struct Calibration {
    /// Which test.
    pub test: TestName,
    /// Expected share, the threshold that was exceeded so often, and the count.
    pub points: Vec<(f64, f64, Share)>,
}

impl Study<'_> {
    /// False alarms of all tests in each part of the mix, and last on steel; `runs` are divided among the parts.
    pub fn false_alarms(&self, number: u64) -> Vec<FalseAlarms> {
        let lane = Lane::full();
        let settings = Settings { point_on_load: None, ..self.settings.clone() };
        let part = Study { runs: self.runs.div_ceil(MIX.len() as u64), ..*self };
        let one = |(index, population): (usize, &Population)| {
            let found = part.campaign(&lane, number + index as u64).detect(
                &settings,
                |rng| population.draw(rng),
                |detection| {
                    // Few passes alarm; only those are kept in full.
                    detection
                        .alarm
                        .then(|| detection.tests.iter().filter(|t| t.alarm).map(|t| t.test).collect())
                },
            );
            let of = |test: TestName| {
                Share::of(&found, |alarms: &Option<Vec<TestName>>| {
                    alarms.as_ref().is_some_and(|a| a.contains(&test))
                })
            };
            FalseAlarms {
                population: *population,
                combined: Share::of(&found, Option::is_some),
                tests: settings.tests.keys().map(|test| (*test, of(*test))).collect(),
            }
        };
        MIX.iter().chain([&Population::Steel]).enumerate().map(one).collect()
    }

    /// False alarms of one test with this budget of its own, in each part of the mix. Only the sum is told.
    pub fn false_alarms_alone(&self, number: u64, test: TestName, budget: f64) -> Vec<(Population, Share)> {
        let lane = Lane::reference();
        let settings = only(self.settings, test, budget);
        let part = Study { runs: self.runs.div_ceil(MIX.len() as u64), ..*self };
        let one = |(index, population): (usize, &Population)| {
            let campaign = part.campaign(&lane, number + index as u64);
            let found = campaign.detect(&settings, |rng| population.draw(rng), |detection| detection.alarm);
            (*population, Share::of(&found, |alarm| *alarm))
        };
        MIX.iter().enumerate().map(one).collect()
    }

    /// Thresholds that the mix exceeds in these shares, for the tests that are calibrated.
    pub fn calibrate(&self, number: u64, shares: &[f64]) -> Vec<Calibration> {
        let lane = Lane::full();
        let settings = Settings { point_on_load: None, ..self.settings.clone() };
        let tests: Vec<TestName> = settings
            .tests
            .iter()
            .filter(|(_, tail)| !tail.points.is_empty())
            .map(|(test, _)| *test)
            .collect();
        let found = self.campaign(&lane, number).detect(
            &settings,
            |rng| Population::Mix.draw(rng),
            |detection| {
                let margin = |test: &TestName| {
                    let result = detection.tests.iter().find(|result| result.test == *test);
                    result.map_or(f32::NEG_INFINITY, |r| (r.statistic - r.threshold) as f32)
                };
                tests.iter().map(margin).collect::<Box<[f32]>>()
            },
        );
        let calibration = |(index, test): (usize, &TestName)| {
            let mut margins: Vec<f32> = found.iter().map(|margins| margins[index]).collect();
            margins.sort_by(|a, b| b.total_cmp(a));
            let at = settings.threshold(*test).unwrap_or(0.0);
            let point = |share: &f64| {
                let k = (share * margins.len() as f64) as usize;
                let margin = margins.get(k).copied().unwrap_or(0.0);
                (*share, at + f64::from(margin), Share { k: k as u64, n: margins.len() as u64 })
            };
            Calibration { test: *test, points: shares.iter().map(point).collect() }
        };
        tests.iter().enumerate().map(calibration).collect()
    }
}
