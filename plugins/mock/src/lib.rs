//! A driver that stands in for any device.
