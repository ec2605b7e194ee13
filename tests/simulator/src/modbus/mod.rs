//! Remote I/O modules on Modbus: a register model of each make, with its faults.

mod bank;
mod map;

pub use bank::{Bank, BankFault};
pub use map::BankModel;

/// A request at the level of function codes.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names are those of the Modbus specification")]
pub enum ModbusRequest {
    ReadCoils { address: u16, count: u16 },
    ReadDiscreteInputs { address: u16, count: u16 },
    ReadHoldingRegisters { address: u16, count: u16 },
    ReadInputRegisters { address: u16, count: u16 },
    WriteCoil { address: u16, value: bool },
    WriteCoils { address: u16, values: Vec<bool> },
    WriteRegister { address: u16, value: u16 },
    WriteRegisters { address: u16, values: Vec<u16> },
}

/// What comes back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ModbusReply {
    /// Coils or discrete inputs.
    Bits(Vec<bool>),
    /// Holding or input registers.
    Registers(Vec<u16>),
    /// A write was done.
    Written,
    /// An exception: 1 function, 2 address, 3 value, 4 device failure, 6 busy.
    Exception(u8),
}

/// A reply and when it comes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModbusAnswer {
    /// `None`: the module does not answer.
    pub reply: Option<ModbusReply>,
    /// How long it takes beyond the wire, in ns.
    pub delay_ns: u64,
}

/// Exception 1.
pub(crate) const ILLEGAL_FUNCTION: u8 = 1;
/// Exception 2.
pub(crate) const ILLEGAL_ADDRESS: u8 = 2;
/// Exception 3.
pub(crate) const ILLEGAL_VALUE: u8 = 3;
