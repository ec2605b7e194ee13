//! A site at work: everything started in the right order, and stopped again.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::thread::JoinHandle;

use greenlane_config::{DeviceSetup, Isolation, LaneSetup, Site};
use greenlane_journal::{Head, Journal, JournalError, Opening, Reader, Writer, WriterLimits};
use greenlane_lane::{Input, OperatorAction};
use greenlane_link::Clock;
use greenlane_standard::Admission;
use tokio::sync::mpsc;

use crate::audit::AuditKey;
use crate::device::{Limits, Supervisor, UnitDevice, UnitPlace, UnitSpec};
use crate::dossier::{Filing, Keeper};
use crate::host::Registry;
use crate::papers::Declarations;
use crate::runtime::{
    LaneStart, Message, RecordError, Reloaded, Runtime, Token, Unit, Watcher, epochs, let_go, open,
};
use crate::standard::Admissions;

/// Length of the one queue between devices and lanes.
const QUEUE: usize = 4096;

/// What a controller needs to start.
pub struct Setup {
    /// What to run.
    pub site: Site,
    /// The plugins. They are never unloaded, so the registry lives as long as the process.
    pub registry: &'static Registry,
    /// The journal's file; taken up again when it exists.
    pub journal: PathBuf,
    /// The executable that isolated devices run in, with the argument `device-host`.
    pub executable: PathBuf,
    /// Limits of units.
    pub limits: Limits,
    /// Told of every effect.
    pub watcher: Watcher,
}

/// The site cannot start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The journal.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// What stands in the journal.
    #[error(transparent)]
    Record(#[from] RecordError),
    /// The standard in force.
    #[error("{0}; the site's `[standard]` says that no lane starts with it")]
    Refused(String),
    /// The key of the audit draw, beside the journal.
    #[error("the key of the audit draw beside the journal cannot be read or made: {0}")]
    AuditKey(std::io::Error),
    /// A thread.
    #[error("a thread cannot be started: {0}")]
    Thread(#[from] std::io::Error),
}

/// A site at work. Dropping it without [`Controller::stop`] stops it as well, without waiting.
pub struct Controller {
    messages: mpsc::UnboundedSender<Message>,
    supervisor: Supervisor,
    registry: &'static Registry,
    executable: PathBuf,
    running: Mutex<Running>,
    lanes: Option<JoinHandle<()>>,
    writer: Option<Writer<Token, Journal>>,
    // Last: its drop ends every child.
    devices: Option<tokio::runtime::Runtime>,
}

/// Which units run for which devices.
struct Running {
    site: Site,
    units: BTreeMap<u32, UnitSpec>,
    next: u32,
}

impl Controller {
    /// Starts everything: journal first, then lanes, then devices.
    ///
    /// # Errors
    /// See [`StartError`].
    pub fn start(setup: Setup) -> Result<Self, StartError> {
        let Setup { site, registry, journal, executable, limits, watcher } = setup;
        may_start(&site, registry).map_err(StartError::Refused)?;
        let opening = Opening { at: Clock::now(), body: opening(&site, registry) };
        // The writer first: nobody else writes from here on, and a file whose making was interrupted is made.
        let writing = Journal::open(&journal, opening)?;
        let record = Reader::open(&journal)?;
        let epoch = epochs(&record)?;
        let key = audit_key(&site, &journal)?;
        let mut lanes = Vec::new();
        for setup in &site.lanes {
            let opened = open(&record, &setup.config.lane.name)?;
            let (lane, used) = (opened.lane, opened.used);
            let declarations = Declarations::new(setup.manifest.clone(), key.clone());
            let (config, hash) = (setup.config.clone(), site.hash.clone());
            let mut keeper = Keeper::default();
            keeper.set_models(&setup.devices);
            let admissions = Admissions::new(setup, registry);
            lanes.push(LaneStart { lane, used, config, hash, declarations, keeper, admissions });
        }
        drop(record);
        let (messages, message_queue) = mpsc::unbounded_channel();
        let (committed, states) = (messages.clone(), messages.clone());
        let writer = Writer::start(
            writing,
            WriterLimits { queue: 64, ..WriterLimits::default() },
            move |token, range| let_go(&committed, token, range),
            // Fails only when the runtime has ended.
            move |state| drop(states.send(Message::Recorder(state))),
        )?;
        let devices = devices_runtime()?;
        let (reports, report_queue) = mpsc::channel(QUEUE);
        let supervisor = Supervisor::new(devices.handle().clone(), reports, limits);
        let mut running = Running { site: site.clone(), units: BTreeMap::new(), next: 0 };
        let filed = messages.clone();
        // Fails only when the runtime has ended.
        let filing = Filing::start(beside(&journal, ".n42"), move |f| drop(filed.send(Message::Filed(f))))?;
        let mut runtime = Runtime::new(epoch, writer.handle(), watcher, filing);
        for spec in units(&site, registry) {
            runtime.add_unit(running.start(spec, &supervisor, registry, &executable));
        }
        lanes.into_iter().for_each(|lane| runtime.add_lane(lane));
        let lanes = std::thread::Builder::new().name("lanes".into()).spawn(move || {
            match tokio::runtime::Builder::new_current_thread().enable_all().build() {
                Ok(tokio) => tokio.block_on(runtime.run(report_queue, message_queue)),
                Err(error) => tracing::error!("the lanes cannot run: {error}"),
            }
        })?;
        Ok(Self {
            messages,
            supervisor,
            registry,
            executable,
            running: Mutex::new(running),
            lanes: Some(lanes),
            writer: Some(writer),
            devices: Some(devices),
        })
    }

    /// Puts another configuration in force: devices that did not change are not touched. Lanes cannot be
    /// added or taken away while running; the answer says so.
    ///
    /// # Errors
    /// A sentence.
    pub fn reload(&self, site: Site) -> Result<(), String> {
        let mut running = self.running.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let names = |site: &Site| site.lanes.iter().map(|l| l.config.lane.name.clone()).collect::<Vec<_>>();
        if names(&site) != names(&running.site) {
            return Err("lanes were added, removed or renamed: that takes a restart".into());
        }
        may_start(&site, self.registry)?;
        let wanted = units(&site, self.registry);
        let stop: Vec<u32> =
            running.units.iter().filter(|(_, spec)| !wanted.contains(spec)).map(|(&id, _)| id).collect();
        stop.iter().for_each(|id| drop(running.units.remove(id)));
        let new: Vec<UnitSpec> =
            wanted.into_iter().filter(|spec| !running.units.values().any(|s| s == spec)).collect();
        running.site = site.clone();
        let start = new
            .into_iter()
            .map(|spec| running.start(spec, &self.supervisor, self.registry, &self.executable))
            .collect();
        let reloaded = |lane| {
            let admissions = Admissions::new(&lane, self.registry);
            Reloaded { lane, hash: site.hash.clone(), admissions }
        };
        let configs = site.lanes.into_iter().map(reloaded).collect();
        self.messages
            .send(Message::Reload { configs, stop, start })
            .map_err(|_| "the controller has stopped".to_owned())
    }

    /// A person acts on a passage.
    pub fn operate(&self, lane: &str, who: &str, passage: &str, action: OperatorAction) {
        let (who, passage) = (who.to_owned(), passage.to_owned());
        self.person(lane, Input::Operator { who, passage, action });
    }

    /// A person says that a device is well again after service, so that a monitor of the standard in force begins
    /// anew; `device` is empty for a monitor of the lane as a whole.
    pub fn serviced(&self, lane: &str, who: &str, monitor: &str, device: &str, reason: &str) {
        let (who, monitor) = (who.to_owned(), monitor.to_owned());
        let (device, reason) = (device.to_owned(), reason.to_owned());
        self.person(lane, Input::Serviced { who, monitor, device, reason });
    }

    fn person(&self, lane: &str, input: Input) {
        // Fails only when the runtime has ended.
        let _ = self.messages.send(Message::Person { lane: lane.to_owned(), input: Box::new(input) });
    }

    /// Stops the devices, lets the lanes finish what they took, writes it and closes the journal.
    ///
    /// # Errors
    /// The journal could not be written or closed.
    pub fn stop(mut self) -> Result<Head, String> {
        self.end_lanes();
        let writer = self.writer.take().ok_or("already stopped")?;
        let journal = writer.close().map_err(|e| e.to_string())?;
        journal.close().map_err(|e| e.to_string())
    }

    fn end_lanes(&mut self) {
        // Fails only when the runtime has ended.
        let _ = self.messages.send(Message::Stop);
        if let Some(lanes) = self.lanes.take() {
            // A panic there was reported by the thread.
            let _ = lanes.join();
        }
        if let Some(devices) = self.devices.take() {
            devices.shutdown_background();
        }
    }
}

impl Drop for Controller {
    fn drop(&mut self) {
        self.end_lanes();
    }
}

impl Running {
    fn start(
        &mut self,
        spec: UnitSpec,
        supervisor: &Supervisor,
        registry: &'static Registry,
        executable: &Path,
    ) -> Unit {
        let id = self.next;
        self.next += 1;
        let name_of = |device: &UnitDevice| {
            let lane = self.site.lanes.iter().position(|l| l.devices.iter().any(|d| d.name == device.name));
            (device.name.clone(), lane.unwrap_or_default())
        };
        let devices = spec.devices.iter().map(name_of).collect();
        let plugins = spec.devices.iter().filter_map(|d| Some(registry.find(&d.model)?.0)).collect();
        let place = if spec.in_process {
            UnitPlace::Thread(plugins)
        } else {
            UnitPlace::Child(executable.to_owned())
        };
        self.units.insert(id, spec.clone());
        Unit { id, handle: supervisor.start(id, spec, place), devices }
    }
}

fn devices_runtime() -> std::io::Result<tokio::runtime::Runtime> {
    let mut builder = tokio::runtime::Builder::new_multi_thread();
    builder.worker_threads(1).thread_name("devices").enable_all().build()
}

/// The key in `<journal>.audit-key`; none is made where nothing is ever drawn.
fn audit_key(site: &Site, journal: &Path) -> Result<AuditKey, StartError> {
    let asks = |l: &LaneSetup| l.manifest.is_some() || l.config.radiation.is_some();
    if !site.lanes.iter().any(asks) {
        return Ok(AuditKey::known(0));
    }
    AuditKey::kept(&AuditKey::path(journal)).map_err(StartError::AuditKey)
}

/// The journal's name with something behind it.
fn beside(journal: &Path, suffix: &str) -> PathBuf {
    let mut path = journal.as_os_str().to_owned();
    path.push(suffix);
    PathBuf::from(path)
}

/// Whether the site may start, by the standard in force.
fn may_start(site: &Site, registry: &Registry) -> Result<(), String> {
    let utc_s = Clock::now().utc_ns / 1_000_000_000;
    let mut lanes = site.lanes.iter();
    lanes.find_map(|lane| Admissions::new(lane, registry).refusal(utc_s)).map_or(Ok(()), Err)
}

/// One unit for each link. Devices of one shared link live together, in a child when any of them asks for it or
/// its driver is not admitted.
fn units(site: &Site, registry: &Registry) -> Vec<UnitSpec> {
    let mut units: Vec<UnitSpec> = Vec::new();
    let utc_s = Clock::now().utc_ns / 1_000_000_000;
    let devices = site.lanes.iter().flat_map(|lane| {
        let admissions = Admissions::new(lane, registry);
        lane.devices.iter().map(move |device| (device, admissions.of(&device.name, utc_s)))
    });
    for (device, admission) in devices {
        let trusted = matches!(admission, None | Some(Admission::Admitted { .. }));
        let in_process = device.isolation == Isolation::None && trusted;
        let unit_device = unit_device(device, registry);
        match units.iter_mut().find(|u| u.link == device.link) {
            Some(unit) => {
                unit.in_process &= in_process;
                unit.devices.push(unit_device);
            }
            None => {
                units.push(UnitSpec { link: device.link.clone(), in_process, devices: vec![unit_device] });
            }
        }
    }
    units
}

fn unit_device(device: &DeviceSetup, registry: &Registry) -> UnitDevice {
    UnitDevice {
        name: device.name.clone(),
        model: device.model.clone(),
        settings: device.settings.clone(),
        plugin: registry.find(&device.model).map(|(p, _)| p.path.clone()).unwrap_or_default(),
        silent_after_s: device.silent_after_s,
        capture: device.capture.clone(),
    }
}

fn opening(site: &Site, registry: &Registry) -> String {
    let plugins: BTreeMap<_, _> = registry
        .plugins()
        .iter()
        .map(|p| (p.path.file_name().unwrap_or_default().to_string_lossy().into_owned(), p.hash.clone()))
        .collect();
    serde_json::json!({
        "engine": env!("CARGO_PKG_VERSION"),
        "site": site.name,
        "configuration": site.hash,
        "plugins": plugins,
    })
    .to_string()
}
