//! Reading a journal, also while it is being written.

use std::path::{Path, PathBuf};
use std::vec;

use rusqlite::{Connection, params};

use crate::chain::Head;
use crate::schema::{self, Stored, StoredError};
use crate::{Class, JournalError, Recorded, Steps, journal};

/// A journal open for reading.
#[derive(Debug)]
pub struct Reader {
    connection: Connection,
    path: PathBuf,
}

/// Which entries to read; the default is all.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    /// Only of this lane.
    pub lane: Option<String>,
    /// Only of this class.
    pub class: Option<Class>,
    /// Only of this kind.
    pub kind: Option<String>,
    /// Only with a greater number.
    pub after: u64,
}

/// How many entries are held in memory at a time. Each page is read in a transaction of its own, so that a long
/// export never keeps the writer from cleaning up.
const PAGE: i64 = 256;

impl Reader {
    /// Opens the journal at `path`.
    ///
    /// # Errors
    /// When there is none, it is something else, or its folder cannot be written to (SQLite keeps the page
    /// index that readers and writer share in a file beside it).
    pub fn open(path: &Path) -> Result<Self, JournalError> {
        Ok(Self { connection: schema::open_for_reading(path)?, path: path.to_owned() })
    }

    /// The last entry's number and chain value; `None` without entries.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn head(&self) -> Result<Option<Head>, JournalError> {
        journal::last(&self.connection, &self.path)
    }

    /// The entries that `filter` lets through, in order. Memory is that of 256 entries, however many there are;
    /// entries written meanwhile are read as well.
    pub fn entries(&self, filter: Filter) -> Entries<'_> {
        Entries(self.stored(filter))
    }

    /// The inputs of one lane after entry `after`, each with the effects that followed from it.
    pub fn steps(&self, lane: &str, after: u64) -> Steps<'_> {
        Steps::new(self.entries(Filter { lane: Some(lane.to_owned()), after, ..Filter::default() }))
    }

    /// The names of all lanes, sorted.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn lanes(&self) -> Result<Vec<String>, JournalError> {
        let lanes = || -> rusqlite::Result<Vec<String>> {
            self.connection
                .prepare("SELECT DISTINCT lane FROM entries WHERE lane <> '' ORDER BY lane")?
                .query_map([], |row| row.get(0))?
                .collect()
        };
        lanes().map_err(|error| self.failed(error))
    }

    /// One entry by its number.
    pub(crate) fn entry(&self, seq: u64) -> Result<Recorded, JournalError> {
        let after = seq.saturating_sub(1);
        match self.entries(Filter { after, ..Filter::default() }).with_page(1).next() {
            Some(Ok(recorded)) if recorded.seq == seq => Ok(recorded),
            Some(Err(error)) => Err(error),
            _ => Err(JournalError::Entry { seq, why: "it is no longer there".to_owned() }),
        }
    }

    pub(crate) fn stored(&self, filter: Filter) -> StoredRows<'_> {
        StoredRows { reader: self, filter, page: Vec::new().into_iter(), size: PAGE, ended: false }
    }

    /// The number of another entry with the same chain value.
    pub(crate) fn twin(&self, row: &Stored) -> Result<Option<u64>, JournalError> {
        let sql = "SELECT min(seq) FROM entries WHERE chain = ?1 AND seq <> ?2";
        self.connection
            .query_row(sql, params![row.chain.as_bytes(), row.seq.cast_signed()], |row| {
                row.get::<_, Option<i64>>(0)
            })
            .map(|seq| seq.map(i64::cast_unsigned))
            .map_err(|error| self.failed(error))
    }

    /// How many entries have a number that no journal gives: 0 or below.
    pub(crate) fn strays(&self) -> Result<i64, JournalError> {
        self.connection
            .query_row("SELECT count(*) FROM entries WHERE seq < 1", [], |row| row.get(0))
            .map_err(|error| self.failed(error))
    }

    fn failed(&self, error: rusqlite::Error) -> JournalError {
        JournalError::sqlite(&self.path, error)
    }
}

/// Entries in order; ends after the first error of the file itself, goes on after one that cannot be understood.
#[derive(Debug)]
pub struct Entries<'r>(StoredRows<'r>);

impl Entries<'_> {
    fn with_page(mut self, size: i64) -> Self {
        self.0.size = size;
        self
    }
}

impl Iterator for Entries<'_> {
    type Item = Result<Recorded, JournalError>;

    fn next(&mut self) -> Option<Self::Item> {
        let row = self.0.next()?;
        Some(row.and_then(|Stored { seq, columns, .. }| match columns.into_entry() {
            Ok(entry) => Ok(Recorded { seq, entry }),
            Err(why) => Err(JournalError::Entry { seq, why }),
        }))
    }
}

/// Rows as they stand.
#[derive(Debug)]
pub(crate) struct StoredRows<'r> {
    reader: &'r Reader,
    filter: Filter,
    page: vec::IntoIter<Result<Stored, StoredError>>,
    size: i64,
    ended: bool,
}

impl StoredRows<'_> {
    fn turn(&mut self) -> Result<(), JournalError> {
        let page = self.read().map_err(|error| self.reader.failed(error))?;
        let last = page.iter().map(|row| row.as_ref().map_or_else(|error| error.seq, |row| row.seq)).max();
        // A damaged file may give the same rows again: then this was the last page.
        self.ended = last.is_none_or(|last| last <= self.filter.after);
        self.filter.after = last.unwrap_or(self.filter.after).max(self.filter.after);
        self.page = page.into_iter();
        Ok(())
    }

    fn read(&self) -> rusqlite::Result<Vec<Result<Stored, StoredError>>> {
        let Filter { lane, class, kind, after } = &self.filter;
        let mut statement = self.reader.connection.prepare_cached(schema::PAGE)?;
        let after = i64::try_from(*after).unwrap_or(i64::MAX);
        let mut rows = statement.query(params![after, lane, class.map(Class::word), kind, self.size])?;
        let mut page = Vec::new();
        while let Some(row) = rows.next()? {
            page.push(Stored::read(row));
        }
        Ok(page)
    }
}

impl Iterator for StoredRows<'_> {
    type Item = Result<Stored, JournalError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.page.len() == 0
            && !self.ended
            && let Err(error) = self.turn()
        {
            self.ended = true;
            return Some(Err(error));
        }
        self.page.next().map(|row| row.map_err(JournalError::from))
    }
}
