//! `greenlane simulate SCENARIO`: one lane in simulated time, every passage printed.

use std::collections::BTreeSet;
use std::path::Path;

use anyhow::Context;
use clap::Args;
use greenlane_lane::Effect;
use greenlane_simulator::{Endpoints, LaneSeed};

use crate::End;
use crate::places::Places;
use crate::simulated_site::{SURPLUS, SimulatedSite};
use crate::table;
use crate::virtual_lane::{BASE_UTC_NS, Simulation};

/// Play a scenario in simulated time and print what the lane makes of it.
///
/// A file with a `[lane]` is a timeline with expectations, as in tests/scenarios: exit 1 when something else
/// follows. Anything else describes traffic, as in configs/scenarios.
#[derive(Args)]
pub struct Simulate {
    /// A scenario's file, or its name in the tables' folder `scenarios`
    scenario: String,
    /// Vehicles to send through (traffic only)
    #[arg(long, default_value_t = 20)]
    passages: usize,
    /// Seed of everything random (traffic only)
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

impl Simulate {
    pub fn run(self, places: &Places) -> anyhow::Result<End> {
        match std::fs::read_to_string(&self.scenario) {
            Ok(text) if text.lines().any(|l| l.trim() == "[lane]") => timeline(&text, &self.scenario),
            _ => self.traffic(places),
        }
    }

    fn traffic(&self, places: &Places) -> anyhow::Result<End> {
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
        let mut simulation = Simulation::start(&scenario, &site.lanes[0], &site.hash, registry, seed, false)?;
        let mut printed = BTreeSet::new();
        println!("{}", table::header());
        while printed.len() < self.passages {
            simulation.advance()?;
            simulation.take_truth();
            for effect in simulation.take_effects() {
                if let Effect::Passage(passage) = effect
                    && passage.left.is_some()
                    && passage.decision.is_some()
                    && printed.insert(passage.id.clone())
                {
                    println!("{}", table::row(&passage));
                }
            }
        }
        Ok(End::Ok)
    }
}

fn timeline(text: &str, name: &str) -> anyhow::Result<End> {
    let report = greenlane_lane::scenario::run(text)
        .with_context(|| format!("the scenario {} is wrong", Path::new(name).display()))?;
    print!("{report}");
    Ok(if report.is_right() { End::Ok } else { End::Finding })
}
