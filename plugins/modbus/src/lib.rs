//! Drivers that speak Modbus.

pub mod io;

greenlane_driver::export_drivers!(io::Io);
