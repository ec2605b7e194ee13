//! Quick conformance of every driver in the tree.

mod common;

use std::sync::{Mutex, PoisonError};

use greenlane_conformance::suite::has_failed;

/// Memory is counted for the whole process: one driver at a time.
static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());

fn passes(package: &str, model: &str) {
    let _alone = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    let plugin = common::load(package);
    let lines = common::quick(&plugin, model, &common::kit(model), &[], [0x5d1e, 0x2a07]);
    let failed: Vec<String> = lines.iter().filter(|line| has_failed(line)).map(common::words).collect();
    assert!(failed.is_empty(), "{model} fails {} requirements:\n{}", failed.len(), failed.join("\n"));
}

#[test]
fn the_line_portal_passes() {
    passes("tsa", "tsa.vm250");
}

#[test]
fn the_remote_io_passes() {
    passes("modbus", "modbus.io");
}

#[test]
fn the_number_reader_passes() {
    passes("http", "http.ocr");
}

#[test]
fn the_image_folder_passes() {
    passes("image", "image.folder");
}
