//! What the tests share: fixtures, and a sink that keeps all it is given.

#![allow(dead_code, reason = "each test binary uses its part")]

use std::path::{Path, PathBuf};

use greenlane_manifest::{Place, Record, Sink, Statement};
use greenlane_model::{ContainerNumber, Utc};

pub fn fixture(name: &str) -> Vec<u8> {
    std::fs::read(path(name)).unwrap()
}

pub fn path(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(name)
}

pub fn utc(text: &str) -> Utc {
    text.parse().unwrap()
}

pub fn number(text: &str) -> ContainerNumber {
    text.parse().unwrap()
}

/// Everything that came, in order.
#[derive(Debug, Default)]
pub struct Kept {
    pub records: Vec<Record>,
    pub refused: Vec<(Place, String)>,
    pub warnings: Vec<(Place, String)>,
    message: Option<usize>,
}

impl Kept {
    pub fn statements(&self) -> Vec<&Statement> {
        let statement = |record| match record {
            &Record::Consignment(ref s) | &Record::Goods(ref s) => Some(s),
            Record::Withdrawn { .. } => None,
        };
        self.records.iter().filter_map(statement).collect()
    }

    pub fn of(&self, container: &str) -> Vec<&Statement> {
        self.statements().into_iter().filter(|s| s.container.as_str() == container).collect()
    }
}

impl Sink for Kept {
    fn take(&mut self, place: Place, record: Result<Record, String>) {
        match record {
            Ok(record) => self.records.push(record),
            Err(what) => self.refused.push((place, what)),
        }
    }

    fn begin(&mut self) {
        self.message = Some(self.records.len());
    }

    fn keep(&mut self) {
        self.message = None;
    }

    fn undo(&mut self, place: Place, why: String) {
        if let Some(before) = self.message.take() {
            self.records.truncate(before);
        }
        self.refused.push((place, why));
    }

    fn warn(&mut self, place: Place, what: String) {
        self.warnings.push((place, what));
    }
}
