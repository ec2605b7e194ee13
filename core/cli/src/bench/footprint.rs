//! What lanes take: memory in process and in children, and the time until every device is connected. Each is
//! measured in a process of its own, so that nothing of before is counted.

use std::net::{Ipv4Addr, TcpListener};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::Context;
use greenlane_config::{Isolation, LaneSetup};
use greenlane_journal::{Filter, Reader};
use greenlane_link::Clock;
use greenlane_simulator::device;
use serde::{Deserialize, Serialize};

use super::far_side::{FarLane, Ports, Watch};
use super::{Budget, Row, Setting, Spread, sites};
use crate::places::executable;

/// The design's site: sixteen lanes of five devices.
const LANES: usize = 16;
const PATIENCE: Duration = Duration::from_secs(30);
/// Until memory that the start alone needed has been given back, and the first polls were made.
const SETTLE: Duration = Duration::from_secs(1);

/// What a site of its own process took.
#[derive(Debug, Serialize, Deserialize)]
pub struct Footprint {
    /// From the start of the controller to the last device connected, in s.
    connected_s: f64,
    /// Resident memory of the process before the controller was started, in bytes.
    before: u64,
    /// The same with every device connected.
    resident: u64,
    /// Of every child: memory of its own with its share of what it shares (PSS), and all that is resident.
    children: Vec<(u64, u64)>,
}

/// Measures.
pub fn measure(setting: &Setting) -> anyhow::Result<Vec<Row>> {
    let (mut lane, mut fresh, mut own, mut resident) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    let (mut start, mut isolated_start) = (Vec::new(), Vec::new());
    for _ in 0..setting.runs().min(5) {
        let one = in_a_process(setting, 1, Isolation::None)?;
        let many = in_a_process(setting, LANES, Isolation::None)?;
        lane.push(mb(many.resident.saturating_sub(one.resident)) / (LANES - 1) as f64);
        fresh.push(mb(one.resident));
        start.push(many.connected_s);
        let many = in_a_process(setting, LANES, Isolation::Process)?;
        isolated_start.push(many.connected_s);
        let children = many.children.len().max(1) as f64;
        own.push(many.children.iter().map(|c| mb(c.0)).sum::<f64>() / children);
        resident.push(many.children.iter().map(|c| mb(c.1)).sum::<f64>() / children);
    }
    Ok(vec![
        Row::new("memory of a lane of five in-process devices", Spread::of_runs(lane), "MB")
            .within(Budget::AtMost(3.0))
            .beside("resident with one lane, program and plugins", Spread::of_runs(fresh), "MB"),
        Row::new("memory of an isolated device (PSS of its child)", Spread::of_runs(own), "MB")
            .within(Budget::AtMost(4.0))
            .beside("resident in the child, shared pages too", Spread::of_runs(resident), "MB"),
        Row::new("start to 16 lanes, 80 devices connected, in process", Spread::of_runs(start), "s")
            .within(Budget::AtMost(1.0)),
        Row::new(
            "start to 16 lanes, 80 devices connected, each in a child",
            Spread::of_runs(isolated_start),
            "s",
        )
        .within(Budget::AtMost(1.0)),
    ])
}

fn in_a_process(setting: &Setting, lanes: usize, isolation: Isolation) -> anyhow::Result<Footprint> {
    let mode = if isolation == Isolation::None { "none" } else { "process" };
    let output = Command::new(executable()?)
        .args(setting.places.arguments())
        .args(["bench", "--probe", &format!("{lanes}:{mode}")])
        .stdin(Stdio::null())
        .stderr(Stdio::inherit())
        .output()?;
    anyhow::ensure!(output.status.success(), "a probe of {lanes} lanes failed");
    serde_json::from_slice(&output.stdout).context("a probe did not say what it found")
}

/// What this process does when it is the one measured: `LANES:none` or `LANES:process`.
///
/// # Errors
/// When not every device is connected in time.
pub fn probe(setting: &Setting, what: &str) -> anyhow::Result<Footprint> {
    let (lanes, mode) = what.split_once(':').context("a probe is LANES:none or LANES:process")?;
    let lanes: usize = lanes.parse()?;
    let isolation = if mode == "none" { Isolation::None } else { Isolation::Process };
    let folder = tempfile::tempdir()?;
    let journal = folder.path().join("bench.journal");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let mut site = Vec::new();
        for number in 0..lanes {
            let far = FarLane::bind(Watch::default()).await?;
            let lane = five_devices(setting, number, far.ports()?, folder.path())?;
            site.push(sites::isolated(lane, isolation));
            tokio::spawn(async move {
                // The wires stay open as long as the process.
                let wires = far.connected().await;
                std::future::pending::<()>().await;
                drop(wires);
            });
        }
        let before = memory("/proc/self/smaps_rollup", "Rss:");
        let began = Clock::now();
        let controller = sites::start(setting, site, &journal, Box::new(|_, _| {}))?;
        let connected = all_connected(&journal, lanes * 5).await?;
        let connected_s = connected as f64 / 1e9 - began.mono_ns as f64 / 1e9;
        tokio::time::sleep(SETTLE).await;
        let resident = memory("/proc/self/smaps_rollup", "Rss:");
        let children = children().iter().map(|id| of_child(id)).collect();
        tokio::task::spawn_blocking(move || controller.stop()).await?.map_err(anyhow::Error::msg)?;
        Ok(Footprint { connected_s, before, resident, children })
    })
}

/// Portal, camera, scanner, contacts and the scanner's module, each on a wire of its own.
fn five_devices(setting: &Setting, number: usize, ports: Ports, folder: &Path) -> anyhow::Result<LaneSetup> {
    let images = folder.join(format!("images-{number}"));
    std::fs::create_dir_all(&images)?;
    let camera = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?;
    let mut lane = sites::scanning_lane(setting, number, ports);
    for name in [device::OCR, device::XRAY] {
        let one = sites::renamed(sites::only(&setting.lane, &[name]), number);
        let link = if name == device::OCR {
            format!("http://{camera}/ocr")
        } else {
            format!("folder://{}", images.display())
        };
        lane.devices.extend(
            one.devices.into_iter().map(|d| greenlane_config::DeviceSetup { link: link.clone(), ..d }),
        );
        lane.config.devices.extend(one.config.devices);
    }
    Ok(lane)
}

/// When the last of so many devices came up, in ns of the monotonic clock, as the journal has it.
async fn all_connected(journal: &Path, devices: usize) -> anyhow::Result<u64> {
    let began = Instant::now();
    loop {
        let filter = Filter { kind: Some("device".to_owned()), ..Filter::default() };
        let told: Vec<_> = Reader::open(journal)?.entries(filter).collect::<Result<_, _>>()?;
        let up: Vec<u64> = told
            .iter()
            .filter(|r| r.entry.body.contains(r#""condition":"up""#))
            .map(|r| r.entry.at.mono_ns)
            .collect();
        if up.len() >= devices {
            return Ok(up.into_iter().max().unwrap_or_default());
        }
        let late = began.elapsed() > PATIENCE;
        anyhow::ensure!(!late, "{} of {devices} devices connected in time", up.len());
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

fn of_child(id: &str) -> (u64, u64) {
    let path = format!("/proc/{id}/smaps_rollup");
    (memory(&path, "Pss:"), memory(&path, "Rss:"))
}

fn children() -> Vec<String> {
    let tasks = std::fs::read_dir("/proc/self/task").into_iter().flatten().flatten();
    let lists = tasks.filter_map(|task| std::fs::read_to_string(task.path().join("children")).ok());
    lists.flat_map(|list| list.split_whitespace().map(str::to_owned).collect::<Vec<_>>()).collect()
}

/// A line of the kernel's account of a process, in bytes.
fn memory(path: &str, line: &str) -> u64 {
    let text = std::fs::read_to_string(path).unwrap_or_default();
    let kb = text.lines().find_map(|l| l.strip_prefix(line)?.trim().strip_suffix("kB")?.trim().parse().ok());
    kb.unwrap_or(0_u64) * 1024
}

fn mb(bytes: u64) -> f64 {
    bytes as f64 / 1e6
}
