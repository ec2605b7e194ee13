//! The structure of N42.42-2011, checked strictly: what the schema of the standard (version 0.0.54) accepts is
//! accepted here, and nothing else. The schema's facts are the table in `schema.txt`.
//!
//! As with the schema, any element of the format may be the root, and a reference to an id that no element has
//! is no violation: the rules find it (see [`crate::rules`]). Unlike it, a document type declaration is refused
//! with or without entities. Extension elements need the add-in schema that declares them, see [`Extension`].

mod decode;
mod extension;
mod lexical;
mod markup;
mod moment;
mod table;
mod validate;
mod values;
mod walk;

pub(crate) use decode::decode;
pub use extension::Extension;
pub(crate) use lexical::{collapse, is_space};
pub(crate) use moment::{Moment, date_time};
pub(crate) use values::double;
pub(crate) use walk::{Attribute, Event, Name, Walk};

/// Namespace of the elements of N42.42-2011.
pub(crate) const N42: &str = "http://physics.nist.gov/N42/2011/N42";

const XSI: &str = "http://www.w3.org/2001/XMLSchema-instance";
const XSD: &str = "http://www.w3.org/2001/XMLSchema";

/// Longest file, in bytes.
const MAX_BYTES: usize = 64 << 20;
/// Deepest nesting of elements.
const MAX_DEPTH: usize = 64;
/// Most attributes of one element, so that looking for repeated ones stays quick.
const MAX_ATTRIBUTES: usize = 128;
/// Most namespace declarations in force at one place, for the same reason.
const MAX_BINDINGS: usize = 64;
/// Most violations reported; reading stops there.
const MAX_VIOLATIONS: usize = 20;

/// One departure from the structure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// Line in the file, from 1: the end of the tag or text in question.
    pub line: u64,
    /// What is wrong, in words.
    pub text: String,
}

/// The first 20 violations of the structure, in the order of the file; none when the file is as the schema
/// wants it. A file that is no XML document, longer than 64 MiB or nested deeper than 64 elements ends with the
/// violation that says so. Takes time in proportion to the length of the file.
pub fn check(bytes: &[u8]) -> Vec<Violation> {
    check_with(bytes, &[])
}

/// As [`check`], with elements that add-in schemas declare.
pub fn check_with(bytes: &[u8], extensions: &[Extension]) -> Vec<Violation> {
    match decode(bytes) {
        Ok(text) => validate::validate(&text, extensions),
        Err(violation) => vec![violation],
    }
}
