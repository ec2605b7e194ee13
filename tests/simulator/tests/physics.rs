//! Golden numbers of the counts model.

use greenlane_simulator::physics::{
    Panel, covered_share, load_share, neutron_rate_cps, point_rate_cps, solid_angle_sr,
};
use greenlane_simulator::random::{LaneSeed, Purpose, poisson};

fn near(seen: f64, expected: f64, tolerance: f64, what: &str) {
    assert!((seen - expected).abs() <= tolerance, "{what}: {seen} seen, {expected} +- {tolerance} expected");
}

#[test]
fn the_solid_angle_of_a_panel_is_exact() {
    let table = [
        (0.30, 1.50, [0.178056, 0.105054, 0.068843, 0.048448]),
        (0.36, 1.73, [0.238220, 0.142362, 0.093936, 0.066375]),
        (0.10, 0.40, [0.017612, 0.009947, 0.006378, 0.004434]),
    ];
    for (along, high, row) in table {
        for (distance, expected) in [1.5, 2.0, 2.5, 3.0].into_iter().zip(row) {
            let seen = solid_angle_sr(along, high, distance, 0.0, 0.0);
            near(seen, expected, 6e-7, &format!("{along} x {high} at {distance}"));
        }
    }
}

#[test]
fn along_the_lane_a_flat_panel_falls_faster_than_the_square() {
    let peak = solid_angle_sr(0.30, 1.50, 2.5, 0.0, 0.0);
    for (x, share) in [(1.0, 0.8060), (2.0, 0.4853), (3.0, 0.2699), (5.0, 0.0928)] {
        near(solid_angle_sr(0.30, 1.50, 2.5, x, 0.0) / peak, share, 6e-5, &format!("{x} m"));
    }
}

/// Cs-137, 0.592 MBq, in the middle of a lane of 4.5 m at the height of four small slabs.
fn caesium(along: f64, off_height: f64) -> f64 {
    let panel = |lateral_m| Panel { along_m: 0.15, high_m: 0.76, height_m: 1.2, lateral_m };
    let photons = 0.592e6 * 0.8471;
    let one = |lateral| point_rate_cps(&panel(lateral), photons, 0.2, along, 0.0, 1.2 + off_height);
    2.0 * (one(2.25) + one(-2.25))
}

#[test]
fn the_worked_caesium_case_comes_out() {
    near(caesium(0.0, 0.0), 708.5, 0.06, "peak");
    for (x, expected) in [(1.0, 542.1), (2.0, 297.9), (3.0, 154.6), (5.0, 49.6)] {
        near(caesium(x, 0.0), expected, 0.06, &format!("{x} m along"));
    }
    near(caesium(0.0, 1.0), 547.1, 0.06, "1 m off in height");
}

#[test]
fn the_thirteen_samples_at_17_kmh_come_out() {
    let step = 17.0 / 3.6 * 0.2;
    let expected = [7.2, 11.4, 19.2, 34.4, 64.1, 111.4, 141.7, 111.4, 64.1, 34.4, 19.2, 11.4, 7.2];
    for (n, counts) in expected.into_iter().enumerate() {
        let x = (n as f64 - 6.0) * step;
        near(caesium(x, 0.0) * 0.2, counts, 0.06, &format!("sample {n}"));
    }
}

#[test]
fn a_source_off_the_middle_shows_in_the_ratio_of_the_sides() {
    let panel = |lateral_m| Panel { along_m: 0.15, high_m: 0.76, height_m: 1.2, lateral_m };
    let pair = |lateral| 2.0 * point_rate_cps(&panel(lateral), 0.592e6 * 0.8471, 0.2, 0.0, 1.0, 1.2);
    near(pair(2.25), 1112.0, 1.0, "near pair");
    near(pair(-2.25), 171.0, 0.5, "far pair");
}

#[test]
fn four_neutron_banks_see_the_californium_as_measured() {
    near(4.0 * neutron_rate_cps(20_000.0, 2.0, 0.0), 21.6, 1e-9, "peak at 2 m");
    let v = 17.0 / 3.6;
    let pass: f64 =
        (-40_000..40_000).map(|n| f64::from(n) * 1e-3).map(|t| neutron_rate_cps(20_000.0, 2.0, v * t)).sum();
    near(4.0 * pass * 1e-3, 28.8, 0.4, "whole pass");
}

#[test]
fn a_shadow_is_deepest_in_the_middle_and_dented_at_the_gap() {
    let at = |x| covered_share(x, 16.0, 2.25, 0.5);
    near(at(8.0), 1.0, 1e-6, "middle");
    near(at(-8.0), 0.0, 1e-6, "before");
    near(covered_share(0.0, 16.0, 2.25, 0.0), 0.5, 1e-6, "front in the panel's plane");
    near(at(3.0), 0.5 * covered_share(3.0, 16.0, 2.25, 0.0), 1e-9, "gap");
    near(load_share(500.0, -500.0, 2.25), 1.0, 1e-4, "an endless load");
}

#[test]
fn counts_have_the_variance_of_poisson() {
    for (mean, tolerance) in [(42.0, 0.042), (1.0, 0.045), (200.0, 0.042)] {
        let mut rng = LaneSeed { seed: 7, lane: 0 }.stream(Purpose::Gamma, 0);
        let counts: Vec<f64> = (0..10_000).map(|_| f64::from(poisson(mean, &mut rng))).collect();
        let average = counts.iter().sum::<f64>() / 1e4;
        let variance = counts.iter().map(|n| (n - average) * (n - average)).sum::<f64>() / 9999.0;
        near(variance / average, 1.0, tolerance, &format!("variance over mean at {mean}"));
        near(average, mean, 4.0 * (mean / 1e4f64).sqrt(), "mean");
    }
    let mut rng = LaneSeed { seed: 7, lane: 0 }.stream(Purpose::Gamma, 0);
    assert_eq!([0.0, -1.0, f64::NAN, f64::INFINITY].map(|mean| poisson(mean, &mut rng)), [0; 4]);
}
