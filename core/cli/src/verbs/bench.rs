//! `greenlane bench`: every budget beside what it is measured against in the same run.

use std::io::IsTerminal;

use anyhow::Context;
use clap::Args;
use greenlane_simulator::{Endpoints, LaneLayout, lane_toml};
use serde::Serialize;

use crate::End;
use crate::bench::{Budget, GROUPS, Machine, Row, Setting, Spread, Verdict, probe};
use crate::places::Places;

/// Measure every budget on this machine, each beside what it is measured against.
#[derive(Args)]
pub struct Bench {
    /// Only this group: reaction, dead-disk, steps, boundary, child, footprint or campaign
    #[arg(long, value_name = "NAME")]
    only: Vec<String>,
    /// Fewer and shorter runs, for a first look
    #[arg(long)]
    quick: bool,
    /// Lanes of full traffic
    #[arg(long, default_value_t = 64, value_parser = clap::value_parser!(u16).range(1..=256))]
    lanes: u16,
    /// Seed of everything random
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Print one JSON object, all else to standard error
    #[arg(long)]
    json: bool,
    /// Be the process whose memory and start are measured
    #[arg(long, hide = true)]
    probe: Option<String>,
}

#[derive(Serialize)]
struct Report {
    machine: Machine,
    optimised: bool,
    seed: u64,
    lanes: u16,
    quick: bool,
    rows: Vec<Row>,
}

impl Bench {
    pub fn run(self, places: &Places) -> anyhow::Result<End> {
        if let Some(unknown) = self.only.iter().find(|name| GROUPS.iter().all(|(known, _)| known != name)) {
            let known: Vec<&str> = GROUPS.iter().map(|(name, _)| *name).collect();
            anyhow::bail!("there is no group {unknown:?}; there are {}", known.join(", "));
        }
        let folder = tempfile::tempdir().context("no temporary folder can be made")?;
        let setting = self.setting(places, folder.path())?;
        if let Some(what) = &self.probe {
            println!("{}", serde_json::to_string(&probe(&setting, what)?)?);
            return Ok(End::Ok);
        }
        let optimised = !cfg!(debug_assertions);
        let machine = Machine::here(folder.path());
        self.say(&heading(&machine, optimised));
        let mut rows = Vec::new();
        for (name, measure) in GROUPS {
            if !self.only.is_empty() && self.only.iter().all(|only| only != name) {
                continue;
            }
            if std::io::stderr().is_terminal() {
                eprintln!("measuring {name}...");
            }
            let measured = measure(&setting).with_context(|| format!("{name} could not be measured"))?;
            measured.iter().for_each(|row| self.say(&lines(row)));
            rows.extend(measured);
        }
        let over = rows.iter().any(|row| row.verdict == Some(Verdict::Over));
        if self.json {
            let Self { seed, lanes, quick, .. } = self;
            println!("{}", serde_json::to_string(&Report { machine, optimised, seed, lanes, quick, rows })?);
        }
        Ok(if over { End::Finding } else { End::Ok })
    }

    fn setting(&self, places: &Places, folder: &std::path::Path) -> anyhow::Result<Setting> {
        let scenario = places.scenario("nominal")?;
        let registry = places.registry()?;
        let file = folder.join("lane.toml");
        std::fs::write(&file, lane_toml(&LaneLayout::default(), &Endpoints::simulated(), &scenario))?;
        let site = places.load(&file, registry)?;
        let lane = site.lanes.into_iter().next().context("the lane file has no lane")?;
        Ok(Setting {
            registry,
            scenario,
            lane,
            hash: site.hash,
            lanes: usize::from(self.lanes),
            quick: self.quick,
            seed: self.seed,
            places: places.clone(),
        })
    }

    fn say(&self, text: &str) {
        if self.json { eprintln!("{text}") } else { println!("{text}") }
    }
}

fn heading(machine: &Machine, optimised: bool) -> String {
    let Machine { cpu, cores, kernel, disk, load, date } = machine;
    let built =
        if optimised { "" } else { "\nNOT OPTIMISED: build with --release before you believe a number" };
    format!("{date}: {cpu}, {cores} cores, {kernel}, {disk}; load before the start {load}{built}\n")
}

fn lines(row: &Row) -> String {
    let verdict = match row.verdict {
        Some(Verdict::Ok) => "ok",
        Some(Verdict::Close) => "close",
        Some(Verdict::Over) => "OVER",
        None => "",
    };
    let budget = match row.budget {
        Some(Budget::AtMost(most)) => format!("<= {}", number(most)),
        Some(Budget::AtLeast(least)) => format!(">= {}", number(least)),
        None => String::new(),
    };
    let mut text = format!("{verdict:<6}{}: {}  {budget}", row.what, spread(row.value, row.unit));
    for beside in &row.beside {
        text.push_str(&format!("\n          {}: {}", beside.what, spread(beside.value, beside.unit)));
    }
    text
}

fn spread(value: Spread, unit: &str) -> String {
    let Spread { low, middle, high } = value;
    if low == high {
        return format!("{} {unit}", number(middle));
    }
    format!("{} {unit} [{}, {}]", number(middle), number(low), number(high))
}

/// Three digits that count.
fn number(value: f64) -> String {
    match value.abs() {
        x if x >= 1000.0 => format!("{value:.0}"),
        x if x >= 100.0 || x == x.trunc() => format!("{value:.0}"),
        x if x >= 10.0 => format!("{value:.1}"),
        x if x >= 1.0 => format!("{value:.2}"),
        _ => format!("{value:.3}"),
    }
}
