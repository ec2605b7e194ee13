//! A spectroscopic portal that sends as an RSI RS-350 does, as a pure state machine: what shines on it and a
//! covered sensor in, framed N42 documents out, one each second.
//!
//! Counts are Poisson in every channel. The gamma alarm is N sigma over one second against the device's own
//! background, the neutron alarm an absolute threshold, both while something is in the portal. The nuclide that
//! it names is the one that truly shines most: a stand-in, since the device's own analysis is in no public
//! source.

mod document;

use std::collections::{BTreeMap, VecDeque};

use rand_chacha::ChaCha12Rng;

use crate::physics::Light;
use crate::portal::PortalOut;
use crate::random::{LaneSeed, Purpose, poisson};
use crate::scenario::PortalSetup;
use crate::spectrum::{Origin, Shapes};
use crate::world::{TICK_NS, TICK_S};
use document::{Interval, Remarks, document};

const SECOND_NS: u64 = 1_000_000_000;
/// A background is sent this often, in s.
const BACKGROUND_EVERY_S: u64 = 30;
/// It is made anew of so many vacant seconds.
const BACKGROUND_S: u32 = 120;
/// What begins and what ends a document.
const STX: u8 = 0x02;
const ETX: u8 = 0x03;

/// What is in front of the device during one tick.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct SpectralSight {
    /// Its occupancy sensor is covered.
    pub covered: bool,
    /// What shines on it.
    pub light: Light,
    /// Speed of what is in it, in m/s.
    pub speed_mps: Option<f64>,
}

/// A fault, or another thing that somebody does to the device.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Rs350Fault {
    /// It no longer says whether it is occupied, or says so again.
    NoIndicator(bool),
    /// Bytes between two documents.
    Garbage(Vec<u8>),
    /// The next document breaks off and begins anew.
    CutFrame,
    /// The next document lacks its end.
    CutDocument,
    /// The next document arrives in pieces of this many bytes.
    Split(usize),
    /// The high voltage is low, or right again.
    HighVoltage(bool),
    /// Charge of the battery, in per cent.
    Battery(u32),
    /// The link is down for this long, in ns: documents are lost.
    LinkDrop(u64),
}

/// The device.
#[derive(Debug)]
pub struct Rs350 {
    setup: PortalSetup,
    utc_start_ns: i64,
    rng: ChaCha12Rng,
    shapes: Shapes,
    now_ns: u64,
    expected: BTreeMap<Origin, f64>,
    expected_neutrons: f64,
    covered: bool,
    background: Interval,
    building: Interval,
    /// Seconds since the last background was sent.
    since_background: u64,
    indicator: bool,
    fault: bool,
    battery_percent: u32,
    next: VecDeque<Rs350Fault>,
    down_until_ns: Option<u64>,
    documents: u64,
}

impl Rs350 {
    /// A device that has been on for a while in front of this light.
    pub fn new(setup: &PortalSetup, usual: &Light, utc_start_ns: i64, seed: LaneSeed) -> Self {
        let mut device = Self {
            setup: setup.clone(),
            utc_start_ns,
            rng: seed.stream(Purpose::Spectrum, 0),
            shapes: Shapes::default(),
            now_ns: 0,
            expected: BTreeMap::new(),
            expected_neutrons: 0.0,
            covered: false,
            background: Interval::new(0, 0),
            building: Interval::new(utc_start_ns, 0),
            since_background: BACKGROUND_EVERY_S,
            indicator: true,
            fault: false,
            battery_percent: 100,
            next: VecDeque::new(),
            down_until_ns: None,
            documents: 0,
        };
        device.take_in(usual, f64::from(BACKGROUND_S));
        let start = utc_start_ns - i64::from(BACKGROUND_S) * SECOND_NS as i64;
        device.background = device.drawn(start, BACKGROUND_S);
        device
    }

    /// Makes a fault happen now, or with the next document.
    pub fn inject(&mut self, fault: Rs350Fault, out: &mut Vec<PortalOut>) {
        match fault {
            Rs350Fault::NoIndicator(none) => self.indicator = !none,
            Rs350Fault::HighVoltage(low) => self.fault = low,
            Rs350Fault::Battery(percent) => self.battery_percent = percent,
            Rs350Fault::Garbage(bytes) => self.write(bytes, out),
            Rs350Fault::LinkDrop(ns) => {
                if self.down_until_ns.is_none() {
                    out.push(PortalOut::LinkDown);
                }
                self.down_until_ns = Some(self.now_ns + ns);
            }
            other => self.next.push_back(other),
        }
    }

    /// One tick of the world. Times go up by [`TICK_NS`].
    pub fn tick(&mut self, sight: &SpectralSight, out: &mut Vec<PortalOut>) {
        self.now_ns += TICK_NS;
        if self.down_until_ns.is_some_and(|until| until <= self.now_ns) {
            self.down_until_ns = None;
            out.push(PortalOut::LinkUp);
        }
        self.take_in(&sight.light, TICK_S);
        self.covered |= sight.covered;
        if self.now_ns.is_multiple_of(SECOND_NS) {
            self.second(sight.speed_mps, out);
        }
    }

    fn take_in(&mut self, light: &Light, seconds: f64) {
        for &(origin, cps) in &light.gamma {
            *self.expected.entry(origin).or_default() += cps * seconds;
        }
        self.expected_neutrons += light.neutron_cps * seconds;
    }

    /// Draws what was counted since the last draw.
    fn drawn(&mut self, start_utc_ns: i64, seconds: u32) -> Interval {
        let mut interval = Interval::new(start_utc_ns, seconds);
        for (origin, mean) in std::mem::take(&mut self.expected) {
            self.shapes.draw(origin, mean, &mut self.rng, &mut interval.spectrum);
        }
        interval.neutrons = poisson(std::mem::take(&mut self.expected_neutrons), &mut self.rng);
        interval
    }

    fn second(&mut self, speed_mps: Option<f64>, out: &mut Vec<PortalOut>) {
        let brightest = self.brightest();
        let began = i64::try_from(self.now_ns - SECOND_NS).unwrap_or(i64::MAX);
        let foreground = self.drawn(self.utc_start_ns + began, 1);
        let covered = std::mem::replace(&mut self.covered, false);
        self.documents += 1;
        let remarks = Remarks {
            occupied: self.indicator.then_some(covered),
            speed_mps: speed_mps.filter(|_| covered),
            alarm: self.alarm(&foreground, brightest).filter(|_| covered),
            battery_percent: self.battery_percent,
            fault: self.fault.then_some(("HvLow", "the high voltage is low")),
            number: self.documents,
        };
        self.since_background += 1;
        let due = self.since_background > BACKGROUND_EVERY_S && !covered;
        let text = document(&foreground, due.then_some(&self.background), &remarks);
        if due {
            self.since_background = 0;
        }
        self.send(&text, out);
        if !covered {
            self.learn(&foreground);
        }
    }

    /// The source that most of the expected counts come from.
    fn brightest(&self) -> Option<&'static str> {
        let sources = self.expected.iter().filter_map(|(origin, mean)| match origin {
            Origin::Source(emitter, _) => Some((emitter.name(), *mean)),
            Origin::Background => None,
        });
        sources.max_by(|a, b| a.1.total_cmp(&b.1)).map(|(name, _)| name)
    }

    fn alarm(&self, second: &Interval, brightest: Option<&'static str>) -> Option<(&'static str, String)> {
        let usual = f64::from(self.background.gamma()) / f64::from(self.background.seconds.max(1));
        let gamma = f64::from(second.gamma()) > usual + self.setup.n_sigma * libm::sqrt(usual);
        let neutron = second.neutrons >= self.setup.neutron_threshold;
        let category = match (gamma, neutron) {
            (true, true) => "Gamma-Neutron",
            (true, false) => "Gamma",
            (false, true) => "Neutron",
            (false, false) => return None,
        };
        Some((category, brightest.filter(|_| gamma).unwrap_or("no nuclide").to_owned()))
    }

    /// Vacant seconds become the next background.
    fn learn(&mut self, second: &Interval) {
        self.building.add(second);
        if self.building.seconds >= BACKGROUND_S {
            let next = Interval::new(second.start_utc_ns + SECOND_NS as i64, 0);
            self.background = std::mem::replace(&mut self.building, next);
        }
    }

    fn send(&mut self, text: &str, out: &mut Vec<PortalOut>) {
        let framed = |text: &str| [&[STX], text.as_bytes(), &[ETX]].concat();
        match self.next.pop_front() {
            Some(Rs350Fault::CutFrame) => {
                let mut bytes = framed(text)[..text.len() / 2].to_vec();
                bytes.extend(framed(text));
                self.write(bytes, out);
            }
            Some(Rs350Fault::CutDocument) => self.write(framed(&text[..text.len() - 30]), out),
            Some(Rs350Fault::Split(size)) => {
                for piece in framed(text).chunks(size.max(1)) {
                    self.write(piece.to_vec(), out);
                }
            }
            _ => self.write(framed(text), out),
        }
    }

    fn write(&self, bytes: Vec<u8>, out: &mut Vec<PortalOut>) {
        if self.down_until_ns.is_none() {
            out.push(PortalOut::Bytes(bytes));
        }
    }
}
