//! Aspect "Yantar" portal: a block of holding registers, polled over Modbus.
//!
//! Everything known of it comes from one public source (the driver of an open portal-monitoring system), so
//! addresses and bits are a map in `configs/maps`, and what that source does not say is a setting. The device
//! is only read: function 3, no coil, no write, no acknowledgement.
//!
//! ```text
//! connect        description block -> where the monitor block lies; of unit 1, 2, 3.. when no unit is set
//! every poll     monitor block: internal time, input signals, two channels (status, count, background,
//!                variance), object counter, mark, speed, lamps
//! ```
//!
//! **Low time resolution.** There is one gross count for the whole portal, over an interval that is in no
//! public source (`count_interval_ms`). `setup` says `time_resolution = "low"`: tests that follow a profile
//! along the vehicle do not suit such samples.
//!
//! What has no name in the map (bits, numbers that cannot be rates) is kept raw and changes nothing.

pub mod map;

mod fault;
mod portal;
mod reading;

use std::collections::BTreeMap;
use std::time::Duration;

use greenlane_driver::model::units::CountsPerSecond;
use greenlane_driver::model::{Background, Body, Capability, Health, Outcome, Setup, Severity, Stamp};
use greenlane_driver::{Answer, Driver, Input, LinkKind, OpenError, Outbox, Request};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use fault::Faults;
use map::Map;
use portal::Portal;
use reading::{ChannelReading, Reading};

/// After so many polls without a good answer what is in the portal is no longer known.
const MISSES: u32 = 3;
/// Pause between two rounds of the search for the unit.
const SEARCH_PAUSE: Duration = Duration::from_secs(5);
const POLL: u64 = 0;

/// Settings of a Yantar.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// Name of the device's map in `configs/maps`.
    #[schemars(with = "String", extend("x-greenlane-file" = "maps"))]
    pub map: Map,
    /// Modbus unit. Without it units are tried from 1 on until one gives a description block.
    #[serde(default)]
    pub unit: Option<u8>,
    /// Last unit that is tried.
    #[serde(default = "search_to")]
    #[schemars(range(min = 1, max = 247))]
    pub search_to: u8,
    /// From the start of one poll to the start of the next, in ms.
    #[serde(default = "poll_ms")]
    #[schemars(range(min = 20, max = 5000))]
    pub poll_ms: u32,
    /// What the count registers cover, in ms. It is in no public source; 1000 is presumed, because the counts
    /// compare with a background in counts per second.
    #[serde(default = "count_interval_ms")]
    #[schemars(range(min = 20, max = 60000))]
    pub count_interval_ms: u32,
    /// How often the background is said while nothing is in the portal, in s.
    #[serde(default = "background_s")]
    #[schemars(range(min = 1, max = 3600))]
    pub background_s: u32,
    /// Polls without an occupancy signal that end an occupancy.
    #[serde(default = "end_polls")]
    #[schemars(range(min = 1, max = 100))]
    pub end_polls: u32,
    /// Fault `frozen` when the device's internal time stands still for this long, in s; 0 turns it off.
    #[serde(default = "frozen_s")]
    #[schemars(range(min = 0, max = 3600))]
    pub frozen_s: u32,
    /// Vehicles drive from the device's sensor 1 to its sensor 0.
    #[serde(default)]
    pub reverse_direction: bool,
}

fn search_to() -> u8 {
    32
}

fn poll_ms() -> u32 {
    200
}

fn count_interval_ms() -> u32 {
    1000
}

fn background_s() -> u32 {
    5
}

fn end_polls() -> u32 {
    2
}

fn frozen_s() -> u32 {
    60
}

/// The driver.
#[derive(Debug)]
pub struct Yantar {
    settings: Settings,
    poll: Duration,
    portal: Portal,
    faults: Faults,
    stage: Stage,
    unit: u8,
    unit_found: bool,
    /// The description block was asked for and did not come: it is not asked for again, because each silence
    /// costs the connection.
    undescribed: bool,
    /// Address and length of the monitor block.
    monitor: (u16, u16),
    open: Option<u64>,
    last_id: u64,
    misses: u32,
    /// The internal time, and since when it reads so.
    time: Option<(u32, Stamp)>,
    background_due_ns: u64,
    signals: Option<[u16; 5]>,
    unknown: Option<[u16; 3]>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    Down,
    Describing,
    Polling,
}

impl Driver for Yantar {
    const MODEL: &'static str = "aspect.yantar";
    const LINK: LinkKind = LinkKind::Modbus;
    const OFFERS: &'static [Capability] = &[
        Capability::Gamma,
        Capability::Neutron,
        Capability::Background,
        Capability::Occupancy,
        Capability::RadiationAlarm,
        Capability::Speed,
        Capability::Setup,
        Capability::Health,
        Capability::Tamper,
    ];
    type Settings = Settings;

    fn open(settings: Settings) -> Result<Self, OpenError> {
        check(&settings)?;
        let ms = |ms: u32| Duration::from_millis(ms.into());
        let interval = ms(settings.count_interval_ms);
        Ok(Self {
            poll: ms(settings.poll_ms),
            portal: Portal::new(interval, settings.end_polls, settings.reverse_direction),
            faults: Faults::default(),
            stage: Stage::Down,
            unit: settings.unit.unwrap_or(1),
            unit_found: settings.unit.is_some(),
            undescribed: false,
            monitor: (settings.map.monitor.address, settings.map.monitor.count),
            open: None,
            last_id: 0,
            misses: 0,
            time: None,
            background_due_ns: 0,
            signals: None,
            unknown: None,
            settings,
        })
    }

    fn handle(&mut self, now: Stamp, input: Input<'_>, out: &mut Outbox) {
        match input {
            Input::Connected => {
                self.lost(now, out);
                self.describe(now, out);
            }
            Input::Lost { .. } => self.lost(now, out),
            Input::Reply { id, sent, received, answer } if self.open == Some(id) => {
                self.open = None;
                match self.stage {
                    Stage::Down => {}
                    Stage::Describing => self.described(now, answer, out),
                    Stage::Polling => self.polled(now, Stamp::between(sent, received), answer, out),
                }
            }
            Input::Due { token: POLL } => match self.stage {
                Stage::Down => {}
                Stage::Describing if self.open.is_some() => {}
                Stage::Describing => self.describe(now, out),
                Stage::Polling => self.poll(out),
            },
            Input::Command { id, .. } => {
                out.outcome(id, Outcome::Refused("a Yantar is only read, it takes no commands".to_owned()));
            }
            // Late answers of an earlier connection, and what a Modbus link never brings.
            Input::Reply { .. }
            | Input::Due { .. }
            | Input::Frame(_)
            | Input::Request { .. }
            | Input::File(_) => {}
        }
    }
}

fn check(settings: &Settings) -> Result<(), OpenError> {
    for (pointer, seen, least, most) in [
        ("/search_to", u32::from(settings.search_to), 1, 247),
        ("/poll_ms", settings.poll_ms, 20, 5000),
        ("/count_interval_ms", settings.count_interval_ms, 20, 60_000),
        ("/background_s", settings.background_s, 1, 3600),
        ("/end_polls", settings.end_polls, 1, 100),
        ("/frozen_s", settings.frozen_s, 0, 3600),
    ] {
        if !(least..=most).contains(&seen) {
            return Err(OpenError::new(pointer, seen, format!("{least} to {most}")));
        }
    }
    if settings.unit.is_none() && settings.map.description.is_none() {
        return Err(OpenError::new("/unit", "nothing", "a unit, because the map has no description block"));
    }
    settings.map.check()
}

/// Connecting: which unit, and where its monitor block lies.
impl Yantar {
    fn lost(&mut self, now: Stamp, out: &mut Outbox) {
        self.stage = Stage::Down;
        self.open = None;
        (self.misses, self.time, self.signals, self.unknown) = (0, None, None, None);
        self.faults.lose();
        self.portal.lose(now, out);
    }

    fn describe(&mut self, now: Stamp, out: &mut Outbox) {
        let Some(block) = self.settings.map.description.filter(|_| !self.undescribed) else {
            return self.start(now, None, out);
        };
        self.stage = Stage::Describing;
        self.ask(block.address, block.count, out);
    }

    fn described(&mut self, now: Stamp, answer: Answer<'_>, out: &mut Outbox) {
        let count = self.settings.map.description.map_or(0, |block| block.count);
        match answer {
            Answer::Registers(words) if words.len() == usize::from(count) => {
                self.unit_found = true;
                self.start(now, Some(words), out);
            }
            _ if self.unit_found => {
                self.undescribed = true;
                // After a silence the host makes the link anew.
                if answer != Answer::Timeout {
                    self.start(now, None, out);
                }
            }
            _ => self.next_unit(now, answer == Answer::Timeout, out),
        }
    }

    /// Tries the next unit: at once, or on the next connection when this one was silent.
    fn next_unit(&mut self, now: Stamp, silent: bool, out: &mut Outbox) {
        if self.unit >= self.settings.search_to {
            self.unit = 1;
            let text = || format!("no unit from 1 to {} gives a description", self.settings.search_to);
            self.faults.set(now, ("no_unit", Severity::Error), true, text, out);
            out.wake_after(SEARCH_PAUSE, POLL);
            return;
        }
        self.unit += 1;
        if !silent {
            self.describe(now, out);
        }
    }

    /// The monitor block is known now: as described where that is plausible, else as the map says.
    fn start(&mut self, now: Stamp, description: Option<&[u16]>, out: &mut Outbox) {
        let map = &self.settings.map;
        let told = map.description.zip(description).and_then(|(block, words)| {
            let word = |at: u16| words.get(usize::from(at)).copied();
            Some((word(block.monitor_address)?, word(block.monitor_count)?, block))
        });
        let plausible = told.filter(|&(address, count, block)| {
            let behind = u32::from(address) >= u32::from(block.address) + u32::from(block.count);
            let fits = u32::from(address) + u32::from(map.monitor.count) <= 1 << 16;
            behind && fits && count >= map.monitor.count
        });
        let address = plausible.map_or(map.monitor.address, |(address, ..)| address);
        self.monitor = (address, map.monitor.count);
        let mut values = BTreeMap::from([
            ("unit".to_owned(), self.unit.into()),
            ("monitor_address".to_owned(), address.into()),
            ("map_status".to_owned(), map.status.word().into()),
            ("time_resolution".to_owned(), "low".into()),
            ("count_interval_ms".to_owned(), self.settings.count_interval_ms.into()),
        ]);
        if let Some(words) = description {
            values.insert("description".to_owned(), hex(words).into());
        }
        let missing = if description.is_none() && map.description.is_some() {
            vec!["description".to_owned()]
        } else {
            Vec::new()
        };
        out.observe(now, Body::Setup(Setup { values, missing }));
        self.faults.set(now, ("no_unit", Severity::Error), false, String::new, out);
        self.stage = Stage::Polling;
        self.background_due_ns = now.mono_ns;
        self.poll(out);
    }

    fn ask(&mut self, address: u16, count: u16, out: &mut Outbox) {
        self.last_id += 1;
        self.open = Some(self.last_id);
        out.request(self.last_id, Request::ReadHoldingRegisters { unit: self.unit, address, count });
    }
}

/// Polling.
impl Yantar {
    /// Asks again; while an answer is outstanding the poll is left out.
    fn poll(&mut self, out: &mut Outbox) {
        out.wake_after(self.poll, POLL);
        if self.open.is_none() {
            let (address, count) = self.monitor;
            self.ask(address, count, out);
        }
    }

    fn polled(&mut self, now: Stamp, at: Stamp, answer: Answer<'_>, out: &mut Outbox) {
        let wrong = match answer {
            Answer::Registers(words) if words.len() == usize::from(self.monitor.1) => {
                self.misses = 0;
                let fault = ("unreadable", Severity::Error);
                self.faults.set(now, fault, false, String::new, out);
                return self.take(now, at, words, out);
            }
            // The host makes the link anew and says so.
            Answer::Timeout => return,
            Answer::Exception(code) => format!("the device answers with exception {code}"),
            Answer::Registers(words) => format!("{} registers came for {}", words.len(), self.monitor.1),
            Answer::Bits(_) | Answer::Written => "the answer holds no registers".to_owned(),
        };
        self.misses = self.misses.saturating_add(1);
        if self.misses == MISSES {
            self.faults.set(now, ("unreadable", Severity::Error), true, || wrong, out);
            self.portal.lose(now, out);
        }
    }

    fn take(&mut self, now: Stamp, at: Stamp, words: &[u16], out: &mut Outbox) {
        let reading = reading::read(&self.settings.map, words);
        self.keep_unknown(at, &reading, words, out);
        self.watch_time(now, reading.time, out);
        self.faults.take(&self.settings.map, now, &reading, out);
        self.portal.take(&self.settings.map, at, self.poll, &reading, out);
        if self.portal.is_quiet() && at.mono_ns >= self.background_due_ns {
            let pause = u64::from(self.settings.background_s) * 1_000_000_000;
            self.background_due_ns = at.mono_ns.saturating_add(pause);
            say_background(at, &reading, out);
            self.say_health(at, &reading, out);
        }
    }

    /// Keeps the whole block when it holds something without a meaning that it did not hold before.
    fn keep_unknown(&mut self, at: Stamp, reading: &Reading, words: &[u16], out: &mut Outbox) {
        let map = &self.settings.map;
        let wrong = |channel: &ChannelReading| u16::from(channel.background.is_none());
        let now = [
            reading.inputs & !map.inputs.known(),
            (reading.gamma.status | reading.neutron.status) & !map.channel.known(),
            wrong(&reading.gamma) | wrong(&reading.neutron) << 1,
        ];
        if self.unknown.replace(now).unwrap_or_default() != now && now != [0; 3] {
            let bytes: Vec<u8> = words.iter().flat_map(|word| word.to_be_bytes()).collect();
            out.raw(at, "registers hold bits without a name, or a background that is no rate", &bytes);
        }
    }

    fn watch_time(&mut self, now: Stamp, time: u32, out: &mut Outbox) {
        let (old, since) = *self.time.get_or_insert((time, now));
        if old != time {
            self.time = Some((time, now));
        }
        let still = old == time && self.settings.frozen_s > 0;
        let on = still && now.seconds_since(since) >= f64::from(self.settings.frozen_s);
        let text = || format!("its internal time stands at {time}");
        self.faults.set(now, ("frozen", Severity::Error), on, text, out);
    }

    /// The words that are not said otherwise, when one of them changed.
    fn say_health(&mut self, at: Stamp, reading: &Reading, out: &mut Outbox) {
        let signals =
            [reading.inputs, reading.gamma.status, reading.neutron.status, reading.outputs, reading.mark];
        if self.signals.replace(signals) == Some(signals) {
            return;
        }
        let names = ["inputs", "gamma_status", "neutron_status", "outputs", "object_mark"];
        let hex = |word: u16| Value::from(format!("{word:#06x}"));
        let mut values: BTreeMap<_, _> =
            names.into_iter().zip(signals).map(|(name, word)| (name.to_owned(), hex(word))).collect();
        values.insert("device_time".to_owned(), reading.time.into());
        let variances = [("gamma_variance", reading.gamma), ("neutron_variance", reading.neutron)];
        for (name, channel) in variances {
            values.extend(channel.variance.map(|variance| (name.to_owned(), variance.into())));
        }
        out.observe(at, Body::Health(Health { values }));
    }
}

fn say_background(at: Stamp, reading: &Reading, out: &mut Outbox) {
    let rate =
        |channel: &ChannelReading| channel.background.and_then(CountsPerSecond::new).map(|cps| vec![cps]);
    let (gamma_cps, neutron_cps) = (rate(&reading.gamma), rate(&reading.neutron));
    if gamma_cps.is_some() || neutron_cps.is_some() {
        out.observe(at, Body::Background(Background { gamma_cps, neutron_cps }));
    }
}

fn hex(words: &[u16]) -> String {
    words.iter().map(|word| format!("{word:04x}")).collect::<Vec<_>>().join(" ")
}
