//! The seal of a result: BLAKE3 of each of its files, so that no altered byte stays unseen. Where there is a
//! certificate its signer signs the seal too; without one it shows damage, not forgery.

use std::collections::BTreeMap;

use greenlane_standard::{NotCanonical, Signature, canonical, hash_of, is_signature, public_key, sign};
use serde::{Deserialize, Serialize};

use super::Files;

/// Its file.
pub const SEAL: &str = "seal.json";

/// `seal.json`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Seal {
    /// BLAKE3 of every other file of the result.
    pub files: BTreeMap<String, String>,
    /// The signer's, over the above.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signature: Option<Signature>,
}

impl Seal {
    /// The seal over `files`, signed in a role with a secret.
    ///
    /// # Errors
    /// Never: it holds text only.
    pub fn over(files: &Files, secret: Option<(&str, &[u8; 32])>) -> Result<Self, NotCanonical> {
        let others = files.iter().filter(|(name, _)| *name != SEAL);
        let files = others.map(|(name, bytes)| (name.clone(), hash_of(bytes))).collect();
        let mut seal = Self { files, signature: None };
        if let Some((role, secret)) = secret {
            let sig = sign(seal.message(role)?.as_bytes(), secret);
            seal.signature = Some(Signature { role: role.to_owned(), key: public_key(secret), sig });
        }
        Ok(seal)
    }

    /// What of the files is not as it was sealed.
    pub fn check(files: &Files) -> Result<Self, Vec<String>> {
        let Some(bytes) = files.get(SEAL) else {
            return Err(vec![format!("there is no {SEAL}: the run never ended, or somebody took it away")]);
        };
        let seal = serde_json::from_slice::<Self>(bytes)
            .ok()
            .filter(|seal| canonical(seal).is_ok_and(|text| text.as_bytes() == bytes))
            .ok_or_else(|| vec![format!("{SEAL} is not in canonical form")])?;
        let mut wrong = Vec::new();
        for (name, hash) in &seal.files {
            match files.get(name) {
                None => wrong.push(format!("{name} is missing")),
                Some(bytes) if hash_of(bytes) != *hash => {
                    wrong.push(format!("{name} is not the file that was sealed"));
                }
                Some(_) => {}
            }
        }
        let more = files.keys().filter(|name| *name != SEAL && !seal.files.contains_key(*name));
        wrong.extend(more.map(|name| format!("{name} was not sealed")));
        if let Some(signature) = &seal.signature {
            let message = seal.message(&signature.role).unwrap_or_default();
            if !is_signature(message.as_bytes(), &signature.key, &signature.sig) {
                wrong.push(format!("the signature of the seal by `{}` is wrong", signature.key));
            }
        }
        if wrong.is_empty() { Ok(seal) } else { Err(wrong) }
    }

    fn message(&self, role: &str) -> Result<String, NotCanonical> {
        Ok(format!("greenlane seal\n{role}\n{}", canonical(&self.files)?))
    }
}
