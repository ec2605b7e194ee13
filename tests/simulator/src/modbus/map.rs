//! Register maps. Addresses are zero-based as on the wire; manuals count from 1 with a leading type digit.

/// Makes that can be played.
///
/// ADAM coil addresses of inputs and outputs, the ET-7000 counter base and point counts of the WAGO coupler
/// (which depend on its terminals) are assumptions; the rest is from the makers' manuals.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[allow(missing_docs, reason = "the names are the makers' own")]
pub enum BankModel {
    MoxaE1210,
    MoxaE1212,
    MoxaE1214,
    Adam6050,
    Adam6051,
    Wago750352,
    IcpEt7000,
}

/// What stands at an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Cell {
    /// State of input n.
    Input(usize),
    /// States of inputs, 16 a word.
    InputWord(usize),
    /// Half of the 32-bit counter of input n; true is the high word.
    Counter(usize, bool),
    /// Counter n runs.
    CounterRuns(usize),
    /// Writing 1 clears counter n; 0 is refused when the flag is set.
    CounterClear(usize, bool),
    /// Counter n has overflowed; writing 1 clears.
    Overflow(usize),
    /// Output n.
    Output(usize),
    /// States of outputs.
    OutputWord,
    /// What output n becomes when the watchdog trips.
    Safe(usize),
    /// The watchdog has tripped; writing 1 clears.
    Tripped,
    /// How often it has tripped.
    Trips,
    /// Watchdog time in units of this many ms; 0 is off.
    WatchdogTime(u16),
    /// A fixed word.
    Fixed(u16),
    /// Seconds since power-on; true is the high word.
    Uptime(bool),
    /// May be written, has no effect here.
    Accepted,
}

/// One of the four address spaces.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Table {
    Coil,
    Discrete,
    Holding,
    Input,
}

impl BankModel {
    /// Number of digital inputs.
    pub fn inputs(self) -> usize {
        match self {
            // Of the E1212, 8 to 15 are its configurable channels.
            Self::MoxaE1210 | Self::MoxaE1212 => 16,
            Self::Wago750352 => 8,
            Self::MoxaE1214 | Self::IcpEt7000 => 6,
            Self::Adam6050 | Self::Adam6051 => 12,
        }
    }

    /// Number of digital outputs.
    pub fn outputs(self) -> usize {
        match self {
            Self::MoxaE1210 => 0,
            Self::MoxaE1212 | Self::Wago750352 => 8,
            Self::MoxaE1214 | Self::IcpEt7000 | Self::Adam6050 => 6,
            Self::Adam6051 => 2,
        }
    }

    /// What stands at this address; `None` is exception 2.
    pub(super) fn cell(self, table: Table, address: u16) -> Option<Cell> {
        match self {
            Self::MoxaE1210 | Self::MoxaE1212 | Self::MoxaE1214 => self.moxa(table, address),
            Self::Adam6050 | Self::Adam6051 => self.adam(table, address),
            Self::Wago750352 => self.wago(table, address),
            Self::IcpEt7000 => self.icp(table, address),
        }
    }

    fn moxa(self, table: Table, address: u16) -> Option<Cell> {
        let inputs = self.inputs();
        match table {
            Table::Coil => at(address, 0, self.outputs(), Cell::Output)
                .or_else(|| at(address, 256, inputs, Cell::CounterRuns))
                .or_else(|| at(address, 272, inputs, |n| Cell::CounterClear(n, true)))
                .or_else(|| at(address, 288, inputs, Cell::Overflow))
                .or_else(|| at(address, 4144, 1, |_| Cell::Tripped)),
            Table::Discrete => {
                at(address, 0, inputs, Cell::Input).or_else(|| at(address, 1000, inputs, Cell::Overflow))
            }
            Table::Holding => at(address, 32, 1, |_| Cell::OutputWord).filter(|_| self.outputs() > 0),
            Table::Input => at(address, 16, 2 * inputs, |n| Cell::Counter(n / 2, n % 2 == 0))
                .or_else(|| at(address, 48, 1, Cell::InputWord))
                .or_else(|| at(address, 5000, 10, |n| Cell::Fixed(text_word(self.model(), n))))
                .or_else(|| at(address, 5020, 2, |n| Cell::Uptime(n == 0))),
        }
    }

    fn adam(self, table: Table, address: u16) -> Option<Cell> {
        let inputs = self.inputs();
        let counter_coil = |n: usize| match n % 4 {
            0 => Cell::CounterRuns(n / 4),
            1 => Cell::CounterClear(n / 4, false),
            2 => Cell::Overflow(n / 4),
            _ => Cell::Accepted,
        };
        match table {
            Table::Coil => at(address, 0, inputs, Cell::Input)
                .or_else(|| at(address, 16, self.outputs(), Cell::Output))
                .or_else(|| at(address, 32, 4 * inputs, counter_coil)),
            Table::Discrete => None,
            Table::Holding => at(address, 0, 2 * inputs, |n| Cell::Counter(n / 2, n % 2 == 1))
                .or_else(|| at(address, 210, 2, |n| Cell::Fixed(if n == 0 { self.number() } else { 0 })))
                .or_else(|| at(address, 300, 1, Cell::InputWord)),
            Table::Input => None,
        }
    }

    fn wago(self, table: Table, address: u16) -> Option<Cell> {
        let outputs = self.outputs();
        match table {
            Table::Coil | Table::Discrete => at(address, 0, self.inputs(), Cell::Input)
                .or_else(|| at(address, 0x200, outputs, Cell::Output)),
            Table::Input => at(address, 0, 1, Cell::InputWord).or_else(|| self.wago_system(address)),
            Table::Holding => at(address, 0, 1, Cell::InputWord)
                .or_else(|| at(address, 0x200, 1, |_| Cell::OutputWord))
                .or_else(|| self.wago_system(address)),
        }
    }

    fn wago_system(self, address: u16) -> Option<Cell> {
        match address {
            0x1000 => Some(Cell::WatchdogTime(100)),
            0x1001..=0x1003 | 0x1005 | 0x1007..=0x100B => Some(Cell::Accepted),
            0x1006 => Some(Cell::Tripped),
            0x2010 => Some(Cell::Fixed(1)),
            0x2011 => Some(Cell::Fixed(750)),
            0x2012 => Some(Cell::Fixed(352)),
            _ => None,
        }
    }

    fn icp(self, table: Table, address: u16) -> Option<Cell> {
        let (inputs, outputs) = (self.inputs(), self.outputs());
        match table {
            Table::Coil => at(address, 0, outputs, Cell::Output)
                .or_else(|| at(address, 431, 2, |_| Cell::Accepted))
                .or_else(|| at(address, 435, outputs, |_| Cell::Accepted))
                .or_else(|| at(address, 515, outputs, Cell::Safe)),
            Table::Discrete => at(address, 0, inputs, Cell::Input),
            Table::Holding => at(address, 558, 1, |_| Cell::Trips),
            Table::Input => at(address, 16, 2 * inputs, |n| Cell::Counter(n / 2, n % 2 == 1))
                .or_else(|| at(address, 351, 1, |_| Cell::Fixed(0x7000))),
        }
    }

    /// The cell that a write of a coil reaches: WAGO outputs also answer to 0.. on writing.
    pub(super) fn written_cell(self, table: Table, address: u16) -> Option<Cell> {
        if self == Self::Wago750352 && table == Table::Coil {
            return at(address, 0, self.outputs(), Cell::Output).or_else(|| self.cell(table, address));
        }
        self.cell(table, address)
    }

    fn model(self) -> &'static str {
        match self {
            Self::MoxaE1210 => "E1210",
            Self::MoxaE1214 => "E1214",
            _ => "E1212",
        }
    }

    fn number(self) -> u16 {
        if self == Self::Adam6051 { 0x6051 } else { 0x6050 }
    }
}

fn at(address: u16, base: u16, count: usize, cell: impl Fn(usize) -> Cell) -> Option<Cell> {
    let offset = usize::from(address.checked_sub(base)?);
    (offset < count).then(|| cell(offset))
}

/// Two characters of a text a word, high byte first.
fn text_word(text: &str, n: usize) -> u16 {
    let byte = |i: usize| text.as_bytes().get(i).copied().unwrap_or(0);
    u16::from_be_bytes([byte(2 * n), byte(2 * n + 1)])
}
