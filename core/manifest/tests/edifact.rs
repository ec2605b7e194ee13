//! CUSCAR and COPARN.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod common;

use common::{Kept, fixture, utc};
use greenlane_manifest::edifact::{self, Edifact};
use greenlane_manifest::{Record, Statement};
use greenlane_model::{Consignment, Fill, Movement};
use proptest::prelude::*;

fn read(bytes: &[u8]) -> Kept {
    read_with(bytes, &Edifact { offset_min: 0, onward_qualifier: Some("ABO".to_owned()) })
}

fn read_with(bytes: &[u8], options: &Edifact) -> Kept {
    let mut kept = Kept::default();
    edifact::read(&mut &bytes[..], options, &mut kept).unwrap();
    kept
}

fn only<'a>(kept: &'a Kept, container: &str) -> (&'a Statement, &'a Consignment) {
    let statements = kept.of(container);
    assert_eq!(statements.len(), 1, "{statements:#?}");
    (statements[0], statements[0].consignment.as_ref().unwrap())
}

#[test]
fn a_cargo_report_says_what_is_in_each_container() {
    let kept = read(&fixture("cuscar.edi"));
    let (statement, potash) = only(&kept, "CSQU3054383");
    assert_eq!(statement.document, "CUSCAR LINE MANIFEST42");
    assert_eq!(statement.declared, utc("2026-11-23T22:15:00Z"));
    assert_eq!(statement.conveyance.as_deref(), Some("MV EXAMPLE 0915E"));
    assert_eq!((statement.movement, statement.fill), (Movement::Import, Fill::Full));
    assert_eq!(potash.bill.as_deref(), Some("BILL1"));
    assert_eq!(potash.consignee.as_deref(), Some("O'NEILL + SONS"));
    assert_eq!(potash.goods[0].text, "POTASSIUM CHLORIDE IN BAGS");
    assert_eq!(potash.goods[0].code.as_ref().unwrap().heading(), "3104");
    assert_eq!(potash.goods[0].mass_kg.unwrap().value(), 20_000.0);
}

#[test]
fn a_bill_over_two_containers_is_shared_out_by_packages() {
    let kept = read(&fixture("cuscar.edi"));
    let both = kept.of("MSKU9070323");
    let bills: Vec<_> =
        both.iter().map(|s| s.consignment.as_ref().unwrap().bill.as_deref().unwrap()).collect();
    assert_eq!(bills, ["BILL2", "BILL3"]);
    let mass = |s: &Statement| s.consignment.as_ref().unwrap().goods[0].mass_kg.unwrap().value();
    assert!((mass(both[0]) - 12_500.0 / 3.0).abs() < 1e-6);
    assert_eq!(mass(both[1]), 900.0, "the mass behind SGP is that container's own");
    let (statement, tiles) = only(&kept, "APZU3211393");
    assert_eq!(statement.movement, Movement::Unknown, "no EQD names it");
    assert!((tiles.goods[0].mass_kg.unwrap().value() - 25_000.0 / 3.0).abs() < 1e-6);
}

#[test]
fn a_transshipment_and_its_onward_bill_are_marked() {
    let kept = read(&fixture("cuscar.edi"));
    let (statement, granite) = only(&kept, "TGHU8913889");
    assert_eq!(statement.movement, Movement::Transshipment);
    assert_eq!((granite.consignee.as_deref(), granite.onward_bill.as_deref()), (None, Some("ONWARD9")));
    let codes: Vec<_> = granite.goods.iter().map(|goods| goods.code.as_ref().unwrap().as_str()).collect();
    assert_eq!(codes, ["251612", "680223"]);
    assert_eq!(granite.goods[1].mass_kg, None, "how the mass is divided is not said");
}

#[test]
fn an_empty_container_is_announced() {
    let kept = read(&fixture("cuscar.edi"));
    let statements = kept.of("HLXU2008419");
    assert_eq!(statements[0].fill, Fill::Empty);
    assert_eq!(statements[0].consignment, None);
}

#[test]
fn a_bad_record_says_where_and_why_and_does_not_lose_the_others() {
    let kept = read(&fixture("cuscar.edi"));
    let refused: Vec<String> = kept.refused.iter().map(|(place, what)| format!("{place}: {what}")).collect();
    assert_eq!(
        refused,
        [
            "line 36, segment 36: bill BILL3: \"MSKU9070324\" has a wrong check digit: 3 was expected",
            "line 46, segment 46: an item of bill BILL5 names no container (SGP)",
        ]
    );
    assert!(kept.warnings.is_empty(), "{:?}", kept.warnings);
    assert_eq!(kept.records.len(), 6);
}

#[test]
fn an_announcement_says_what_is_in_a_container() {
    let kept = read(&fixture("coparn.edi"));
    let (statement, feldspar) = only(&kept, "TEXU3070079");
    assert_eq!(
        statement.declared,
        utc("2026-11-24T04:10:00Z"),
        "the interchange's time, in want of a better one"
    );
    assert_eq!((statement.movement, statement.fill), (Movement::Export, Fill::Full));
    assert_eq!(feldspar.bill.as_deref(), Some("BOOK1"));
    assert_eq!(feldspar.goods[0].code.as_ref().unwrap().heading(), "2529");
    assert_eq!(feldspar.goods[0].mass_kg.unwrap().value(), 21_000.0);
    assert_eq!(kept.of("MSCU6639870")[0].fill, Fill::Empty);
    assert!(kept.refused[0].1.starts_with("a container without a number"), "{:?}", kept.refused);
}

#[test]
fn a_cut_message_is_undone_and_the_whole_one_before_it_stays() {
    let whole = fixture("coparn.edi");
    let text = String::from_utf8(whole.clone()).unwrap();
    let before = text.split("UNZ").next().unwrap().to_owned();
    let second = before[before.find("UNH").unwrap()..].replace("667001", "667002").replace("ANN1", "ANN2");
    let cut = &second[..second.find("CNT").unwrap()];
    let kept = read(format!("{before}{cut}").as_bytes());
    assert_eq!(kept.records, read(&whole).records);
    assert!(
        kept.refused.iter().any(|(_, what)| what.contains("667002 has no end (UNT)")),
        "{:?}",
        kept.refused
    );

    let fewer = text.replace("MEA+AAE+G+KGM:21000'", "");
    let kept = read(fewer.as_bytes());
    assert!(kept.records.is_empty());
    assert!(kept.refused.last().unwrap().1.contains("some are missing"), "{:?}", kept.refused);

    let wrong = text.replace("UNT+18", "UNT+9");
    let kept = read(wrong.as_bytes());
    assert_eq!((kept.records.len(), kept.warnings.len()), (2, 1), "more than announced loses nothing");
}

#[test]
fn a_damaged_segment_undoes_its_message() {
    let text = String::from_utf8(fixture("cuscar.edi")).unwrap().replace("GID+1+800:BG", "gid+1+800:BG");
    let kept = read(text.as_bytes());
    assert!(kept.records.is_empty());
    let (place, what) = &kept.refused[kept.refused.len() - 1];
    assert_eq!(place.to_string(), "line 17, segment 17");
    assert!(what.contains("a tag of three capitals is expected"), "{what}");
}

#[test]
fn a_replacing_message_takes_back_what_it_said_before() {
    let text = String::from_utf8(fixture("cuscar.edi")).unwrap();
    let replaced = read(text.replace("MANIFEST42+9", "MANIFEST42+5").as_bytes());
    assert!(
        matches!(&replaced.records[0], Record::Withdrawn { document, .. } if document == "CUSCAR LINE MANIFEST42")
    );
    assert_eq!(replaced.records.len(), 7);
    let cancelled = read(text.replace("MANIFEST42+9", "MANIFEST42+1").as_bytes());
    assert_eq!(cancelled.records.len(), 1);
}

#[test]
fn other_separators_and_a_clock_ahead_of_utc_are_read() {
    let text = String::from_utf8(fixture("coparn.edi")).unwrap();
    let other = text.replace(':', "|").replace('+', "^").replace('\'', "~\n");
    let options = Edifact { offset_min: 480, onward_qualifier: None };
    let kept = read_with(format!("UNA|^.? ~\n{other}").as_bytes(), &options);
    let (statement, _) = only(&kept, "TEXU3070079");
    assert_eq!(statement.declared, utc("2026-11-23T20:10:00Z"));
}

#[test]
fn an_advice_that_is_none_is_refused() {
    let kept = read(b"UNA:+,'\nUNB+UNOA:1+A+B+180508:0410+1'UNH+1+COPARN:D:95B:UN'UNT+2+1'");
    assert!(kept.refused[0].1.contains("six characters"), "{:?}", kept.refused);
}

#[test]
fn other_messages_are_passed_over_with_a_word() {
    let kept = read(
        b"UNB+UNOA:1+A+B+180508:0410+1'UNH+1+CODECO:D:95B:UN'BGM+34+1+9'EQD+CN+CSQU3054383'UNT+4+1'UNZ+1+1'",
    );
    assert!(kept.records.is_empty() && kept.refused.is_empty());
    assert!(kept.warnings[0].1.contains("CODECO"), "{:?}", kept.warnings);
}

proptest! {
    #[test]
    fn hostile_bytes_never_panic(
        at in 0_usize..2000, bytes in prop::collection::vec(any::<u8>(), 0..20), cut in 0_usize..2000,
    ) {
        for name in ["cuscar.edi", "coparn.edi"] {
            let mut text = fixture(name);
            let at = at.min(text.len());
            text.splice(at..(at + bytes.len() / 2).min(text.len()), bytes.iter().copied());
            read(&text);
            text.truncate(cut);
            read(&text);
        }
    }

    #[test]
    fn noise_of_structure_never_panics(text in "(UN[AHTBZ]|CNI|GID|SGP|EQD|MEA|CST|[+:?'. 0-9A-Z]){0,200}") {
        read(text.as_bytes());
    }
}

#[test]
fn a_segment_without_an_end_takes_no_memory() {
    let mut bytes = b"UNH+1+CUSCAR:D:95B:UN'BGM+85+1+9'FTX+AAA+++".to_vec();
    bytes.resize(4_000_000, b'x');
    bytes.extend(b"'CNI+1+B'UNT+5+1'");
    let kept = read(&bytes);
    assert!(kept.records.is_empty());
    assert!(kept.refused[0].1.contains("more than 16384 bytes"), "{:?}", kept.refused);
}
