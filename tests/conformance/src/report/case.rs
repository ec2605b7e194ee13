//! One requirement, and what each result shows of it.

use std::fmt::Write;

use super::markup::text;
use super::{head, replay, spoken};
use crate::results::Record;
use crate::trials::Evidence;

/// Lines of the trace of a case that holds.
const LINES: usize = 40;

/// The section of a requirement: what it says, why, what is done, and the case of each result.
pub fn write(records: &[&Record], id: &str, out: &mut String) {
    let Some(requirement) = records.iter().find_map(|record| record.requirement(id)) else { return };
    let scope = &requirement.scope;
    // Writing to a String cannot fail.
    let _ = writeln!(
        out,
        "<section id=\"{id}\">\n<h3>{id} <small>{}</small></h3>\n<p>{}</p>\n<p><b>Why.</b> {}</p>",
        text(&requirement.text.title),
        text(&requirement.statement()),
        text(&requirement.text.rationale)
    );
    if let Some(stimulus) = &requirement.test.stimulus {
        let _ = writeln!(out, "<p><b>Test.</b> {}</p>", text(stimulus));
    }
    let sources = requirement.sources.iter().map(|source| {
        let parts = [Some(&source.doc), source.edition.as_ref(), source.clause.as_ref()];
        let parts: Vec<&str> = parts.into_iter().flatten().map(String::as_str).collect();
        format!("{} ({})", parts.join(", "), source.status)
    });
    let _ = writeln!(
        out,
        "<p><small>{} {}, plan: {}. Source: {}.</small></p>",
        scope.level,
        scope.word,
        text(&requirement.plan.to_string()),
        text(&sources.collect::<Vec<_>>().join("; "))
    );
    for (column, record) in records.iter().enumerate() {
        of_result(record, id, column, out);
    }
    out.push_str("</section>\n");
}

fn of_result(record: &Record, id: &str, column: usize, out: &mut String) {
    let Some(line) = record.line(id) else { return };
    let _ = write!(
        out,
        "<div id=\"{id}.{column}\"><h4>{}: {}</h4>\n<p>{} trials, {} missed{}.</p>\n",
        text(&head(record)),
        spoken(line),
        line.n,
        line.misses,
        line.lower.as_ref().map(|lower| format!(", p at least {lower}")).unwrap_or_default()
    );
    if !line.why.is_empty() {
        let _ = writeln!(out, "<p>{}</p>", text(&line.why));
    }
    if let Some(pattern) = &line.pattern {
        let _ = writeln!(out, "<p><b>Pattern.</b> {}</p>", text(pattern));
    }
    if let Some(kept) = record.kept(id) {
        evidence(record, kept, out);
    }
    out.push_str("</div>\n");
}

fn evidence(record: &Record, kept: &Evidence, out: &mut String) {
    let command = text(&replay(record, &kept.replay));
    match (&kept.miss, &kept.trace) {
        (Some(miss), _) => {
            let shrunk = miss
                .scene
                .as_ref()
                .map(|scene| format!(", shrunk from {} facts to {}", miss.shrunk_from, scene.events.len()));
            let _ = writeln!(
                out,
                "<p>Case `{}`{}:</p>\n<pre>{}</pre>\n<p><b>Expected</b> {}</p>",
                text(&kept.case),
                shrunk.unwrap_or_default(),
                text(&miss.trace),
                text(&miss.expected)
            );
        }
        (None, Some(trace)) => {
            let lines: Vec<&str> = trace.lines().collect();
            let shown = lines.iter().take(LINES).map(|line| format!("{line}\n")).collect::<String>();
            let more = lines.len().saturating_sub(LINES);
            let more = if more > 0 { format!("    ({more} lines more)\n") } else { String::new() };
            let _ = writeln!(out, "<p>A case that holds:</p>\n<pre>{}{more}</pre>", text(&shown));
        }
        (None, None) => {}
    }
    let _ = writeln!(out, "<p><code>{command}</code></p>");
}
