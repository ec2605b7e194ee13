//! Each good driver's library has its plugin header under the one name that a host looks for. This library
//! links them and has its own, which the linker meets first.

fn main() {
    println!("cargo::rustc-link-arg-cdylib=-Wl,-z,muldefs");
}
