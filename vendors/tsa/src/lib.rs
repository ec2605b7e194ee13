//! Drivers for TSA portals.
