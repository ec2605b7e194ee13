//! The file: how it is made, known again and opened.

use std::path::{Path, PathBuf};

use rusqlite::{Connection, OpenFlags, Row};

use crate::JournalError;
use crate::entry::Columns;

/// `Glne`: what `file(1)` and SQLite know a journal by.
const APPLICATION_ID: i32 = 0x476c_6e65;
/// Raised when an older version could no longer read the file.
const FORMAT: i32 = 1;

/// The insert trigger also stops `INSERT OR REPLACE`, for which SQLite fires no delete trigger.
const CREATE: &str = "
CREATE TABLE entries (
    seq INTEGER PRIMARY KEY,
    lane TEXT NOT NULL,
    class TEXT NOT NULL CHECK (class IN ('input', 'effect')),
    utc TEXT NOT NULL,
    mono TEXT NOT NULL,
    uncertainty_ns INTEGER NOT NULL,
    kind TEXT NOT NULL,
    body TEXT NOT NULL,
    chain BLOB NOT NULL
) STRICT;
CREATE TRIGGER entries_are_appended BEFORE INSERT ON entries
WHEN NEW.seq <> (SELECT coalesce(max(seq), 0) + 1 FROM entries)
BEGIN SELECT RAISE(ABORT, 'a journal is only ever appended to'); END;
CREATE TRIGGER entries_are_never_changed BEFORE UPDATE ON entries
BEGIN SELECT RAISE(ABORT, 'an entry of a journal is never changed'); END;
CREATE TRIGGER entries_are_never_deleted BEFORE DELETE ON entries
BEGIN SELECT RAISE(ABORT, 'an entry of a journal is never deleted'); END;";

pub(crate) const INSERT: &str =
    "INSERT INTO entries (seq, lane, class, utc, mono, uncertainty_ns, kind, body, chain)
     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)";

pub(crate) const LAST: &str = "SELECT seq, chain FROM entries ORDER BY seq DESC LIMIT 1";

/// A page of entries after `?1`, of a lane, class and kind where given.
pub(crate) const PAGE: &str =
    "SELECT seq, lane, class, utc, mono, uncertainty_ns, kind, body, chain FROM entries
     WHERE seq > ?1 AND (?2 IS NULL OR lane = ?2) AND (?3 IS NULL OR class = ?3) AND (?4 IS NULL OR kind = ?4)
     ORDER BY seq LIMIT ?5";

/// An entry as it stands, with the chain value that stands beside it.
#[derive(Debug)]
pub(crate) struct Stored {
    pub seq: u64,
    pub columns: Columns,
    pub chain: blake3::Hash,
}

impl Stored {
    /// Reads a row of [`PAGE`]; a column of another type or text that is not UTF-8 is an error at its number.
    pub fn read(row: &Row<'_>) -> Result<Self, StoredError> {
        let seq: i64 = row.get(0).map_err(|error| StoredError { seq: 0, why: error.to_string() })?;
        let seq = u64::try_from(seq).unwrap_or(0);
        Self::columns(row)
            .map(|(columns, chain)| Self { seq, columns, chain: chain.into() })
            .map_err(|error| StoredError { seq, why: error.to_string() })
    }

    fn columns(row: &Row<'_>) -> rusqlite::Result<(Columns, [u8; 32])> {
        let columns = Columns {
            lane: row.get(1)?,
            class: row.get(2)?,
            utc: row.get(3)?,
            mono: row.get(4)?,
            uncertainty_ns: row.get(5)?,
            kind: row.get(6)?,
            body: row.get(7)?,
        };
        Ok((columns, row.get(8)?))
    }
}

/// A row that does not hold what it should.
#[derive(Debug)]
pub(crate) struct StoredError {
    pub seq: u64,
    pub why: String,
}

impl From<StoredError> for JournalError {
    fn from(error: StoredError) -> Self {
        Self::Entry { seq: error.seq, why: error.why }
    }
}

/// The one name of a journal, whether or not it exists yet: two names of one file must find the same lock.
pub(crate) fn resolve(path: &Path) -> Result<PathBuf, JournalError> {
    if let Ok(path) = path.canonicalize() {
        return Ok(path);
    }
    let folder = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let folder = folder.canonicalize().map_err(|error| JournalError::file(folder, error))?;
    let name = path.file_name().ok_or_else(|| JournalError::Absent(path.to_owned()))?;
    Ok(folder.join(name))
}

/// Opens the journal for its one writer, and makes it when there is none.
pub(crate) fn open_for_writing(path: &Path) -> Result<Connection, JournalError> {
    let failed = |error| JournalError::sqlite(path, error);
    let flags =
        OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags).map_err(failed)?;
    let fresh = is_empty(&connection).map_err(failed)?;
    if !fresh {
        known(&connection, path)?;
    }
    connection.pragma_update(None, "journal_mode", "WAL").map_err(failed)?;
    connection.pragma_update(None, "synchronous", "FULL").map_err(failed)?;
    if fresh {
        let make = format!(
            "BEGIN IMMEDIATE; {CREATE}
             PRAGMA application_id = {APPLICATION_ID}; PRAGMA user_version = {FORMAT}; COMMIT;"
        );
        connection.execute_batch(&make).map_err(failed)?;
    }
    Ok(connection)
}

/// Opens the journal beside its writer, or alone. Not with SQLite's read-only flag: the last reader of such a
/// journal would leave the `-wal` and `-shm` files behind.
pub(crate) fn open_for_reading(path: &Path) -> Result<Connection, JournalError> {
    if !path.is_file() {
        return Err(JournalError::Absent(path.to_owned()));
    }
    let failed = |error| JournalError::sqlite(path, error);
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags).map_err(failed)?;
    connection.pragma_update(None, "query_only", true).map_err(failed)?;
    known(&connection, path)?;
    Ok(connection)
}

fn is_empty(connection: &Connection) -> rusqlite::Result<bool> {
    let id: i32 = connection.pragma_query_value(None, "application_id", |row| row.get(0))?;
    let tables: i64 = connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
    Ok(id == 0 && tables == 0)
}

fn known(connection: &Connection, path: &Path) -> Result<(), JournalError> {
    let pragma = |name| {
        connection
            .pragma_query_value(None, name, |row| row.get::<_, i32>(0))
            .map_err(|error| JournalError::sqlite(path, error))
    };
    let not_a_journal = |why| Err(JournalError::NotAJournal { path: path.to_owned(), why });
    if pragma("application_id")? != APPLICATION_ID {
        return not_a_journal("it is the database of another program".to_owned());
    }
    match pragma("user_version")? {
        FORMAT => Ok(()),
        other => not_a_journal(format!("it has format {other}, and this version knows format {FORMAT}")),
    }
}
