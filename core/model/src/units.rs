//! Units as types. Each is a finite `f64`; the unit is also the last word of every JSON field that holds one.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A number that must be finite was NaN or infinite.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
#[error("{0} is not a finite number")]
pub struct NotFinite(pub f64);

macro_rules! unit {
    ($(#[$doc:meta])* $name:ident, $symbol:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, PartialOrd, Default, Serialize, Deserialize, JsonSchema)]
        #[serde(try_from = "f64", into = "f64")]
        #[schemars(with = "f64")]
        pub struct $name(f64);

        impl $name {
            /// Zero of this unit.
            pub const ZERO: Self = Self(0.0);

            /// The value, or `None` when it is NaN or infinite.
            pub fn new(value: f64) -> Option<Self> {
                value.is_finite().then_some(Self(value))
            }

            /// The bare number, in this unit.
            pub const fn value(self) -> f64 {
                self.0
            }
        }

        impl TryFrom<f64> for $name {
            type Error = NotFinite;
            fn try_from(value: f64) -> Result<Self, NotFinite> {
                Self::new(value).ok_or(NotFinite(value))
            }
        }

        impl From<$name> for f64 {
            fn from(unit: $name) -> f64 {
                unit.0
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.fmt(f)?;
                f.write_str(concat!(" ", $symbol))
            }
        }
    };
}

unit!(/// A length or a position on the lane's axis, in metres.
    Metres, "m");
unit!(/// A duration, in seconds.
    Seconds, "s");
unit!(/// A speed along the lane, in metres per second; negative against the direction of travel.
    MetresPerSecond, "m/s");
unit!(/// A count rate, in counts per second.
    CountsPerSecond, "cps");
unit!(/// A mass, in kilograms.
    Kilograms, "kg");

impl MetresPerSecond {
    /// The same speed given in km/h, or `None` when it is not finite.
    pub fn from_kmh(kmh: f64) -> Option<Self> {
        Self::new(kmh / 3.6)
    }

    /// This speed in km/h.
    pub fn kmh(self) -> f64 {
        self.0 * 3.6
    }
}
