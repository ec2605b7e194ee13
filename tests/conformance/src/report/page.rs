//! One page without script or network: results side by side, with everything that stands behind them.

use std::fmt::Write;

use greenlane_standard::{Level, Plan};

use super::markup::text;
use super::{NOT_SHOWN, case, head, ids, limit, of_mode, spoken};
use crate::results::Record;

/// The page of one result, or of several side by side.
pub fn page(records: &[&Record]) -> String {
    let title = match records {
        [only] => format!("Conformance of {}", only.plan.plugin.model),
        many => format!("Conformance of {} results", many.len()),
    };
    let mut out = format!(
        "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>{0}</title>\
         <meta name=\"viewport\" content=\"width=device-width\"><style>{STYLE}</style></head>\n<body>\n\
         <h1>{0}</h1>\n",
        text(&title)
    );
    summary(records, &mut out);
    out.push_str("<div class=\"box\"><h2>What this does not show</h2><ul>");
    for line in NOT_SHOWN {
        let _ = write!(out, "<li>{line}</li>");
    }
    out.push_str("</ul></div>\n");
    matrix(records, &mut out);
    statistics(records, &mut out);
    out.push_str("<h2>Cases</h2>\n");
    for id in ids(records) {
        case::write(records, id, &mut out);
    }
    out.push_str("</body></html>\n");
    out
}

/// What was tested, with what, against what.
fn summary(records: &[&Record], out: &mut String) {
    type Row = (&'static str, fn(&Record) -> String);
    let rows: [Row; 10] = [
        ("driver", |r| format!("{} {}", r.plan.plugin.model, r.plan.plugin.version)),
        ("library", |r| format!("{} {}", r.plan.plugin.file, short(&r.plan.plugin.blake3))),
        ("kit", |r| {
            let kit = &r.plan.kit;
            format!(
                "{:?} by {}, driver by {} {}",
                kit.level,
                kit.author,
                kit.driver_author,
                short(&kit.blake3)
            )
        }),
        ("standard", |r| {
            let standard = &r.plan.standard;
            format!("{} {} {}", standard.id, standard.version, short(&standard.blake3))
        }),
        ("suite", |r| format!("{} {}", r.plan.suite, short(&r.machine.suite_blake3))),
        ("run", |r| {
            let only = if r.plan.only.is_empty() {
                String::new()
            } else {
                format!(", only {}", r.plan.only.join(" "))
            };
            format!("{} on {}, attempt {}{only}", of_mode(r), r.plan.date, r.plan.seed.attempt)
        }),
        ("seeds", |r| r.plan.seed.sessions.join(" ")),
        ("certificate", certificate),
        ("machine", |r| {
            let m = &r.machine;
            let build = if m.is_debug { "debug build" } else { "release build" };
            format!("{}, {}, {} processors, load {}, {build}", m.kernel, m.processor, m.cores, m.load)
        }),
        ("verdicts", |r| {
            let counts = r.result.counts.iter();
            counts.map(|(word, n)| format!("{n} {}", word.replace('_', " "))).collect::<Vec<_>>().join(", ")
        }),
    ];
    out.push_str("<table class=\"summary\">\n");
    for (name, of) in rows {
        let _ = write!(out, "<tr><th>{name}</th>");
        for record in records {
            let _ = write!(out, "<td>{}</td>", text(&of(record)));
        }
        out.push_str("</tr>\n");
    }
    out.push_str("</table>\n");
}

fn certificate(record: &Record) -> String {
    record.certificate.as_ref().map_or_else(
        || "none".to_owned(),
        |c| {
            let by: Vec<String> =
                c.signatures.iter().map(|s| format!("{} {}", s.role, short(&s.key))).collect();
            format!("class {}, {} to {}, signed by {}", c.class, c.valid.from, c.valid.until, by.join(", "))
        },
    )
}

fn matrix(records: &[&Record], out: &mut String) {
    out.push_str("<h2>Requirements</h2>\n<table class=\"matrix\">\n<tr><th>requirement</th>");
    for record in records {
        let _ = write!(out, "<th>{}</th>", text(&head(record)));
    }
    out.push_str("</tr>\n");
    for level in [Level::L0, Level::L1, Level::L2, Level::L3] {
        let of_level: Vec<&str> = ids(records)
            .into_iter()
            .filter(|id| records.iter().filter_map(|r| r.line(id)).any(|line| line.level == level))
            .collect();
        if of_level.is_empty() {
            continue;
        }
        let _ = writeln!(out, "<tr><th colspan=\"{}\" class=\"level\">{level}</th></tr>", records.len() + 1);
        for id in of_level {
            let title = records.iter().find_map(|r| r.requirement(id)).map_or("", |r| r.text.title.as_str());
            let _ = write!(out, "<tr><td><a href=\"#{id}\">{id}</a> <small>{}</small></td>", text(title));
            for (column, record) in records.iter().enumerate() {
                cell(record, id, column, out);
            }
            out.push_str("</tr>\n");
        }
    }
    out.push_str("</table>\n");
}

fn cell(record: &Record, id: &str, column: usize, out: &mut String) {
    let Some(line) = record.line(id) else {
        out.push_str("<td class=\"none\">-</td>");
        return;
    };
    let numbers = match (line.n, line.misses) {
        (0, _) => String::new(),
        (n, 0) => format!(" <small>{n}</small>"),
        (n, misses) => format!(" <small>{misses} of {n} missed</small>"),
    };
    let weak = if line.is_underpowered && line.n > 0 { " <small>underpowered</small>" } else { "" };
    let limit = match limit(record, id).as_str() {
        "secondary" => " <small>SECONDARY</small>",
        "house" => " <small>HOUSE</small>",
        _ => "",
    };
    let limit = if line.n > 0 { limit } else { "" };
    let (class, word) = (&line.verdict, spoken(line));
    let _ =
        write!(out, "<td class=\"{class}\"><a href=\"#{id}.{column}\">{word}</a>{numbers}{weak}{limit}</td>");
}

/// The drawn trials with their intervals: what was proven, beside what the plan asks for.
fn statistics(records: &[&Record], out: &mut String) {
    out.push_str(
        "<h2>Statistics</h2>\n<p>One-sided bounds of the probability that a case holds (Clopper and Pearson, \
         1934), at the confidence of each plan.</p>\n<table>\n<tr><th>requirement</th><th>result</th>\
         <th>plan of this run</th><th>trials</th><th>missed</th><th>lower</th><th>upper</th></tr>\n",
    );
    for id in ids(records) {
        for record in records {
            let Some(plan) = record.plan.planned.get(id) else { continue };
            if matches!(plan, Plan::Any | Plan::Each { random: None }) {
                continue;
            }
            for (name, cell) in record.judgement(id).into_iter().flat_map(|judgement| judgement.cells) {
                let _ = writeln!(
                    out,
                    "<tr><td><a href=\"#{id}\">{id}</a> {}</td><td>{}</td><td>{plan}</td><td>{}</td>\
                     <td>{}</td><td>{:.5}</td><td>{:.5}</td></tr>",
                    text(&name),
                    text(&record.plan.plugin.model),
                    cell.n,
                    cell.misses,
                    cell.lower,
                    cell.upper
                );
            }
        }
    }
    out.push_str("</table>\n");
}

fn short(hash: &str) -> &str {
    hash.get(..12).unwrap_or(hash)
}

const STYLE: &str = "body{font:15px/1.45 system-ui,sans-serif;margin:2rem auto;max-width:75rem;padding:0 1rem;\
color:#1b1f24;background:#fff}table{border-collapse:collapse;margin:1rem 0}th,td{border:1px solid #cfd6dd;\
padding:.25rem .55rem;text-align:left;vertical-align:top}th{background:#f3f5f7}.level{background:#e4e9ee}\
small{color:#59636e}a{color:inherit}pre{background:#f6f8fa;padding:.6rem;overflow-x:auto}\
.box{border:2px solid #9a6700;background:#fff8e5;padding:.2rem 1rem;margin:1rem 0}.box h2{margin:.5rem 0}\
.pass{background:#dff5e3}.pass_unverified,.warn,.waived{background:#fff1c2}.fail,.error{background:#ffd7d5;\
font-weight:600}.fail_inherited{background:#ffe9e7}.not_supported,.out_of_class,.none{color:#59636e}\
.not_tested,.not_built{background:#eceff2}section{border-top:1px solid #cfd6dd;margin-top:1.5rem}\
section:target,div:target{outline:2px solid #0969da;outline-offset:.4rem}";
