//! The one writer of a journal.

use std::ops::Range;
use std::path::{Path, PathBuf};

use greenlane_model::Stamp;
use rusqlite::{CachedStatement, Connection, OptionalExtension, TransactionBehavior, params};

use crate::chain::{Fields, Head};
use crate::entry::StampColumns;
use crate::lock::WriterLock;
use crate::{Class, Entry, JournalError, schema};

/// A journal open for writing: there is one a file, and readers beside it.
#[derive(Debug)]
pub struct Journal {
    // Before the lock, so that the file is closed before the next writer may come.
    connection: Connection,
    _lock: WriterLock,
    path: PathBuf,
    head: Head,
}

/// What is written first at every start, as an input of kind `start` that belongs to no lane.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opening {
    /// When the start was.
    pub at: Stamp,
    /// JSON: the engine's version, the hash of every plugin and of every table used.
    pub body: String,
}

impl Journal {
    /// Opens the journal at `path`, makes it when there is none, and writes `opening`.
    ///
    /// # Errors
    /// When another writer has it, the file is something else, or it cannot be written.
    pub fn open(path: &Path, opening: Opening) -> Result<Self, JournalError> {
        let path = schema::resolve(path)?;
        let lock = WriterLock::take(&path)?;
        let connection = schema::open_for_writing(&path)?;
        let head = last(&connection, &path)?.unwrap_or(Head::start());
        let mut journal = Self { connection, _lock: lock, path, head };
        journal.append(&[Entry {
            lane: String::new(),
            class: Class::Input,
            at: opening.at,
            kind: "start".to_owned(),
            body: opening.body,
        }])?;
        Ok(journal)
    }

    /// Writes `entries` in one transaction and returns their numbers; they are on the disk when it returns.
    ///
    /// # Errors
    /// When the disk is full or broken. Nothing was written then, and the same append may be tried again.
    pub fn append(&mut self, entries: &[Entry]) -> Result<Range<u64>, JournalError> {
        let first = self.head.seq + 1;
        if !entries.is_empty() {
            self.head = self.commit(entries).map_err(|error| JournalError::sqlite(&self.path, error))?;
        }
        Ok(first..self.head.seq + 1)
    }

    /// The last entry's number and chain value, to be noted elsewhere.
    pub fn head(&self) -> Head {
        self.head
    }

    /// Closes the journal so that one file is left (a reader that still has it open leaves SQLite's two
    /// companions until it closes).
    ///
    /// # Errors
    /// When the disk is full or broken; every entry is still safe in the file's `-wal` companion.
    pub fn close(self) -> Result<Head, JournalError> {
        let failed = |error| JournalError::sqlite(&self.path, error);
        self.connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(())).map_err(failed)?;
        self.connection.close().map_err(|(_, error)| failed(error))?;
        Ok(self.head)
    }

    fn commit(&mut self, entries: &[Entry]) -> rusqlite::Result<Head> {
        let transaction = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let mut insert = transaction.prepare_cached(schema::INSERT)?;
        let mut head = self.head;
        for entry in entries {
            head = insert_after(&mut insert, head, entry)?;
        }
        drop(insert);
        transaction.commit()?;
        Ok(head)
    }
}

/// The head of the journal behind `connection`, `None` when it has no entry.
pub(crate) fn last(connection: &Connection, path: &Path) -> Result<Option<Head>, JournalError> {
    let row = connection
        .query_row(schema::LAST, [], |row| Ok((row.get::<_, i64>(0)?, row.get::<_, [u8; 32]>(1)?)))
        .optional()
        .map_err(|error| JournalError::sqlite(path, error))?;
    Ok(row.map(|(seq, chain)| Head { seq: u64::try_from(seq).unwrap_or(0), chain: chain.into() }))
}

fn insert_after(insert: &mut CachedStatement<'_>, before: Head, entry: &Entry) -> rusqlite::Result<Head> {
    let StampColumns { utc, mono, uncertainty_ns } = entry.at.into();
    let class = entry.class.word();
    let Entry { lane, kind, body, .. } = entry;
    let head = before.after(&Fields { lane, class, utc: &utc, mono: &mono, uncertainty_ns, kind, body });
    let seq = head.seq.cast_signed();
    insert.execute(params![
        seq,
        lane,
        class,
        utc,
        mono,
        uncertainty_ns,
        kind,
        body,
        head.chain.as_bytes()
    ])?;
    Ok(head)
}

#[cfg(test)]
mod tests;
