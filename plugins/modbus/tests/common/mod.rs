//! A small Modbus device that answers from tables of addresses, on a bench with the driver.
#![allow(dead_code, missing_docs, reason = "each test file uses its part")]

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use greenlane_driver::model::{Body, CommandBody, Covered, Fault, Outcome};
use greenlane_driver::{Answer, Bench, OpenError, Request, Seen};
use greenlane_modbus::io::Io;
use serde_json::{Value, json};

/// How long the device takes for every answer.
pub const TOOK: Duration = Duration::from_millis(1);
pub const POLL: Duration = Duration::from_millis(20);

/// An address that is not in its table answers with exception 2, also inside a longer read.
#[derive(Default)]
pub struct Device {
    pub coils: BTreeMap<u16, bool>,
    pub discrete: BTreeMap<u16, bool>,
    pub holding: BTreeMap<u16, u16>,
    pub input: BTreeMap<u16, u16>,
    /// Coils that take a write and stay as they are.
    pub dead_coils: BTreeSet<u16>,
    /// Answer everything with this exception.
    pub exception: Option<u8>,
    /// Every request served.
    pub log: Vec<Request>,
}

pub enum Served {
    Bits(Vec<bool>),
    Words(Vec<u16>),
    Written,
    Exception(u8),
}

impl Device {
    pub fn serve(&mut self, request: &Request) -> Served {
        self.log.push(request.clone());
        if let Some(code) = self.exception {
            return Served::Exception(code);
        }
        match *request {
            Request::ReadCoils { address, count, .. } => bits(&self.coils, address, count),
            Request::ReadDiscreteInputs { address, count, .. } => bits(&self.discrete, address, count),
            Request::ReadHoldingRegisters { address, count, .. } => words(&self.holding, address, count),
            Request::ReadInputRegisters { address, count, .. } => words(&self.input, address, count),
            Request::WriteCoil { address, on, .. } => {
                let dead = self.dead_coils.contains(&address);
                match self.coils.get_mut(&address) {
                    Some(coil) => {
                        *coil = if dead { *coil } else { on };
                        Served::Written
                    }
                    None => Served::Exception(2),
                }
            }
            Request::WriteRegister { address, value, .. } => match self.holding.get_mut(&address) {
                Some(register) => {
                    *register = value;
                    Served::Written
                }
                None => Served::Exception(2),
            },
            Request::WriteCoils { .. } | Request::WriteRegisters { .. } => Served::Exception(1),
        }
    }

    /// Whether a request of the log was this.
    pub fn was_asked(&self, wanted: &Request) -> bool {
        self.log.contains(wanted)
    }
}

fn bits(table: &BTreeMap<u16, bool>, address: u16, count: u16) -> Served {
    let read = |n| table.get(&(address + n)).copied();
    (0..count).map(read).collect::<Option<_>>().map_or(Served::Exception(2), Served::Bits)
}

fn words(table: &BTreeMap<u16, u16>, address: u16, count: u16) -> Served {
    let read = |n| table.get(&(address + n)).copied();
    (0..count).map(read).collect::<Option<_>>().map_or(Served::Exception(2), Served::Words)
}

/// `count` times `value` from `address` on.
pub fn block<T: Copy>(address: u16, count: u16, value: T) -> BTreeMap<u16, T> {
    (0..count).map(|n| (address + n, value)).collect()
}

/// The map file of this name as the host hands it to the driver.
pub fn map(name: &str) -> Value {
    let path = format!("{}/../../configs/maps/{name}.toml", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{path}: {e}"));
    toml::from_str(&text).unwrap_or_else(|e| panic!("{path}: {e}"))
}

/// Settings with the map file `name`.
pub fn with_map(name: &str, settings: Value) -> Value {
    with(map(name), settings)
}

/// Settings with this map.
pub fn with(map: Value, mut settings: Value) -> Value {
    settings["map"] = map;
    settings
}

/// A map with all blocks, for what no single map file has.
pub fn full_map() -> Value {
    json!({
        "device": "test box",
        "notation": "zero-based",
        "inputs": { "table": "discrete_inputs", "address": 0, "count": 16, "status": "verified" },
        "counters": {
            "table": "input_registers", "address": 16, "count": 16, "width": 32, "words": "hi-lo",
            "max_hz": 1000, "status": "verified"
        },
        "outputs": {
            "address": 0, "count": 8, "read_back": { "table": "coils", "address": 0 }, "status": "verified"
        },
        "safe_values": { "table": "coils", "address": 100, "status": "verified" },
        "watchdog": {
            "armed": { "table": "holding_registers", "address": 1, "value": 1 },
            "tripped": { "table": "coils", "address": 200, "value": 1 },
            "arm": [
                { "table": "holding_registers", "address": 0, "timeout_unit_ms": 100 },
                { "table": "holding_registers", "address": 1, "value": 1 }
            ],
            "clear": [{ "table": "coils", "address": 200, "value": 0 }],
            "status": "verified"
        }
    })
}

/// The device of [`full_map`], everything off.
pub fn full_device() -> Device {
    let mut coils = block(0, 8, false);
    coils.extend(block(100, 8, false));
    coils.insert(200, false);
    Device {
        coils,
        discrete: block(0, 16, false),
        holding: block(0, 2, 0),
        input: block(16, 32, 0),
        ..Device::default()
    }
}

/// Driver and device together.
pub struct Rig {
    pub bench: Bench<Io>,
    pub device: Device,
}

impl Rig {
    /// Opens the driver; panics with its words when it refuses.
    pub fn new(settings: Value, device: Device) -> Self {
        let bench = Bench::open(settings).unwrap_or_else(|e| panic!("{e}"));
        Self { bench, device }
    }

    /// Opens, connects and answers what the driver asks at first.
    pub fn connected(settings: Value, device: Device) -> Self {
        let mut rig = Self::new(settings, device);
        rig.connect();
        rig
    }

    pub fn connect(&mut self) {
        self.bench.connect();
        self.settle();
    }

    /// Answers until nothing is open.
    pub fn settle(&mut self) {
        for _ in 0..1000 {
            let Some((_, request)) = self.bench.requests.first().cloned() else { return };
            match self.device.serve(&request) {
                Served::Bits(bits) => self.bench.reply(TOOK, Answer::Bits(&bits)),
                Served::Words(words) => self.bench.reply(TOOK, Answer::Registers(&words)),
                Served::Written => self.bench.reply(TOOK, Answer::Written),
                Served::Exception(code) => self.bench.reply(TOOK, Answer::Exception(code)),
            }
        }
        panic!("the driver asks without end: {:?}", self.bench.requests);
    }

    /// So many polls pass.
    pub fn polls(&mut self, n: u32) {
        for _ in 0..n {
            self.bench.advance(POLL);
            self.settle();
        }
    }

    /// Drives an output and says what became of it.
    pub fn drive(&mut self, point: &str, on: bool) -> Outcome {
        let id = self.command(point, on);
        self.settle();
        let outcomes = std::mem::take(&mut self.bench.outcomes);
        match &outcomes[..] {
            [(of, outcome)] if *of == id => outcome.clone(),
            _ => panic!("one outcome of command {id} was expected: {outcomes:?}"),
        }
    }

    pub fn command(&mut self, point: &str, on: bool) -> u64 {
        self.bench.command(&CommandBody::Output { point: point.to_owned(), on })
    }

    pub fn seen(&mut self) -> Vec<Seen> {
        std::mem::take(&mut self.bench.observations)
    }

    /// What was said of presence since last taken: point, covered, snapshot.
    pub fn presence(&mut self) -> Vec<(String, Covered, bool)> {
        self.take(|body| match body {
            Body::Presence(p) => Some((p.point.clone(), p.covered, p.snapshot)),
            _ => None,
        })
    }

    /// What was gained since last taken.
    pub fn gained(&mut self) -> Vec<u64> {
        self.take(|body| if let Body::Pulses(p) = body { Some(p.gained) } else { None })
    }

    /// The outputs said since last taken.
    pub fn outputs(&mut self) -> Vec<(String, bool)> {
        self.take(|body| if let Body::Output(o) = body { Some((o.point.clone(), o.on)) } else { None })
    }

    /// The faults said since last taken.
    pub fn faults(&mut self) -> Vec<Fault> {
        self.take(|body| if let Body::Fault(f) = body { Some(f.clone()) } else { None })
    }

    /// Takes what is of one kind and leaves the rest.
    fn take<T>(&mut self, said: impl Fn(&Body) -> Option<T>) -> Vec<T> {
        let mut taken = Vec::new();
        self.bench.observations.retain(|seen| match said(&seen.body) {
            Some(of_the_kind) => {
                taken.push(of_the_kind);
                false
            }
            None => true,
        });
        taken
    }

    /// Code and on/off of the faults said since last taken.
    pub fn fault_codes(&mut self) -> Vec<(String, bool)> {
        self.faults().into_iter().map(|f| (f.code, f.on)).collect()
    }
}

/// What the driver says against these settings.
pub fn refused(settings: Value) -> OpenError {
    match Bench::<Io>::open(settings) {
        Ok(_) => panic!("the settings were taken"),
        Err(e) => e,
    }
}

/// For comparing with [`Rig::fault_codes`].
pub fn codes(codes: &[(&str, bool)]) -> Vec<(String, bool)> {
    codes.iter().map(|(code, on)| ((*code).to_owned(), *on)).collect()
}
