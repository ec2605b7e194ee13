//! Drivers that speak Modbus.
