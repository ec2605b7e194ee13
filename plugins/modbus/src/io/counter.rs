//! One pulse counter: wraps unfolded, restarts noticed.

use greenlane_driver::model::{Body, Pulses, Stamp};

use super::map::{CounterBlock, Words};
use super::say::{Code, Say};

/// A counter in the device that says pulses.
#[derive(Debug)]
pub(super) struct Counter {
    name: String,
    block: CounterBlock,
    last: Option<(u64, Stamp)>,
    total: u64,
}

impl Counter {
    pub fn new(name: &str, block: CounterBlock) -> Self {
        Self { name: name.to_owned(), block, last: None, total: 0 }
    }

    /// Takes the registers of the read at `read`.
    ///
    /// The first read of all sets the base and says that nothing was gained. The last value is kept over a
    /// lost link, so the first read after it says what was gained meanwhile. Pulses are stamped like edges:
    /// with the middle between two reads and half their distance.
    pub fn read(&mut self, read: Stamp, words: &[u16], say: &mut Say<'_>) {
        let Some(value) = self.value(words) else { return };
        let Some((old, before)) = self.last.replace((value, read)) else {
            self.say(read, 0, say);
            return;
        };
        let gained = if value >= old {
            say.clear(Code::CounterRestart, &self.name);
            value - old
        } else {
            self.gained_back(value, old, before, read, say)
        };
        if gained > 0 {
            self.total = self.total.saturating_add(gained);
            self.say(Stamp::between(before, read), gained, say);
        }
    }

    /// The value went back: a wrap if the device can have counted that far in the time, else a restart, after
    /// which it counted from 0.
    fn gained_back(&self, value: u64, old: u64, before: Stamp, read: Stamp, say: &mut Say<'_>) -> u64 {
        let wrapped = value + (1 << self.block.width) - old;
        let nanos = u128::from(read.mono_ns.saturating_sub(before.mono_ns))
            + u128::from(before.uncertainty_ns.saturating_add(read.uncertainty_ns));
        let possible = nanos * u128::from(self.block.max_hz) / 1_000_000_000 + 1;
        if u128::from(wrapped) <= possible {
            say.clear(Code::CounterRestart, &self.name);
            return wrapped;
        }
        let text =
            format!("{} went from {old} to {value}: the device restarted, pulses may be lost", self.name);
        say.raise(Code::CounterRestart, &self.name, text);
        value
    }

    fn value(&self, words: &[u16]) -> Option<u64> {
        match *words {
            [one] => Some(u64::from(one)),
            [first, second] => {
                let (high, low) = match self.block.words {
                    Words::HiLo => (first, second),
                    Words::LoHi => (second, first),
                };
                Some(u64::from(high) << 16 | u64::from(low))
            }
            _ => None,
        }
    }

    fn say(&self, at: Stamp, gained: u64, say: &mut Say<'_>) {
        say.observe(at, Body::Pulses(Pulses { point: self.name.clone(), total: self.total, gained }));
    }
}
