//! The configuration as the tracker needs it: what can see a vehicle, and where.

use greenlane_model::Capability;

use crate::{Bind, DeviceInLane, LaneConfig, Role};

/// Vehicles do not drive closer to each other than this, in m, at both ends of one between them.
const CLOSEST_M: f64 = 3.0;

/// A lane's configuration with everything derived from it.
#[derive(Debug, Clone)]
pub(crate) struct Layout {
    pub(crate) config: LaneConfig,
    /// Everything that says "covered", in order of position.
    pub(crate) sensors: Vec<Sensor>,
    /// Fastest a vehicle is taken to drive, in m/s; a tenth above what the lane allows.
    pub(crate) max_speed: f64,
}

/// Something that says whether a vehicle is over it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Sensor {
    pub(crate) device: String,
    /// `None` for a portal, whose occupancy is its presence.
    pub(crate) point: Option<String>,
    pub(crate) zone: Zone,
}

/// A stretch of the lane's axis, in m from the entry line.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Zone {
    pub(crate) from: f64,
    pub(crate) to: f64,
}

impl Sensor {
    pub(crate) fn is_portal(&self) -> bool {
        self.point.is_none()
    }

    /// Whether both are the same point of the same device, wherever they stand.
    pub(crate) fn same_as(&self, other: &Self) -> bool {
        self.device == other.device && self.point == other.point
    }

    /// For a person.
    pub(crate) fn name(&self) -> &str {
        self.point.as_deref().unwrap_or(&self.device)
    }
}

impl Layout {
    pub(crate) fn new(config: LaneConfig) -> Self {
        let mut sensors: Vec<Sensor> = presences(&config).chain(portals(&config)).collect();
        sensors.sort_by(|a, b| a.zone.from.total_cmp(&b.zone.from));
        let kmh = config.lane.max_speed_kmh;
        // A speed of zero would make every edge impossible.
        let max_speed = if kmh.is_finite() { kmh.clamp(1.0, 200.0) / 3.6 * 1.1 } else { 20.0 };
        Self { config, sensors, max_speed }
    }

    /// The sensor right before this one, when it is so near that no vehicle finds room between two others there:
    /// whatever reaches over both is one.
    pub(crate) fn step_before(&self, s: usize) -> Option<usize> {
        let here = self.sensors.get(s)?;
        let before = |x: &Sensor| !x.is_portal() && x.zone.to < here.zone.from;
        let k = self.sensors.iter().take(s).rposition(before)?;
        let step = here.zone.from - self.sensors.get(k)?.zone.to;
        (step < self.config.tracker.min_length_m + CLOSEST_M).then_some(k)
    }

    /// The sensor of this device and point.
    pub(crate) fn sensor(&self, device: &str, point: Option<&str>) -> Option<usize> {
        self.sensors.iter().position(|s| s.device == device && s.point.as_deref() == point)
    }

    pub(crate) fn device(&self, name: &str) -> Option<&DeviceInLane> {
        self.config.devices.iter().find(|d| d.name == name)
    }

    /// Where a device looks, when it has a place.
    pub(crate) fn zone(&self, device: &str) -> Option<Zone> {
        if let Some(sensor) = self.sensor(device, None) {
            return self.sensors.get(sensor).map(|s| s.zone);
        }
        let device = self.device(device)?;
        Some(zone(device.at_m?.value(), device.length_m.value()))
    }

    /// Every device that offers this.
    pub(crate) fn offering(&self, what: Capability) -> impl Iterator<Item = &DeviceInLane> {
        self.config.devices.iter().filter(move |d| d.offers.contains(&what))
    }

    /// Devices whose pictures are evidence: a reader's own crops are not.
    pub(crate) fn scanners(&self) -> impl Iterator<Item = &DeviceInLane> {
        self.offering(Capability::Image)
            .filter(|d| !d.offers.contains(&Capability::Container) && !d.offers.contains(&Capability::Plate))
    }

    /// Whether a scanner's beam may disturb this portal. Where either stands is unknown, it does.
    pub(crate) fn beam_reaches(&self, portal: &str) -> bool {
        let Some(range) = self.config.tracker.beam_range_m else { return true };
        let Some(portal) = self.zone(portal) else { return true };
        let mut scanners = self.scanners().map(|s| self.zone(&s.name)).peekable();
        let unknown = scanners.peek().is_none();
        let near = |beam: Zone| (beam.from - portal.to).max(portal.from - beam.to) <= range.value();
        unknown || scanners.any(|beam| beam.is_none_or(near))
    }

    /// Every binding of this role.
    pub(crate) fn binds(&self, role: Role) -> impl Iterator<Item = &Bind> {
        self.config.binds.iter().filter(move |b| b.role == role)
    }

    /// Whether anything of the device plays a role.
    pub(crate) fn is_bound(&self, device: &str) -> bool {
        self.config.binds.iter().any(|b| b.device == device)
    }
}

fn presences(config: &LaneConfig) -> impl Iterator<Item = Sensor> {
    config.binds.iter().filter(|b| b.role == Role::Presence).filter_map(|bind| {
        let device = config.devices.iter().find(|d| d.name == bind.device);
        let at = bind.at_m.or_else(|| device.and_then(|d| d.at_m))?;
        let length = bind.length_m.or_else(|| device.map(|d| d.length_m)).unwrap_or_default();
        let point = bind.point.clone()?;
        Some(Sensor {
            device: bind.device.clone(),
            point: Some(point),
            zone: zone(at.value(), length.value()),
        })
    })
}

/// Portals without a place stand where the lane begins: their order is all that counts then.
fn portals(config: &LaneConfig) -> impl Iterator<Item = Sensor> {
    config.devices.iter().filter(|d| d.offers.contains(&Capability::Occupancy)).map(|device| Sensor {
        device: device.name.clone(),
        point: None,
        zone: zone(device.at_m.unwrap_or_default().value(), device.length_m.value()),
    })
}

fn zone(at: f64, length: f64) -> Zone {
    Zone { from: at - length / 2.0, to: at + length / 2.0 }
}
