//! The table of the structure against the schema that it tells of.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod strict_support;

use std::collections::BTreeSet;

use strict_support::{WIDE, shared};

const TABLE: &str = include_str!("../src/strict/schema.txt");

#[test]
fn the_wide_document_has_every_element_of_the_table() {
    let names: Vec<&str> = declared(&["element"]).into_iter().collect();
    assert_eq!(names.len(), 199);
    for name in names {
        assert!(WIDE.contains(&format!("<{name} ")) || WIDE.contains(&format!("<{name}>")), "{name}");
    }
}

#[test]
fn the_table_has_every_name_of_the_schema() {
    let Some(shared) = shared() else { return };
    let schema = std::fs::read_to_string(shared.join("n42.xsd")).unwrap();
    let named = |kind: &str| names(&schema, &format!("<xsd:{kind} name=\""));
    assert_eq!(named("element"), declared(&["element", "abstract"]));
    assert_eq!(named("complexType"), declared(&["complex"]));
    assert!(declared(&["simple"]).is_superset(&named("simpleType")));
    for attribute in named("attribute") {
        assert!(
            TABLE.contains(&format!("@{attribute}?")) || TABLE.contains(&format!("@{attribute}!")),
            "{attribute}"
        );
    }
    for value in names(&schema, "<xsd:enumeration value=\"") {
        let stands = |edge: &str| TABLE.contains(&format!("{edge}{value}"));
        assert!(stands("one-of ") || stands("|") || stands("|\n    "), "{value}");
    }
}

/// Names of the table's entries of these kinds.
fn declared(kinds: &[&str]) -> BTreeSet<&'static str> {
    let entries = TABLE.lines().filter_map(|line| line.split_once(' '));
    let entries = entries.filter(|(kind, _)| kinds.contains(kind));
    entries.filter_map(|(_, rest)| rest.split(' ').next()).collect()
}

/// What stands between `before` and the next quotation mark.
fn names<'a>(text: &'a str, before: &str) -> BTreeSet<&'a str> {
    text.split(before).skip(1).filter_map(|rest| rest.split('"').next()).collect()
}
