//! The store, looked into.

use std::path::{Path, PathBuf};

use greenlane_model::{Consignment, ContainerNumber, Declaration, Fill, Movement, Papers, Utc};
use rusqlite::{Connection, params};
use serde::{Deserialize, Serialize};

use crate::{ManifestError, schema};

/// After so many days a declaration is stale, if a site does not say otherwise. Not from any norm.
pub const STALE_AFTER_DAYS: u32 = 30;
const DAY_NS: i64 = 86_400_000_000_000;
/// Most statements of one container that are looked at, the newest first.
const STATEMENTS_MAX: i64 = 1000;

/// Manifests and orders in one file.
#[derive(Debug)]
pub struct Store {
    pub(crate) connection: Connection,
    pub(crate) path: PathBuf,
}

/// A statement as it stands in its row, without what has columns of its own.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Body {
    pub movement: Movement,
    pub fill: Fill,
    pub conveyance: Option<String>,
    pub consignment: Option<Consignment>,
}

struct Stated {
    document: String,
    declared: Utc,
    body: Body,
}

impl Store {
    /// Opens the store at `path`, and makes it when there is none.
    ///
    /// # Errors
    /// When the file is something else, or cannot be written.
    pub fn create(path: &Path) -> Result<Self, ManifestError> {
        Ok(Self { connection: schema::open(path, true)?, path: path.to_owned() })
    }

    /// Opens the store at `path`.
    ///
    /// # Errors
    /// When there is none, or as [`Store::create`].
    pub fn open(path: &Path) -> Result<Self, ManifestError> {
        Ok(Self { connection: schema::open(path, false)?, path: path.to_owned() })
    }

    /// What is known on paper of a container at `now`.
    ///
    /// A newer statement of the same bill replaces an older one, whatever message it came with. Statements of
    /// another voyage or direction than the newest one's are of an earlier journey and do not count.
    ///
    /// # Errors
    /// When the file cannot be read, or was changed by something else.
    pub fn papers(
        &self,
        container: &ContainerNumber,
        now: Utc,
        stale_after_days: u32,
    ) -> Result<Papers, ManifestError> {
        let stated = self.stated(container)?;
        let Some(newest) = stated.first() else { return Ok(Papers::Unknown) };
        let limit = DAY_NS.saturating_mul(i64::from(stale_after_days));
        let fresh = |declared: Utc| now.0.saturating_sub(declared.0).saturating_abs() <= limit;
        let stale = !fresh(newest.declared);
        let journey = (newest.body.movement, newest.body.conveyance.clone());
        let same = |s: &&Stated| (s.body.movement, s.body.conveyance.clone()) == journey;
        let current: Vec<&Stated> =
            stated.iter().filter(same).filter(|stated| stale || fresh(stated.declared)).collect();
        let mut consignments: Vec<Consignment> = Vec::new();
        for stated in &current {
            let Some(consignment) = &stated.body.consignment else { continue };
            // Without a bill there is nothing to tell a newer word from a further consignment by.
            let counts = match &consignment.bill {
                None => stated.document == newest.document,
                bill => consignments.iter().all(|known| known.bill != *bill),
            };
            if counts {
                consignments.push(consignment.clone());
            }
        }
        let fill = current.iter().map(|stated| stated.body.fill).find(|fill| *fill != Fill::Unknown);
        let several = consignments.len() > 1;
        let declaration = Declaration {
            container: container.clone(),
            movement: journey.0,
            fill: fill.unwrap_or_default(),
            conveyance: journey.1,
            consignments,
            source: newest.document.clone(),
            declared: newest.declared,
        };
        Ok(match (stale, several) {
            (true, _) => Papers::Stale(declaration),
            (false, false) => Papers::Single(declaration),
            (false, true) => Papers::Several(declaration),
        })
    }

    /// Containers of which something is known, in order, after `after`, at most `limit`, each with the number of
    /// its statements and the time of the newest.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn containers(
        &self,
        after: Option<&ContainerNumber>,
        limit: u32,
    ) -> Result<Vec<(String, i64, Utc)>, ManifestError> {
        let read = || {
            let mut statement = self.connection.prepare_cached(
                "SELECT container, count(*), max(declared_ns) FROM statements WHERE container > ?1
                 GROUP BY container ORDER BY container LIMIT ?2",
            )?;
            let after = after.map_or("", |number| number.as_str());
            let rows = statement
                .query_map(params![after, limit], |row| Ok((row.get(0)?, row.get(1)?, Utc(row.get(2)?))))?;
            rows.collect::<rusqlite::Result<Vec<_>>>()
        };
        read().map_err(|error| ManifestError::sqlite(&self.path, error))
    }

    /// Every bill that was ever declared for a container.
    pub(crate) fn bills(&self, container: &ContainerNumber) -> Result<Vec<String>, ManifestError> {
        let read = || {
            let mut statement = self
                .connection
                .prepare_cached("SELECT DISTINCT bill FROM statements WHERE container = ?1 AND bill <> ''")?;
            let rows = statement.query_map([container.as_str()], |row| row.get(0))?;
            rows.collect::<rusqlite::Result<Vec<String>>>()
        };
        read().map_err(|error| ManifestError::sqlite(&self.path, error))
    }

    /// All that was said of a container, the newest first.
    fn stated(&self, container: &ContainerNumber) -> Result<Vec<Stated>, ManifestError> {
        let read = || {
            let mut statement = self.connection.prepare_cached(
                "SELECT document, declared_ns, body FROM statements WHERE container = ?1
                 ORDER BY declared_ns DESC, document, bill LIMIT ?2",
            )?;
            let rows = statement.query_map(params![container.as_str(), STATEMENTS_MAX], |row| {
                Ok((row.get(0)?, row.get(1)?, row.get::<_, String>(2)?))
            })?;
            rows.collect::<rusqlite::Result<Vec<_>>>()
        };
        let rows = read().map_err(|error| ManifestError::sqlite(&self.path, error))?;
        let stated = rows.into_iter().map(|(document, declared, body)| {
            let body = serde_json::from_str(&body)?;
            Ok(Stated { document, declared: Utc(declared), body })
        });
        stated.collect::<serde_json::Result<_>>().map_err(|error| ManifestError::Entry {
            path: self.path.clone(),
            what: container.to_string(),
            why: error.to_string(),
        })
    }
}
