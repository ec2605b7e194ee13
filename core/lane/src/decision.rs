//! The decision: a small table of rules, the strictest wins, each with a text a person understands.

use greenlane_model::{Radiation, Stamp};

use crate::evidence::{self, Missing};
use crate::layout::Layout;
use crate::notes::Notes;
use crate::visit::Visit;
use crate::{Decision, DecisionKind, Effect};

/// What speaks against a release by itself, whatever is missing.
fn findings(visit: &Visit) -> Vec<(DecisionKind, String)> {
    let radiation = &visit.passage.radiation;
    let alarms = radiation.device_alarms.iter().chain(&radiation.own_alarms).map(|alarm| {
        let what = match alarm.radiation {
            Radiation::Gamma => "gamma",
            Radiation::Neutron => "neutron",
            Radiation::Isotope => "isotope",
        };
        (DecisionKind::Inspect, format!("{what} alarm by {}", alarm.device))
    });
    alarms.chain(visit.doubts.iter().map(|doubt| (DecisionKind::Refer, doubt.clone()))).collect()
}

/// Decides a visit, or makes its decision stricter. Never makes one milder.
pub(crate) fn decide(layout: &Layout, visit: &mut Visit, now: Stamp, notes: &mut Notes<'_>) {
    let before = visit.passage.decision;
    let mut rules = findings(visit);
    if before.is_none() {
        match &layout.config.policy {
            None => rules.push((DecisionKind::Refer, "no policy".to_owned())),
            Some(policy) => rules.extend(note_missing(visit, evidence::missing(layout, policy, visit))),
        }
    }
    if layout.config.policy.is_none() {
        // Nobody said what an alarm means here: the finding stands, and a person decides.
        rules.iter_mut().for_each(|rule| rule.0 = DecisionKind::Refer);
    }
    rules.sort_by_key(|rule| std::cmp::Reverse(rule.0));
    let strictest = rules.first().map(|r| r.0).max(before).unwrap_or(DecisionKind::Release);
    let old = visit.passage.reasons.len();
    if before == Some(DecisionKind::Release) && strictest > DecisionKind::Release {
        visit.passage.reasons.clear();
    }
    for (_, reason) in rules {
        if !visit.passage.reasons.contains(&reason) {
            visit.passage.reasons.push(reason);
        }
    }
    if visit.passage.reasons.is_empty() {
        visit.passage.reasons.push(complete(layout));
    }
    visit.passage.decision = Some(strictest);
    if before == Some(strictest) {
        visit.dirty |= visit.passage.reasons.len() != old;
        return;
    }
    visit.confirmed = true;
    visit.dirty = true;
    visit.decided_ns = visit.decided_ns.or(Some(now.mono_ns));
    if before.is_some() {
        let text = format!("the decision is stricter now: {}", visit.passage.reasons.join("; "));
        notes.alert("decision_changed", text, Some(&visit.passage.id), None);
    }
    notes.effects.push(Effect::Decision(Decision {
        passage: visit.passage.id.clone(),
        decision: strictest,
        reasons: visit.passage.reasons.clone(),
        at: now,
    }));
}

fn note_missing(visit: &mut Visit, missing: Vec<Missing>) -> impl Iterator<Item = (DecisionKind, String)> {
    for Missing { what, .. } in &missing {
        if !visit.passage.missing.contains(what) {
            visit.passage.missing.push(*what);
        }
    }
    missing.into_iter().map(|m| (DecisionKind::Refer, m.reason))
}

fn complete(layout: &Layout) -> String {
    let asked = layout.config.policy.as_ref().is_some_and(|p| !p.require.is_empty());
    if asked { "all evidence is there and nothing was found" } else { "the policy asks for nothing" }
        .to_owned()
}
