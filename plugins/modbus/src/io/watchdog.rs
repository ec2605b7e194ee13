//! The device's watchdog over its master: what to read and write, by the map's recipe.

use greenlane_driver::OpenError;

use super::map::{Map, Place, Probe, Table, Write};
use super::say::{Code, Say};
use super::settings::{Settings, WatchdogSettings};

/// A watchdog recipe with the wire's addresses.
#[derive(Debug)]
pub(super) struct Watchdog {
    pub wanted: WatchdogSettings,
    pub armed: Option<(Place, u16)>,
    pub tripped: Option<(Place, u16)>,
    pub trip_count: Option<Place>,
    pub arm: Vec<(Place, u16)>,
    pub clear: Vec<(Place, u16)>,
    /// Trips counted when last read.
    trips: Option<u16>,
}

const SUBJECT: &str = "watchdog";

impl Watchdog {
    /// The recipe of the map, when the settings want the watchdog.
    pub fn open(settings: &Settings) -> Result<Option<Self>, OpenError> {
        let (Some(wanted), Some(block)) = (settings.watchdog, &settings.map.watchdog) else {
            return Ok(None);
        };
        let map = &settings.map;
        let probe = |probe: Option<Probe>, name: &str| {
            let place = |p: Probe| {
                let place = map.place(p.table, p.address, 1, &format!("/watchdog/{name}"))?;
                Ok::<_, OpenError>((place, p.value))
            };
            probe.map(place).transpose()
        };
        let arm = if wanted.timeout_ms.is_some() { &block.arm[..] } else { &[] };
        Ok(Some(Self {
            wanted,
            armed: probe(block.armed, "armed")?,
            tripped: probe(block.tripped, "tripped")?,
            trip_count: block
                .trip_count
                .map(|at| map.place(at.table, at.address, 1, "/watchdog/trip_count"))
                .transpose()?,
            arm: writes(map, arm, wanted.timeout_ms, "arm")?,
            clear: writes(map, &block.clear, wanted.timeout_ms, "clear")?,
            trips: None,
        }))
    }

    /// Where a trip shows.
    pub fn trip_place(&self) -> Option<Place> {
        self.tripped.map(|(place, _)| place).or(self.trip_count)
    }

    /// The value at [`Self::trip_place`] was read: whether the watchdog has tripped. Says so, or that it is
    /// over.
    pub fn trip_read(&mut self, value: u16, say: &mut Say<'_>) -> bool {
        let tripped = match self.tripped {
            Some((_, flag)) => value == flag,
            None => self.trips.replace(value).is_some_and(|before| before != value),
        };
        if tripped {
            say.raise(
                Code::WatchdogTripped,
                SUBJECT,
                "the watchdog tripped: outputs went to their safe values",
            );
        } else {
            say.clear(Code::WatchdogTripped, SUBJECT);
        }
        tripped
    }

    /// Whether it is armed was read (`None`: could not be read). What forbids outputs, if anything.
    pub fn armed_read(&self, value: Option<u16>, say: &mut Say<'_>) -> Option<String> {
        let (_, flag) = self.armed?;
        let required = self.wanted.require_armed;
        if value == Some(flag) {
            say.clear(Code::WatchdogNotArmed { required }, SUBJECT);
            return None;
        }
        let text = "the device's watchdog is not armed: outputs would stay as they are without a master";
        say.raise(Code::WatchdogNotArmed { required }, SUBJECT, text);
        required.then(|| "the device's watchdog is not armed".to_owned())
    }

    /// A time-out is asked for that the map knows no way to set.
    pub fn say_unset(&self, say: &mut Say<'_>) {
        if let (Some(ms), true) = (self.wanted.timeout_ms, self.arm.is_empty()) {
            let text =
                format!("the watchdog's time-out cannot be set over Modbus: set {ms} ms in the device");
            say.raise(Code::WatchdogUnset, SUBJECT, text);
        }
    }
}

fn writes(
    map: &Map,
    steps: &[Write],
    timeout_ms: Option<u32>,
    name: &str,
) -> Result<Vec<(Place, u16)>, OpenError> {
    let write = |(i, step): (usize, &Write)| {
        let pointer = format!("/watchdog/{name}/{i}");
        if !matches!(step.table, Table::Coils | Table::HoldingRegisters) {
            let expected = "coils or holding_registers, which can be written";
            return Err(OpenError::new(format!("/map{pointer}/table"), step.table.word(), expected));
        }
        let value = match (step.value, step.timeout_unit_ms, timeout_ms) {
            (Some(value), None, _) => value,
            (None, Some(unit @ 1..), Some(ms)) => u16::try_from(ms.div_ceil(unit)).map_err(|_| {
                let most = u64::from(unit) * 65_535;
                OpenError::new("/watchdog/timeout_ms", ms, format!("at most {most} ms for this device"))
            })?,
            _ => {
                let expected = "either value or timeout_unit_ms (1 or more, only in arm)";
                return Err(OpenError::new(format!("/map{pointer}"), "neither or both", expected));
            }
        };
        Ok((map.place(step.table, step.address, 1, &pointer)?, value))
    };
    steps.iter().enumerate().map(write).collect()
}
