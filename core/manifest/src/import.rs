//! Files into the store: one transaction each, a savepoint each message.

use std::io::BufRead;

use greenlane_model::Utc;
use rusqlite::{Connection, OptionalExtension, TransactionBehavior, params};
use serde::Serialize;

use crate::csv::{self, Csv};
use crate::edifact::{self, Edifact};
use crate::store::Body;
use crate::{ManifestError, Place, Record, Sink, Statement, Store, json};

/// So many refusals and warnings are kept in words; all are counted.
pub const REFUSED_MAX: usize = 1000;
/// Longest reason, in characters.
const WORDS_MAX: usize = 400;

/// The form of a file.
#[derive(Debug, Clone)]
pub enum Format {
    /// A table with separators.
    Csv(Csv),
    /// Objects after the schema of [`greenlane_model::Declaration`].
    Json,
    /// CUSCAR and COPARN.
    Edifact(Edifact),
}

/// What became of a file.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Report {
    /// Records that were taken.
    pub accepted: u64,
    /// Records that were not taken because the store holds newer ones of the same document.
    pub older: u64,
    /// Records and messages that were refused.
    pub refused: u64,
    /// The first [`REFUSED_MAX`] of them, with the reason.
    pub refusals: Vec<Note>,
    /// The first [`REFUSED_MAX`] things to know that lose nothing.
    pub warnings: Vec<Note>,
}

/// One remark.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Note {
    /// Where.
    #[serde(flatten)]
    pub place: Place,
    /// What, and what would be right.
    pub what: String,
}

impl Store {
    /// Takes `bytes` into the store, all of it that can be taken, in one transaction.
    ///
    /// # Errors
    /// When the file cannot be read or the store not be written; nothing was taken then.
    pub fn import(&mut self, bytes: &mut dyn BufRead, format: &Format) -> Result<Report, ManifestError> {
        let failed = |error| ManifestError::sqlite(&self.path, error);
        self.connection
            .execute_batch("CREATE TEMP TABLE IF NOT EXISTS seen (container TEXT, document TEXT, PRIMARY KEY (container, document)); DELETE FROM temp.seen")
            .map_err(failed)?;
        let transaction =
            self.connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(failed)?;
        let mut import =
            Import { connection: &transaction, report: Report::default(), message: None, failure: None };
        match format {
            Format::Csv(options) => csv::read(bytes, options, &mut import)?,
            Format::Json => json::read(bytes, &mut import)?,
            Format::Edifact(options) => edifact::read(bytes, options, &mut import)?,
        }
        let Import { report, failure, .. } = import;
        if let Some(error) = failure {
            return Err(failed(error));
        }
        transaction.commit().map_err(failed)?;
        Ok(report)
    }
}

/// An import under way. The first failure of the database ends it; what follows is passed over.
struct Import<'a> {
    connection: &'a Connection,
    report: Report,
    /// Accepted and older before the open message.
    message: Option<(u64, u64)>,
    failure: Option<rusqlite::Error>,
}

impl Sink for Import<'_> {
    fn take(&mut self, place: Place, record: Result<Record, String>) {
        match record {
            Ok(record) => self.run(|import| import.record(&record)),
            Err(what) => {
                self.report.refused += 1;
                note(&mut self.report.refusals, place, what);
            }
        }
    }

    fn begin(&mut self) {
        self.message = Some((self.report.accepted, self.report.older));
        self.run(|import| import.connection.execute_batch("SAVEPOINT message"));
    }

    fn keep(&mut self) {
        if self.message.take().is_some() {
            self.run(|import| import.connection.execute_batch("RELEASE message"));
        }
    }

    fn undo(&mut self, place: Place, why: String) {
        if let Some((accepted, older)) = self.message.take() {
            self.run(|import| import.connection.execute_batch("ROLLBACK TO message; RELEASE message"));
            (self.report.accepted, self.report.older) = (accepted, older);
        }
        self.report.refused += 1;
        note(&mut self.report.refusals, place, why);
    }

    fn warn(&mut self, place: Place, what: String) {
        note(&mut self.report.warnings, place, what);
    }
}

pub(crate) fn note(notes: &mut Vec<Note>, place: Place, what: String) {
    if notes.len() < REFUSED_MAX {
        // A reason may quote what the file holds.
        let what = what.chars().take(WORDS_MAX).collect();
        notes.push(Note { place, what });
    }
}

impl Import<'_> {
    fn run(&mut self, step: impl FnOnce(&mut Self) -> rusqlite::Result<()>) {
        if self.failure.is_none() {
            self.failure = step(self).err();
        }
    }

    fn record(&mut self, record: &Record) -> rusqlite::Result<()> {
        match record {
            Record::Consignment(statement) => self.statement(statement, false),
            Record::Goods(statement) => self.statement(statement, true),
            Record::Withdrawn { document, declared } => self.withdraw(document, *declared),
        }
    }

    /// Writes a statement; with `add`, its goods go to those that this import had of the same bill.
    fn statement(&mut self, statement: &Statement, add: bool) -> rusqlite::Result<()> {
        let Statement { container, document, declared, movement, fill, conveyance, consignment } = statement;
        if !self.first_of(container.as_str(), document, *declared)? {
            return Ok(());
        }
        let mut body = Body {
            movement: *movement,
            fill: *fill,
            conveyance: conveyance.clone(),
            consignment: consignment.clone(),
        };
        let bill = consignment.as_ref().and_then(|consignment| consignment.bill.as_deref()).unwrap_or("");
        if let Some(before) = self.row(container.as_str(), document, bill)?.filter(|_| add) {
            body = joined(before, body);
        }
        // Plain data of our own types: it always becomes JSON.
        let text = serde_json::to_string(&body).unwrap_or_default();
        self.connection
            .prepare_cached(
                "INSERT OR REPLACE INTO statements (container, document, bill, declared_ns, body)
                 VALUES (?1, ?2, ?3, ?4, ?5)",
            )?
            .execute(params![container.as_str(), document, bill, declared.0, text])?;
        self.report.accepted += 1;
        Ok(())
    }

    /// At a document's first word on a container in this import: what it said before goes, unless it is newer,
    /// and then this one does not count.
    fn first_of(&mut self, container: &str, document: &str, declared: Utc) -> rusqlite::Result<bool> {
        let newest: Option<i64> = self
            .connection
            .prepare_cached("SELECT max(declared_ns) FROM statements WHERE container = ?1 AND document = ?2")?
            .query_row(params![container, document], |row| row.get(0))?;
        if newest.is_some_and(|newest| newest > declared.0) {
            self.report.older += 1;
            return Ok(false);
        }
        let first = self
            .connection
            .prepare_cached("INSERT OR IGNORE INTO temp.seen VALUES (?1, ?2)")?
            .execute(params![container, document])?;
        if first == 1 {
            self.connection
                .prepare_cached("DELETE FROM statements WHERE container = ?1 AND document = ?2")?
                .execute(params![container, document])?;
        }
        Ok(true)
    }

    fn row(&self, container: &str, document: &str, bill: &str) -> rusqlite::Result<Option<Body>> {
        let text: Option<String> = self
            .connection
            .prepare_cached(
                "SELECT body FROM statements WHERE container = ?1 AND document = ?2 AND bill = ?3",
            )?
            .query_row(params![container, document, bill], |row| row.get(0))
            .optional()?;
        Ok(text.and_then(|text| serde_json::from_str(&text).ok()))
    }

    fn withdraw(&mut self, document: &str, declared: Utc) -> rusqlite::Result<()> {
        self.connection
            .prepare_cached(
                "DELETE FROM statements WHERE document = ?1 AND declared_ns <= ?2
                 AND container NOT IN (SELECT container FROM temp.seen WHERE document = ?1)",
            )?
            .execute(params![document, declared.0])?;
        self.report.accepted += 1;
        Ok(())
    }
}

/// The goods of both; all else as it was said first.
fn joined(mut before: Body, after: Body) -> Body {
    match (&mut before.consignment, after.consignment) {
        (Some(before), Some(after)) => {
            let room = crate::GOODS_MAX.saturating_sub(before.goods.len());
            before.goods.extend(after.goods.into_iter().take(room));
        }
        (before, after) => *before = before.take().or(after),
    }
    before
}
