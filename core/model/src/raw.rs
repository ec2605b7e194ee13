//! Bytes that nobody understood, and the escapes that keep them readable.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

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
        fn unescaping_hostile_text_never_panics(text in ".{0,200}") {
            let _ = unescape(&text);
        }
    }
}
