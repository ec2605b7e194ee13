//! Drivers for devices that post over HTTP.

pub mod ocr;

greenlane_driver::export_drivers!(ocr::Ocr);
