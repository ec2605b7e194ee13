//! Manifests as tables, with the map of columns before them.

use std::io::BufReader;

use greenlane_manifest::csv::{self, ColumnMap, Csv};
use greenlane_model::Utc;

use crate::records::Records;

/// Between the map and the table.
const BETWEEN: &[u8] = b"\n%%\n";

/// A map and a table each.
pub fn seeds() -> Vec<Vec<u8>> {
    let map = include_bytes!("../../../core/manifest/tests/fixtures/map.toml");
    let table = include_bytes!("../../../core/manifest/tests/fixtures/table.csv");
    let plain = b"[columns]\ncontainer = \"c\"\nfrom_m = \"from\"\nto_m = \"to\"\ndeclared = \"at\"";
    let rows = b"c,from,to,at\nCSQU3054383,0,6.5,2026-11-24T06:00:00Z\n\"MSKU9070323\",,,\n";
    let bare = b"[columns]\ncontainer = \"c\"\n";
    vec![
        [&map[..], BETWEEN, table].concat(),
        [&plain[..], BETWEEN, rows].concat(),
        [&bare[..], BETWEEN, b"c\nTGHU8913889\n"].concat(),
    ]
}

/// Records within their limits, the same however the bytes come.
pub fn run(bytes: &[u8]) {
    let Some(records) = read(bytes, 8192) else { return };
    records.hold(bytes.len());
    assert_eq!(read(bytes, 1), Some(records));
}

/// What the table holds, read through a buffer of `buffer` bytes, if there is a map.
pub fn read(bytes: &[u8], buffer: usize) -> Option<Records> {
    let at = bytes.windows(BETWEEN.len()).position(|window| window == BETWEEN)?;
    let map = ColumnMap::parse(std::str::from_utf8(&bytes[..at]).ok()?).ok()?;
    let options = Csv { map, document: "seed".to_owned(), declared: Utc(0) };
    let mut records = Records::default();
    let mut table = BufReader::with_capacity(buffer, &bytes[at + BETWEEN.len()..]);
    // Reading from memory cannot fail.
    let _ = csv::read(&mut table, &options, &mut records);
    Some(records)
}
