//! Drivers for RSI detectors.

pub mod rs350;

greenlane_driver::export_drivers!(rs350::Rs350);
