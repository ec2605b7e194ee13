//! What can go wrong.

use std::io;
use std::path::{Path, PathBuf};

/// Why a store could not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum ManifestError {
    /// Nothing stands there.
    #[error("there is no store of manifests at {0}")]
    Absent(PathBuf),
    /// The file is something else.
    #[error("{path} is not a store of manifests: {why}")]
    NotAStore {
        /// The file.
        path: PathBuf,
        /// How that was seen.
        why: String,
    },
    /// SQLite's word: a full disk, a damaged page.
    #[error("{path}: {source}")]
    Database {
        /// The file.
        path: PathBuf,
        /// SQLite's word.
        source: rusqlite::Error,
    },
    /// The file to be imported cannot be read. Nothing of it was taken.
    #[error("the import cannot be read: {0}")]
    Input(#[from] io::Error),
    /// A row holds what was never written.
    #[error("{path}: the entry of {what} cannot be understood: {why}")]
    Entry {
        /// The file.
        path: PathBuf,
        /// Which container or order.
        what: String,
        /// What is wrong.
        why: String,
    },
    /// There is no such order, or it is lifted already.
    #[error("there is no order {0} that stands")]
    NoHold(i64),
    /// Only its owner lifts an order.
    #[error("order {id} is {owner}'s: only {owner} lifts it")]
    NotOwner {
        /// Which.
        id: i64,
        /// Whose it is.
        owner: String,
    },
}

impl ManifestError {
    pub(crate) fn sqlite(path: &Path, source: rusqlite::Error) -> Self {
        Self::Database { path: path.to_owned(), source }
    }
}
