//! The frozen function table between controller and drivers.
