//! Detection beside the device: ours adds alarms and never cancels one.
//!
//! [`detect`] is pure. A [`Pass`] is one passage: counts of each sample, where the front of the vehicle was in
//! the middle of each, backgrounds and the vehicle's length. Everything but the cumulative sum follows the
//! position and not the time, so that a stop, a return or a change of speed is no disturbance as long as the
//! position is known. Every test reports; only [`Detection::alarm`] is an alarm.
//!
//! ```
//! use greenlane_radiation::detect::{Pass, PassRecord, Settings, detect};
//!
//! let dt_s = 0.2;
//! let x_m: Vec<f64> = (0..30).map(|i| -6.0 + 4.7 * dt_s * (f64::from(i) + 0.5)).collect();
//! let record = PassRecord {
//!     dt_s,
//!     counts: vec![vec![45, 46, 44, 45]; 30],
//!     x_m,
//!     background_cps: vec![225.75; 4],
//!     length_m: 16.5,
//!     ..PassRecord::default()
//! };
//! let detection = detect(&Pass::try_from(record)?, &Settings::default());
//! assert!(!detection.alarm);
//! # Ok::<(), greenlane_radiation::detect::PassError>(())
//! ```

mod cusum;
mod energy;
mod fit;
mod k_sigma;
mod law;
mod linear;
mod model;
mod neutron;
mod outcome;
mod pass;
mod profile;
mod rate;
mod ratio;
mod ratio_test;
mod settings;
mod shape;
mod stretch;
mod view;

pub use energy::ratio_deviations;
pub use k_sigma::{deviations, skewed};
pub use neutron::increment;
pub use outcome::{Detection, Shape, ShapeKind, TestName, TestResult};
pub use pass::{EnergyWindows, NeutronCounts, Panel, Pass, PassError, PassRecord};
pub use settings::{Cusum, Neutron, Settings, SettingsError, Shadow, Source, Tail, Windows};

use std::cmp::Ordering::Equal;

use view::View;

/// All tests on one pass.
pub fn detect(pass: &Pass, settings: &Settings) -> Detection {
    let view = View::new(pass, settings);
    let ratio = ratio_test::sum(&view);
    let upper_95_cps = ratio.as_ref().and_then(|(_, found)| rate::told(found.upper_cps));
    let deviation = ratio.as_ref().map_or(0.0, |(_, found)| found.deviation);
    let tests = [
        k_sigma::test(&view),
        cusum::test(&view),
        profile::test(&view),
        ratio.map(|(result, _)| result),
        ratio_test::panels(&view),
        energy::test(&view),
        neutron::test(&view),
        over_range(&view),
    ];
    let tests: Vec<_> = tests.into_iter().flatten().collect();
    let combined = combined(&tests);
    Detection {
        alarm: combined.alarm,
        budget: settings.budget,
        combined,
        upper_95_cps,
        shape: shape::shape(&view, &tests, deviation),
        tests,
    }
}

/// The result that is farthest over its threshold, in units of its threshold.
fn combined(tests: &[TestResult]) -> TestResult {
    let share = |result: &TestResult| result.statistic / result.threshold;
    let best =
        tests.iter().max_by(|a, b| (a.alarm, share(a)).partial_cmp(&(b.alarm, share(b))).unwrap_or(Equal));
    let gamma = tests.iter().filter(|result| result.test != TestName::Neutron);
    let missed = gamma.filter_map(|result| result.missed_95_cps).reduce(f64::min);
    match best {
        Some(best) => {
            TestResult { statistic: share(best), threshold: 1.0, missed_95_cps: missed, ..best.clone() }
        }
        None => TestResult {
            test: TestName::OverRange,
            statistic: 0.0,
            threshold: 1.0,
            alarm: false,
            x0_m: None,
            window_m: None,
            window_s: None,
            missed_95_cps: None,
        },
    }
}

/// More from one panel than it can count: the greatest rate against the limit. It uses none of the budget.
fn over_range(view: &View<'_>) -> Option<TestResult> {
    let threshold = view.settings.tests.get(&TestName::OverRange).map(|_| view.settings.over_range_cps)?;
    let record = view.record();
    let most = |row: &Vec<u32>| row.iter().copied().max().unwrap_or(0);
    let (at, counts) = record.counts.iter().map(most).enumerate().max_by_key(|(_, counts)| *counts)?;
    let statistic = f64::from(counts) / record.dt_s;
    Some(TestResult {
        test: TestName::OverRange,
        statistic,
        threshold,
        alarm: statistic >= threshold,
        x0_m: Some(record.x_m[at]),
        window_m: None,
        window_s: Some(record.dt_s),
        missed_95_cps: None,
    })
}
