//! Orders of authorities, single or as targeting lists. They add up; only their owner lifts them.

use std::collections::BTreeSet;
use std::io::BufRead;

use greenlane_model::{ContainerNumber, Held, Hold, Order, Utc};
use rusqlite::{OptionalExtension, TransactionBehavior, params};
use serde::Serialize;

use crate::csv::Table;
use crate::import::note;
use crate::{ManifestError, Report, Store};

/// An order that stands, with its number.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct StandingHold {
    /// What it is lifted by.
    pub id: i64,
    /// The order.
    #[serde(flatten)]
    pub hold: Hold,
}

/// What a targeting list does not say of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Targets {
    /// Whose list it is.
    pub owner: String,
    /// Its name.
    pub list: String,
    /// When it was made.
    pub placed: Utc,
}

impl Store {
    /// Places an order. The same order of the same owner stands once: placing it again gives its number.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub fn place(&mut self, hold: &Hold) -> Result<i64, ManifestError> {
        let failed = |error| ManifestError::sqlite(&self.path, error);
        let transaction =
            self.connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(failed)?;
        let id = place(&transaction, hold).map_err(failed)?;
        transaction.commit().map_err(failed)?;
        Ok(id)
    }

    /// Lifts the order `id` in the name of `owner`.
    ///
    /// # Errors
    /// When it is somebody else's, or does not stand.
    pub fn lift(&mut self, id: i64, owner: &str, now: Utc) -> Result<(), ManifestError> {
        let failed = |error| ManifestError::sqlite(&self.path, error);
        let transaction =
            self.connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(failed)?;
        let whose: Option<String> = transaction
            .query_row("SELECT owner FROM holds WHERE id = ?1 AND lifted_ns IS NULL", [id], |row| row.get(0))
            .optional()
            .map_err(failed)?;
        match whose {
            None => return Err(ManifestError::NoHold(id)),
            Some(whose) if whose != owner => return Err(ManifestError::NotOwner { id, owner: whose }),
            Some(_) => {}
        }
        transaction
            .execute("UPDATE holds SET lifted_ns = ?2 WHERE id = ?1", params![id, now.0])
            .map_err(failed)?;
        transaction.commit().map_err(failed)
    }

    /// The orders that stand at `now` on a container, on a truck and on bills, the strictest first. The bills are
    /// `bills` and every one that was ever declared for the container: a newer declaration lifts no order.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn holds(
        &self,
        container: Option<&ContainerNumber>,
        bills: &[String],
        truck: Option<&str>,
        now: Utc,
    ) -> Result<Vec<StandingHold>, ManifestError> {
        let mut on: Vec<Held> = bills.iter().map(|bill| Held::Bill(bill.clone())).collect();
        if let Some(number) = container {
            on.push(Held::Container(number.clone()));
            on.extend(self.bills(number)?.into_iter().map(Held::Bill));
        }
        on.extend(truck.map(|plate| Held::Truck(plate.to_owned())));
        let mut found = Vec::new();
        for key in on.iter().map(key).collect::<BTreeSet<_>>() {
            found.extend(self.standing(Some((key.0, &key.1)), now)?);
        }
        found.sort_by_key(|standing| (std::cmp::Reverse(standing.hold.order), standing.id));
        Ok(found)
    }

    /// Every order that stands at `now`, oldest first.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn all_holds(&self, now: Utc) -> Result<Vec<StandingHold>, ManifestError> {
        self.standing(None, now)
    }

    /// Takes a targeting list: a table with the columns `kind` (container, bill, truck), `number`, `order` (hold,
    /// inspect), `reason` and, if wanted, `expires`. Orders of the same list and owner that it no longer names
    /// are lifted.
    ///
    /// # Errors
    /// When the list cannot be read or the store not be written; nothing was taken then.
    pub fn target(&mut self, bytes: &mut dyn BufRead, targets: &Targets) -> Result<Report, ManifestError> {
        let failed = |error| ManifestError::sqlite(&self.path, error);
        let transaction =
            self.connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(failed)?;
        let mut report = Report::default();
        transaction
            .execute_batch(
                "CREATE TEMP TABLE IF NOT EXISTS named (id INTEGER PRIMARY KEY); DELETE FROM temp.named",
            )
            .map_err(failed)?;
        let mut table = Table::new(bytes, &["kind", "number", "order", "reason"], &["expires"])?;
        while let Some((at, row)) = table.next()? {
            match row.and_then(|row| target(&row, targets)) {
                Ok(hold) => {
                    let id = place(&transaction, &hold).map_err(failed)?;
                    transaction
                        .execute("INSERT OR IGNORE INTO temp.named VALUES (?1)", [id])
                        .map_err(failed)?;
                    report.accepted += 1;
                }
                Err(what) => {
                    report.refused += 1;
                    note(&mut report.refusals, at, what);
                }
            }
        }
        // A list that could not be read in full must not lift what it may still name.
        if report.refused == 0 {
            transaction
                .execute(
                    "UPDATE holds SET lifted_ns = ?3 WHERE lifted_ns IS NULL AND owner = ?1
                     AND body ->> '$.list' = ?2 AND id NOT IN (SELECT id FROM temp.named)",
                    params![targets.owner, targets.list, targets.placed.0],
                )
                .map_err(failed)?;
        }
        transaction.commit().map_err(failed)?;
        Ok(report)
    }

    fn standing(&self, on: Option<(&str, &str)>, now: Utc) -> Result<Vec<StandingHold>, ManifestError> {
        let failed = |error| ManifestError::sqlite(&self.path, error);
        let read = || {
            let mut statement = self.connection.prepare_cached(
                "SELECT id, body FROM holds WHERE lifted_ns IS NULL AND (expires_ns IS NULL OR expires_ns > ?1)
                 AND (?2 IS NULL OR kind = ?2 AND number = ?3) ORDER BY id",
            )?;
            let (kind, number) = on.unzip();
            let rows = statement
                .query_map(params![now.0, kind, number], |row| Ok((row.get(0)?, row.get::<_, String>(1)?)))?;
            rows.collect::<rusqlite::Result<Vec<(i64, String)>>>()
        };
        let read = read().map_err(failed)?;
        let standing = read.into_iter().map(|(id, body)| {
            let hold = serde_json::from_str(&body).map_err(|error| ManifestError::Entry {
                path: self.path.clone(),
                what: format!("order {id}"),
                why: error.to_string(),
            })?;
            Ok(StandingHold { id, hold })
        });
        standing.collect()
    }
}

/// The number of the order: that of the same one if it stands, with its new end, else a new one's.
fn place(connection: &rusqlite::Connection, hold: &Hold) -> rusqlite::Result<i64> {
    let (kind, number) = key(&hold.on);
    let mut same = connection.prepare_cached(
        "SELECT id, body FROM holds WHERE lifted_ns IS NULL AND kind = ?1 AND number = ?2 AND owner = ?3",
    )?;
    let rows =
        same.query_map(params![kind, number, hold.owner], |row| Ok((row.get(0)?, row.get::<_, String>(1)?)))?;
    let mut known = None;
    for row in rows {
        let (id, body): (i64, String) = row?;
        let before = serde_json::from_str::<Hold>(&body).ok();
        let one = |before: &Hold| {
            Hold { expires: None, placed: hold.placed, ..before.clone() }
                == Hold { expires: None, ..hold.clone() }
        };
        if let Some(before) = before.filter(one) {
            known = Some((id, before.placed));
        }
    }
    let placed = known.map_or(hold.placed, |(_, placed)| placed);
    // Plain data of our own types: it always becomes JSON.
    let body = serde_json::to_string(&Hold { placed, ..hold.clone() }).unwrap_or_default();
    let expires = hold.expires.map(|expires| expires.0);
    connection
        .prepare_cached(
            "INSERT OR REPLACE INTO holds (id, kind, number, owner, body, expires_ns) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        )?
        .execute(params![known.map(|(id, _)| id), kind, number, hold.owner, body, expires])?;
    Ok(connection.last_insert_rowid())
}

fn key(on: &Held) -> (&'static str, String) {
    match on {
        Held::Container(number) => ("container", number.to_string()),
        Held::Bill(number) => ("bill", number.trim().to_ascii_uppercase()),
        Held::Truck(plate) => {
            ("truck", plate.chars().filter(|c| c.is_alphanumeric()).collect::<String>().to_uppercase())
        }
    }
}

/// A row `kind, number, order, reason, expires`.
fn target(row: &[String], targets: &Targets) -> Result<Hold, String> {
    let cell = |at: usize| row.get(at).map_or("", |cell| cell.trim());
    let number = crate::record::kept(cell(1)).ok_or("column number is empty")?;
    let on = match cell(0).to_ascii_lowercase().as_str() {
        "container" => Held::Container(number.parse().map_err(|error| format!("column number: {error}"))?),
        "bill" => Held::Bill(number),
        "truck" => Held::Truck(number),
        other => return Err(format!("column kind: {other:?} is none of container, bill, truck")),
    };
    let order = match cell(2).to_ascii_lowercase().as_str() {
        "hold" => Order::Hold,
        "inspect" => Order::Inspect,
        other => return Err(format!("column order: {other:?} is none of hold, inspect")),
    };
    let expires = match cell(4) {
        "" => None,
        time => Some(time.parse().map_err(|error| format!("column expires: {error}"))?),
    };
    Ok(Hold {
        on,
        order,
        owner: targets.owner.clone(),
        reason: crate::record::kept(cell(3)).ok_or("column reason is empty: an order has a reason")?,
        list: Some(targets.list.clone()),
        placed: targets.placed,
        expires,
    })
}
