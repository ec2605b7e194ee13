//! A result read back: what reports are written from, and what is judged again.

use greenlane_standard::{Certificate, Chained, Judgement, Requirement, Standard, Trial, judge};

use super::{Files, Machine, PlanFile, ResultFile, VerdictLine};
use crate::kit::{Book, Product};
use crate::trials::Evidence;

/// One result.
#[derive(Debug, Clone)]
pub struct Record {
    /// `plan.json`.
    pub plan: PlanFile,
    /// `result.json`.
    pub result: ResultFile,
    /// `standard.json`.
    pub standard: Standard,
    /// `trials.jsonl`.
    pub chained: Chained,
    /// `evidence.jsonl`, each line beside what it says.
    pub evidence: Vec<(String, Evidence)>,
    /// `machine.json`.
    pub machine: Machine,
    /// `kit/PRODUCT.toml`.
    pub product: Product,
    /// `kit/kit.toml`.
    pub book: Book,
    /// `certificate.json`, where one was earned.
    pub certificate: Option<Certificate>,
}

impl Record {
    /// A result from its files.
    ///
    /// # Errors
    /// A sentence about the first file that is missing or says nothing.
    pub fn read(files: &Files) -> Result<Self, String> {
        let chained = Chained::read(text(files, "trials.jsonl")?).map_err(|error| error.to_string())?;
        let certificate = files.contains_key("certificate.json").then(|| text(files, "certificate.json"));
        let evidence = text(files, "evidence.jsonl")?.lines().enumerate().map(|(number, line)| {
            let evidence = serde_json::from_str(line);
            evidence
                .map(|evidence| (line.to_owned(), evidence))
                .map_err(|error| format!("evidence.jsonl, line {}: {error}", number + 1))
        });
        Ok(Self {
            plan: json(files, "plan.json")?,
            result: json(files, "result.json")?,
            standard: Standard::from_resolved(text(files, "standard.json")?)?,
            chained,
            evidence: evidence.collect::<Result<_, _>>()?,
            machine: json(files, "machine.json")?,
            product: toml(files, "kit/PRODUCT.toml")?,
            book: toml(files, "kit/kit.toml")?,
            certificate: certificate.transpose()?.map(Certificate::read).transpose()?,
        })
    }

    /// The verdict on a requirement.
    pub fn line(&self, id: &str) -> Option<&VerdictLine> {
        self.result.verdicts.iter().find(|line| line.id == id)
    }

    /// The trials of a requirement.
    pub fn trials(&self, id: &str) -> Vec<&Trial> {
        self.chained.trials.iter().filter(|trial| trial.requirement == id).collect()
    }

    /// What the trials of a requirement show about the plan of this run.
    pub fn judgement(&self, id: &str) -> Option<Judgement> {
        Some(judge(self.plan.planned.get(id)?, self.trials(id)))
    }

    /// The requirement of an id.
    pub fn requirement(&self, id: &str) -> Option<&Requirement> {
        self.standard.requirements.get(id)
    }

    /// What was kept of the first failing case of a requirement, or of any of its cases.
    pub fn kept(&self, id: &str) -> Option<&Evidence> {
        let of_id = || self.evidence.iter().map(|(_, evidence)| evidence).filter(|e| e.requirement == id);
        let size = |evidence: &&Evidence| {
            let scene = evidence.miss.as_ref().and_then(|miss| miss.scene.as_ref());
            scene.map_or(usize::MAX, |scene| scene.events.len())
        };
        of_id().filter(|e| e.miss.is_some()).min_by_key(size).or_else(|| of_id().next())
    }
}

fn text<'a>(files: &'a Files, name: &str) -> Result<&'a str, String> {
    let bytes = files.get(name).ok_or_else(|| format!("{name} is missing"))?;
    std::str::from_utf8(bytes).map_err(|_| format!("{name} is no text"))
}

fn json<T: serde::de::DeserializeOwned>(files: &Files, name: &str) -> Result<T, String> {
    serde_json::from_str(text(files, name)?).map_err(|error| format!("{name}: {error}"))
}

fn toml<T: serde::de::DeserializeOwned>(files: &Files, name: &str) -> Result<T, String> {
    toml::from_str(text(files, name)?).map_err(|error| format!("{name}: {error}"))
}
