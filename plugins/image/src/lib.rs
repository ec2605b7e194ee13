//! Drivers for devices that drop files into a folder.

pub mod folder;

greenlane_driver::export_drivers!(folder::Folder);
