//! A map says where a maker put things: one TOML file a device in `configs/maps`.

use greenlane_driver::{OpenError, Request};
use serde::Deserialize;

use super::settings::Safe;

/// Where a device keeps its points, how its manual writes addresses, and how far each block is to be trusted.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Map {
    /// Maker and model, for people.
    pub device: String,
    /// How every `address` of this map is written.
    pub notation: Notation,
    /// Whether one read may run across addresses that the map does not name. Many devices answer such a
    /// read with exception 2, so the default is no.
    #[serde(default)]
    pub across_holes: bool,
    /// Digital inputs, one bit each.
    #[serde(default)]
    pub inputs: Option<Bits>,
    /// Counters of the inputs.
    #[serde(default)]
    pub counters: Option<CounterBlock>,
    /// Digital outputs, one coil each.
    #[serde(default)]
    pub outputs: Option<OutputBlock>,
    /// What the device stores as the safe value of output n: one bit each, from output 0.
    #[serde(default)]
    pub safe_values: Option<SafeBlock>,
    /// What every output goes to when the master is gone, where the device knows nothing else.
    #[serde(default)]
    pub fixed_safe_value: Option<Safe>,
    /// How the device watches its master.
    #[serde(default)]
    pub watchdog: Option<WatchdogBlock>,
    /// What the device says of itself.
    #[serde(default)]
    pub identity: Vec<IdentityItem>,
}

/// How addresses are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Notation {
    /// As on the wire, from 0.
    ZeroBased,
    /// As in most manuals: from 1 with a leading type digit. Coils 1 (`00001`), discrete inputs 10001, input
    /// registers 30001, holding registers 40001; six digits (100001, 300001, 400001) mean the same.
    OneBased,
}

/// How well a block's addresses are known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Read in the maker's own manual.
    Verified,
    /// Taken from other published sources, or from the manual of a sister model.
    Secondary,
    /// Believed, but not seen in any source: try it before relying on it.
    Unverified,
}

/// The four tables of the Modbus data model. Coils are read with function 1 and written with 5, discrete
/// inputs read with 2, holding registers read with 3 and written with 6, input registers read with 4.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "the names are those of the Modbus Application Protocol")]
pub enum Table {
    Coils,
    DiscreteInputs,
    HoldingRegisters,
    InputRegisters,
}

/// One address as the map writes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct At {
    /// In which table.
    pub table: Table,
    /// In the map's notation.
    pub address: u32,
}

/// A block of bits, one a point.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bits {
    /// Coils or discrete inputs.
    pub table: Table,
    /// Of point 0.
    pub address: u32,
    /// How many points.
    pub count: u16,
    /// How well it is known.
    pub status: Status,
}

/// A block of counters, one a point, without gaps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CounterBlock {
    /// Input or holding registers.
    pub table: Table,
    /// Of counter 0.
    pub address: u32,
    /// How many counters.
    pub count: u16,
    /// Bits a counter: 16 or 32.
    pub width: u8,
    /// Which word of a 32-bit counter comes first.
    pub words: Words,
    /// Fastest the device counts, in Hz. A decrease that would need more pulses than this allows in the time
    /// since the last read is a restart of the device and no wrap.
    pub max_hz: u32,
    /// How well it is known.
    pub status: Status,
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

/// A block of outputs, one coil a point.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OutputBlock {
    /// Of the coil that writes output 0.
    pub address: u32,
    /// How many outputs.
    pub count: u16,
    /// Where output 0 is read back.
    pub read_back: At,
    /// How well it is known.
    pub status: Status,
}

/// Stored safe values: one bit an output.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SafeBlock {
    /// Coils or discrete inputs.
    pub table: Table,
    /// Of output 0.
    pub address: u32,
    /// How well it is known.
    pub status: Status,
}

/// What to read, write and clear of a device's watchdog. A missing part is one the device does not offer
/// over Modbus.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WatchdogBlock {
    /// Reads equal to its value while the watchdog is armed.
    #[serde(default)]
    pub armed: Option<Probe>,
    /// Reads equal to its value once the watchdog has tripped.
    #[serde(default)]
    pub tripped: Option<Probe>,
    /// A register that counts trips, for devices without a flag.
    #[serde(default)]
    pub trip_count: Option<At>,
    /// Writes that arm it, in order.
    #[serde(default)]
    pub arm: Vec<Write>,
    /// Writes that clear a trip, in order.
    #[serde(default)]
    pub clear: Vec<Write>,
    /// How well it is known.
    pub status: Status,
}

/// A value to look for. A bit counts as 0 or 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Probe {
    /// In which table.
    pub table: Table,
    /// In the map's notation.
    pub address: u32,
    /// What it must read.
    pub value: u16,
}

/// One write: a fixed value, or the watchdog's time-out in the device's unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Write {
    /// Coils or holding registers.
    pub table: Table,
    /// In the map's notation.
    pub address: u32,
    /// The value; a coil is on for anything but 0.
    #[serde(default)]
    pub value: Option<u16>,
    /// Instead of `value`: write the time-out in units of this many milliseconds, rounded up.
    #[serde(default)]
    pub timeout_unit_ms: Option<u32>,
}

/// One thing a device says of itself.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IdentityItem {
    /// Its key in the `setup` observation.
    pub name: String,
    /// Input or holding registers.
    pub table: Table,
    /// Of the first register.
    pub address: u32,
    /// How many registers.
    pub count: u16,
    /// How to show them.
    pub form: Form,
}

/// How identity registers are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Form {
    /// Two ASCII characters a register, high byte first, up to the first NUL.
    Text,
    /// Four hexadecimal digits a register.
    Hex,
    /// The first register as a number.
    Number,
}

/// An address as it goes over the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// In which table.
    pub table: Table,
    /// From 0.
    pub address: u16,
}

impl Map {
    /// The wire's place of a block of `span` bits. `pointer` names the block in an error.
    ///
    /// # Errors
    /// When the table holds registers, or as [`Self::place`].
    pub fn bits(&self, table: Table, address: u32, span: u32, pointer: &str) -> Result<Place, OpenError> {
        if table.is_bits() {
            return self.place(table, address, span, pointer);
        }
        Err(OpenError::new(format!("/map{pointer}/table"), table.word(), "coils or discrete_inputs"))
    }

    /// The wire's place of a block of `span` registers. `pointer` names the block in an error.
    ///
    /// # Errors
    /// When the table holds bits, or as [`Self::place`].
    pub fn registers(
        &self,
        table: Table,
        address: u32,
        span: u32,
        pointer: &str,
    ) -> Result<Place, OpenError> {
        if !table.is_bits() {
            return self.place(table, address, span, pointer);
        }
        let expected = "input_registers or holding_registers";
        Err(OpenError::new(format!("/map{pointer}/table"), table.word(), expected))
    }

    /// The wire's place of a block of `span` bits or registers. `pointer` names the block in an error.
    ///
    /// # Errors
    /// When the address is not of this map's notation and table, or the span runs past 65535.
    pub fn place(&self, table: Table, address: u32, span: u32, pointer: &str) -> Result<Place, OpenError> {
        let wrong = |expected: String| OpenError::new(format!("/map{pointer}/address"), address, expected);
        let zero_based = match self.notation {
            Notation::ZeroBased => Some(address),
            Notation::OneBased => table.zero_based(address),
        };
        let Some(address) = zero_based.and_then(|a| u16::try_from(a).ok()) else {
            return Err(wrong(format!("a {} address of {}", self.notation.word(), table.word())));
        };
        if u32::from(address) + span > 1 << 16 {
            return Err(wrong(format!("an address with room for {span} {}", table.word())));
        }
        Ok(Place { table, address })
    }
}

impl Notation {
    const fn word(self) -> &'static str {
        match self {
            Self::ZeroBased => "zero-based",
            Self::OneBased => "one-based",
        }
    }
}

impl Table {
    /// One bit an address, or one 16-bit register.
    pub const fn is_bits(self) -> bool {
        matches!(self, Self::Coils | Self::DiscreteInputs)
    }

    /// Most neighbours that one request may ask for (Modbus Application Protocol 1.1b3).
    pub const fn limit(self) -> u32 {
        if self.is_bits() { 2000 } else { 125 }
    }

    /// Its plural in a sentence.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Coils => "coils",
            Self::DiscreteInputs => "discrete inputs",
            Self::HoldingRegisters => "holding registers",
            Self::InputRegisters => "input registers",
        }
    }

    fn zero_based(self, written: u32) -> Option<u32> {
        let digit = match self {
            Self::Coils => return written.checked_sub(1),
            Self::DiscreteInputs => 1,
            Self::InputRegisters => 3,
            Self::HoldingRegisters => 4,
        };
        let base = if written < 100_000 { digit * 10_000 } else { digit * 100_000 };
        let span = if written < 100_000 { 9_999 } else { 1 << 16 };
        written.checked_sub(base).filter(|n| (1..=span).contains(n)).map(|n| n - 1)
    }
}

impl Place {
    /// The place `n` further on. [`Map::place`] has checked that it exists.
    pub const fn plus(self, n: u16) -> Self {
        Self { table: self.table, address: self.address.saturating_add(n) }
    }

    /// The request that reads `count` from here.
    pub const fn read(self, unit: u8, count: u16) -> Request {
        let address = self.address;
        match self.table {
            Table::Coils => Request::ReadCoils { unit, address, count },
            Table::DiscreteInputs => Request::ReadDiscreteInputs { unit, address, count },
            Table::HoldingRegisters => Request::ReadHoldingRegisters { unit, address, count },
            Table::InputRegisters => Request::ReadInputRegisters { unit, address, count },
        }
    }

    /// The request that writes `value` here: a coil or a holding register.
    pub const fn write(self, unit: u8, value: u16) -> Request {
        let address = self.address;
        if self.table.is_bits() {
            Request::WriteCoil { unit, address, on: value != 0 }
        } else {
            Request::WriteRegister { unit, address, value }
        }
    }

    /// For a sentence: `read of discrete inputs 0 to 7`.
    pub fn read_label(self, count: u16) -> String {
        let last = u32::from(self.address) + u32::from(count.max(1)) - 1;
        format!("read of {} {} to {last}", self.table.word(), self.address)
    }

    /// For a sentence: `write to coils 4`.
    pub fn write_label(self) -> String {
        format!("write to {} {}", self.table.word(), self.address)
    }
}
