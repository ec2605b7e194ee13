//! Drivers for Aspect portals.

pub mod yantar;

greenlane_driver::export_drivers!(yantar::Yantar);
