//! What people read of results: a page, a table for the terminal, a file for a build server. All are written
//! from the kept files alone.

mod case;
mod junit;
mod markup;
mod page;
mod table;

pub use junit::junit;
pub use page::page;
pub use table::table;

use greenlane_standard::Status;

use crate::results::{Record, VerdictLine};

/// What no result of this suite shows, whatever it says.
pub const NOT_SHOWN: &[&str] = &[
    "weather, vibration, electromagnetic compatibility",
    "real sources and other nuclides, speeds and masks than those that were tried",
    "other firmware than the kit was written from",
    "misreadings of the protocol that kit and driver share",
    "the installed system: that is what a site's own campaign is for",
];

/// The ids that any of the results judged, in order.
fn ids<'a>(records: &[&'a Record]) -> Vec<&'a str> {
    let all = records.iter().flat_map(|record| &record.result.verdicts);
    let mut ids: Vec<&str> = all.map(|line| line.id.as_str()).collect();
    ids.sort_unstable();
    ids.dedup();
    ids
}

/// A verdict for a person; a limit that nobody has read is never told without saying so.
fn spoken(line: &VerdictLine) -> String {
    match line.verdict.as_str() {
        "pass_unverified" => "pass (unverified limit)".to_owned(),
        word => word.replace('_', " "),
    }
}

/// How sure the numbers of a requirement are.
fn limit(record: &Record, id: &str) -> String {
    record.requirement(id).map_or(Status::Unverified, |requirement| requirement.status()).to_string()
}

/// What runs the case again.
fn replay(record: &Record, case: &str) -> String {
    let plugin = &record.plan.plugin;
    format!("greenlane conform {} --model {} --case {case} --trace", plugin.file, plugin.model)
}

/// Its column's head.
fn head(record: &Record) -> String {
    let plan = &record.plan;
    let mode = if record.certificate.is_some() { "certified" } else { of_mode(record) };
    format!("{} {} #{} {mode}", plan.plugin.model, plan.plugin.version, plan.seed.attempt)
}

fn of_mode(record: &Record) -> &'static str {
    match record.plan.mode {
        crate::bench::Mode::Quick => "quick",
        crate::bench::Mode::Certify => "certify",
    }
}
