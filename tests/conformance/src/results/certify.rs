//! From the verdicts of a full run to a certificate.

use std::collections::BTreeMap;

use greenlane_standard::{
    Certificate, Device, FORMAT, KitLevel, Level, NotCanonical, Plugin, SEED_RULE, Seed, Standard,
    StandardFacts, Suite, VALID_MONTHS, Valid, Verdict, VerdictLine, counts, hash, judge, unverified,
};

use super::{Machine, PlanFile, trials_file};
use crate::bench::Bench;
use crate::kit;
use crate::suite::{Line, has_failed};

/// What a full run leads to.
#[derive(Debug)]
pub struct Earned {
    /// The certificate, unsigned, of the highest class that was earned.
    pub certificate: Option<Certificate>,
    /// For each class that was not: why.
    pub refused: BTreeMap<String, Vec<String>>,
}

/// The certificate that the verdicts of a full run earn. `abi` is the version of the function table.
///
/// # Errors
/// Never for a standard that was loaded.
pub fn certify(
    bench: &Bench<'_>,
    standard: &Standard,
    plan: &PlanFile,
    lines: &[Line],
    machine: &Machine,
    abi: &str,
) -> Result<Earned, NotCanonical> {
    let mut refused = BTreeMap::new();
    let failed: Vec<String> = lines.iter().filter(|line| has_failed(line)).map(|l| l.id.clone()).collect();
    let mut classes: Vec<&String> = standard.mustpass.keys().collect();
    classes.sort_by_key(|class| std::cmp::Reverse(standard.mustpass[*class].len()));
    for class in classes {
        let certificate = of_class(bench, standard, plan, lines, machine, class, abi)?;
        let mut reasons = certificate.objections(standard);
        if !failed.is_empty() {
            reasons.push(format!("these fail: {}", failed.join(", ")));
        }
        // Kit and driver may share a misreading that only a real device would show: what was compared with scenes
        // of the kit alone gives no class that rests on it.
        let rests_on_kit = standard.mustpass[class].contains(&Level::L3);
        if rests_on_kit && !bench.offer().kit.contains("capture") {
            reasons.push("simulated only: the kit holds no real capture".to_owned());
        }
        if reasons.is_empty() {
            return Ok(Earned { certificate: Some(certificate), refused });
        }
        refused.insert(class.clone(), reasons);
    }
    Ok(Earned { certificate: None, refused })
}

fn of_class(
    bench: &Bench<'_>,
    standard: &Standard,
    plan: &PlanFile,
    lines: &[Line],
    machine: &Machine,
    class: &str,
    abi: &str,
) -> Result<Certificate, NotCanonical> {
    let verdicts = verdicts(bench, standard, lines, class);
    let product = &bench.kit.product;
    let bytes = std::fs::metadata(&bench.plugin.path).map_or(0, |file| file.len());
    Ok(Certificate {
        format: FORMAT,
        plugin: Plugin {
            model: plan.plugin.model.clone(),
            blake3: plan.plugin.blake3.clone(),
            abi: abi.to_owned(),
            bytes,
            offers: plan.plugin.offers.clone(),
        },
        device: device(bench, plan),
        standard: StandardFacts {
            id: plan.standard.id.clone(),
            version: plan.standard.version.clone(),
            blake3: plan.standard.blake3.clone(),
            unverified_limits: unverified(&verdicts, standard),
        },
        suite: Suite {
            version: plan.suite.clone(),
            blake3: machine.suite_blake3.clone(),
            kill_strict: "not measured in this run".to_owned(),
        },
        mode: "certify".to_owned(),
        class: class.to_owned(),
        link: plan.plugin.link.clone(),
        seed: Seed {
            rule: SEED_RULE.to_owned(),
            attempt: plan.seed.attempt,
            earlier: plan.seed.earlier.clone(),
        },
        declares: declares(bench),
        // As text: settings hold numbers that are not whole.
        settings_blake3: hash(&bench.kit.settings.to_string())?,
        plan_blake3: hash(plan)?,
        trials_blake3: trials_file(plan, lines)?.1,
        waivers: product.waiver.clone(),
        counts: counts(&verdicts),
        verdicts,
        valid: Valid { from: plan.date.clone(), until: plan.date.plus_months(VALID_MONTHS) },
        signatures: Vec::new(),
    })
}

/// The device as its kit knows it: nothing was seen of a real one.
fn device(bench: &Bench<'_>, plan: &PlanFile) -> Device {
    Device {
        firmware_declared: bench.kit.product.firmware.clone(),
        firmware_seen: None,
        kit: match bench.kit.book.level {
            kit::Level::K0 => KitLevel::K0,
            kit::Level::K1 => KitLevel::K1,
            kit::Level::K2 => KitLevel::K2,
        },
        kit_blake3: plan.kit.blake3.clone(),
        kit_author: plan.kit.author.clone(),
    }
}

/// A line for each requirement of the standard, those included that no driver alone can meet.
fn verdicts(
    bench: &Bench<'_>,
    standard: &Standard,
    lines: &[Line],
    class: &str,
) -> BTreeMap<String, VerdictLine> {
    let offer = bench.offer();
    let levels = standard.levels(class);
    let line = |id: &String| lines.iter().find(|line| line.id == *id);
    let verdict = |requirement: &greenlane_standard::Requirement| {
        let of_class = levels.is_some_and(|levels| levels.contains(&requirement.scope.level));
        match line(&requirement.id) {
            Some(line) if !line.trials.is_empty() => VerdictLine::new(
                line.verdict.unwrap_or(Verdict::NotTested),
                &judge(&requirement.plan, &line.trials),
            ),
            Some(Line { verdict: Some(verdict), .. }) if of_class || *verdict == Verdict::NotSupported => {
                VerdictLine::untried(*verdict)
            }
            _ if !requirement.scope.applies(&offer) => VerdictLine::untried(Verdict::NotSupported),
            _ if of_class => VerdictLine::untried(Verdict::NotTested),
            _ => VerdictLine::untried(Verdict::OutOfClass),
        }
    };
    standard.requirements.values().map(|requirement| (requirement.id.clone(), verdict(requirement))).collect()
}

fn declares(bench: &Bench<'_>) -> BTreeMap<String, String> {
    let value = serde_json::to_value(&bench.kit.product.declares).unwrap_or_default();
    let fields = value.as_object().into_iter().flatten();
    fields
        .map(|(key, value)| (key.clone(), value.as_str().map_or_else(|| value.to_string(), str::to_owned)))
        .collect()
}
