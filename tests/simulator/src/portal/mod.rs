//! A portal of the TSA VM-250 family as a pure state machine: rates and a covered sensor in, wire bytes out.
//!
//! Counts are Poisson per panel and 200 ms; the gamma alarm is N sigma over the last `intervals` samples
//! against a running mean of the background that is frozen while occupied; the neutron alarm is an absolute
//! threshold and only a stand-in, since the device's own test is in no public source.

mod background;
mod faults;
mod lines;
mod outlet;

use std::collections::VecDeque;

use rand_chacha::ChaCha12Rng;

pub use faults::PortalFault;
pub use lines::setup as setup_lines;

use crate::physics::Rates;
use crate::random::{LaneSeed, Purpose, poisson};
use crate::scenario::PortalSetup;
use crate::world::{TICK_NS, TICK_S};
use background::Background;
use outlet::Outlet;

/// Gamma samples are this long, in ns.
pub const SAMPLE_NS: u64 = 200_000_000;
/// Background lines while vacant, in ns.
const BACKGROUND_NS: u64 = 5_000_000_000;
/// First background after an occupancy, in ns.
const AFTER_END_NS: u64 = 1_000_000_000;
/// The index starts anew each day.
const DAY_NS: u64 = 86_400_000_000_000;
/// Dead time of a panel, in s. An assumption of the right order.
const DEAD_TIME_S: f64 = 1e-6;

/// What the portal does to its wire.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PortalOut {
    /// Bytes as written, as a rule one line with CR LF.
    Bytes(Vec<u8>),
    /// The link is up again.
    LinkUp,
    /// The link is gone; whatever would have been sent is lost.
    LinkDown,
}

/// What is in front of the portal during one tick.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Sight {
    /// Its occupancy sensor is covered.
    pub covered: bool,
    /// Rates at its panels.
    pub rates: Rates,
    /// Speed of what is in it, in m/s.
    pub speed_mps: Option<f64>,
}

/// An occupancy as the device decided it.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct PortalOccupancy {
    /// Index given on the wire; `None` when no end was sent.
    pub index: Option<u32>,
    /// At least one GA line.
    pub gamma_alarm: bool,
    /// At least one NA line.
    pub neutron_alarm: bool,
}

#[derive(Debug, Default)]
struct Occupied {
    clear: u32,
    samples: u32,
    gamma_alarm: bool,
    neutron_alarm: bool,
}

/// The device.
#[derive(Debug)]
pub struct Portal {
    setup: PortalSetup,
    seed: LaneSeed,
    streams: [ChaCha12Rng; 8],
    occupancies: u64,
    index: u32,
    now_ns: u64,
    expected: Rates,
    covered: bool,
    recent: VecDeque<[u32; 4]>,
    neutron: VecDeque<[u32; 4]>,
    background: Background,
    occupied: Option<Occupied>,
    finished: Vec<PortalOccupancy>,
    next_background_ns: u64,
    dead: [bool; 4],
    at_end: VecDeque<PortalFault>,
    off_until_ns: Option<u64>,
    outlet: Outlet,
}

impl Portal {
    /// A device that has been on for a while in front of these background rates.
    pub fn new(setup: &PortalSetup, usual: &Rates, seed: LaneSeed) -> Self {
        let mut streams = streams(seed, 0);
        let background = Background::filled(setup.background_s, usual, &mut streams);
        Self {
            setup: setup.clone(),
            seed,
            streams,
            occupancies: 0,
            index: 0,
            now_ns: 0,
            expected: Rates::default(),
            covered: false,
            recent: VecDeque::new(),
            neutron: VecDeque::new(),
            background,
            occupied: None,
            finished: Vec::new(),
            next_background_ns: AFTER_END_NS,
            dead: [false; 4],
            at_end: VecDeque::new(),
            off_until_ns: None,
            outlet: Outlet::default(),
        }
    }

    /// What it sends to a client that has just connected: its setup (a choice; when the device sends it is
    /// not in any public source).
    pub fn greeting(&self) -> Vec<Vec<u8>> {
        lines::setup(&self.setup)
    }

    /// An occupancy is on.
    pub fn is_occupied(&self) -> bool {
        self.occupied.is_some()
    }

    /// Occupancies that ended since the last call.
    pub fn take_finished(&mut self) -> Vec<PortalOccupancy> {
        std::mem::take(&mut self.finished)
    }

    /// Makes a fault happen now, or with the next line that it concerns.
    pub fn inject(&mut self, fault: PortalFault, out: &mut Vec<PortalOut>) {
        let now = self.now_ns;
        match fault {
            PortalFault::ShortEnd | PortalFault::NoEnd | PortalFault::SameIndex => {
                self.at_end.push_back(fault)
            }
            PortalFault::BlankLine => self.outlet.line(b"\r\n".to_vec(), out),
            PortalFault::UnterminatedQuote => self.outlet.line(b"\"unterminated,quote\r\n".to_vec(), out),
            PortalFault::LoneSetup => self.outlet.line(lines::setup(&self.setup).swap_remove(2), out),
            PortalFault::BackgroundInside => self.send_background(out),
            PortalFault::Setup(setup) => {
                self.setup = setup;
                for line in self.greeting() {
                    self.outlet.line(line, out);
                }
            }
            PortalFault::Tamper(open) => self.outlet.line(lines::tamper(open), out),
            PortalFault::DeadPanel(panel, dead) => {
                if let Some(state) = self.dead.get_mut(panel) {
                    *state = dead;
                }
            }
            PortalFault::Burst(count) => self.burst(count, out),
            PortalFault::Restart(ns) => {
                self.off_until_ns = Some(now + ns);
                self.outlet.drop_link(now + ns, out);
                self.stop_without_end();
            }
            PortalFault::LinkDrop(ns) => self.outlet.drop_link(now + ns, out),
            PortalFault::Stall(ns) => self.outlet.stall(now + ns),
            other => self.outlet.malform_next(other),
        }
    }

    /// One tick of the world. Times go up by [`TICK_NS`].
    pub fn tick(&mut self, sight: &Sight, out: &mut Vec<PortalOut>) {
        self.now_ns += TICK_NS;
        self.outlet.tick(self.now_ns, out);
        for i in 0..4 {
            self.expected.gamma[i] += measured(sight.rates.gamma[i]) * TICK_S;
            self.expected.neutron[i] += sight.rates.neutron[i] * TICK_S;
        }
        self.covered |= sight.covered;
        if self.now_ns.is_multiple_of(DAY_NS) {
            self.index = 0;
        }
        if !self.now_ns.is_multiple_of(SAMPLE_NS) {
            return;
        }
        let expected = std::mem::take(&mut self.expected);
        let covered = std::mem::replace(&mut self.covered, false);
        if self.off_until_ns.is_some_and(|until| until > self.now_ns) {
            return;
        }
        if self.off_until_ns.take().is_some() {
            self.power_on(&sight.rates);
        }
        self.sample(&expected, covered, sight.speed_mps, out);
    }

    fn sample(&mut self, expected: &Rates, covered: bool, speed: Option<f64>, out: &mut Vec<PortalOut>) {
        if self.occupied.is_none() && covered {
            self.begin(out);
        }
        let gamma: [u32; 4] = std::array::from_fn(|i| {
            let count = poisson(expected.gamma[i], &mut self.streams[i]);
            if self.dead[i] { 0 } else { count }
        });
        let neutron: [u32; 4] =
            std::array::from_fn(|i| poisson(expected.neutron[i], &mut self.streams[4 + i]));
        push(&mut self.recent, gamma, usize::from(self.setup.intervals));
        push(&mut self.neutron, neutron, 5);
        if self.occupied.is_some() {
            self.occupied_sample(gamma, covered, speed, out);
        } else {
            self.background.add(gamma, neutron);
            if self.now_ns >= self.next_background_ns {
                self.next_background_ns = self.now_ns + BACKGROUND_NS;
                self.send_background(out);
            }
        }
    }

    /// Sends the last second again as it was before the sensor saw anything: one NS, then the pre-roll.
    fn begin(&mut self, out: &mut Vec<PortalOut>) {
        self.occupancies += 1;
        self.streams = streams(self.seed, 2 * self.occupancies);
        self.occupied = Some(Occupied::default());
        self.outlet.line(lines::counts("NS", total(&self.neutron)), out);
        for sample in self.recent.clone() {
            self.outlet.line(lines::counts("GS", sample), out);
        }
    }

    fn occupied_sample(
        &mut self,
        gamma: [u32; 4],
        covered: bool,
        speed: Option<f64>,
        out: &mut Vec<PortalOut>,
    ) {
        let gamma_alarm = self.gamma_alarm();
        let neutrons = total(&self.neutron);
        let neutron_alarm = neutrons.iter().sum::<u32>() >= self.setup.neutron_threshold;
        // `sample` calls this only while occupied.
        let Some(state) = &mut self.occupied else { return };
        state.samples += 1;
        state.clear = if covered { 0 } else { state.clear + 1 };
        state.gamma_alarm |= gamma_alarm;
        let each_second = state.samples.is_multiple_of(5);
        state.neutron_alarm |= neutron_alarm && each_second;
        let ended = state.clear > u32::from(self.setup.hold_in);
        self.outlet.line(lines::counts(if gamma_alarm { "GA" } else { "GS" }, gamma), out);
        if each_second {
            self.outlet.line(lines::counts(if neutron_alarm { "NA" } else { "NS" }, neutrons), out);
            if let Some(line) = speed.and_then(lines::speed) {
                self.outlet.line(line, out);
            }
        }
        if ended {
            self.end(out);
        }
    }

    fn gamma_alarm(&self) -> bool {
        let k = f64::from(self.setup.intervals);
        if self.recent.len() < usize::from(self.setup.intervals) {
            return false;
        }
        let seen: u32 = total(&self.recent).iter().sum();
        let expected = self.background.gamma_cps().iter().sum::<f64>() * k / 5.0;
        expected > 0.0 && f64::from(seen) > expected + self.setup.n_sigma * libm::sqrt(expected)
    }

    fn end(&mut self, out: &mut Vec<PortalOut>) {
        // `occupied_sample` calls this only while occupied.
        let Some(state) = self.occupied.take() else { return };
        let fault = self.at_end.pop_front();
        if fault != Some(PortalFault::SameIndex) {
            self.index += 1;
        }
        let line = lines::end(self.index, self.background.neutron_cps().iter().sum());
        match &fault {
            Some(PortalFault::NoEnd) => {}
            Some(fault) => self.outlet.line(faults::malform(fault, line), out),
            None => self.outlet.line(line, out),
        }
        let index = (fault != Some(PortalFault::NoEnd)).then_some(self.index);
        self.finish(index, &state);
        self.streams = streams(self.seed, 2 * self.occupancies + 1);
        self.next_background_ns = self.next_background_ns.max(self.now_ns + AFTER_END_NS);
    }

    fn finish(&mut self, index: Option<u32>, state: &Occupied) {
        let (gamma_alarm, neutron_alarm) = (state.gamma_alarm, state.neutron_alarm);
        self.finished.push(PortalOccupancy { index, gamma_alarm, neutron_alarm });
    }

    fn stop_without_end(&mut self) {
        if let Some(state) = self.occupied.take() {
            self.finish(None, &state);
        }
    }

    fn power_on(&mut self, rates: &Rates) {
        self.index = 0;
        self.recent.clear();
        self.neutron.clear();
        self.background = Background::filled(self.setup.background_s, rates, &mut self.streams);
        self.next_background_ns = self.now_ns + AFTER_END_NS;
    }

    /// `NB` or `NH`, then `GB`, `GH` or `GL`: fault levels are per panel, high wins over low.
    fn send_background(&mut self, out: &mut Vec<PortalOut>) {
        let neutron = self.background.neutron_cps().map(rounded);
        let gamma = self.background.gamma_cps().map(rounded);
        let setup = &self.setup;
        let neutron_tag = if neutron.iter().any(|cps| *cps > setup.neutron_high_cps) { "NH" } else { "NB" };
        let gamma_tag = if gamma.iter().any(|cps| *cps > setup.gamma_high_cps) {
            "GH"
        } else if gamma.iter().any(|cps| *cps < setup.gamma_low_cps) {
            "GL"
        } else {
            "GB"
        };
        self.outlet.line(lines::counts(neutron_tag, neutron), out);
        self.outlet.line(lines::counts(gamma_tag, gamma), out);
    }

    fn burst(&mut self, count: u32, out: &mut Vec<PortalOut>) {
        let tag = if self.is_occupied() { "GS" } else { "GB" };
        let cps = self.background.gamma_cps();
        for _ in 0..count {
            let sample: [u32; 4] = std::array::from_fn(|i| match tag {
                "GS" => poisson(cps[i] * 0.2, &mut self.streams[i]),
                _ => rounded(cps[i]),
            });
            self.outlet.line(lines::counts(tag, sample), out);
        }
    }
}

/// Gamma streams of the four panels, then neutron streams of the four banks.
fn streams(seed: LaneSeed, phase: u64) -> [ChaCha12Rng; 8] {
    std::array::from_fn(|i| {
        let purpose = if i < 4 { Purpose::Gamma } else { Purpose::Neutron };
        seed.stream(purpose, phase * 4 + (i as u64 % 4))
    })
}

fn push(samples: &mut VecDeque<[u32; 4]>, sample: [u32; 4], most: usize) {
    samples.push_back(sample);
    while samples.len() > most {
        samples.pop_front();
    }
}

fn total(samples: &VecDeque<[u32; 4]>) -> [u32; 4] {
    std::array::from_fn(|i| samples.iter().map(|sample| sample[i]).sum())
}

/// Rate after dead time (non-extending model): m / (1 + m tau).
fn measured(cps: f64) -> f64 {
    cps / (1.0 + cps * DEAD_TIME_S)
}

fn rounded(cps: f64) -> u32 {
    // Rates are finite and not negative; the cast saturates.
    libm::round(cps) as u32
}
