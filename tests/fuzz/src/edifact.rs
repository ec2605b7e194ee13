//! Manifests as EDIFACT: CUSCAR and COPARN.

use std::io::BufReader;

use greenlane_manifest::edifact::{self, Edifact};

use crate::records::Records;

/// A cargo report, an announcement, and one with separators of its own.
pub fn seeds() -> Vec<Vec<u8>> {
    let cuscar = include_bytes!("../../../core/manifest/tests/fixtures/cuscar.edi");
    let coparn = include_bytes!("../../../core/manifest/tests/fixtures/coparn.edi");
    let other = String::from_utf8_lossy(coparn).replace(':', "|").replace('+', "^").replace('\'', "~");
    vec![cuscar.to_vec(), coparn.to_vec(), [b"UNA|^.? ~", other.as_bytes()].concat()]
}

/// Records within their limits, the same however the bytes come.
pub fn run(bytes: &[u8]) {
    let records = read(bytes, 8192);
    records.hold(bytes.len());
    assert_eq!(read(bytes, 1), records);
}

/// What `bytes` hold, read through a buffer of `buffer` bytes.
pub fn read(bytes: &[u8], buffer: usize) -> Records {
    let options = Edifact { offset_min: 60, onward_qualifier: Some("ABO".to_owned()) };
    let mut records = Records::default();
    // Reading from memory cannot fail.
    let _ = edifact::read(&mut BufReader::with_capacity(buffer, bytes), &options, &mut records);
    records
}
