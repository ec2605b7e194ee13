//! As `tests/fuzz/build.rs`: drivers that are linked, not loaded, have plugin headers of one name.

fn main() {
    println!("cargo::rustc-link-arg-tests=-Wl,-z,muldefs");
}
