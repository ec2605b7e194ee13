//! What a portal measured in each occupancy, kept as an N42 file beside the journal.
//!
//! The lane decides from the portal's stream when an occupancy ends; here its samples are kept meanwhile, brought
//! into one document and written by a thread of their own. Invariants: a lane never waits for a file; a file that
//! cannot be written is an alert of its lane; what is written is never written over.

mod document;
mod file;
mod keep;

#[cfg(test)]
mod tests;

pub(crate) use file::{Filed, Filing};
pub(crate) use keep::{Keeper, Sealed};
