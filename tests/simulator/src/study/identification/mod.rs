//! Identification: spectra of another crystal, behind other shields, with other lines than the library knows,
//! and what is said of them.

mod rows;
mod source;
mod tally;

pub use rows::{Unseen, Wanted, from_base, widened};
pub use source::{Shape, Shapes, Spectra};
pub use tally::{Tally, Truth};
