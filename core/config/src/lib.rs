//! A TOML file as a checked configuration, or refused before anything starts: with file, line, column, the
//! key and what would be right.
//!
//! [`load`] reads in three steps, each told whole before the next: the text (syntax, includes), its shape
//! (keys, types, ranges, units, by one JSON Schema that [`schema`] also gives to editors), its meaning (names,
//! links, bindings, evidence, safety).
//!
//! Invariants: knows no maker and no driver, only what [`Drivers`] says; opens nothing but the files named;
//! never panics on any text.

mod checks;
mod device;
mod files;
mod links;
mod load;
mod near;
mod node;
mod problem;
mod radiation;
mod roles;
mod schema;
mod shape;
mod source;
mod standard;
mod tables;
mod units;

use std::path::PathBuf;
use std::sync::Arc;

pub use load::load;
pub use problem::{Also, Problem};
pub use schema::schema;
pub use standard::StandardSetup;
pub use tables::{Isolation, ManifestTable};

pub use greenlane_driver::DriverInfo;
use greenlane_driver::{OpenError, Point};
use greenlane_lane::LaneConfig;
use greenlane_model::units::Metres;
use serde_json::Value as Json;

/// What is installed. The plugin host is one; a test brings its own.
pub trait Drivers {
    /// Every model, in any order.
    fn models(&self) -> Vec<String>;

    /// What is known of a model; `None` when no driver is installed for it.
    fn describe(&self, model: &str) -> Option<DriverInfo>;

    /// Has the driver check its settings, and asks for the points that a binding may use.
    fn open(&self, model: &str, settings: &Json) -> Result<Vec<Point>, OpenError>;

    /// What the maker of the links has against a URL whose form is right, e.g. an unknown option. One
    /// sentence that says what would be right.
    fn check_link(&self, url: &str) -> Result<(), String>;
}

/// A checked configuration.
#[derive(Debug, Clone, PartialEq)]
pub struct Site {
    /// The site's name; a lone lane's own name.
    pub name: String,
    /// Its lanes, in the order of the file and of their files' names.
    pub lanes: Vec<LaneSetup>,
    /// BLAKE3, as hexadecimal digits, of all texts used: configuration, includes and tables.
    pub hash: String,
    /// All files used, and folders of certificates; a change of one is a change of the configuration.
    pub files: Vec<PathBuf>,
}

/// One lane, ready to start.
#[derive(Debug, Clone, PartialEq)]
pub struct LaneSetup {
    /// What the lane is told about itself. A binding without a position has its device's.
    pub config: LaneConfig,
    /// Its devices, in the order of `config.devices`.
    pub devices: Vec<DeviceSetup>,
    /// Where declarations and orders are kept.
    pub manifest: Option<ManifestTable>,
    /// The standard in force, the same for every lane of a site.
    pub standard: Option<Arc<StandardSetup>>,
    /// The lane's file.
    pub file: PathBuf,
}

/// One device, ready to start.
#[derive(Debug, Clone, PartialEq)]
pub struct DeviceSetup {
    /// Its name, unique in the site.
    pub name: String,
    /// Its driver.
    pub model: String,
    /// The wire as a URL. A relative path in it has been made one from its file's folder.
    pub link: String,
    /// Where link and driver run.
    pub isolation: Isolation,
    /// What the driver's `open` takes: files are in place of their names.
    pub settings: Json,
    /// Where it looks, in m from the entry line, if it has a place.
    pub at_m: Option<Metres>,
    /// Length of its detection zone along the lane, in m.
    pub length_m: Metres,
    /// Silent for longer than this it is stale, then faulty, in s.
    pub silent_after_s: Option<f64>,
    /// Where its traffic is recorded.
    pub capture: Option<PathBuf>,
}
