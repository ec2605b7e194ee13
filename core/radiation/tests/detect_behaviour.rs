//! What the tests do with loads, stops, bursts and hostile input.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use greenlane_radiation::detect::{
    Detection, NeutronCounts, Panel, Pass, PassRecord, Settings, ShapeKind, TestName, TestResult, detect,
};
use proptest::prelude::*;

const BACKGROUND: f64 = 903.0;
const LENGTH_M: f64 = 16.5;

#[test]
fn a_source_that_the_shadow_hides_from_k_sigma_is_found() {
    let detection = run(&expected(&steady(), |x| point(300.0, x - 8.0)));
    assert!(detection.alarm);
    assert!(result(&detection, TestName::LikelihoodRatio).alarm);
    assert!(!result(&detection, TestName::KSigma).alarm);
}

#[test]
fn a_vehicle_without_a_source_is_quiet_whatever_its_shadow() {
    for shadow in [0.0, 0.05, 0.15, 0.3] {
        let record = shadowed(&steady(), shadow, |_| 0.0);
        assert!(!run(&record).alarm, "{shadow}");
    }
}

#[test]
fn a_stop_under_the_panels_adds_counts_and_no_alarm() {
    let mut x = steady();
    let stopped = x[14];
    for _ in 0..50 {
        x.insert(14, stopped);
    }
    assert!(!run(&expected(&x, |_| 0.0)).alarm);
    // A source that is too weak for a moving vehicle is found while it stands.
    let weak = |x: f64| point(180.0, x - 7.5);
    assert!(!run(&expected(&steady(), weak)).alarm);
    assert!(run(&expected(&x, weak)).alarm);
}

#[test]
fn a_vehicle_that_goes_back_is_followed_by_its_position() {
    let forward = steady();
    let mut x = forward[..20].to_vec();
    x.extend(forward[10..20].iter().rev());
    x.extend(&forward[10..]);
    assert!(!run(&expected(&x, |_| 0.0)).alarm);
    let detection = run(&expected(&x, |x| point(300.0, x - 8.0)));
    assert!(detection.alarm);
    assert!((result(&detection, TestName::LikelihoodRatio).x0_m.unwrap() - 8.0).abs() < 0.5);
}

#[test]
fn a_point_a_load_and_a_point_in_a_load_are_told_apart() {
    let load = |x: f64| 0.5 * (part(x - 4.0) - part(x - 16.0)) * BACKGROUND;
    let kind = |added: &dyn Fn(f64) -> f64| run(&expected(&steady(), added)).shape.unwrap();
    assert_eq!(kind(&|x| point(800.0, x - 8.0)).kind, ShapeKind::Point);
    assert_eq!(kind(&load).kind, ShapeKind::Distributed);
    let both = kind(&|x| load(x) + point(900.0, x - 8.0));
    assert_eq!(both.kind, ShapeKind::Both);
    assert!((both.x0_m - 8.0).abs() < 0.5, "{}", both.x0_m);
    let patient = kind(&|x| point(3000.0, x - 1.5));
    assert!(patient.in_cab && patient.kind == ShapeKind::Point);
}

#[test]
fn a_stronger_source_than_missed_95_is_found_and_a_weaker_budget_misses_more() {
    let quiet = run(&expected(&steady(), |_| 0.0));
    let missed = quiet.combined.missed_95_cps.unwrap();
    assert!(run(&expected(&steady(), |x| point(1.2 * missed, x - 8.0))).alarm);
    let strict = Settings::default().with_budget(1e-6).unwrap();
    let record = expected(&steady(), |_| 0.0);
    let strict = detect(&Pass::try_from(record).unwrap(), &strict);
    assert!(strict.combined.missed_95_cps.unwrap() > missed);
}

#[test]
fn a_source_beside_one_panel_is_found_by_the_panels() {
    let at = [[2.25, 0.8], [2.25, 2.0], [-2.25, 0.8], [-2.25, 2.0]];
    let beside = |p: usize, along: f64| {
        let (d, h): (f64, f64) = (f64::abs(at[p][0] - -1.25), at[p][1] - 0.8);
        let square = d * d + h * h + along * along;
        d / (square * square.sqrt())
    };
    let peak: f64 = (0..4).map(|p| beside(p, 0.0)).sum();
    let mut record = expected(&steady(), |_| 0.0);
    record.background_cps = vec![BACKGROUND / 4.0; 4];
    record.panels = at.map(|[lateral_m, height_m]| Panel { lateral_m, height_m }).to_vec();
    for (row, x) in record.counts.iter_mut().zip(&record.x_m) {
        let share = f64::from(row[0]) / 4.0;
        *row = (0..4).map(|p| (share + 260.0 * 0.2 * beside(p, x - 8.0) / peak).round() as u32).collect();
    }
    let detection = run(&record);
    assert!(result(&detection, TestName::Panels).alarm);
    assert!(!result(&detection, TestName::LikelihoodRatio).alarm);
}

#[test]
fn one_burst_of_neutrons_is_no_alarm_and_two_such_seconds_are() {
    let neutrons = |seconds: [u32; 6]| {
        let mut record = expected(&steady(), |_| 0.0);
        let counts = seconds.iter().map(|n| vec![*n]).collect();
        record.neutron = Some(NeutronCounts { interval_s: 1.0, counts, background_cps: vec![2.0] });
        result(&run(&record), TestName::Neutron).clone()
    };
    assert!(!neutrons([2, 1, 3, 13, 2, 1]).alarm);
    assert!(neutrons([2, 1, 11, 12, 2, 1]).alarm);
    // Farther out than any burst.
    assert!(neutrons([2, 1, 3, 25, 2, 1]).alarm);
    assert!(!neutrons([3, 4, 2, 3, 4, 2]).alarm);
}

#[test]
fn a_panel_at_its_limit_is_over_range_whatever_else() {
    let mut record = expected(&steady(), |_| 0.0);
    record.counts[10][0] = 999_999;
    let detection = run(&record);
    assert!(detection.alarm && result(&detection, TestName::OverRange).alarm);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn hostile_passes_give_finite_numbers_or_a_clear_error(
        x in prop::collection::vec(-1200.0..1200.0_f64, 1..40),
        counts in prop::collection::vec(prop_oneof![Just(0_u32), 0..1000_u32, Just(u32::MAX)], 40),
        background in prop_oneof![Just(0.0), Just(f64::NAN), 0.1..5e3_f64, Just(1e9)],
        length_m in prop_oneof![Just(-1.0), 0.5..60.0_f64, Just(f64::INFINITY)],
        dt_s in prop_oneof![Just(0.2), Just(0.0), 0.001..10.0_f64],
    ) {
        let record = PassRecord {
            dt_s,
            counts: x.iter().zip(&counts).map(|(_, n)| vec![*n]).collect(),
            neutron: Some(NeutronCounts {
                interval_s: 1.0,
                counts: counts[..5].iter().map(|n| vec![*n, 0]).collect(),
                background_cps: vec![0.0, 0.5],
            }),
            x_m: x,
            background_cps: vec![background],
            length_m,
            ..PassRecord::default()
        };
        if let Ok(pass) = Pass::try_from(record) {
            let detection = detect(&pass, &Settings::default());
            for result in detection.tests.iter().chain([&detection.combined]) {
                let rest = [result.x0_m, result.window_m, result.window_s, result.missed_95_cps];
                let numbers = rest.into_iter().flatten().chain([result.statistic, result.threshold]);
                prop_assert!(numbers.into_iter().all(f64::is_finite), "{result:?}");
            }
            if let Some(shape) = &detection.shape {
                let numbers = [shape.point_minus_distributed, shape.point_on_load, shape.x0_m, shape.point_cps];
                prop_assert!(numbers.iter().all(|n| n.is_finite()), "{shape:?}");
            }
        }
    }
}

/// Positions at 17 km/h.
fn steady() -> Vec<f64> {
    (0..30).map(|i| -6.0 + 17.0 / 3.6 * 0.2 * (f64::from(i) + 0.5)).collect()
}

/// Rounded means under the usual shadow with `added` cps at each position.
fn expected(x: &[f64], added: impl Fn(f64) -> f64) -> PassRecord {
    shadowed(x, 0.15, added)
}

fn shadowed(x: &[f64], shadow: f64, added: impl Fn(f64) -> f64) -> PassRecord {
    let side = |x: f64| libm::erf(x / (0.6 * 2.25 * std::f64::consts::SQRT_2));
    let mean = |x: f64| BACKGROUND * (1.0 - shadow * 0.5 * (side(x) - side(x - LENGTH_M))) + added(x);
    PassRecord {
        dt_s: 0.2,
        counts: x.iter().map(|x| vec![(0.2 * mean(*x)).round() as u32]).collect(),
        x_m: x.to_vec(),
        background_cps: vec![BACKGROUND],
        length_m: LENGTH_M,
        ..PassRecord::default()
    }
}

fn point(peak: f64, along: f64) -> f64 {
    let relative = 1.0 + along * along / (2.25 * 2.25);
    peak / (relative * relative.sqrt())
}

fn part(u: f64) -> f64 {
    u / (u * u + 2.25 * 2.25).sqrt()
}

fn run(record: &PassRecord) -> Detection {
    detect(&Pass::try_from(record.clone()).unwrap(), &Settings::default())
}

fn result(detection: &Detection, test: TestName) -> &TestResult {
    detection.tests.iter().find(|result| result.test == test).unwrap()
}
