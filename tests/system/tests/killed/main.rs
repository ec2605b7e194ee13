//! kill -9 of the controller at any moment, under traffic: what was acknowledged stays, nothing was permitted
//! without a record, and the next start takes the lane up where it was.
//!
//! `GREENLANE_KILLS` sets how often, `GREENLANE_SEED` when.

mod permits;
mod traffic;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use greenlane_system::{Running, Write, export, greenlane, is_sound, peek, until};
use permits::Permits;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use traffic::Traffic;

const KILLS: u32 = 8;
/// From the start of the controller: its own start takes a part of it.
const LATEST_KILL_MS: u64 = 3000;

#[test]
fn whatever_moment_the_controller_is_killed_at_nothing_acknowledged_is_lost() {
    let kills = number("GREENLANE_KILLS").map_or(KILLS, |kills| u32::try_from(kills).expect("kills"));
    let now = || SystemTime::now().duration_since(UNIX_EPOCH).expect("a clock after 1970").as_nanos() as u64;
    let seed = number("GREENLANE_SEED").unwrap_or_else(now);
    eprintln!("GREENLANE_KILLS={kills} GREENLANE_SEED={seed}");
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let mut yard = Yard::new();
    for kill in 1..=kills {
        let after = Duration::from_millis(random.random_range(0..LATEST_KILL_MS));
        let mut running = yard.start();
        std::thread::sleep(after);
        running.kill();
        yard.check(&format!("kill {kill}, {after:?} after the start"));
    }
    yard.finish();
}

fn number(variable: &str) -> Option<u64> {
    let text = std::env::var(variable).ok()?;
    Some(text.parse().unwrap_or_else(|error| panic!("{variable}={text}: {error}")))
}

/// A site with a guarded lane and a lane with a camera.
struct Yard {
    site: PathBuf,
    journal: PathBuf,
    permits: Permits,
    traffic: Traffic,
    starts: Vec<SystemTime>,
    /// Passages that were not over when the controller was killed.
    interrupted: BTreeSet<String>,
    _folder: tempfile::TempDir,
}

impl Yard {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let (site, journal) = (folder.path().join("site.toml"), folder.path().join("site.journal"));
        let permits = Permits::watch(&journal);
        let traffic = Traffic::start();
        let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).expect("a file");
        write("site.toml", "[site]\nname = \"yard\"\nlanes = [\"in-01.toml\", \"cam-01.toml\"]\n");
        write("in-01.toml", &traffic.guarded_lane(&permits.link()));
        write("cam-01.toml", &traffic.camera_lane());
        let (starts, interrupted) = (Vec::new(), BTreeSet::new());
        Self { site, journal, permits, traffic, starts, interrupted, _folder: folder }
    }

    fn start(&mut self) -> Running {
        self.starts.push(SystemTime::now());
        let mut command = greenlane();
        command.arg("run").arg(&self.site).arg("--journal").arg(&self.journal);
        Running::start(command)
    }

    /// What must hold while nobody runs.
    fn check(&mut self, when: &str) {
        let acknowledged = self.traffic.acknowledged();
        if !self.journal.is_file() {
            assert!(acknowledged.is_empty(), "{when}: acknowledged without a journal: {acknowledged:?}");
            return;
        }
        eprintln!("{when}: {} acknowledged", acknowledged.len());
        is_sound(&self.journal);
        let recorded = self.containers();
        let lost: Vec<_> = acknowledged.difference(&recorded).collect();
        assert!(lost.is_empty(), "{when}: acknowledged and lost: {lost:?}");
        assert_eq!(self.permits.unrecorded(), Vec::<String>::new(), "{when}");
        let passages = export(&self.journal, "passage");
        let under_way = passages.iter().filter(|p| p["left"].is_null() || p["decision"].is_null());
        self.interrupted.extend(under_way.filter_map(|p| p["id"].as_str().map(str::to_owned)));
    }

    /// A last start: the lane works, and every vehicle that was in it goes to a person.
    fn finish(mut self) {
        let running = self.start();
        let (permitted, acknowledged) = (self.permits.count(), self.traffic.acknowledged().len());
        until("a camera is answered again", || {
            (self.traffic.acknowledged().len() > acknowledged).then_some(())
        });
        until("a vehicle is let go again", || (self.permits.count() > permitted).then_some(()));
        until("whatever was in the lane is decided", || {
            let passages = peek(&self.journal, "passage")?;
            let open =
                |p: &&serde_json::Value| self.interrupted.contains(p["id"].as_str().unwrap_or_default());
            passages.iter().filter(open).all(|p| !p["decision"].is_null()).then_some(())
        });
        self.traffic.stop();
        running.stop().with(0);
        let interrupted = std::mem::take(&mut self.interrupted);
        self.check("in the end");

        for passage in export(&self.journal, "passage") {
            let id = passage["id"].as_str().expect("an id");
            if interrupted.contains(id) {
                assert_eq!(passage["recovered"], true, "it was in the lane: {passage}");
                assert_ne!(passage["decision"], "release", "{passage}");
            }
        }
        let slowest = red_first(&self.starts, &self.permits.writes(), &releases(&self.journal));
        eprintln!(
            "{} starts, {} posts acknowledged, {} permissions seen, {} vehicles in the lane at a kill; lights told \
             at the latest {slowest:?} after a start; 0 lost, 0 without a record",
            self.starts.len(),
            self.traffic.acknowledged().len(),
            self.permits.count(),
            interrupted.len(),
        );
    }

    fn containers(&self) -> BTreeSet<String> {
        let observations = export(&self.journal, "observation");
        let containers = observations.iter().filter(|said| said["kind"] == "container");
        containers.filter_map(|said| said["body"]["text"].as_str().map(str::to_owned)).collect()
    }
}

/// After every start the first thing that the lights are told is red, unless a vehicle was released before they
/// were connected. The longest time it took.
fn red_first(starts: &[SystemTime], writes: &[Write], released: &[SystemTime]) -> Duration {
    let mut slowest = Duration::ZERO;
    for (index, start) in starts.iter().enumerate() {
        let next = starts.get(index + 1);
        let first =
            writes.iter().find(|write| write.at >= *start && next.is_none_or(|next| write.at < *next));
        let Some(first) = first else { continue };
        let may_go = released.iter().any(|at| (*start..first.at).contains(at));
        assert!(
            permits::is_red(first) || may_go,
            "start {}: the lights were told {first:?} first",
            index + 1
        );
        slowest = slowest.max(first.at.duration_since(*start).unwrap_or_default());
    }
    slowest
}

/// When vehicles were released.
fn releases(journal: &Path) -> Vec<SystemTime> {
    let decisions = export(journal, "decision");
    let released = decisions.iter().filter(|decision| decision["decision"] == "release");
    let times = released.map(|decision| decision["at"].as_str().unwrap_or_default());
    let parse = |at: &str| at.parse::<jiff::Timestamp>().expect("RFC 3339").as_microsecond();
    times.map(|at| UNIX_EPOCH + Duration::from_micros(parse(at).unsigned_abs())).collect()
}
