//! The chart of a day, as SVG written by hand: opened vehicles by policy, and who waits in which hour.

use std::fmt::Write;

use super::Counted;

const WIDTH: f64 = 420.0;
const HEIGHT: f64 = 220.0;
const LEFT: f64 = 170.0;
const TOP: f64 = 40.0;
/// One colour a row.
const COLOURS: [&str; 7] = ["#c30", "#777", "#aaa", "#c80", "#fb3", "#06c", "#093"];

/// Both panels side by side.
pub(super) fn svg(counted: &Counted) -> String {
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {} {}\" font-family=\"sans-serif\" \
         font-size=\"11\">\n<rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n",
        2.0 * (LEFT + WIDTH),
        HEIGHT + 2.0 * TOP
    );
    let title = format!(
        "{} vehicles a day, {} days, seed {}: opened a day (left), waiting for a bay by hour (right)",
        counted.per_day, counted.days, counted.seed
    );
    text(&mut out, 10.0, 18.0, &title);
    opened(&mut out, counted);
    waiting(&mut out, counted);
    out.push_str("</svg>\n");
    out
}

fn opened(out: &mut String, counted: &Counted) {
    let most = counted.rows.iter().map(|(_, _, day)| day.opened.value()).fold(1e-9, f64::max);
    let step = HEIGHT / counted.rows.len() as f64;
    for (row, ((name, _, day), colour)) in counted.rows.iter().zip(COLOURS).enumerate() {
        let y = TOP + step * row as f64;
        let width = (WIDTH - 60.0) * day.opened.value() / most;
        let height = 0.7 * step;
        let _ = writeln!(
            out,
            "<rect x=\"{LEFT}\" y=\"{y:.1}\" width=\"{width:.1}\" height=\"{height:.1}\" fill=\"{colour}\"/>"
        );
        text(out, 10.0, y + 0.5 * step, name);
        let number = format!("{:.1}", day.opened.value() * counted.per_day as f64);
        text(out, LEFT + width + 6.0, y + 0.5 * step, &number);
    }
}

fn waiting(out: &mut String, counted: &Counted) {
    let left = LEFT + WIDTH + 60.0;
    let all = counted.rows.iter().flat_map(|(_, _, day)| day.queue.waiting);
    let most = all.fold(0.1, f64::max);
    let x = |hour: f64| left + (WIDTH - 20.0) * hour / 24.0;
    let y = |waiting: f64| TOP + HEIGHT * (1.0 - waiting / most);
    for share in [0.0, 0.5, 1.0] {
        let at = y(share * most);
        let _ = writeln!(out, "<path d=\"M{:.1} {at:.1}H{:.1}\" stroke=\"#ccc\"/>", x(0.0), x(24.0));
        text(out, left - 36.0, at + 4.0, &format!("{:.1}", share * most));
    }
    for hour in (0..=24).step_by(6) {
        text(out, x(f64::from(hour)) - 6.0, TOP + HEIGHT + 16.0, &format!("{hour} h"));
    }
    for ((_, _, day), colour) in counted.rows.iter().zip(COLOURS) {
        let points = day.queue.waiting.iter().enumerate();
        let points: Vec<String> =
            points.map(|(hour, waiting)| format!("{:.1},{:.1}", x(hour as f64 + 0.5), y(*waiting))).collect();
        let points = points.join(" ");
        let _ = writeln!(
            out,
            "<polyline points=\"{points}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"2\"/>"
        );
    }
}

fn text(out: &mut String, x: f64, y: f64, words: &str) {
    let _ = writeln!(out, "<text x=\"{x:.1}\" y=\"{y:.1}\">{words}</text>");
}
