//! What a device can say. Each struct is the JSON body of the kind of the same name.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::Stamp;
use crate::units::{CountsPerSecond, Kilograms, Metres, MetresPerSecond, Seconds};

macro_rules! bodies {
    ($($variant:ident($ty:ty) = $kind:literal,)*) => {
        /// What was said: one variant a kind, and [`Body::Unknown`] for a kind that this version does not know.
        #[derive(Debug, Clone)]
        #[allow(missing_docs, reason = "each variant is documented at its struct")]
        pub enum Body {
            $($variant($ty),)*
            Unknown { kind: String, raw: Box<RawValue> },
        }

        impl Body {
            /// Every kind this version knows.
            pub const KINDS: &'static [&'static str] = &[$($kind),*];

            /// The word that stands in `kind`.
            pub fn kind(&self) -> &str {
                match self {
                    $(Self::$variant(_) => $kind,)*
                    Self::Unknown { kind, .. } => kind,
                }
            }

            /// Reads the JSON body of `kind`. An unknown kind is kept, a known kind with a wrong body is an error.
            pub fn decode(kind: &str, json: &str) -> serde_json::Result<Self> {
                Ok(match kind {
                    $($kind => Self::$variant(serde_json::from_str(json)?),)*
                    _ => Self::Unknown { kind: kind.to_owned(), raw: RawValue::from_string(json.to_owned())? },
                })
            }

            /// The JSON Schema of every kind's body, by kind.
            pub fn schemas() -> BTreeMap<&'static str, schemars::Schema> {
                BTreeMap::from([$(($kind, schemars::schema_for!($ty)),)*])
            }
        }

        /// Writes the body alone; the kind stands beside it.
        impl Serialize for Body {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                match self {
                    $(Self::$variant(body) => body.serialize(serializer),)*
                    Self::Unknown { raw, .. } => raw.serialize(serializer),
                }
            }
        }

        impl PartialEq for Body {
            fn eq(&self, other: &Self) -> bool {
                match (self, other) {
                    $((Self::$variant(a), Self::$variant(b)) => a == b,)*
                    (Self::Unknown { kind: a, raw: x }, Self::Unknown { kind: b, raw: y }) => {
                        a == b && x.get() == y.get()
                    }
                    _ => false,
                }
            }
        }
    };
}

bodies! {
    Presence(Presence) = "presence",
    Pulses(Pulses) = "pulses",
    Speed(Speed) = "speed",
    Weight(Weight) = "weight",
    Axles(Axles) = "axles",
    Gamma(Counts) = "gamma",
    Neutron(Counts) = "neutron",
    Background(Background) = "background",
    Occupancy(Occupancy) = "occupancy",
    Spectrum(Spectrum) = "spectrum",
    RadiationAlarm(RadiationAlarm) = "radiation_alarm",
    Container(Read) = "container",
    Plate(Read) = "plate",
    Tag(Read) = "tag",
    Card(Read) = "card",
    Scan(Scan) = "scan",
    Image(Image) = "image",
    Output(Output) = "output",
    Setup(Setup) = "setup",
    Health(Health) = "health",
    Fault(Fault) = "fault",
    Tamper(Tamper) = "tamper",
    Raw(Raw) = "raw",
}

impl Body {
    /// Whether a full queue may lose this one (counted). Everything that can bear on a decision may not.
    pub fn may_be_dropped(&self) -> bool {
        matches!(self, Self::Health(_) | Self::Setup(_) | Self::Raw(_))
    }
}

/// Three-valued: unknown is never taken for "no".
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "the names say it")]
pub enum Covered {
    Yes,
    No,
    Unknown,
}

/// A presence point changed, or was read for the first time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Presence {
    /// The point's name in the device's settings.
    pub point: String,
    /// Is something there?
    pub covered: Covered,
    /// First reading after a (re)connect: a state, not an edge.
    #[serde(default)]
    pub snapshot: bool,
}

/// A counter moved.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Pulses {
    /// The counter's name in the device's settings.
    pub point: String,
    /// Running total since the driver opened, wraps of the device's counter unfolded.
    pub total: u64,
    /// Pulses since the last reading.
    pub gained: u64,
}

/// A measured speed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Speed {
    /// Along the lane, in m/s; negative against the direction of travel.
    #[serde(rename = "speed_mps")]
    pub speed: MetresPerSecond,
}

/// A measured weight.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Weight {
    /// In kg.
    #[serde(rename = "weight_kg")]
    pub weight: Kilograms,
    /// No motion while it was taken.
    pub stable: bool,
    /// Net or gross.
    pub of: WeightOf,
}

/// What a weight includes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "the names say it")]
pub enum WeightOf {
    Net,
    Gross,
}

/// Axles counted so far on the vehicle in front of the device.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Axles {
    /// How many.
    pub count: u32,
}

/// Counts of one sampling interval: gamma by panel, neutron by bank, in the device's own order.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Counts {
    /// Length of the interval, in s.
    #[serde(rename = "interval_s")]
    pub interval: Seconds,
    /// Counts by panel or bank.
    pub counts: Vec<u32>,
    /// The device itself was in alarm for this sample.
    #[serde(default)]
    pub alarm: bool,
    /// Taken before the occupancy sensor saw the vehicle.
    #[serde(default)]
    pub pre_roll: bool,
}

impl Counts {
    /// Sum over all panels or banks.
    pub fn sum(&self) -> u64 {
        self.counts.iter().map(|&n| u64::from(n)).sum()
    }
}

/// The device's own running background, by panel or bank.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Background {
    /// Gamma by panel, in counts per second.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gamma_cps: Option<Vec<CountsPerSecond>>,
    /// Neutron by bank, in counts per second.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub neutron_cps: Option<Vec<CountsPerSecond>>,
}

/// The portal says that something is in it, or no longer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum Occupancy {
    /// It began at the observation's `at`.
    Started,
    /// It ended at the observation's `at`.
    Ended {
        /// The device's own number, when it gave one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        index: Option<u32>,
        /// Neutron background over all banks as the device gave it, in counts per second.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        neutron_background_cps: Option<CountsPerSecond>,
        /// How it ended.
        end: OccupancyEnd,
    },
}

/// How an occupancy ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum OccupancyEnd {
    /// The device said so.
    Normal,
    /// The device went on with background without saying so.
    NoEndMessage,
    /// The link was lost inside it.
    LinkLost,
}

/// One pulse-height spectrum.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Spectrum {
    /// The detector's name.
    pub detector: String,
    /// Live time, in s.
    #[serde(rename = "live_s")]
    pub live: Seconds,
    /// Real time, in s.
    #[serde(rename = "real_s")]
    pub real: Seconds,
    /// Counts by channel.
    pub counts: Vec<u32>,
    /// Energy of the lower edge of channel n in keV: coefficients of 1, n, n^2.
    pub calibration_kev: Vec<f64>,
    /// Taken with a vehicle there, or without.
    pub class: SpectrumClass,
}

/// What a spectrum was taken of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "the names say it")]
pub enum SpectrumClass {
    Foreground,
    Background,
}

/// The device's own verdict.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RadiationAlarm {
    /// Of what.
    pub radiation: Radiation,
    /// Came on, or went.
    pub on: bool,
    /// What the device names, with its confidence.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub nuclides: Vec<Nuclide>,
}

/// Kind of a radiation alarm.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "the names say it")]
pub enum Radiation {
    Gamma,
    Neutron,
    Isotope,
}

/// A nuclide as a device named it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Nuclide {
    /// E.g. `Cs-137`.
    pub name: String,
    /// 0 to 1, when the device gave one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub confidence: Option<f64>,
}

/// A text read off a vehicle or a card. A no-read is one with `text: null`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Read {
    /// What was read; `null` says that the device looked and could read nothing.
    pub text: Option<String>,
    /// 0 to 1, when the device gave one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub confidence: Option<f64>,
    /// The check digit by our own arithmetic.
    #[serde(default)]
    pub check: Check,
    /// Other readings, best first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub alternates: Vec<Alternate>,
    /// Where on the vehicle.
    #[serde(default)]
    pub position: Position,
    /// ISO 6346 size and type, e.g. `45G1`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub size_type: Option<String>,
    /// How the vehicle moved, as the device saw it.
    #[serde(default)]
    pub direction: Direction,
    /// Where in its life this result is.
    #[serde(default)]
    pub phase: Phase,
    /// The device's own number of this event: what several results of one vehicle share.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event: Option<String>,
    /// When the vehicle was in view, if the device says so; else the observation's `at` has to do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub acquired: Option<Stamp>,
    /// Pictures that belong to it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub images: Vec<FileRef>,
}

/// State of a check digit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Check {
    /// It fits.
    Ok,
    /// It fits, but its remainder is 10, which is written 0 as well: weaker.
    AmbiguousZero,
    /// It does not fit.
    Bad,
    /// The text has none.
    Absent,
    /// Nobody looked, or no rule applies.
    #[default]
    NotChecked,
}

/// A second choice of a reader.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Alternate {
    /// The text.
    pub text: String,
    /// 0 to 1, when given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub confidence: Option<f64>,
}

/// Where on the vehicle a container is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Position {
    /// The forward of two.
    Front,
    /// The rearward of two.
    Rear,
    /// The only one.
    Single,
    /// Not said.
    #[default]
    Unknown,
}

/// How a vehicle moved past a reader.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// With the lane.
    Forward,
    /// Against it.
    Backward,
    /// Standing.
    Stationary,
    /// Not said.
    #[default]
    Unknown,
}

/// Where in its life a reader's result is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// May still change.
    Interim,
    /// Stands.
    #[default]
    Final,
    /// Replaces an earlier final one of the same event.
    Corrected,
}

/// A file by reference: it is never copied through memory.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct FileRef {
    /// Where it lies.
    pub path: String,
    /// SHA-256 of its bytes, lower-case hex.
    pub sha256: String,
    /// Its size, in bytes.
    pub bytes: u64,
}

/// State of a scanner. The core may ask for a scan or take that back; it never permits a beam.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Scan {
    /// Where its state machine is.
    pub state: ScanState,
    /// The passage it works for, when it says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub passage: Option<String>,
    /// Why it is invalid, aborted or in fault.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The beam; `null` when the device does not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub beam: Option<bool>,
}

/// States of a scanner, from devices.md 3.1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "the names say it")]
pub enum ScanState {
    Offline,
    Fault,
    Standby,
    WarmUp,
    Ready,
    Armed,
    CabClear,
    Scanning,
    Complete,
    Delivered,
    Invalid,
    Aborted,
}

/// A picture of a vehicle or its load.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Image {
    /// `scan`, `overview`, `crop` or the site's own word.
    pub role: String,
    /// The file.
    pub file: FileRef,
    /// Width along travel, in pixels.
    pub width_px: u32,
    /// Height, in pixels.
    pub height_px: u32,
    /// Bits a pixel.
    pub bits: u8,
    /// How many energies it holds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub energies: Option<u8>,
    /// Distance between two lines along travel, in m.
    #[serde(default, rename = "line_pitch_m", skip_serializing_if = "Option::is_none")]
    pub line_pitch: Option<Metres>,
    /// The passage it was asked for, when the device echoes it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub passage: Option<String>,
    /// First and last line's time, when the device says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub acquired: Option<(Stamp, Stamp)>,
}

/// An output was read back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Output {
    /// The point's name in the device's settings.
    pub point: String,
    /// The state read back.
    pub on: bool,
}

/// The device's own settings as it reports them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Setup {
    /// By the protocol's own names.
    pub values: BTreeMap<String, serde_json::Value>,
    /// Parts of the set that did not come.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub missing: Vec<String>,
}

/// Battery, temperature, counters: for maintenance, never for a decision.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Health {
    /// By name, the unit as its last word.
    pub values: BTreeMap<String, serde_json::Value>,
}

/// Something is wrong with the device, its link or its driver, or no longer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Fault {
    /// A short word, e.g. `gamma_low`.
    pub code: String,
    /// How bad.
    pub severity: Severity,
    /// Came on, or went.
    pub on: bool,
    /// For a person.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub text: String,
}

/// How bad a fault is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Worth a look; evidence still counts.
    Warning,
    /// The device's evidence does not count while it is on.
    Error,
}

/// The cabinet was opened, or closed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Tamper {
    /// Open or otherwise active.
    pub on: bool,
}

/// Bytes that could not be understood, kept as they came.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Raw {
    /// Why it was not understood.
    pub reason: String,
    /// The bytes, escaped as in a `.wire` file (`\\`, `\r`, `\n`, `\xNN`).
    pub bytes: String,
}

impl Raw {
    /// At most this many bytes are kept of one frame.
    pub const MAX_BYTES: usize = 4096;

    /// Keeps `bytes` (cut at [`Self::MAX_BYTES`]) with the reason.
    pub fn new(reason: impl Into<String>, bytes: &[u8]) -> Self {
        Self { reason: reason.into(), bytes: escape(&bytes[..bytes.len().min(Self::MAX_BYTES)]) }
    }
}

/// Printable ASCII as it is; `\\`, `\r`, `\n` and `\xNN` for the rest.
pub fn escape(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    for &byte in bytes {
        match byte {
            b'\\' => text.push_str("\\\\"),
            b'\r' => text.push_str("\\r"),
            b'\n' => text.push_str("\\n"),
            b' '..=b'~' => text.push(char::from(byte)),
            _ => {
                const HEX: &[u8; 16] = b"0123456789abcdef";
                text.push_str("\\x");
                text.push(char::from(HEX[usize::from(byte >> 4)]));
                text.push(char::from(HEX[usize::from(byte & 15)]));
            }
        }
    }
    text
}

/// The bytes that [`escape`] wrote, or `None` when an escape is cut or unknown.
pub fn unescape(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte != b'\\' {
            bytes.push(byte);
            continue;
        }
        bytes.push(match rest.next()? {
            b'\\' => b'\\',
            b'r' => b'\r',
            b'n' => b'\n',
            b'x' => {
                let high = char::from(rest.next()?).to_digit(16)?;
                let low = char::from(rest.next()?).to_digit(16)?;
                u8::try_from(high * 16 + low).ok()?
            }
            _ => return None,
        });
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn escaping_loses_nothing(bytes: Vec<u8>) {
            prop_assert_eq!(unescape(&escape(&bytes)).unwrap(), bytes);
        }

        #[test]
        fn hostile_bodies_never_panic(kind in 0..Body::KINDS.len(), json in ".{0,200}") {
            let _ = Body::decode(Body::KINDS[kind], &json);
            let _ = unescape(&json);
        }
    }

    #[test]
    fn infinity_has_no_way_in() {
        assert!(Body::decode("speed", r#"{"speed_mps":1e999}"#).is_err());
        assert!(MetresPerSecond::new(f64::NAN).is_none());
    }

    #[test]
    fn every_kind_has_a_schema() {
        assert_eq!(Body::schemas().len(), Body::KINDS.len());
    }
}
