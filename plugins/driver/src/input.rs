//! What reaches a driver.

use greenlane_model::{CommandBody, Stamp};

/// One thing that happened on the wire, on a timer, or a command.
#[derive(Debug, Clone, PartialEq)]
pub enum Input<'a> {
    /// The link is up (again). Anything read next is a snapshot, not an edge.
    Connected,
    /// One frame, without its delimiters. `now` is when its last byte came.
    Frame(&'a [u8]),
    /// The answer to [`crate::Outbox::request`].
    Reply {
        /// The request's id.
        id: u64,
        /// When the request went out.
        sent: Stamp,
        /// When the answer came, or the wait was given up.
        received: Stamp,
        /// What came.
        answer: Answer<'a>,
    },
    /// A device posted to us. Answer with [`crate::Outbox::respond`]; a 2xx leaves only once everything
    /// observed while handling this input is on disk.
    Request {
        /// To answer with.
        id: u64,
        /// The `Content-Type` header, empty when there is none.
        content_type: &'a str,
        /// The query string without `?`, empty when there is none.
        query: &'a str,
        /// The body.
        body: &'a [u8],
    },
    /// A file is complete in the folder.
    File(File<'a>),
    /// A timer asked for with [`crate::Outbox::wake_after`] ran out.
    Due {
        /// The timer's token.
        token: u64,
    },
    /// The link is down. No request still open will be answered.
    Lost {
        /// Why.
        reason: &'a str,
    },
    /// Do something. Say what became of it with [`crate::Outbox::outcome`].
    Command {
        /// To report with.
        id: u64,
        /// What to do.
        body: &'a CommandBody,
    },
}

/// Answer to a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer<'a> {
    /// Register values, as many as were asked for.
    Registers(&'a [u16]),
    /// Coils or discrete inputs, as many as were asked for.
    Bits(&'a [bool]),
    /// A write was accepted.
    Written,
    /// The device refused with a Modbus exception code.
    Exception(u8),
    /// Nothing came in time. The host reconnects by itself; `Lost` and `Connected` follow.
    Timeout,
}

/// A file that lies complete in the watched folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct File<'a> {
    /// Absolute path.
    pub path: &'a str,
    /// SHA-256 of its bytes, lower-case hex.
    pub sha256: &'a str,
    /// Its size.
    pub bytes: u64,
    /// Its first 64 KiB at most.
    pub head: &'a [u8],
    /// The sidecar of the same stem (`.xml` or `.json`), when there is one.
    pub sidecar: Option<&'a [u8]>,
}
