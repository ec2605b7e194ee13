//! One file a verb.

pub mod bench;
pub mod campaign;
pub mod capture;
pub mod check;
pub mod conform;
pub mod demo;
pub mod detect;
pub mod driver;
pub mod identify;
pub mod journal;
pub mod manifest;
pub mod n42;
pub mod run;
pub mod schema;
pub mod simulate;
pub mod standard;
pub mod study;
mod wait;
