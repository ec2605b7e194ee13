//! `greenlane study detection`: what is found of which source, how often nothing is, and against which limit.

mod acceptance;
mod chart;

use std::path::PathBuf;

use clap::Args;
use greenlane_radiation::detect::Settings;
use greenlane_simulator::study::detection::{Cell, MIX, Share, Study};
use greenlane_standard::stats::{lower, upper};

use crate::End;
use crate::verbs::detect::settings;

/// Speeds, in km/h, and depths of the shadow of the table.
const SPEEDS_KMH: [f64; 3] = [5.0, 17.0, 30.0];
const SHADOWS: [f64; 3] = [0.0, 0.15, 0.25];
/// Peak rates of the sources, in cps on a background of 903.
const PEAKS_CPS: [f64; 8] = [100.0, 150.0, 200.0, 250.0, 300.0, 400.0, 500.0, 700.0];
/// False alarms for which thresholds are calibrated.
const CALIBRATED: [f64; 5] = [1e-2, 1e-3, 1e-4, 3e-5, 1e-5];

/// Study detection: probability against strength, speed and shadow, false alarms, and the acceptance table.
#[derive(Args)]
pub struct Detection {
    /// Simulated passes in each cell of the tables
    #[arg(long, default_value_t = 2000)]
    runs: u64,
    /// Seed of everything random
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Write the chart of detection against strength
    #[arg(long, value_name = "FILE")]
    svg: Option<PathBuf>,
    /// Count false alarms of all tests in so many passes without a source, and nothing else
    #[arg(long, value_name = "N", conflicts_with = "calibrate")]
    false_alarms: Option<u64>,
    /// Calibrate thresholds on so many passes without a source, and nothing else
    #[arg(long, value_name = "N")]
    calibrate: Option<u64>,
    /// Settings under study; without it, those that are compiled in
    #[arg(long, value_name = "FILE")]
    settings: Option<PathBuf>,
    /// Threads; without it, one a core
    #[arg(long)]
    threads: Option<usize>,
}

impl Detection {
    pub fn run(self) -> anyhow::Result<End> {
        let settings = settings(self.settings.as_ref(), None)?;
        let threads = self.threads.or_else(|| std::thread::available_parallelism().ok().map(usize::from));
        let study =
            |runs| Study { settings: &settings, runs, seed: self.seed, threads: threads.unwrap_or(1) };
        if let Some(passes) = self.calibrate {
            calibrate(&study(passes));
            return Ok(End::Ok);
        }
        if let Some(passes) = self.false_alarms {
            return Ok(false_alarms(&study(passes), &settings));
        }
        let cells = table(&study(self.runs), &settings);
        if let Some(path) = &self.svg {
            std::fs::write(path, chart::svg(&cells, settings.budget))?;
        }
        Ok(acceptance::table(&study(self.runs), &settings))
    }
}

/// k of n as a share with its exact interval.
fn shown(share: Share) -> String {
    let (low, high) = interval(share);
    format!("{:.4} [{low:.4}, {high:.4}] {}/{}", share.value(), share.k, share.n)
}

/// Exact two-sided interval at 95 %.
fn interval(share: Share) -> (f64, f64) {
    (lower(share.n, share.k, 0.975), upper(share.n, share.k, 0.975))
}

fn table(study: &Study<'_>, settings: &Settings) -> Vec<Cell> {
    println!(
        "Detection of a point source in the middle of the lane, 8 m behind the front of 16.5 m, on 903 cps;\n\
         {} passes a cell, seed {}, {:.0e} false alarms a passage; exact intervals at 95 %.\n\
         'limit' knows strength, place and shadow; nobody does.",
        study.runs, study.seed, settings.budget
    );
    println!(
        "{:>5} {:>6} {:>5}  {:<35} {:>9} {:>8} {:>7}",
        "km/h", "shadow", "cps", "all tests", "ratio", "k-sigma", "limit"
    );
    let mut cells = Vec::new();
    for speed in SPEEDS_KMH {
        for shadow in SHADOWS {
            for peak in PEAKS_CPS {
                let cell = study.cell(100 + cells.len() as u64, speed, shadow, peak);
                println!(
                    "{speed:>5} {shadow:>6} {peak:>5}  {:<35} {:>9.4} {:>8.4} {:>7.4}",
                    shown(cell.combined),
                    cell.ratio.value(),
                    cell.k_sigma.value(),
                    cell.known.value()
                );
                cells.push(cell);
            }
        }
    }
    cells
}

fn false_alarms(study: &Study<'_>, settings: &Settings) -> End {
    let parts = study.false_alarms(10_000);
    println!("False alarms of all tests, budget {:.1e} a passage, seed {}", settings.budget, study.seed);
    println!("{:<36} {:<44} tests", "passes without a source", "share");
    for part in &parts {
        let tests = part.tests.iter().filter(|(_, share)| share.k > 0);
        let tests: Vec<String> = tests.map(|(test, share)| format!("{test} {}", share.k)).collect();
        println!("{:<36} {:<44} {}", part.population.to_string(), in_1e4(part.combined), tests.join(", "));
    }
    let all: Share =
        parts.iter().filter(|part| MIX.contains(&part.population)).map(|part| part.combined).sum();
    println!("{:<36} {:<44}", format!("all {} parts of the mix", MIX.len()), in_1e4(all));
    if all.value() <= settings.budget { End::Ok } else { End::Finding }
}

/// A small share, in units of 1e-4.
fn in_1e4(share: Share) -> String {
    let (low, high) = interval(share);
    let scaled = [share.value(), low, high].map(|x| 1e4 * x);
    format!("{:.3}e-4 [{:.3}, {:.3}] {}/{}", scaled[0], scaled[1], scaled[2], share.k, share.n)
}

fn calibrate(study: &Study<'_>) {
    println!("# {} passes of the mix, seed {}; share, threshold, k of n exceeded", study.runs, study.seed);
    for calibration in study.calibrate(20_000, &CALIBRATED) {
        println!(
            "[tests.{}]",
            serde_json::to_string(&calibration.test).unwrap_or_default().trim_matches('"')
        );
        for (share, threshold, counted) in calibration.points {
            println!("[{share:.0e}, {threshold:.3}]  # {}", in_1e4(counted));
        }
    }
}
