//! The chart of detection against strength, as SVG written by hand: one panel a speed.

use std::fmt::Write;

use greenlane_simulator::study::detection::{Cell, Share};

use super::interval;

const WIDTH: f64 = 360.0;
const HEIGHT: f64 = 260.0;
const MARGIN: f64 = 46.0;
/// The curves are drawn for this depth of the shadow.
const SHADOW: f64 = 0.15;

/// Detections of one rule in a cell.
type Rule = fn(&Cell) -> Share;

/// All speeds side by side.
pub fn svg(cells: &[Cell], budget: f64) -> String {
    let mut speeds: Vec<f64> = cells.iter().map(|cell| cell.speed_kmh).collect();
    speeds.dedup();
    let width = WIDTH * speeds.len() as f64;
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {}\" font-family=\"sans-serif\" \
         font-size=\"11\">\n<rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n",
        HEIGHT + 2.0 * MARGIN
    );
    line(
        &mut out,
        10.0,
        16.0,
        &format!(
            "Detection of a point source on 903 cps, shadow {SHADOW}, {budget:.0e} false alarms a passage, bars: 95 %"
        ),
    );
    for (index, speed) in speeds.iter().enumerate() {
        let chosen: Vec<&Cell> =
            cells.iter().filter(|cell| cell.speed_kmh == *speed && cell.shadow == SHADOW).collect();
        panel(&mut out, WIDTH * index as f64, *speed, &chosen);
    }
    out.push_str("</svg>\n");
    out
}

fn panel(out: &mut String, left: f64, speed: f64, cells: &[&Cell]) {
    let most = cells.iter().map(|cell| cell.peak_cps).fold(1.0, f64::max);
    let x = |cps: f64| left + MARGIN + (WIDTH - 1.5 * MARGIN) * cps / most;
    let y = |share: f64| MARGIN + HEIGHT * (1.0 - share);
    line(out, left + MARGIN, MARGIN - 8.0, &format!("{speed} km/h"));
    for tenth in [0, 5, 10] {
        let share = f64::from(tenth) / 10.0;
        let (from, to) = (x(0.0), x(most));
        let _ = writeln!(out, "<path d=\"M{from:.1} {0:.1}H{to:.1}\" stroke=\"#ccc\"/>", y(share));
        line(out, left + MARGIN - 24.0, y(share) + 4.0, &format!("{share}"));
    }
    for cps in (0..=most as u32).step_by(200) {
        line(out, x(f64::from(cps)) - 8.0, y(0.0) + 16.0, &cps.to_string());
    }
    line(out, x(0.6 * most), y(0.0) + 32.0, "cps at the peak");
    let curves: [(&str, &str, Rule); 4] = [
        ("limit, all known", "#999", |cell| cell.known),
        ("all tests", "#06c", |cell| cell.combined),
        ("likelihood ratio", "#093", |cell| cell.ratio),
        ("k-sigma", "#c30", |cell| cell.k_sigma),
    ];
    for (row, (name, colour, share)) in curves.into_iter().enumerate() {
        let points =
            cells.iter().map(|cell| format!("{:.1},{:.1}", x(cell.peak_cps), y(share(cell).value())));
        let points: Vec<String> = points.collect();
        let _ = writeln!(
            out,
            "<polyline points=\"{}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"2\"/>",
            points.join(" ")
        );
        for cell in cells {
            let (low, high) = interval(share(cell));
            let _ = writeln!(
                out,
                "<path d=\"M{:.1} {:.1}V{:.1}\" stroke=\"{colour}\"/>",
                x(cell.peak_cps),
                y(low),
                y(high)
            );
        }
        let at = y(0.0) - 60.0 + 14.0 * row as f64;
        let _ = write!(out, "<g fill=\"{colour}\">");
        line(out, x(0.62 * most), at, name);
        out.push_str("</g>\n");
    }
}

fn line(out: &mut String, x: f64, y: f64, text: &str) {
    let _ = writeln!(out, "<text x=\"{x:.1}\" y=\"{y:.1}\">{text}</text>");
}
