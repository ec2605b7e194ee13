//! One point in time with what is known of its error.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A point in time. Order is by `mono_ns` (within one start of the machine); `utc_ns` is a label for people.
///
/// In JSON: `{"utc": "2026-11-24T12:00:00.000000000Z", "mono": "93784.000000001", "uncertainty_ns": 150000}`;
/// `mono` is text in seconds because `jq` and JavaScript round integers beyond 2^53.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "Wire", into = "Wire")]
#[schemars(with = "Wire")]
pub struct Stamp {
    /// Nanoseconds of the machine's monotonic clock.
    pub mono_ns: u64,
    /// Nanoseconds since 1970-01-01T00:00:00Z.
    pub utc_ns: i64,
    /// Half-width of the interval that holds the true time, in nanoseconds.
    pub uncertainty_ns: u64,
}

impl Stamp {
    /// A stamp without uncertainty.
    pub const fn new(mono_ns: u64, utc_ns: i64) -> Self {
        Self { mono_ns, utc_ns, uncertainty_ns: 0 }
    }

    /// This moment moved by `ns` nanoseconds on both clocks (saturating), with the same uncertainty.
    pub fn shifted(self, ns: i64) -> Self {
        Self {
            mono_ns: self.mono_ns.saturating_add_signed(ns),
            utc_ns: self.utc_ns.saturating_add(ns),
            uncertainty_ns: self.uncertainty_ns,
        }
    }

    /// The middle of a request and its reply, with half their distance as uncertainty.
    pub fn between(sent: Self, received: Self) -> Self {
        let half = received.mono_ns.saturating_sub(sent.mono_ns) / 2;
        let mut middle = sent.shifted(i64::try_from(half).unwrap_or(i64::MAX));
        middle.uncertainty_ns = half.saturating_add(sent.uncertainty_ns.max(received.uncertainty_ns));
        middle
    }

    /// Seconds from `earlier` to this moment on the monotonic clock; negative when this is the earlier one.
    pub fn seconds_since(self, earlier: Self) -> f64 {
        (i128::from(self.mono_ns) - i128::from(earlier.mono_ns)) as f64 / 1e9
    }

    /// The UTC label as RFC 3339 with nine digits.
    pub fn rfc3339(self) -> String {
        rfc3339(self.utc_ns)
    }
}

/// `utc_ns` as RFC 3339 with nine digits, e.g. `2026-11-24T12:00:00.000000000Z`.
/// Any `i64` is in range (years 1677 to 2262).
pub fn rfc3339(utc_ns: i64) -> String {
    let timestamp = Timestamp::from_nanosecond(i128::from(utc_ns)).unwrap_or(Timestamp::UNIX_EPOCH);
    format!("{timestamp:.9}")
}

#[derive(Serialize, Deserialize, JsonSchema)]
struct Wire {
    /// RFC 3339, nine digits.
    utc: String,
    /// Monotonic seconds with nine digits, as text.
    mono: String,
    #[serde(default, skip_serializing_if = "is_zero")]
    uncertainty_ns: u64,
}

fn is_zero(n: &u64) -> bool {
    *n == 0
}

impl From<Stamp> for Wire {
    fn from(stamp: Stamp) -> Self {
        let (seconds, rest) = (stamp.mono_ns / 1_000_000_000, stamp.mono_ns % 1_000_000_000);
        Self {
            utc: stamp.rfc3339(),
            mono: format!("{seconds}.{rest:09}"),
            uncertainty_ns: stamp.uncertainty_ns,
        }
    }
}

/// A stamp's text could not be read.
#[derive(Debug, thiserror::Error)]
pub enum StampError {
    /// `utc` is not RFC 3339 or lies outside 1677 to 2262.
    #[error("{0:?} is not an RFC 3339 time between the years 1677 and 2262")]
    Utc(String),
    /// `mono` is not seconds with nine digits.
    #[error("{0:?} is not monotonic seconds with nine digits")]
    Mono(String),
}

impl TryFrom<Wire> for Stamp {
    type Error = StampError;

    fn try_from(wire: Wire) -> Result<Self, StampError> {
        let utc_ns = wire
            .utc
            .parse::<Timestamp>()
            .ok()
            .and_then(|t| i64::try_from(t.as_nanosecond()).ok())
            .ok_or_else(|| StampError::Utc(wire.utc.clone()))?;
        let mono_ns = mono_ns(&wire.mono).ok_or_else(|| StampError::Mono(wire.mono.clone()))?;
        Ok(Self { mono_ns, utc_ns, uncertainty_ns: wire.uncertainty_ns })
    }
}

fn mono_ns(text: &str) -> Option<u64> {
    let (seconds, rest) = text.split_once('.')?;
    if rest.len() != 9 || !rest.bytes().chain(seconds.bytes()).all(|b| b.is_ascii_digit()) {
        return None;
    }
    seconds.parse::<u64>().ok()?.checked_mul(1_000_000_000)?.checked_add(rest.parse().ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn every_stamp_survives_json(mono_ns: u64, utc_ns: i64, uncertainty_ns: u64) {
            let stamp = Stamp { mono_ns, utc_ns, uncertainty_ns };
            let json = serde_json::to_string(&stamp).unwrap();
            prop_assert_eq!(serde_json::from_str::<Stamp>(&json).unwrap(), stamp);
        }

        #[test]
        fn reading_hostile_text_never_panics(utc in ".{0,40}", mono in ".{0,40}") {
            let _ = Stamp::try_from(Wire { utc, mono, uncertainty_ns: 0 });
        }
    }

    #[test]
    fn a_time_has_nine_digits() {
        assert_eq!(rfc3339(0), "1970-01-01T00:00:00.000000000Z");
        assert_eq!(rfc3339(1_795_521_600_000_000_001), "2026-11-24T12:00:00.000000001Z");
    }

    #[test]
    fn the_middle_of_a_request_carries_half_its_length() {
        let middle = Stamp::between(Stamp::new(100, 1100), Stamp::new(300, 1300));
        assert_eq!(middle, Stamp { mono_ns: 200, utc_ns: 1200, uncertainty_ns: 100 });
    }
}
