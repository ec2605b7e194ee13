//! A result judged again, from its trials: offline, with nothing taken on trust.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use greenlane_standard::{
    Bundle, Certificate, Level, SeedOf, Trial, Verdict, canonical, five_decimals, hash_of, judge, misdrawn,
    verdict,
};

use super::files::{attempts, outcome};
use super::{Files, NOT_BUILT, Record, Seal, VerdictLine, counts, of_verdict};
use crate::suite::{self, Selection};

/// Everything that is not as the result says; empty when its trials show what it tells.
pub fn verify(files: &Files) -> Vec<String> {
    let (seal, mut findings) = match Seal::check(files) {
        Ok(seal) => (Some(seal), Vec::new()),
        Err(wrong) => (None, wrong),
    };
    let record = match Record::read(files) {
        Ok(record) => record,
        Err(why) => {
            findings.push(why);
            return findings;
        }
    };
    hashes(&record, files, &mut findings);
    plans(&record, &mut findings);
    verdicts(&record, &mut findings);
    evidence(&record, &mut findings);
    if let Some(certificate) = &record.certificate {
        certified(certificate, &record, files, &mut findings);
        let signer = seal.and_then(|seal| seal.signature).map(|signature| signature.key);
        if !certificate.signatures.iter().any(|signature| Some(&signature.key) == signer.as_ref()) {
            findings.push("the seal is not of a signer of the certificate".to_owned());
        }
    }
    findings
}

/// Whether an attempt in a folder names the ones before it that still lie beside it.
pub fn verify_chain(attempt: &Path, record: &Record) -> Vec<String> {
    let before = attempts(attempt.parent().unwrap_or(attempt));
    let before = before.iter().filter(|(number, _)| *number < record.plan.seed.attempt);
    before
        .filter_map(|(number, folder)| {
            let named = record.plan.seed.earlier.contains(&outcome(folder)?);
            (!named).then(|| format!("attempt {number} is not the one that this attempt names"))
        })
        .collect()
}

/// Every file by the hash that others name it by.
fn hashes(record: &Record, files: &Files, findings: &mut Vec<String>) {
    let Record { plan, result, .. } = record;
    let bytes = |name: &str| files.get(name).map(Vec::as_slice).unwrap_or_default();
    let forms = [
        ("plan.json", canonical(plan)),
        ("result.json", canonical(result)),
        ("standard.json", record.standard.resolved()),
        ("machine.json", canonical(&record.machine)),
    ];
    for (name, form) in forms {
        if form.map_or(true, |form| form.as_bytes() != bytes(name)) {
            findings.push(format!("{name} is not in canonical form"));
        }
    }
    let kit = [bytes("kit/PRODUCT.toml"), bytes("kit/kit.toml")].concat();
    let plan_hash = hash_of(bytes("plan.json"));
    let stated = [
        ("the standard", hash_of(bytes("standard.json")), &plan.standard.blake3),
        ("the kit", hash_of(&kit), &plan.kit.blake3),
        ("plan.json", plan_hash.clone(), &result.plan_blake3),
        ("the plan that the trials name", record.chained.plan.clone(), &plan_hash),
        ("the last link of the trials", record.chained.head.clone(), &result.trials_blake3),
    ];
    for (what, found, _) in stated.iter().filter(|(_, found, stated)| found != *stated) {
        findings.push(format!("{what} has the hash {found}, not the one stated"));
    }
    if result.plan != *plan {
        findings.push("result.json tells another plan than plan.json".to_owned());
    }
}

/// Complete ids, each by the standard's own plan.
fn plans(record: &Record, findings: &mut Vec<String>) {
    let plan = &record.plan;
    let selection = Selection { only: plan.only.clone(), ..Selection::default() };
    let wanted = suite::selected(&record.standard, &selection);
    let planned: BTreeSet<&str> = plan.planned.keys().map(String::as_str).collect();
    let judged: BTreeSet<&str> = record.result.verdicts.iter().map(|line| line.id.as_str()).collect();
    for id in wanted.symmetric_difference(&planned) {
        findings.push(format!("`{id}` is in the selection or in the plan, not in both"));
    }
    for id in planned.symmetric_difference(&judged) {
        findings.push(format!("`{id}` is in the plan or among the verdicts, not in both"));
    }
    if judged.len() != record.result.verdicts.len() {
        findings.push("there are two verdicts on one requirement".to_owned());
    }
    for (id, own) in &plan.planned {
        let right = record.requirement(id).map(|requirement| suite::in_mode(&requirement.plan, plan.mode));
        if right.is_none_or(|right| right.plan != *own) {
            findings.push(format!("`{id}` was not run by the plan of the standard"));
        }
    }
}

fn verdicts(record: &Record, findings: &mut Vec<String>) {
    let mut by_id: BTreeMap<&str, Vec<&Trial>> = BTreeMap::new();
    for trial in &record.chained.trials {
        by_id.entry(&trial.requirement).or_default().push(trial);
    }
    for line in &record.result.verdicts {
        let trials = by_id.remove(line.id.as_str()).unwrap_or_default();
        let wrong = if trials.is_empty() { untried(record, line) } else { tried(record, line, &trials) };
        findings.extend(wrong.map(|what| format!("`{}` {what}", line.id)));
    }
    findings.extend(by_id.keys().map(|id| format!("trials of `{id}`, on which there is no verdict")));
    if record.result.counts != counts(&record.result.verdicts) {
        findings.push("the counts are not those of the verdicts".to_owned());
    }
}

/// Without a trial there is only a reason for that.
fn untried(record: &Record, line: &VerdictLine) -> Option<String> {
    let requirement = record.requirement(&line.id)?;
    let plugin = &record.plan.plugin;
    let offer = suite::offer(&record.product, &record.book, &plugin.offers, &plugin.link);
    let applies = requirement.scope.applies(&offer);
    let failed = |id: &String| {
        let words = [Verdict::Fail, Verdict::FailInherited, Verdict::Error].map(of_verdict);
        record.line(id).is_some_and(|base| words.contains(&base.verdict))
    };
    let is = |verdict: Verdict| line.verdict == of_verdict(verdict);
    let fits = if !applies {
        is(Verdict::NotSupported)
    } else if is(Verdict::FailInherited) {
        requirement.requires.iter().any(failed)
    } else {
        // A method may find nothing to try, and says why; a plugin may end its process in the first case.
        let told = is(Verdict::NotSupported) || is(Verdict::Fail) || line.verdict == NOT_BUILT;
        is(Verdict::NotTested) || told && !line.why.is_empty()
    };
    let empty = (line.n, line.misses, &line.lower) == (0, 0, &None);
    (!fits || !empty).then(|| format!("is `{}` without a trial", line.verdict))
}

fn tried(record: &Record, line: &VerdictLine, trials: &[&Trial]) -> Option<String> {
    let (plan, requirement) = (&record.plan, record.requirement(&line.id)?);
    let judgement = judge(plan.planned.get(&line.id)?, trials.iter().copied());
    if judgement.extra > 0 {
        return Some(format!("has {} trials after the end of its plan", judgement.extra));
    }
    let (plugin, kit, standard) = (&plan.plugin.blake3, &plan.kit.blake3, &plan.standard.blake3);
    let of = SeedOf { plugin, kit, standard, suite: &plan.suite, attempt: plan.seed.attempt };
    if let Some(what) = misdrawn(&of, trials) {
        return Some(format!("was drawn wrongly: {what}"));
    }
    let mut again = verdict(requirement, judgement.decision);
    for waiver in record.product.waiver.iter().filter(|waiver| waiver.requirement == line.id) {
        if let Err(why) = waiver.check(&record.standard) {
            return Some(why);
        }
        again = waiver.apply(again, &plan.date);
    }
    let lower = judgement.weakest().map(|(_, cell)| five_decimals(cell.lower));
    let shown = (of_verdict(again), judgement.n, judgement.misses, lower);
    let told = (line.verdict.clone(), line.n, line.misses, line.lower.clone());
    (shown != told).then(|| {
        format!(
            "is told as `{}` with {} of {} missed, the trials show `{}` with {} of {}",
            told.0, told.2, told.1, shown.0, shown.2, shown.1
        )
    })
}

/// What trials say was kept is there, and nothing else.
fn evidence(record: &Record, findings: &mut Vec<String>) {
    let named: BTreeSet<&str> =
        record.chained.trials.iter().filter_map(|trial| trial.kept.as_deref()).collect();
    let held: BTreeSet<String> = record.evidence.iter().map(|(line, _)| hash_of(line.as_bytes())).collect();
    let missing = named.iter().filter(|hash| !held.contains(**hash)).count();
    let strange = held.iter().filter(|hash| !named.contains(hash.as_str())).count();
    if missing + strange > 0 {
        findings.push(format!("of the kept evidence {missing} are missing and {strange} belong to no trial"));
    }
}

/// The certificate, judged by itself, and beside the result that it came from.
fn certified(certificate: &Certificate, record: &Record, files: &Files, findings: &mut Vec<String>) {
    let text = |name: &str| files.get(name).and_then(|b| std::str::from_utf8(b).ok()).unwrap_or_default();
    let bundle = Bundle {
        certificate: text("certificate.json"),
        standard: text("standard.json"),
        plan: text("plan.json"),
        trials: text("trials.jsonl"),
    };
    findings.extend(greenlane_standard::verify(&bundle).into_iter().map(|finding| finding.what));
    let plan = &record.plan;
    let facts = [
        ("driver", &certificate.plugin.blake3, &plan.plugin.blake3),
        ("model", &certificate.plugin.model, &plan.plugin.model),
        ("kit", &certificate.device.kit_blake3, &plan.kit.blake3),
        ("suite", &certificate.suite.blake3, &record.machine.suite_blake3),
    ];
    for (what, _, _) in facts.iter().filter(|(_, told, held)| told != held) {
        findings.push(format!("the certificate is for another {what} than the result"));
    }
    if certificate.plugin.offers != plan.plugin.offers || certificate.valid.from != plan.date {
        findings.push("the certificate tells other capabilities or another day than the plan".to_owned());
    }
    for line in record.result.verdicts.iter().filter(|line| line.level <= Level::L3) {
        let told = certificate.verdicts.get(&line.id).map(|line| of_verdict(line.v));
        let held =
            if line.verdict == NOT_BUILT { of_verdict(Verdict::NotTested) } else { line.verdict.clone() };
        let out_of_class = told.as_deref() == Some("out_of_class") && line.n == 0;
        if !out_of_class && told.as_ref() != Some(&held) {
            findings.push(format!("the certificate tells another verdict on `{}` than the result", line.id));
        }
    }
}
