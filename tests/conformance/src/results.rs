//! What a run leaves behind: `plan.json` before it starts, `trials.jsonl` chained line by line,
//! `result.json`. Nothing is ever overwritten: each run is an attempt of its own, and names those before it.

mod files;

use std::collections::BTreeMap;

use greenlane_standard::{Level, NotCanonical, Standard, Trial, canonical};
use serde::{Deserialize, Serialize};

pub use files::{Attempt, ResultsError};

use crate::bench::{Bench, Mode};
use crate::suite::{Line, Planned, Selection};

/// How seeds are drawn, in words that a reader can follow.
pub const SEED_RULE: &str = "session i = first two bytes of blake3(plugin|kit|standard|suite|attempt|i)";

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
    pub blake3: String,
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
}

/// A line of `trials.jsonl` after the first.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ChainedTrial {
    /// The trial.
    pub trial: Trial,
    /// BLAKE3 of the link before, `\n` and this trial in canonical form.
    pub chain: String,
}

/// The seeds of an attempt, by [`SEED_RULE`].
pub fn sessions(bench: &Bench<'_>, standard_hash: &str, attempt: u32) -> [u16; 2] {
    [0, 1].map(|i| {
        let (plugin, kit, suite) = (&bench.plugin.hash, &bench.kit.hash, env!("CARGO_PKG_VERSION"));
        let text = format!("{plugin}|{kit}|{standard_hash}|{suite}|{attempt}|{i}");
        let bytes = blake3::hash(text.as_bytes());
        // Session 0000 is that of listed cases.
        u16::from_be_bytes([bytes.as_bytes()[0], bytes.as_bytes()[1]]).max(1)
    })
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
) -> Result<PlanFile, NotCanonical> {
    let hash = standard.hash()?;
    let seeds = sessions(bench, &hash, attempt.number).map(|seed| format!("{seed:04x}"));
    let kit = bench.kit;
    Ok(PlanFile {
        format: 1,
        plugin: PluginFacts {
            model: bench.info.model.clone(),
            version: bench.plugin.version.clone(),
            blake3: bench.plugin.hash.clone(),
        },
        kit: KitFacts {
            level: kit.book.level,
            blake3: kit.hash.clone(),
            author: kit.book.author.clone(),
            driver_author: kit.product.driver_author.clone(),
        },
        standard: StandardFacts { id: standard.id.clone(), version: standard.version.clone(), blake3: hash },
        suite: env!("CARGO_PKG_VERSION").to_owned(),
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

/// The next link of the chain.
///
/// # Errors
/// Never: a trial holds no number that has two forms.
pub fn link(before: &str, trial: &Trial) -> Result<String, NotCanonical> {
    let text = canonical(trial)?;
    Ok(blake3::hash(format!("{before}\n{text}").as_bytes()).to_hex().to_string())
}

/// `result.json` of a run.
///
/// # Errors
/// Never for a plan that was made by [`plan_file`].
pub fn result_file(plan: PlanFile, lines: &[Line]) -> Result<ResultFile, NotCanonical> {
    let plan_blake3 = greenlane_standard::hash(&plan)?;
    let mut chain = plan_blake3.clone();
    for trial in lines.iter().flat_map(|line| &line.trials) {
        chain = link(&chain, trial)?;
    }
    let verdicts: Vec<VerdictLine> = lines.iter().map(verdict_line).collect();
    let mut counts = BTreeMap::new();
    for line in &verdicts {
        *counts.entry(line.verdict.clone()).or_insert(0) += 1;
    }
    Ok(ResultFile { format: 1, plan, plan_blake3, trials_blake3: chain, verdicts, counts })
}

/// The word of a line's verdict.
pub fn word(line: &Line) -> String {
    let value = line.verdict.map(|verdict| serde_json::to_value(verdict).unwrap_or_default());
    value.and_then(|v| v.as_str().map(str::to_owned)).unwrap_or_else(|| "not_built".to_owned())
}

fn verdict_line(line: &Line) -> VerdictLine {
    VerdictLine {
        id: line.id.clone(),
        level: line.level,
        verdict: word(line),
        why: line.why.clone(),
        n: line.n,
        misses: line.misses,
        lower: line.lower.map(|lower| format!("{lower:.5}")),
        is_underpowered: line.is_underpowered,
        ms: line.ms,
        replay: line.first.as_ref().map(crate::trials::Done::replay),
    }
}
