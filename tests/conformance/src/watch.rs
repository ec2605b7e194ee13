//! What must hold in every run, whatever it was made for: looked at in each, judged once.

use std::collections::BTreeMap;

use greenlane_model::Body;

use crate::trace::{Note, Seen, Trace};

/// Most examples kept of one kind of violation.
const EXAMPLES: usize = 5;

/// What all runs have shown.
#[derive(Debug, Default)]
pub struct Watch {
    /// Scripts played.
    pub runs: u64,
    /// Inputs given.
    pub inputs: u64,
    /// Observations by kind.
    pub kinds: BTreeMap<String, u64>,
    /// Violations by requirement, with examples.
    violations: BTreeMap<&'static str, (u64, Vec<String>)>,
    /// Most observations of one input.
    pub most_at_once: u64,
}

impl Watch {
    /// Looks at one run.
    pub fn look(&mut self, trace: &Trace) {
        self.runs += 1;
        self.inputs += trace.inputs;
        self.most_at_once = self.most_at_once.max(trace.most_at_once);
        if let Some(broken) = &trace.broken {
            self.violation("life/no-panic", format!("{broken}\n{}", trace.text(6)));
        }
        let mut last: BTreeMap<String, &Seen> = BTreeMap::new();
        for seen in trace.seen() {
            *self.kinds.entry(seen.kind.clone()).or_default() += 1;
            match &seen.body {
                Ok(Body::Unknown { kind, .. }) => {
                    self.violation("data/schema", format!("a kind `{kind}` that the model does not know"));
                }
                Ok(body) => {
                    if let Some(key) = ordered(body)
                        && let Some(before) = last.insert(key, seen)
                        && seen.at_ns() < before.at_ns()
                    {
                        let what = format!("{seen}: `at` goes back behind {before}");
                        self.violation("time/order", what);
                    }
                    if let Some(wrong) = impossible(body) {
                        self.violation("data/range", format!("{seen}: {wrong}"));
                    }
                }
                Err(wrong) => {
                    let what = format!("{} {}: {wrong}", seen.kind, seen.json);
                    self.violation("data/schema", what);
                }
            }
        }
        self.logs(trace);
    }

    /// How often something was violated, with examples.
    pub fn violations(&self, requirement: &str) -> Option<(u64, &[String])> {
        self.violations.get(requirement).map(|(n, examples)| (*n, examples.as_slice()))
    }

    fn violation(&mut self, requirement: &'static str, what: String) {
        let (n, examples) = self.violations.entry(requirement).or_default();
        *n += 1;
        if examples.len() < EXAMPLES {
            examples.push(what);
        }
    }

    /// At most ten lines a second.
    fn logs(&mut self, trace: &Trace) {
        let mut by_second: BTreeMap<u64, u32> = BTreeMap::new();
        for (at, note) in trace.notes() {
            if matches!(note, Note::Log { level, .. } if *level <= 3) {
                *by_second.entry(at / 1_000_000_000).or_default() += 1;
            }
        }
        if let Some((second, lines)) = by_second.into_iter().find(|&(_, lines)| lines > 10) {
            self.violation("flood/fan-out", format!("{lines} log lines within second {second}"));
        }
    }
}

/// What runs on in time by itself: kind and point. Pre-roll, late and corrected ones are free.
fn ordered(body: &Body) -> Option<String> {
    Some(match body {
        Body::Presence(presence) => format!("presence {}", presence.point),
        Body::Pulses(pulses) => format!("pulses {}", pulses.point),
        Body::Output(output) => format!("output {}", output.point),
        Body::Gamma(counts) | Body::Neutron(counts) if counts.pre_roll => return None,
        Body::Container(_) | Body::Plate(_) | Body::Tag(_) | Body::Card(_) | Body::Raw(_) => return None,
        Body::Fault(fault) => format!("fault {}", fault.code),
        other => other.kind().to_owned(),
    })
}

/// Values that no device can have meant.
fn impossible(body: &Body) -> Option<String> {
    let share = |value: Option<f64>| value.filter(|v| !(0.0..=1.0).contains(v));
    match body {
        Body::Speed(speed) if speed.speed.value().abs() > 100.0 => {
            Some(format!("{} m/s", speed.speed.value()))
        }
        Body::Container(read) | Body::Plate(read) | Body::Tag(read) | Body::Card(read) => {
            let alternates = read.alternates.iter().map(|a| a.confidence);
            let wrong = alternates.chain([read.confidence]).find_map(share);
            wrong.map(|confidence| format!("a confidence of {confidence}"))
        }
        Body::RadiationAlarm(alarm) => {
            alarm.nuclides.iter().find_map(|n| share(n.confidence)).map(|c| format!("a confidence of {c}"))
        }
        Body::Weight(weight) if weight.weight.value().abs() > 1e6 => {
            Some(format!("{} kg", weight.weight.value()))
        }
        _ => None,
    }
}
