//! One module: inputs, counters, outputs, watchdog.

use super::map::{Cell, Table};
use super::{
    BankModel, ILLEGAL_ADDRESS, ILLEGAL_FUNCTION, ILLEGAL_VALUE, ModbusAnswer, ModbusReply, ModbusRequest,
};

/// A fault.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BankFault {
    /// Every answer takes this long, in ns.
    Delay(u64),
    /// This many requests are answered with this exception.
    Exception {
        /// Exception code.
        code: u8,
        /// How many requests.
        requests: u32,
    },
    /// This many requests are not answered.
    Silent(u32),
    /// A counter is set to this value, e.g. just before its wrap.
    Counter(usize, u32),
    /// An input sticks at a state; `None` frees it.
    Stuck(usize, Option<bool>),
    /// The host watchdog trips now.
    TripWatchdog,
    /// Power-cycle: counters and outputs start at zero.
    Restart,
}

/// A remote I/O module.
#[derive(Debug, Clone)]
pub struct Bank {
    model: BankModel,
    now_ns: u64,
    started_ns: u64,
    inputs: Vec<bool>,
    stuck: Vec<Option<bool>>,
    counters: Vec<u32>,
    counting: Vec<bool>,
    overflow: Vec<bool>,
    outputs: Vec<bool>,
    safe: Vec<bool>,
    set_ns: Vec<u64>,
    watchdog_ns: u64,
    /// `None` until somebody asks: a watchdog is armed by its first request.
    last_request_ns: Option<u64>,
    tripped: bool,
    trips: u16,
    delay_ns: u64,
    exception: (u8, u32),
    silent: u32,
}

impl Bank {
    /// A module after power-on; counters run, the watchdog is off, safe values are 0.
    pub fn new(model: BankModel) -> Self {
        let (inputs, outputs) = (model.inputs(), model.outputs());
        Self {
            model,
            now_ns: 0,
            started_ns: 0,
            inputs: vec![false; inputs],
            stuck: vec![None; inputs],
            counters: vec![0; inputs],
            counting: vec![true; inputs],
            overflow: vec![false; inputs],
            outputs: vec![false; outputs],
            safe: vec![false; outputs],
            set_ns: vec![0; outputs],
            watchdog_ns: 0,
            last_request_ns: None,
            tripped: false,
            trips: 0,
            delay_ns: 0,
            exception: (0, 0),
            silent: 0,
        }
    }

    /// As its web page would: the host watchdog's time (0 is off) and what output n then becomes.
    pub fn with_watchdog(mut self, time_ns: u64, safe: &[bool]) -> Self {
        self.watchdog_ns = time_ns;
        for (old, new) in self.safe.iter_mut().zip(safe) {
            *old = *new;
        }
        self
    }

    /// Which make.
    pub fn model(&self) -> BankModel {
        self.model
    }

    /// State of an output; `false` beyond the last one.
    pub fn output(&self, point: usize) -> bool {
        self.outputs.get(point).copied().unwrap_or(false)
    }

    /// When output `point` was last written as on, in ns: what a lease is measured from.
    pub fn output_set_ns(&self, point: usize) -> u64 {
        self.set_ns.get(point).copied().unwrap_or(0)
    }

    /// The field side of an input; counts rising edges.
    pub fn set_input(&mut self, point: usize, state: bool) {
        let Some(old) = self.inputs.get(point).copied() else { return };
        let state = self.stuck[point].unwrap_or(state);
        self.inputs[point] = state;
        if state && !old && self.counting[point] {
            self.counters[point] = self.counters[point].wrapping_add(1);
            self.overflow[point] |= self.counters[point] == 0;
        }
    }

    /// Lets time pass: the watchdog trips when nobody has asked for too long.
    pub fn tick(&mut self, now_ns: u64) {
        self.now_ns = now_ns;
        let silent = self.last_request_ns.is_some_and(|last| now_ns - last > self.watchdog_ns);
        if self.watchdog_ns > 0 && !self.tripped && silent {
            self.trip();
        }
    }

    /// Makes a fault happen.
    pub fn inject(&mut self, fault: BankFault) {
        match fault {
            BankFault::Delay(ns) => self.delay_ns = ns,
            BankFault::Exception { code, requests } => self.exception = (code, requests),
            BankFault::Silent(requests) => self.silent = requests,
            BankFault::Counter(point, value) => {
                if let Some(counter) = self.counters.get_mut(point) {
                    *counter = value;
                }
            }
            BankFault::Stuck(point, state) => {
                if let Some(stuck) = self.stuck.get_mut(point) {
                    *stuck = state;
                }
            }
            BankFault::TripWatchdog => self.trip(),
            BankFault::Restart => self.restart(),
        }
    }

    /// Answers a request.
    pub fn handle(&mut self, request: &ModbusRequest) -> ModbusAnswer {
        self.last_request_ns = Some(self.now_ns);
        let delay_ns = self.delay_ns;
        if self.silent > 0 {
            self.silent -= 1;
            return ModbusAnswer { reply: None, delay_ns };
        }
        let reply = if self.exception.1 > 0 {
            self.exception.1 -= 1;
            ModbusReply::Exception(self.exception.0)
        } else {
            self.serve(request).unwrap_or_else(ModbusReply::Exception)
        };
        ModbusAnswer { reply: Some(reply), delay_ns }
    }

    fn serve(&mut self, request: &ModbusRequest) -> Result<ModbusReply, u8> {
        use ModbusRequest as R;
        match request {
            R::ReadCoils { address, count } => self.bits(Table::Coil, *address, *count),
            R::ReadDiscreteInputs { address, count } => self.bits(Table::Discrete, *address, *count),
            R::ReadHoldingRegisters { address, count } => self.words(Table::Holding, *address, *count),
            R::ReadInputRegisters { address, count } => self.words(Table::Input, *address, *count),
            R::WriteCoil { address, value } => self.write_bits(*address, &[*value]),
            R::WriteCoils { address, values } => self.write_bits(*address, values),
            R::WriteRegister { address, value } => self.write_words(*address, &[*value]),
            R::WriteRegisters { address, values } => self.write_words(*address, values),
        }
    }

    fn bits(&self, table: Table, address: u16, count: u16) -> Result<ModbusReply, u8> {
        let cells = self.cells(table, address, usize::from(count), 2000, false)?;
        cells.into_iter().map(|cell| self.bit(cell)).collect::<Result<_, _>>().map(ModbusReply::Bits)
    }

    fn words(&self, table: Table, address: u16, count: u16) -> Result<ModbusReply, u8> {
        let cells = self.cells(table, address, usize::from(count), 125, false)?;
        Ok(ModbusReply::Registers(cells.into_iter().map(|cell| self.word(cell)).collect()))
    }

    /// Every address of the range, or exception 2; exception 3 for an empty or too long range.
    fn cells(
        &self,
        table: Table,
        address: u16,
        count: usize,
        most: usize,
        writing: bool,
    ) -> Result<Vec<Cell>, u8> {
        if count == 0 || count > most {
            return Err(ILLEGAL_VALUE);
        }
        let cell = |offset: usize| {
            let at = u16::try_from(usize::from(address) + offset).ok()?;
            if writing { self.model.written_cell(table, at) } else { self.model.cell(table, at) }
        };
        (0..count).map(|offset| cell(offset).ok_or(ILLEGAL_ADDRESS)).collect()
    }

    fn bit(&self, cell: Cell) -> Result<bool, u8> {
        Ok(match cell {
            Cell::Input(n) => self.inputs[n],
            Cell::Output(n) => self.outputs[n],
            Cell::Safe(n) => self.safe[n],
            Cell::CounterRuns(n) => self.counting[n],
            Cell::Overflow(n) => self.overflow[n],
            Cell::Tripped => self.tripped,
            Cell::CounterClear(..) | Cell::Accepted => false,
            _ => return Err(ILLEGAL_FUNCTION),
        })
    }

    fn word(&self, cell: Cell) -> u16 {
        let half = |value: u32, high: bool| if high { (value >> 16) as u16 } else { value as u16 };
        match cell {
            Cell::InputWord(n) => packed(self.inputs.iter().skip(16 * n)),
            Cell::OutputWord => packed(self.outputs.iter()),
            Cell::Counter(n, high) => half(self.counters[n], high),
            Cell::Tripped => u16::from(self.tripped),
            Cell::Trips => self.trips,
            Cell::WatchdogTime(unit_ms) => (self.watchdog_ns / 1_000_000 / u64::from(unit_ms)) as u16,
            Cell::Fixed(word) => word,
            Cell::Uptime(high) => half(((self.now_ns - self.started_ns) / 1_000_000_000) as u32, high),
            _ => 0,
        }
    }

    fn write_bits(&mut self, address: u16, values: &[bool]) -> Result<ModbusReply, u8> {
        let cells = self.cells(Table::Coil, address, values.len(), 1968, true)?;
        for (cell, value) in cells.into_iter().zip(values) {
            match (cell, *value) {
                (Cell::Output(n), on) => self.set_output(n, on),
                (Cell::Safe(n), on) => self.safe[n] = on,
                (Cell::CounterRuns(n), on) => self.counting[n] = on,
                (Cell::CounterClear(n, _), true) => self.counters[n] = 0,
                (Cell::CounterClear(_, true), false) => return Err(ILLEGAL_VALUE),
                (Cell::Overflow(n), true) => self.overflow[n] = false,
                (Cell::Tripped, true) => self.tripped = false,
                (Cell::Accepted | Cell::CounterClear(..) | Cell::Overflow(_) | Cell::Tripped, _) => {}
                _ => return Err(ILLEGAL_ADDRESS),
            }
        }
        Ok(ModbusReply::Written)
    }

    fn write_words(&mut self, address: u16, values: &[u16]) -> Result<ModbusReply, u8> {
        let cells = self.cells(Table::Holding, address, values.len(), 123, true)?;
        for (cell, value) in cells.into_iter().zip(values) {
            match cell {
                Cell::OutputWord => {
                    for n in 0..self.outputs.len() {
                        self.set_output(n, value >> n & 1 == 1);
                    }
                }
                Cell::WatchdogTime(unit_ms) => {
                    self.watchdog_ns = u64::from(*value) * u64::from(unit_ms) * 1_000_000;
                }
                Cell::Accepted if address == 0x1007 && *value == 1 => self.tripped = false,
                Cell::Accepted => {}
                _ => return Err(ILLEGAL_ADDRESS),
            }
        }
        Ok(ModbusReply::Written)
    }

    fn set_output(&mut self, point: usize, on: bool) {
        self.outputs[point] = on;
        if on {
            self.set_ns[point] = self.now_ns;
        }
    }

    fn trip(&mut self) {
        self.tripped = true;
        self.trips = self.trips.wrapping_add(1);
        self.outputs.clone_from(&self.safe);
    }

    fn restart(&mut self) {
        let fresh = Self::new(self.model).with_watchdog(self.watchdog_ns, &self.safe);
        let (now_ns, inputs) = (self.now_ns, self.inputs.clone());
        *self = Self { now_ns, started_ns: now_ns, last_request_ns: Some(now_ns), inputs, ..fresh };
    }
}

/// Up to sixteen states in a word, the first one in the lowest bit.
fn packed<'a>(states: impl Iterator<Item = &'a bool>) -> u16 {
    states.take(16).enumerate().fold(0, |word, (n, state)| word | u16::from(*state) << n)
}
