//! The planted faults and the odd drivers of `tests/faulty`: how good the suite itself is.
//!
//! `cargo test -p greenlane-conformance --test catalogue -- --nocapture` prints every row.
#![allow(clippy::unwrap_used, reason = "a test that cannot begin ends here")]
#![allow(clippy::print_stdout, reason = "what was found, for whoever looks with --nocapture")]

mod common;

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use greenlane_conformance::catalogue::{self, Catalogue, Entry, FileChange, Found, failures};
use greenlane_conformance::suite::Waivers;
use greenlane_controller::host::Plugin;
use greenlane_driver::LinkKind;
use greenlane_standard::{Date, Standard};

/// Memory is counted for the whole process: one driver at a time.
static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());

fn read() -> Catalogue {
    let text = std::fs::read_to_string(common::root().join("tests/faulty/catalogue.toml")).unwrap();
    Catalogue::read(&text).unwrap()
}

/// Only these rows, for whoever works on one: `GREENLANE_ROWS=F63,K02`.
fn is_wanted(entry: &Entry) -> bool {
    std::env::var("GREENLANE_ROWS").map_or(true, |rows| rows.split(',').any(|row| row == entry.id))
}

fn lines(plugin: &Plugin, standard: &Standard, entry: &Entry) -> Vec<greenlane_conformance::suite::Line> {
    let base = entry.base.as_deref().unwrap();
    let kit = entry.kit(&common::kit(base));
    let info = plugin.drivers.iter().find(|d| d.model == entry.model());
    let info = info.unwrap_or_else(|| panic!("{} is not in the library", entry.model()));
    let waivers = Waivers { list: kit.product.waiver.clone(), today: Date::parse("2026-11-24").unwrap() };
    catalogue::run(plugin, info, &kit, standard, &entry.selection(), &waivers)
}

fn found(plugin: &Plugin, standard: &Standard, entry: &Entry) -> Found {
    if let Some(found) = entry.is_beyond(standard) {
        return found;
    }
    match entry.file {
        Some(FileChange::ShortTable) => match Plugin::load(&with_short_table(plugin)) {
            Err(refusal) => Found::ByOthers(vec![format!("the controller: it {}", refusal.reason)]),
            Ok(_) => Found::Missed("the file was loaded".to_owned()),
        },
        None => entry.found(&lines(plugin, standard, entry)),
    }
}

/// A copy of the library whose table says that it is 8 bytes shorter.
fn with_short_table(plugin: &Plugin) -> PathBuf {
    let mut bytes = std::fs::read(&plugin.path).unwrap();
    // Size and major version, then four addresses that the loader fills in.
    let table = [[40_u8, 0, 0, 0, 1, 0, 0, 0].as_slice(), &[0; 32]].concat();
    let places: Vec<usize> =
        (0..bytes.len() - 40).step_by(8).filter(|&i| bytes[i..i + 40] == table[..]).collect();
    assert_eq!(places.len(), 1, "the table stands once in the library");
    bytes[places[0]] -= 8;
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("libgreenlane_faulty.so");
    std::fs::write(&path, bytes).unwrap();
    path
}

#[test]
fn every_planted_fault_is_found_by_the_requirement_named_for_it() {
    let _alone = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    let (plugin, standard) = (common::load("faulty"), common::standard());
    let faults: Vec<Entry> = read().fault.into_iter().filter(is_wanted).collect();
    let (mut strict, mut loose, mut beyond) = (0, 0, 0);
    let mut wrong = Vec::new();
    for fault in &faults {
        let start = Instant::now();
        let found = found(&plugin, &standard, fault);
        let took = start.elapsed().as_millis();
        println!("{:<5} {:<20} {took:>5} ms  {found}  ({})", fault.id, fault.requirement, fault.what);
        strict += u32::from(found == Found::ByName);
        loose += u32::from(matches!(found, Found::ByName | Found::ByOthers(_)));
        beyond += u32::from(matches!(found, Found::NotBuilt | Found::NoDriver(_)));
        match (&found, &fault.miss) {
            (Found::ByName, Some(_)) => wrong.push(format!("{} is found now: strike its `miss`", fault.id)),
            (Found::ByOthers(_) | Found::Missed(_), None) => wrong.push(format!("{} {found}", fault.id)),
            _ => {}
        }
    }
    let n = faults.len();
    println!(
        "kill rate: strict {strict}/{n}, loose {loose}/{n}; {beyond} of {n} have no method or no driver"
    );
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn no_odd_driver_fails() {
    let _alone = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    let (plugin, standard) = (common::load("faulty"), common::standard());
    let odd: Vec<Entry> = read().odd.into_iter().filter(is_wanted).collect();
    let (mut run, mut failed) = (0, 0);
    let mut wrong = Vec::new();
    for driver in &odd {
        if let Some(why) = &driver.none {
            println!("{:<5} not run: {why}  ({})", driver.id, driver.what);
            continue;
        }
        let start = Instant::now();
        let lines = lines(&plugin, &standard, driver);
        let fails = failures(&lines);
        run += 1;
        failed += u32::from(!fails.is_empty());
        let took = start.elapsed().as_millis();
        println!("{:<5} {took:>5} ms  {} of {} fail  ({})", driver.id, fails.len(), lines.len(), driver.what);
        fails.iter().for_each(|line| println!("{}", common::words(line)));
        match (fails.is_empty(), &driver.miss) {
            (true, Some(_)) => wrong.push(format!("{} passes now: strike its `miss`", driver.id)),
            (false, None) => wrong.push(format!("{} fails", driver.id)),
            _ => {}
        }
    }
    println!("false-fail rate: {failed}/{run} of the odd drivers that could be run, of {} in all", odd.len());
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_catalogue_and_the_library_name_the_same_drivers() {
    let (plugin, catalogue) = (common::load("faulty"), read());
    let rows = || catalogue.fault.iter().chain(&catalogue.odd);
    let listed: BTreeSet<String> = rows().filter(|row| row.none.is_none()).map(Entry::model).collect();
    let held: BTreeSet<String> = plugin.drivers.iter().map(|driver| driver.model.clone()).collect();
    assert_eq!(listed, held);
    let ids: BTreeSet<&str> = rows().map(|row| row.id.as_str()).collect();
    assert_eq!(ids.len(), rows().count(), "each row has an id of its own");
    let faults: Vec<String> = catalogue.fault.iter().map(|fault| fault.id.clone()).collect();
    let all: Vec<String> = (1..=103).map(|n| format!("F{n:02}")).collect();
    assert_eq!(faults, all);
    let standard = common::standard();
    for fault in &catalogue.fault {
        assert!(standard.requirements.contains_key(&fault.requirement), "{}", fault.requirement);
        assert_eq!(fault.base.is_none(), fault.none.is_some(), "{}: a base, or why there is none", fault.id);
    }
    let lines = plugin.drivers.iter().filter(|driver| matches!(driver.link, LinkKind::Lines { .. })).count();
    assert!(lines > 30, "the good drivers' own links are kept");
}
