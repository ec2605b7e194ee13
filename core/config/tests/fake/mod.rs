//! Drivers that are only a schema and a list of points: what a configuration can be checked against.

// Every test file takes what it needs of this.
#![allow(dead_code)]

use std::path::PathBuf;

use greenlane_config::{DriverInfo, Drivers, Problem, Site};
use greenlane_driver::{LinkKind, OpenError, Point};
use greenlane_model::Capability;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value as Json;

/// Four models, shaped as the real ones are.
pub struct Fake;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Station {
    /// How an occupancy is told.
    #[serde(default)]
    #[allow(dead_code, reason = "only its schema matters")]
    occupancy: Option<String>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Portal {
    /// How long the setup block may take, in ms.
    #[serde(default)]
    #[allow(dead_code, reason = "only its schema matters")]
    setup_ms: Option<u32>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Io {
    /// The module's map.
    #[schemars(extend("x-greenlane-file" = "maps"))]
    map: Map,
    /// Modbus unit.
    #[allow(dead_code, reason = "only its schema matters")]
    unit: u8,
    /// How often it is read, in ms.
    #[allow(dead_code, reason = "only its schema matters")]
    poll_ms: u32,
    #[serde(default)]
    inputs: Vec<Contact>,
    #[serde(default)]
    outputs: Vec<Out>,
    #[allow(dead_code, reason = "only its schema matters")]
    watchdog: Option<Watchdog>,
}

/// Where a module keeps what.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Map {
    /// How many inputs it has.
    inputs: u16,
    /// How many outputs it has.
    outputs: u16,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Contact {
    name: String,
    point: u16,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Out {
    name: String,
    point: u16,
    #[allow(dead_code, reason = "only its schema matters")]
    safe: Option<Safe>,
    #[allow(dead_code, reason = "only its schema matters")]
    pulse_ms: Option<u32>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum Safe {
    /// Energised.
    On,
    /// Not energised.
    Off,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Watchdog {
    #[allow(dead_code, reason = "only its schema matters")]
    timeout_ms: u32,
    #[allow(dead_code, reason = "only its schema matters")]
    require_armed: bool,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Mapped {
    #[schemars(with = "String", extend("x-greenlane-file" = "maps"))]
    #[allow(dead_code, reason = "only its schema matters")]
    map: Json,
    #[allow(dead_code, reason = "only its schema matters")]
    source: Option<Source>,
}

/// Either of two, told apart by `kind`.
#[derive(Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "lowercase", deny_unknown_fields)]
#[allow(dead_code, reason = "only its schema matters")]
enum Source {
    Json { depth: u8 },
    Xml { root: String },
}

impl Drivers for Fake {
    fn models(&self) -> Vec<String> {
        ["tsa.vm250", "rsi.rs350", "modbus.io", "http.ocr", "image.folder"].map(str::to_owned).to_vec()
    }

    fn describe(&self, model: &str) -> Option<DriverInfo> {
        use Capability as C;
        let (link, offers, schema) = match model {
            "tsa.vm250" => {
                let offers = vec![C::Gamma, C::Neutron, C::Occupancy, C::Speed];
                (LinkKind::Lines { max: 256 }, offers, schemars::schema_for!(Portal))
            }
            "rsi.rs350" => {
                let offers = vec![C::Gamma, C::Neutron, C::Occupancy, C::Spectrum];
                (LinkKind::Raw { max: 4096 }, offers, schemars::schema_for!(Station))
            }
            "modbus.io" => {
                (LinkKind::Modbus, vec![C::Presence, C::Pulses, C::Output], schemars::schema_for!(Io))
            }
            "http.ocr" => (
                LinkKind::HttpPush { max: 1 << 20 },
                vec![C::Container, C::Image],
                schemars::schema_for!(Mapped),
            ),
            "image.folder" => (LinkKind::Folder, vec![C::Image, C::Scan], schemars::schema_for!(Mapped)),
            _ => return None,
        };
        Some(DriverInfo { model: model.to_owned(), link, offers, schema: schema.to_value() })
    }

    fn open(&self, model: &str, settings: &Json) -> Result<Vec<Point>, OpenError> {
        if model != "modbus.io" {
            return Ok(Vec::new());
        }
        let io: Io = serde_json::from_value(settings.clone())
            .map_err(|error| OpenError::new("", error, "settings that fit the schema"))?;
        let inputs = io.inputs.iter().enumerate().map(|(i, point)| {
            let pointer = format!("/inputs/{i}/point");
            fits(point.point, io.map.inputs, pointer).map(|()| (point.name.clone(), Capability::Presence))
        });
        let outputs = io.outputs.iter().enumerate().map(|(i, point)| {
            let pointer = format!("/outputs/{i}/point");
            fits(point.point, io.map.outputs, pointer).map(|()| (point.name.clone(), Capability::Output))
        });
        let points = inputs.chain(outputs);
        points.map(|point| point.map(|(name, capability)| Point { name, capability })).collect()
    }

    fn check_link(&self, url: &str) -> Result<(), String> {
        match url.split_once("?buad=") {
            Some(_) => Err("the option is `baud`".to_owned()),
            None => Ok(()),
        }
    }
}

fn fits(point: u16, count: u16, pointer: String) -> Result<(), OpenError> {
    if point < count { Ok(()) } else { Err(OpenError::new(pointer, point, format!("0 to {}", count - 1))) }
}

/// The folder of this crate.
pub fn here() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// Loads a file with the fake drivers and the test's own maps.
pub fn load(path: &std::path::Path) -> Result<Site, Vec<Problem>> {
    greenlane_config::load(path, &Fake, &here().join("tests"))
}

/// Loads a text as a file of its own.
pub fn load_text(text: &[u8]) -> Result<Site, Vec<Problem>> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("lane.toml");
    std::fs::write(&path, text).unwrap();
    load(&path)
}
