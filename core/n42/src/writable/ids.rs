//! Ids: unique in the whole document, and names as XML has them.

use std::collections::{BTreeMap, BTreeSet};

/// Ids that are taken.
#[derive(Default)]
pub(super) struct Ids {
    taken: BTreeSet<String>,
    /// The next number to try for a name that is taken.
    next: BTreeMap<String, usize>,
    /// Whether one had to be changed or made.
    pub changed: bool,
}

impl Ids {
    /// `wanted` when it is a name and free; otherwise one as near to it, or to `spare`, as can be.
    pub fn take(&mut self, wanted: &str, spare: impl FnOnce() -> String) -> String {
        if is_name(wanted) && self.taken.insert(wanted.to_owned()) {
            return wanted.to_owned();
        }
        self.changed = true;
        let base = if wanted.is_empty() { name(&spare()) } else { name(wanted) };
        let mut id = base.clone();
        while !self.taken.insert(id.clone()) {
            let number = self.next.entry(base.clone()).or_insert(1);
            *number += 1;
            id = format!("{base}-{number}");
        }
        id
    }
}

/// A table from old ids to new ones; the first of two that were the same counts.
#[derive(Default)]
pub(super) struct Renamed(BTreeMap<String, String>);

impl Renamed {
    pub fn add(&mut self, old: String, new: &str) {
        self.0.entry(old).or_insert_with(|| new.to_owned());
    }

    pub fn get(&self, old: &str) -> Option<&String> {
        self.0.get(old)
    }

    /// The new ids of those that are known, each once.
    pub fn all(&self, old: &[String]) -> Vec<String> {
        let mut seen = BTreeSet::new();
        let known = old.iter().filter_map(|id| self.get(id));
        known.filter(|id| seen.insert(*id)).cloned().collect()
    }
}

fn is_name(text: &str) -> bool {
    let starts = text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    starts && text.bytes().all(is_name_byte)
}

fn is_name_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-_.".contains(&byte)
}

/// A name out of any text.
fn name(text: &str) -> String {
    let kept = text.bytes().map(|byte| if is_name_byte(byte) { char::from(byte) } else { '_' });
    let kept: String = kept.take(64).collect();
    if is_name(&kept) { kept } else { format!("_{kept}") }
}
