//! The maps that are installed with the program, as the host hands them over.

use greenlane_driver::{Bench, Driver};
use serde_json::Value;

/// Of `http.ocr`.
pub const CAMERAS: &[&str] = &[
    include_str!("../../../configs/maps/vaxtor.toml"),
    include_str!("../../../configs/maps/carmen.toml"),
    include_str!("../../../configs/maps/hikvision-anpr.toml"),
    include_str!("../../../configs/maps/milesight.toml"),
];

/// Of `image.folder`.
pub const SIDECARS: &[&str] = &[
    include_str!("../../../configs/maps/image-xml.toml"),
    include_str!("../../../configs/maps/image-json.toml"),
];

/// Of `modbus.io`.
pub const BOXES: &[&str] = &[
    include_str!("../../../configs/maps/moxa-e1212.toml"),
    include_str!("../../../configs/maps/wago-750-352.toml"),
    include_str!("../../../configs/maps/adam-6050.toml"),
    include_str!("../../../configs/maps/icpdas-et7000.toml"),
];

/// Of `aspect.yantar`.
pub const PORTAL: &str = include_str!("../../../configs/maps/aspect-yantar.toml");

/// A map as a value.
pub fn value(map: &str) -> Value {
    toml::from_str(map).unwrap_or_else(|error| panic!("the map is no TOML: {error}"))
}

/// A driver with a map and other settings.
pub fn opened<D: Driver>(map: &str, mut settings: Value) -> Bench<D> {
    settings["map"] = value(map);
    Bench::open(settings).unwrap_or_else(|error| panic!("{error}"))
}
