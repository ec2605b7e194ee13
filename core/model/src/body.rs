//! What a device can say. Each struct is the JSON body of the kind of the same name.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::units::{Kilograms, Metres, MetresPerSecond};
use crate::{Background, Counts, FileRef, Occupancy, RadiationAlarm, Raw, Read, Spectrum, Stamp};

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

/// States of a scanner: a proposal consistent with what patents and the trade press tell of cargo scanners.
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
    /// Why the device says that it is not whole (too fast, stopped, reversed, aborted...); `null` when it
    /// says nothing against it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub invalid: Option<String>,
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

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn hostile_bodies_never_panic(kind in 0..Body::KINDS.len(), json in ".{0,200}") {
            let _ = Body::decode(Body::KINDS[kind], &json);
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
