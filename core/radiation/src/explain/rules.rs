//! R1 to R8. Nothing in this file knows of a profile.

use greenlane_model::{Papers, Radiation};

use super::loads::{Loads, cover, number};
use super::{
    Cargo, Effect, Expectations, Facts, Finding, NuclideClass, Place, PointPart, Problem, Rule, ShapeKind,
    Sign, Status,
};

/// R5: an excess above so many times the expected one is not from the declared goods.
const EXCESS_FACTOR: f64 = 3.0;
/// R5: goods that are expected to give less than this share of the background make no alarm.
const LEAST_EXCESS: f64 = 0.1;
/// R6: a point-like part is significant above this gain.
const POINT_TWO_DL: f64 = 20.0;

/// What R1 to R8 say. R5, R7 and R8 speak only when there is something to explain.
pub(super) fn hard(facts: &Facts, loads: &Loads<'_>, table: &Expectations) -> Vec<Finding> {
    let mut findings: Vec<Finding> =
        [neutrons(facts), nuclear(facts), industrial(facts), unknown(facts), point(facts)]
            .into_iter()
            .flatten()
            .collect();
    if !facts.alarms.is_empty() || !findings.is_empty() {
        if !in_cab_only(facts) {
            findings.extend(too_strong(facts, loads));
            findings.extend(papers(facts, loads, table));
        }
        findings.extend(degraded(facts));
    }
    findings
}

/// The alarms include one that gammas raised.
pub(super) fn gamma(facts: &Facts) -> bool {
    facts.alarms.iter().any(|alarm| alarm.radiation != Radiation::Neutron)
}

/// A point-like part that cannot be chance.
pub(super) fn significant(facts: &Facts) -> Option<&PointPart> {
    facts.shape.point.as_ref().filter(|point| above(point.two_dl, POINT_TWO_DL))
}

/// The alarm is of one place in the cab, so that no load has to account for it.
pub(super) fn in_cab_only(facts: &Facts) -> bool {
    let shape = &facts.shape;
    let in_cab = shape.point.as_ref().is_some_and(|point| point.place == Place::Cab);
    in_cab && shape.kind == ShapeKind::Point && shape.spread.is_none()
}

/// Larger, or no number at all.
fn above(x: f64, limit: f64) -> bool {
    x > limit || x.is_nan()
}

fn not(rule: Rule, says: String) -> Option<Finding> {
    Some(Finding { rule, effect: Effect::NotExplained, says })
}

fn neutrons(facts: &Facts) -> Option<Finding> {
    let neutron = facts.alarms.iter().any(|alarm| alarm.radiation == Radiation::Neutron);
    neutron.then_some(())?;
    not(Rule::R1, "neutrons are never explained by papers".to_owned())
}

fn nuclear(facts: &Facts) -> Option<Finding> {
    let mut seen = named(facts, NuclideClass::Snm);
    seen.extend(facts.identification.signs.iter().map(|sign| match sign {
        Sign::Tl208WithoutAc228 => "2614 keV without 911 and 969 keV (U-232, or shielded thorium)".to_owned(),
        Sign::U238WithoutRa226 => "1001 keV without radium (refined or depleted uranium)".to_owned(),
    }));
    (!seen.is_empty()).then_some(())?;
    not(Rule::R2, format!("nuclear material: {}", seen.join(", ")))
}

fn industrial(facts: &Facts) -> Option<Finding> {
    let seen = named(facts, NuclideClass::Industrial);
    (!seen.is_empty()).then_some(())?;
    not(Rule::R3, format!("an industrial source: {}", seen.join(", ")))
}

fn unknown(facts: &Facts) -> Option<Finding> {
    let identification = &facts.identification;
    let mut seen = Vec::new();
    match identification.status {
        Status::Unknown => seen.push("the spectrum fits nothing that is known".to_owned()),
        Status::IdentifiedWithUnknown => seen.push("part of the spectrum is not accounted for".to_owned()),
        Status::Identified | Status::Insufficient | Status::NotCapable => {}
    }
    if facts.over_range {
        seen.push("a detector had more than it can count".to_owned());
    }
    seen.extend(named(facts, NuclideClass::Unknown).into_iter().map(|name| format!("{name} is not known")));
    let isotope = facts.alarms.iter().any(|alarm| alarm.radiation == Radiation::Isotope);
    if isotope && identification.all().next().is_none() {
        seen.push("an isotope alarm names no nuclide".to_owned());
    }
    (!seen.is_empty()).then_some(())?;
    not(Rule::R4, seen.join(", "))
}

fn too_strong(facts: &Facts, loads: &Loads<'_>) -> Option<Finding> {
    let expected = loads.expected().at_most;
    let goods = loads.headings().into_iter().collect::<Vec<_>>().join(", ");
    // Without a heading it is R7 that speaks.
    (!goods.is_empty()).then_some(())?;
    if gamma(facts) && expected < LEAST_EXCESS {
        let expected = number(expected);
        return not(
            Rule::R5,
            format!("{goods} should give {expected} times the background at most: no alarm comes from that"),
        );
    }
    let excess = facts.shape.excess.filter(|excess| above(*excess, EXCESS_FACTOR * expected))?;
    let (excess, expected) = (number(excess), number(expected));
    not(
        Rule::R5,
        format!(
            "an excess of {excess} times the background is more than 3 times the {expected} expected of {goods}"
        ),
    )
}

fn point(facts: &Facts) -> Option<Finding> {
    let point = significant(facts)?;
    let at = number(point.at_m.value());
    match point.place {
        Place::Cab => Some(Finding {
            rule: Rule::R6,
            effect: Effect::AtMostCannotTell,
            says: format!(
                "a point-like source in the cab, {at} m behind the front: ask about a medical treatment"
            ),
        }),
        Place::Elsewhere | Place::Unknown => {
            let gain = number(point.two_dl);
            not(Rule::R6, format!("a point-like source {at} m behind the front (2 dL = {gain})"))
        }
    }
}

fn papers(facts: &Facts, loads: &Loads<'_>, table: &Expectations) -> Option<Finding> {
    let mut seen: Vec<String> = loads.cargo.iter().filter_map(|cargo| unusable(cargo)).collect();
    if facts.cargo.is_empty() {
        seen.push("no container is known on this vehicle".to_owned());
    }
    if seen.is_empty() {
        seen.extend(elsewhere(facts, loads, table));
    }
    (!seen.is_empty()).then_some(())?;
    not(Rule::R7, seen.join(", "))
}

/// Why the papers of a container cannot be used.
fn unusable(cargo: &Cargo) -> Option<String> {
    let name = cargo
        .container
        .as_ref()
        .map_or_else(|| "a container without a number".to_owned(), ToString::to_string);
    let declaration = match &cargo.papers {
        Papers::Unknown => return Some(format!("there is no manifest of {name}")),
        Papers::Stale(declaration) => {
            return Some(format!(
                "the manifest of {name} is stale: {} of {}",
                declaration.source, declaration.declared
            ));
        }
        Papers::Single(declaration) | Papers::Several(declaration) => declaration,
    };
    if cargo.container.as_ref().is_some_and(|number| *number != declaration.container) {
        return Some(format!("the manifest is of {} and not of {name}", declaration.container));
    }
    let codes = |goods: &[greenlane_model::Goods]| goods.iter().any(|line| line.code.is_some());
    let coded = declaration.consignments.iter().all(|consignment| codes(&consignment.goods));
    if coded && !declaration.consignments.is_empty() {
        return None;
    }
    Some(if declaration.is_transshipment() {
        let onward = declaration.consignments.iter().find_map(|consignment| consignment.onward_bill.as_ref());
        let onward = onward.map_or_else(|| "no onward bill".to_owned(), |bill| format!("onward bill {bill}"));
        format!("{name} changes ships here without a heading in its papers ({onward})")
    } else if declaration.fill == greenlane_model::Fill::Empty {
        format!("{name} is declared empty")
    } else {
        format!("the manifest of {name} has no heading")
    })
}

/// Several loads, and those that could account for the excess are not known to lie where it is.
fn elsewhere(facts: &Facts, loads: &Loads<'_>, table: &Expectations) -> Option<String> {
    let chains = facts.identification.chains();
    if loads.loads.len() < 2 || loads.loads.iter().all(|load| load.explains_all(&chains)) {
        return None;
    }
    let Some(spread) = facts.shape.spread else {
        return Some(
            "several consignments, and it is not known over which of them the excess lies".to_owned(),
        );
    };
    if loads.loads.iter().any(|load| load.span.is_none()) {
        return Some("several consignments in one container, and not declared what lies where".to_owned());
    }
    let explaining =
        loads.loads.iter().filter(|load| load.explains_all(&chains)).filter_map(|load| load.span);
    let margin = table.reference().position_margin_m;
    let there = cover(explaining, spread, margin);
    (!there).then(|| "the excess lies over goods that do not account for it".to_owned())
}

fn degraded(facts: &Facts) -> Option<Finding> {
    (!facts.health.is_empty()).then_some(())?;
    let seen = facts.health.iter().map(|degraded| {
        let problem = match degraded.problem {
            Problem::Fault => "has a fault",
            Problem::Tamper => "was tampered with",
            Problem::GainNotAnchored => "has a gain that is not tied to a known line",
            Problem::MissingPanel => "has a silent panel",
            Problem::ClockUntrusted => "has a clock that is not to be trusted",
            Problem::Incomplete => "did not measure all of the passage",
        };
        format!("{} {problem}", degraded.input)
    });
    not(Rule::R8, seen.collect::<Vec<_>>().join(", "))
}

/// Names of one class, each once.
fn named(facts: &Facts, class: NuclideClass) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for nuclide in facts.identification.all().filter(|nuclide| nuclide.class == class) {
        if !names.contains(&nuclide.name) {
            names.push(nuclide.name.clone());
        }
    }
    names
}
