//! The acceptance table.

use std::time::Instant;

use greenlane_radiation::detect::{Pass, Settings, detect};
use greenlane_simulator::study::detection::{Goal, Lane, Measured, Scene, Study};

use super::shown;
use crate::End;

/// Passes that are timed.
const TIMED: u64 = 2000;

/// Print every goal with what was measured; a goal that must be reached and is not is a finding.
pub fn table(study: &Study<'_>, settings: &Settings) -> End {
    println!(
        "\nAcceptance; thresholds from {} passes without a source, seed {}",
        study.runs * 50,
        study.seed
    );
    println!("{:<58} {:>42} {:>8} {:>9}", "goal", "measured", "must", "ambitious");
    let mut goals = study.goals();
    let micros = micros(settings);
    goals.push(Goal::at_most("one occupancy of four panels, all tests, in us", micros, Some(50.0), 5.0));
    for goal in &goals {
        let measured = match goal.measured {
            Measured::Share(share) => shown(share),
            Measured::Number(number) if number < 1e-3 => format!("{number:.1e}"),
            Measured::Number(number) => format!("{number:.3}"),
        };
        let mark = |limit: Option<f64>| match limit {
            Some(limit) => format!("{limit} {}", if goal.reaches(limit) { "yes" } else { "NO" }),
            None => "-".to_owned(),
        };
        println!("{:<58} {measured:>42} {:>8} {:>9}", goal.what, mark(goal.must), mark(goal.ambitious));
    }
    let failed = goals.iter().any(|goal| goal.must.is_some_and(|must| !goal.reaches(must)));
    if failed { End::Finding } else { End::Ok }
}

/// The median time of one detection on this machine as it is loaded now.
fn micros(settings: &Settings) -> f64 {
    let lane = Lane::full();
    let study = Study { settings, runs: TIMED, seed: 1, threads: 1 };
    let passes = study.campaign(&lane, 40_000).run(|_| Scene::default(), |_, record| Pass::try_from(record));
    let mut times: Vec<f64> = Vec::new();
    for pass in passes.iter().flatten() {
        let began = Instant::now();
        std::hint::black_box(detect(pass, settings));
        times.push(began.elapsed().as_secs_f64() * 1e6);
    }
    times.sort_by(f64::total_cmp);
    times.get(times.len() / 2).copied().unwrap_or(f64::INFINITY)
}
