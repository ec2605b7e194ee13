//! Rates in front of a radiation portal, from where vehicles and their sources are.

mod background;
mod field;
mod geometry;
mod shadow;

pub use background::Drift;
pub use field::{Field, Light, Rates};
pub use geometry::{Panel, neutron_rate_cps, point_rate_cps, solid_angle_sr};
pub use shadow::{covered_share, load_share};

/// Chance that a photon which hits a panel is counted; of the right order for plastic.
pub(crate) const PANEL_EFFICIENCY: f64 = 0.2;
