//! The statistics against golden values: exact binomial arithmetic, computed independently of this crate.

use greenlane_standard::stats::{
    anytime_lower, anytime_upper, binomial_cdf, broken, incomplete_beta, lower, mcnemar_exact, most_misses,
    poisson_upper, proven, smallest_n, upper,
};
use proptest::prelude::*;

const LOWER: &[(u64, u64, f64)] = &[
    (1, 1, 0.05),
    (10, 10, 0.741134449),
    (10, 9, 0.605836698),
    (20, 15, 0.544417596),
    (29, 29, 0.901855372),
    (45, 45, 0.935595711),
    (46, 45, 0.900975683),
    (59, 59, 0.95049239),
    (60, 60, 0.951297087),
    (60, 59, 0.923360005),
    (60, 58, 0.898764105),
    (61, 59, 0.90036512),
    (93, 92, 0.950006022),
    (124, 122, 0.950099829),
    (299, 299, 0.990030853),
    (473, 472, 0.990010293),
    (1000, 980, 0.971069877),
    (1000, 999, 0.995265006),
];

const UPPER: &[(u64, u64, f64)] = &[
    (1000, 0, 0.00299125),
    (1000, 1, 0.004734994),
    (2995, 0, 0.000999744),
    (3000, 0, 0.000998079),
    (4742, 1, 0.000999998),
    (10000, 5, 0.001051014),
    (29956, 0, 0.000099999),
];

const POISSON: &[f64] = &[
    2.995732274,
    4.743864518,
    6.295793622,
    7.753656528,
    9.153519027,
    10.513034909,
    11.842395652,
    13.148113802,
    14.434649715,
    15.705216422,
    16.962219236,
];

/// Probability of a hit, and the trials needed with 0 to 5 misses at 95 %.
const TRIALS: &[(f64, [u64; 6])] = &[
    (0.50, [5, 8, 11, 13, 16, 18]),
    (0.80, [14, 22, 30, 37, 44, 50]),
    (0.90, [29, 46, 61, 76, 89, 103]),
    (0.95, [59, 93, 124, 153, 181, 208]),
    (0.98, [149, 236, 313, 386, 456, 523]),
    (0.99, [299, 473, 628, 773, 913, 1049]),
    (0.995, [598, 947, 1258, 1549, 1829, 2100]),
    (0.999, [2995, 4742, 6294, 7752, 9151, 10511]),
];

/// Half a unit of the ninth digit.
const NINTH: f64 = 5.1e-10;

#[test]
fn the_lower_bound_is_exact_to_nine_digits() {
    for &(n, hits, golden) in LOWER {
        let bound = lower(n, hits, 0.95);
        assert!((bound - golden).abs() < NINTH, "L({n},{hits}) = {bound:.12}, golden {golden}");
    }
    assert_eq!(lower(50, 0, 0.95), 0.0);
}

#[test]
fn the_upper_bound_is_exact_to_nine_digits() {
    for &(n, events, golden) in UPPER {
        let bound = upper(n, events, 0.95);
        assert!((bound - golden).abs() < NINTH, "U({n},{events}) = {bound:.12}, golden {golden}");
    }
    assert_eq!(upper(50, 50, 0.95), 1.0);
    assert!((upper(59, 0, 0.95) - 0.049_507_610).abs() < NINTH);
}

#[test]
fn the_poisson_bound_is_exact_to_nine_digits() {
    for (k, golden) in POISSON.iter().enumerate() {
        let bound = poisson_upper(k as u32, 0.95);
        assert!((bound - golden).abs() < NINTH, "k = {k}: {bound:.12}, golden {golden}");
    }
}

#[test]
fn the_smallest_n_is_the_tables() {
    for (p, row) in TRIALS {
        for (misses, golden) in row.iter().enumerate() {
            assert_eq!(smallest_n(*p, misses as u64, 0.95), Some(*golden), "p {p}, {misses} misses");
        }
    }
    let at = |confidence| (0..6).map(move |misses| smallest_n(0.90, misses, confidence).expect("a number"));
    assert!(at(0.90).eq([22, 38, 52, 65, 78, 91]));
    assert!(at(0.99).eq([44, 64, 81, 97, 113, 127]));
    let alarms: Vec<_> = (0..4).map(|misses| smallest_n(0.9999, misses, 0.95).expect("a number")).collect();
    assert_eq!(alarms, [29_956, 47_437, 62_956, 77_535]);
}

#[test]
fn the_most_misses_are_those_of_the_identity_table() {
    let rows = [
        (200, 0.90, 12),
        (200, 0.95, 4),
        (500, 0.90, 38),
        (500, 0.95, 16),
        (500, 0.98, 4),
        (1000, 0.90, 84),
        (1000, 0.95, 38),
        (1000, 0.97, 20),
        (1000, 0.98, 12),
        (1000, 0.99, 4),
        (1000, 0.80, 178),
        (5000, 0.90, 464),
        (5000, 0.99, 38),
    ];
    for (n, p, golden) in rows {
        assert_eq!(most_misses(n, p, 0.95), Some(golden), "n {n}, p {p}");
    }
    assert_eq!(most_misses(28, 0.90, 0.95), None);
}

#[test]
fn the_incomplete_beta_holds_for_large_shapes_and_tiny_tails() {
    for shape in [1.0, 1e3, 1e6, 1e8] {
        let tails = incomplete_beta(shape, shape, 0.5);
        assert!((tails.below() - 0.5).abs() < 1e-9, "Beta({shape}, {shape}) at 0.5: {}", tails.below());
    }
    // I_x(a, 1) = x^a, and I_x(1, b) = 1 - (1-x)^b.
    let tail = incomplete_beta(2000.0, 1.0, 0.5).ln_below;
    assert!((tail / (2000.0 * libm::log(0.5)) - 1.0).abs() < 1e-12, "{tail}");
    let tail = incomplete_beta(1.0, 5000.0, 0.9).ln_above;
    assert!((tail / (5000.0 * libm::log(0.1)) - 1.0).abs() < 1e-12, "{tail}");
    // C. Loader's own example: the sum of 2e6 + 1 terms, half of it.
    assert!((binomial_cdf(1_000_000, 2_000_000, 0.5) - 0.500_282_094_7).abs() < 1e-9);
}

#[test]
fn the_bounds_hold_for_confidences_near_one() {
    // The clean run has a closed form: alpha^(1/n).
    for (n, alpha) in [(100, 1e-12), (1_000_000, 1e-9), (100_000_000, 0.05)] {
        let confidence = 1.0 - alpha;
        let exact = libm::exp(libm::log(1.0 - confidence) / n as f64);
        let bound = lower(n, n, confidence);
        assert!((bound - exact).abs() < 1e-12, "n {n}, alpha {alpha}: {bound} for {exact}");
    }
}

#[test]
fn claims_on_a_running_lane_are_made_at_the_known_trials() {
    let first =
        |p0: f64, misses: u64| (misses..).find(|n| proven(n - misses, misses, p0, 0.95)).expect("soon");
    let rows = [(0.90, [43, 66, 85, 103]), (0.95, [88, 134, 174, 210]), (0.99, [449, 683, 882, 1065])];
    for (p0, golden) in rows {
        let found: Vec<u64> = (0..4).map(|misses| first(p0, misses)).collect();
        assert_eq!(found, golden, "p0 {p0}");
    }
}

#[test]
fn a_lane_is_broken_up_to_the_known_trials() {
    let last = |p0: f64, misses: u64, alpha: f64| {
        (misses..2000).take_while(|n| broken(n - misses, misses, p0, 1.0 - alpha)).last()
    };
    let row = |p0, alpha, misses: std::ops::RangeInclusive<u64>| -> Vec<u64> {
        misses.map(|m| last(p0, m, alpha).unwrap_or(0)).collect()
    };
    assert_eq!(row(0.95, 0.05, 2..=8), [3, 8, 13, 20, 27, 35, 44]);
    assert_eq!(row(0.95, 0.001, 3..=8), [3, 6, 10, 15, 21, 27]);
    assert_eq!(row(0.999, 0.05, 1..=6), [6, 47, 136, 276, 461, 687]);
    assert_eq!(row(0.999, 0.001, 2..=7), [12, 50, 123, 232, 377, 555]);
}

#[test]
fn the_running_bounds_are_where_the_claims_turn() {
    for (hits, misses) in [(50, 0), (100, 3), (1000, 20), (3, 3)] {
        let (low, high) = (anytime_lower(hits, misses, 0.95), anytime_upper(hits, misses, 0.95));
        assert!(low < high, "{hits} hits, {misses} misses: {low} to {high}");
        assert!(low == 0.0 || proven(hits, misses, low, 0.95) && !proven(hits, misses, low + 1e-9, 0.95));
        assert!(high == 1.0 || broken(hits, misses, high, 0.95) && !broken(hits, misses, high - 1e-9, 0.95));
    }
    assert_eq!(anytime_upper(10, 0, 0.95), 1.0);
}

#[test]
fn an_uneven_split_between_two_devices_is_told() {
    assert_eq!(mcnemar_exact(0, 0), 1.0);
    assert_eq!(mcnemar_exact(5, 5), 1.0);
    // 2 * (1 + 10) / 2^10, and 2 / 2^6.
    assert!((mcnemar_exact(1, 9) - 22.0 / 1024.0).abs() < 1e-15);
    assert!((mcnemar_exact(6, 0) - 0.03125).abs() < 1e-15);
}

proptest! {
    #[test]
    fn both_tails_make_one(a in 1.0..1e6_f64, b in 1.0..1e6_f64, x in 0.0..1.0_f64) {
        let tails = incomplete_beta(a, b, x);
        prop_assert!((tails.below() + tails.above() - 1.0).abs() < 1e-9);
        let mirrored = incomplete_beta(b, a, 1.0 - x);
        prop_assert!((tails.below() - mirrored.above()).abs() < 1e-7);
    }

    #[test]
    fn the_bounds_contain_the_share_and_turn_where_they_should(n in 1..100_000_u64, hits in 0..100_000_u64) {
        let hits = hits.min(n);
        let share = hits as f64 / n as f64;
        let (low, high) = (lower(n, hits, 0.95), upper(n, hits, 0.95));
        prop_assert!((0.0..=1.0).contains(&low) && low <= share && share <= high && high <= 1.0);
        if hits > 0 {
            // P(X >= hits) at the lower bound is alpha.
            let tail = 1.0 - binomial_cdf(hits - 1, n, low);
            prop_assert!((tail - 0.05).abs() < 1e-8, "{}", tail);
        }
    }
}
