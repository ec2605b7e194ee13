//! How long one occupancy takes: all tests on 30 samples of four panels, neutrons and energy windows too.

#![allow(clippy::unwrap_used, reason = "a bench")]

use divan::{Bencher, black_box};
use greenlane_radiation::detect::{
    EnergyWindows, NeutronCounts, Panel, Pass, PassRecord, Settings, TestName, detect,
};

fn main() {
    divan::main();
}

#[divan::bench]
fn sum_of_panels(bencher: Bencher<'_, '_>) {
    let (pass, settings) = (
        pass(PassRecord { panels: Vec::new(), windows: None, neutron: None, ..full() }),
        Settings::default(),
    );
    bencher.bench_local(|| detect(black_box(&pass), &settings));
}

#[divan::bench]
fn likelihood_ratio_alone(bencher: Bencher<'_, '_>) {
    let pass = pass(PassRecord { panels: Vec::new(), windows: None, neutron: None, ..full() });
    let mut settings = Settings::default();
    settings.tests.retain(|test, _| *test == TestName::LikelihoodRatio);
    bencher.bench_local(|| detect(black_box(&pass), &settings));
}

#[divan::bench]
fn all_tests(bencher: Bencher<'_, '_>) {
    let (pass, settings) = (pass(full()), Settings::default());
    bencher.bench_local(|| detect(black_box(&pass), &settings));
}

fn pass(record: PassRecord) -> Pass {
    Pass::try_from(record).unwrap()
}

/// A semitrailer at 17 km/h.
fn full() -> PassRecord {
    let ripple = |i: u32, p: u32| 40 + (i * 7 + p * 3) % 11;
    let panel = |lateral_m, height_m| Panel { lateral_m, height_m };
    PassRecord {
        dt_s: 0.2,
        counts: (0..30).map(|i| (0..4).map(|p| ripple(i, p)).collect()).collect(),
        x_m: (0..30).map(|i| -6.0 + 17.0 / 3.6 * 0.2 * (f64::from(i) + 0.5)).collect(),
        background_cps: vec![225.75; 4],
        length_m: 16.5,
        background_live_s: None,
        panels: vec![panel(2.25, 0.8), panel(2.25, 2.0), panel(-2.25, 0.8), panel(-2.25, 2.0)],
        windows: Some(EnergyWindows {
            soft: (0..30).map(|i| ripple(i, 1) * 2).collect(),
            hard: (0..30).map(|i| ripple(i, 2)).collect(),
            background_soft_cps: 450.0,
            background_hard_cps: 225.0,
        }),
        neutron: Some(NeutronCounts {
            interval_s: 1.0,
            counts: vec![vec![1, 0, 2, 0]; 6],
            background_cps: vec![0.6; 4],
        }),
    }
}
