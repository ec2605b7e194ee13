//! Portals beside the first one: another make at the same place, or a second station further on.

use crate::layout::{Make, Station, Zone};
use crate::modbus::{ModbusAnswer, ModbusRequest};
use crate::physics::Field;
use crate::portal::{PortalOut, Sight};
use crate::random::LaneSeed;
use crate::rs350::{Rs350, Rs350Fault, SpectralSight};
use crate::scenario::PortalTable;
use crate::world::World;
use crate::yantar::{Yantar, YantarFault};

/// A fault of a further portal.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names are the devices'")]
pub enum StationFault {
    Rs350(Rs350Fault),
    Yantar(YantarFault),
}

/// A further portal with what shines on it.
#[derive(Debug)]
pub(crate) struct Further {
    /// Its device's name.
    pub device: &'static str,
    zone: Zone,
    field: Field,
    kind: Kind,
}

#[derive(Debug)]
enum Kind {
    Rs350(Box<Rs350>, SpectralSight),
    Yantar(Box<Yantar>, Sight),
}

impl Further {
    /// A device that has been on for a while.
    pub(crate) fn new(station: &Station, table: &PortalTable, utc_start_ns: i64, seed: LaneSeed) -> Self {
        let mut field = Field::new(table, station.zone.at_m, seed);
        let kind = match station.make {
            Make::Rs350 => {
                let light = field.light(0.0, std::iter::empty());
                let device = Rs350::new(&table.setup, &light, utc_start_ns, seed);
                Kind::Rs350(Box::new(device), SpectralSight { light, ..SpectralSight::default() })
            }
            Make::Yantar => {
                let rates = field.rates(0.0, std::iter::empty());
                let device = Yantar::new(&table.setup, &rates, seed);
                Kind::Yantar(Box::new(device), Sight { rates, ..Sight::default() })
            }
        };
        Self { device: station.device, zone: station.zone, field, kind }
    }

    /// One tick of the world at `now_ns`; with `anew` what shines on it is worked out anew.
    pub(crate) fn tick(&mut self, now_ns: u64, world: &World, anew: bool, out: &mut Vec<PortalOut>) {
        let (from, to) =
            (self.zone.at_m - 0.5 * self.zone.length_m, self.zone.at_m + 0.5 * self.zone.length_m);
        let covered = world.movers().any(|mover| mover.covers(&mover.vehicle.curtain, from, to));
        let inside = world.movers().find(|mover| mover.front_m > from && mover.rear_m() < to);
        let speed_mps = inside.map(|mover| mover.speed_mps.abs());
        let at_s = now_ns as f64 * 1e-9;
        match &mut self.kind {
            Kind::Rs350(device, sight) => {
                if anew {
                    sight.light = self.field.light(at_s, world.movers());
                }
                (sight.covered, sight.speed_mps) = (covered, speed_mps);
                device.tick(sight, out);
            }
            Kind::Yantar(device, sight) => {
                if anew {
                    sight.rates = self.field.rates(at_s, world.movers());
                }
                (sight.covered, sight.speed_mps) = (covered, speed_mps);
                device.tick(sight);
            }
        }
    }

    /// Makes a fault happen; one of another make does nothing.
    pub(crate) fn inject(&mut self, fault: StationFault, out: &mut Vec<PortalOut>) {
        match (&mut self.kind, fault) {
            (Kind::Rs350(device, _), StationFault::Rs350(fault)) => device.inject(fault, out),
            (Kind::Yantar(device, _), StationFault::Yantar(fault)) => device.inject(fault),
            _ => {}
        }
    }

    /// Answers a Modbus request; `None` from a device that has no Modbus.
    pub(crate) fn modbus(&mut self, unit: u8, request: &ModbusRequest) -> Option<ModbusAnswer> {
        match &mut self.kind {
            Kind::Yantar(device, _) => Some(device.handle(unit, request)),
            Kind::Rs350(..) => None,
        }
    }

    /// Whether it sends by itself.
    pub(crate) fn streams(&self) -> bool {
        matches!(self.kind, Kind::Rs350(..))
    }
}
