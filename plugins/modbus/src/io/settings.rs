//! The `settings` table of a `modbus.io` device, and what a type cannot say of it.

use std::collections::BTreeSet;

use greenlane_driver::OpenError;
use schemars::JsonSchema;
use serde::Deserialize;

use super::map::Map;

/// Settings of a remote I/O box.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// Name of the device's map in `configs/maps`, e.g. `moxa-e1212`.
    #[schemars(with = "String", extend("x-greenlane-file" = "maps"))]
    pub map: Map,
    /// Modbus unit. Most boxes with their own network port answer to any; behind a gateway it selects the
    /// device.
    #[serde(default = "unit")]
    pub unit: u8,
    /// From the start of one poll to the start of the next, in ms. A pulse shorter than this may be missed by
    /// an input (never by a counter): use 20 or less for what gates a beam or a barrier.
    #[serde(default = "poll_ms")]
    pub poll_ms: u32,
    /// Digital inputs, read as presence.
    #[serde(default)]
    pub inputs: Vec<InputSettings>,
    /// Counters of the device, read as pulses.
    #[serde(default)]
    pub counters: Vec<CounterSettings>,
    /// Digital outputs.
    #[serde(default)]
    pub outputs: Vec<OutputSettings>,
    /// The device's watchdog over its master. Without this table it is left alone.
    #[serde(default)]
    pub watchdog: Option<WatchdogSettings>,
}

/// A digital input.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct InputSettings {
    /// Its name for a `[[bind]]`.
    pub name: String,
    /// Its number in the map's block of inputs, from 0.
    pub point: u16,
    /// How long it must read on before that is said, in ms; 0 says it at once (an emergency stop). 20 suits
    /// loops, 10 photo-eyes, 50 buttons.
    #[serde(default)]
    pub on_ms: u32,
    /// How long it must read off before that is said, in ms. 50 suits loops and buttons, 200 photo-eyes that
    /// look through the gaps of a chassis.
    #[serde(default)]
    pub off_ms: u32,
    /// The contact is closed when nothing is there.
    #[serde(default)]
    pub invert: bool,
    /// What the detector's contact shows when the detector itself fails or loses power. An input that cannot
    /// be read is unknown either way.
    #[serde(default)]
    pub fail_safe: Option<FailSafe>,
    /// On for longer than this, in s, is a fault.
    #[serde(default)]
    pub stuck_s: Option<u32>,
}

/// What a failed detector shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum FailSafe {
    /// A vehicle (fail-safe).
    Present,
    /// No vehicle (fail-secure).
    Clear,
}

/// A counter.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CounterSettings {
    /// Its name for a `[[bind]]`.
    pub name: String,
    /// Its number in the map's block of counters, from 0.
    pub point: u16,
}

/// A digital output.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OutputSettings {
    /// Its name for a `[[bind]]`.
    pub name: String,
    /// Its number in the map's block of outputs, from 0.
    pub point: u16,
    /// What the device must make of it when its master is gone. Compared with what the device stores where
    /// the map tells how; outputs are refused while the two differ.
    #[serde(default)]
    pub safe: Option<Safe>,
    /// Switch it off again this long after it was switched on, in ms.
    #[serde(default)]
    pub pulse_ms: Option<u32>,
}

/// A safe value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "the names say it")]
pub enum Safe {
    On,
    Off,
}

impl Safe {
    const fn word(self) -> &'static str {
        match self {
            Self::On => "on",
            Self::Off => "off",
        }
    }
}

/// What is wanted of the device's watchdog.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct WatchdogSettings {
    /// Arm it with this time-out, in ms, at every connect, where the map knows how. At least three polls.
    #[serde(default)]
    pub timeout_ms: Option<u32>,
    /// Refuse outputs while it does not read as armed.
    #[serde(default)]
    pub require_armed: bool,
}

fn unit() -> u8 {
    1
}

fn poll_ms() -> u32 {
    20
}

impl Settings {
    /// Checks what needs no address.
    pub(super) fn check(&self) -> Result<(), OpenError> {
        if self.poll_ms == 0 {
            return Err(OpenError::new("/poll_ms", 0, "1 ms or more"));
        }
        self.check_names()?;
        self.check_points()?;
        self.check_outputs()?;
        self.check_watchdog()
    }

    fn check_outputs(&self) -> Result<(), OpenError> {
        for (i, output) in self.outputs.iter().enumerate() {
            if output.pulse_ms == Some(0) {
                return Err(OpenError::new(format!("/outputs/{i}/pulse_ms"), 0, "1 ms or more, or no pulse"));
            }
            let Some(safe) = output.safe else { continue };
            let wrong = |expected| Err(OpenError::new(format!("/outputs/{i}/safe"), safe.word(), expected));
            if output.pulse_ms.is_some() && safe == Safe::On {
                return wrong("off, because a pulsed output rests off".to_owned());
            }
            if let Some(fixed) = self.map.fixed_safe_value.filter(|fixed| *fixed != safe) {
                let device = &self.map.device;
                return wrong(format!("{}, because {device} knows no other safe value", fixed.word()));
            }
        }
        Ok(())
    }

    fn check_names(&self) -> Result<(), OpenError> {
        let inputs = self.inputs.iter().map(|i| ("inputs", &i.name));
        let counters = self.counters.iter().map(|c| ("counters", &c.name));
        let outputs = self.outputs.iter().map(|o| ("outputs", &o.name));
        let all = [inputs.collect::<Vec<_>>(), counters.collect(), outputs.collect()];
        if all.iter().all(Vec::is_empty) {
            return Err(OpenError::new("", "no point", "at least one input, counter or output"));
        }
        let mut seen = BTreeSet::new();
        for (i, (list, name)) in all.iter().flat_map(|list| list.iter().enumerate()) {
            let wrong = |expected| Err(OpenError::new(format!("/{list}/{i}/name"), name, expected));
            if name.is_empty() {
                return wrong("a name");
            }
            if !seen.insert(name) {
                return wrong("a name that no other point of this device has");
            }
        }
        Ok(())
    }

    fn check_points(&self) -> Result<(), OpenError> {
        let map = &self.map;
        let inputs = self.inputs.iter().map(|i| i.point).collect();
        let counters = self.counters.iter().map(|c| c.point).collect();
        let outputs: Vec<u16> = self.outputs.iter().map(|o| o.point).collect();
        in_range("inputs", inputs, map.inputs.map(|b| b.count), map)?;
        in_range("counters", counters, map.counters.map(|b| b.count), map)?;
        in_range("outputs", outputs.clone(), map.outputs.map(|b| b.count), map)?;
        let mut seen = BTreeSet::new();
        match outputs.iter().position(|point| !seen.insert(*point)) {
            Some(i) => {
                let expected = "a point that no other output drives";
                Err(OpenError::new(format!("/outputs/{i}/point"), outputs[i], expected))
            }
            None => Ok(()),
        }
    }

    fn check_watchdog(&self) -> Result<(), OpenError> {
        let Some(wanted) = self.watchdog else { return Ok(()) };
        let device = &self.map.device;
        let Some(block) = &self.map.watchdog else {
            let expected = format!("no watchdog: the map of {device} tells no way to one");
            return Err(OpenError::new("/watchdog", "a table", expected));
        };
        if wanted.require_armed && block.armed.is_none() {
            let expected = format!("false: the map of {device} tells no way to see whether it is armed");
            return Err(OpenError::new("/watchdog/require_armed", true, expected));
        }
        match wanted.timeout_ms {
            Some(ms) if u64::from(ms) < 3 * u64::from(self.poll_ms) => {
                let expected = format!("three polls ({} ms) or more", 3 * u64::from(self.poll_ms));
                Err(OpenError::new("/watchdog/timeout_ms", ms, expected))
            }
            _ => Ok(()),
        }
    }
}

fn in_range(list: &str, points: Vec<u16>, count: Option<u16>, map: &Map) -> Result<(), OpenError> {
    let device = &map.device;
    for (i, point) in points.into_iter().enumerate() {
        let expected = match count {
            Some(count) if point < count => continue,
            Some(count) => {
                format!("0 to {}: the map of {device} has {count} {list}", count.saturating_sub(1))
            }
            None => format!("no {list}: the map of {device} has none"),
        };
        return Err(OpenError::new(format!("/{list}/{i}/point"), point, expected));
    }
    Ok(())
}
