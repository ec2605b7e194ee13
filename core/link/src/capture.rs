//! Writing down what happens on a member's wire.

use std::fs::File;
use std::io;
use std::path::Path;

use greenlane_driver::LinkKind;
use greenlane_model::Stamp;

use crate::record::Record;
use crate::{Event, Op, WireWriter};

/// One member's capture file. A capture never stops a lane: when it cannot be written or reaches
/// [`Capture::MAX_BYTES`] it ends with one warning.
#[derive(Debug)]
pub struct Capture {
    writer: Option<WireWriter<File>>,
    started: Stamp,
}

impl Capture {
    /// A capture ends at this size.
    pub const MAX_BYTES: u64 = 4 << 30;

    /// Creates the file, replacing an earlier one, and writes its header.
    pub fn create(path: &Path, kind: &LinkKind, started: Stamp) -> io::Result<Self> {
        let writer = WireWriter::new(File::create(path)?, kind_word(kind), started)?;
        Ok(Self { writer: Some(writer), started })
    }

    /// Writes down what came.
    pub fn event(&mut self, at: Stamp, event: &Event) {
        self.write(at, &Record::of_event(event));
    }

    /// Writes down what goes out.
    pub fn op(&mut self, at: Stamp, op: &Op) {
        self.write(at, &Record::of_op(op));
    }

    fn write(&mut self, at: Stamp, record: &Record) {
        let Some(writer) = &mut self.writer else { return };
        let offset_ns = at.mono_ns.saturating_sub(self.started.mono_ns);
        let problem = match writer.write(offset_ns, record.direction, &record.payload) {
            Ok(()) if writer.written() < Self::MAX_BYTES => return,
            Ok(()) => format!("it has reached {} bytes", Self::MAX_BYTES),
            Err(error) => error.to_string(),
        };
        tracing::warn!("capture ended: {problem}");
        self.writer = None;
    }
}

/// The word for a kind of wire in a capture's header; the same as its `kind` in JSON.
pub fn kind_word(kind: &LinkKind) -> &'static str {
    match kind {
        LinkKind::Lines { .. } => "lines",
        LinkKind::Framed { .. } => "framed",
        LinkKind::Delimited { .. } => "delimited",
        LinkKind::Raw { .. } => "raw",
        LinkKind::Modbus => "modbus",
        LinkKind::HttpPush { .. } => "http_push",
        LinkKind::Folder => "folder",
    }
}
