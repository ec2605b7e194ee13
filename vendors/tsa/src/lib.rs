//! Drivers for TSA portals.

pub mod vm250;

greenlane_driver::export_drivers!(vm250::Vm250);
