//! Ed25519 signatures (RFC 8032). Keys are the caller's; none is made or kept here.

use ed25519_dalek::{Signer, SigningKey, VerifyingKey};
use serde::{Deserialize, Serialize};

use super::Certificate;
use crate::canonical::{NotCanonical, canonical};

/// Somebody's signature.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Signature {
    /// As what: `integrator`, `maker`, `lab`, `authority`. It is signed with the rest.
    pub role: String,
    /// Public key, 64 hexadecimal digits.
    pub key: String,
    /// The signature, 128 hexadecimal digits.
    pub sig: String,
}

/// The public key of a secret one, 64 hexadecimal digits.
pub fn public_key(secret: &[u8; 32]) -> String {
    hex(SigningKey::from_bytes(secret).verifying_key().as_bytes())
}

impl Certificate {
    /// Adds a signature in `role`.
    ///
    /// # Errors
    /// Never: a certificate holds no number with two forms.
    pub fn sign(&mut self, role: &str, secret: &[u8; 32]) -> Result<(), NotCanonical> {
        let message = self.message(role)?;
        let sig = sign(message.as_bytes(), secret);
        self.signatures.push(Signature { role: role.to_owned(), key: public_key(secret), sig });
        Ok(())
    }

    /// Whether the signature is one of this certificate.
    pub fn is_signed_by(&self, signature: &Signature) -> bool {
        let message = self.message(&signature.role);
        message.is_ok_and(|message| is_signature(message.as_bytes(), &signature.key, &signature.sig))
    }

    /// What is signed: the role, and everything but the signatures.
    fn message(&self, role: &str) -> Result<String, NotCanonical> {
        let body = Self { signatures: Vec::new(), ..self.clone() };
        Ok(format!("greenlane certificate\n{role}\n{}", canonical(&body)?))
    }
}

/// A signature on any message, 128 hexadecimal digits. The message begins with what it is, so that a signature on
/// one kind of thing is none on another.
pub fn sign(message: &[u8], secret: &[u8; 32]) -> String {
    hex(&SigningKey::from_bytes(secret).sign(message).to_bytes())
}

/// Whether `signature` is that of `key` on `message`; strict, so that no second form of it passes.
pub fn is_signature(message: &[u8], key: &str, signature: &str) -> bool {
    let (Some(key), Some(signature)) = (unhex::<32>(key), unhex::<64>(signature)) else { return false };
    let signature = ed25519_dalek::Signature::from_bytes(&signature);
    VerifyingKey::from_bytes(&key).is_ok_and(|key| key.verify_strict(message, &signature).is_ok())
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Lower case digits only, so that one key has one text.
fn unhex<const N: usize>(text: &str) -> Option<[u8; N]> {
    if text.len() != 2 * N || !text.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b)) {
        return None;
    }
    let mut bytes = [0; N];
    for (index, byte) in bytes.iter_mut().enumerate() {
        *byte = u8::from_str_radix(&text[2 * index..2 * index + 2], 16).ok()?;
    }
    Some(bytes)
}
