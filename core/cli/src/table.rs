//! Passages as lines that a person reads.

use std::collections::BTreeSet;

use greenlane_lane::Passage;
use greenlane_radiation::explain::Verdict;

/// What stands above the lines.
pub fn header() -> String {
    format!(
        "{:<14} {:>7} {:>6}  {:<24} {:<10} {:<14} {:<13} {:<6} {:<8} reasons",
        "passage", "length", "km/h", "container", "radiation", "nuclides", "papers", "image", "decision"
    )
}

/// One passage.
pub fn row(passage: &Passage) -> String {
    let vehicle = &passage.vehicle;
    let number = |x: Option<f64>| x.map_or_else(|| "-".to_owned(), |x| format!("{x:.1}"));
    let containers: Vec<&str> =
        passage.containers.iter().map(|c| c.number.as_deref().unwrap_or("no read")).collect();
    let alarms: Vec<String> =
        passage.radiation.device_alarms.iter().map(|a| format!("{:?}", a.radiation).to_lowercase()).collect();
    let radiation = match (alarms.is_empty(), passage.radiation.occupancies.is_empty()) {
        (false, _) => alarms.join("+"),
        (true, false) => "clear".to_owned(),
        (true, true) => "-".to_owned(),
    };
    format!(
        "{:<14} {:>5} m {:>6}  {:<24} {:<10} {:<14} {:<13} {:<6} {:<8} {}{}",
        passage.id,
        number(vehicle.length_m.map(f64::from)),
        number(vehicle.speed_mps.map(|v| v.kmh())),
        containers.join(" "),
        radiation,
        nuclides(passage),
        papers(passage),
        passage.images.len(),
        passage.decision.map(|d| format!("{d:?}").to_lowercase()).unwrap_or_default(),
        if passage.ambiguous { "AMBIGUOUS " } else { "" },
        passage.reasons.join("; ")
    )
}

/// What was named, by us and by the devices; of a group its members.
fn nuclides(passage: &Passage) -> String {
    let radiation = &passage.radiation;
    let ours = radiation.examinations.iter().filter_map(|e| e.identification.as_ref());
    let ours = ours.flat_map(|i| i.nuclides.iter().chain(i.groups.iter().flat_map(|g| &g.members)));
    let theirs = radiation.device_alarms.iter().flat_map(|alarm| &alarm.nuclides);
    let names: BTreeSet<&str> =
        ours.map(|n| n.name.as_str()).chain(theirs.map(|n| n.name.as_str())).collect();
    if names.is_empty() { "-".to_owned() } else { names.into_iter().collect::<Vec<_>>().join(" ") }
}

/// Whether the papers account for it.
fn papers(passage: &Passage) -> &'static str {
    match passage.radiation.explanation.as_ref().map(|explanation| explanation.verdict) {
        None | Some(Verdict::NothingToExplain) => "-",
        Some(Verdict::Explained) => "EXPLAINED",
        Some(Verdict::CannotTell) => "CANNOT_TELL",
        Some(Verdict::NotExplained) => "NOT_EXPLAINED",
    }
}
