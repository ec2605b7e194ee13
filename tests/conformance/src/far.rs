//! The far side of a Modbus wire: a bank of registers with manners, good and bad.

use std::collections::BTreeMap;

use greenlane_driver::Request;
use serde::{Deserialize, Serialize};

/// How long a request is on its way in all, in ns: within the 2 to 10 ms of real modules.
const ROUND_TRIP_NS: u64 = 4_000_000;

/// Kinds of registers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "the names are those of the Modbus specification")]
pub enum Table {
    Coils,
    DiscreteInputs,
    HoldingRegisters,
    InputRegisters,
}

/// What changes at the device.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Change {
    /// Registers or bits (0 or 1) take these values.
    Set {
        /// Where.
        table: Table,
        /// First address, zero-based.
        address: u16,
        /// Values.
        values: Vec<u16>,
    },
    /// How it answers from now on.
    Manners(Manners),
}

impl std::fmt::Display for Change {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Set { table, address, values } => write!(f, "sets {table:?} {address} to {values:?}"),
            Self::Manners(manners) => write!(f, "answers from now on: {manners:?}"),
        }
    }
}

/// How a device answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Manners {
    /// As it should.
    #[default]
    Good,
    /// Not at all: every request times out.
    Mute,
    /// Every request with this exception.
    Exception(u8),
    /// Writes are acknowledged and change nothing.
    WritesIgnored,
    /// Reads are answered with one value fewer than asked for.
    Short,
}

/// What is on its way to the driver.
#[derive(Debug)]
pub struct Reply {
    /// Of the request.
    pub id: u64,
    /// When the request left.
    pub sent_ns: u64,
    /// When the answer is there.
    pub due_ns: u64,
    /// What it says.
    pub answer: Said,
}

/// An answer.
#[derive(Debug, Clone, PartialEq)]
#[allow(missing_docs, reason = "each is the variant of the same name in greenlane_driver::Answer")]
pub enum Said {
    Registers(Vec<u16>),
    Bits(Vec<bool>),
    Written,
    Exception(u8),
    Nothing,
}

/// A device with registers.
#[derive(Debug, Clone)]
pub struct Far {
    values: BTreeMap<(Table, u16), u16>,
    manners: Manners,
    time_out_ns: u64,
}

impl Default for Far {
    fn default() -> Self {
        Self { values: BTreeMap::new(), manners: Manners::Good, time_out_ns: 200_000_000 }
    }
}

impl Far {
    /// Changes the device.
    pub fn change(&mut self, change: &Change) {
        match change {
            Change::Set { table, address, values } => {
                for (i, &value) in (0..).zip(values) {
                    self.values.insert((*table, address.wrapping_add(i)), value);
                }
            }
            Change::Manners(manners) => self.manners = *manners,
        }
    }

    /// What becomes of a request that leaves at `now_ns`.
    pub fn answer(&mut self, id: u64, request: &Request, now_ns: u64) -> Reply {
        let answer = self.said(request);
        let takes = if answer == Said::Nothing { self.time_out_ns } else { ROUND_TRIP_NS };
        Reply { id, sent_ns: now_ns, due_ns: now_ns + takes, answer }
    }

    fn said(&mut self, request: &Request) -> Said {
        match self.manners {
            Manners::Mute => return Said::Nothing,
            Manners::Exception(code) => return Said::Exception(code),
            Manners::Good | Manners::WritesIgnored | Manners::Short => {}
        }
        match request {
            Request::ReadCoils { address, count, .. } => self.bits(Table::Coils, *address, *count),
            Request::ReadDiscreteInputs { address, count, .. } => {
                self.bits(Table::DiscreteInputs, *address, *count)
            }
            Request::ReadHoldingRegisters { address, count, .. } => {
                Said::Registers(self.read(Table::HoldingRegisters, *address, *count))
            }
            Request::ReadInputRegisters { address, count, .. } => {
                Said::Registers(self.read(Table::InputRegisters, *address, *count))
            }
            Request::WriteCoil { address, on, .. } => self.write(Table::Coils, *address, &[u16::from(*on)]),
            Request::WriteCoils { address, on, .. } => {
                let values: Vec<u16> = on.iter().map(|&on| on.into()).collect();
                self.write(Table::Coils, *address, &values)
            }
            Request::WriteRegister { address, value, .. } => {
                self.write(Table::HoldingRegisters, *address, &[*value])
            }
            Request::WriteRegisters { address, values, .. } => {
                self.write(Table::HoldingRegisters, *address, values)
            }
        }
    }

    fn bits(&self, table: Table, address: u16, count: u16) -> Said {
        Said::Bits(self.read(table, address, count).into_iter().map(|value| value != 0).collect())
    }

    fn read(&self, table: Table, address: u16, count: u16) -> Vec<u16> {
        let count = if self.manners == Manners::Short { count.saturating_sub(1) } else { count };
        let at = |i| self.values.get(&(table, address.wrapping_add(i))).copied().unwrap_or(0);
        (0..count).map(at).collect()
    }

    fn write(&mut self, table: Table, address: u16, values: &[u16]) -> Said {
        if self.manners != Manners::WritesIgnored {
            self.change(&Change::Set { table, address, values: values.to_vec() });
        }
        Said::Written
    }
}
