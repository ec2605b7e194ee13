//! A certificate judged again, from its trials: by anybody, without a network, with nothing taken on trust.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::{Certificate, VerdictLine, word};
use crate::canonical::hash_of;
use crate::chain::Chained;
use crate::judge::{Trial, judge};
use crate::plan::Plan;
use crate::record::Requirement;
use crate::seed::{SEED_RULE, misdrawn};
use crate::standard::Standard;
use crate::verdict::{Verdict, verdict};

/// The files of one certification.
#[derive(Debug, Clone, Copy)]
pub struct Bundle<'a> {
    /// `certificate.json`.
    pub certificate: &'a str,
    /// The resolved standard.
    pub standard: &'a str,
    /// `plan.json`.
    pub plan: &'a str,
    /// `trials.jsonl`.
    pub trials: &'a str,
}

/// Something that is not as the certificate says.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{what}")]
pub struct Finding {
    /// A sentence.
    pub what: String,
}

/// What of `plan.json` decides verdicts.
#[derive(Deserialize)]
struct Registered {
    planned: BTreeMap<String, Plan>,
}

/// Everything that is wrong; empty when the certificate says what its trials show. Whether its signers are to
/// be trusted is asked at admission.
pub fn verify(bundle: &Bundle<'_>) -> Vec<Finding> {
    let mut findings = Findings::default();
    let certificate = findings.take(Certificate::read(bundle.certificate));
    let standard = findings.take(read_standard(bundle.standard));
    let chain = findings.take(Chained::read(bundle.trials).map_err(|error| error.to_string()));
    let registered = findings.take(read_plan(bundle.plan));
    let (Some(certificate), Some(standard), Some(chain), Some(registered)) =
        (certificate, standard, chain, registered)
    else {
        return findings.0;
    };
    if certificate.seed.rule != SEED_RULE {
        findings.add(format!("the seeds follow an unknown rule, `{}`", certificate.seed.rule));
    }
    if certificate.signatures.is_empty() {
        findings.add("nobody signed the certificate");
    }
    for signature in certificate.signatures.iter().filter(|s| !certificate.is_signed_by(s)) {
        findings.add(format!("the signature of {} `{}` is wrong", signature.role, signature.key));
    }
    let plan = hash_of(bundle.plan.as_bytes());
    let hashes = [
        ("the standard", hash_of(bundle.standard.as_bytes()), &certificate.standard.blake3),
        ("plan.json", plan.clone(), &certificate.plan_blake3),
        ("the plan that the trials name", chain.plan.clone(), &plan),
        ("the last link of the trials", chain.head.clone(), &certificate.trials_blake3),
    ];
    for (what, found, _) in hashes.iter().filter(|(_, found, stated)| found != *stated) {
        findings.add(format!("{what} has the hash {found}, not the one stated"));
    }
    if (&standard.id, &standard.version) != (&certificate.standard.id, &certificate.standard.version) {
        findings.add(format!("the standard is {} {}", standard.id, standard.version));
    }
    for objection in certificate.objections(&standard) {
        findings.add(objection);
    }
    judge_again(&certificate, &standard, &registered, &chain.trials, &mut findings);
    findings.0
}

#[derive(Default)]
struct Findings(Vec<Finding>);

impl Findings {
    fn add(&mut self, what: impl Into<String>) {
        self.0.push(Finding { what: what.into() });
    }

    fn take<T>(&mut self, result: Result<T, String>) -> Option<T> {
        result.map_err(|what| self.add(what)).ok()
    }
}

fn read_standard(text: &str) -> Result<Standard, String> {
    let standard = Standard::from_resolved(text)?;
    match standard.resolved() {
        Ok(written) if written == text => Ok(standard),
        _ => Err("the resolved standard is not in canonical form".to_owned()),
    }
}

fn read_plan(text: &str) -> Result<Registered, String> {
    serde_json::from_str(text).map_err(|error| format!("no plan.json: {error}"))
}

fn judge_again(
    certificate: &Certificate,
    standard: &Standard,
    registered: &Registered,
    trials: &[Trial],
    findings: &mut Findings,
) {
    let mut by_id: BTreeMap<&str, Vec<&Trial>> = BTreeMap::new();
    for trial in trials {
        by_id.entry(&trial.requirement).or_default().push(trial);
    }
    for (id, line) in &certificate.verdicts {
        let trials = by_id.remove(id.as_str()).unwrap_or_default();
        // A verdict on what the standard does not have is an objection already.
        let Some(requirement) = standard.requirements.get(id) else { continue };
        match registered.planned.get(id) {
            // What is out of class or not supported need not be planned.
            None if trials.is_empty() => {}
            Some(plan) if *plan == requirement.plan => {}
            _ => findings.add(format!("`{id}` was not run by the plan of the standard")),
        }
        if trials.is_empty() {
            untried(certificate, requirement, line, findings);
        } else {
            tried(certificate, standard, requirement, line, &trials, findings);
        }
    }
    for id in by_id.keys() {
        findings.add(format!("trials of `{id}`, on which there is no verdict"));
    }
}

/// Without a trial there is only a reason for that.
fn untried(
    certificate: &Certificate,
    requirement: &Requirement,
    line: &VerdictLine,
    findings: &mut Findings,
) {
    let has_failed = |id: &String| {
        certificate
            .verdicts
            .get(id)
            .is_some_and(|base| matches!(base.v, Verdict::Fail | Verdict::FailInherited | Verdict::Error))
    };
    let fits = match line.v {
        Verdict::FailInherited => requirement.requires.iter().any(has_failed),
        Verdict::NotSupported | Verdict::NotTested | Verdict::OutOfClass | Verdict::Error => true,
        _ => false,
    };
    if !fits || *line != VerdictLine::untried(line.v) {
        findings.add(format!("`{}` is `{}` without a trial", requirement.id, word(line.v)));
    }
}

fn tried(
    certificate: &Certificate,
    standard: &Standard,
    requirement: &Requirement,
    line: &VerdictLine,
    trials: &[&Trial],
    findings: &mut Findings,
) {
    let id = &requirement.id;
    let judgement = judge(&requirement.plan, trials.iter().copied());
    if judgement.extra > 0 {
        findings.add(format!("`{id}` has {} trials after the end of its plan", judgement.extra));
    }
    let cells = judgement.cells.len();
    if cells < requirement.cells as usize {
        findings.add(format!("`{id}` was run in {cells} of its {} cells", requirement.cells));
    }
    if let Some(what) = misdrawn(&certificate.seed_of(), trials) {
        findings.add(format!("`{id}`: {what}"));
    }
    let mut again = verdict(requirement, judgement.decision);
    for waiver in certificate.waivers.iter().filter(|waiver| waiver.requirement == *id) {
        match waiver.check(standard) {
            Ok(()) => again = waiver.apply(again, &certificate.valid.from),
            Err(why) => findings.add(why),
        }
    }
    let again = VerdictLine::new(again, &judgement);
    if again != *line {
        findings.add(format!(
            "`{id}` is `{}` with {} of {} missed, the trials show `{}` with {} of {}",
            word(line.v),
            line.misses,
            line.n,
            word(again.v),
            again.misses,
            again.n
        ));
    }
}
