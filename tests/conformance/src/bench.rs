//! The driver on the bench: opened anew for each script, watched in all of them.

use std::cell::{OnceCell, RefCell};

use greenlane_controller::host::{OpenFailure, Plugin};
use greenlane_driver::DriverInfo;
use greenlane_model::{Capability, Stamp};
use greenlane_standard::Offer;
use serde_json::Value;

use crate::compose;
use crate::far::Far;
use crate::kit::Kit;
use crate::rig::{Rig, START};
use crate::scene::Scene;
use crate::script::Step;
use crate::suite;
use crate::trace::Trace;
use crate::watch::Watch;

/// How thoroughly a run goes to work.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// Under a minute; never a certificate.
    Quick,
    /// In full.
    Certify,
}

/// A compiled driver, its kit, and what all runs have shown so far.
pub struct Bench<'a> {
    /// The library.
    pub plugin: &'a Plugin,
    /// The driver in it.
    pub info: &'a DriverInfo,
    /// What is known of its device.
    pub kit: &'a Kit,
    /// How thoroughly.
    pub mode: Mode,
    clean: OnceCell<Clean>,
    watch: RefCell<Watch>,
}

/// The clean run that disturbed ones are compared with.
pub struct Clean {
    /// What truly happens.
    pub scene: Scene,
    /// On the wire.
    pub script: Vec<Step>,
    /// What the driver made of it.
    pub trace: Trace,
}

impl<'a> Bench<'a> {
    /// A bench for `info`, one of the drivers of `plugin`.
    pub fn new(plugin: &'a Plugin, info: &'a DriverInfo, kit: &'a Kit, mode: Mode) -> Self {
        Self { plugin, info, kit, mode, clean: OnceCell::new(), watch: RefCell::default() }
    }

    /// Whether the driver says that it can do this.
    pub fn offers(&self, capability: Capability) -> bool {
        self.info.offers.contains(&capability)
    }

    /// Kind of its link, by the word of the driver table.
    pub fn link(&self) -> String {
        let link = serde_json::to_value(self.info.link).unwrap_or_default();
        link["kind"].as_str().unwrap_or_default().to_owned()
    }

    /// What driver, product file and kit offer.
    pub fn offer(&self) -> Offer {
        let capabilities = self.info.offers.iter().copied().collect();
        suite::offer(&self.kit.product, &self.kit.book, &capabilities, &self.link())
    }

    /// Opens the driver with the kit's settings.
    ///
    /// # Errors
    /// The driver refuses them, or breaks.
    pub fn open(&self) -> Result<Rig, OpenFailure> {
        self.open_with(&self.kit.settings)
    }

    /// Opens the driver with other settings.
    ///
    /// # Errors
    /// The driver refuses them, or breaks.
    pub fn open_with(&self, settings: &Value) -> Result<Rig, OpenFailure> {
        Rig::open(self.plugin, self.info, settings, Far::default())
    }

    /// A scene on the wire, in order of time.
    pub fn script(&self, scene: &Scene) -> Vec<Step> {
        scene.events.iter().flat_map(|event| self.kit.render(event)).collect()
    }

    /// Plays a scene to a fresh driver.
    ///
    /// # Errors
    /// The driver does not open.
    pub fn play(&self, scene: &Scene) -> Result<Trace, OpenFailure> {
        self.play_script(&self.script(scene), scene.end_ns)
    }

    /// Plays a script to a fresh driver.
    ///
    /// # Errors
    /// The driver does not open.
    pub fn play_script(&self, script: &[Step], end_ns: u64) -> Result<Trace, OpenFailure> {
        self.play_with(&self.kit.settings, START, script, end_ns)
    }

    /// Plays a script to a fresh driver with other settings, at another time.
    ///
    /// # Errors
    /// The driver does not open.
    pub fn play_with(
        &self,
        settings: &Value,
        start: Stamp,
        script: &[Step],
        end_ns: u64,
    ) -> Result<Trace, OpenFailure> {
        let mut rig = self.open_with(settings)?.started_at(start);
        rig.play(script, end_ns);
        Ok(self.done(rig))
    }

    /// Closes a rig and remembers what it showed.
    pub fn done(&self, rig: Rig) -> Trace {
        let trace = rig.trace;
        self.watch.borrow_mut().look(&trace);
        trace
    }

    /// What all runs have shown so far.
    pub fn watch(&self) -> std::cell::Ref<'_, Watch> {
        self.watch.borrow()
    }

    /// The clean run.
    ///
    /// # Errors
    /// The driver does not open.
    pub fn clean(&self) -> Result<&Clean, OpenFailure> {
        if let Some(clean) = self.clean.get() {
            return Ok(clean);
        }
        let scene = compose::clean(self);
        let script = self.script(&scene);
        let trace = self.play_script(&script, scene.end_ns)?;
        Ok(self.clean.get_or_init(|| Clean { scene, script, trace }))
    }
}
