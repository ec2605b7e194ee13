//! Golden values of detection: one vector of rounded means, and the same without a source. The statistics were
//! computed a second time in another language with exact sums.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use greenlane_radiation::detect::{
    Detection, Pass, PassRecord, Settings, Shadow, TestName, detect, deviations, increment, ratio_deviations,
    skewed,
};
use greenlane_radiation::poisson;

/// The reference pass: 17 km/h, a vehicle of 16.5 m, a source of 250 cps 8 m behind the front, shadow 0.15.
const WITH_SOURCE: [u32; 30] = [
    181, 181, 181, 180, 179, 174, 167, 161, 158, 157, 159, 163, 172, 187, 202, 198, 181, 168, 162, 158, 157,
    157, 160, 166, 173, 178, 180, 181, 181, 181,
];
const WITHOUT: [u32; 30] = [
    181, 181, 181, 180, 178, 173, 166, 159, 155, 154, 154, 154, 154, 154, 154, 154, 154, 154, 154, 154, 154,
    155, 158, 165, 172, 177, 180, 180, 181, 181,
];

#[test]
fn the_likelihood_ratio_with_five_nuisances_has_its_golden_values() {
    let statistic = |counts| statistic(&detection(counts, &Settings::default()), TestName::LikelihoodRatio);
    assert_near(statistic(&WITH_SOURCE), 6.480_856_911_956);
    assert_near(statistic(&WITHOUT), -4.444_054_224_912);
}

#[test]
fn the_likelihood_ratio_with_the_shadow_alone_has_its_golden_values() {
    let mut settings = Settings { background_live_s: 1e12, ..Settings::default() };
    // The other nuisances are held at zero.
    settings.shadow =
        Shadow { level_sd: 1e-9, gap_sd: 1e-9, ramp_sd: 1e-9, speed_sd: 1e-9, ..settings.shadow };
    let statistic = |counts| statistic(&detection(counts, &settings), TestName::LikelihoodRatio);
    assert!((statistic(&WITH_SOURCE) - 7.433_773_514_273).abs() < 1e-4);
    assert!((statistic(&WITHOUT) - -5.924_874_591_579).abs() < 1e-4);
}

#[test]
fn the_profile_fit_has_its_golden_values() {
    let statistic = |counts| statistic(&detection(counts, &Settings::default()), TestName::ProfileFit);
    assert_near(statistic(&WITH_SOURCE), 4.497_612_618_299);
    assert_near(statistic(&WITHOUT), 0.046_517_422_876_03);
}

#[test]
fn the_source_is_found_where_it_is() {
    let detection = detection(&WITH_SOURCE, &Settings::default());
    for result in detection.tests.iter().filter(|result| result.test != TestName::OverRange) {
        let x0 = result.x0_m.unwrap();
        assert!((x0 - 8.0).abs() < 0.5, "{}: {x0}", result.test);
    }
    assert!(detection.upper_95_cps.unwrap() > 250.0);
}

#[test]
fn poisson_thresholds_are_the_published_ones() {
    let table = [
        (1.0, [6, 7, 9, 10, 11]),
        (2.0, [9, 10, 11, 13, 14]),
        (4.741, [14, 16, 18, 19, 21]),
        (8.0, [19, 21, 24, 26, 28]),
        (20.0, [36, 40, 43, 46, 48]),
    ];
    for (mean, expected) in table {
        let found = [1e-3, 1e-4, 1e-5, 1e-6, 1e-7].map(|p| poisson::threshold(mean, p));
        assert_eq!(found, expected, "mean {mean}");
    }
    assert!((poisson::upper_tail(7, 2.0) - 0.0045).abs() < 5e-5);
    assert!((poisson::upper_tail(7, 4.741) - 0.20).abs() < 5e-3);
}

#[test]
fn a_poisson_tail_of_many_deviations_is_heavier_than_a_normal_one() {
    let tail = |n: f64| poisson::upper_tail((903.0 + n * 903.0_f64.sqrt()).ceil() as u32, 903.0);
    for (n, expected) in [(3.0, 1.49e-3), (4.0, 4.23e-5), (5.0, 5.2e-7), (6.0, 2.8e-9), (7.0, 6.8e-12)] {
        assert!((tail(n) / expected - 1.0).abs() < 0.02, "{n}: {}", tail(n));
    }
    // What the skewness adds makes the tail as rare as the normal one.
    let count = (903.0 + skewed(4.0, 903.0) * 903.0_f64.sqrt()).ceil() as u32;
    assert!((poisson::upper_tail(count, 903.0) / 3.17e-5 - 1.0).abs() < 0.1);
}

#[test]
fn net_counts_for_detection_are_those_of_the_rule() {
    // (F - B) / sqrt(B) over N in 95 of 100: the mean of F less 1.645 of its deviations.
    for (n, shadow, net) in [(4.0, 0.0, 174.0), (4.5, 0.15, 325.0), (5.0, 0.1, 295.0), (7.0, 0.3, 537.0)] {
        let left = 903.0 * (1.0 - shadow);
        let mean: f64 = left + net;
        let z = deviations(mean - 1.645 * mean.sqrt(), 903.0, 1.0, f64::INFINITY);
        assert!((z - n).abs() < 0.05, "{n} {shadow}: {z}");
    }
    let uncertain = deviations(1000.0, 903.0, 1.0, 20.0);
    assert!((deviations(1000.0, 903.0, 1.0, f64::INFINITY) / uncertain - 1.0247).abs() < 1e-4);
}

#[test]
fn the_ratio_of_energy_windows_has_its_golden_value() {
    let ratio = 600.0 / 303.0;
    assert!((ratio_deviations(820.0, 330.0, ratio, 0.0) - 3.62).abs() < 0.01);
    assert!(ratio_deviations(600.0 * 1.35, 303.0 * 1.35, ratio, 0.0).abs() < 1e-9);
}

#[test]
fn the_sequential_neutron_test_has_its_golden_increments() {
    for (counts, expected) in [(2.0, -3.23), (6.0, 2.32), (10.0, 7.86), (12.0, 10.64)] {
        assert!((increment(counts, 2.0, 8.0) - expected).abs() < 0.005, "{counts}");
    }
}

fn detection(counts: &[u32], settings: &Settings) -> Detection {
    let dt_s = 0.2;
    let record = PassRecord {
        dt_s,
        counts: counts.iter().map(|n| vec![*n]).collect(),
        x_m: (0..30).map(|i| -6.0 + 17.0 / 3.6 * dt_s * (f64::from(i) + 0.5)).collect(),
        background_cps: vec![903.0],
        length_m: 16.5,
        ..PassRecord::default()
    };
    detect(&Pass::try_from(record).unwrap(), settings)
}

fn statistic(detection: &Detection, test: TestName) -> f64 {
    detection.tests.iter().find(|result| result.test == test).unwrap().statistic
}

fn assert_near(found: f64, expected: f64) {
    assert!((found - expected).abs() < 1e-9, "{found} is not {expected}");
}
