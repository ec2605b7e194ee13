//! Files that are not taken: each with one sentence that says what to do.

use std::path::Path;

use greenlane_controller::host::Registry;

use crate::common::{c_example, gcc, load, rogue};

/// Every reason, which must be one short sentence.
pub fn reasons(registry: &Registry) -> Vec<&str> {
    let reasons: Vec<&str> = registry.refused.iter().map(|refusal| refusal.reason.as_str()).collect();
    for reason in &reasons {
        assert!(!reason.contains('\n') && reason.len() < 240, "not one short sentence: {reason}");
    }
    reasons
}

/// The reason for which the only file of `folder` is refused.
fn reason(folder: &Path) -> String {
    let registry = Registry::scan(folder, &[]).unwrap();
    assert!(registry.plugins().is_empty());
    let reasons = reasons(&registry);
    assert_eq!(reasons.len(), 1, "{reasons:?}");
    reasons[0].to_owned()
}

/// A C plugin with another head and description.
fn odd(folder: &Path, size: &str, major: u32, description: &str) {
    let source = folder.join("odd.c");
    let text = format!(
        r#"#include "greenlane_driver.h"
        static gl_bytes describe(void) {{
            static const char text[] = "{description}";
            gl_bytes bytes = {{ (const uint8_t *)text, sizeof text - 1 }};
            return bytes;
        }}
        const gl_driver_table *greenlane_driver_table(void) {{
            static const gl_driver_table table = {{ {size}, {major}, describe, 0, 0, 0 }};
            return &table;
        }}"#
    );
    std::fs::write(&source, text).unwrap();
    gcc(&source, folder, "odd.so");
}

#[test]
fn a_text_file_is_no_library() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("notes.so"), "remember the milk\n").unwrap();
    assert_eq!(reason(folder.path()), "is no shared library: put drivers alone into this folder");
}

#[test]
fn a_library_of_another_machine_is_not_loaded() {
    let folder = tempfile::tempdir().unwrap();
    let library = c_example(folder.path());
    let mut bytes = std::fs::read(&library).unwrap();
    // e_machine lies at offset 18 of an ELF header; 243 is RISC-V, which no test machine of ours is.
    bytes[18..20].copy_from_slice(&243u16.to_le_bytes());
    std::fs::write(&library, bytes).unwrap();
    let reason = reason(folder.path());
    assert!(
        reason.starts_with("cannot be loaded (") && reason.ends_with("): build it for this machine"),
        "{reason}"
    );
    assert!(
        !reason.contains(&*library.to_string_lossy()),
        "the path stands before the reason already: {reason}"
    );
}

#[test]
fn a_library_cut_anywhere_kills_nobody() {
    let whole = tempfile::tempdir().unwrap();
    let bytes = std::fs::read(c_example(whole.path())).unwrap();
    let mut refused = Vec::new();
    for length in (4..bytes.len()).step_by(997) {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("half.so"), &bytes[..length]).unwrap();
        let registry = Registry::scan(folder.path(), &[]).unwrap();
        let told = ["was cut short: copy it again", "): build it for this machine"];
        for reason in reasons(&registry) {
            assert!(
                told.iter().any(|end| reason.ends_with(end)),
                "{length} of {} bytes: {reason}",
                bytes.len()
            );
            refused.push(length);
        }
    }
    // What lies behind the code is for debuggers only, so a cut there does no harm.
    assert!(refused.contains(&4) && refused.last() > Some(&(bytes.len() / 2)), "{refused:?}");
}

#[test]
fn a_library_without_our_symbol_is_skipped_silently() {
    let folder = tempfile::tempdir().unwrap();
    let source = folder.path().join("other.c");
    std::fs::write(&source, "int other(void) { return 1; }\n").unwrap();
    gcc(&source, folder.path(), "other.so");
    let registry = Registry::scan(folder.path(), &[]).unwrap();
    assert!(registry.plugins().is_empty());
    assert_eq!(registry.refused, []);
}

#[test]
fn another_major_version_is_refused_with_both_versions() {
    let folder = tempfile::tempdir().unwrap();
    odd(folder.path(), "sizeof(gl_driver_table)", 2, "{}");
    assert_eq!(
        reason(folder.path()),
        "speaks version 2 of the driver interface, this controller speaks 1: build it again"
    );
}

#[test]
fn a_table_that_is_too_small_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    odd(folder.path(), "sizeof(gl_driver_table) - sizeof(void *)", 1, "{}");
    let reason = reason(folder.path());
    assert!(reason.ends_with("are needed: build it again with the controller's header"), "{reason}");
}

#[test]
fn a_description_that_cannot_be_read_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    odd(folder.path(), "sizeof(gl_driver_table)", 1, "a counter");
    let reason = reason(folder.path());
    assert!(reason.ends_with("): mend what `describe` returns"), "{reason}");
}

#[test]
fn the_second_file_with_the_same_model_is_refused_and_the_first_one_stays() {
    let folder = tempfile::tempdir().unwrap();
    let first = c_example(folder.path());
    let second = folder.path().join("z.so");
    std::fs::copy(&first, &second).unwrap();
    let registry = Registry::scan(folder.path(), &[]).unwrap();
    let (plugin, _) = registry.find("c-example.counter").unwrap();
    assert_eq!(plugin.path, first);
    let told = reasons(&registry);
    let expected = format!(
        "holds a driver for c-example.counter, which {} holds already: remove one of the two",
        first.display()
    );
    assert_eq!(told, [expected]);
    assert_eq!(registry.refused[0].path, second);
}

#[test]
fn one_bad_file_does_not_keep_the_others_out() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("a.so"), "no library").unwrap();
    c_example(folder.path());
    let registry = Registry::scan(folder.path(), &[rogue()]).unwrap();
    assert!(registry.find("c-example.counter").is_some());
    assert!(registry.find("rogue.fine").is_some());
    assert_eq!(reasons(&registry).len(), 1);
}

#[test]
fn a_rust_plugin_goes_through_the_layout_check() {
    // It has no table of its own to fall back on, so the header's name must be the one that is looked for.
    let plugin = load(&rogue());
    assert_eq!(plugin.version, env!("CARGO_PKG_VERSION"));
    assert!(plugin.drivers.iter().all(|driver| driver.model.starts_with("rogue.")));
}
