//! What a driver declares it can do.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// One thing a device can say or be asked to do. Capabilities, not device classes: one device may offer many.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "each is the observation or command of the same name")]
pub enum Capability {
    Presence,
    Pulses,
    Speed,
    Weight,
    Axles,
    Gamma,
    Neutron,
    Background,
    Occupancy,
    Spectrum,
    RadiationAlarm,
    Container,
    Plate,
    Tag,
    Card,
    Scan,
    Image,
    Output,
    Signal,
    Barrier,
    Snapshot,
    Acknowledge,
    Setup,
    Health,
    Tamper,
}

impl std::fmt::Display for Capability {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.serialize(f)
    }
}
