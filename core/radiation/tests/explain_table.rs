//! The table of goods, and what a site may set.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::path::Path;

use greenlane_radiation::explain::{Chain, Expectations, Profile};

fn text() -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../configs/cargo/expectations.toml");
    std::fs::read_to_string(path).unwrap()
}

const REFERENCE: &str = "[reference]\ngeometry = 0.3\nnormal_field_ngy_h = 80\nfull_load_kg = 20000\n\
                         position_margin_m = 2.5\n\n";

/// A reference, and one row that begins in line 7.
fn errors(row: &str) -> Vec<String> {
    let text = format!("{REFERENCE}[[goods]]\n{row}\n");
    Expectations::parse(&text).map_or_else(|e| e.iter().map(ToString::to_string).collect(), |_| Vec::new())
}

#[test]
fn the_table_gives_the_excess_of_the_cargoes_that_it_was_made_from() {
    let table = Expectations::parse(&text()).unwrap();
    for (heading, excess) in [
        ("3104", 2.60),
        ("3105", 1.00),
        ("2510", 2.70),
        ("2508", 0.40),
        ("6907", 0.37),
        ("2516", 0.59),
        ("2615", 6.9),
        ("2621", 1.4),
        ("0803", 0.02),
    ] {
        let found = table.full_excess(table.row(heading).unwrap());
        let tolerance = if excess > 1.0 { 0.05 } else { 0.006 };
        assert!((found - excess).abs() < tolerance, "{heading}: {found} instead of {excess}");
    }
}

#[test]
fn the_table_holds_what_it_must() {
    let table = Expectations::parse(&text()).unwrap();
    for never in
        ["2612", "2844", "2845", "8401", "9022", "9027", "9031", "7204", "8548", "8549", "3825", "7304"]
    {
        assert!(table.row(never).is_some_and(|row| row.never), "{never}");
    }
    assert!(table.row("6908").is_none(), "6908 no longer exists");
    assert!(table.row("3102").is_some_and(|row| row.explains.is_empty()));
    assert_eq!(table.row("3105").unwrap().explains, [Chain::K, Chain::Ra]);
    assert!(["2530", "3824"].iter().all(|heading| table.row(heading).is_some_and(|row| row.catch_all)));
    assert!(table.rows().iter().all(|row| !row.goods.is_empty()));
}

#[test]
fn what_is_wrong_is_refused_with_its_line() {
    for (row, expected) in [
        ("headings = []\ngoods = \"x\"\nstatus = \"typical\"", "line 7: headings = []"),
        ("headings = [\"310\"]\ngoods = \"x\"\nstatus = \"typical\"", "line 7: heading \"310\": four digits"),
        (
            "headings = [\"3104\", \"3104\"]\ngoods = \"x\"\nstatus = \"typical\"",
            "stands in the table already",
        ),
        ("headings = [\"3104\"]\ngoods = \"x\"\nstatus = \"sure\"", "line 10: unknown variant"),
        (
            "headings = [\"3104\"]\ngoods = \"x\"\nstatus = \"typical\"\nexplain = [\"K\"]",
            "line 11: unknown field",
        ),
        (
            "headings = [\"3104\"]\ngoods = \"x\"\nstatus = \"typical\"\nexplains = [\"K\"]",
            "without an activity",
        ),
        (
            "headings = [\"3104\"]\ngoods = \"x\"\nstatus = \"typical\"\nk_bq_kg = nan",
            "line 7: k_bq_kg = NaN",
        ),
        (
            "headings = [\"3104\"]\ngoods = \"x\"\nstatus = \"typical\"\nk_bq_kg = 1\nnever = true",
            "never = true",
        ),
        ("headings = [\"3104\"]\ngoods = \"x\"\nstatus = \"typical\"\nneeds = {}", "codes or words"),
        (
            "headings = [\"3104\"]\ngoods = \"x\"\nstatus = \"typical\"\nneeds = { words = [\"Potash\"] }",
            "in lower case",
        ),
    ] {
        let errors = errors(row);
        assert!(errors.iter().any(|error| error.contains(expected)), "{row}: {errors:?}");
    }
    let off = text().replace("geometry = 0.3", "geometry = 3");
    let errors = Expectations::parse(&off).unwrap_err();
    assert!(errors[0].to_string().contains("geometry = 3: from 0.05 to 1"), "{errors:?}");
}

#[test]
fn a_profile_may_only_be_stricter_than_its_limits() {
    for wrong in [
        "min_ts = 15",
        "min_cover = 0.1",
        "min_cover = nan",
        "strong_excess = 20",
        "r6 = false",
        "point_two_dl = 1000",
        "[shape_rule]\napproved_by = \"\"\ndocument = \"x\"\nheadings = [\"3104\"]\nmax_ratio_z = 1",
        "[shape_rule]\napproved_by = \"a\"\ndocument = \"x\"\nheadings = []\nmax_ratio_z = 1",
        "[shape_rule]\napproved_by = \"a\"\ndocument = \"x\"\nheadings = [\"3104\"]\nmax_ratio_z = 9",
    ] {
        assert!(toml::from_str::<Profile>(wrong).is_err(), "{wrong}");
    }
    assert_eq!(toml::from_str::<Profile>("").unwrap(), Profile::default());
    assert!(toml::from_str::<Profile>("min_ts = 36").is_ok());
}
