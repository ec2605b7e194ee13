//! Lights and barrier that look into the journal whenever they are permitted something.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use greenlane_system::{Bank, Write};
use rusqlite::{Connection, OpenFlags, OptionalExtension};

/// The coils of the guarded lane.
const POINTS: [&str; 3] = ["light_red", "light_green", "barrier_up"];

/// The newest permissive command of a point beyond an entry.
const NEWEST: &str = "SELECT seq FROM entries WHERE seq > ?1 AND kind = 'command'
    AND json_extract(body, '$.class') = 'permissive'
    AND json_extract(body, '$.body.point') = ?2 AND json_extract(body, '$.body.on') = ?3
    ORDER BY seq DESC LIMIT 1";

pub struct Permits {
    bank: Bank,
    seen: Arc<Mutex<Seen>>,
}

#[derive(Default)]
struct Seen {
    count: usize,
    unrecorded: Vec<String>,
    /// The entry of the last permission of each coil.
    last: BTreeMap<u16, i64>,
}

impl Permits {
    /// Lights and barrier that know where their lane's journal is.
    pub fn watch(journal: &Path) -> Self {
        let seen = Arc::new(Mutex::new(Seen::default()));
        let (journal, noted) = (journal.to_owned(), Arc::clone(&seen));
        let bank = Bank::open(move |write| {
            if is_permissive(write) {
                noted.lock().unwrap_or_else(PoisonError::into_inner).note(&journal, write);
            }
        });
        Self { bank, seen }
    }

    pub fn link(&self) -> String {
        self.bank.link()
    }

    pub fn writes(&self) -> Vec<Write> {
        self.bank.writes()
    }

    /// Permissions that came.
    pub fn count(&self) -> usize {
        self.seen().count
    }

    /// Permissions that came before their record was there to be read, in words.
    pub fn unrecorded(&self) -> Vec<String> {
        self.seen().unrecorded.clone()
    }

    fn seen(&self) -> std::sync::MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Seen {
    fn note(&mut self, journal: &PathBuf, write: &Write) {
        self.count += 1;
        let last = self.last.entry(write.coil).or_default();
        match newest(journal, *last, write) {
            Ok(Some(entry)) => *last = entry,
            Ok(None) => self.unrecorded.push(format!("{write:?}: nothing in the journal after entry {last}")),
            Err(error) => self.unrecorded.push(format!("{write:?}: {error}")),
        }
    }
}

pub fn is_red(write: &Write) -> bool {
    POINTS[usize::from(write.coil)] == "light_red" && write.on
}

fn is_permissive(write: &Write) -> bool {
    (POINTS[usize::from(write.coil)] == "light_red") != write.on
}

/// Another process reads what is committed and nothing else.
fn newest(journal: &PathBuf, after: i64, write: &Write) -> rusqlite::Result<Option<i64>> {
    let connection = Connection::open_with_flags(journal, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    let point = POINTS[usize::from(write.coil)];
    connection.query_row(NEWEST, (after, point, write.on), |row| row.get(0)).optional()
}
