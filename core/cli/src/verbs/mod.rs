//! One file a verb.

pub mod bench;
pub mod campaign;
pub mod capture;
pub mod check;
pub mod demo;
pub mod driver;
pub mod journal;
pub mod run;
pub mod schema;
pub mod simulate;
mod wait;
