//! The draw of passages that are inspected although their alarm is explained, and its proof the day after.
//!
//! Each day (UTC) has a key of its own, derived from one that the site keeps. Every answer in the journal commits
//! to the key of its day, so that nobody can choose it afterwards; once the day is over the key may be told, and
//! everybody can draw again.

use std::fmt;
use std::io::Read;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use greenlane_journal::{Class, Filter, JournalError, Reader};
use greenlane_lane::Input;
use serde::Serialize;

const DAY_NS: i64 = 86_400_000_000_000;
/// Names what the keys of days are for, as BLAKE3 asks of a key derivation.
const CONTEXT: &str = "greenlane 2026-11-24 audit draw, key of a day";

/// What the keys of days are derived from. Whoever does not know it cannot tell which passage is drawn.
#[derive(Clone)]
pub struct AuditKey([u8; 32]);

/// The key of one day; 64 hexadecimal digits in text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DayKey([u8; 32]);

impl AuditKey {
    /// Where a site keeps its key: `<journal>.audit-key`.
    pub fn path(journal: &Path) -> PathBuf {
        let mut path = journal.as_os_str().to_owned();
        path.push(".audit-key");
        PathBuf::from(path)
    }

    /// The key kept in this file; made from the machine's random numbers when there is none.
    ///
    /// # Errors
    /// The file cannot be read or made, or holds something else.
    pub fn kept(path: &Path) -> std::io::Result<Self> {
        match Self::read(path) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                let mut key = [0; 32];
                std::fs::File::open("/dev/urandom")?.read_exact(&mut key)?;
                let mut file =
                    std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
                std::io::Write::write_all(&mut file, &key)?;
                file.sync_all()?;
                Ok(Self(key))
            }
            kept => kept,
        }
    }

    /// The key kept in this file.
    ///
    /// # Errors
    /// The file cannot be read, or holds something else.
    pub fn read(path: &Path) -> std::io::Result<Self> {
        let mut key = [0; 32];
        std::fs::File::open(path)?.read_exact(&mut key)?;
        Ok(Self(key))
    }

    /// A key that everybody knows, for simulations.
    pub fn known(seed: u64) -> Self {
        Self(*blake3::hash(&seed.to_le_bytes()).as_bytes())
    }

    /// The key of the day (UTC) that holds this time, in ns since 1970.
    pub fn of_day(&self, utc_ns: i64) -> DayKey {
        let mut material = self.0.to_vec();
        material.extend(utc_ns.div_euclid(DAY_NS).to_le_bytes());
        DayKey(blake3::derive_key(CONTEXT, &material))
    }
}

impl DayKey {
    /// What is recorded while the key is secret: its BLAKE3, in hexadecimal digits.
    pub fn commitment(&self) -> String {
        blake3::hash(&self.0).to_hex().to_string()
    }

    /// Whether a passage is drawn at this share, 0 to 1. A share that is no number draws every passage.
    pub fn draws(&self, passage: &str, share: f64) -> bool {
        let passed_over = self.lot(passage) >= share;
        !passed_over
    }

    /// The lot of a passage, 0 to 1: the first 8 bytes of the BLAKE3 of its id under this key.
    fn lot(&self, passage: &str) -> f64 {
        let hash = blake3::keyed_hash(&self.0, passage.as_bytes());
        let mut first = [0; 8];
        first.copy_from_slice(&hash.as_bytes()[..8]);
        u64::from_le_bytes(first) as f64 / u64::MAX as f64
    }
}

impl fmt::Display for DayKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&blake3::Hash::from_bytes(self.0).to_hex())
    }
}

impl FromStr for DayKey {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let hash = blake3::Hash::from_hex(text).map_err(|_| "a key is 64 hexadecimal digits".to_owned())?;
        Ok(Self(*hash.as_bytes()))
    }
}

/// What a journal holds of the draws of one day.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct DrawsOfADay {
    /// Answers that commit to the key.
    pub answers: u64,
    /// Of them, drawn.
    pub drawn: u64,
    /// The greatest lot that was drawn, 0 to 1.
    pub greatest_drawn: Option<f64>,
    /// The smallest lot that was not.
    pub smallest_left: Option<f64>,
    /// Passages that the key draws otherwise at the share asked about.
    pub otherwise: Vec<String>,
}

/// Draws again with the key that was told. Without `share` no passage counts as drawn otherwise: the two lots say
/// between which values it was.
///
/// # Errors
/// The journal cannot be read.
pub fn draw_again(journal: &Path, key: &DayKey, share: Option<f64>) -> Result<DrawsOfADay, JournalError> {
    let reader = Reader::open(journal)?;
    let filter = Filter { class: Some(Class::Input), kind: Some("answer".to_owned()), ..Filter::default() };
    let (commitment, mut found) = (key.commitment(), DrawsOfADay::default());
    for recorded in reader.entries(filter) {
        let recorded = recorded?;
        let wrong = |why: String| JournalError::Entry { seq: recorded.seq, why };
        let input = Input::from_json(&recorded.entry.body).map_err(|error| wrong(error.to_string()))?;
        let Input::Answer { passage, answer } = input else { continue };
        if answer.commitment.as_ref() != Some(&commitment) {
            continue;
        }
        let lot = key.lot(&passage);
        found.answers += 1;
        if answer.audit_drawn {
            found.drawn += 1;
            found.greatest_drawn = Some(found.greatest_drawn.map_or(lot, |most| most.max(lot)));
        } else {
            found.smallest_left = Some(found.smallest_left.map_or(lot, |least| least.min(lot)));
        }
        if share.is_some_and(|share| key.draws(&passage, share) != answer.audit_drawn) {
            found.otherwise.push(passage);
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_draw_keeps_its_share_and_cannot_be_told_from_the_number() {
        let day = AuditKey::known(1).of_day(0);
        let drawn = (0..20_000).filter(|n| day.draws(&format!("in-01-{n:06}"), 0.02)).count();
        // Five standard deviations of 400.
        assert!((300..500).contains(&drawn), "{drawn} of 20 000 at 2 %");
        assert!(day.draws("in-01-000001", 1.0) && day.draws("in-01-000001", f64::NAN));
        assert!((0..1000).all(|n| !day.draws(&n.to_string(), 0.0)));
    }

    #[test]
    fn each_day_has_a_key_of_its_own_that_its_commitment_does_not_tell() {
        let (key, other) = (AuditKey::known(1), AuditKey::known(2));
        assert_eq!(key.of_day(0), key.of_day(DAY_NS - 1));
        assert_ne!(key.of_day(0).commitment(), key.of_day(DAY_NS).commitment());
        assert_ne!(key.of_day(0).commitment(), other.of_day(0).commitment());
        assert_ne!(key.of_day(0).commitment(), key.of_day(0).to_string());
        assert_eq!(key.of_day(0).to_string().parse(), Ok(key.of_day(0)));
        assert!("12".parse::<DayKey>().is_err());
    }

    #[test]
    fn a_key_is_made_once_and_kept() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("lane.journal.audit-key");
        assert!(AuditKey::read(&path).is_err());
        let (first, again) = (AuditKey::kept(&path).unwrap(), AuditKey::kept(&path).unwrap());
        assert_eq!(first.0, again.0);
        std::fs::write(&path, b"short").unwrap();
        assert!(AuditKey::kept(&path).is_err());
    }
}
