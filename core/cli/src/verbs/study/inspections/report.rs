//! The table of a day, for people and for programs.

use greenlane_radiation::explain::Verdict;
use greenlane_simulator::study::detection::Share;
use greenlane_simulator::study::inspections::{Lanes, Outcome, Profile};
use greenlane_standard::stats::{lower, upper};
use serde_json::{Value, json};

use super::Counted;

/// Widest bar of the chart, in characters.
const BAR: f64 = 40.0;
/// The lanes of the table of errors.
const LANES: [(&str, Lanes); 3] = [
    ("plastic", Lanes::Plastic),
    ("plastic and rule", Lanes::PlasticWithRule),
    ("and station", Lanes::WithStation),
];
/// What vehicles with a source carry beside it.
const BESIDE: [&str; 2] = ["among goods that do not radiate", "among goods that radiate"];

/// k of n as JSON, with its exact interval at 95 %.
fn share(share: Share) -> Value {
    let (low, high) = interval(share);
    json!({ "k": share.k, "n": share.n, "low_95": low, "high_95": high })
}

/// Exact two-sided interval at 95 %.
fn interval(share: Share) -> (f64, f64) {
    (lower(share.n, share.k, 0.975), upper(share.n, share.k, 0.975))
}

/// A share of vehicles as a number a day, with its interval.
fn daily(share: Share, per_day: u64) -> String {
    let (low, high) = interval(share);
    let [value, low, high] = [share.value(), low, high].map(|x| x * per_day as f64);
    format!("{value:.1} [{low:.1}, {high:.1}]")
}

fn shown(share: Share) -> String {
    let (low, high) = interval(share);
    format!("{} of {} [{low:.4}, {high:.4}]", share.k, share.n)
}

fn explained(outcomes: &[Outcome], lanes: Lanes) -> Share {
    Share::of(outcomes, |outcome| outcome.verdicts[lanes as usize] == Verdict::Explained)
}

/// Vehicles with a source that nobody would have stopped: no alarm and nothing to explain.
fn unseen(outcomes: &[Outcome]) -> Share {
    Share::of(outcomes, |outcome| !outcome.alarm)
}

/// One object.
pub(super) fn json(counted: &Counted) -> Value {
    let row = |(name, _, day): &(&str, Lanes, _)| {
        let day: &greenlane_simulator::study::inspections::Day = day;
        json!({
            "row": name,
            "alarms": share(day.alarms),
            "explained_of_alarms": share(day.explained),
            "reviewed": share(day.reviewed),
            "opened": share(day.opened),
            "opened_a_day": day.opened.k as f64 / counted.days as f64,
            "officer_hours_a_day": day.officer_hours,
            "waiting_by_hour": day.queue.waiting,
            "wait_min": { "mean": day.queue.mean_min(), "p95": day.queue.quantile_min(0.95),
                          "longest": day.queue.quantile_min(1.0) },
            "declared_not_explained": share(day.not_explained),
            "undeclared_explained": share(day.undeclared_explained),
        })
    };
    let errors = counted.sources.iter().zip(BESIDE).map(|(outcomes, beside)| {
        let lanes = LANES.map(|(name, lanes)| (name.to_owned(), share(explained(outcomes, lanes))));
        let lanes: serde_json::Map<String, Value> = lanes.into_iter().collect();
        json!({ "source": beside, "no_alarm": share(unseen(outcomes)), "explained": lanes })
    });
    json!({
        "per_day": counted.per_day,
        "days": counted.days,
        "seed": counted.seed,
        "rows": counted.rows.iter().map(row).collect::<Vec<_>>(),
        "sources": errors.collect::<Vec<_>>(),
    })
}

/// Tables and charts.
pub(super) fn print(counted: &Counted, profile: &Profile) {
    let (bays, per_day) = (&profile.bays, counted.per_day);
    println!(
        "{per_day} vehicles a day, {} days, seed {}; {} bays, {} min an inspection, {} min a review, of which {} \
         are opened.\nNumbers a day with exact intervals at 95 %; shares of cargo are the profile's, and assumed.\n",
        counted.days,
        counted.seed,
        bays.count,
        bays.inspection_minutes,
        bays.review_minutes,
        bays.referred_opened
    );
    if let Some((_, _, day)) = counted.rows.first() {
        println!("alarms a day: {}\n", daily(day.alarms, per_day));
    }
    println!(
        "{:<27} {:>24} {:>22} {:>22} {:>8} {:>6} {:>6} {:>7}",
        "lanes and policy",
        "explained of alarms",
        "reviewed a day",
        "opened a day",
        "h a day",
        "wait",
        "p95",
        "longest"
    );
    for (name, _, day) in &counted.rows {
        let (low, high) = interval(day.explained);
        println!(
            "{name:<27} {:>24} {:>22} {:>22} {:>8.1} {:>6.1} {:>6.1} {:>7.1}",
            format!("{:.3} [{low:.3}, {high:.3}]", day.explained.value()),
            daily(day.reviewed, per_day),
            daily(day.opened, per_day),
            day.officer_hours,
            day.queue.mean_min(),
            day.queue.quantile_min(0.95),
            day.queue.quantile_min(1.0)
        );
    }
    println!("(wait for a bay in min: mean, 95 %, longest)\n");
    errors(counted);
    charts(counted);
}

fn errors(counted: &Counted) {
    println!(
        "Not explained, though the goods were declared and nothing else was there; of the alarms of such:"
    );
    for (name, lanes) in LANES {
        let Some((_, _, day)) = counted.rows.iter().rfind(|(_, of, _)| *of == lanes) else { continue };
        println!("  {name:<18} {}", shown(day.not_explained));
        println!("  {:<18} {} explained, though not declared as such", "", shown(day.undeclared_explained));
    }
    println!("Explained, though a source was there; of vehicles that all carry one:");
    for (outcomes, beside) in counted.sources.iter().zip(BESIDE) {
        println!("  {beside}: {} raise no alarm", shown(unseen(outcomes)));
        for (name, lanes) in LANES {
            println!("    {name:<18} {}", shown(explained(outcomes, lanes)));
        }
    }
    println!();
}

fn charts(counted: &Counted) {
    let most = counted.rows.iter().map(|(_, _, day)| day.opened.value()).fold(1e-9, f64::max);
    println!("Opened a day");
    for (name, _, day) in &counted.rows {
        let bar = "#".repeat((BAR * day.opened.value() / most).round() as usize);
        println!("  {name:<27} {bar} {:.1}", day.opened.value() * counted.per_day as f64);
    }
    println!("\nWaiting for a bay, average over each hour of the day");
    let numbers: Vec<String> = (1..=counted.rows.len()).map(|row| format!("{row:>8}")).collect();
    println!("  hour {}   rows as above", numbers.concat());
    for hour in 0..24 {
        let waiting = counted.rows.iter().map(|(_, _, day)| format!("{:>8.2}", day.queue.waiting[hour]));
        println!("  {hour:>4} {}", waiting.collect::<String>());
    }
}
