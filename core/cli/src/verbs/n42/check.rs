//! `greenlane n42 check FILE...`: does a file keep to the standard, and what is in it?

use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use clap::Args;
use greenlane_n42::repair::Repair;
use greenlane_n42::strict::{Extension, Violation};
use greenlane_n42::{Sums, rules, strict};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::{bytes, words};
use crate::End;

/// The violations of the schema that are printed.
const MOST_VIOLATIONS: usize = 5;

/// Check files against the structure and the 57 rules of N42.42-2011.
#[derive(Args)]
pub struct Check {
    /// N42 files, of either dialect
    #[arg(required = true)]
    files: Vec<PathBuf>,
    /// A schema that declares extension elements, as the standard's Annex L has them
    #[arg(long = "extension", value_name = "XSD")]
    extensions: Vec<PathBuf>,
    /// Print one JSON object a file instead of words
    #[arg(long)]
    json: bool,
}

/// What was found in one file.
struct Found {
    sha256: String,
    dialect: &'static str,
    documents: usize,
    /// Why the tolerant reader gave up.
    unreadable: Option<String>,
    violations: Vec<Violation>,
    rules: Vec<&'static str>,
    repairs: Vec<Repair>,
    sums: Sums,
}

impl Check {
    pub fn run(self) -> anyhow::Result<End> {
        // The second that has begun: a file written in it is not of the future.
        let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs() + 1);
        let now = i64::try_from(now).unwrap_or(i64::MAX);
        let mut extensions = Vec::new();
        for schema in &self.extensions {
            let place = schema.display();
            let found = Extension::read(&bytes(schema)?);
            let found =
                found.map_err(|wrong| anyhow::anyhow!("{place}, line {}: {}", wrong.line, wrong.text))?;
            extensions.extend(found);
        }
        let mut end = End::Ok;
        for file in &self.files {
            let found = Found::of(&bytes(file)?, &extensions, now);
            if !found.is_right() {
                end = End::Finding;
            }
            match self.json {
                true => println!("{}", found.json(file)),
                false => print!("{}", found.words(file)),
            }
        }
        Ok(end)
    }
}

impl Found {
    fn of(bytes: &[u8], extensions: &[Extension], now: i64) -> Self {
        let mut sums = Sums::default();
        let summary = greenlane_n42::visit(bytes, |part| sums.add(&part));
        let (dialect, documents, repairs, unreadable) = match summary {
            Ok(summary) => (summary.dialect.name(), summary.documents, summary.repairs, None),
            Err(error) => ("none", 0, Vec::new(), Some(error.to_string())),
        };
        let sha256 = Sha256::digest(bytes).iter().fold(String::new(), |mut hex, byte| {
            let _ = write!(hex, "{byte:02x}");
            hex
        });
        let violations = strict::check_with(bytes, extensions);
        Self { sha256, dialect, documents, unreadable, violations, rules: broken(bytes, now), repairs, sums }
    }

    fn is_right(&self) -> bool {
        self.unreadable.is_none() && self.violations.is_empty() && self.rules.is_empty()
    }

    fn json(&self, file: &Path) -> Value {
        let violations = self.violations.iter().map(|v| json!({ "line": v.line, "text": v.text }));
        let repairs: Vec<_> = self.repairs.iter().map(|repair| repair.rule.id()).collect();
        let mut object = json!({
            "file": file.display().to_string(),
            "sha256": self.sha256,
            "dialect": self.dialect,
            "documents": self.documents,
            "schema": if self.violations.is_empty() { "ok" } else { "fail" },
            "schema_errors": violations.collect::<Vec<_>>(),
            "rules": self.rules,
            "repairs": repairs,
            "gamma_counts": counts(self.sums.gamma()),
            "neutron_counts": counts(self.sums.neutron()),
        });
        if let Some(reason) = &self.unreadable {
            object["unreadable"] = json!(reason);
        }
        object
    }

    fn words(&self, file: &Path) -> String {
        let mut text = format!("{}: {}", file.display(), if self.is_right() { "right" } else { "WRONG" });
        match &self.unreadable {
            Some(reason) => text += &format!("; unreadable: {reason}\n"),
            None => {
                let documents = if self.documents == 1 { "document" } else { "documents" };
                text += &format!("; {} {documents} of {}", self.documents, self.dialect);
                text += &format!(", {} measurements", self.sums.measurements());
                text +=
                    &format!(", gamma {} and neutron {} counts\n", self.sums.gamma(), self.sums.neutron());
            }
        }
        for violation in self.violations.iter().take(MOST_VIOLATIONS) {
            text += &format!("  schema, line {}: {}\n", violation.line, violation.text);
        }
        let more = self.violations.len().saturating_sub(MOST_VIOLATIONS);
        if more > 0 {
            text += &format!("  schema: and {more} more\n");
        }
        for rule in &self.rules {
            text += &format!("  rule {rule}\n");
        }
        for repair in &self.repairs {
            text += &format!("  repaired, {}\n", words(repair));
        }
        text
    }
}

/// The rules that any of the file's documents breaks, each once.
fn broken(bytes: &[u8], now: i64) -> Vec<&'static str> {
    let documents = greenlane_n42::documents(bytes);
    if documents.len() < 2 {
        return rules::check(bytes, now);
    }
    let mut broken: Vec<&'static str> = Vec::new();
    for document in documents {
        for rule in rules::check(&bytes[document], now) {
            if !broken.contains(&rule) {
                broken.push(rule);
            }
        }
    }
    broken
}

/// Whole numbers without a point.
fn counts(sum: f64) -> Value {
    if sum.fract() == 0.0 && sum.abs() < 9e15 { json!(sum as i64) } else { json!(sum) }
}
