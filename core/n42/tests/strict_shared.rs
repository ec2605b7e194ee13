//! The verdicts on the shared files.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod strict_support;

use greenlane_n42::rules;
use greenlane_n42::strict::{self, Extension};
use strict_support::{files, shared};

/// 2025-06-01T00:00:00Z, later than every date in the files.
const NOW: i64 = 1_748_736_000;

#[test]
fn the_examples_of_the_present_dialect_are_valid_and_break_no_rule() {
    let Some(shared) = shared() else { return };
    let examples = files(&shared.join("examples"));
    assert!(examples.len() >= 8);
    for (name, bytes) in examples {
        let violations = strict::check(&bytes);
        assert_eq!(violations.is_empty(), name != "Annex_L.n42", "{name}: {violations:?}");
        assert_eq!(rules::check(&bytes, NOW), Vec::<&str>::new(), "{name}");
    }
}

#[test]
fn the_extended_example_is_valid_with_its_add_in_schema() {
    let Some(shared) = shared() else { return };
    let extensions = Extension::read(&std::fs::read(shared.join("N42SchemaAddin.xsd")).unwrap()).unwrap();
    let extended = std::fs::read_to_string(shared.join("examples/Annex_L.n42")).unwrap();
    assert_eq!(strict::check_with(extended.as_bytes(), &extensions), []);
    let negative = extended.replacen("HumidityValue>", "HumidityValue>-", 1);
    assert_eq!(strict::check_with(negative.as_bytes(), &extensions).len(), 1);
}

#[test]
fn the_older_dialect_fails_at_its_root() {
    let Some(shared) = shared() else { return };
    let old = files(&shared.join("nai-base")).into_iter().chain(files(&shared.join("other")));
    for (name, bytes) in old {
        let violations = strict::check(&bytes);
        assert_eq!(violations.len(), 1, "{name}");
        assert!(violations[0].text.contains("N42InstrumentData"), "{name}: {violations:?}");
    }
}
