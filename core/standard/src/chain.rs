//! The chain of trials, `trials.jsonl`: the first line names the plan, every other one a trial and BLAKE3 of all
//! before it. No line can be changed, left out, doubled or moved without every later link being wrong.

use serde::{Deserialize, Serialize};

use crate::canonical::{NotCanonical, canonical, hash_of};
use crate::judge::Trial;

/// Writes a chain, line by line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chain {
    head: String,
}

/// The first line.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct First {
    plan: String,
}

/// Every other line.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    trial: Trial,
    chain: String,
}

/// What a chain holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chained {
    /// BLAKE3 of `plan.json`.
    pub plan: String,
    /// The trials in their order.
    pub trials: Vec<Trial>,
    /// The last link.
    pub head: String,
}

/// A line that does not belong where it stands.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line} of the trials: {what}")]
pub struct ChainError {
    /// Line, from 1.
    pub line: usize,
    /// What is wrong.
    pub what: String,
}

impl Chain {
    /// A chain under the plan with this hash, and its first line.
    pub fn begin(plan_blake3: &str) -> (Self, String) {
        let line = format!("{{\"plan\":\"{plan_blake3}\"}}\n");
        (Self { head: plan_blake3.to_owned() }, line)
    }

    /// The line of the next trial.
    ///
    /// # Errors
    /// Never: a trial holds no number with two forms.
    pub fn add(&mut self, trial: &Trial) -> Result<String, NotCanonical> {
        self.head = link(&self.head, trial)?;
        let line = Line { trial: trial.clone(), chain: self.head.clone() };
        Ok(canonical(&line)? + "\n")
    }

    /// The last link.
    pub fn head(&self) -> &str {
        &self.head
    }
}

impl Chained {
    /// A chain from its text.
    ///
    /// # Errors
    /// The first line that is wrong: every byte of the text is accounted for.
    pub fn read(text: &str) -> Result<Self, ChainError> {
        let wrong = |line: usize, what: &str| ChainError { line, what: what.to_owned() };
        if !text.ends_with('\n') {
            return Err(wrong(text.lines().count().max(1), "it is cut off"));
        }
        // Split by hand: `lines` would take a carriage return away unseen.
        let mut lines = text[..text.len() - 1].split('\n');
        let first = lines.next().unwrap_or_default();
        let plan =
            serde_json::from_str::<First>(first).map_err(|_| wrong(1, "it does not name the plan"))?.plan;
        let (mut chain, written) = Chain::begin(&plan);
        if written.trim_end_matches('\n') != first {
            return Err(wrong(1, "it is not in canonical form"));
        }
        let mut trials = Vec::new();
        for (index, text) in lines.enumerate() {
            let number = index + 2;
            let line: Line =
                serde_json::from_str(text).map_err(|error| wrong(number, &format!("no trial: {error}")))?;
            let written = chain.add(&line.trial).map_err(|error| wrong(number, &error.to_string()))?;
            if written.trim_end_matches('\n') != text {
                return Err(wrong(number, "its link is not that of the lines before it"));
            }
            trials.push(line.trial);
        }
        Ok(Self { plan, trials, head: chain.head })
    }
}

/// BLAKE3 of the link before, a line feed and the trial.
fn link(before: &str, trial: &Trial) -> Result<String, NotCanonical> {
    Ok(hash_of(format!("{before}\n{}", canonical(trial)?).as_bytes()))
}
