//! Declarations, holds and targeting lists: import from the forms shippers use, kept in SQLite by container.
//!
//! [`Store::import`] reads CSV through a map of columns, JSON, and EDIFACT CUSCAR and COPARN; [`Store::papers`]
//! says what is known of a container at a time, [`Store::holds`] what authorities ask of it. The readers
//! ([`csv::read`], [`edifact::read`], [`json::read`]) know nothing of the store.
//!
//! Invariants: reads no clock; an import is one transaction, of which a bad record loses itself only and a file
//! that cannot be read loses everything; the same file twice leaves the same store; memory is bounded whatever
//! the file holds.

pub mod csv;
pub mod edifact;
mod error;
mod holds;
mod import;
pub mod json;
mod record;
mod schema;
mod store;

pub use error::ManifestError;
pub use holds::{StandingHold, Targets};
pub use import::{Format, Note, REFUSED_MAX, Report};
pub use record::{GOODS_MAX, Place, Record, Sink, Statement, TEXT_MAX};
pub use store::{STALE_AFTER_DAYS, Store};
