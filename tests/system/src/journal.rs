//! What stands in a journal: by the program's own verbs, and straight from the file.

use std::path::Path;

use rusqlite::{Connection, OpenFlags};
use serde_json::Value;

use crate::program::{Ended, run};

/// What `journal export --kind KIND` prints.
#[track_caller]
pub fn export(journal: &Path, kind: &str) -> Vec<Value> {
    exported(journal, kind).with(0).json_lines()
}

/// The same of a journal that may not be there yet.
pub fn peek(journal: &Path, kind: &str) -> Option<Vec<Value>> {
    let ended = exported(journal, kind);
    (ended.code == Some(0)).then(|| ended.json_lines())
}

/// Every entry stands as it was written, and today's program would write the same.
#[track_caller]
pub fn is_sound(journal: &Path) {
    let file = journal.as_os_str();
    run(["journal".as_ref(), "verify".as_ref(), file]).with(0);
    run(["journal".as_ref(), "replay".as_ref(), "--verify".as_ref(), file]).with(0);
}

/// The bodies of all entries of a kind, with their numbers, without the program's help.
pub fn entries(journal: &Path, kind: &str) -> Vec<(i64, Value)> {
    // Writable, or the last reader would leave SQLite's own files behind.
    let connection = Connection::open_with_flags(journal, OpenFlags::SQLITE_OPEN_READ_WRITE)
        .unwrap_or_else(|error| panic!("{}: {error}", journal.display()));
    let mut rows = connection
        .prepare("SELECT seq, body FROM entries WHERE kind = ?1 ORDER BY seq")
        .unwrap_or_else(|error| panic!("{}: {error}", journal.display()));
    let read = rows.query_map([kind], |row| Ok((row.get::<_, i64>(0)?, row.get::<_, String>(1)?)));
    let read = read.and_then(Iterator::collect::<Result<Vec<_>, _>>);
    let read = read.unwrap_or_else(|error| panic!("{}: {error}", journal.display()));
    let parse = |(seq, body): (i64, String)| match serde_json::from_str(&body) {
        Ok(body) => (seq, body),
        Err(error) => panic!("entry {seq}: {error} in {body}"),
    };
    read.into_iter().map(parse).collect()
}

fn exported(journal: &Path, kind: &str) -> Ended {
    run(["journal".as_ref(), "export".as_ref(), "--kind".as_ref(), kind.as_ref(), journal.as_os_str()])
}
