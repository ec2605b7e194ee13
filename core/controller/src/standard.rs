//! Asks the standard in force about the driver of each device, by the file as it was loaded. What follows from the
//! answer is the lane's to say.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use greenlane_config::{LaneSetup, StandardSetup};
use greenlane_lane::Input;
use greenlane_model::Capability;
use greenlane_standard::{Admission, Asked, Certificate, Date, admit};

use crate::host::Registry;

/// What is asked about the devices of one lane.
#[derive(Debug, Clone, Default)]
pub struct Admissions {
    standard: Option<Arc<StandardSetup>>,
    devices: BTreeMap<String, Driver>,
}

/// A device's driver.
#[derive(Debug, Clone)]
struct Driver {
    model: String,
    /// Capabilities that the lane may use of it.
    uses: BTreeSet<Capability>,
    /// BLAKE3 of the file as it was loaded last.
    plugin: String,
}

impl Admissions {
    /// Those of a lane, whose plugins are the ones that the registry loaded.
    pub fn new(lane: &LaneSetup, registry: &Registry) -> Self {
        let offers = lane.config.devices.iter().map(|device| device.offers.iter().copied().collect());
        let devices = lane.devices.iter().zip(offers).map(|(device, uses)| {
            let plugin = registry.find(&device.model).map(|(plugin, _)| plugin.hash.clone());
            let driver = Driver { model: device.model.clone(), uses, plugin: plugin.unwrap_or_default() };
            (device.name.clone(), driver)
        });
        Self { standard: lane.standard.clone(), devices: devices.collect() }
    }

    /// A device's plugin was loaded (again), perhaps from another file. Says whether that is news.
    pub fn loaded(&mut self, device: &str, plugin: String) -> bool {
        let known = self.devices.get_mut(device).filter(|known| known.plugin != plugin);
        known.map(|known| known.plugin = plugin).is_some()
    }

    /// Takes another lane's place after a reload. What was loaded stays loaded.
    pub fn replace(&mut self, mut new: Self) {
        for (name, driver) in &mut new.devices {
            let known = self.devices.remove(name).filter(|known| known.model == driver.model);
            driver.plugin = known.map_or(std::mem::take(&mut driver.plugin), |known| known.plugin);
        }
        *self = new;
    }

    /// Whether the driver of a device is admitted at this second since 1970; `None` when nobody asks.
    pub fn of(&self, device: &str, utc_s: i64) -> Option<Admission> {
        let (standard, driver) = (self.standard.as_deref()?, self.devices.get(device)?);
        let asked = Asked {
            standard: &standard.standard,
            plugin_blake3: &driver.plugin,
            model: &driver.model,
            abi_major: greenlane_abi::MAJOR,
            uses: &driver.uses,
            firmware: None,
            revocations: standard.revocations.as_ref(),
            today: &Date::of_seconds(utc_s),
        };
        Some(admit(&standard.policy, certificate(&standard.certificates, driver), &asked))
    }

    /// What the lane is told of every device; nothing without a standard in force.
    pub fn inputs(&self, utc_s: i64) -> Vec<Input> {
        let admissions = self.devices.keys().filter_map(|device| {
            let admission = self.of(device, utc_s)?;
            Some(Input::Admission { device: device.clone(), admission })
        });
        admissions.collect()
    }

    /// Why the lane must not start: the first device whose driver is refused.
    pub fn refusal(&self, utc_s: i64) -> Option<String> {
        self.devices.keys().find_map(|device| match self.of(device, utc_s)? {
            Admission::Refused { reason } => Some(format!("the driver of {device} is refused: {reason}")),
            Admission::Admitted { .. } | Admission::Restricted { .. } => None,
        })
    }
}

/// The certificate of a driver: the one of its file, else one of its model, so that the reason says what differs.
fn certificate<'a>(texts: &'a [String], driver: &Driver) -> Option<&'a str> {
    let of_file = |text: &&String| {
        Certificate::read(text).is_ok_and(|certificate| {
            certificate.plugin.blake3 == driver.plugin && certificate.plugin.model == driver.model
        })
    };
    let model = format!("\"{}\"", driver.model);
    let found = texts.iter().find(of_file).or_else(|| texts.iter().find(|text| text.contains(&model)));
    found.map(String::as_str)
}
