//! A standard's file as it is written, before inheritance. Unknown keys are errors.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use toml::Spanned;

use crate::monitor::Response;
use crate::record::{Erratum, Evidence, Level, Scope, Source, Test, Text, Tighten};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct StandardFile {
    pub standard: Header,
    #[serde(default)]
    pub requirement: Vec<WrittenRequirement>,
    #[serde(default)]
    pub change: Vec<Change>,
    #[serde(default)]
    pub limit: Vec<WrittenLimit>,
    #[serde(default)]
    pub monitor: Vec<WrittenMonitor>,
}

/// A file that a standard is split into.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct PartFile {
    #[serde(default)]
    pub requirement: Vec<WrittenRequirement>,
    #[serde(default)]
    pub limit: Vec<WrittenLimit>,
    #[serde(default)]
    pub monitor: Vec<WrittenMonitor>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Header {
    pub id: Spanned<String>,
    pub title: String,
    pub version: Spanned<String>,
    /// `id@major`.
    #[serde(default)]
    pub extends: Vec<Spanned<String>>,
    /// More files of the same standard.
    #[serde(default)]
    pub parts: Vec<Spanned<String>>,
    #[serde(default)]
    pub mustpass: BTreeMap<String, BTreeSet<Level>>,
    /// What every requirement of a level (`L1`) or of an area (`scan/*`) needs first.
    #[serde(default)]
    pub requires: BTreeMap<String, Vec<Spanned<String>>>,
    #[serde(default)]
    pub unwaivable: Vec<Spanned<String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct WrittenRequirement {
    pub id: Spanned<String>,
    pub text: Spanned<Text>,
    pub scope: Scope,
    #[serde(default)]
    pub requires: Vec<Spanned<String>>,
    #[serde(default)]
    pub params: BTreeMap<String, Spanned<toml::Value>>,
    #[serde(default)]
    pub source: Vec<Spanned<Source>>,
    /// External limits that it tests, beside those that its parameters name.
    #[serde(default)]
    pub limits: Vec<Spanned<String>>,
    pub test: Spanned<Test>,
    pub plan: Spanned<WrittenPlan>,
    #[serde(default = "one")]
    pub cells: Spanned<u32>,
    pub evidence: BTreeSet<Evidence>,
    #[serde(default)]
    pub since: Option<String>,
    #[serde(default)]
    pub changed: Option<String>,
    #[serde(default)]
    pub errata: Vec<Erratum>,
}

/// What a child changes of a requirement that it inherits.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Change {
    pub id: Spanned<String>,
    pub params: BTreeMap<String, Spanned<toml::Value>>,
    #[serde(default)]
    pub loosens: bool,
    #[serde(default)]
    pub reason: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct WrittenLimit {
    pub id: Spanned<String>,
    pub title: String,
    #[serde(default)]
    pub value: Option<Spanned<toml::Value>>,
    #[serde(default = "exact")]
    pub tighten: Tighten,
    pub source: Vec<Spanned<Source>>,
    #[serde(default)]
    pub untested: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct WrittenMonitor {
    pub id: Spanned<String>,
    /// Requirements, or `area/*`.
    pub watches: Vec<Spanned<String>>,
    pub trial: String,
    pub miss: String,
    pub rule: Spanned<WrittenRule>,
    pub degraded: Response,
    pub out: Response,
}

/// Every key that some kind of rule has.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct WrittenRule {
    pub kind: String,
    pub usual: Option<f64>,
    pub bad: Option<f64>,
    pub least: Option<f64>,
}

/// Every key that some kind of plan has.
#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
pub(crate) struct WrittenPlan {
    pub kind: String,
    pub rule: Option<String>,
    pub n: Option<u32>,
    pub misses: Option<u32>,
    pub proves: Option<f64>,
    pub confidence: Option<f64>,
    pub bad: Option<f64>,
    pub good: Option<f64>,
    pub alpha: Option<f64>,
    pub beta: Option<f64>,
    pub first: Option<u32>,
    pub accept: Option<u32>,
    pub reject: Option<u32>,
    pub second: Option<u32>,
    pub total: Option<u32>,
}

/// A parameter written as a table; a bare value is one that is exact.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct WrittenParam {
    pub value: Option<toml::Value>,
    pub min: Option<toml::Value>,
    pub max: Option<toml::Value>,
    pub tighten: Option<Tighten>,
    pub limit: Option<String>,
}

fn exact() -> Tighten {
    Tighten::Exact
}

/// Where a default stands there is nothing to point at.
fn one() -> Spanned<u32> {
    Spanned::new(0..0, 1)
}
