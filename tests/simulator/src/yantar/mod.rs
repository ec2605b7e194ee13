//! A portal of the Aspect "Yantar" kind as a pure state machine: rates and a covered sensor in, holding
//! registers out.
//!
//! Addresses and bits are those that one public source has. What that does not say is a choice: counts cover
//! the last second and are renewed every 200 ms, the internal time counts tenths of a second, the object counter
//! moves when an object begins, the gamma alarm is N sigma over one second against a background that is frozen
//! while occupied, the neutron alarm an absolute threshold.

use std::collections::VecDeque;

use rand_chacha::ChaCha12Rng;

use crate::modbus::{
    ILLEGAL_ADDRESS, ILLEGAL_FUNCTION, ILLEGAL_VALUE, ModbusAnswer, ModbusReply, ModbusRequest,
};
use crate::physics::Rates;
use crate::portal::{SAMPLE_NS, Sight};
use crate::random::{LaneSeed, Purpose, poisson};
use crate::scenario::PortalSetup;
use crate::world::{TICK_NS, TICK_S};

/// The device's unit.
pub const UNIT: u8 = 4;
/// Where the monitor block lies, and how many of its registers are known.
const MONITOR: usize = 100;
const REGISTERS: usize = 21;
/// A step of the internal time, in ns.
const TIME_NS: u64 = 100_000_000;
/// Samples that the counts cover.
const WINDOW: usize = 5;

/// A fault, or another thing that somebody does to the device.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum YantarFault {
    /// Further bits of the input signals: 0x0100 mains gone, 0x0200 battery low, 0x0400 open, 0x0800 error,
    /// 0x8000 reset.
    Inputs(u16),
    /// Further bits of the gamma channel's status: 0x0010 low, 0x0020 high, 0x0040 overload.
    GammaStatus(u16),
    /// Registers stand still, or go on.
    Frozen(bool),
    /// Every answer takes this long, in ns.
    Delay(u64),
    /// So many requests are answered with exception 4.
    Exceptions(u32),
    /// So many requests are not answered.
    Silent(u32),
}

/// The device.
#[derive(Debug)]
pub struct Yantar {
    setup: PortalSetup,
    rng: ChaCha12Rng,
    now_ns: u64,
    expected: [f64; 2],
    covered: bool,
    /// Gamma and neutron counts of the last samples, both over the whole portal.
    recent: VecDeque<[u32; 2]>,
    vacant: VecDeque<[u32; 2]>,
    occupied: bool,
    clear: u32,
    objects: u16,
    speed_mm_s: u16,
    words: [u16; REGISTERS],
    inputs: u16,
    gamma_status: u16,
    frozen: bool,
    delay_ns: u64,
    exceptions: u32,
    silent: u32,
}

impl Yantar {
    /// A device that has been on for a while in front of these background rates.
    pub fn new(setup: &PortalSetup, usual: &Rates, seed: LaneSeed) -> Self {
        let mut rng = seed.stream(Purpose::Register, 0);
        let means = sums(usual).map(|cps| cps * SAMPLE_NS as f64 * 1e-9);
        let samples = usize::from(setup.background_s) * WINDOW;
        let vacant: VecDeque<_> =
            (0..samples.max(1)).map(|_| means.map(|mean| poisson(mean, &mut rng))).collect();
        let mut device = Self {
            setup: setup.clone(),
            rng,
            now_ns: 0,
            expected: [0.0; 2],
            covered: false,
            recent: vacant.iter().rev().take(WINDOW).copied().collect(),
            vacant,
            occupied: false,
            clear: 0,
            objects: 0,
            speed_mm_s: 0,
            words: [0; REGISTERS],
            inputs: 0,
            gamma_status: 0,
            frozen: false,
            delay_ns: 0,
            exceptions: 0,
            silent: 0,
        };
        device.publish();
        device
    }

    /// Makes a fault happen.
    pub fn inject(&mut self, fault: YantarFault) {
        match fault {
            YantarFault::Inputs(bits) => self.inputs = bits,
            YantarFault::GammaStatus(bits) => self.gamma_status = bits,
            YantarFault::Frozen(frozen) => self.frozen = frozen,
            YantarFault::Delay(ns) => self.delay_ns = ns,
            YantarFault::Exceptions(requests) => self.exceptions = requests,
            YantarFault::Silent(requests) => self.silent = requests,
        }
    }

    /// One tick of the world. Times go up by [`TICK_NS`].
    pub fn tick(&mut self, sight: &Sight) {
        self.now_ns += TICK_NS;
        let rates = sums(&sight.rates);
        self.expected.iter_mut().zip(rates).for_each(|(sum, cps)| *sum += cps * TICK_S);
        self.covered |= sight.covered;
        if !self.now_ns.is_multiple_of(SAMPLE_NS) {
            return;
        }
        let means = std::mem::take(&mut self.expected);
        let sample = means.map(|mean| poisson(mean, &mut self.rng));
        push(&mut self.recent, sample, WINDOW);
        let covered = std::mem::replace(&mut self.covered, false);
        self.follow(covered, sight.speed_mps);
        if !self.occupied {
            let most = self.vacant.len();
            push(&mut self.vacant, sample, most);
        }
        if !self.frozen {
            self.publish();
        }
    }

    /// Answers from the state reached. Another unit is not there.
    pub fn handle(&mut self, unit: u8, request: &ModbusRequest) -> ModbusAnswer {
        let silent = unit != UNIT || self.silent > 0;
        if unit == UNIT {
            self.silent = self.silent.saturating_sub(1);
        }
        let reply = if silent { None } else { Some(self.reply(request)) };
        ModbusAnswer { reply, delay_ns: self.delay_ns }
    }

    fn reply(&mut self, request: &ModbusRequest) -> ModbusReply {
        if self.exceptions > 0 {
            self.exceptions -= 1;
            return ModbusReply::Exception(4);
        }
        let ModbusRequest::ReadHoldingRegisters { address, count } = *request else {
            return ModbusReply::Exception(ILLEGAL_FUNCTION);
        };
        if count == 0 || count > 125 {
            return ModbusReply::Exception(ILLEGAL_VALUE);
        }
        let words = (0..usize::from(count)).map(|n| self.register(usize::from(address) + n));
        let words: Option<Vec<u16>> = words.collect();
        words.map_or(ModbusReply::Exception(ILLEGAL_ADDRESS), ModbusReply::Registers)
    }

    fn register(&self, address: usize) -> Option<u16> {
        // Signature (made up), registers here, identifier, address and length of the monitor block, unknown.
        let description = [0x5941, 8, 1, MONITOR as u16, REGISTERS as u16, 0, 0, 0];
        match address {
            0..8 => Some(description[address]),
            _ => self.words.get(address.checked_sub(MONITOR)?).copied(),
        }
    }

    fn follow(&mut self, covered: bool, speed_mps: Option<f64>) {
        if covered {
            if !self.occupied {
                self.objects = self.objects.wrapping_add(1);
            }
            (self.occupied, self.clear) = (true, 0);
            // The cast saturates.
            self.speed_mm_s = speed_mps.map_or(0, |mps| (mps * 1000.0) as u16);
        } else if self.occupied {
            self.clear += 1;
            if self.clear > u32::from(self.setup.hold_in) {
                (self.occupied, self.speed_mm_s) = (false, 0);
            }
        }
    }

    /// Writes the monitor block.
    fn publish(&mut self) {
        let counts = [0, 1].map(|i| self.recent.iter().map(|sample| sample[i]).sum::<u32>());
        let seconds = self.vacant.len() as f64 / WINDOW as f64;
        let usual = [0, 1].map(|i| self.vacant.iter().map(|s| f64::from(s[i])).sum::<f64>() / seconds);
        let gamma = f64::from(counts[0]) > usual[0] + self.setup.n_sigma * libm::sqrt(usual[0]);
        let neutron = counts[1] >= self.setup.neutron_threshold;
        let (gamma, neutron) = (gamma && self.occupied, neutron && self.occupied);
        let status = |alarm: bool| 0x0080 | u16::from(alarm) | if alarm { 0x0100 } else { 0 };
        let occupied = if self.occupied { 0x0043 } else { 0 };
        let lamps = u16::from(gamma || neutron) | if self.occupied { 0x0020 } else { 0 };
        let [time_low, time_high] = low_first((self.now_ns / TIME_NS) as u32);
        let mut words = [0; REGISTERS];
        words[..4].copy_from_slice(&[
            time_low,
            time_high,
            self.inputs | occupied,
            status(gamma) | self.gamma_status,
        ]);
        words[4..10].copy_from_slice(&channel(counts[0], usual[0]));
        words[10] = status(neutron);
        words[11..17].copy_from_slice(&channel(counts[1], usual[1]));
        words[17..].copy_from_slice(&[self.objects, 0, self.speed_mm_s, lamps]);
        self.words = words;
    }
}

/// Count, background, variance: three times two words.
fn channel(count: u32, usual: f64) -> [u16; 6] {
    let float = (usual as f32).to_bits();
    let [a, b, c] = [count, float, float].map(low_first);
    [a[0], a[1], b[0], b[1], c[0], c[1]]
}

fn low_first(value: u32) -> [u16; 2] {
    [value as u16, (value >> 16) as u16]
}

/// Gamma and neutron over all panels and banks.
fn sums(rates: &Rates) -> [f64; 2] {
    [rates.gamma.iter().sum(), rates.neutron.iter().sum()]
}

fn push(samples: &mut VecDeque<[u32; 2]>, sample: [u32; 2], most: usize) {
    samples.push_back(sample);
    while samples.len() > most {
        samples.pop_front();
    }
}
