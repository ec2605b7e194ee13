//! The examples of docs/manifests.md are taken as they stand.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod common;

use std::path::Path;

use common::{Kept, utc};
use greenlane_manifest::csv::{self, ColumnMap, Csv};
use greenlane_manifest::edifact::{self, Edifact};
use greenlane_manifest::{Store, Targets, json};

/// The blocks of one language.
fn blocks(language: &str) -> Vec<String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/manifests.md");
    let text = std::fs::read_to_string(path).unwrap();
    let fence = format!("```{language}\n");
    text.split(fence.as_str()).skip(1).map(|rest| rest.split("```").next().unwrap().to_owned()).collect()
}

fn taken(kept: &Kept, statements: usize) {
    assert!(kept.refused.is_empty() && kept.warnings.is_empty(), "{kept:?}");
    assert_eq!(kept.records.len(), statements);
}

#[test]
fn the_table_is_read_through_the_map() {
    let options = Csv {
        map: ColumnMap::parse(&blocks("toml")[0]).unwrap(),
        document: "example".to_owned(),
        declared: utc("2026-11-24T06:00:00Z"),
    };
    let mut kept = Kept::default();
    csv::read(&mut blocks("csv")[0].as_bytes(), &options, &mut kept).unwrap();
    taken(&kept, 2);
    let potash = kept.statements()[0].consignment.clone().unwrap();
    assert_eq!(potash.goods[0].mass_kg.unwrap().value(), 12_500.0);
    assert_eq!(potash.position.unwrap().to_m.value(), 6.0);
}

#[test]
fn the_declaration_and_the_message_say_the_same() {
    let (mut json, mut edifact) = (Kept::default(), Kept::default());
    json::read(&mut blocks("json")[0].as_bytes(), &mut json).unwrap();
    edifact::read(&mut blocks("edifact")[0].as_bytes(), &Edifact::default(), &mut edifact).unwrap();
    taken(&json, 1);
    taken(&edifact, 1);
    let (a, b) = (json.statements()[0].clone(), edifact.statements()[0].clone());
    let (goods, also) = (a.consignment.unwrap().goods, b.consignment.unwrap().goods);
    assert_eq!(
        (a.container, a.movement, a.fill, a.conveyance),
        (b.container, b.movement, b.fill, b.conveyance)
    );
    assert_eq!((&goods[0].code, goods[0].mass_kg), (&also[0].code, also[0].mass_kg));
}

#[test]
fn the_targeting_list_is_taken() {
    let folder = tempfile::TempDir::new().unwrap();
    let mut store = Store::create(&folder.path().join("manifests.db")).unwrap();
    let placed = utc("2026-11-24T06:00:00Z");
    let targets = Targets { owner: "customs".to_owned(), list: "weekly".to_owned(), placed };
    let report = store.target(&mut blocks("csv")[1].as_bytes(), &targets).unwrap();
    assert_eq!((report.accepted, report.refused), (2, 0), "{report:?}");
}
