//! A driver that stands in for any device.

pub mod any;

greenlane_driver::export_drivers!(any::Any);
