//! Scenes: what truly happens in front of a device, in SI units with times. Nothing here knows a wire.

use std::collections::BTreeMap;

use greenlane_model::CommandBody;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// One thing that truly happens.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "fact", rename_all = "snake_case")]
pub enum Fact {
    /// The link comes up.
    Connected,
    /// The link is lost.
    Lost,
    /// Counts of one gamma interval, by panel; the vehicle is there.
    Gamma {
        /// By panel.
        counts: Vec<u32>,
        /// The device is in gamma alarm.
        #[serde(default)]
        alarm: bool,
    },
    /// Counts of one neutron interval, by bank; the vehicle is there.
    Neutron {
        /// By bank.
        counts: Vec<u32>,
        /// The device is in neutron alarm.
        #[serde(default)]
        alarm: bool,
    },
    /// Gamma background, nobody there.
    GammaBackground {
        /// By panel, in counts per second.
        cps: Vec<u32>,
        /// Against the device's own limits.
        #[serde(default)]
        level: Level,
    },
    /// Neutron background, nobody there.
    NeutronBackground {
        /// By bank, in counts per second.
        cps: Vec<u32>,
        /// Against the device's own limits.
        #[serde(default)]
        level: Level,
    },
    /// The device says that the vehicle has gone.
    OccupancyEnd {
        /// The device's own number, when it tells one.
        #[serde(default)]
        index: Option<u32>,
        /// In counts per second over all banks, when the device tells it.
        #[serde(default)]
        neutron_background_cps: Option<f64>,
    },
    /// The device's own measure of speed, in m/s.
    Speed {
        /// Along the lane.
        mps: f64,
    },
    /// The cabinet is opened or closed.
    Tamper {
        /// Open.
        on: bool,
    },
    /// A part of the device's settings is told.
    Setup {
        /// Which part, by the kit.
        part: String,
        /// By the protocol's own names.
        values: BTreeMap<String, Value>,
    },
    /// Something comes to stand before a presence point, or goes.
    Presence {
        /// The kit's name of the point.
        point: String,
        /// There.
        covered: bool,
    },
    /// A counter of the device now reads so much.
    Counter {
        /// The kit's name of the counter.
        point: String,
        /// The register's value.
        value: u64,
    },
    /// A reader reads, or looks and cannot.
    Read(ReadFact),
    /// A scanner or camera drops a file.
    Image(ImageFact),
    /// The lane wants something done.
    Command {
        /// What.
        body: CommandBody,
    },
    /// How the device answers from now on (request-and-reply wires).
    Manners {
        /// See [`crate::far::Manners`].
        manners: crate::far::Manners,
    },
    /// Text on the wire that the kit says is of no kind that exists.
    Foreign {
        /// As it is sent.
        text: String,
    },
}

/// A background against the device's limits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "the names say it")]
pub enum Level {
    #[default]
    Normal,
    Low,
    High,
}

/// What a reader read.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct ReadFact {
    /// `container` or `plate`.
    pub kind: String,
    /// As the device prints it; `None` for a look that gave nothing.
    pub text: Option<String>,
    /// 0 to 1, when the device gives one.
    pub confidence: Option<f64>,
    /// The device's own number of the event.
    pub event: Option<String>,
    /// `interim`, `final` or `corrected`.
    pub phase: Option<String>,
    /// `front` or `rear`, when the device says so.
    pub position: Option<String>,
    /// `forward` or `backward`, when the device says so.
    pub direction: Option<String>,
    /// ISO 6346 size and type.
    pub size_type: Option<String>,
    /// How far the device's clock is ahead of ours, in s.
    pub clock_ahead_s: f64,
    /// Other texts, best first.
    pub alternates: Vec<String>,
}

/// What a scanner dropped.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct ImageFact {
    /// Name of the file without its ending.
    pub stem: String,
    /// Columns of the file.
    pub width_px: u32,
    /// Rows of the file.
    pub height_px: u32,
    /// Bits a sample.
    pub bits: u8,
    /// Energies.
    pub energies: u8,
    /// Between two lines along travel, in m.
    pub line_pitch_m: Option<f64>,
    /// The passage it was asked for.
    pub passage: Option<String>,
    /// Why the device says that it is not whole.
    pub invalid: Option<String>,
}

/// One fact at its time.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Event {
    /// In ns from the start of the scene.
    pub at_ns: u64,
    /// What happens.
    #[serde(flatten)]
    pub fact: Fact,
}

/// Facts in order of time.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Scene {
    /// The facts.
    pub events: Vec<Event>,
    /// How long the scene lasts, in ns.
    pub end_ns: u64,
}

impl Scene {
    /// A scene in which the link comes up at the start.
    pub fn connected() -> Self {
        let mut scene = Self::default();
        scene.push(0, Fact::Connected);
        scene
    }

    /// Adds a fact; the scene lasts at least until then.
    pub fn push(&mut self, at_ns: u64, fact: Fact) {
        self.events.push(Event { at_ns, fact });
        self.end_ns = self.end_ns.max(at_ns);
    }

    /// The facts that `pick` picks, with their times.
    pub fn pick<'a, T>(
        &'a self,
        pick: impl Fn(&'a Fact) -> Option<T> + 'a,
    ) -> impl Iterator<Item = (u64, T)> {
        self.events.iter().filter_map(move |event| Some((event.at_ns, pick(&event.fact)?)))
    }

    /// The same scene without event `i`.
    pub fn without(&self, range: std::ops::Range<usize>) -> Self {
        let mut scene = self.clone();
        scene.events.drain(range);
        scene
    }
}

/// Seconds as ns.
pub fn seconds(s: f64) -> u64 {
    let ns = (s * 1e9).round();
    if ns <= 0.0 { 0 } else { ns as u64 }
}

/// Milliseconds as ns.
pub const fn ms(ms: u64) -> u64 {
    ms * 1_000_000
}
