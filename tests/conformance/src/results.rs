//! What a run leaves behind: `plan.json` before it starts, `trials.jsonl` chained line by line,
//! `result.json`. Nothing is ever overwritten: each run is an attempt of its own, and names those before it.

pub mod archive;
pub mod certify;
mod files;
mod machine;
mod record;
mod seal;
mod verify;

use std::collections::{BTreeMap, BTreeSet};

use greenlane_model::Capability;
use greenlane_standard::{
    Chain, Date, Level, NotCanonical, SEED_RULE, SeedOf, Standard, Verdict, five_decimals, session_seed,
};
use serde::{Deserialize, Serialize};

pub use files::{Attempt, Files, ResultsError, attempts, read};
pub use machine::Machine;
pub use record::Record;
pub use seal::{SEAL, Seal};
pub use verify::{verify, verify_chain};

use crate::bench::{Bench, Mode};
use crate::suite::{Line, Planned, Selection};

/// Version of the suite.
pub const SUITE: &str = env!("CARGO_PKG_VERSION");

/// `plan.json`: what was fixed before the first trial.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PlanFile {
    /// Form of this file: 1.
    pub format: u32,
    /// The driver.
    pub plugin: PluginFacts,
    /// The kit.
    pub kit: KitFacts,
    /// The standard.
    pub standard: StandardFacts,
    /// The suite's version.
    pub suite: String,
    /// The day of the run.
    pub date: Date,
    /// Quick or certify.
    pub mode: Mode,
    /// Prefixes that the run was limited to.
    pub only: Vec<String>,
    /// Seeds.
    pub seed: Seed,
    /// Each requirement with its plan.
    pub planned: BTreeMap<String, greenlane_standard::Plan>,
}

/// The driver under test.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "the names say it")]
pub struct PluginFacts {
    pub model: String,
    pub version: String,
    pub file: String,
    pub blake3: String,
    pub link: String,
    pub offers: BTreeSet<Capability>,
}

/// The kit it was tested with.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "the names say it")]
pub struct KitFacts {
    pub level: crate::kit::Level,
    pub blake3: String,
    pub author: String,
    pub driver_author: String,
}

/// The standard it was held against.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "the names say it")]
pub struct StandardFacts {
    pub id: String,
    pub version: String,
    pub blake3: String,
}

/// Where the chance of a run comes from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Seed {
    /// [`SEED_RULE`].
    pub rule: String,
    /// Number of this attempt, from 1.
    pub attempt: u32,
    /// The seeds, as four hex digits each.
    pub sessions: [String; 2],
    /// BLAKE3 of the result of each earlier attempt.
    pub earlier: Vec<String>,
}

/// `result.json`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ResultFile {
    /// Form of this file: 1.
    pub format: u32,
    /// What was fixed before.
    pub plan: PlanFile,
    /// BLAKE3 of `plan.json`.
    pub plan_blake3: String,
    /// Last link of the chain of `trials.jsonl`.
    pub trials_blake3: String,
    /// The verdicts.
    pub verdicts: Vec<VerdictLine>,
    /// How many of each.
    pub counts: BTreeMap<String, u32>,
}

/// One verdict.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct VerdictLine {
    /// The requirement.
    pub id: String,
    /// Its level.
    pub level: Level,
    /// The verdict's word, or `not_built`.
    pub verdict: String,
    /// Why, where the verdict alone does not say it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub why: String,
    /// Trials.
    pub n: u64,
    /// Misses.
    pub misses: u64,
    /// Lower bound of the probability of a hit, five decimals.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lower: Option<String>,
    /// Fewer trials than the requirement asks for.
    #[serde(default)]
    pub is_underpowered: bool,
    /// Real time, in ms.
    pub ms: u64,
    /// What runs the first failing case again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replay: Option<String>,
    /// What the failing cases have in common.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pattern: Option<String>,
}

/// The seeds of an attempt, by [`SEED_RULE`].
pub fn sessions(bench: &Bench<'_>, standard_hash: &str, attempt: u32) -> [u16; 2] {
    let (plugin, kit) = (&bench.plugin.hash, &bench.kit.hash);
    [0, 1].map(|i| session_seed(&SeedOf { plugin, kit, standard: standard_hash, suite: SUITE, attempt }, i))
}

/// What is fixed before a run.
///
/// # Errors
/// Never for a standard that was loaded.
pub fn plan_file(
    bench: &Bench<'_>,
    standard: &Standard,
    planned: &[Planned<'_>],
    selection: &Selection,
    attempt: &Attempt,
    date: Date,
) -> Result<PlanFile, NotCanonical> {
    let hash = standard.hash()?;
    let seeds = sessions(bench, &hash, attempt.number).map(|seed| format!("{seed:04x}"));
    let kit = bench.kit;
    Ok(PlanFile {
        format: 1,
        plugin: PluginFacts {
            model: bench.info.model.clone(),
            version: bench.plugin.version.clone(),
            file: bench.plugin.path.file_name().unwrap_or_default().to_string_lossy().into_owned(),
            blake3: bench.plugin.hash.clone(),
            link: bench.link(),
            offers: bench.info.offers.iter().copied().collect(),
        },
        kit: KitFacts {
            level: kit.book.level,
            blake3: kit.hash.clone(),
            author: kit.book.author.clone(),
            driver_author: kit.product.driver_author.clone(),
        },
        standard: StandardFacts { id: standard.id.clone(), version: standard.version.clone(), blake3: hash },
        suite: SUITE.to_owned(),
        date,
        mode: bench.mode,
        only: selection.only.clone(),
        seed: Seed {
            rule: SEED_RULE.to_owned(),
            attempt: attempt.number,
            sessions: seeds,
            earlier: attempt.earlier.clone(),
        },
        planned: planned.iter().map(|p| (p.requirement.id.clone(), p.plan)).collect(),
    })
}

/// `trials.jsonl` of a run and its last link.
///
/// # Errors
/// Never: a trial holds no number that has two forms.
pub fn trials_file(plan: &PlanFile, lines: &[Line]) -> Result<(String, String), NotCanonical> {
    let (mut chain, mut text) = Chain::begin(&greenlane_standard::hash(plan)?);
    for trial in lines.iter().flat_map(|line| &line.trials) {
        text.push_str(&chain.add(trial)?);
    }
    Ok((text, chain.head().to_owned()))
}

/// `result.json` of a run; `head` is the last link of its trials.
///
/// # Errors
/// Never for a plan that was made by [`plan_file`].
pub fn result_file(plan: PlanFile, head: String, lines: &[Line]) -> Result<ResultFile, NotCanonical> {
    let plan_blake3 = greenlane_standard::hash(&plan)?;
    let verdicts: Vec<VerdictLine> = lines.iter().map(verdict_line).collect();
    let counts = counts(&verdicts);
    Ok(ResultFile { format: 1, plan, plan_blake3, trials_blake3: head, verdicts, counts })
}

/// How many of each verdict.
pub fn counts(verdicts: &[VerdictLine]) -> BTreeMap<String, u32> {
    let mut counts = BTreeMap::new();
    for line in verdicts {
        *counts.entry(line.verdict.clone()).or_insert(0) += 1;
    }
    counts
}

/// The word of a line's verdict.
pub fn word(line: &Line) -> String {
    line.verdict.map_or_else(|| NOT_BUILT.to_owned(), of_verdict)
}

/// A verdict's word.
pub fn of_verdict(verdict: Verdict) -> String {
    let value = serde_json::to_value(verdict).unwrap_or_default();
    value.as_str().unwrap_or_default().to_owned()
}

/// Stands for a verdict where the suite has no method yet.
pub const NOT_BUILT: &str = "not_built";

fn verdict_line(line: &Line) -> VerdictLine {
    VerdictLine {
        id: line.id.clone(),
        level: line.level,
        verdict: word(line),
        why: line.why.clone(),
        n: line.n,
        misses: line.misses,
        lower: line.lower.map(five_decimals),
        is_underpowered: line.is_underpowered,
        ms: line.ms,
        replay: line.first.as_ref().map(crate::trials::Done::replay),
        pattern: line.pattern.clone(),
    }
}
