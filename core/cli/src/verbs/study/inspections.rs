//! `greenlane study inspections`: what 100 % screening costs a port, by lane and by policy.

mod chart;
mod report;

use std::path::PathBuf;

use anyhow::{Context, anyhow};
use clap::Args;
use greenlane_radiation::explain::Expectations;
use greenlane_simulator::study::inspections::{Day, Lanes, Outcome, Policy, Profile, Station, Study, day};

use crate::End;
use crate::places::Places;
use crate::verbs::detect::settings;
use crate::verbs::identify;

/// Low-level threshold of the simulated station, keV.
const THRESHOLD_KEV: f64 = 47.0;
/// The rows of the table.
const ROWS: [(&str, Lanes, Policy); 7] = [
    ("open all alarms", Lanes::Plastic, Policy::OpenAll),
    ("plastic, explain", Lanes::Plastic, Policy::Explain),
    ("plastic, explain, audit", Lanes::Plastic, Policy::Audit),
    ("plastic and rule, explain", Lanes::PlasticWithRule, Policy::Explain),
    ("plastic and rule, audit", Lanes::PlasticWithRule, Policy::Audit),
    ("and station, explain", Lanes::WithStation, Policy::Explain),
    ("and station, audit", Lanes::WithStation, Policy::Audit),
];

/// Study inspections: alarms, opened containers, officers' hours and queues of a day, by lane and by policy
#[derive(Args)]
pub struct Inspections {
    /// Vehicles a day
    #[arg(long, default_value_t = 9000, value_parser = clap::value_parser!(u64).range(1..=1_000_000))]
    per_day: u64,
    /// The port; without it, configs/studies/port.toml
    #[arg(long, value_name = "FILE")]
    profile: Option<PathBuf>,
    /// Days
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u64).range(1..=1000))]
    days: u64,
    /// Vehicles with a source, half of them among goods that radiate, to count wrong explanations with
    #[arg(long, default_value_t = 400)]
    sources: u64,
    /// Inspections at once; without it, the profile's
    #[arg(long)]
    bays: Option<usize>,
    /// Minutes of one inspection; without it, the profile's
    #[arg(long)]
    minutes: Option<f64>,
    /// Seed of everything random
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Threads
    #[arg(long, default_value_t = 1)]
    threads: usize,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
    /// Write the chart of inspections and queues
    #[arg(long, value_name = "FILE")]
    svg: Option<PathBuf>,
}

/// Everything that was counted.
struct Counted {
    per_day: u64,
    days: u64,
    seed: u64,
    rows: Vec<(&'static str, Lanes, Day)>,
    /// Vehicles that all carry a source: among goods that do not radiate, and among such that do.
    sources: [Vec<Outcome>; 2],
}

impl Inspections {
    pub fn run(self, places: &Places) -> anyhow::Result<End> {
        let profile = self.profile(places)?;
        let counted = self.count(places, &profile)?;
        if let Some(path) = &self.svg {
            std::fs::write(path, chart::svg(&counted))
                .with_context(|| format!("{} cannot be written", path.display()))?;
        }
        if self.json {
            println!("{}", report::json(&counted));
        } else {
            report::print(&counted, &profile);
        }
        Ok(End::Ok)
    }

    fn profile(&self, places: &Places) -> anyhow::Result<Profile> {
        let path = match &self.profile {
            Some(path) => path.clone(),
            None => places.configs()?.join("studies").join("port.toml"),
        };
        let text = std::fs::read_to_string(&path);
        let text = text.with_context(|| format!("{} cannot be read", path.display()))?;
        let wrong = |what: String| anyhow!("the profile {} is wrong: {what}", path.display());
        let mut profile = Profile::parse(&text).map_err(wrong)?;
        profile.bays.count = self.bays.unwrap_or(profile.bays.count);
        profile.bays.inspection_minutes = self.minutes.unwrap_or(profile.bays.inspection_minutes);
        profile.check().map_err(|what| anyhow!("{what}"))?;
        Ok(profile)
    }

    fn count(&self, places: &Places, profile: &Profile) -> anyhow::Result<Counted> {
        let settings = settings(None, None)?;
        let response = identify::response(places, None)?;
        let library = identify::library(places, &response, THRESHOLD_KEV)?;
        let (nuclides, table) = (identify::nuclides(places)?, identify::table(places, "unseen")?);
        let carried = profile.sources.nuclides.keys().chain(profile.patients.nuclides.keys());
        let world = (&nuclides, &table, &response);
        let station = Station::new(&library, world, &profile.spectrometer, carried, self.seed);
        let path = places.configs()?.join("cargo").join("expectations.toml");
        let text = std::fs::read_to_string(&path);
        let text = text.with_context(|| format!("{} cannot be read", path.display()))?;
        let expectations = Expectations::parse(&text).map_err(|errors| anyhow!("{errors:?}"))?;
        let study = Study {
            profile,
            settings: &settings,
            expectations: &expectations,
            station: &station,
            seed: self.seed,
            threads: self.threads,
        };
        let outcomes = study.days(self.days, self.per_day)?;
        let cost = |lanes, policy| day(&outcomes, profile, lanes, policy, self.days);
        let half = self.sources / 2;
        Ok(Counted {
            per_day: self.per_day,
            days: self.days,
            seed: self.seed,
            rows: ROWS.map(|(name, lanes, policy)| (name, lanes, cost(lanes, policy))).into(),
            sources: [study.sources(self.sources - half, false)?, study.sources(half, true)?],
        })
    }
}
