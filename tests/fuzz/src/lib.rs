//! Whatever a device or a person can write, fed to everything that reads it: no panic, nothing unbounded.
//!
//! One module a parser, each with `seeds`, what is right, and `run`, which takes any bytes and holds the
//! parser's own promises against what comes out. `tests/rounds.rs` runs each on a bounded number of seeded
//! mutations, on any machine; `fuzz/README.md` gives the same functions to libFuzzer.

pub mod configuration;
pub mod container_number;
pub mod csv;
mod cut;
pub mod edifact;
pub mod framing;
pub mod http_ocr;
pub mod image_folder;
mod maps;
pub mod modbus_io;
pub mod mutate;
pub mod n42;
mod records;
pub mod rs350;
pub mod vm250;
pub mod wire_file;
pub mod yantar;
