//! N42.42: reading both dialects, writing, the 57 rules, the schema's structure. Knows no file and no network.

mod code;
pub mod document;
mod number;
mod reader;
pub mod repair;
pub mod rules;
pub mod strict;
mod style;
mod sums;
pub mod time;
mod writable;
mod writer;

pub use document::Document;
pub use reader::failure::{LIMITS, Limits, Problem, ReadError};
pub use reader::{Part, Reading, Summary, documents, read, visit};
pub use style::{Style, StyleError};
pub use sums::Sums;
pub use writable::Writable;
