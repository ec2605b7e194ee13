//! Photon transport by chance: what a crystal makes of a gamma line, and what leaks out of a shield. It makes
//! the tables that identification works from, and the spectra that it is examined with.
//!
//! Photoelectric absorption with K X-rays, Compton scattering on free electrons (Klein-Nishina) and pair
//! production with both annihilation quanta; electrons stop where they are born; no coherent scattering.

mod flight;
mod matter;
mod table;

pub use flight::{Crystal, Direction, Geometry, HalfSpace, Photon, Spheres, fly};
pub use matter::{Material, Matter, MatterError};
pub use table::{
    Detector, DetectorRow, LeakageRow, Recipe, Shield, ShieldRecipe, SourceShape, Table, compute,
};
