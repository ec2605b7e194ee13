//! What the device says of itself: identity, health, faults.

use std::collections::{BTreeMap, BTreeSet};

use greenlane_driver::Outbox;
use greenlane_driver::model::{Body, Setup, Severity, Stamp};
use greenlane_n42::document::{self, Characteristic, Document};
use serde_json::Value;

/// Most faults that one document may tell.
const MOST_FAULTS: usize = 32;
/// Longest word of a fault, and longest text that is taken over.
const MOST_LETTERS: usize = 64;

/// What was said of the device so far.
#[derive(Debug, Default)]
pub(super) struct Status {
    setup: BTreeMap<String, Value>,
    faults: BTreeMap<String, Severity>,
}

impl Status {
    /// Says the identity when it is new or has changed.
    pub(super) fn setup(&mut self, now: Stamp, document: &Document, out: &mut Outbox) {
        let instrument = &document.instrument;
        let mut values = self.setup.clone();
        let mut add = |name: &str, text: &str| {
            if !text.is_empty() {
                values.insert(name.to_owned(), Value::from(cut(text)));
            }
        };
        add("manufacturer", &instrument.manufacturer);
        add("identifier", instrument.identifier.as_deref().unwrap_or_default());
        add("model", &instrument.model);
        add("class", &instrument.class);
        for version in instrument.versions.iter().take(8) {
            add(&format!("version_{}", word(&version.component)), &version.version);
        }
        let name = find(&instrument.characteristics, &["name"], 0);
        add("device_name", name.map_or("", |one| &one.value));
        if values != self.setup {
            self.setup = values.clone();
            out.observe(now, Body::Setup(Setup { values, missing: Vec::new() }));
        }
    }

    /// Turns faults on that a document tells. A whole document is a level: what it no longer tells is off.
    pub(super) fn faults(&mut self, now: Stamp, document: &Document, whole: bool, out: &mut Outbox) {
        let told = document.measurements.iter().flat_map(|measurement| &measurement.faults);
        let mut still = BTreeSet::new();
        for fault in told.take(MOST_FAULTS) {
            let code = format!("device_{}", word(&fault.code));
            let severity = match fault.severity {
                document::Severity::Fatal | document::Severity::Error => Severity::Error,
                document::Severity::Warning => Severity::Warning,
            };
            still.insert(code.clone());
            if self.faults.insert(code.clone(), severity) != Some(severity) {
                let of = fault.detector.as_ref().map(|id| format!("{}: ", cut(id))).unwrap_or_default();
                out.fault(now, &code, severity, true, format!("{of}{}", cut(&fault.description)));
            }
        }
        if whole {
            let gone: Vec<_> = self.faults.keys().filter(|code| !still.contains(*code)).cloned().collect();
            for code in gone {
                let severity = self.faults.remove(&code).unwrap_or(Severity::Error);
                out.fault(now, &code, severity, false, String::new());
            }
        }
    }
}

/// Battery, scan, dose rate: by name, and where the names are others by the places that the one public reader
/// of this device goes by.
pub(super) fn health(document: &Document) -> BTreeMap<String, Value> {
    let mut values = BTreeMap::new();
    let device = &document.instrument.characteristics;
    let item = document.items.first().map_or(&[][..], |item| &item.characteristics);
    for (name, from, words, place) in [
        ("battery_percent", &device[..], &["battery", "charge"][..], 1),
        ("scan_mode", item, &["scanmode"][..], 0),
        ("scan_number", item, &["scannumber"][..], 1),
        ("scan_timeout_number", item, &["scantimeout"][..], 2),
        ("analysis_enabled", item, &["analysis"][..], 3),
    ] {
        if let Some(one) = find(from, words, place) {
            values.insert(name.to_owned(), value(&one.value));
        }
    }
    let dose = document.measurements.iter().rev().flat_map(|measurement| &measurement.doses).next();
    if let Some(dose) = dose {
        values.insert("dose_rate_usv_h".to_owned(), dose.u_sv_h.into());
    }
    values
}

/// The value whose name holds one of the words; else the one at this place, if it has no name of its own.
fn find<'a>(from: &'a [Characteristic], words: &[&str], place: usize) -> Option<&'a Characteristic> {
    let name = |one: &Characteristic| word(&one.name).replace('_', "");
    let named = from.iter().find(|one| words.iter().any(|word| name(one).contains(word)));
    named.or_else(|| from.get(place).filter(|one| one.name.is_empty()))
}

fn value(text: &str) -> Value {
    let number = text.trim().parse::<f64>().ok().filter(|number| number.is_finite());
    number.map_or_else(|| Value::from(cut(text)), Value::from)
}

/// Small letters and digits, the rest as one underscore.
fn word(text: &str) -> String {
    let mut word = String::new();
    for c in text.chars().take(MOST_LETTERS) {
        if c.is_ascii_alphanumeric() {
            word.push(c.to_ascii_lowercase());
        } else if !word.is_empty() && !word.ends_with('_') {
            word.push('_');
        }
    }
    word.trim_end_matches('_').to_owned()
}

fn cut(text: &str) -> String {
    text.chars().take(4 * MOST_LETTERS).collect()
}
