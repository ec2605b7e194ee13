//! What a driver says of its settings.

use greenlane_model::Capability;
use serde::{Deserialize, Serialize};

/// A setting is wrong in a way its type cannot say.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("settings{pointer}: {seen} was found, {expected} was expected")]
pub struct OpenError {
    /// JSON pointer into the settings, e.g. `/inputs/2/point`.
    pub pointer: String,
    /// What stands there.
    pub seen: String,
    /// What would be right.
    pub expected: String,
}

impl OpenError {
    /// The value `seen` at `pointer` is wrong; `expected` would be right.
    pub fn new(pointer: impl Into<String>, seen: impl ToString, expected: impl Into<String>) -> Self {
        Self { pointer: pointer.into(), seen: seen.to_string(), expected: expected.into() }
    }
}

/// A named point that a binding may use.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Point {
    /// Its name in the settings.
    pub name: String,
    /// What it says or does: `presence`, `pulses` or `output`.
    pub capability: Capability,
}
