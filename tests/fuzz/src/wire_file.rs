//! Recordings.

use std::io::Cursor;

use greenlane_driver::model::Stamp;
use greenlane_link::{WireError, WireLine, WireReader, WireWriter};

/// Recordings of each kind of link.
pub fn seeds() -> Vec<Vec<u8>> {
    let head = "# greenlane wire 1\n# kind ";
    [
        "lines\n# started 2026-11-24T12:00:00.000000000Z\n0 ! connected\n1500000 < GB,000247\n1500009 > a\\r\\n\\\\\n",
        "modbus\n5 > ask 70 read_coils unit 1 address 0 count 2\n9 < reply 70 4 bits 10\n",
        "http_push\n7 < request 3\\napplication/json\\nlane=4\\n{}\n8 > respond 3 200\\n\n",
        "folder\r\n\n7 < file \\x00\\xff\n8 ! lost the end\n",
    ]
    .map(|body| format!("{head}{body}").into_bytes())
    .to_vec()
}

/// What is read can be written, and is then read as the same.
pub fn run(bytes: &[u8]) {
    let Ok(lines) = read(bytes) else { return };
    let mut written = Vec::new();
    let Ok(mut writer) = WireWriter::new(&mut written, "raw", Stamp::default()) else { return };
    for line in &lines {
        // Writing to memory cannot fail.
        let _ = writer.write(line.offset_ns, line.direction, &line.payload);
    }
    assert_eq!(read(&written).ok(), Some(lines));
}

/// All lines of a recording.
///
/// # Errors
/// The first line that is none.
pub fn read(bytes: &[u8]) -> Result<Vec<WireLine>, WireError> {
    let mut reader = WireReader::new(Cursor::new(bytes))?;
    let mut lines = Vec::new();
    while let Some(line) = reader.next_line()? {
        lines.push(line);
    }
    Ok(lines)
}
