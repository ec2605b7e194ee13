//! A Rust plugin built against another boundary than ours is refused before anything of it runs.

use std::path::Path;
use std::process::Command;

use greenlane_controller::host::Registry;

use crate::common::plugins;
use crate::refused::reasons;

/// What makes a plugin of the boundary's own crate.
const EXPORT: &str = r##"
unsafe extern "C" fn describe() -> Bytes {
    Bytes::of(br#"{"version": "1", "drivers": []}"#)
}
unsafe extern "C" fn open(_: Bytes, _: Bytes, _: *const Host, _: *mut *mut c_void) -> i32 {
    1
}
unsafe extern "C" fn handle(_: *mut c_void, _: *const Stamp, _: *const Input) -> i32 {
    0
}
unsafe extern "C" fn close(_: *mut c_void) {}
static TABLE: DriverTable =
    DriverTable { size: size_of::<DriverTable>() as u32, major: MAJOR, describe, open, handle, close };
extern "C" fn table() -> *const DriverTable {
    &raw const TABLE
}
#[abi_stable::export_root_module]
fn module() -> RootRef {
    abi_stable::prefix_type::PrefixTypeTrait::leak_into_prefix(Root { table })
}
"##;

/// Builds the boundary's crate as a plugin with `version`, changed by `change`.
fn build(folder: &Path, version: &str, change: impl Fn(&str) -> String) -> Registry {
    let package = folder.join("abi");
    std::fs::create_dir_all(package.join("src")).unwrap();
    let manifest = format!(
        r#"[package]
        name = "greenlane-abi"
        version = "{version}"
        edition = "2024"
        [lib]
        crate-type = ["cdylib"]
        [dependencies]
        abi_stable = {{ version = "=0.11.3", default-features = false }}
        [workspace]"#
    );
    let ours = plugins().join("abi");
    let source = std::fs::read_to_string(ours.join("src/lib.rs")).unwrap() + EXPORT;
    std::fs::write(package.join("Cargo.toml"), manifest).unwrap();
    std::fs::write(package.join("src/lib.rs"), change(&source)).unwrap();
    std::fs::copy(ours.join("greenlane_driver.h"), package.join("greenlane_driver.h")).unwrap();
    // The same versions as ours, which are on this machine already.
    std::fs::copy(plugins().join("../Cargo.lock"), package.join("Cargo.lock")).unwrap();
    // Kept between runs: only the first one compiles the dependencies.
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).join("layout");
    let built = Command::new(env!("CARGO"))
        .args(["build", "--offline", "--quiet", "--manifest-path"])
        .arg(package.join("Cargo.toml"))
        .env("CARGO_TARGET_DIR", &target)
        .output()
        .unwrap();
    assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));
    // A folder of its own, because the loader never reads the same path twice.
    let plugins = tempfile::tempdir_in(folder).unwrap();
    std::fs::copy(target.join("debug/libgreenlane_abi.so"), plugins.path().join("plugin.so")).unwrap();
    Registry::scan(plugins.path(), &[]).unwrap()
}

fn changed(source: &str, from: &str, to: &str) -> String {
    let changed = source.replace(from, to);
    assert_ne!(changed, source, "the boundary no longer has {from:?}: adapt this test");
    changed
}

#[test]
fn a_changed_layout_or_version_is_refused_in_one_sentence() {
    // One test and not four, because they share one target folder.
    let folder = tempfile::tempdir().unwrap();

    let registry = build(folder.path(), "1.0.0", str::to_owned);
    assert_eq!(reasons(&registry), [""; 0], "the unchanged boundary is taken");
    assert_eq!(registry.plugins().len(), 1);

    let registry = build(folder.path(), "1.0.0", |source| {
        let source =
            changed(source, "pub struct DriverTable {", "pub struct DriverTable {\n    pub more: u64,");
        changed(&source, "DriverTable { size:", "DriverTable { more: 0, size:")
    });
    let differs = "was built against a driver interface whose layout differs from that of this controller (1.0.0): \
                   build it again";
    assert_eq!(reasons(&registry), [differs]);

    let registry = build(folder.path(), "1.0.0", |source| {
        changed(source, "pub struct Input {", "pub struct Input {\n    pub more: u64,")
    });
    assert_eq!(reasons(&registry), [differs], "a change behind a pointer is seen as well");

    let registry = build(folder.path(), "2.0.0", str::to_owned);
    assert_eq!(
        reasons(&registry),
        [
            "was built against version 2.0.0 of the driver interface, this controller has 1.0.0: build it again"
        ]
    );
}
