//! The file: how it is made, known again and opened.

use std::path::Path;

use rusqlite::{Connection, OpenFlags};

use crate::ManifestError;

/// `Glnm`: what `file(1)` and SQLite know a store of manifests by.
const APPLICATION_ID: i32 = 0x476c_6e6d;
/// Raised when an older version could no longer read the file.
const FORMAT: i32 = 1;

const CREATE: &str = "
CREATE TABLE statements (
    container TEXT NOT NULL,
    document TEXT NOT NULL,
    bill TEXT NOT NULL,
    declared_ns INTEGER NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (container, document, bill)
) STRICT, WITHOUT ROWID;
CREATE INDEX statements_by_document ON statements (document);
CREATE TABLE holds (
    id INTEGER PRIMARY KEY,
    kind TEXT NOT NULL,
    number TEXT NOT NULL,
    owner TEXT NOT NULL,
    body TEXT NOT NULL,
    expires_ns INTEGER,
    lifted_ns INTEGER
) STRICT;
CREATE INDEX holds_by_number ON holds (kind, number) WHERE lifted_ns IS NULL;";

/// Opens the store at `path`, and makes it when there is none and `make` says so.
pub(crate) fn open(path: &Path, make: bool) -> Result<Connection, ManifestError> {
    let failed = |error| ManifestError::sqlite(path, error);
    if !make && !path.exists() {
        return Err(ManifestError::Absent(path.to_owned()));
    }
    let flags =
        OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags).map_err(failed)?;
    let tables: i64 =
        connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0)).map_err(failed)?;
    if tables > 0 {
        known(&connection, path)?;
    }
    connection.busy_timeout(std::time::Duration::from_secs(10)).map_err(failed)?;
    connection.pragma_update(None, "journal_mode", "WAL").map_err(failed)?;
    connection.pragma_update(None, "synchronous", "FULL").map_err(failed)?;
    if tables == 0 {
        let make = format!(
            "BEGIN IMMEDIATE; {CREATE}
             PRAGMA application_id = {APPLICATION_ID}; PRAGMA user_version = {FORMAT}; COMMIT;"
        );
        connection.execute_batch(&make).map_err(failed)?;
    }
    Ok(connection)
}

fn known(connection: &Connection, path: &Path) -> Result<(), ManifestError> {
    let pragma = |name| connection.pragma_query_value(None, name, |row| row.get::<_, i32>(0));
    let failed = |error| ManifestError::sqlite(path, error);
    let why = match (pragma("application_id").map_err(failed)?, pragma("user_version").map_err(failed)?) {
        (APPLICATION_ID, FORMAT) => return Ok(()),
        (APPLICATION_ID, other) => format!("it has format {other}, this version reads {FORMAT}"),
        _ => "it is a database of something else".to_owned(),
    };
    Err(ManifestError::NotAStore { path: path.to_owned(), why })
}
