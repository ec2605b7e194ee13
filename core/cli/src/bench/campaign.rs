//! Simulated time against this thread's own: a whole lane, and a portal alone, through the real plugins.

use anyhow::Context;
use greenlane_controller::simulated::{SimulatedLane, Wires};
use greenlane_driver::{Input, Request};
use greenlane_link::OwnedAnswer;
use greenlane_model::Stamp;
use greenlane_simulator::world::TICK_NS;
use greenlane_simulator::{LaneLayout, LaneSeed, Options, VirtualEvent, VirtualLane, device};

use super::sites::{self, BASE_UTC_NS};
use super::{Budget, Row, Setting, Spread, own_time, trace};
use crate::virtual_lane::Simulation;

/// Lines of a portal that has nothing to send to.
struct NoWires;

impl Wires for NoWires {
    fn modbus(&mut self, _device: &str, _request: &Request) -> Option<OwnedAnswer> {
        None
    }

    fn send(&mut self, _device: &str, _bytes: &[u8]) {}
}

/// Measures.
pub fn measure(setting: &Setting) -> anyhow::Result<Vec<Row>> {
    let seconds = if setting.quick { 600 } else { 3600 };
    let (mut whole, mut portal, mut world) = (Vec::new(), Vec::new(), Vec::new());
    let mut observations = 0;
    for run in 0..setting.runs() {
        let seed = LaneSeed { seed: setting.seed + run as u64, lane: 0 };
        let (seen, took) = own_time(|| whole_lane(setting, seed, seconds));
        observations = seen?;
        whole.push(seconds as f64 / took);
        let (lines, took) = own_time(|| portal_lines(setting, seed, seconds));
        world.push(seconds as f64 / took);
        let (done, alone) = own_time(|| portal_alone(setting, &lines, seconds));
        done?;
        portal.push(seconds as f64 / (took + alone));
    }
    let world = Spread::of_runs(world);
    Ok(vec![
        Row::new("campaign of a whole lane", Spread::of_runs(whole), "x real time a core")
            .within(Budget::AtLeast(1000.0))
            .beside("the simulated world and devices alone", world, "x real time a core")
            .beside("observations in it", Spread::exact(observations as f64), "observations")
            .beside("simulated", Spread::exact(seconds as f64), "s"),
        Row::new("campaign of a portal alone", Spread::of_runs(portal), "x real time a core")
            .within(Budget::AtLeast(10_000.0))
            .beside("the simulated world and devices alone", world, "x real time a core"),
    ])
}

fn whole_lane(setting: &Setting, seed: LaneSeed, seconds: u64) -> anyhow::Result<u64> {
    let (scenario, lane, hash) = (&setting.scenario, &setting.lane, &setting.hash);
    let mut simulation = Simulation::start(scenario, lane, hash, setting.registry, seed, false)?;
    while simulation.advance()? < seconds * 1_000_000_000 {
        simulation.take_effects();
        simulation.take_truth();
    }
    Ok(simulation.observations())
}

/// What the portal says when nobody waits, with times.
fn portal_lines(setting: &Setting, seed: LaneSeed, seconds: u64) -> Vec<(u64, Vec<u8>)> {
    let options = Options { seed, utc_start_ns: BASE_UTC_NS, images: false };
    let mut world = VirtualLane::new(&setting.scenario, &LaneLayout::default(), options);
    let mut lines = Vec::new();
    for tick in 1..=seconds * 1_000_000_000 / TICK_NS {
        let ns = tick * TICK_NS;
        trace::let_through(&mut world, ns);
        world.advance_to(ns, &mut |ns, name, event| {
            if let (device::PORTAL, VirtualEvent::Frame(bytes)) = (name, event) {
                lines.push((ns, bytes));
            }
        });
        world.take_truth();
    }
    lines
}

fn portal_alone(setting: &Setting, lines: &[(u64, Vec<u8>)], seconds: u64) -> anyhow::Result<()> {
    let lane = sites::only(&setting.lane, &[device::PORTAL]);
    let stamp = |ns: u64| Stamp::new(1_000_000_000_000 + ns, BASE_UTC_NS + ns as i64);
    let mut lane = SimulatedLane::start(&lane, &setting.hash, setting.registry, false, stamp(0))?;
    let portal = lane.device(device::PORTAL).context("the lane file has no portal")?;
    lane.input(portal, stamp(0), Input::Connected, &mut NoWires)?;
    for (ns, line) in lines {
        while lane.next_ns().is_some_and(|at| at < stamp(*ns).mono_ns) {
            let at = lane.next_ns().unwrap_or_default();
            lane.due(Stamp::new(at, BASE_UTC_NS), &mut NoWires)?;
        }
        lane.input(portal, stamp(*ns), Input::Frame(line.trim_ascii_end()), &mut NoWires)?;
        lane.take_effects();
    }
    lane.due(stamp(seconds * 1_000_000_000), &mut NoWires)?;
    anyhow::ensure!(lane.observations() > seconds / 10, "the portal said next to nothing");
    Ok(())
}
