//! Answers what lanes ask of the declarations, and draws passages for audit.

use std::io::Read;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use greenlane_config::ManifestTable;
use greenlane_lane::{Answer, ContainerPapers};
use greenlane_manifest::{ManifestError, Store};
use greenlane_model::{ContainerNumber, Hold, Papers as OnPaper, Utc};

const DAY_NS: i64 = 86_400_000_000_000;
/// Names what the keys of days are for, as BLAKE3 asks of a key derivation.
const CONTEXT: &str = "greenlane 2026-11-24 audit draw, key of a day";

/// What a draw is made with. Whoever does not know it cannot tell which passage is drawn.
#[derive(Clone)]
pub struct AuditKey([u8; 32]);

impl AuditKey {
    /// The key kept in this file; made from the machine's random numbers when there is none.
    ///
    /// # Errors
    /// The file cannot be read or made, or holds something else.
    pub fn kept(path: &Path) -> std::io::Result<Self> {
        let mut key = [0; 32];
        match std::fs::File::open(path) {
            Ok(mut file) => file.read_exact(&mut key)?,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                std::fs::File::open("/dev/urandom")?.read_exact(&mut key)?;
                let mut file =
                    std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
                std::io::Write::write_all(&mut file, &key)?;
                file.sync_all()?;
            }
            Err(error) => return Err(error),
        }
        Ok(Self(key))
    }

    /// A key that everybody knows, for simulations.
    pub fn known(seed: u64) -> Self {
        Self(*blake3::hash(&seed.to_le_bytes()).as_bytes())
    }

    /// Whether a passage is drawn at this share, and a commitment to the key of its day: its BLAKE3, hex. The
    /// draw is the BLAKE3 of the passage's id under the day's key, its first 8 bytes against the share.
    fn draw(&self, utc_ns: i64, passage: &str, share: f64) -> (bool, String) {
        let mut material = self.0.to_vec();
        material.extend(utc_ns.div_euclid(DAY_NS).to_le_bytes());
        let day = blake3::derive_key(CONTEXT, &material);
        let drawn = blake3::keyed_hash(&day, passage.as_bytes());
        let mut first = [0; 8];
        first.copy_from_slice(&drawn.as_bytes()[..8]);
        // A share that is no number draws every passage.
        let passed_over = u64::from_le_bytes(first) as f64 / u64::MAX as f64 >= share;
        (!passed_over, blake3::hash(&day).to_hex().to_string())
    }
}

/// The declarations of one lane.
pub struct Declarations {
    table: Option<ManifestTable>,
    key: AuditKey,
    store: Option<(PathBuf, Store)>,
}

impl Declarations {
    /// Those that the lane's file names; without any, nothing is known of any container.
    pub fn new(table: Option<ManifestTable>, key: AuditKey) -> Self {
        Self { table, key, store: None }
    }

    /// Another file may be in force after a reload.
    pub fn set(&mut self, table: Option<ManifestTable>) {
        self.table = table;
        self.store = None;
    }

    /// What is known at `utc_ns` of a passage with these containers and plates; `None` when the declarations
    /// cannot be read, so that the lane waits in vain and refers.
    pub fn answer(
        &mut self,
        utc_ns: i64,
        passage: &str,
        containers: &[String],
        plates: &[String],
    ) -> Option<Answer> {
        let share = self.table.as_ref().map_or(1.0, |table| table.audit_share);
        let (audit_drawn, commitment) = self.key.draw(utc_ns, passage, share);
        let mut answer = Answer { audit_drawn, commitment: Some(commitment), ..Answer::default() };
        if self.table.is_none() {
            let unknown = |c: &String| ContainerPapers { container: c.clone(), papers: OnPaper::Unknown };
            answer.papers = containers.iter().map(unknown).collect();
            return Some(answer);
        }
        match self.look_up(Utc(utc_ns), containers, plates) {
            Ok((papers, holds)) => Some(Answer { papers, holds, ..answer }),
            Err(error) => {
                tracing::error!(passage, "{error}");
                self.store = None;
                None
            }
        }
    }

    fn look_up(
        &mut self,
        now: Utc,
        containers: &[String],
        plates: &[String],
    ) -> Result<(Vec<ContainerPapers>, Vec<Hold>), ManifestError> {
        let Some(table) = &self.table else { return Ok((Vec::new(), Vec::new())) };
        let store = match &mut self.store {
            Some((path, store)) if *path == table.file => store,
            store => &mut store.insert((table.file.clone(), Store::open(&table.file)?)).1,
        };
        let (mut papers, mut holds) = (Vec::new(), Vec::new());
        let mut orders = |container: Option<&ContainerNumber>, bills: &[String], truck: Option<&str>| {
            let standing = store.holds(container, bills, truck, now)?;
            holds.extend(standing.into_iter().map(|standing| standing.hold));
            Ok::<(), ManifestError>(())
        };
        for container in containers {
            // What was read need not be a number that can be declared.
            let number: Option<ContainerNumber> = container.parse().ok();
            let known = match &number {
                Some(number) => store.papers(number, now, table.stale_days)?,
                None => OnPaper::Unknown,
            };
            let consignments = known.declaration().map(|d| d.consignments.as_slice()).unwrap_or_default();
            let bills: Vec<String> = consignments.iter().filter_map(|c| c.bill.clone()).collect();
            orders(number.as_ref(), &bills, None)?;
            papers.push(ContainerPapers { container: container.clone(), papers: known });
        }
        for plate in plates {
            orders(None, &[], Some(plate))?;
        }
        Ok((papers, holds))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_draw_keeps_its_share_and_cannot_be_told_from_the_number() {
        let key = AuditKey::known(1);
        let drawn = (0..20_000).filter(|n| key.draw(0, &format!("in-01-{n:06}"), 0.02).0).count();
        // Five standard deviations of 400.
        assert!((300..500).contains(&drawn), "{drawn} of 20 000 at 2 %");
        assert!(key.draw(0, "in-01-000001", 1.0).0);
        assert!((0..1000).all(|n| !key.draw(0, &n.to_string(), 0.0).0));
    }

    #[test]
    fn each_day_has_a_commitment_of_its_own() {
        let (key, other) = (AuditKey::known(1), AuditKey::known(2));
        let commitment = |key: &AuditKey, ns| key.draw(ns, "in-01-000001", 0.5).1;
        assert_eq!(commitment(&key, 0), commitment(&key, DAY_NS - 1));
        assert_ne!(commitment(&key, 0), commitment(&key, DAY_NS));
        assert_ne!(commitment(&key, 0), commitment(&other, 0));
    }

    #[test]
    fn a_key_is_made_once_and_kept() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("lane.journal.audit-key");
        let (first, again) = (AuditKey::kept(&path).unwrap(), AuditKey::kept(&path).unwrap());
        assert_eq!(first.0, again.0);
        std::fs::write(&path, b"short").unwrap();
        assert!(AuditKey::kept(&path).is_err());
    }

    #[test]
    fn declarations_that_cannot_be_read_give_no_answer_and_none_gives_unknown() {
        let key = AuditKey::known(1);
        let containers = ["CSQU3054383".to_owned()];
        let mut none = Declarations::new(None, key.clone());
        let answer = none.answer(0, "in-01-000001", &containers, &[]).unwrap();
        assert_eq!(answer.papers[0].papers, OnPaper::Unknown);
        let file = PathBuf::from("/nowhere/manifest.sqlite");
        let table = ManifestTable { file, stale_days: 30, audit_share: 0.02 };
        assert!(Declarations::new(Some(table), key).answer(0, "in-01-000001", &containers, &[]).is_none());
    }
}
