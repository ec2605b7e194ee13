//! What a wire gives and takes.

use bytes::Bytes;
use greenlane_driver::{LinkKind, Request};
use greenlane_model::Stamp;

/// One thing that happened on a wire.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// The link is up (again).
    Connected,
    /// The link is down, or did not come up. Said once an outage; every request still open is void.
    Lost {
        /// Why, in one sentence.
        reason: String,
    },
    /// One frame, without its delimiters.
    Frame(Bytes),
    /// A bound was reached, or a frame was cut off: bytes that came and are not handed over.
    Dropped {
        /// How many.
        bytes: u64,
        /// Which bound, in one sentence.
        reason: String,
    },
    /// The answer to [`Op::Modbus`].
    Reply {
        /// The request's id.
        id: u64,
        /// When the request went out.
        sent: Stamp,
        /// When the answer came, or the wait was given up.
        received: Stamp,
        /// What came.
        answer: OwnedAnswer,
    },
    /// A device posted. Answer with [`Op::Respond`].
    Request {
        /// To answer with; unique on this wire.
        id: u64,
        /// The `Content-Type` header, empty when there is none.
        content_type: String,
        /// The query without `?`, empty when there is none.
        query: String,
        /// The whole body.
        body: Bytes,
    },
    /// A file lies complete in the folder.
    File {
        /// Absolute path.
        path: String,
        /// SHA-256 of its bytes, lower-case hex.
        sha256: String,
        /// Its size.
        bytes: u64,
        /// Its first 64 KiB at most.
        head: Bytes,
        /// The bytes of the sidecar of the same stem.
        sidecar: Option<Bytes>,
    },
}

/// `greenlane_driver::Answer` with its own memory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OwnedAnswer {
    /// Register values, as many as were asked for.
    Registers(Vec<u16>),
    /// Coils or discrete inputs, as many as were asked for.
    Bits(Vec<bool>),
    /// A write was accepted.
    Written,
    /// The device refused with a Modbus exception code.
    Exception(u8),
    /// Nothing, or nothing that could be trusted, came in time. `Lost` and `Connected` follow.
    Timeout,
}

/// An event with its time and the device it belongs to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stamped {
    /// When its last byte was read.
    pub at: Stamp,
    /// Which of the link's members.
    pub member: usize,
    /// What happened.
    pub event: Event,
}

/// What a member wants done. While the link is down operations are void: [`Event::Lost`] has said so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Op {
    /// Write these bytes to a stream.
    Send(Vec<u8>),
    /// Ask a Modbus device. Requests of all members go out in the order they came, one at a time.
    Modbus {
        /// To find the [`Event::Reply`] by.
        id: u64,
        /// What to ask.
        request: Request,
    },
    /// Answer an [`Event::Request`].
    Respond {
        /// Which.
        id: u64,
        /// HTTP status code.
        status: u16,
        /// Body of the answer.
        body: String,
    },
}

/// A device on a link.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// Its name in the configuration, for messages.
    pub name: String,
    /// The path it posts to; empty means the link's own path. Only HTTP links look at it.
    pub path: String,
    /// What its driver needs.
    pub kind: LinkKind,
}
