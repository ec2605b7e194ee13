//! CSV through a map of columns, and JSON.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod common;

use common::{Kept, fixture, path, utc};
use greenlane_manifest::csv::{self, ColumnMap, Csv};
use greenlane_manifest::json;
use greenlane_model::Movement;
use proptest::prelude::*;

fn options() -> Csv {
    Csv {
        map: ColumnMap::parse(&std::fs::read_to_string(path("map.toml")).unwrap()).unwrap(),
        document: "table.csv".to_owned(),
        declared: utc("2026-11-24T06:00:00Z"),
    }
}

fn read(bytes: &[u8]) -> Kept {
    let mut kept = Kept::default();
    csv::read(&mut &bytes[..], &options(), &mut kept).unwrap();
    kept
}

fn read_json(bytes: &[u8]) -> Kept {
    let mut kept = Kept::default();
    json::read(&mut &bytes[..], &mut kept).unwrap();
    kept
}

#[test]
fn a_table_is_read_through_its_map() {
    let kept = read(&fixture("table.csv"));
    let first = kept.of("CSQU3054383")[0];
    let consignment = first.consignment.as_ref().unwrap();
    assert_eq!(first.movement, Movement::Import);
    assert_eq!(consignment.consignee.as_deref(), Some("A \"Big\" Farm; Ltd"));
    assert_eq!(consignment.goods[0].mass_kg.unwrap().value(), 12_500.0);
    let second = kept.of("MSKU9070323")[0];
    let tiles = second.consignment.as_ref().unwrap();
    assert_eq!((second.movement, tiles.onward_bill.as_deref()), (Movement::Transshipment, Some("B9")));
    assert_eq!(tiles.goods[0].mass_kg.unwrap().value(), 1_200_000.0);
    assert_eq!(tiles.goods[0].text, "Tiles, two lines");
    assert_eq!(kept.of("HLXU2008419")[0].consignment, None, "only announced");
}

#[test]
fn a_bad_row_says_where_and_why_and_does_not_lose_the_others() {
    let kept = read(&fixture("table.csv"));
    let refused: Vec<String> = kept.refused.iter().map(|(place, what)| format!("{place}: {what}")).collect();
    for (at, expected) in [
        "line 6: column container no: \"MSKU9070324\" has a wrong check digit: 3 was expected",
        "line 7: column HS: \"69O721\" is no HS code: 4 to 10 digits are needed, dots and spaces between them may stay",
        "line 8: column Weight t: \"heavy\" is no number from 0 to 1000000",
        "line 9: column Status: \"?\" is none of I, T",
        "line 10: 2 columns, 8 are expected",
    ]
    .iter()
    .enumerate()
    {
        assert_eq!(&refused[at], expected);
    }
    assert_eq!((kept.records.len(), refused.len()), (4, 5));
}

#[test]
fn a_map_that_does_not_fit_says_so() {
    for (text, expected) in [
        ("[columns]\ncontainer = \"c\"\ncolour = \"x\"", "line 3: unknown variant `colour`"),
        ("[columns]\nbill = \"x\"", "which column holds the container's number"),
        ("separator = \"ab\"\n[columns]\ncontainer = \"c\"", "line 1"),
        ("separator = \"7\"\n[columns]\ncontainer = \"c\"", "separator: one character"),
        ("decimal = \",\"\n[columns]\ncontainer = \"c\"", "and not the separator"),
        ("[columns]\ncontainer = \"c\"\nmass_kg = \"a\"\nmass_t = \"b\"", "not both"),
        ("[columns]\ncontainer = \"c\"\n[movement]\nX = \"away\"", "line 4: unknown variant `away`"),
    ] {
        let error = ColumnMap::parse(text).unwrap_err().to_string();
        assert!(error.contains(expected), "{text}: {error}");
    }
    let kept = read(b"Container;BL\nCSQU3054383;B1\n");
    assert!(kept.records.is_empty());
    assert!(kept.refused[0].1.contains("there is no column"), "{:?}", kept.refused);
    assert!(read(b"").refused[0].1.contains("the file is empty"));
}

#[test]
fn a_quotation_mark_left_open_is_one_refusal() {
    let mut bytes =
        b"Container No;BL;Consignee;Status;HS;Goods;Weight t;Onward BL\nCSQU3054383;\"B1;".to_vec();
    bytes.resize(300_000, b'x');
    bytes.extend(b"\nMSKU9070323;B2;;T;690721;Tiles;1;\n");
    let kept = read(&bytes);
    assert!(kept.refused[0].1.contains("is a quotation mark left open?"), "{:?}", kept.refused);
    assert_eq!(kept.of("MSKU9070323").len(), 1);
}

#[test]
fn declarations_are_read_from_json() {
    let kept = read_json(&fixture("declarations.json"));
    assert_eq!(kept.of("CSQU3054383").len(), 2);
    assert_eq!(kept.of("CSQU3054383")[0].consignment.as_ref().unwrap().goods[0].text, "potash {in bags}");
    assert_eq!(kept.of("TGHU8913889")[0].consignment, None);
    let refused: Vec<String> = kept.refused.iter().map(|(place, what)| format!("{place}: {what}")).collect();
    assert!(refused[0].starts_with("line 17: ") && refused[0].contains("check digit"), "{refused:?}");
    assert!(refused[1].starts_with("line 18: unknown field `colour`"), "{refused:?}");
    assert_eq!(refused.len(), 2);
}

#[test]
fn a_line_each_is_read_as_well_and_a_broken_one_loses_itself() {
    let line = |n: &str| {
        format!("{{\"container\":\"{n}\",\"source\":\"x\",\"declared\":\"2026-11-24T06:00:00Z\"}}\n")
    };
    let text = format!(
        "{}{{\"container\":\"MSKU9\n{}oops\n{}",
        line("CSQU3054383"),
        line("TGHU8913889"),
        line("HLXU2008419")
    );
    let kept = read_json(text.as_bytes());
    let found: Vec<_> = kept.statements().iter().map(|s| s.container.as_str()).collect();
    assert_eq!(found, ["CSQU3054383", "TGHU8913889", "HLXU2008419"]);
    assert_eq!(kept.refused.len(), 2, "{:?}", kept.refused);
}

proptest! {
    #[test]
    fn hostile_bytes_never_panic(
        at in 0_usize..1500, bytes in prop::collection::vec(any::<u8>(), 0..20), cut in 0_usize..1500,
    ) {
        for name in ["table.csv", "declarations.json"] {
            let mut text = fixture(name);
            let at = at.min(text.len());
            text.splice(at..(at + bytes.len() / 2).min(text.len()), bytes.iter().copied());
            text.truncate(cut.max(at));
            let kept = if name == "table.csv" { read(&text) } else { read_json(&text) };
            prop_assert!(kept.statements().iter().all(|s| s.document.chars().count() <= 1000));
        }
    }

    #[test]
    fn a_hostile_map_is_refused_without_a_panic(text in ".{0,200}") {
        let _ = ColumnMap::parse(&text);
    }

    /// What is written after RFC 4180 is read as it was.
    #[test]
    fn any_text_in_quotation_marks_is_one_cell(text in "[ -~\n]{1,60}") {
        let row = format!("CSQU3054383;\"{}\";;;;;;\n", text.replace('"', "\"\""));
        let header = "Container No;BL;Consignee;Status;HS;Goods;Weight t;Onward BL\n";
        let kept = read(format!("{header}{row}").as_bytes());
        let bill = kept.statements()[0].consignment.as_ref().and_then(|c| c.bill.clone()).unwrap_or_default();
        let plain = text.replace('\n', " ");
        prop_assert_eq!(bill, plain.trim());
    }
}
