//! Which device is where: names, units, running numbers.

use std::collections::BTreeMap;

use crate::device::UnitHandle;

/// A device at work.
#[derive(Debug)]
pub(super) struct Device {
    pub name: String,
    /// Index of its lane.
    pub lane: usize,
    pub unit: u32,
    /// Its index in the unit.
    pub index: u32,
    /// Of its last observation in this epoch.
    pub seq: u64,
}

/// All devices of a site.
#[derive(Debug, Default)]
pub(super) struct Devices {
    devices: Vec<Device>,
    by_place: BTreeMap<(u32, u32), usize>,
    by_name: BTreeMap<String, usize>,
    units: BTreeMap<u32, UnitHandle>,
}

impl Devices {
    pub fn add_unit(&mut self, unit: u32, handle: UnitHandle) {
        self.units.insert(unit, handle);
    }

    /// Adds a device, or moves the one of this name to another place; its running number goes on.
    pub fn put(&mut self, device: Device) {
        let place = (device.unit, device.index);
        match self.by_name.get(&device.name) {
            Some(&i) => {
                let old = &mut self.devices[i];
                self.by_place.remove(&(old.unit, old.index));
                *old = Device { seq: old.seq, ..device };
                self.by_place.insert(place, i);
            }
            None => {
                self.by_name.insert(device.name.clone(), self.devices.len());
                self.by_place.insert(place, self.devices.len());
                self.devices.push(device);
            }
        }
    }

    /// Stops a unit; what it still reports is nobody's.
    pub fn remove_unit(&mut self, unit: u32) {
        self.units.remove(&unit);
        self.by_place.retain(|(u, _), _| *u != unit);
    }

    pub fn at(&mut self, unit: u32, index: u32) -> Option<&mut Device> {
        self.by_place.get(&(unit, index)).map(|&i| &mut self.devices[i])
    }

    pub fn named(&self, name: &str) -> Option<&Device> {
        self.by_name.get(name).map(|&i| &self.devices[i])
    }

    pub fn unit(&self, unit: u32) -> Option<&UnitHandle> {
        self.units.get(&unit)
    }
}
