//! Where the portal keeps its registers: `configs/maps/aspect-yantar.toml`.

use greenlane_driver::OpenError;
use serde::Deserialize;

/// Most registers that one request may ask for (Modbus Application Protocol 1.1b3).
const MOST: u16 = 125;

/// Addresses and bits. Registers of a block are counted from its first one.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Map {
    /// Maker and model, for people.
    pub device: String,
    /// Which word of a 32-bit value comes first.
    pub words: Words,
    /// How well it is known.
    pub status: Status,
    /// The block that says where the monitor block lies; without it the monitor block is where the map says.
    #[serde(default)]
    pub description: Option<DescriptionBlock>,
    /// The block that is polled.
    pub monitor: MonitorBlock,
    /// Bits of the input signals.
    pub inputs: InputBits,
    /// Bits of the two channels' status.
    pub channel: ChannelBits,
}

/// Order of the two words of a 32-bit value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Words {
    /// High word first.
    HiLo,
    /// Low word first.
    LoHi,
}

/// How well a map is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Read in the maker's own manual.
    Verified,
    /// Taken from other published sources.
    Secondary,
    /// Believed, but not seen in any source.
    Unverified,
}

impl Status {
    /// Its word.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Verified => "verified",
            Self::Secondary => "secondary",
            Self::Unverified => "unverified",
        }
    }
}

/// The description block.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DescriptionBlock {
    /// Of its first register.
    pub address: u16,
    /// How many registers.
    pub count: u16,
    /// The register with the monitor block's address.
    pub monitor_address: u16,
    /// The register with the monitor block's length.
    pub monitor_count: u16,
}

/// The monitor block.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MonitorBlock {
    /// Of its first register.
    pub address: u16,
    /// How many registers are read.
    pub count: u16,
    /// Internal time, 32 bits; its unit is not known.
    pub time: u16,
    /// Input signals.
    pub inputs: u16,
    /// Gamma channel.
    pub gamma: Channel,
    /// Neutron channel.
    pub neutron: Channel,
    /// Counts objects.
    pub object_counter: u16,
    /// Object mark (on rails: number of wheel pairs).
    pub object_mark: u16,
    /// Object speed, in mm/s.
    pub object_speed_mm_s: u16,
    /// Copy of the lamps and relays.
    pub outputs: u16,
}

/// Registers of a channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Channel {
    /// Status bits.
    pub status: u16,
    /// Counts, 32 bits.
    pub count: u16,
    /// Background, a float.
    pub background: u16,
    /// Variance, a float.
    pub variance: u16,
}

/// Masks of the input signals.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InputBits {
    /// Any of these: something is in the portal.
    pub occupied: u16,
    /// Moves from sensor 0 to sensor 1.
    pub forward: u16,
    /// Moves from sensor 1 to sensor 0.
    pub backward: u16,
    /// Mains are gone.
    pub power_fail: u16,
    /// Battery is low.
    pub low_battery: u16,
    /// Cabinet is open.
    pub open: u16,
    /// The device's own error.
    pub error: u16,
    /// The device was reset.
    pub reset: u16,
    /// Known, and of no use here.
    pub other: u16,
}

impl InputBits {
    /// Every bit that has a meaning.
    pub const fn known(&self) -> u16 {
        self.occupied
            | self.forward
            | self.backward
            | self.power_fail
            | self.low_battery
            | self.open
            | self.error
            | self.reset
            | self.other
    }
}

/// Masks of a channel's status.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChannelBits {
    /// Any of these: alarm.
    pub alarm: u16,
    /// Counts too little.
    pub low: u16,
    /// Counts too much.
    pub high: u16,
    /// Overloaded.
    pub overload: u16,
    /// Measures; not set while warming up.
    pub ready: u16,
    /// Which detectors.
    pub detectors: u16,
}

impl ChannelBits {
    /// Every bit that has a meaning.
    pub const fn known(&self) -> u16 {
        self.alarm | self.low | self.high | self.overload | self.ready | self.detectors
    }
}

impl Map {
    /// Checks what a type cannot say.
    ///
    /// # Errors
    /// A block that no request can read, or a register outside its block.
    pub fn check(&self) -> Result<(), OpenError> {
        let monitor = &self.monitor;
        block("monitor", monitor.address, monitor.count)?;
        let (gamma, neutron) = (monitor.gamma, monitor.neutron);
        for (name, register, width) in [
            ("time", monitor.time, 2),
            ("inputs", monitor.inputs, 1),
            ("gamma/status", gamma.status, 1),
            ("gamma/count", gamma.count, 2),
            ("gamma/background", gamma.background, 2),
            ("gamma/variance", gamma.variance, 2),
            ("neutron/status", neutron.status, 1),
            ("neutron/count", neutron.count, 2),
            ("neutron/background", neutron.background, 2),
            ("neutron/variance", neutron.variance, 2),
            ("object_counter", monitor.object_counter, 1),
            ("object_mark", monitor.object_mark, 1),
            ("object_speed_mm_s", monitor.object_speed_mm_s, 1),
            ("outputs", monitor.outputs, 1),
        ] {
            inside("monitor", name, register, width, monitor.count)?;
        }
        let Some(description) = &self.description else { return Ok(()) };
        block("description", description.address, description.count)?;
        inside("description", "monitor_address", description.monitor_address, 1, description.count)?;
        inside("description", "monitor_count", description.monitor_count, 1, description.count)
    }
}

fn block(name: &str, address: u16, count: u16) -> Result<(), OpenError> {
    if count == 0 || count > MOST {
        let expected = format!("1 to {MOST} registers");
        return Err(OpenError::new(format!("/map/{name}/count"), count, expected));
    }
    if u32::from(address) + u32::from(count) > 1 << 16 {
        let expected = format!("an address with room for {count} registers");
        return Err(OpenError::new(format!("/map/{name}/address"), address, expected));
    }
    Ok(())
}

fn inside(block: &str, name: &str, register: u16, width: u16, count: u16) -> Result<(), OpenError> {
    if u32::from(register) + u32::from(width) <= u32::from(count) {
        return Ok(());
    }
    let expected = format!("a register of the block, which has {count}, with room for {width}");
    Err(OpenError::new(format!("/map/{block}/{name}"), register, expected))
}
