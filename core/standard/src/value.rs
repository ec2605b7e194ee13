//! A value of a standard: whole numbers stay whole, others are written as decimal text, so that no reader
//! rounds them and the same value has one form.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A parameter's value.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Value {
    /// A whole number.
    Integer(i64),
    /// Any other number; finite.
    #[serde(with = "decimal")]
    Decimal(f64),
    /// A word.
    Text(String),
    /// Several of one kind.
    List(Vec<Value>),
}

impl Value {
    /// The value as a number, when it is one.
    pub fn number(&self) -> Option<f64> {
        match self {
            Self::Integer(value) => Some(*value as f64),
            Self::Decimal(value) => Some(*value),
            Self::Text(_) | Self::List(_) => None,
        }
    }

    /// The value as a word, when it is one.
    pub fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Integer(value) => write!(f, "{value}"),
            Self::Decimal(value) => write!(f, "{value}"),
            Self::Text(text) => f.write_str(text),
            Self::List(list) => {
                for (index, value) in list.iter().enumerate() {
                    write!(f, "{}{value}", if index > 0 { ", " } else { "" })?;
                }
                Ok(())
            }
        }
    }
}

impl TryFrom<toml::Value> for Value {
    type Error = String;

    fn try_from(value: toml::Value) -> Result<Self, String> {
        match value {
            toml::Value::Integer(value) => Ok(Self::Integer(value)),
            toml::Value::Float(value) if value.is_finite() => Ok(Self::Decimal(value)),
            toml::Value::String(text) => Ok(Self::Text(text)),
            toml::Value::Array(list) => {
                list.into_iter().map(Self::try_from).collect::<Result<_, _>>().map(Self::List)
            }
            other => Err(format!("a {} is no value of a parameter", other.type_str())),
        }
    }
}

/// A number as decimal text, e.g. `"0.999"`: the shortest that reads back as the same number.
pub(crate) mod decimal {
    use super::*;

    pub fn serialize<S: Serializer>(value: &f64, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(value)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<f64, D::Error> {
        let text = String::deserialize(deserializer)?;
        let value: f64 = text.parse().map_err(serde::de::Error::custom)?;
        if value.is_finite() && value.to_string() == text {
            return Ok(value);
        }
        Err(serde::de::Error::custom(format_args!("`{text}` is not the shortest decimal text of a number")))
    }
}
