//! The store: imports, what is known of a container, and orders.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod common;

use std::path::Path;

use common::{fixture, number, path, utc};
use greenlane_manifest::csv::{ColumnMap, Csv};
use greenlane_manifest::edifact::Edifact;
use greenlane_manifest::{Format, ManifestError, STALE_AFTER_DAYS, Store, Targets};
use greenlane_model::{Held, Hold, Order, Papers, Utc};
use tempfile::TempDir;

const NOW: &str = "2026-11-24T12:00:00Z";

fn store() -> (TempDir, Store) {
    let folder = TempDir::new().unwrap();
    let store = Store::create(&folder.path().join("manifests.db")).unwrap();
    (folder, store)
}

fn edifact() -> Format {
    Format::Edifact(Edifact { offset_min: 0, onward_qualifier: Some("ABO".to_owned()) })
}

fn table(document: &str, declared: &str) -> Format {
    let map = ColumnMap::parse(&std::fs::read_to_string(path("map.toml")).unwrap()).unwrap();
    Format::Csv(Csv { map, document: document.to_owned(), declared: utc(declared) })
}

fn import(store: &mut Store, bytes: &[u8], format: &Format) -> (u64, u64, u64) {
    let report = store.import(&mut &bytes[..], format).unwrap();
    (report.accepted, report.older, report.refused)
}

fn papers(store: &Store, container: &str, now: &str) -> Papers {
    store.papers(&number(container), utc(now), STALE_AFTER_DAYS).unwrap()
}

fn bills(papers: &Papers) -> Vec<String> {
    let consignments = papers.declaration().map(|d| d.consignments.clone()).unwrap_or_default();
    consignments.into_iter().map(|c| c.bill.unwrap_or_default()).collect()
}

/// Everything that stands in the file.
fn contents(path: &Path) -> Vec<(String, String, String, i64, String)> {
    let connection = rusqlite::Connection::open(path).unwrap();
    let mut all = connection.prepare("SELECT * FROM statements ORDER BY 1, 2, 3").unwrap();
    let row = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?));
    all.query_map([], row).unwrap().map(Result::unwrap).collect()
}

#[test]
fn every_state_of_knowledge_is_one_of_its_own() {
    let (_folder, mut store) = store();
    assert_eq!(papers(&store, "CSQU3054383", NOW), Papers::Unknown);
    assert_eq!(import(&mut store, &fixture("cuscar.edi"), &edifact()), (6, 0, 2));
    assert!(matches!(papers(&store, "CSQU3054383", NOW), Papers::Single(_)));
    let several = papers(&store, "MSKU9070323", NOW);
    assert!(matches!(several, Papers::Several(_)), "{several:?}");
    assert_eq!(bills(&several), ["BILL2", "BILL3"]);
    assert!(matches!(papers(&store, "CSQU3054383", "2026-12-31T12:00:00Z"), Papers::Stale(_)));
    let transit = papers(&store, "TGHU8913889", NOW);
    assert!(transit.declaration().unwrap().is_transshipment());
    let future = papers(&store, "CSQU3054383", "2026-09-01T00:00:00Z");
    assert!(matches!(future, Papers::Stale(_)), "a time far ahead is no better than one long ago");
}

#[test]
fn the_same_file_twice_leaves_the_same_store() {
    for (bytes, format) in [
        (fixture("cuscar.edi"), edifact()),
        (fixture("coparn.edi"), edifact()),
        (fixture("declarations.json"), Format::Json),
        (fixture("table.csv"), table("table.csv", NOW)),
    ] {
        let (folder, mut store) = store();
        let first = import(&mut store, &bytes, &format);
        let before = contents(&folder.path().join("manifests.db"));
        assert!(!before.is_empty());
        assert_eq!(import(&mut store, &bytes, &format), first);
        assert_eq!(contents(&folder.path().join("manifests.db")), before);
    }
}

#[test]
fn rows_of_one_bill_are_one_consignment() {
    let (_folder, mut store) = store();
    import(&mut store, &fixture("table.csv"), &table("table.csv", NOW));
    let Papers::Single(declaration) = papers(&store, "CSQU3054383", NOW) else { panic!("one bill") };
    let masses: Vec<f64> =
        declaration.consignments[0].goods.iter().map(|g| g.mass_kg.unwrap().value()).collect();
    assert_eq!(masses, [12_500.0, 7500.0]);
}

#[test]
fn an_older_file_does_not_undo_a_newer_one() {
    let (_folder, mut store) = store();
    let text = String::from_utf8(fixture("cuscar.edi")).unwrap();
    let newer = text.replace("202611232215", "202611240900").replace("KGM:20000", "KGM:21000");
    import(&mut store, newer.as_bytes(), &edifact());
    assert_eq!(import(&mut store, text.as_bytes(), &edifact()), (0, 6, 2));
    let goods = papers(&store, "CSQU3054383", NOW).declaration().unwrap().consignments[0].goods.clone();
    assert_eq!(goods[0].mass_kg.unwrap().value(), 21_000.0);
}

#[test]
fn a_newer_word_on_the_same_bill_replaces_the_older_and_another_voyage_all_of_it() {
    let (_folder, mut store) = store();
    let text = String::from_utf8(fixture("cuscar.edi")).unwrap();
    import(&mut store, text.as_bytes(), &edifact());
    let amended = text.replace("MANIFEST42", "MANIFEST43").replace("202611232215", "202611240900");
    import(&mut store, amended.replace("KGM:20000", "KGM:19000").as_bytes(), &edifact());
    let now = papers(&store, "CSQU3054383", NOW);
    assert!(matches!(now, Papers::Single(_)), "{now:?}");
    assert_eq!(now.declaration().unwrap().consignments[0].goods[0].mass_kg.unwrap().value(), 19_000.0);
    let next = text.replace("MANIFEST42", "MANIFEST50").replace("202611232215", "202611241000");
    import(&mut store, next.replace("0915E", "0916W").replace("BILL1", "BILL9").as_bytes(), &edifact());
    assert_eq!(bills(&papers(&store, "CSQU3054383", NOW)), ["BILL9"]);
}

#[test]
fn a_replacing_message_drops_what_it_no_longer_names_and_a_cancelling_one_all() {
    let (_folder, mut store) = store();
    let text = String::from_utf8(fixture("cuscar.edi")).unwrap();
    import(&mut store, text.as_bytes(), &edifact());
    let shorter = text
        .replace("MANIFEST42+9", "MANIFEST42+5")
        .replace("EQD+CN+HLXU2008419+45G1:102:5+2+3+4'\n", "")
        .replace("UNT+46", "UNT+45");
    assert_eq!(import(&mut store, shorter.as_bytes(), &edifact()).0, 6);
    assert_eq!(papers(&store, "HLXU2008419", NOW), Papers::Unknown);
    assert!(matches!(papers(&store, "CSQU3054383", NOW), Papers::Single(_)));
    let cancelled = text.replace("MANIFEST42+9", "MANIFEST42+1");
    import(&mut store, cancelled.as_bytes(), &edifact());
    assert!(store.containers(None, 10).unwrap().is_empty());
}

#[test]
fn a_cut_message_changes_nothing_in_the_store() {
    let (folder, mut store) = store();
    import(&mut store, &fixture("cuscar.edi"), &edifact());
    let before = contents(&folder.path().join("manifests.db"));
    let text = String::from_utf8(fixture("cuscar.edi")).unwrap().replace("MANIFEST42+9", "MANIFEST42+1");
    assert_eq!(import(&mut store, text.split("UNT").next().unwrap().as_bytes(), &edifact()), (0, 0, 1));
    assert_eq!(contents(&folder.path().join("manifests.db")), before);
}

#[test]
fn a_file_that_breaks_off_in_reading_leaves_nothing() {
    struct Broken(usize);
    impl std::io::Read for Broken {
        fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
            let bytes =
                b"{\"container\":\"CSQU3054383\",\"source\":\"x\",\"declared\":\"2026-11-24T06:00:00Z\"}\n";
            self.0 += 1;
            if self.0 > 3 {
                return Err(std::io::Error::other("the cable"));
            }
            buffer[..bytes.len()].copy_from_slice(bytes);
            Ok(bytes.len())
        }
    }
    let (_folder, mut store) = store();
    let mut broken = std::io::BufReader::new(Broken(0));
    assert!(matches!(store.import(&mut broken, &Format::Json), Err(ManifestError::Input(_))));
    assert_eq!(papers(&store, "CSQU3054383", NOW), Papers::Unknown);
}

#[test]
fn something_else_is_not_taken_for_a_store() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("x.db");
    assert!(matches!(Store::open(&path), Err(ManifestError::Absent(_))));
    rusqlite::Connection::open(&path).unwrap().execute_batch("CREATE TABLE t (a)").unwrap();
    assert!(matches!(Store::create(&path), Err(ManifestError::NotAStore { .. })));
    std::fs::write(&path, "no database at all, but long enough to be looked at as one").unwrap();
    assert!(Store::create(&path).is_err());
}

fn hold(on: Held, owner: &str, expires: Option<Utc>) -> Hold {
    let reason = "weapons, by a tip".to_owned();
    Hold { on, order: Order::Hold, owner: owner.to_owned(), reason, list: None, placed: utc(NOW), expires }
}

#[test]
fn orders_add_up_and_only_their_owner_lifts_them() {
    let (_folder, mut store) = store();
    let container = Held::Container(number("CSQU3054383"));
    let customs = store.place(&hold(container.clone(), "customs", None)).unwrap();
    let police = store.place(&hold(container.clone(), "police", None)).unwrap();
    assert_eq!(
        store.place(&hold(container, "customs", None)).unwrap(),
        customs,
        "the same order stands once"
    );
    store.place(&hold(Held::Bill("b7".to_owned()), "customs", Some(utc("2026-11-25T00:00:00Z")))).unwrap();
    store.place(&hold(Held::Truck("ab-12 cd".to_owned()), "police", None)).unwrap();
    let on = |store: &Store, now: &str| {
        let found =
            store.holds(Some(&number("CSQU3054383")), &["B7".to_owned()], Some("AB12CD"), utc(now)).unwrap();
        found.len()
    };
    assert_eq!(on(&store, NOW), 4);
    assert_eq!(on(&store, "2026-11-25T00:00:00Z"), 3, "one has expired");
    let refused = store.lift(police, "customs", utc(NOW));
    assert!(
        matches!(&refused, Err(ManifestError::NotOwner { owner, .. }) if owner == "police"),
        "{refused:?}"
    );
    store.lift(police, "police", utc(NOW)).unwrap();
    assert!(matches!(store.lift(police, "police", utc(NOW)), Err(ManifestError::NoHold(_))));
    assert_eq!(on(&store, NOW), 3);
}

#[test]
fn a_newer_declaration_lifts_no_order_on_a_bill() {
    let (_folder, mut store) = store();
    import(&mut store, &fixture("cuscar.edi"), &edifact());
    store.place(&hold(Held::Bill("BILL2".to_owned()), "customs", None)).unwrap();
    import(&mut store, &fixture("table.csv"), &table("table.csv", NOW));
    assert_eq!(bills(&papers(&store, "MSKU9070323", NOW)), ["B2"], "another journey");
    assert_eq!(store.holds(Some(&number("MSKU9070323")), &[], None, utc(NOW)).unwrap().len(), 1);
}

#[test]
fn a_targeting_list_is_taken_whole_and_its_next_edition_lifts_what_it_drops() {
    let (_folder, mut store) = store();
    let targets = Targets { owner: "customs".to_owned(), list: "weekly".to_owned(), placed: utc(NOW) };
    let list = "kind,number,order,reason,expires\ncontainer,CSQU3054383,inspect,risk 7,2026-12-01T00:00:00Z\n\
                truck,AB 12,hold,stolen,\n";
    let report = store.target(&mut list.as_bytes(), &targets).unwrap();
    assert_eq!((report.accepted, report.refused), (2, 0));
    let before = store.all_holds(utc(NOW)).unwrap();
    assert_eq!(store.target(&mut list.as_bytes(), &targets).unwrap().accepted, 2);
    assert_eq!(store.all_holds(utc(NOW)).unwrap(), before, "twice is once");

    let bad = "kind,number,order,reason\ncontainer,CSQU3054384,hold,x\nship,1,hold,x\nbill,B1,hold,\nbill,B1,seize,x\n";
    let report = store.target(&mut bad.as_bytes(), &targets).unwrap();
    assert_eq!(report.refused, 4, "{report:?}");
    assert_eq!(store.all_holds(utc(NOW)).unwrap().len(), 2, "a list that is not understood lifts nothing");

    let next = "number,kind,order,reason\nAB12,truck,hold,stolen\n";
    store.target(&mut next.as_bytes(), &targets).unwrap();
    let left = store.all_holds(utc(NOW)).unwrap();
    assert_eq!(left.len(), 1);
    assert_eq!(left[0].hold.on, Held::Truck("AB12".to_owned()));
}

#[test]
fn the_strictest_order_comes_first() {
    let (_folder, mut store) = store();
    let on = Held::Container(number("CSQU3054383"));
    store.place(&Hold { order: Order::Inspect, ..hold(on.clone(), "customs", None) }).unwrap();
    store.place(&hold(on, "police", None)).unwrap();
    let found = store.holds(Some(&number("CSQU3054383")), &[], None, utc(NOW)).unwrap();
    assert_eq!(found.iter().map(|s| s.hold.order).collect::<Vec<_>>(), [Order::Hold, Order::Inspect]);
}
