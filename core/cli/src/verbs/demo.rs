//! `greenlane demo`: simulated devices on loopback, a real lane in real time.

mod standard;

use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use anyhow::Context;
use clap::Args;
use greenlane_controller::device::Limits;
use greenlane_controller::{Controller, Setup};
use greenlane_lane::Effect;
use greenlane_link::Clock;
use greenlane_simulator::wire::{Ports, Wires};
use greenlane_simulator::{Endpoints, LaneLayout, LaneSeed, OCR_PATH, Options, VirtualLane, device};

use crate::End;
use crate::compare::{Comparison, Summary};
use crate::places::{Places, executable};
use crate::simulated_site::{SURPLUS, SimulatedSite};
use crate::table;

/// How long the last decisions may take after the last vehicle has gone.
const LAST_DECISIONS: Duration = Duration::from_secs(20);

/// So many vehicles are declared when the demo ends with a key: more than come in a day.
const UNENDING: usize = 10_000;

/// Start simulated devices on loopback and run a lane in real time.
#[derive(Args)]
pub struct Demo {
    /// What drives: a scenario's file, or its name in the tables' folder `scenarios`
    #[arg(long, default_value = "cargo")]
    scenario: String,
    /// Vehicles to send through
    #[arg(long, default_value_t = 20)]
    passages: usize,
    /// Their speed
    #[arg(long, value_name = "KM/H", default_value_t = 17.0)]
    speed_kmh: f64,
    /// Seed of everything random
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// The journal's file; one that exists is continued [default: a temporary one]
    #[arg(long, value_name = "FILE")]
    journal: Option<PathBuf>,
    /// End after the last passage with the comparison against what really happened
    #[arg(long)]
    headless: bool,
    /// Print one JSON object at the end, all else to standard error
    #[arg(long)]
    json: bool,
    /// Put a performance standard in force, for which the portal's driver has no certificate: nothing is released
    #[arg(long)]
    standard: bool,
}

impl Demo {
    pub fn run(self, places: &Places) -> anyhow::Result<End> {
        anyhow::ensure!(
            self.speed_kmh >= 1.0 && self.speed_kmh <= 60.0,
            "--speed-kmh {} is not between 1 and 60",
            self.speed_kmh
        );
        let scenario = places.scenario(&self.scenario)?.at_speed_kmh(self.speed_kmh);
        let folder = tempfile::tempdir().context("no temporary folder can be made")?;
        let journal = self.journal.clone().unwrap_or_else(|| folder.path().join("demo.journal"));
        let images = images_beside(&journal);
        let free = Free::ports()?;
        let registry = places.registry()?;
        let seed = LaneSeed { seed: self.seed, lane: 0 };
        // The simulation's time zero, also by the clocks of its devices.
        let (zero, utc_ns) = (Instant::now(), Clock::now().utc_ns);
        let vehicles = if self.headless { self.passages + SURPLUS } else { UNENDING };
        let lane = SimulatedSite { scenario: &scenario, seed, vehicles, utc_ns };
        let mut site = lane.site(places, registry, &free.endpoints(&images), folder.path())?;
        if self.standard {
            site = standard::put_in_force(&site, places, registry, folder.path())?;
        }
        let min_confidence = site.lanes[0].config.policy.as_ref().map_or(0.0, |p| p.min_confidence);
        let (effects, seen) = channel();
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
        let options = Options { seed, utc_start_ns: utc_ns, images: true };
        let lane = VirtualLane::new(&scenario, &LaneLayout::of(&scenario), options);
        let mut wires = runtime.block_on(free.open(lane, &images))?;
        let watcher = move |_: &str, effect: &Effect| drop(effects.send(effect.clone()));
        let controller = Controller::start(Setup {
            site,
            registry,
            journal: journal.clone(),
            executable: executable()?,
            limits: Limits::default(),
            watcher: Box::new(watcher),
        })?;
        let uncertified = self.standard.then_some(standard::UNCERTIFIED);
        let table = Comparison::new(utc_ns, min_confidence).with_uncertified(uncertified);
        let mut show = Show { table, json: self.json, seen };
        let ended = runtime.block_on(self.drive(&mut wires, zero, &mut show));
        controller.stop().map_err(anyhow::Error::msg)?;
        ended?;
        let kept = Some(journal.display().to_string());
        let (fates, summary) = show.table.judge(self.passages, self.seed, kept);
        for fate in fates.iter().filter(|f| !f.complaints.is_empty() || f.flagged) {
            eprintln!(
                "vehicle {} ({}): {}",
                fate.vehicle,
                fate.passage.as_deref().unwrap_or("-"),
                fate.complaints.join("; ")
            );
        }
        if self.journal.is_none() {
            // The journal named in the summary is there to be looked at.
            let _ = folder.keep();
        }
        self.tell(&summary)
    }

    /// Sends the vehicles and waits for the last decision.
    async fn drive(&self, wires: &mut Wires, zero: Instant, show: &mut Show) -> anyhow::Result<()> {
        show.header();
        let forever = !self.headless;
        let mut gone = None;
        let run = wires.run(zero.into(), |lane| {
            lane.take_truth().into_iter().for_each(|truth| show.table.truth(truth));
            show.look();
            if forever || show.table.vehicles() < self.passages {
                return false;
            }
            let since = *gone.get_or_insert_with(Instant::now);
            show.table.decided(self.passages) || since.elapsed() > LAST_DECISIONS
        });
        tokio::select! {
            ended = run => ended.context("the simulated wires failed"),
            _ = tokio::signal::ctrl_c() => Ok(()),
        }
    }

    fn tell(&self, summary: &Summary) -> anyhow::Result<End> {
        let all_right = summary.right == summary.passages && summary.passages > 0;
        if self.json {
            println!("{}", serde_json::to_string(summary)?);
        } else {
            println!(
                "{} of {} passages right, {} flagged, {} wrong ({} silently); {} released, {} without evidence",
                summary.right,
                summary.passages,
                summary.flagged,
                summary.wrong,
                summary.silent_wrong,
                summary.released,
                summary.released_without_evidence
            );
            println!("journal: {}", summary.journal.as_deref().unwrap_or_default());
        }
        Ok(if all_right || !self.headless { End::Ok } else { End::Finding })
    }
}

/// What the user sees while it runs.
struct Show {
    table: Comparison,
    json: bool,
    seen: Receiver<Effect>,
}

impl Show {
    fn line(&self, line: &str) {
        if self.json { eprintln!("{line}") } else { println!("{line}") }
    }

    fn header(&self) {
        self.line(&table::header());
    }

    fn look(&mut self) {
        while let Ok(effect) = self.seen.try_recv() {
            if let Effect::Passage(passage) = effect {
                if passage.left.is_some() && passage.decision.is_some() {
                    self.line(&table::row(&passage));
                }
                self.table.passage(*passage);
            }
        }
    }
}

fn images_beside(journal: &Path) -> PathBuf {
    let mut name = journal.file_name().unwrap_or_default().to_owned();
    name.push(".images");
    let folder = journal.with_file_name(name);
    std::path::absolute(&folder).unwrap_or(folder)
}

/// Ports that were free a moment ago.
struct Free {
    ports: Ports,
    spectrometer: u16,
    ocr: SocketAddr,
}

impl Free {
    fn ports() -> anyhow::Result<Self> {
        let listeners: Vec<TcpListener> = (0..5)
            .map(|_| TcpListener::bind((Ipv4Addr::LOCALHOST, 0)))
            .collect::<Result<_, _>>()
            .context("no free loopback port")?;
        let ports: Vec<u16> =
            listeners.iter().map(|l| l.local_addr().map(|a| a.port())).collect::<Result<_, _>>()?;
        Ok(Self {
            ports: Ports { portal: ports[0], io: ports[1], scan_io: ports[2] },
            spectrometer: ports[4],
            ocr: SocketAddr::from((Ipv4Addr::LOCALHOST, ports[3])),
        })
    }

    fn endpoints(&self, images: &Path) -> Endpoints {
        let Ports { portal, io, scan_io } = self.ports;
        // Devices and controller share this machine: what is a dead module elsewhere is a busy processor here.
        Endpoints {
            portal: format!("tcp://127.0.0.1:{portal}"),
            io: format!("modbus://127.0.0.1:{io}?timeout_ms=1000"),
            scan_io: format!("modbus://127.0.0.1:{scan_io}?timeout_ms=1000"),
            ocr: format!("http://{}{OCR_PATH}", self.ocr),
            spectrometer: format!("tcp://127.0.0.1:{}", self.spectrometer),
            xray: format!("folder://{}?settle_ms=100", images.display()),
            isolation: "process",
        }
    }

    async fn open(&self, lane: VirtualLane, images: &Path) -> std::io::Result<Wires> {
        let mut wires = Wires::open(lane, self.ports, self.ocr, images).await?;
        // In a lane without one nobody connects.
        wires.open_station(device::SPECTROMETER, self.spectrometer).await?;
        Ok(wires)
    }
}
