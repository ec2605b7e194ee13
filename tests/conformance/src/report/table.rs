//! Results side by side in a terminal.

use std::fmt::Write;

use super::{head, ids, spoken};
use crate::results::Record;

/// Rows are requirements, columns are results.
pub fn table(records: &[&Record]) -> String {
    let mut rows = vec![std::iter::once(String::new()).chain(records.iter().map(|r| head(r))).collect()];
    for id in ids(records) {
        let cells = records.iter().map(|record| cell(record, id));
        rows.push(std::iter::once(id.to_owned()).chain(cells).collect::<Vec<String>>());
    }
    let counts = |record: &&Record| {
        let counts = record.result.counts.iter();
        counts.map(|(word, n)| format!("{n} {}", word.replace('_', " "))).collect::<Vec<_>>().join(", ")
    };
    let mut text = aligned(&rows);
    for record in records {
        // Writing to a String cannot fail.
        let _ = writeln!(text, "{}: {}", record.plan.plugin.model, counts(record));
    }
    text
}

fn cell(record: &Record, id: &str) -> String {
    let Some(line) = record.line(id) else { return "-".to_owned() };
    match line.n {
        0 => spoken(line),
        n if line.misses > 0 => format!("{} {}/{n} missed", spoken(line), line.misses),
        n => format!("{} {n}", spoken(line)),
    }
}

fn aligned(rows: &[Vec<String>]) -> String {
    let columns = rows.first().map_or(0, Vec::len);
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..columns).map(width).collect();
    let line = |row: &Vec<String>| {
        let cells = row.iter().zip(&widths).map(|(cell, &width)| format!("{cell:<width$}"));
        cells.collect::<Vec<_>>().join("  ").trim_end().to_owned() + "\n"
    };
    rows.iter().map(line).collect()
}
