//! One answer: the registers of the monitor block as values.

use super::map::{Channel, Map, Words};

/// What the device says at one moment.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Reading {
    /// Internal time; its unit is not known.
    pub time: u32,
    pub inputs: u16,
    pub gamma: ChannelReading,
    pub neutron: ChannelReading,
    pub counter: u16,
    pub mark: u16,
    pub speed_mm_s: u16,
    pub outputs: u16,
}

/// What it says of one channel.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct ChannelReading {
    pub status: u16,
    pub count: u32,
    /// `None` when the registers hold no number that can be a rate.
    pub background: Option<f64>,
    /// `None` likewise.
    pub variance: Option<f64>,
}

/// Reads the block. [`Map::check`] has seen that every register lies in it; a shorter block reads as zeros.
pub(super) fn read(map: &Map, words: &[u16]) -> Reading {
    let block = Block { words, order: map.words };
    let monitor = &map.monitor;
    Reading {
        time: block.long(monitor.time),
        inputs: block.word(monitor.inputs),
        gamma: block.channel(&monitor.gamma),
        neutron: block.channel(&monitor.neutron),
        counter: block.word(monitor.object_counter),
        mark: block.word(monitor.object_mark),
        speed_mm_s: block.word(monitor.object_speed_mm_s),
        outputs: block.word(monitor.outputs),
    }
}

struct Block<'a> {
    words: &'a [u16],
    order: Words,
}

impl Block<'_> {
    fn word(&self, at: u16) -> u16 {
        self.words.get(usize::from(at)).copied().unwrap_or_default()
    }

    fn long(&self, at: u16) -> u32 {
        let (first, second) = (u32::from(self.word(at)), u32::from(self.word(at.saturating_add(1))));
        match self.order {
            Words::HiLo => first << 16 | second,
            Words::LoHi => second << 16 | first,
        }
    }

    /// IEEE-754 single; a negative or endless one is no rate.
    fn float(&self, at: u16) -> Option<f64> {
        let value = f32::from_bits(self.long(at));
        (value.is_finite() && value >= 0.0).then(|| f64::from(value))
    }

    fn channel(&self, channel: &Channel) -> ChannelReading {
        ChannelReading {
            status: self.word(channel.status),
            count: self.long(channel.count),
            background: self.float(channel.background),
            variance: self.float(channel.variance),
        }
    }
}
