//! The chain of hashes, and its end.

use std::fmt;
use std::str::FromStr;

use blake3::{Hash, Hasher};
use serde::{Serialize, Serializer};

/// The end of a journal at some moment. Written `17:6d1f...`; noted elsewhere, it shows a journal that was cut
/// off or rewritten after it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Head {
    /// Number of the last entry; 0 when there is none.
    pub seq: u64,
    /// Its chain value.
    pub chain: Hash,
}

/// A text is not a [`Head`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "{0:?} is not the head of a journal; it looks like 17:6d1f... with 64 hexadecimal digits after the colon"
)]
pub struct HeadError(String);

/// The text fields of an entry in the order of the chain.
pub(crate) struct Fields<'a> {
    pub lane: &'a str,
    pub class: &'a str,
    pub utc: &'a str,
    pub mono: &'a str,
    pub uncertainty_ns: i64,
    pub kind: &'a str,
    pub body: &'a str,
}

impl Head {
    /// The head of a journal without entries.
    pub(crate) fn start() -> Self {
        Self { seq: 0, chain: blake3::hash(b"greenlane journal 1") }
    }

    /// The head after one more entry.
    pub(crate) fn after(self, fields: &Fields<'_>) -> Self {
        let seq = self.seq + 1;
        Self { seq, chain: link(&self.chain, seq, fields) }
    }
}

/// The chain value of entry `seq` that follows `before`; the layout is in the crate's documentation.
pub(crate) fn link(before: &Hash, seq: u64, fields: &Fields<'_>) -> Hash {
    let mut hasher = Hasher::new();
    hasher.update(before.as_bytes());
    hasher.update(&seq.to_le_bytes());
    hasher.update(&fields.uncertainty_ns.to_le_bytes());
    for text in [fields.lane, fields.class, fields.utc, fields.mono, fields.kind, fields.body] {
        hasher.update(&(text.len() as u64).to_le_bytes());
        hasher.update(text.as_bytes());
    }
    hasher.finalize()
}

impl fmt::Display for Head {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.seq, self.chain)
    }
}

impl FromStr for Head {
    type Err = HeadError;

    fn from_str(text: &str) -> Result<Self, HeadError> {
        let wrong = || HeadError(text.to_owned());
        let (seq, chain) = text.split_once(':').ok_or_else(wrong)?;
        Ok(Self {
            seq: seq.parse().map_err(|_| wrong())?,
            chain: Hash::from_hex(chain).map_err(|_| wrong())?,
        })
    }
}

impl Serialize for Head {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const FIELDS: Fields<'_> = Fields {
        lane: "in-04",
        class: "input",
        utc: "2026-11-24T12:00:00.000000000Z",
        mono: "93784.000000001",
        uncertainty_ns: 150_000,
        kind: "due",
        body: r#"{"input":"due"}"#,
    };

    /// A journal of today must verify in ten years: this value may never change.
    #[test]
    fn the_chain_is_what_it_was() {
        assert_eq!(
            Head::start().after(&FIELDS).to_string(),
            "1:12bac4007158aece95707be6cf1918bd4d05a28385dc36810e2a7c52826cb16f"
        );
    }

    /// The layout as the crate's documentation gives it, without the code that writes it.
    #[test]
    fn the_chain_is_what_the_documentation_says() {
        let mut bytes = blake3::hash(b"greenlane journal 1").as_bytes().to_vec();
        bytes.extend(b"\x01\0\0\0\0\0\0\0\xf0\x49\x02\0\0\0\0\0");
        bytes.extend(b"\x05\0\0\0\0\0\0\0in-04\x05\0\0\0\0\0\0\0input");
        bytes.extend(b"\x1e\0\0\0\0\0\0\x002026-11-24T12:00:00.000000000Z");
        bytes.extend(b"\x0f\0\0\0\0\0\0\x0093784.000000001\x03\0\0\0\0\0\0\0due");
        bytes.extend(b"\x0f\0\0\0\0\0\0\0{\"input\":\"due\"}");
        assert_eq!(Head::start().after(&FIELDS).chain, blake3::hash(&bytes));
    }

    #[test]
    fn a_byte_that_moves_to_the_next_field_changes_the_chain() {
        let moved = Fields { kind: "du", body: r#"e{"input":"due"}"#, ..FIELDS };
        assert_ne!(Head::start().after(&FIELDS), Head::start().after(&moved));
    }

    proptest! {
        #[test]
        fn a_head_survives_its_text(seq: u64, chain: [u8; 32]) {
            let head = Head { seq, chain: chain.into() };
            prop_assert_eq!(head.to_string().parse::<Head>().unwrap(), head);
        }

        #[test]
        fn hostile_text_is_no_head(text in ".{0,80}") {
            prop_assert!(text.parse::<Head>().is_err());
        }
    }
}
