//! Quick conformance of every driver in the tree, kept and judged again from what was kept.
#![allow(clippy::unwrap_used, reason = "a test that cannot begin ends here")]

mod common;

use std::sync::{Mutex, PoisonError};

use greenlane_conformance::bench::{Bench, Mode};
use greenlane_conformance::results::{Attempt, Machine, plan_file, read, sessions, verify};
use greenlane_conformance::suite::{self, Selection, Waivers, has_failed};
use greenlane_standard::{Date, hash_of};

/// Memory is counted for the whole process: one driver at a time.
static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());

/// Only what begins with one of `only`, and what that requires; all when empty.
fn passes(package: &str, model: &str, only: &[&str]) {
    let _alone = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    let (plugin, kit, standard) = (common::load(package), common::kit(model), common::standard());
    let info = plugin.drivers.iter().find(|d| d.model == model).expect("the driver is in the library");
    let bench = Bench::new(&plugin, info, &kit, Mode::Quick);
    let selection =
        Selection { only: only.iter().map(|&prefix| prefix.to_owned()).collect(), ..Selection::default() };
    let (out, today) = (tempfile::tempdir().unwrap(), Date::parse("2026-11-24").unwrap());
    let planned = suite::plan(&standard, &bench, &selection);
    let attempt = Attempt::next(out.path(), model).unwrap();
    let plan = plan_file(&bench, &standard, &planned, &selection, &attempt, today.clone()).unwrap();
    attempt.write_plan(&plan, &standard, &kit, &Machine::now(hash_of(b"suite"), &plugin.path)).unwrap();
    let seeds = sessions(&bench, &plan.standard.blake3, attempt.number);
    let waivers = Waivers { list: kit.product.waiver.clone(), today };
    let lines = suite::run(&bench, &planned, &selection, seeds, &waivers, &mut |_| {});
    let failed: Vec<String> = lines.iter().filter(|line| has_failed(line)).map(common::words).collect();
    assert!(failed.is_empty(), "{model} fails {} requirements:\n{}", failed.len(), failed.join("\n"));
    attempt.write_result(&plan, &lines).unwrap();
    attempt.finish(None).unwrap();
    assert_eq!(verify(&read(attempt.folder().unwrap()).unwrap()), Vec::<String>::new());
}

#[test]
fn the_line_portal_passes() {
    passes("tsa", "tsa.vm250", &[]);
}

#[test]
fn the_spectrometer_passes() {
    // Its documents are long: all of the quick run takes a minute without optimisation.
    passes("rsi", "rsi.rs350", &["rpm/", "data/", "time/", "frame/field"]);
}

#[test]
fn the_remote_io_passes() {
    passes("modbus", "modbus.io", &[]);
}

#[test]
fn the_number_reader_passes() {
    passes("http", "http.ocr", &[]);
}

#[test]
fn the_image_folder_passes() {
    passes("image", "image.folder", &[]);
}
