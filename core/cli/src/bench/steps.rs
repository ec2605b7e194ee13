//! The lane by itself: inputs of a recorded day, decoded once, through `Lane::step`; and the replay of that day.

use std::path::Path;
use std::time::Instant;

use greenlane_controller::replay;
use greenlane_journal::{Class, Filter, Journal, Opening, Reader};
use greenlane_lane::{Input, Lane};
use greenlane_link::Clock;
use greenlane_model::Stamp;
use greenlane_simulator::random::Range;
use greenlane_simulator::{LaneSeed, Scenario};

use super::{Budget, Row, Setting, Spread, own_time};
use crate::virtual_lane::Simulation;

/// Before each vehicle, in s: with the drive itself about one a minute.
const PAUSE_S: f64 = 55.0;
const HOUR_NS: u64 = 3_600_000_000_000;

/// Measures.
pub fn measure(setting: &Setting) -> anyhow::Result<Vec<Row>> {
    let hours = if setting.quick { 1 } else { 24 };
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("day.journal");
    let day = record(setting, &path, hours)?;
    let inputs = inputs(&path)?;
    let scale = 24.0 / hours as f64;
    Ok(vec![step_row(setting, &inputs)?, replay_row(setting, &path, &day, scale)?])
}

/// What a recorded stretch of time holds.
struct Day {
    hours: u64,
    vehicles: usize,
    observations: u64,
}

fn record(setting: &Setting, path: &Path, hours: u64) -> anyhow::Result<Day> {
    let mut scenario: Scenario = setting.scenario.clone();
    scenario.traffic.pause_s = Range { min: PAUSE_S, max: PAUSE_S };
    let seed = LaneSeed { seed: setting.seed, lane: 0 };
    let (lane, hash, registry) = (&setting.lane, &setting.hash, setting.registry);
    let mut simulation = Simulation::start(&scenario, lane, hash, registry, seed, true)?;
    let body = serde_json::json!({ "engine": env!("CARGO_PKG_VERSION") }).to_string();
    let mut journal = Journal::open(path, Opening { at: Clock::now(), body })?;
    let (mut entries, mut vehicles) = (Vec::new(), 0);
    while simulation.advance()? < hours * HOUR_NS {
        entries.append(&mut simulation.take_entries());
        vehicles += simulation.take_truth().len();
        simulation.take_effects();
        if entries.len() > 10_000 {
            journal.append(&entries)?;
            entries.clear();
        }
    }
    journal.append(&entries)?;
    journal.close()?;
    Ok(Day { hours, vehicles, observations: simulation.observations() })
}

/// Every input as it stands in the journal.
fn inputs(path: &Path) -> anyhow::Result<Vec<(Stamp, String)>> {
    let filter = Filter { class: Some(Class::Input), ..Filter::default() };
    let mut inputs = Vec::new();
    for recorded in Reader::open(path)?.entries(filter) {
        let entry = recorded?.entry;
        if !entry.lane.is_empty() {
            inputs.push((entry.at, entry.body));
        }
    }
    Ok(inputs)
}

fn step_row(setting: &Setting, inputs: &[(Stamp, String)]) -> anyhow::Result<Row> {
    let (mut stepping, mut decoding) = (Vec::new(), Vec::new());
    let mut observations = 0;
    for _ in 0..setting.runs() {
        let (decoded, took) = own_time(|| -> serde_json::Result<Vec<(Stamp, Input)>> {
            inputs.iter().map(|(at, json)| Ok((*at, Input::from_json(json)?))).collect()
        });
        let decoded = decoded?;
        observations = decoded.iter().filter(|(_, i)| matches!(i, Input::Observation { .. })).count();
        decoding.push(inputs.len() as f64 / took);
        let (_, took) = own_time(|| {
            let mut lane = Lane::new(&setting.lane.config.lane.name);
            let mut effects = Vec::new();
            for (at, input) in decoded {
                lane.step(at, input, &mut effects);
                effects.clear();
            }
            lane
        });
        stepping.push(observations as f64 / took);
    }
    let row =
        Row::new("Lane::step of a recorded day, decoded before", Spread::of_runs(stepping), "observations/s")
            .within(Budget::AtLeast(1e6))
            .beside("decoding the same inputs from JSON", Spread::of_runs(decoding), "inputs/s")
            .beside("observations in it", Spread::exact(observations as f64), "observations");
    Ok(row)
}

fn replay_row(setting: &Setting, path: &Path, day: &Day, scale: f64) -> anyhow::Result<Row> {
    let (mut replaying, mut reading, mut working) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..setting.runs().min(5) {
        let began = Instant::now();
        let (replayed, own) = own_time(|| replay(path));
        replaying.push(began.elapsed().as_secs_f64() * scale);
        working.push(own * scale);
        anyhow::ensure!(replayed?.difference.is_none(), "the recorded day does not replay");
        let began = Instant::now();
        let reader = Reader::open(path)?;
        anyhow::ensure!(reader.entries(Filter::default()).all(|e| e.is_ok()), "the day cannot be read");
        reading.push(began.elapsed().as_secs_f64() * scale);
    }
    let Day { hours, vehicles, observations } = day;
    let scaled = if *hours == 24 { String::new() } else { format!(", {hours} h times {scale}") };
    let row =
        Row::new(format!("replay of a recorded day of one lane{scaled}"), Spread::of_runs(replaying), "s")
            .within(Budget::AtMost(1.0))
            .beside("of it the time of the thread that recomputes", Spread::of_runs(working), "s")
            .beside("reading every entry and nothing else", Spread::of_runs(reading), "s")
            .beside("vehicles in the day", Spread::exact(*vehicles as f64 * scale), "vehicles")
            .beside("observations in the day", Spread::exact(*observations as f64 * scale), "observations");
    Ok(row)
}
