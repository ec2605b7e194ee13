//! A withdrawal while the disk does not write: it leaves at once, and is journalled when the disk is back.
//!
//! The disk is made to fail for this process by the longest length a file may have
//! (`RLIMIT_FSIZE`): every write of the journal then ends with an error.

use std::path::Path;
use std::time::Duration;

use anyhow::Context;
use greenlane_config::LaneSetup;
use greenlane_journal::{Filter, Reader};
use greenlane_model::units::Metres;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tokio::signal::unix::{SignalKind, signal};

use super::far_side::{FarLane, Watch, Wires};
use super::trace::{CHAIN, ESTOP, SCAN_IN, contact};
use super::{Budget, Row, Setting, Spread, sites};

/// SIGXFSZ of Linux on x86 and Arm: unless it is caught, a write beyond the limit ends the process.
const FILE_TOO_LONG: i32 = 25;
/// The lane is made so short that nothing has to wait for a vehicle to drive.
const SMALLER: f64 = 0.01;
/// Shorter than the journal's files are from the start.
const SHORT: u64 = 4096;
/// Long enough for a commit to be tried, and for the lane to hear of it.
const SETTLE: Duration = Duration::from_millis(40);
/// The journal is tried again within 50 ms.
const AGAIN: Duration = Duration::from_millis(120);
/// A command that did not come by then is not measured.
const PATIENCE: Duration = Duration::from_secs(5);

/// Measures.
pub fn measure(setting: &Setting) -> anyhow::Result<Vec<Row>> {
    let rounds = if setting.quick { 40 } else { 300 };
    let folder = tempfile::tempdir()?;
    let journal = folder.path().join("bench.journal");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let seen = runtime.block_on(async {
        let _caught = signal(SignalKind::from_raw(FILE_TOO_LONG)).context("a signal cannot be caught")?;
        let watch = Watch::default();
        let far = FarLane::bind(watch.clone()).await?;
        let lane = tiny(sites::scanning_lane(setting, 0, far.ports()?));
        let controller = sites::start(setting, vec![lane], &journal, Box::new(|_, _| {}))?;
        let mut wires = far.connected().await?;
        for (point, on) in CHAIN {
            wires.send(&contact(0, point, on)).await?;
        }
        for _ in 0..rounds {
            round(&mut wires, &watch).await?;
        }
        tokio::task::spawn_blocking(move || controller.stop()).await?.map_err(anyhow::Error::msg)?;
        anyhow::Ok(watch.take())
    })?;
    let dead = times_dead(&journal)?;
    anyhow::ensure!(dead >= seen.withdrawals.len(), "the journal was written though its disk was dead");
    let ms = |q| Spread::quantile(&seen.withdrawals, q).map(|us| us / 1000.0);
    let row = Row::new("line to withdrawal, p99, with a dead disk", ms(0.99), "ms")
        .within(Budget::AtMost(5.0))
        .beside("p50", ms(0.5), "ms")
        .beside("withdrawals measured", Spread::exact(seen.withdrawals.len() as f64), "samples")
        .beside("lines that nothing followed", Spread::exact(seen.unanswered as f64), "lines")
        .beside("times that the journal could not be written", Spread::exact(dead as f64), "times");
    Ok(vec![row])
}

/// The lane a hundred times smaller, and what a vehicle is with it.
fn tiny(mut lane: LaneSetup) -> LaneSetup {
    let small = |metres: Metres| Metres::new(metres.value() * SMALLER).unwrap_or(metres);
    for device in &mut lane.config.devices {
        device.at_m = device.at_m.map(small);
        device.length_m = small(device.length_m);
    }
    for bind in &mut lane.config.binds {
        bind.at_m = bind.at_m.map(small);
        bind.length_m = bind.length_m.map(small);
    }
    lane.config.tracker.min_length_m *= SMALLER;
    lane.config.tracker.max_inner_gap_m *= SMALLER;
    lane
}

/// One vehicle: asked for with a good disk, taken back with a dead one.
async fn round(wires: &mut Wires, watch: &Watch) -> anyhow::Result<()> {
    wires.send(&contact(1, "loop_entry", true)).await?;
    tokio::time::sleep(SETTLE).await;
    wires.send(&contact(1, SCAN_IN, true)).await?;
    written(watch).await;
    tokio::time::sleep(SETTLE).await;
    {
        let _dead = Dead::begin()?;
        wires.send(&contact(1, ESTOP, false)).await?;
        written(watch).await;
        tokio::time::sleep(SETTLE).await;
    }
    tokio::time::sleep(AGAIN).await;
    wires.send(&contact(1, ESTOP, true)).await?;
    for (point, on) in
        [("loop_entry", false), (SCAN_IN, false), ("beam_barrier", true), ("beam_barrier", false)]
    {
        tokio::time::sleep(SETTLE).await;
        wires.send(&contact(1, point, on)).await?;
    }
    tokio::time::sleep(AGAIN).await;
    Ok(())
}

/// Waits for a write; one that does not come shows as a line that nothing followed.
async fn written(watch: &Watch) {
    let _ = tokio::time::timeout(PATIENCE, watch.written.notified()).await;
}

/// How often the lane was told that its journal cannot be written.
fn times_dead(journal: &Path) -> anyhow::Result<usize> {
    let reader = Reader::open(journal)?;
    let filter = Filter { kind: Some("recorder".to_owned()), ..Filter::default() };
    let told: Result<Vec<_>, _> = reader.entries(filter).collect();
    Ok(told?.iter().filter(|r| r.entry.body.contains(r#""writable":false"#)).count())
}

/// While it lives, no file of this process may grow or be written beyond its first pages.
struct Dead(Rlimit);

impl Dead {
    fn begin() -> anyhow::Result<Self> {
        let before = getrlimit(Resource::Fsize);
        let short = Rlimit { current: Some(SHORT), maximum: before.maximum };
        setrlimit(Resource::Fsize, short).context("the disk cannot be made to fail")?;
        Ok(Self(before))
    }
}

impl Drop for Dead {
    fn drop(&mut self) {
        // Only the soft limit was lowered, so it may be raised again.
        let _ = setrlimit(Resource::Fsize, self.0);
    }
}
