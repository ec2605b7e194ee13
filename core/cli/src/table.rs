//! Passages as lines that a person reads.

use greenlane_lane::Passage;

/// What stands above the lines.
pub fn header() -> String {
    format!(
        "{:<14} {:>7} {:>6}  {:<24} {:<10} {:<6} {:<8} reasons",
        "passage", "length", "km/h", "container", "radiation", "image", "decision"
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
        "{:<14} {:>5} m {:>6}  {:<24} {:<10} {:<6} {:<8} {}{}",
        passage.id,
        number(vehicle.length_m.map(f64::from)),
        number(vehicle.speed_mps.map(|v| v.kmh())),
        containers.join(" "),
        radiation,
        passage.images.len(),
        passage.decision.map(|d| format!("{d:?}").to_lowercase()).unwrap_or_default(),
        if passage.ambiguous { "AMBIGUOUS " } else { "" },
        passage.reasons.join("; ")
    )
}
