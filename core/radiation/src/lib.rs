//! Radiation as pure functions: count statistics, detection, nuclide identification, explanation.
//!
//! Invariants: knows no clock, socket, file, thread, random number or maker; no input makes it panic; no
//! output is NaN or infinite.

pub mod detect;
pub mod explain;
pub mod identify;
pub mod poisson;
