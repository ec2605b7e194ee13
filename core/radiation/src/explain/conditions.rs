//! R9, and what an explanation needs beside the silence of R1 to R8.

use std::collections::BTreeSet;

use greenlane_model::units::CountsPerSecond;

use super::loads::{Loads, cover, number};
use super::{
    Effect, Expectations, Facts, Finding, NuclideClass, Place, Profile, Rule, ShapeKind, ShapeRule, Status,
    rules,
};

/// P4: the excess is from a third to three times what is expected.
const LEAST_SHARE: f64 = 1.0 / 3.0;

/// The conditions, each met or not, with R9 where it applies.
pub(super) fn all(facts: &Facts, loads: &Loads<'_>, table: &Expectations, profile: &Profile) -> Vec<Finding> {
    let mut findings = Vec::new();
    if facts.identification.status == Status::NotCapable {
        findings.push(not_capable(facts, loads, profile.shape_rule()));
    } else {
        findings.push(natural(facts, profile));
    }
    if !rules::in_cab_only(facts) {
        findings.extend(declared(facts, loads));
        findings.push(strength(facts, loads));
    }
    findings.extend([spread(facts, loads, table, profile), image(facts), reach(facts)]);
    findings
}

/// P7: a declared strong load that shows nothing.
pub(super) fn mismatch(facts: &Facts, loads: &Loads<'_>, profile: &Profile) -> Option<Finding> {
    let expected = loads.expected_of_all().declared?;
    let excess = facts.shape.excess.filter(|excess| excess.is_finite())?;
    if expected < profile.strong_excess() || excess >= expected * LEAST_SHARE {
        return None;
    }
    let (expected, excess) = (number(expected), number(excess));
    let says = format!(
        "the declared goods should give {expected} times the background, and {excess} were seen: check the papers"
    );
    Some(finding(Rule::P7, Effect::AtMostCannotTell, says))
}

/// What detection would have missed, where that is a number.
pub(super) fn missed(facts: &Facts) -> Option<CountsPerSecond> {
    facts.missed_95_cps.filter(|missed| missed.value() >= 0.0)
}

fn finding(rule: Rule, effect: Effect, says: impl Into<String>) -> Finding {
    Finding { rule, effect, says: says.into() }
}

fn not_capable(facts: &Facts, loads: &Loads<'_>, rule: Option<&ShapeRule>) -> Finding {
    let cap = |says: String| finding(Rule::R9, Effect::AtMostCannotTell, says);
    let Some(rule) = rule else {
        return cap("the detector cannot name nuclides, and no rule on shapes is approved here".to_owned());
    };
    let headings = loads.headings();
    if let Some(other) = headings.iter().find(|heading| !rule.headings.iter().any(|known| known == *heading))
    {
        return cap(format!(
            "the detector cannot name nuclides, and the approved rule does not cover {other}"
        ));
    }
    if headings.is_empty() {
        return cap("the detector cannot name nuclides, and no heading is declared".to_owned());
    }
    match facts.window_ratio_z {
        None => cap("the detector cannot name nuclides and has no energy windows".to_owned()),
        Some(z) if z.abs() <= rule.max_ratio_z => finding(
            Rule::R9,
            Effect::Met,
            format!("the rule on shapes that {} approved ({}) covers it", rule.approved_by, rule.document),
        ),
        Some(z) => cap(format!("the window ratio is {} standard deviations off", number(z))),
    }
}

fn natural(facts: &Facts, profile: &Profile) -> Finding {
    let identification = &facts.identification;
    let in_cab = facts.shape.point.as_ref().is_some_and(|point| point.place == Place::Cab);
    let mut names = Vec::new();
    let mut faint = Vec::new();
    for nuclide in identification.all() {
        match (nuclide.class, nuclide.chain()) {
            (NuclideClass::Norm, Some(_)) if nuclide.ts >= profile.min_ts() => {
                names.push(nuclide.name.as_str())
            }
            (NuclideClass::Norm, Some(_)) => faint.push(nuclide.name.as_str()),
            (NuclideClass::Medical, _) if in_cab => faint.push(nuclide.name.as_str()),
            _ => {
                let says = format!("{} is not of the natural kinds that goods contain", nuclide.name);
                return finding(Rule::P1, Effect::NotExplained, says);
            }
        }
    }
    if !faint.is_empty() {
        let says = format!("{}: not firmly named, or a person's", faint.join(", "));
        return finding(Rule::P1, Effect::AtMostCannotTell, says);
    }
    if names.is_empty() || identification.status != Status::Identified {
        return finding(Rule::P1, Effect::AtMostCannotTell, "too few counts to name what it is");
    }
    finding(Rule::P1, Effect::Met, format!("natural: {}", names.join(", ")))
}

fn declared(facts: &Facts, loads: &Loads<'_>) -> Option<Finding> {
    let lines = loads.loads.iter().flat_map(|load| &load.lines);
    let never = lines.filter(|line| line.row.is_some_and(|row| row.never)).filter_map(|line| line.heading());
    let never: BTreeSet<&str> = never.collect();
    if !never.is_empty() {
        let never = never.into_iter().collect::<Vec<_>>().join(", ");
        let says = format!("nothing is explained with {never}: check licence and transport papers");
        return Some(finding(Rule::P2, Effect::NotExplained, says));
    }
    let mut words = Vec::new();
    let mut vague = false;
    for nuclide in facts.identification.all() {
        let chain = nuclide.chain();
        let rows: Vec<_> = chain.iter().flat_map(|&chain| loads.explaining(chain)).collect();
        if rows.is_empty() {
            let says = format!("nothing that is declared contains {}", nuclide.name);
            return Some(finding(Rule::P2, Effect::NotExplained, says));
        }
        vague |= rows.iter().all(|(_, row)| row.catch_all);
        let headings: BTreeSet<&str> = rows.iter().map(|(heading, _)| *heading).collect();
        let headings = headings.into_iter().collect::<Vec<_>>().join(", ");
        words.push(format!("{} from {headings}", nuclide.name));
    }
    let says = words.join("; ");
    match (says.is_empty(), vague) {
        (true, _) => None,
        (false, false) => Some(finding(Rule::P2, Effect::Met, says)),
        (false, true) => {
            let says = format!("{says}: a heading for goods of many kinds is not enough");
            Some(finding(Rule::P2, Effect::AtMostCannotTell, says))
        }
    }
}

fn spread(facts: &Facts, loads: &Loads<'_>, table: &Expectations, profile: &Profile) -> Finding {
    match facts.shape.kind {
        ShapeKind::Point if rules::in_cab_only(facts) => {
            return finding(Rule::P3, Effect::AtMostCannotTell, "the excess is like one source in the cab");
        }
        ShapeKind::Point => return finding(Rule::P3, Effect::NotExplained, "the excess is like one source"),
        ShapeKind::Both => {
            let says = "the excess has a point-like part on top";
            return finding(Rule::P3, Effect::AtMostCannotTell, says);
        }
        ShapeKind::Undecided => {
            let says = "the counts do not tell a load from one source";
            return finding(Rule::P3, Effect::AtMostCannotTell, says);
        }
        ShapeKind::Distributed => {}
    }
    let Some(spread) = facts.shape.spread else {
        return finding(Rule::P3, Effect::AtMostCannotTell, "it is not known where the excess lies");
    };
    let margin = table.reference().position_margin_m;
    if !cover(facts.cargo.iter().map(|cargo| cargo.span), spread, margin) {
        return finding(Rule::P3, Effect::NotExplained, "the excess reaches beyond the cargo");
    }
    let load = loads.explaining_length(&facts.identification.chains());
    if spread.length() < profile.min_cover() * load {
        let (seen, load) = (number(spread.length()), number(load));
        let says = format!("the excess is {seen} m long and the load {load} m");
        return finding(Rule::P3, Effect::AtMostCannotTell, says);
    }
    finding(Rule::P3, Effect::Met, "the excess is spread over the load")
}

fn strength(facts: &Facts, loads: &Loads<'_>) -> Finding {
    let Some(excess) = facts.shape.excess.filter(|excess| excess.is_finite()) else {
        return finding(Rule::P4, Effect::AtMostCannotTell, "the height of the excess is not known");
    };
    let Some(expected) = loads.expected().declared else {
        return finding(Rule::P4, Effect::AtMostCannotTell, "a declared mass is missing");
    };
    let (seen, share) = (number(excess), excess >= LEAST_SHARE * expected);
    let expected = number(expected);
    if !share {
        let says = format!(
            "an excess of {seen} times the background is less than a third of the {expected} expected"
        );
        return finding(Rule::P4, Effect::AtMostCannotTell, says);
    }
    // The upper limit is R5.
    finding(Rule::P4, Effect::Met, format!("an excess of {seen} times the background, {expected} expected"))
}

fn image(facts: &Facts) -> Finding {
    let (spread, point) = (facts.shape.spread, facts.shape.point);
    let same = |span: super::Span| match (spread, point) {
        (None, None) => true,
        (spread, point) => {
            spread.is_some_and(|spread| spread.overlaps(span))
                || point.is_some_and(|p| span.holds(p.at_m.value()))
        }
    };
    if facts.image_anomalies.iter().any(|anomaly| anomaly.span.is_none_or(same)) {
        return finding(Rule::P5, Effect::NotExplained, "an image shows something at the same place");
    }
    finding(Rule::P5, Effect::Met, "no image shows anything at the same place")
}

fn reach(facts: &Facts) -> Finding {
    match missed(facts) {
        Some(missed) => {
            let missed = number(missed.value());
            let says = format!("a point source of up to {missed} cps could have been missed (95 %)");
            finding(Rule::P6, Effect::Met, says)
        }
        None => finding(
            Rule::P6,
            Effect::AtMostCannotTell,
            "it is not known how large a point source would have been missed",
        ),
    }
}
