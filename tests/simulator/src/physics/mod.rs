//! Rates in front of a radiation portal, from where vehicles and their sources are.

mod background;
mod field;
mod geometry;
mod shadow;

pub use background::Drift;
pub use field::{Field, Light, Rates};
pub use geometry::{Panel, neutron_rate_cps, point_rate_cps, solid_angle_sr};
pub use shadow::{covered_share, load_share};
