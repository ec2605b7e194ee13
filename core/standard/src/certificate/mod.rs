//! A certificate: what a suite found of one compiled driver, canonical and signed.

pub(crate) mod sign;
mod verify;

use std::collections::{BTreeMap, BTreeSet};

use greenlane_model::Capability;
use serde::{Deserialize, Serialize};

pub use self::sign::{Signature, is_signature, public_key, sign};
pub use self::verify::{Bundle, Finding, verify};
use crate::canonical::{NotCanonical, canonical};
use crate::date::Date;
use crate::judge::Judgement;
use crate::record::Status;
use crate::seed::SeedOf;
use crate::standard::Standard;
use crate::verdict::{Verdict, Waiver};

/// The form that this version writes and reads.
pub const FORMAT: u32 = 1;

/// Months that a certificate holds.
pub const VALID_MONTHS: u32 = 24;

/// `certificate.json`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Certificate {
    /// [`FORMAT`].
    pub format: u32,
    /// The compiled driver.
    pub plugin: Plugin,
    /// The device and its kit.
    pub device: Device,
    /// What it was held against.
    pub standard: StandardFacts,
    /// The suite.
    pub suite: Suite,
    /// `certify`; a quick run is never a certificate.
    pub mode: String,
    /// Class: a key of the standard's `mustpass`.
    pub class: String,
    /// Kind of link, e.g. `lines`.
    pub link: String,
    /// Where the chance of the run came from.
    pub seed: Seed,
    /// What `PRODUCT.toml` declared, values as text.
    pub declares: BTreeMap<String, String>,
    /// BLAKE3 of the settings of the run, canonical.
    pub settings_blake3: String,
    /// BLAKE3 of `plan.json`, written before the first trial.
    pub plan_blake3: String,
    /// Last link of `trials.jsonl`.
    pub trials_blake3: String,
    /// Failures that somebody answers for.
    pub waivers: Vec<Waiver>,
    /// One line a requirement of the standard, by id.
    pub verdicts: BTreeMap<String, VerdictLine>,
    /// How many of each verdict.
    pub counts: BTreeMap<Verdict, u32>,
    /// When it holds.
    pub valid: Valid,
    /// Signatures over all of the above.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub signatures: Vec<Signature>,
}

/// The compiled driver.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Plugin {
    /// Its model, `folder.file`.
    pub model: String,
    /// BLAKE3 of the file.
    pub blake3: String,
    /// Version of the function table, `major.minor`.
    pub abi: String,
    /// Size of the file.
    pub bytes: u64,
    /// Capabilities that it offers and that were tested.
    pub offers: BTreeSet<Capability>,
}

/// The device and its kit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Device {
    /// Firmware versions tried, by the product file.
    pub firmware_declared: Vec<String>,
    /// Firmware that was seen in the run.
    pub firmware_seen: Option<String>,
    /// The kit's level.
    pub kit: KitLevel,
    /// BLAKE3 of the kit.
    pub kit_blake3: String,
    /// Who wrote the kit.
    pub kit_author: String,
}

/// What a kit can do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum KitLevel {
    /// A real capture with its truth.
    K0,
    /// A phrasebook: the suite composes scenes itself.
    K1,
    /// A simulator on the wire.
    K2,
}

/// What the driver was held against.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StandardFacts {
    /// Its id.
    pub id: String,
    /// Its version.
    pub version: String,
    /// BLAKE3 of the resolved set.
    pub blake3: String,
    /// Verdicts that rest on a limit nobody has read.
    pub unverified_limits: u32,
}

/// The suite.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Suite {
    /// Its version.
    pub version: String,
    /// BLAKE3 of its executable.
    pub blake3: String,
    /// Planted faults found of all, e.g. `103/103`.
    pub kill_strict: String,
}

/// Where the chance of the run came from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Seed {
    /// The rule, in words: [`crate::SEED_RULE`].
    pub rule: String,
    /// Number of the attempt, from 1.
    pub attempt: u32,
    /// BLAKE3 of the result of each earlier attempt.
    pub earlier: Vec<String>,
}

/// What became of one requirement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VerdictLine {
    /// The verdict.
    pub v: Verdict,
    /// Trials.
    pub n: u64,
    /// Misses.
    pub misses: u64,
    /// Lower bound of the weakest cell, rounded down to five decimals; none without trials.
    pub lower: Option<String>,
    /// Seed sessions.
    pub seeds: u32,
}

/// When a certificate holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Valid {
    /// First day.
    pub from: Date,
    /// Last day.
    pub until: Date,
}

impl Certificate {
    /// A certificate from its text.
    ///
    /// # Errors
    /// A sentence when it is none, or not in canonical form: every byte counts.
    pub fn read(text: &str) -> Result<Self, String> {
        let certificate: Self =
            serde_json::from_str(text).map_err(|error| format!("no certificate: {error}"))?;
        if certificate.format != FORMAT {
            return Err(format!("a certificate of format {}, known is {FORMAT}", certificate.format));
        }
        match canonical(&certificate) {
            Ok(written) if written == text => Ok(certificate),
            Ok(_) => Err("the certificate is not in canonical form".to_owned()),
            Err(error) => Err(error.to_string()),
        }
    }

    /// Its text.
    ///
    /// # Errors
    /// Never: it holds no number with two forms.
    pub fn text(&self) -> Result<String, NotCanonical> {
        canonical(self)
    }

    /// Why it may not be issued; empty when it may.
    pub fn objections(&self, standard: &Standard) -> Vec<String> {
        let mut objections = Vec::new();
        if self.mode != "certify" {
            objections.push(format!("a run of mode `{}` is no certification", self.mode));
        }
        let Some(levels) = standard.levels(&self.class) else {
            objections.push(format!("`{}` has no class `{}`", standard.id, self.class));
            return objections;
        };
        for requirement in standard.requirements.values() {
            let must = levels.contains(&requirement.scope.level);
            match self.verdicts.get(&requirement.id) {
                None => objections.push(format!("no verdict on `{}`", requirement.id)),
                Some(line) if must && !line.v.certifies() => {
                    objections.push(format!("`{}` is `{}`", requirement.id, word(line.v)));
                }
                Some(line) if must && line.v == Verdict::OutOfClass => {
                    objections.push(format!("`{}` belongs to class {}", requirement.id, self.class));
                }
                Some(_) => {}
            }
        }
        let unknown = self.verdicts.keys().filter(|id| !standard.requirements.contains_key(*id));
        objections.extend(unknown.map(|id| format!("`{id}` is not in the standard")));
        if self.counts != counts(&self.verdicts) {
            objections.push("the counts are not those of the verdicts".to_owned());
        }
        if self.standard.unverified_limits != unverified(&self.verdicts, standard) {
            objections.push("the number of unverified limits is not that of the verdicts".to_owned());
        }
        if self.valid.until > self.valid.from.plus_months(VALID_MONTHS) {
            objections.push(format!("it would hold for more than {VALID_MONTHS} months"));
        }
        objections
    }

    /// What the seeds of the run follow from.
    pub fn seed_of(&self) -> SeedOf<'_> {
        SeedOf {
            plugin: &self.plugin.blake3,
            kit: &self.device.kit_blake3,
            standard: &self.standard.blake3,
            suite: &self.suite.version,
            attempt: self.seed.attempt,
        }
    }
}

impl VerdictLine {
    /// The line of a requirement that was judged.
    pub fn new(v: Verdict, judgement: &Judgement) -> Self {
        Self {
            v,
            n: judgement.n,
            misses: judgement.misses,
            lower: judgement.weakest().map(|(_, cell)| five_decimals(cell.lower)),
            // One a seed session, of which there are two or a few.
            seeds: u32::try_from(judgement.sessions).unwrap_or(u32::MAX),
        }
    }

    /// The line of a requirement without trials.
    pub fn untried(v: Verdict) -> Self {
        Self { v, n: 0, misses: 0, lower: None, seeds: 0 }
    }
}

/// How many of each verdict.
pub fn counts(verdicts: &BTreeMap<String, VerdictLine>) -> BTreeMap<Verdict, u32> {
    let mut counts = BTreeMap::new();
    for line in verdicts.values() {
        *counts.entry(line.v).or_insert(0) += 1;
    }
    counts
}

/// Verdicts with trials that rest on an unverified limit.
pub fn unverified(verdicts: &BTreeMap<String, VerdictLine>, standard: &Standard) -> u32 {
    let rests = |id: &String| {
        standard.requirements.get(id).is_some_and(|requirement| requirement.status() == Status::Unverified)
    };
    verdicts.iter().filter(|(id, line)| line.n > 0 && rests(id)).count() as u32
}

/// A bound as text, rounded down so that it is never told higher than it is.
pub fn five_decimals(bound: f64) -> String {
    format!("{:.5}", (bound * 1e5).floor() / 1e5)
}

/// A verdict's word, e.g. `pass_unverified`.
pub(crate) fn word(verdict: Verdict) -> String {
    serde_json::to_value(verdict).ok().and_then(|v| v.as_str().map(str::to_owned)).unwrap_or_default()
}
