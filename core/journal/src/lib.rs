//! The append-only, hash-chained record of a site: every input of every lane and what followed from it.
//!
//! One SQLite file (WAL, `synchronous = FULL`), one table, one row an entry, every body plain JSON text, so
//! that any auditor can open it with `sqlite3` and `jq`. [`Journal`] writes it, [`Writer`] is the thread that
//! groups commits, [`Reader`] reads it while it is being written, [`verify()`] looks for tampering and
//! [`export()`] derives the lists a terminal asks for.
//!
//! # The chain
//! An entry's `chain` is BLAKE3 over the chain value before it (32 bytes; BLAKE3 of `greenlane journal 1`
//! before the first entry), its sequence number and its uncertainty (each eight bytes, little end first), and
//! then `lane`, `class`, `utc`, `mono`, `kind` and `body`, each as its length in bytes (eight bytes, little end
//! first) followed by its UTF-8. Nothing can be changed, taken out, put in or moved without breaking it.
//!
//! What the chain alone cannot show is a journal whose *last* entries were cut off, or one that was rewritten
//! from some entry to the end. Note a [`Head`] elsewhere now and then (on paper, in another system) and give it
//! to [`verify()`]: both become visible.
//!
//! Invariants: bodies are text, this crate knows nothing of the lane's types; no clock is read; no entry is
//! ever changed or deleted; nothing that waits for a commit is let go before it.

mod chain;
mod entry;
mod error;
mod export;
mod journal;
mod lock;
mod reader;
mod schema;
mod steps;
mod verify;
mod writer;

pub use chain::{Head, HeadError};
pub use entry::{Class, Entry, Recorded};
pub use error::JournalError;
pub use export::{Kind, UnknownKind, export};
pub use journal::{Journal, Opening};
pub use reader::{Entries, Filter, Reader};
pub use steps::{Step, Steps};
pub use verify::{Finding, Verdict, What, verify};
pub use writer::{Batch, NotQueued, RecorderState, Store, Unwritten, Writer, WriterHandle, WriterLimits};
