//! `greenlane campaign SCENARIO`: thousands of vehicles in simulated time, through the real plugins.

use std::io::Write;
use std::path::PathBuf;
use std::time::Instant;

use clap::Args;
use greenlane_config::Site;
use greenlane_journal::{Journal, Opening};
use greenlane_lane::Effect;
use greenlane_link::Clock;
use greenlane_simulator::{Endpoints, LaneSeed};
use greenlane_standard::stats::{lower, upper};
use indicatif::{ProgressBar, ProgressStyle};

use crate::End;
use crate::compare::{Comparison, Summary};
use crate::places::Places;
use crate::simulated_site::{SURPLUS, SimulatedSite};
use crate::virtual_lane::{BASE_UTC_NS, Simulation};

/// How long the last decisions may take after the last vehicle has gone, in ns of simulated time.
const LAST_DECISIONS_NS: u64 = 60_000_000_000;

/// Entries of a simulated journal that are written at once.
const BATCH: usize = 4096;

/// Send many vehicles through a lane in simulated time and compare with what really happened.
#[derive(Args)]
pub struct Campaign {
    /// A scenario's file, or its name in the tables' folder `scenarios`
    scenario: String,
    /// Vehicles to send through
    #[arg(long, default_value_t = 1000)]
    passages: usize,
    /// Seed of everything random
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Keep a journal, for `greenlane journal replay`
    #[arg(long, value_name = "FILE")]
    journal: Option<PathBuf>,
    /// Name at most so many vehicles that were not right
    #[arg(long, default_value_t = 10)]
    show: usize,
    /// Write what really happened, one JSON line a vehicle
    #[arg(long, value_name = "FILE")]
    truth: Option<PathBuf>,
    /// Print one JSON object at the end, all else to standard error
    #[arg(long)]
    json: bool,
}

impl Campaign {
    pub fn run(self, places: &Places) -> anyhow::Result<End> {
        let scenario = places.scenario(&self.scenario)?;
        let registry = places.registry()?;
        let folder = tempfile::tempdir()?;
        let seed = LaneSeed { seed: self.seed, lane: 0 };
        let lane = SimulatedSite {
            scenario: &scenario,
            seed,
            vehicles: self.passages + SURPLUS,
            utc_ns: BASE_UTC_NS,
        };
        let site = lane.site(places, registry, &Endpoints::simulated(), folder.path())?;
        let setup = &site.lanes[0];
        let min_confidence = setup.config.policy.as_ref().map_or(0.0, |p| p.min_confidence);
        let record = self.journal.is_some();
        let mut simulation = Simulation::start(&scenario, setup, &site.hash, registry, seed, record)?;
        let mut journal = self.journal.as_ref().map(|path| open_journal(path, &site)).transpose()?;
        let mut table = Comparison::new(BASE_UTC_NS, min_confidence);
        let began = Instant::now();
        let now = self.drive(&mut simulation, &mut table, journal.as_mut())?;
        let took = began.elapsed().as_secs_f64();
        if let Some(journal) = journal {
            journal.close()?;
        }
        let journal = self.journal.as_ref().map(|p| p.display().to_string());
        let (fates, summary) = table.judge(self.passages, self.seed, journal);
        let odd = fates.iter().filter(|f| !f.complaints.is_empty() && !f.flagged);
        for fate in odd.take(self.show) {
            let passage = fate.passage.as_deref().unwrap_or("no passage");
            eprintln!("vehicle {} ({passage}): {}", fate.vehicle, fate.complaints.join("; "));
        }
        let simulated = now as f64 / 1e9;
        eprintln!(
            "{simulated:.0} s of lane time in {took:.1} s ({:.0} x), {} observations",
            simulated / took,
            simulation.observations()
        );
        self.tell(&summary)
    }

    fn drive(
        &self,
        simulation: &mut Simulation,
        table: &mut Comparison,
        mut journal: Option<&mut Journal>,
    ) -> anyhow::Result<u64> {
        let mut truth_file = self.truth.as_ref().map(std::fs::File::create).transpose()?;
        let bar = ProgressBar::new(self.passages as u64);
        bar.set_style(ProgressStyle::with_template("{bar:40} {pos}/{len} passages, {eta} left")?);
        let (mut gone_ns, mut entries) = (None, Vec::new());
        loop {
            let now = simulation.advance()?;
            for effect in simulation.take_effects() {
                if let Effect::Passage(passage) = effect {
                    table.passage(*passage);
                }
            }
            for truth in simulation.take_truth() {
                bar.inc(1);
                if let Some(file) = &mut truth_file {
                    writeln!(file, "{}", serde_json::to_string(&truth)?)?;
                }
                table.truth(truth);
            }
            if let Some(journal) = &mut journal {
                entries.append(&mut simulation.take_entries());
                if entries.len() >= BATCH {
                    journal.append(&entries)?;
                    entries.clear();
                }
            }
            if table.vehicles() >= self.passages {
                let since = *gone_ns.get_or_insert(now);
                if now - since > LAST_DECISIONS_NS {
                    if let Some(journal) = &mut journal {
                        journal.append(&entries)?;
                    }
                    bar.finish_and_clear();
                    return Ok(now);
                }
            }
        }
    }

    fn tell(&self, summary: &Summary) -> anyhow::Result<End> {
        if self.json {
            println!("{}", serde_json::to_string(summary)?);
        } else {
            let n = summary.passages;
            let rows = [
                ("right", summary.right),
                ("flagged", summary.flagged),
                ("  of these truly hard", summary.flagged_truly_hard),
                ("wrong, not flagged", summary.wrong),
                ("another's evidence, not flagged", summary.silent_wrong),
                ("passages of no vehicle", summary.extra),
                ("released", summary.released),
                ("released without evidence", summary.released_without_evidence),
            ];
            println!("{n} passages, seed {}", summary.seed);
            for (name, k) in rows {
                let (low, high) = clopper_pearson(k, n);
                let percent = 100.0 * k as f64 / n.max(1) as f64;
                println!(
                    "{name:<32} {k:>7}  {percent:>8.3} %  [{:.3}, {:.3}] at 95 %",
                    100.0 * low,
                    100.0 * high
                );
            }
        }
        let bad = summary.silent_wrong + summary.released_without_evidence;
        Ok(if bad == 0 { End::Ok } else { End::Finding })
    }
}

fn open_journal(path: &std::path::Path, site: &Site) -> anyhow::Result<Journal> {
    let body = serde_json::json!({
        "engine": env!("CARGO_PKG_VERSION"), "site": site.name, "configuration": site.hash, "simulated": true,
    });
    Ok(Journal::open(path, Opening { at: Clock::now(), body: body.to_string() })?)
}

/// Exact two-sided interval at 95 % for `k` of `n` (Clopper and Pearson, Biometrika 26 (1934) 404).
pub fn clopper_pearson(k: u64, n: u64) -> (f64, f64) {
    (lower(n, k, 0.975), upper(n, k, 0.975))
}

#[cfg(test)]
mod tests {
    use super::clopper_pearson;

    #[test]
    fn the_exact_interval_has_its_published_values() {
        let (low, high) = clopper_pearson(0, 100);
        assert!(low == 0.0 && (high - 0.036_216_7).abs() < 1e-6, "{high}");
        let (low, high) = clopper_pearson(10, 100);
        assert!((low - 0.049_005).abs() < 1e-5 && (high - 0.176_223).abs() < 1e-5, "{low} {high}");
        assert_eq!(clopper_pearson(5, 5).1, 1.0);
    }
}
