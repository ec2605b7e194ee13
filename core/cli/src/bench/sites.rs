//! Sites to be measured: lanes of the simulator's lane file with other wires.

use greenlane_config::{DeviceSetup, Isolation, LaneSetup, Site};
use greenlane_controller::device::{Limits, UnitDevice};
use greenlane_controller::{Controller, Setup, Watcher};
use greenlane_lane::{Evidence, Role};
use greenlane_simulator::device;

use super::Setting;
use super::far_side::Ports;
use crate::places::executable;

/// What simulated clocks show at time zero.
pub const BASE_UTC_NS: i64 = crate::virtual_lane::BASE_UTC_NS;
/// Stands in for the I/O module with the presences, so that a change is one line at a known moment.
const STAND_IN: &str = "mock.any";

/// A lane that asks for scans: portal and contacts as lines, the request as an output of a Modbus module.
pub fn scanning_lane(setting: &Setting, number: usize, ports: Ports) -> LaneSetup {
    let mut lane = only(&setting.lane, &[device::PORTAL, device::IO, device::SCAN_IO]);
    for one in &mut lane.devices {
        one.link = match one.name.as_str() {
            device::PORTAL => format!("tcp://{}", ports.portal),
            device::IO => format!("tcp://{}", ports.contacts),
            _ => format!("modbus://{}", ports.module),
        };
        if one.name == device::IO {
            one.model = STAND_IN.to_owned();
        }
    }
    let scanner = setting.lane.config.devices.iter().find(|d| d.name == device::XRAY).and_then(|d| d.at_m);
    for bind in &mut lane.config.binds {
        if bind.role == Role::ScanRequest {
            bind.at_m = scanner;
        }
        let contact = [
            Role::ScanReady,
            Role::ScanBeamOn,
            Role::ScanValid,
            Role::ScanInterlock,
            Role::ScanEstop,
            Role::CabClear,
        ];
        if contact.contains(&bind.role) {
            bind.device = device::IO.to_owned();
        }
    }
    if let Some(policy) = &mut lane.config.policy {
        policy.require = vec![Evidence::Radiation];
    }
    renamed(lane, number)
}

/// The lane with these devices and what is bound to them.
pub fn only(lane: &LaneSetup, devices: &[&str]) -> LaneSetup {
    let mut lane = lane.clone();
    let keep = |name: &str| devices.contains(&name);
    lane.devices.retain(|d| keep(&d.name));
    lane.config.devices.retain(|d| keep(&d.name));
    lane.config.binds.retain(|b| keep(&b.device));
    lane
}

/// The lane under another name, and its devices as well.
pub fn renamed(mut lane: LaneSetup, number: usize) -> LaneSetup {
    let new = |name: &str| format!("{name}-{number:02}");
    lane.config.lane.name = new(&lane.config.lane.name);
    lane.devices.iter_mut().for_each(|d| d.name = new(&d.name));
    lane.config.devices.iter_mut().for_each(|d| d.name = new(&d.name));
    lane.config.binds.iter_mut().for_each(|b| b.device = new(&b.device));
    lane
}

/// Starts lanes with a journal in `folder`.
pub fn start(
    setting: &Setting,
    lanes: Vec<LaneSetup>,
    journal: &std::path::Path,
    watcher: Watcher,
) -> anyhow::Result<Controller> {
    let site = Site { name: "bench".into(), lanes, hash: setting.hash.clone(), files: Vec::new() };
    let setup = Setup {
        site,
        registry: setting.registry,
        journal: journal.to_owned(),
        executable: executable()?,
        limits: Limits::default(),
        watcher,
    };
    Ok(Controller::start(setup)?)
}

/// A device for a unit of its own.
pub fn unit_device(setting: &Setting, device: &DeviceSetup) -> UnitDevice {
    let plugin = setting.registry.find(&device.model).map(|(p, _)| p.path.clone()).unwrap_or_default();
    UnitDevice {
        name: device.name.clone(),
        model: device.model.clone(),
        settings: device.settings.clone(),
        plugin,
        silent_after_s: None,
        capture: None,
    }
}

/// Every device where it is asked to run.
pub fn isolated(mut lane: LaneSetup, isolation: Isolation) -> LaneSetup {
    lane.devices.iter_mut().for_each(|d| d.isolation = isolation);
    lane
}
