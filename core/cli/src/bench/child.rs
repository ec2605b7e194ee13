//! An observation through a child process: how long it takes at a hundred a second, and how many a second.

use std::io::Write;
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::time::{Duration, Instant};

use anyhow::Context;
use greenlane_controller::device::{Limits, Report, Supervisor, UnitHandle, UnitPlace, UnitSpec};
use greenlane_controller::host::{Instance, Out};
use greenlane_driver::Input;
use greenlane_lane::DeviceCondition;
use greenlane_model::Stamp;
use greenlane_simulator::device;
use tokio::runtime::Runtime;
use tokio::sync::mpsc;

use super::trace::{self, Side};
use super::yardstick::Yardstick;
use super::{Budget, Row, Setting, Spread, sites};
use crate::places::executable;

/// One observation each time, whatever was before.
const TRIES: usize = 4;
const PAUSE: Duration = Duration::from_millis(10);

/// Measures.
pub fn measure(setting: &Setting) -> anyhow::Result<Vec<Row>> {
    let line = a_line_of_one_observation(setting)?;
    let (spaced, burst) = if setting.quick { (300, 300_000) } else { (2000, 2_000_000) };
    let folder = tempfile::tempdir()?;
    let yardstick = Yardstick::start(folder.path(), &line, "")?;
    let child = latencies(setting, &line, spaced, false)?;
    let thread = latencies(setting, &line, spaced, true)?;
    let bare = yardstick.stop()?.round_trip;
    let (mut through_child, mut through_thread) = (Vec::new(), Vec::new());
    for _ in 0..setting.runs().min(5) {
        through_child.push(throughput(setting, &line, burst, false)?);
        through_thread.push(throughput(setting, &line, burst, true)?);
    }
    Ok(vec![
        Row::new("line to report through a child at 100/s, p50", Spread::quantile(&child, 0.5), "us")
            .within(Budget::AtMost(60.0))
            .beside("p99", Spread::quantile(&child, 0.99), "us")
            .beside("the same in process, p50", Spread::quantile(&thread, 0.5), "us")
            .beside("the same in process, p99", Spread::quantile(&thread, 0.99), "us")
            .beside("loopback TCP round trip, p50", Spread::quantile(&bare, 0.5), "us"),
        Row::new("observations through a child, a burst", Spread::of_runs(through_child), "/s")
            .within(Budget::AtLeast(400_000.0))
            .beside("the same in process", Spread::of_runs(through_thread), "/s"),
    ])
}

/// A line of the portal that makes one observation however often it comes.
fn a_line_of_one_observation(setting: &Setting) -> anyhow::Result<Vec<u8>> {
    let portal = portal(setting)?;
    let (plugin, _) = setting.registry.find(&portal.model).context("there is no driver for the portal")?;
    for line in trace::record(&setting.scenario, setting.seed, 120) {
        if line.side != Side::Portal {
            continue;
        }
        let (mut instance, _) = Instance::open(plugin, &portal.model, &portal.settings)?;
        instance.handle(Stamp::new(1, 1), Input::Connected, &mut Vec::new())?;
        let mut said = Vec::new();
        let mut once = true;
        for n in 0..TRIES as u64 {
            said.clear();
            instance.handle(
                Stamp::new(n * 10_000_000, 1),
                Input::Frame(line.bytes.trim_ascii_end()),
                &mut said,
            )?;
            once &= matches!(&said[..], [Out::Observe { kind, .. }] if kind != "setup" && kind != "health");
        }
        if once {
            return Ok(line.bytes);
        }
    }
    anyhow::bail!("no line of the portal makes exactly one observation")
}

/// A unit with the portal alone, connected.
struct Portal {
    reports: mpsc::Receiver<(u32, Report)>,
    wire: TcpStream,
    // Dropping it ends the unit.
    _unit: UnitHandle,
    _runtime: Runtime,
}

impl Portal {
    fn start(setting: &Setting, in_process: bool) -> anyhow::Result<Self> {
        let portal = portal(setting)?;
        let (plugin, _) =
            setting.registry.find(&portal.model).context("there is no driver for the portal")?;
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let link = format!("tcp://{}", listener.local_addr()?);
        let spec = UnitSpec { link, in_process, devices: vec![sites::unit_device(setting, portal)] };
        let place =
            if in_process { UnitPlace::Thread(vec![plugin]) } else { UnitPlace::Child(executable()?) };
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
        let (sender, reports) = mpsc::channel(4096);
        let limits = Limits { flood_per_s: u32::MAX, ..Limits::default() };
        let unit = Supervisor::new(runtime.handle().clone(), sender, limits).start(0, spec, place);
        let (wire, _) = listener.accept()?;
        wire.set_nodelay(true)?;
        let mut portal = Self { reports, wire, _unit: unit, _runtime: runtime };
        while !matches!(portal.next()?, Report::Condition { condition: DeviceCondition::Up, .. }) {}
        Ok(portal)
    }

    fn next(&mut self) -> anyhow::Result<Report> {
        Ok(self.reports.blocking_recv().context("the unit ended")?.1)
    }

    fn observed(&mut self) -> anyhow::Result<()> {
        loop {
            match self.next()? {
                Report::Observed { .. } => return Ok(()),
                Report::Condition { condition: DeviceCondition::Down, reason, .. } => anyhow::bail!(reason),
                _ => {}
            }
        }
    }
}

fn portal(setting: &Setting) -> anyhow::Result<&greenlane_config::DeviceSetup> {
    let portal = setting.lane.devices.iter().find(|d| d.name == device::PORTAL);
    portal.context("the lane file has no portal")
}

/// From the write of a line to the receipt of its observation, in us.
fn latencies(setting: &Setting, line: &[u8], count: usize, in_process: bool) -> anyhow::Result<Vec<f64>> {
    let mut portal = Portal::start(setting, in_process)?;
    let mut took = Vec::with_capacity(count);
    for _ in 0..count {
        std::thread::sleep(PAUSE);
        let began = Instant::now();
        portal.wire.write_all(line)?;
        portal.observed()?;
        took.push(began.elapsed().as_secs_f64() * 1e6);
    }
    Ok(took)
}

/// Observations a second while lines come as fast as they are taken.
fn throughput(setting: &Setting, line: &[u8], count: usize, in_process: bool) -> anyhow::Result<f64> {
    let mut portal = Portal::start(setting, in_process)?;
    let mut wire = portal.wire.try_clone()?;
    let text = line.repeat(count);
    let began = Instant::now();
    let writer = std::thread::spawn(move || wire.write_all(&text));
    for _ in 0..count {
        portal.observed()?;
    }
    let took = began.elapsed().as_secs_f64();
    writer.join().map_err(|_| anyhow::anyhow!("the writer panicked"))??;
    Ok(count as f64 / took)
}
