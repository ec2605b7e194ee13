//! From the line to the command: a scan request (permissive, after its commit) and its withdrawal (at once),
//! with every lane full of traffic.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use greenlane_controller::Controller;
use greenlane_journal::{Class, Entry};
use greenlane_simulator::LaneSeed;

use super::far_side::{FarLane, Reactions, Watch};
use super::trace::{self, Line};
use super::yardstick::{Samples, Yardstick};
use super::{Budget, Row, Setting, Spread, sites};
use crate::virtual_lane::Simulation;

/// As fast as the lane allows: the most vehicles a second.
const SPEED_KMH: f64 = 17.0;
/// Until every lane has its first vehicles in it.
const WARM_UP: Duration = Duration::from_secs(15);
/// Lanes start one after the other over so long, so that they do not go in step.
const STAGGER_MS: u64 = 5000;

/// Measures.
pub fn measure(setting: &Setting) -> anyhow::Result<Vec<Row>> {
    let seconds = if setting.quick { 30 } else { 240 };
    let scenario = setting.scenario.clone().at_speed_kmh(SPEED_KMH);
    let length = seconds + WARM_UP.as_secs() + STAGGER_MS / 1000 + 5;
    let lines: Arc<[Line]> = trace::record(&scenario, setting.seed, length).into();
    let record = record_of_a_request(setting)?;
    let line = lines.iter().find(|l| l.causes == trace::Causes::Request).context("no vehicle came")?;
    let folder = tempfile::tempdir()?;
    // The yardstick alone, before anything else runs.
    let yardstick = Yardstick::start(folder.path(), &line.bytes, &record)?;
    std::thread::sleep(Duration::from_secs(if setting.quick { 3 } else { 15 }));
    let alone = yardstick.stop()?;
    let folder = tempfile::tempdir()?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let (seen, beside, used) = runtime.block_on(async {
        let (controller, watch) = start(setting, folder.path(), &lines).await?;
        tokio::time::sleep(WARM_UP).await;
        watch.take();
        let before = cpu_seconds();
        let yardstick = Yardstick::start(folder.path(), &line.bytes, &record)?;
        tokio::time::sleep(Duration::from_secs(seconds)).await;
        let used = (cpu_seconds() - before) / seconds as f64;
        let seen = watch.take();
        let beside = yardstick.stop()?;
        // Waits for its threads, which this thread's tasks need not serve any more.
        tokio::task::spawn_blocking(move || controller.stop()).await?.map_err(anyhow::Error::msg)?;
        anyhow::Ok((seen, beside, used))
    })?;
    rows(setting, &seen, &beside, &alone, used)
}

async fn start(
    setting: &Setting,
    folder: &std::path::Path,
    lines: &Arc<[Line]>,
) -> anyhow::Result<(Controller, Watch)> {
    let watch = Watch::default();
    let mut far = Vec::new();
    let mut lanes = Vec::new();
    for number in 0..setting.lanes {
        let lane = FarLane::bind(watch.beside()).await?;
        lanes.push(sites::scanning_lane(setting, number, lane.ports()?));
        far.push(lane);
    }
    let journal = folder.join("bench.journal");
    let controller = sites::start(setting, lanes, &journal, Box::new(|_, _| {}))?;
    for (number, lane) in (0..).zip(far) {
        let lines = lines.clone();
        let after = Duration::from_millis(number * STAGGER_MS / setting.lanes.max(1) as u64);
        tokio::spawn(async move {
            let wires = lane.connected().await?;
            tokio::time::sleep(after).await;
            wires.play(&lines).await
        });
    }
    Ok((controller, watch))
}

fn rows(
    setting: &Setting,
    seen: &Reactions,
    beside: &Samples,
    alone: &Samples,
    used: f64,
) -> anyhow::Result<Vec<Row>> {
    anyhow::ensure!(!seen.requests.is_empty(), "no scan was asked for: the lanes did not work");
    let together = beside.together();
    let lanes = setting.lanes;
    let mut rows = Vec::new();
    for (q, name, most) in [(0.5, "p50", 2.0), (0.99, "p99", 3.0)] {
        let ours = Spread::quantile(&seen.requests, q);
        let floor = Spread::quantile(&together, q);
        let ratio = Spread {
            low: ours.low / floor.high,
            middle: ours.middle / floor.middle,
            high: ours.high / floor.low,
        };
        let what = format!("line to permissive command over (round trip + commit), {name}, {lanes} lanes");
        let row = Row::new(what, ratio, "x").within(Budget::AtMost(most));
        let row = row.beside(format!("line to permissive command, {name}"), ours, "us");
        let row = beside.beside(row, q, "under the same load");
        rows.push(alone.beside(row, q, "alone"));
    }
    let withdrawal = Spread::quantile(&seen.withdrawals, 0.99).map(|us| us / 1000.0);
    let what = format!("line to withdrawal, p99, {lanes} lanes, with the disk");
    rows.push(
        Row::new(what, withdrawal, "ms")
            .within(Budget::AtMost(5.0))
            .beside("p50", Spread::quantile(&seen.withdrawals, 0.5).map(|us| us / 1000.0), "ms")
            .beside("loopback TCP round trip, p99", Spread::quantile(&beside.round_trip, 0.99), "us"),
    );
    rows.push(
        Row::new("requests measured", Spread::exact(seen.requests.len() as f64), "samples")
            .beside("withdrawals measured", Spread::exact(seen.withdrawals.len() as f64), "samples")
            .beside("lines that nothing followed", Spread::exact(seen.unanswered as f64), "lines")
            .beside("cores used by all of it, the devices' side too", Spread::exact(used), "cores"),
    );
    Ok(rows)
}

/// All that the journal keeps of a step that asks for a scan.
fn record_of_a_request(setting: &Setting) -> anyhow::Result<String> {
    let seed = LaneSeed { seed: setting.seed, lane: 0 };
    let (scenario, registry) = (&setting.scenario, setting.registry);
    let mut simulation = Simulation::start(scenario, &setting.lane, &setting.hash, registry, seed, true)?;
    let mut step: Vec<Entry> = Vec::new();
    while simulation.advance()? < 600_000_000_000 {
        for entry in simulation.take_entries() {
            let asks = |e: &Entry| e.kind == "command" && e.body.contains("scan_request");
            if entry.class == Class::Input {
                if step.iter().any(asks) {
                    return Ok(step.iter().map(|e| format!("{} {} {}", e.lane, e.kind, e.body)).collect());
                }
                step.clear();
            }
            step.push(entry);
        }
    }
    anyhow::bail!("no scan was asked for in ten simulated minutes")
}

/// Processor time of this process so far, in s.
fn cpu_seconds() -> f64 {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
    time.tv_sec as f64 + time.tv_nsec as f64 * 1e-9
}
