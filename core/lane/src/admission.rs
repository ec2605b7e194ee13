//! Whether what a device says may count for a release, by the standard in force. Its alarms count in any case.

use greenlane_model::Capability;
use greenlane_standard::Admission;

use crate::device::Devices;
use crate::evidence;
use crate::layout::Layout;
use crate::{DecisionKind, DeviceInLane, Evidence, LaneConfig};

/// What a passage says of the standard when nobody asked for one.
const NONE: &str = "no standard in force";

/// What the standard in force has to say about a vehicle, whatever that carries.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Objection {
    /// What follows at least; `Release` when it is only to be shown.
    pub(crate) kind: DecisionKind,
    /// Evidence of the policy that counts as missing.
    pub(crate) what: Vec<Evidence>,
    /// For a person.
    pub(crate) reason: String,
}

impl LaneConfig {
    /// The standard in force in words, for records.
    pub fn standard_in_force(&self) -> String {
        let standard = self.standard.as_ref();
        standard.map_or_else(|| NONE.to_owned(), |s| format!("{} {}", s.id, s.version))
    }
}

/// One reason for each device that a release would rest on and whose driver is not admitted.
pub(crate) fn unproven(layout: &Layout, devices: &Devices) -> Vec<Objection> {
    if layout.config.standard.is_none() {
        return Vec::new();
    }
    let force = layout.config.standard_in_force();
    let used = layout.config.devices.iter().filter(|device| rests_on(layout, &device.name));
    let unproven = used.filter_map(|device| {
        let name = &device.name;
        let why = match devices.get(name).and_then(|known| known.admission.as_ref()) {
            Some(Admission::Admitted { .. }) => return None,
            Some(Admission::Restricted { reason } | Admission::Refused { reason }) => reason,
            None => "nobody has looked for its certificate yet",
        };
        let reason = format!(
            "what {name} says cannot release a vehicle: its driver is not certified for {force}: {why}"
        );
        Some(Objection { kind: DecisionKind::Refer, what: gives(layout, device), reason })
    });
    unproven.collect()
}

/// Whether a release would rest on what the device says or does: evidence that the policy asks for, where
/// vehicles are, lights, barrier and scanner.
pub(crate) fn rests_on(layout: &Layout, device: &str) -> bool {
    layout.is_bound(device)
        || layout.sensors.iter().any(|sensor| sensor.device == device)
        || evidence::devices(layout).any(|needed| needed == device)
}

/// The evidence of the policy that the device gives.
pub(crate) fn gives(layout: &Layout, device: &DeviceInLane) -> Vec<Evidence> {
    let asked = layout.config.policy.as_ref().map(|policy| policy.require.as_slice()).unwrap_or_default();
    let offers = |capability| device.offers.contains(&capability);
    let gives = |evidence: &&Evidence| match evidence {
        Evidence::Radiation => offers(Capability::Occupancy),
        Evidence::Container => offers(Capability::Container),
        Evidence::Plate => offers(Capability::Plate),
        Evidence::Image => layout.scanners().any(|scanner| scanner.name == device.name),
    };
    asked.iter().filter(gives).copied().collect()
}
