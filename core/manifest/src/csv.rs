//! Tables of lines with separators (RFC 4180), read through a map of columns.

mod map;
mod rows;

use std::collections::BTreeMap;
use std::io::{self, BufRead};

use greenlane_model::{Consignment, Goods, LoadPosition, Utc};

use crate::record::{Place, Record, Sink, Statement, kept};
use map::Field;
pub use map::{ColumnMap, MapError};
use rows::Rows;

/// What a table does not say of itself.
#[derive(Debug, Clone)]
pub struct Csv {
    /// Which column holds what.
    pub map: ColumnMap,
    /// Where no column names the document: the file's name, say.
    pub document: String,
    /// Where no column says when it was declared.
    pub declared: Utc,
}

/// Reads a table into `sink`: one line of goods a row. Rows of one container and bill are one consignment.
///
/// # Errors
/// When the file cannot be read.
pub fn read(bytes: &mut dyn BufRead, options: &Csv, sink: &mut dyn Sink) -> io::Result<()> {
    let mut rows = Rows::new(bytes, options.map.separator());
    let header = match rows.next()? {
        None => {
            sink.take(
                Place::line(1),
                Err("the file is empty: a line with the names of columns is expected".into()),
            );
            return Ok(());
        }
        Some((place, Err(what))) => {
            sink.take(place, Err(what));
            return Ok(());
        }
        Some((place, Ok(header))) => (place, header),
    };
    let columns = match options.map.columns(&header.1) {
        Ok(columns) => columns,
        Err(what) => {
            sink.take(header.0, Err(what));
            return Ok(());
        }
    };
    while let Some((place, row)) = rows.next()? {
        let record = row.and_then(|row| {
            if row.len() < header.1.len() && row.len() > 1 {
                return Err(format!("{} columns, {} are expected", row.len(), header.1.len()));
            }
            statement(&Cells { columns: &columns, row: &row }, options).map(Record::Goods)
        });
        sink.take(place, record);
    }
    Ok(())
}

/// A table whose columns are named in its first line, in any order.
pub(crate) struct Table<'a> {
    rows: Rows<'a>,
    /// Where each wanted column stands, or what is wrong with the first line.
    columns: Result<Vec<Option<usize>>, Option<(Place, String)>>,
}

impl<'a> Table<'a> {
    /// Reads the first line, which must name `needed` and may name `optional`.
    pub fn new(bytes: &'a mut dyn BufRead, needed: &[&str], optional: &[&str]) -> io::Result<Self> {
        let mut rows = Rows::new(bytes, b',');
        let columns = match rows.next()? {
            Some((place, Ok(header))) => {
                let find =
                    |name: &&str| header.iter().position(|cell| cell.trim().eq_ignore_ascii_case(name));
                match needed.iter().find(|name| find(name).is_none()) {
                    Some(missing) => {
                        Err(Some((place, format!("the first line names no column {missing:?}"))))
                    }
                    None => Ok(needed.iter().chain(optional).map(find).collect()),
                }
            }
            Some((place, Err(what))) => Err(Some((place, what))),
            None => Err(Some((
                Place::line(1),
                "the file is empty: a line with the names of columns is expected".into(),
            ))),
        };
        Ok(Self { rows, columns })
    }

    /// The next row, its cells in the order of the wanted columns.
    pub fn next(&mut self) -> io::Result<Option<rows::Row>> {
        match &mut self.columns {
            Err(wrong) => Ok(wrong.take().map(|(place, what)| (place, Err(what)))),
            Ok(columns) => {
                let cells = |row: Vec<String>| {
                    let cell =
                        |at: &Option<usize>| at.and_then(|at| row.get(at)).cloned().unwrap_or_default();
                    columns.iter().map(cell).collect()
                };
                Ok(self.rows.next()?.map(|(place, row)| (place, row.map(cells))))
            }
        }
    }
}

/// A row by its fields.
struct Cells<'a> {
    columns: &'a BTreeMap<Field, usize>,
    row: &'a [String],
}

impl Cells<'_> {
    /// The cell without blanks around it; empty where there is none.
    fn get(&self, field: Field) -> &str {
        self.columns.get(&field).and_then(|&at| self.row.get(at)).map_or("", |cell| cell.trim())
    }
}

fn statement(cells: &Cells<'_>, options: &Csv) -> Result<Statement, String> {
    let text = |field: Field| kept(cells.get(field));
    let wrong =
        |field: Field, why: &dyn std::fmt::Display| format!("column {}: {why}", options.map.name(field));
    let container = cells.get(Field::Container).parse().map_err(|error| wrong(Field::Container, &error))?;
    let code = match cells.get(Field::Code) {
        "" => None,
        code => Some(code.parse().map_err(|error| wrong(Field::Code, &error))?),
    };
    let declared = match cells.get(Field::Declared) {
        "" => options.declared,
        time => time.parse().map_err(|error| wrong(Field::Declared, &error))?,
    };
    let goods =
        Goods { code, text: text(Field::Text).unwrap_or_default(), mass_kg: options.map.mass(cells)? };
    let empty = goods == Goods::default();
    let consignment = Consignment {
        bill: text(Field::Bill),
        consignee: text(Field::Consignee),
        onward_bill: text(Field::OnwardBill),
        goods: if empty { Vec::new() } else { vec![goods] },
        position: position(cells, options)?,
    };
    let announced = empty && consignment == Consignment::default();
    Ok(Statement {
        container,
        document: text(Field::Document).unwrap_or_else(|| options.document.clone()),
        declared,
        movement: options
            .map
            .movement(cells.get(Field::Movement))
            .map_err(|why| wrong(Field::Movement, &why))?,
        fill: options.map.fill(cells.get(Field::Fill)).map_err(|why| wrong(Field::Fill, &why))?,
        conveyance: text(Field::Conveyance),
        consignment: (!announced).then_some(consignment),
    })
}

fn position(cells: &Cells<'_>, options: &Csv) -> Result<Option<LoadPosition>, String> {
    let from = options.map.metres(cells, Field::FromM)?;
    let to = options.map.metres(cells, Field::ToM)?;
    match (from, to) {
        (None, None) => Ok(None),
        (Some(from_m), Some(to_m)) => Ok(Some(LoadPosition { from_m, to_m })),
        _ => Err("a load position has two ends: from_m and to_m".to_owned()),
    }
}
