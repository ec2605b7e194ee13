//! As `tests/fuzz/build.rs`: the drivers' plugin headers have one name.

fn main() {
    println!("cargo::rustc-link-arg-bins=-Wl,-z,muldefs");
}
