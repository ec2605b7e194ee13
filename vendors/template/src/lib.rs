//! Drivers for devices of __maker__.

pub mod __model__;

greenlane_driver::export_drivers!(__model__::__Model__);
