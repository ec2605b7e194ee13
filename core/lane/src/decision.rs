//! The decision: a small table of rules, the strictest wins, each with a text a person understands.

use greenlane_model::{Order, Radiation};
use greenlane_radiation::explain::{Explanation, Verdict};

use crate::admission::Objection;
use crate::evidence::{self, Missing};
use crate::layout::Layout;
use crate::notes::Notes;
use crate::visit::Visit;
use crate::{Decision, DecisionKind, Effect, Evidence};

/// What speaks against a release by itself, whatever is missing.
fn findings(visit: &Visit) -> Vec<(DecisionKind, String)> {
    let radiation = &visit.passage.radiation;
    let explained = radiation.explanation.as_ref().and_then(explained);
    // An alarm that nobody compares with the papers is inspected.
    let weight = explained.as_ref().map_or(DecisionKind::Inspect, |(kind, _)| *kind);
    let alarms = radiation.device_alarms.iter().map(|alarm| (alarm, ""));
    let alarms = alarms.chain(radiation.own_alarms.iter().map(|alarm| (alarm, "our own tests on ")));
    let alarms = alarms.map(|(alarm, by)| {
        let what = match alarm.radiation {
            Radiation::Gamma => "gamma",
            Radiation::Neutron => "neutron",
            Radiation::Isotope => "isotope",
        };
        (weight, format!("{what} alarm by {by}{}", alarm.device))
    });
    let holds = visit.passage.papers.iter().flat_map(|answer| &answer.holds).map(|hold| {
        let kind = match hold.order {
            Order::Inspect => DecisionKind::Inspect,
            Order::Hold => DecisionKind::Hold,
        };
        (kind, format!("order of {}: {}", hold.owner, hold.reason))
    });
    let unanswered = visit.asked.is_some() && !visit.answered;
    let unanswered =
        unanswered.then(|| (DecisionKind::Refer, "the declarations gave no answer in time".to_owned()));
    let doubts = visit.doubts.iter().map(|doubt| (DecisionKind::Refer, doubt.clone()));
    alarms.chain(explained).chain(holds).chain(unanswered).chain(doubts).collect()
}

/// What follows from an explanation: released as explained unless drawn for audit, to a person when the papers
/// cannot tell, inspected when they do not account for it.
fn explained(explanation: &Explanation) -> Option<(DecisionKind, String)> {
    let kind = match explanation.verdict {
        Verdict::NothingToExplain => return None,
        Verdict::Explained if explanation.audit_drawn => DecisionKind::Inspect,
        Verdict::Explained => DecisionKind::Release,
        Verdict::CannotTell => DecisionKind::Refer,
        Verdict::NotExplained => DecisionKind::Inspect,
    };
    Some((kind, explanation.words()))
}

/// Decides a visit, or makes its decision stricter. Never makes one milder. `objections` says what the
/// standard in force has against a release; it is asked once, when the visit is decided.
pub(crate) fn decide(
    layout: &Layout,
    visit: &mut Visit,
    objections: &dyn Fn() -> Vec<Objection>,
    notes: &mut Notes<'_>,
) {
    let before = visit.passage.decision;
    let mut rules = findings(visit);
    if before.is_none() {
        match &layout.config.policy {
            None => rules.push((DecisionKind::Refer, "no policy".to_owned())),
            Some(policy) => rules.extend(note_missing(visit, evidence::missing(layout, policy, visit))),
        }
        rules.extend(note_objections(visit, objections()));
    }
    if layout.config.policy.is_none() {
        // Nobody said what an alarm means here: the finding stands, and a person decides.
        let findings = rules.iter_mut().filter(|rule| rule.0 != DecisionKind::Hold);
        findings.for_each(|rule| rule.0 = DecisionKind::Refer);
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
    visit.decided_ns = visit.decided_ns.or(Some(notes.now.mono_ns));
    if before.is_some() {
        let text = format!("the decision is stricter now: {}", visit.passage.reasons.join("; "));
        notes.alert("decision_changed", text, Some(&visit.passage.id), None);
    }
    notes.effects.push(Effect::Decision(Decision {
        passage: visit.passage.id.clone(),
        decision: strictest,
        reasons: visit.passage.reasons.clone(),
        at: notes.now,
    }));
}

fn note_missing(visit: &mut Visit, missing: Vec<Missing>) -> impl Iterator<Item = (DecisionKind, String)> {
    missing.iter().for_each(|missing| lacks(visit, missing.what));
    missing.into_iter().map(|m| (DecisionKind::Refer, m.reason))
}

fn note_objections(visit: &mut Visit, all: Vec<Objection>) -> impl Iterator<Item = (DecisionKind, String)> {
    all.iter().flat_map(|one| &one.what).for_each(|what| lacks(visit, *what));
    all.into_iter().map(|one| (one.kind, one.reason))
}

fn lacks(visit: &mut Visit, what: Evidence) {
    if !visit.passage.missing.contains(&what) {
        visit.passage.missing.push(what);
    }
}

fn complete(layout: &Layout) -> String {
    let asked = layout.config.policy.as_ref().is_some_and(|p| !p.require.is_empty());
    if asked { "all evidence is there and nothing was found" } else { "the policy asks for nothing" }
        .to_owned()
}
