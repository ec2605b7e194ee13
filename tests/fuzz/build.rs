//! Each driver's library has its plugin header under the one name that a host looks for. Here they are linked,
//! not loaded, so whichever header comes first will do.

fn main() {
    println!("cargo::rustc-link-arg-tests=-Wl,-z,muldefs");
}
