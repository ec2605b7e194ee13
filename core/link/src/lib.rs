//! Every wire of a lane: TCP, serial, Modbus, HTTP end points, folders, and recordings of each of them.
//!
//! ```text
//! LinkSpec --open--> Wire { events, ops }
//!   tcp serial          stream  -> framing  -> Frame, Dropped
//!   modbus modbus+rtu   modbus              -> Reply
//!   http                http                -> Request   <- Respond
//!   folder              folder              -> File
//!   replay              replay  (wire_file) -> any of them again
//! ```
//!
//! One reconnect policy ([`Backoff`]), one rule for time stamps ([`Clock`], the moment the last byte
//! was read), one capture format (`docs/wire.md`), and a bound on everything. A full event queue stops the
//! reading of its wire; nothing that came is thrown away without a [`Event::Dropped`] that says so.
//!
//! Invariants: knows nothing of makers or of what bytes mean; never opens a second connection to a device;
//! never hands one device's answer to another's question.

mod backoff;
mod capture;
mod clock;
mod event;
mod folder;
mod folder_watch;
mod framing;
mod http;
mod http_listener;
mod keep;
mod modbus;
mod outlet;
mod record;
mod replay;
mod serial;
mod spec;
mod stream;
mod tcp;
mod url;
mod wire_file;

use std::path::PathBuf;
use std::time::Duration;

use tokio::sync::mpsc;

pub use backoff::Backoff;
pub use clock::Clock;
pub use event::{Event, Member, Op, OwnedAnswer, Stamped};
pub use framing::{Framer, Piece};
pub use spec::{Existing, FolderSpec, LinkSpec, SerialLine, Sidecar, Speed};
pub use url::SpecError;
pub use wire_file::{Direction, MAX_LINE_BYTES, WireError, WireLine, WireReader, WireWriter};

use keep::keep;
use outlet::Outlet;

/// The two ends a host holds. Dropping `events` closes the wire; dropping `ops` only ends the writing.
///
/// A host must keep taking events while it waits for room in `ops`: a wire that cannot hand over an event
/// does not take the next operation.
#[derive(Debug)]
pub struct Wire {
    /// What the wire gives, in order. Ends when the wire can never give anything again (a recording at its
    /// end, a setting that cannot work); the last event then is [`Event::Lost`] with the reason.
    pub events: mpsc::Receiver<Stamped>,
    /// What a member wants done.
    pub ops: mpsc::Sender<(usize, Op)>,
}

/// What a site may choose for a wire beside its URL.
#[derive(Debug, Clone)]
pub struct Options {
    /// Where to write each member's capture; a missing entry means none. The file is replaced.
    pub captures: Vec<Option<PathBuf>>,
    /// Longest wait for a connection to come up, and for a peer to take what is written.
    pub connect_timeout: Duration,
    /// Longest time a posting device waits for its answer before it gets a 503.
    pub respond_timeout: Duration,
    /// Length of the event queue and of the operation queue. At least 1.
    pub queue: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            captures: Vec::new(),
            connect_timeout: Duration::from_secs(3),
            respond_timeout: Duration::from_secs(10),
            queue: 1024,
        }
    }
}

/// Starts a wire on the current tokio runtime. Whether `members` fit the wire is checked first
/// ([`LinkSpec::accepts`]); when they do not, or a capture cannot be created, every member gets one
/// [`Event::Lost`] with the reason and the wire ends.
pub fn open(spec: LinkSpec, members: Vec<Member>, options: Options) -> Wire {
    let (event_sender, events) = mpsc::channel(options.queue.max(1));
    let (ops, op_receiver) = mpsc::channel(options.queue.max(1));
    tokio::spawn(async move {
        let closed = event_sender.clone();
        tokio::select! {
            biased;
            () = closed.closed() => {}
            () = run(spec, members, options, event_sender, op_receiver) => {}
        }
    });
    Wire { events, ops }
}

type Ops = mpsc::Receiver<(usize, Op)>;

async fn run(
    spec: LinkSpec,
    members: Vec<Member>,
    options: Options,
    events: mpsc::Sender<Stamped>,
    ops: Ops,
) {
    let count = members.len();
    let opened = match spec.accepts(&members) {
        Ok(()) => Outlet::open(&members, &options.captures, events.clone()),
        Err(error) => Err(error.to_string()),
    };
    let outlet = match opened {
        Ok(outlet) => outlet,
        Err(reason) => return Outlet::without_capture(count, events).lost(&reason).await,
    };
    let timeout = options.connect_timeout;
    match spec {
        LinkSpec::Tcp { address } => {
            keep(&tcp::Tcp { address, kind: members[0].kind, timeout }, &outlet, ops).await;
        }
        LinkSpec::Serial(line) => {
            keep(&serial::Serial { line, kind: members[0].kind, timeout }, &outlet, ops).await;
        }
        LinkSpec::ModbusTcp { address, timeout: request_timeout } => {
            let bus = modbus::Bus::Tcp { address, connect_timeout: timeout };
            keep(&modbus::Modbus { bus, request_timeout }, &outlet, ops).await;
        }
        LinkSpec::ModbusRtu { line, timeout: request_timeout } => {
            keep(&modbus::Modbus { bus: modbus::Bus::Rtu(line), request_timeout }, &outlet, ops).await;
        }
        LinkSpec::Http { address, path, secret_env } => {
            match http::Http::new(address, &path, secret_env, &members, options.respond_timeout) {
                Ok(http) => keep(&http, &outlet, ops).await,
                Err(reason) => outlet.lost(&reason).await,
            }
        }
        LinkSpec::Folder(folder) => keep(&folder::Folder::new(folder), &outlet, ops).await,
        LinkSpec::Replay { path, speed } => {
            replay::run(&path, speed, &members[0].kind, &outlet, ops).await;
        }
    }
}
