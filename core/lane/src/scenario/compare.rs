//! What followed against what should have.

use std::fmt;

use greenlane_model::{BarrierAction, CommandBody, SignalAspect};

use super::{Expect, Scenario};
use crate::{Alert, Decision, Effect, Passage};

/// What followed from a scenario, and where that differs from what should have.
#[derive(Debug, Clone, Default)]
pub struct Report {
    /// Each a sentence; empty when all is right.
    pub differences: Vec<String>,
    /// As known in the end, in order of entry.
    pub passages: Vec<Passage>,
    /// In order.
    pub decisions: Vec<Decision>,
    /// In order.
    pub alerts: Vec<Alert>,
    /// In order, in the words of the file.
    pub commands: Vec<String>,
}

impl Report {
    /// Whether everything followed that should have.
    pub fn is_right(&self) -> bool {
        self.differences.is_empty()
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for difference in &self.differences {
            writeln!(f, "DIFFERENT: {difference}")?;
        }
        for p in &self.passages {
            let containers: Vec<&str> =
                p.containers.iter().map(|c| c.number.as_deref().unwrap_or("(no read)")).collect();
            writeln!(
                f,
                "{}: {:?}, {} [{}], ambiguous {}, missing {:?}, recovered {}, length {:?}, left {}",
                p.id,
                p.decision,
                p.reasons.join("; "),
                containers.join(", "),
                p.ambiguous,
                p.missing,
                p.recovered,
                p.vehicle.length_m.map(|l| l.value()),
                p.left.is_some(),
            )?;
        }
        for alert in &self.alerts {
            writeln!(f, "alert {}: {}", alert.code, alert.text)?;
        }
        writeln!(f, "commands: {}", self.commands.join(", "))
    }
}

/// Compares the effects with what the scenario expects.
pub(super) fn compare(scenario: &Scenario, effects: &[Effect]) -> Report {
    let mut report = gather(effects);
    if report.passages.len() != scenario.expect.len() {
        let text = format!("{} passages, expected {}", report.passages.len(), scenario.expect.len());
        report.differences.push(text);
    }
    let mut found = Vec::new();
    for (passage, expect) in report.passages.iter().zip(&scenario.expect) {
        passage_differs(passage, expect, &mut found);
    }
    let also = &scenario.also;
    for code in also.alerts.iter().filter(|code| !report.alerts.iter().any(|a| &&a.code == code)) {
        found.push(format!("no alert {code}"));
    }
    for code in also.no_alerts.iter().filter(|code| report.alerts.iter().any(|a| &&a.code == code)) {
        found.push(format!("an alert {code}"));
    }
    let mut commands = report.commands.iter();
    for wanted in &also.commands {
        if !commands.any(|c| c == wanted) {
            found.push(format!("no command {wanted:?} (in this order)"));
            break;
        }
    }
    for never in also.never.iter().filter(|n| report.commands.contains(n)) {
        found.push(format!("a command {never:?}"));
    }
    let decided: Vec<_> = report.decisions.iter().map(|d| d.decision).collect();
    if !also.decisions.is_empty() && decided != also.decisions {
        found.push(format!("decisions {decided:?}, expected {:?}", also.decisions));
    }
    report.differences.append(&mut found);
    report
}

fn gather(effects: &[Effect]) -> Report {
    let mut report = Report::default();
    for effect in effects {
        match effect {
            Effect::Passage(passage) => match report.passages.iter_mut().find(|p| p.id == passage.id) {
                Some(known) => *known = (**passage).clone(),
                None => report.passages.push((**passage).clone()),
            },
            Effect::Decision(decision) => report.decisions.push(decision.clone()),
            Effect::Alert(alert) => report.alerts.push(alert.clone()),
            Effect::Command(command) => report.commands.push(words(&command.body)),
            Effect::Occupancy(_) | Effect::Monitor(_) | Effect::Ask { .. } | Effect::WakeAt { .. } => {}
        }
    }
    report.passages.sort_by(|a, b| a.id.cmp(&b.id));
    report
}

fn passage_differs(passage: &Passage, expect: &Expect, found: &mut Vec<String>) {
    let mut differ = |what: &str, is: String, should: Option<String>| {
        if let Some(should) = should.filter(|should| *should != is) {
            found.push(format!("{}: {what} is {is}, expected {should}", passage.id));
        }
    };
    let numbers: Vec<String> = passage.containers.iter().filter_map(|c| c.number.clone()).collect();
    differ("containers", format!("{numbers:?}"), expect.containers.as_ref().map(|c| format!("{c:?}")));
    let decision = passage.decision.map_or("none".to_owned(), |d| format!("{d:?}"));
    differ("decision", decision, expect.decision.map(|d| format!("{d:?}")));
    differ("ambiguous", passage.ambiguous.to_string(), expect.ambiguous.map(|x| x.to_string()));
    differ("recovered", passage.recovered.to_string(), expect.recovered.map(|x| x.to_string()));
    differ("missing", format!("{:?}", passage.missing), expect.missing.as_ref().map(|m| format!("{m:?}")));
    differ("pictures", passage.images.len().to_string(), expect.images.map(|n| n.to_string()));
    let occupancies = passage.radiation.occupancies.len();
    differ("occupancies", occupancies.to_string(), expect.occupancies.map(|n| n.to_string()));
    differ("left", passage.left.is_some().to_string(), expect.left.map(|x| x.to_string()));
    for reason in &expect.reasons {
        if !passage.reasons.iter().any(|r| r.contains(reason.as_str())) {
            found.push(format!("{}: no reason says {reason:?}", passage.id));
        }
    }
    if let Some(length) = expect.length_m {
        let is = passage.vehicle.length_m.map(|l| l.value());
        let near = is.is_some_and(|l| (l - length).abs() <= 1.0);
        if !near {
            found.push(format!("{}: length is {is:?} m, expected {length}", passage.id));
        }
    }
}

/// A command in the words of a scenario file.
fn words(body: &CommandBody) -> String {
    match body {
        CommandBody::Output { point, on } => format!("{point} {}", if *on { "on" } else { "off" }),
        CommandBody::Signal { aspect: SignalAspect::Red } => "signal red".to_owned(),
        CommandBody::Signal { aspect: SignalAspect::Green } => "signal green".to_owned(),
        CommandBody::Signal { aspect: SignalAspect::Off } => "signal off".to_owned(),
        CommandBody::Barrier { action: BarrierAction::Open } => "barrier open".to_owned(),
        CommandBody::Barrier { action: BarrierAction::Close } => "barrier close".to_owned(),
        CommandBody::ScanRequest { .. } => "scan request".to_owned(),
        CommandBody::ScanWithdraw { .. } => "scan withdraw".to_owned(),
        CommandBody::Snapshot { .. } => "snapshot".to_owned(),
        CommandBody::Acknowledge { .. } => "acknowledge".to_owned(),
    }
}
