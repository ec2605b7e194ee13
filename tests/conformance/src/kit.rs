//! Kits: what the suite knows of a device it has never seen. `PRODUCT.toml` says who made it and what it
//! declares; `kit.toml` is the phrasebook that turns a scene into what is on the wire.

mod phrase;
mod product;
mod render;

use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde_json::{Map, Value};

pub use phrase::{Field, Phrase, Rendered};
pub use product::{Declares, DeviceClock, Product};

use crate::far::Table;
use crate::scene::{Event, Fact};

/// A kit, as read from its folder.
#[derive(Debug, Clone)]
pub struct Kit {
    /// Where it lies.
    pub folder: PathBuf,
    /// `PRODUCT.toml`.
    pub product: Product,
    /// `kit.toml`.
    pub book: Book,
    /// The driver's settings for the clean run.
    pub settings: Value,
    /// BLAKE3 over its files, hex.
    pub hash: String,
    /// The texts of `PRODUCT.toml` and `kit.toml`.
    pub texts: [String; 2],
}

/// A phrasebook.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Book {
    /// Form of this file: 1.
    pub format: u32,
    /// The driver's model.
    pub model: String,
    /// How much the kit can do.
    pub level: Level,
    /// Who wrote it.
    pub author: String,
    /// What it was written from.
    pub sources: Vec<String>,
    /// What the driver is set up with.
    #[serde(default)]
    pub settings: toml::Table,
    /// Keys of the settings that name a table of `configs/maps`.
    #[serde(default)]
    pub map: Option<String>,
    /// Keys of the settings without which, beside the required ones, the driver does not open.
    #[serde(default)]
    pub least: Vec<String>,
    /// Keys of the settings that change nothing an observation could show.
    #[serde(default)]
    pub cosmetic: Vec<String>,
    /// Its frames carry a check value.
    #[serde(default)]
    pub has_check: bool,
    /// How a phrase goes on the wire.
    #[serde(default)]
    pub wire: Wire,
    /// What a portal counts with.
    #[serde(default)]
    pub portal: Option<Portal>,
    /// Points of a remote I/O box.
    #[serde(default)]
    pub point: Vec<BookPoint>,
    /// How facts are said.
    #[serde(default)]
    pub phrase: Vec<Phrase>,
    /// Faults the device can say.
    #[serde(default)]
    pub fault: Vec<BookFault>,
    /// Frames of kinds that do not exist.
    #[serde(default)]
    pub unknown: Vec<String>,
    /// Frames that tell a speed which is none.
    #[serde(default)]
    pub no_speed: Vec<String>,
    /// Registers of a healthy device at rest.
    #[serde(default)]
    pub rest: Vec<Registers>,
}

/// How much a kit can do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize, serde::Serialize)]
#[allow(missing_docs, reason = "the names are those of the standard")]
pub enum Level {
    K0,
    K1,
    K2,
}

/// How a phrase goes on the wire.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Wire {
    /// Before a frame on a stream.
    #[serde(default)]
    pub begin: String,
    /// After a frame on a stream.
    #[serde(default)]
    pub end: String,
    /// Of a post.
    #[serde(default)]
    pub content_type: String,
    /// Ending of a file's sidecar.
    #[serde(default)]
    pub sidecar: String,
}

/// What a portal counts with.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Portal {
    /// Gamma panels.
    pub panels: usize,
    /// Neutron banks; 0 for none.
    pub banks: usize,
    /// Gamma interval, in s.
    pub gamma_s: f64,
    /// Neutron interval, in s.
    pub neutron_s: f64,
    /// From one background to the next, in s.
    pub background_s: f64,
    /// Most buffered samples that come at once at the start of an occupancy.
    pub pre_roll: u32,
    /// Largest count that a field holds: a full field. 4294967295 where no field can be full.
    pub full: u32,
    /// Each message says whether a vehicle is there: no end has a number, and none can be lost alone.
    #[serde(default)]
    pub level: bool,
}

/// A point of a remote I/O box.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BookPoint {
    /// Its name in the driver's settings.
    pub name: String,
    /// What it is.
    pub kind: PointKind,
    /// Kind of its registers.
    pub table: Table,
    /// Zero-based.
    pub address: u16,
    /// Open contact means covered.
    #[serde(default)]
    pub invert: bool,
    /// Debounce on, in ms.
    #[serde(default)]
    pub on_ms: u64,
    /// Debounce off, in ms.
    #[serde(default)]
    pub off_ms: u64,
    /// Stuck after, in s.
    #[serde(default)]
    pub stuck_s: Option<u64>,
    /// Order of two registers.
    #[serde(default)]
    pub words: Words,
    /// Bits of a counter.
    #[serde(default = "thirty_two")]
    pub width: u32,
}

fn thirty_two() -> u32 {
    32
}

/// What a point is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "the names say it")]
pub enum PointKind {
    Input,
    Counter,
    Output,
}

/// Order of two registers that hold one number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[allow(missing_docs, reason = "the names say it")]
pub enum Words {
    #[default]
    #[serde(rename = "hi-lo")]
    HighFirst,
    #[serde(rename = "lo-hi")]
    LowFirst,
}

/// Registers of a healthy device at rest.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Registers {
    /// Kind.
    pub table: Table,
    /// Zero-based.
    pub address: u16,
    /// Values.
    pub values: Vec<u16>,
}

/// A fault the device can say.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BookFault {
    /// The driver's word for it.
    pub code: String,
    /// `warning` or `error`.
    pub severity: String,
    /// What says that it came.
    pub on: Fact,
    /// What says that it went.
    pub off: Fact,
}

/// A kit could not be read.
#[derive(Debug, thiserror::Error)]
#[error("{path}: {reason}")]
pub struct KitError {
    /// The file.
    pub path: String,
    /// What is wrong with it.
    pub reason: String,
}

impl Kit {
    /// Reads the kit in `folder`. `maps` is the folder of the tables that settings may name.
    ///
    /// # Errors
    /// A file is missing or wrong.
    pub fn load(folder: &Path, maps: &Path) -> Result<Self, KitError> {
        let (product_text, product) = read::<Product>(&folder.join("PRODUCT.toml"))?;
        let (book_text, book) = read::<Book>(&folder.join("kit.toml"))?;
        let mut hash = blake3::Hasher::new();
        hash.update(product_text.as_bytes());
        hash.update(book_text.as_bytes());
        let mut settings = serde_json::to_value(&book.settings).unwrap_or(Value::Object(Map::new()));
        if let Some(key) = &book.map {
            resolve_map(&mut settings, key, maps)?;
        }
        let hash = hash.finalize().to_hex().to_string();
        let texts = [product_text, book_text];
        Ok(Self { folder: folder.to_owned(), product, book, settings, hash, texts })
    }

    /// The kit of `model` in a source tree: `vendors/MAKER/kits/NAME` or `plugins/MAKER/kits/NAME`.
    pub fn find(root: &Path, model: &str) -> Option<PathBuf> {
        let (maker, name) = model.split_once('.')?;
        let places = ["vendors", "plugins"].map(|tree| root.join(tree).join(maker).join("kits").join(name));
        places.into_iter().find(|folder| folder.join("kit.toml").is_file())
    }

    /// What a fact is on the wire; nothing for a fact that this device cannot say.
    pub fn render(&self, event: &Event) -> Vec<crate::script::Step> {
        render::steps(self, event)
    }

    /// The text of a fact's frame with its fields, when it is said in text.
    pub fn frame(&self, fact: &Fact, at_ns: u64) -> Option<Rendered> {
        render::text(self, fact, at_ns)
    }

    /// Whether the device can say this.
    pub fn can_say(&self, fact: &Fact) -> bool {
        !render::steps(self, &Event { at_ns: 0, fact: fact.clone() }).is_empty()
    }

    /// A point by name.
    pub fn point(&self, name: &str) -> Option<&BookPoint> {
        self.book.point.iter().find(|point| point.name == name)
    }

    /// The points of one kind.
    pub fn points(&self, kind: PointKind) -> impl Iterator<Item = &BookPoint> {
        self.book.point.iter().filter(move |point| point.kind == kind)
    }
}

fn read<T: serde::de::DeserializeOwned>(path: &Path) -> Result<(String, T), KitError> {
    let wrong = |reason: String| KitError { path: path.display().to_string(), reason };
    let text = std::fs::read_to_string(path).map_err(|e| wrong(format!("cannot be read ({e})")))?;
    let value = toml::from_str(&text).map_err(|e| wrong(e.to_string()))?;
    Ok((text, value))
}

/// A name of a table becomes the table, as the configuration of a lane does it.
fn resolve_map(settings: &mut Value, key: &str, maps: &Path) -> Result<(), KitError> {
    let Some(Value::String(name)) = settings.get(key).cloned() else { return Ok(()) };
    let (_, table) = read::<toml::Table>(&maps.join(&name).with_extension("toml"))?;
    settings[key] = serde_json::to_value(table).unwrap_or(Value::Null);
    Ok(())
}
