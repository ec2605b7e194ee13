//! Plugins to load.
#![allow(dead_code, reason = "each test target uses a part")]

use std::path::{Path, PathBuf};
use std::process::Command;

use greenlane_controller::host::Plugin;

/// The drivers that misbehave, as cargo built them for these tests.
pub fn rogue() -> PathBuf {
    let deps = std::env::current_exe().unwrap();
    let path = deps.with_file_name("libgreenlane_rogue.so");
    assert!(path.exists(), "{} is missing: cargo builds it with these tests", path.display());
    path
}

/// The C example, compiled into `folder`.
pub fn c_example(folder: &Path) -> PathBuf {
    gcc(&plugins().join("c-example/counter.c"), folder, "libgreenlane_c-example.so")
}

/// Compiles a C source that may include `greenlane_driver.h` into a library.
pub fn gcc(source: &Path, folder: &Path, name: &str) -> PathBuf {
    let library = folder.join(name);
    let compiled = Command::new("gcc")
        .args(["-std=c11", "-O2", "-Wall", "-Wextra", "-Werror", "-shared", "-fPIC", "-I"])
        .arg(plugins().join("abi"))
        .arg("-o")
        .args([&library, source])
        .output()
        .expect("this test needs gcc: install it (apt-get install gcc)");
    assert!(compiled.status.success(), "{}", String::from_utf8_lossy(&compiled.stderr));
    library
}

/// The plugin at `path`, which must be a good one.
pub fn load(path: &Path) -> &'static Plugin {
    match Plugin::load(path) {
        Ok(Some(plugin)) => Box::leak(Box::new(plugin)),
        Ok(None) => panic!("{} is no plugin", path.display()),
        Err(refusal) => panic!("{refusal}"),
    }
}

/// The folder `plugins` of the tree.
pub fn plugins() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../plugins")
}
