//! What is no longer trusted, whatever was once found of it: a signed list.

use serde::{Deserialize, Serialize};

use crate::canonical::{NotCanonical, canonical};
use crate::certificate::Certificate;
use crate::certificate::sign::{is_signature, sign};
use crate::date::Date;

/// Days after which a list that was not renewed is shown as old.
pub const LIST_OLD_DAYS: i64 = 30;

/// `revoked.json`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Revocations {
    /// The day it was made.
    pub issued: Date,
    /// What is revoked.
    pub entries: Vec<Revoked>,
    /// Public key of who signed it.
    pub key: String,
    /// Signature over all of the above.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub sig: String,
}

/// One thing that is revoked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Revoked {
    /// What kind of thing.
    pub kind: RevokedKind,
    /// Its BLAKE3; of a key, the key.
    pub value: String,
    /// Why.
    pub reason: String,
    /// Since when.
    pub date: Date,
}

/// What can be revoked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RevokedKind {
    /// A compiled driver.
    Plugin,
    /// A kit: nobody knows any more what was tested with it.
    Kit,
    /// A suite, by its executable.
    Suite,
    /// A signer's key.
    Key,
}

impl Revocations {
    /// A list from its text.
    ///
    /// # Errors
    /// A sentence when it is none, or not signed by one of the keys.
    pub fn read(text: &str, trusted: &[&str]) -> Result<Self, String> {
        let list: Self =
            serde_json::from_str(text).map_err(|error| format!("no list of revocations: {error}"))?;
        let message = list.message().map_err(|error| error.to_string())?;
        if !trusted.contains(&list.key.as_str()) || !is_signature(message.as_bytes(), &list.key, &list.sig) {
            return Err("the list of revocations is not signed by a trusted key".to_owned());
        }
        Ok(list)
    }

    /// Signs the list.
    ///
    /// # Errors
    /// Never: it holds no number.
    pub fn sign(&mut self, secret: &[u8; 32]) -> Result<(), NotCanonical> {
        self.key = crate::certificate::public_key(secret);
        self.sig = sign(self.message()?.as_bytes(), secret);
        Ok(())
    }

    /// The first entry that concerns the certificate. A revoked key takes only its own signatures away, which
    /// [`Revocations::revokes_key`] tells.
    pub fn of(&self, certificate: &Certificate) -> Option<&Revoked> {
        self.entries.iter().find(|entry| match entry.kind {
            RevokedKind::Plugin => entry.value == certificate.plugin.blake3,
            RevokedKind::Kit => entry.value == certificate.device.kit_blake3,
            RevokedKind::Suite => entry.value == certificate.suite.blake3,
            RevokedKind::Key => false,
        })
    }

    /// Whether signatures of this key no longer count.
    pub fn revokes_key(&self, key: &str) -> bool {
        self.entries.iter().any(|entry| entry.kind == RevokedKind::Key && entry.value == key)
    }

    /// Whether the list is so old that it must be shown.
    pub fn is_old(&self, today: &Date) -> bool {
        today.days() - self.issued.days() > LIST_OLD_DAYS
    }

    fn message(&self) -> Result<String, NotCanonical> {
        let body = Self { sig: String::new(), ..self.clone() };
        Ok(format!("greenlane revocations\n{}", canonical(&body)?))
    }
}
