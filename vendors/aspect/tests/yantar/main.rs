//! The Yantar driver on the bench: registers in, observations out.

#![allow(clippy::unwrap_used, reason = "helpers of tests may panic too")]

mod connecting;
mod examples;
mod faults;
mod hostile;
mod occupancy;
mod samples;

use std::time::Duration;

use greenlane_aspect::yantar::Yantar;
use greenlane_driver::model::{Body, Fault, Occupancy, OccupancyEnd, Radiation};
use greenlane_driver::{Answer, Bench, Request, Seen};
use serde_json::{Value, json};

/// How long the device takes for every answer.
const TOOK: Duration = Duration::from_millis(2);
const POLL: Duration = Duration::from_millis(200);

/// The rows of the published example: 21 words of the monitor block, in hex.
const IDLE: &str = "1170 0001 0000 0080 0136 0000 2000 439B 0000 439C 0080 0002 0000 0000 4008 0000 4000 0029 0000 0000 0000";
const OCCUPIED: &str = "117A 0001 0043 0080 0131 0000 2000 439B 0000 439C 0080 0002 0000 0000 4008 0000 4000 002A 0000 1272 0020";
const GAMMA_ALARM: &str = "117C 0001 0043 0481 0264 0000 2000 439B 0000 439C 0080 0003 0000 0000 4008 0000 4000 002A 0000 1272 0021";
const NEUTRON_ALARM: &str = "117C 0001 0043 0080 0132 0000 2000 439B 0000 439C 0181 0013 0000 0000 4008 0000 4000 002A 0000 1272 0021";
const GAMMA_LOW: &str = "11D4 0001 0000 0010 000C 0000 2000 439B 0000 439C 0080 0002 0000 0000 4008 0000 4000 002A 0000 0000 0000";
const OPEN: &str = "11D4 0001 0400 0080 0135 0000 2000 439B 0000 439C 0080 0002 0000 0000 4008 0000 4000 002A 0000 0000 0000";

/// Registers of the monitor block by their place in it.
const INPUTS: usize = 2;
const GAMMA_STATUS: usize = 3;
const COUNTER: usize = 17;
const SPEED: usize = 19;

fn words(hex: &str) -> Vec<u16> {
    hex.split(' ').map(|word| u16::from_str_radix(word, 16).unwrap()).collect()
}

fn map() -> Value {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../configs/maps/aspect-yantar.toml");
    toml::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

/// The driver with a device that answers from its description and monitor blocks.
struct Rig {
    bench: Bench<Yantar>,
    description: Vec<u16>,
    monitor: Vec<u16>,
    /// The unit that the device has.
    unit: u8,
}

impl Rig {
    fn new(settings: Value) -> Self {
        Self {
            bench: opened(settings).unwrap_or_else(|e| panic!("{e}")),
            description: vec![0x5941, 8, 7, 100, 60, 0, 0, 0],
            monitor: words(IDLE),
            unit: 1,
        }
    }

    /// Connected, described and polled once.
    fn connected() -> Self {
        let mut rig = Self::new(json!({ "unit": 1 }));
        rig.bench.connect();
        rig.answer();
        rig
    }

    /// Answers until nothing is open.
    fn answer(&mut self) {
        for _ in 0..1000 {
            let Some((_, request)) = self.bench.requests.first() else { return };
            let Request::ReadHoldingRegisters { unit, address, count } = *request else {
                panic!("{request:?} is no function 3");
            };
            let block = match address {
                _ if unit != self.unit => None,
                0 => Some(&self.description),
                _ => Some(&self.monitor),
            };
            match block.filter(|block| block.len() >= usize::from(count)).cloned() {
                Some(block) => self.bench.reply(TOOK, Answer::Registers(&block[..usize::from(count)])),
                None => self.bench.reply(TOOK, Answer::Exception(11)),
            }
        }
        panic!("it asks without end");
    }

    /// So many polls find these words; the internal time goes on.
    fn polls(&mut self, number: u32, words: &[u16]) {
        self.monitor = words.to_vec();
        for _ in 0..number {
            self.bench.advance(POLL - TOOK);
            self.monitor[0] = self.monitor[0].wrapping_add(1);
            self.answer();
        }
    }

    fn rows(&mut self, number: u32, row: &str) {
        self.polls(number, &words(row));
    }

    fn seen(&mut self) -> Vec<Seen> {
        std::mem::take(&mut self.bench.observations)
    }
}

fn opened(mut settings: Value) -> Result<Bench<Yantar>, greenlane_driver::OpenError> {
    if settings.get("map").is_none() {
        settings["map"] = map();
    }
    Bench::open(settings)
}

/// The words of a row with one of them changed.
fn with(row: &str, changes: &[(usize, u16)]) -> Vec<u16> {
    let mut words = words(row);
    for &(at, word) in changes {
        words[at] = word;
    }
    words
}

/// The kinds said, with what matters of each, in order.
fn told(seen: &[Seen]) -> Vec<String> {
    let mut told = Vec::new();
    for one in seen {
        told.push(match &one.body {
            Body::Gamma(counts) => format!("gamma {:?}{}", counts.counts, mark(counts.alarm)),
            Body::Neutron(counts) => format!("neutron {:?}{}", counts.counts, mark(counts.alarm)),
            Body::RadiationAlarm(alarm) => {
                let radiation = if alarm.radiation == Radiation::Gamma { "gamma" } else { "neutron" };
                format!("{radiation} alarm {}", if alarm.on { "on" } else { "off" })
            }
            Body::Occupancy(Occupancy::Started) => "started".to_owned(),
            Body::Occupancy(Occupancy::Ended { index, end, .. }) => {
                let end = match end {
                    OccupancyEnd::Normal => "",
                    OccupancyEnd::NoEndMessage => " without an end",
                    OccupancyEnd::LinkLost => " by a lost link",
                };
                format!("ended {}{end}", index.unwrap_or_default())
            }
            Body::Speed(speed) => format!("speed {}", speed.speed.value()),
            Body::Fault(Fault { code, on, .. }) => format!("fault {code} {}", if *on { "on" } else { "off" }),
            Body::Tamper(tamper) => format!("tamper {}", tamper.on),
            other => other.kind().to_owned(),
        });
    }
    told
}

fn mark(alarm: bool) -> &'static str {
    if alarm { "!" } else { "" }
}

/// As [`told`], without what is not of occupancies and alarms.
fn passage(seen: &[Seen]) -> Vec<String> {
    let mut told = told(seen);
    told.retain(|word| ["started", "ended", "alarm"].iter().any(|part| word.contains(part)));
    told
}
