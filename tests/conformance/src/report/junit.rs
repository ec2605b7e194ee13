//! JUnit XML, as build servers read it: a suite is an area of the standard, a case is a requirement.

use std::fmt::Write;

use super::markup::text;
use super::{limit, replay};
use crate::results::{Record, VerdictLine};

/// `junit.xml`.
pub fn junit(record: &Record) -> String {
    let mut areas: Vec<(&str, Vec<&VerdictLine>)> = Vec::new();
    for line in &record.result.verdicts {
        let area = line.id.split('/').next().unwrap_or_default();
        match areas.last_mut() {
            Some((last, lines)) if *last == area => lines.push(line),
            _ => areas.push((area, vec![line])),
        }
    }
    let mut out = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    // Writing to a String cannot fail.
    let _ = writeln!(out, "<testsuites name=\"{}\">", text(&record.plan.plugin.model));
    for (area, lines) in areas {
        let count = |kind: Kind| lines.iter().filter(|line| Kind::of(line) == kind).count();
        let seconds = lines.iter().map(|line| line.ms).sum::<u64>() as f64 / 1e3;
        let _ = writeln!(
            out,
            "  <testsuite name=\"{area}\" tests=\"{}\" failures=\"{}\" errors=\"{}\" skipped=\"{}\" \
             time=\"{seconds:.3}\">",
            lines.len(),
            count(Kind::Failure),
            count(Kind::Error),
            count(Kind::Skipped)
        );
        lines.iter().for_each(|line| case(record, line, &mut out));
        out.push_str("  </testsuite>\n");
    }
    out.push_str("</testsuites>\n");
    out
}

#[derive(PartialEq)]
enum Kind {
    Passed,
    Failure,
    Error,
    Skipped,
}

impl Kind {
    fn of(line: &VerdictLine) -> Self {
        match line.verdict.as_str() {
            "pass" | "pass_unverified" | "warn" | "reported" => Self::Passed,
            "fail" => Self::Failure,
            "error" => Self::Error,
            _ => Self::Skipped,
        }
    }
}

fn case(record: &Record, line: &VerdictLine, out: &mut String) {
    let model = text(&record.plan.plugin.model);
    let seconds = line.ms as f64 / 1e3;
    let _ = writeln!(out, "    <testcase classname=\"{model}\" name=\"{}\" time=\"{seconds:.3}\">", line.id);
    out.push_str("      <properties>\n");
    let replayed = line.replay.as_deref().map(|case| replay(record, case));
    let properties = [
        ("verdict", Some(line.verdict.clone())),
        ("n", Some(line.n.to_string())),
        ("misses", Some(line.misses.to_string())),
        ("lower", line.lower.clone()),
        ("limit", Some(limit(record, &line.id))),
        ("seed", Some(record.plan.seed.sessions.join(" "))),
        ("replay", replayed),
    ];
    for (name, value) in properties {
        let Some(value) = value else { continue };
        let _ = writeln!(out, "        <property name=\"{name}\" value=\"{}\"/>", text(&value));
    }
    out.push_str("      </properties>\n");
    let miss = record.kept(&line.id).and_then(|kept| kept.miss.as_ref());
    let expected = miss.map_or(line.why.as_str(), |miss| &miss.expected);
    let (message, trace) = (text(expected), text(miss.map_or("", |miss| &miss.trace)));
    let _ = match Kind::of(line) {
        Kind::Failure => writeln!(out, "      <failure message=\"{message}\">{trace}</failure>"),
        Kind::Error => writeln!(out, "      <error message=\"{message}\">{trace}</error>"),
        Kind::Skipped => {
            let said = format!("{} {}", line.verdict.replace('_', " "), line.why);
            writeln!(out, "      <skipped message=\"{}\"/>", text(said.trim()))
        }
        Kind::Passed => Ok(()),
    };
    out.push_str("    </testcase>\n");
}
