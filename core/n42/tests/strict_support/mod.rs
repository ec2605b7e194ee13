//! What the tests of the strict checks share: the shared example files, and changing documents at random.

#![allow(dead_code)]

pub mod mutate;
pub mod tree;

use std::collections::BTreeSet;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};

/// A valid document that has every element of the format and breaks no rule.
pub const WIDE: &str = include_str!("wide.n42");

/// The folder of the shared N42 files. None, said aloud, where it is not there.
pub fn shared() -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/n42");
    if folder.join("n42.xsd").exists() {
        return Some(folder);
    }
    skipped("the shared N42 files are not there");
    None
}

/// Says that a test did not run, past the test harness, which would swallow it.
pub fn skipped(reason: &str) {
    let _ = writeln!(std::io::stderr(), "SKIPPED: {reason}");
}

/// Names and contents of the N42 files in a folder of the shared files, by name.
pub fn files(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut paths: Vec<_> = entries.filter(|path| path.extension().is_some_and(|end| end == "n42")).collect();
    paths.sort();
    let name = |path: &PathBuf| path.file_name().unwrap().to_string_lossy().into_owned();
    paths.iter().map(|path| (name(path), std::fs::read(path).unwrap())).collect()
}

pub fn xmllint_is_there() -> bool {
    Command::new("xmllint").arg("--version").output().is_ok()
}

/// Which of `documents` xmllint finds valid.
pub fn xmllint(documents: &[String], schema: &Path) -> BTreeSet<usize> {
    static CALLS: AtomicUsize = AtomicUsize::new(0);
    let call = format!("greenlane-n42-{}-{}", std::process::id(), CALLS.fetch_add(1, Ordering::Relaxed));
    let folder = std::env::temp_dir().join(call);
    std::fs::create_dir_all(&folder).unwrap();
    let paths: Vec<_> = (0..documents.len()).map(|at| folder.join(format!("{at}.xml"))).collect();
    for (path, document) in paths.iter().zip(documents) {
        std::fs::write(path, document).unwrap();
    }
    let output = Command::new("xmllint").args(["--noout", "--schema"]).arg(schema).args(&paths).output();
    std::fs::remove_dir_all(&folder).unwrap();
    let said = String::from_utf8_lossy(&output.unwrap().stderr).into_owned();
    let valid = said.lines().filter_map(|line| line.strip_suffix(".xml validates"));
    valid.filter_map(|path| Path::new(path).file_name()?.to_str()?.parse().ok()).collect()
}

/// Numbers that look random and are the same in every run (SplitMix64).
pub struct Dice(pub u64);

impl Dice {
    pub fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((mixed ^ (mixed >> 31)) % sides.max(1) as u64) as usize
    }

    pub fn pick<'a, T: ?Sized>(&mut self, from: &[&'a T]) -> &'a T {
        from[self.roll(from.len())]
    }
}
