//! What is done to a driver, and when: a scene after it was rendered through a kit.

use greenlane_model::{CommandBody, escape};
use serde::{Deserialize, Serialize};

use crate::far::Change;

/// One act at its time.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Step {
    /// When, in ns from the start of the script.
    pub at_ns: u64,
    /// What.
    pub act: Act,
}

impl Step {
    /// An act at `at_ns`.
    pub fn at(at_ns: u64, act: Act) -> Self {
        Self { at_ns, act }
    }
}

/// Something that happens to a driver, seen from the wire.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Act {
    /// The link comes up.
    Connect,
    /// The link goes down.
    Lose(String),
    /// Bytes arrive on a stream; the controller's framing cuts them.
    Bytes(#[serde(with = "escaped")] Vec<u8>),
    /// The device posts.
    Post {
        /// `Content-Type`.
        content_type: String,
        /// Query string.
        query: String,
        /// Body.
        #[serde(with = "escaped")]
        body: Vec<u8>,
    },
    /// A file is complete.
    File(FileAct),
    /// The device's registers or its manners change.
    Bank(Change),
    /// The lane wants something done.
    Command(CommandBody),
    /// A command that was sent before is sent again, with its id.
    Repeat {
        /// Its id.
        id: u64,
        /// Its body.
        body: CommandBody,
    },
    /// A timer fires that nobody asked for.
    Due(u64),
}

/// A file as the host tells it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FileAct {
    /// Path.
    pub path: String,
    /// SHA-256, lower-case hex.
    pub sha256: String,
    /// Size, in bytes.
    pub bytes: u64,
    /// First bytes.
    #[serde(with = "escaped")]
    pub head: Vec<u8>,
    /// What stands beside it.
    pub sidecar: Option<Vec<u8>>,
}

impl std::fmt::Display for Act {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Connect => f.write_str("link up"),
            Self::Lose(reason) => write!(f, "link lost ({reason})"),
            Self::Bytes(bytes) => f.write_str(&shortened(&escape(bytes))),
            Self::Post { content_type, body, .. } => {
                write!(f, "post {content_type} {}", shortened(&escape(body)))
            }
            Self::File(file) => write!(f, "file {} ({} bytes)", file.path, file.bytes),
            Self::Bank(change) => write!(f, "device {change}"),
            Self::Command(body) => write!(f, "command {}", json(body)),
            Self::Repeat { id, body } => write!(f, "command {id} again {}", json(body)),
            Self::Due(token) => write!(f, "timer {token} that nobody asked for"),
        }
    }
}

fn json(body: &CommandBody) -> String {
    serde_json::to_string(body).unwrap_or_default()
}

/// Longest text of one act in a report; what is left out is counted.
const LONGEST: usize = 400;

fn shortened(text: &str) -> String {
    let left = text.chars().count().saturating_sub(LONGEST);
    if left == 0 {
        return text.to_owned();
    }
    let head: String = text.chars().take(LONGEST).collect();
    format!("{head}... and {left} characters more")
}

/// Bytes as text in which every byte can be read back.
mod escaped {
    use greenlane_model::{escape, unescape};
    use serde::{Deserialize, Deserializer, Serializer};

    pub fn serialize<S: Serializer>(bytes: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&escape(bytes))
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<u8>, D::Error> {
        let text = String::deserialize(deserializer)?;
        unescape(&text).ok_or_else(|| serde::de::Error::custom("an escape is cut or unknown"))
    }
}
