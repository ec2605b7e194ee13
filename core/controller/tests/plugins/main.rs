//! Plugin files: which are taken, which are refused and in what words, and that taken ones work.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod c_example;
#[path = "../common/mod.rs"]
mod common;
mod kept;
mod layout;
mod refused;
