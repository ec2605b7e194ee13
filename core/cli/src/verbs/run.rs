//! `greenlane run CONFIG`: the controller at work.

use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use clap::Args;
use greenlane_config::Site;
use greenlane_controller::device::Limits;
use greenlane_controller::host::Registry;
use greenlane_controller::{Controller, Setup};

use super::wait;
use crate::End;
use crate::places::{Places, executable};

/// Run the lanes of a configuration until Ctrl-C.
#[derive(Args)]
pub struct Run {
    /// A lane's or a site's TOML file. A change of it is applied when the new one is right
    config: PathBuf,
    /// Stop after this time, e.g. 30s
    #[arg(long = "for", value_name = "DURATION", value_parser = wait::duration)]
    limit: Option<Duration>,
    /// The journal's file; one that exists is continued [default: NAME.journal]
    #[arg(long, value_name = "FILE")]
    journal: Option<PathBuf>,
}

impl Run {
    pub fn run(self, places: &Places) -> anyhow::Result<End> {
        let registry = places.registry()?;
        let site = places.load(&self.config, registry)?;
        let journal = self.journal.clone().unwrap_or_else(|| format!("{}.journal", site.name).into());
        let (lanes, devices) = (site.lanes.len(), site.lanes.iter().map(|l| l.devices.len()).sum::<usize>());
        eprintln!("{}: {lanes} lane(s), {devices} device(s), journal {}", site.name, journal.display());
        let mut watched = Watched::new(&site);
        let controller = Controller::start(Setup {
            site,
            registry,
            journal,
            executable: executable()?,
            limits: Limits::default(),
            watcher: Box::new(|_, _| {}),
        })?;
        wait::until_stopped(self.limit, || self.reload(&mut watched, places, registry, &controller))?;
        let head = controller.stop().map_err(anyhow::Error::msg)?;
        eprintln!("stopped; the journal ends with entry {}", head.seq);
        Ok(End::Ok)
    }

    fn reload(&self, watched: &mut Watched, places: &Places, registry: &Registry, controller: &Controller) {
        if !watched.changed() {
            return;
        }
        match places.load(&self.config, registry) {
            Ok(site) if site.hash == watched.hash => {}
            Ok(site) => {
                *watched = Watched::new(&site);
                match controller.reload(site) {
                    Ok(()) => eprintln!("the changed configuration is in force"),
                    Err(error) => eprintln!("the changed configuration is not in force: {error}"),
                }
            }
            Err(error) => eprintln!("greenlane: {error:#}; the one in force stays"),
        }
    }
}

/// The configuration's files as they were when last looked at.
struct Watched {
    hash: String,
    files: Vec<(PathBuf, Option<SystemTime>)>,
}

impl Watched {
    fn new(site: &Site) -> Self {
        let files = site.files.iter().map(|f| (f.clone(), modified(f))).collect();
        Self { hash: site.hash.clone(), files }
    }

    fn changed(&mut self) -> bool {
        let mut changed = false;
        for (file, time) in &mut self.files {
            let now = modified(file);
            changed |= std::mem::replace(time, now) != now;
        }
        changed
    }
}

fn modified(file: &PathBuf) -> Option<SystemTime> {
    std::fs::metadata(file).and_then(|m| m.modified()).ok()
}
