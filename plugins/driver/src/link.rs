//! Kinds of wires.

use serde::{Deserialize, Serialize};

/// What kind of wire a driver needs, with its hard limit in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum LinkKind {
    /// Text lines ending in LF, CRLF or CR; handed over without the end. A longer line is cut away whole.
    Lines {
        /// Longest line.
        max: u32,
    },
    /// Frames between a start and an end byte, both taken off; bytes between frames are ignored.
    Framed {
        /// First byte of a frame, e.g. 0x02.
        start: u8,
        /// Last byte of a frame, e.g. 0x03.
        end: u8,
        /// Longest frame.
        max: u32,
    },
    /// Frames ended by a delimiter, which is taken off.
    Delimited {
        /// The delimiter.
        delimiter: u8,
        /// Longest frame.
        max: u32,
    },
    /// Bytes as they come.
    Raw {
        /// Largest piece handed over at once.
        max: u32,
    },
    /// Modbus TCP or RTU: the driver asks with [`crate::Outbox::request`].
    Modbus,
    /// The device posts over HTTP to an end point of ours.
    HttpPush {
        /// Largest body.
        max: u32,
    },
    /// The device drops files into a folder.
    Folder,
}
