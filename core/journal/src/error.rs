//! What can go wrong with a journal, and what to do about it.

use std::io;
use std::path::{Path, PathBuf};

use rusqlite::ErrorCode;

/// Why a journal could not be opened, read or written. A failed append wrote nothing and can be tried again.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// A journal has one writer.
    #[error(
        "{path} is being written by {holder}; a journal has one writer: end that one first or name another file"
    )]
    InUse {
        /// The journal.
        path: PathBuf,
        /// Who writes it, as far as known.
        holder: String,
    },
    /// Nothing stands there.
    #[error("there is no journal at {0}")]
    Absent(PathBuf),
    /// The file is something else, or damaged at its very beginning.
    #[error("{path} is not a Greenlane journal: {why}")]
    NotAJournal {
        /// The file.
        path: PathBuf,
        /// How that was seen.
        why: String,
    },
    /// The disk is full.
    #[error("there is no room to write {path} ({source}); free some disk space")]
    Full {
        /// The journal.
        path: PathBuf,
        /// SQLite's word.
        source: rusqlite::Error,
    },
    /// The disk does not read or write.
    #[error("{path} cannot be read or written ({source}); look at the disk, the folder and its permissions")]
    Io {
        /// The journal.
        path: PathBuf,
        /// SQLite's word.
        source: rusqlite::Error,
    },
    /// Anything else that SQLite says: damaged pages, a lock held by another program.
    #[error("{path}: {source}")]
    Database {
        /// The journal.
        path: PathBuf,
        /// SQLite's word.
        source: rusqlite::Error,
    },
    /// The folder or the lock file.
    #[error("{path}: {source}")]
    File {
        /// Which file.
        path: PathBuf,
        /// The system's word.
        source: io::Error,
    },
    /// An entry does not hold what it should.
    #[error("entry {seq} cannot be understood: {why}")]
    Entry {
        /// Its number.
        seq: u64,
        /// What is wrong.
        why: String,
    },
    /// An export could not be written out.
    #[error("the export cannot be written: {0}")]
    Output(io::Error),
}

impl JournalError {
    pub(crate) fn sqlite(path: &Path, source: rusqlite::Error) -> Self {
        let path = path.to_owned();
        match source.sqlite_error_code() {
            Some(ErrorCode::DiskFull) => Self::Full { path, source },
            Some(ErrorCode::SystemIoFailure | ErrorCode::CannotOpen | ErrorCode::ReadOnly) => {
                Self::Io { path, source }
            }
            Some(ErrorCode::NotADatabase) => Self::NotAJournal { path, why: source.to_string() },
            _ => Self::Database { path, source },
        }
    }

    pub(crate) fn file(path: &Path, source: io::Error) -> Self {
        Self::File { path: path.to_owned(), source }
    }
}
