//! Requirements as data, acceptance statistics, certificates and monitors.
