//! Drivers for devices that drop files into a folder.
