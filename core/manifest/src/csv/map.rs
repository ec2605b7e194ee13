//! Which column holds what, as a TOML file that a site keeps.

use std::collections::BTreeMap;

use greenlane_model::units::{Kilograms, Metres};
use greenlane_model::{Fill, Movement};
use serde::Deserialize;

use super::Cells;

/// A map of columns.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ColumnMap {
    /// Between columns: one character.
    #[serde(default = "comma")]
    separator: char,
    /// In numbers: a point or a comma.
    #[serde(default = "point")]
    decimal: char,
    /// The name of each field's column, as the first line of the file writes it.
    columns: BTreeMap<Field, String>,
    /// How the file writes a movement; without it, as we do.
    #[serde(default)]
    movement: BTreeMap<String, Movement>,
    /// How the file writes loaded and empty; without it, as we do.
    #[serde(default)]
    fill: BTreeMap<String, Fill>,
}

/// What a column may hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Field {
    Container,
    Document,
    Declared,
    Movement,
    Fill,
    Conveyance,
    Bill,
    Consignee,
    OnwardBill,
    Code,
    Text,
    MassKg,
    MassT,
    FromM,
    ToM,
}

/// A map that is none.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {what}")]
pub struct MapError {
    /// The line, from 1.
    pub line: usize,
    /// What is wrong, and what would be right.
    pub what: String,
}

/// The longest place of a load in a container, in m.
const LENGTH_M_MAX: f64 = 30.0;
const MASS_KG_MAX: f64 = 1e9;

impl ColumnMap {
    /// Reads a map.
    ///
    /// # Errors
    /// What is wrong, with its line.
    pub fn parse(text: &str) -> Result<Self, MapError> {
        let map: Self = toml::from_str(text).map_err(|error| {
            let start = error.span().map_or(0, |span| span.start.min(text.len()));
            MapError { line: text[..start].matches('\n').count() + 1, what: error.message().to_owned() }
        })?;
        let wrong = |what: &str| MapError { line: 1, what: what.to_owned() };
        if !map.separator.is_ascii()
            || map.separator.is_ascii_alphanumeric()
            || "\"\r\n.".contains(map.separator)
        {
            return Err(wrong("separator: one character like \",\", \";\" or a tabulator"));
        }
        if !matches!(map.decimal, '.' | ',') || map.decimal == map.separator {
            return Err(wrong("decimal: \".\" or \",\", and not the separator"));
        }
        if !map.columns.contains_key(&Field::Container) {
            return Err(wrong("[columns] container: which column holds the container's number"));
        }
        if map.columns.contains_key(&Field::MassKg) && map.columns.contains_key(&Field::MassT) {
            return Err(wrong("[columns]: mass_kg or mass_t, not both"));
        }
        Ok(map)
    }

    pub(super) fn separator(&self) -> u8 {
        // ASCII: `parse` saw to it.
        u8::try_from(self.separator).unwrap_or(b',')
    }

    /// The place of each field's column in `header`.
    pub(super) fn columns(&self, header: &[String]) -> Result<BTreeMap<Field, usize>, String> {
        let place = |name: &String| {
            let same = |column: &String| column.trim().eq_ignore_ascii_case(name.trim());
            header.iter().position(same).ok_or_else(|| {
                let seen: Vec<String> =
                    header.iter().take(20).map(|c| c.trim().chars().take(32).collect()).collect();
                format!("there is no column {name:?}; the first line names {}", seen.join(", "))
            })
        };
        self.columns.iter().map(|(field, name)| Ok((*field, place(name)?))).collect()
    }

    pub(super) fn name(&self, field: Field) -> &str {
        self.columns.get(&field).map_or("", String::as_str)
    }

    pub(super) fn movement(&self, cell: &str) -> Result<Movement, String> {
        word(&self.movement, cell, &["import", "export", "transshipment", "unknown"])
    }

    pub(super) fn fill(&self, cell: &str) -> Result<Fill, String> {
        word(&self.fill, cell, &["full", "empty", "unknown"])
    }

    pub(super) fn mass(&self, cells: &Cells<'_>) -> Result<Option<Kilograms>, String> {
        let (field, factor) = match self.columns.contains_key(&Field::MassT) {
            true => (Field::MassT, 1000.0),
            false => (Field::MassKg, 1.0),
        };
        let mass = self.number(cells, field, MASS_KG_MAX / factor)?;
        Ok(mass.and_then(|mass| Kilograms::new(mass * factor)))
    }

    pub(super) fn metres(&self, cells: &Cells<'_>, field: Field) -> Result<Option<Metres>, String> {
        Ok(self.number(cells, field, LENGTH_M_MAX)?.and_then(Metres::new))
    }

    fn number(&self, cells: &Cells<'_>, field: Field, max: f64) -> Result<Option<f64>, String> {
        let text = cells.get(field);
        if text.is_empty() {
            return Ok(None);
        }
        let grouping = if self.decimal == ',' { '.' } else { ',' };
        let plain: String = text.chars().filter(|c| *c != grouping && *c != ' ').collect();
        let number = plain.replace(self.decimal, ".").parse().ok().filter(|n: &f64| (0.0..=max).contains(n));
        let wrong = || {
            let seen: String = text.chars().take(32).collect();
            format!("column {}: {seen:?} is no number from 0 to {max}", self.name(field))
        };
        number.map(Some).ok_or_else(wrong)
    }
}

/// A word of a fixed list, as the file writes it or as we do.
fn word<T: Copy + Default + serde::de::DeserializeOwned>(
    written: &BTreeMap<String, T>,
    cell: &str,
    ours: &[&str],
) -> Result<T, String> {
    if cell.is_empty() {
        return Ok(T::default());
    }
    if let Some((_, word)) = written.iter().find(|(name, _)| name.eq_ignore_ascii_case(cell)) {
        return Ok(*word);
    }
    let own = serde_json::Value::from(cell.to_ascii_lowercase());
    serde_json::from_value(own).map_err(|_| {
        let seen: String = cell.chars().take(32).collect();
        let known: Vec<&str> =
            if written.is_empty() { ours.to_vec() } else { written.keys().map(String::as_str).collect() };
        format!("{seen:?} is none of {}", known.join(", "))
    })
}

fn comma() -> char {
    ','
}

fn point() -> char {
    '.'
}
