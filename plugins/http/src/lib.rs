//! Drivers for devices that post over HTTP.
