//! The field map of a sidecar: where the scanner's own words on its image lie.

use greenlane_driver::fields::{Path, TimeFormat};
use greenlane_driver::model::units::Metres;
use serde::Deserialize;
use serde_json::Value;

/// Longest text taken from a sidecar.
const MAX_TEXT: usize = 128;

/// Where in a sidecar each field lies. A file of `configs/maps`. Every field may be missing.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SidecarMap {
    /// What the image shows: `scan`, `overview`, `crop` or the site's own word.
    #[serde(default)]
    pub role: Option<Path>,
    /// The passage the image was asked for.
    #[serde(default)]
    pub passage: Option<Path>,
    /// Whether the image is whole.
    #[serde(default)]
    pub state: Option<State>,
    /// Pixels a row, as in the image file.
    #[serde(default)]
    pub width_px: Option<Path>,
    /// Rows, as in the image file.
    #[serde(default)]
    pub height_px: Option<Path>,
    /// Bits a pixel or a sample.
    #[serde(default)]
    pub bits: Option<Path>,
    /// How many energies.
    #[serde(default)]
    pub energies: Option<Path>,
    /// Distance between two lines along travel.
    #[serde(default)]
    pub line_pitch: Option<LinePitch>,
    /// First line's time.
    #[serde(default)]
    pub started: Option<Path>,
    /// Last line's time.
    #[serde(default)]
    pub ended: Option<Path>,
    /// How both times are written.
    #[serde(default = "rfc3339")]
    pub time_format: TimeFormat,
    /// Which axis of the image file lies along travel.
    #[serde(default)]
    pub travel: Axis,
}

fn rfc3339() -> TimeFormat {
    TimeFormat::Rfc3339
}

/// Where the scanner says whether the image is whole.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct State {
    /// Where it lies.
    pub path: Path,
    /// The words that say that it is whole; any other word, or none, says that it is not.
    pub whole: Vec<String>,
    /// Where the reason lies when it is not.
    #[serde(default)]
    pub reason: Option<Path>,
}

/// A field with a length.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LinePitch {
    /// Where it lies.
    pub path: Path,
    /// Its unit.
    pub unit: LengthUnit,
}

/// Units of a line pitch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "the names say it")]
pub enum LengthUnit {
    M,
    Cm,
    Mm,
    Um,
}

/// An axis of the image file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Axis {
    /// Along the rows: each line of the scan is a column of the file.
    #[default]
    Width,
    /// Across the rows: each line of the scan is a row of the file.
    Height,
}

/// What a sidecar says.
#[derive(Debug, Default, PartialEq)]
#[allow(missing_docs, reason = "each is the field of the map of the same name")]
pub struct Sidecar {
    pub role: Option<String>,
    pub passage: Option<String>,
    /// Why it is not whole.
    pub invalid: Option<String>,
    pub width_px: Option<u32>,
    pub height_px: Option<u32>,
    pub bits: Option<u8>,
    pub energies: Option<u8>,
    pub line_pitch: Option<Metres>,
    pub started: Option<String>,
    pub ended: Option<String>,
    /// Fields that stand there and could not be used.
    pub complaints: Vec<String>,
}

impl SidecarMap {
    /// Reads a sidecar.
    pub fn read(&self, tree: &Value) -> Sidecar {
        let mut complaints = Vec::new();
        Sidecar {
            role: text(&self.role, tree, &mut complaints),
            passage: text(&self.passage, tree, &mut complaints),
            invalid: self.state.as_ref().and_then(|state| state.read(tree, &mut complaints)),
            width_px: whole(&self.width_px, tree, &mut complaints),
            height_px: whole(&self.height_px, tree, &mut complaints),
            bits: whole(&self.bits, tree, &mut complaints),
            energies: whole(&self.energies, tree, &mut complaints),
            line_pitch: self.line_pitch.as_ref().and_then(|map| map.read(tree, &mut complaints)),
            started: text(&self.started, tree, &mut complaints),
            ended: text(&self.ended, tree, &mut complaints),
            complaints,
        }
    }
}

impl State {
    /// Why the image is not whole; `None` when it is.
    fn read(&self, tree: &Value, complaints: &mut Vec<String>) -> Option<String> {
        let path = Some(self.path.clone());
        let Some(word) = text(&path, tree, complaints) else {
            return Some("the scanner does not say that it is whole".to_owned());
        };
        if self.whole.contains(&word) {
            return None;
        }
        Some(text(&self.reason, tree, complaints).unwrap_or(word))
    }
}

impl LinePitch {
    fn read(&self, tree: &Value, complaints: &mut Vec<String>) -> Option<Metres> {
        self.path.text(tree)?;
        let a_metre = match self.unit {
            LengthUnit::M => 1.0,
            LengthUnit::Cm => 1e2,
            LengthUnit::Mm => 1e3,
            LengthUnit::Um => 1e6,
        };
        let pitch = self.path.number(tree).filter(|pitch| *pitch > 0.0);
        let pitch = pitch.and_then(|pitch| Metres::new(pitch / a_metre));
        if pitch.is_none() {
            complaints.push(format!("{} is not a length", self.path));
        }
        pitch
    }
}

fn text(path: &Option<Path>, tree: &Value, complaints: &mut Vec<String>) -> Option<String> {
    let path = path.as_ref()?;
    let text = path.text(tree)?;
    if text.len() > MAX_TEXT {
        complaints.push(format!("{path} is longer than {MAX_TEXT} bytes"));
        return None;
    }
    Some(text)
}

/// A whole number above 0 that fits, also when it is written as text.
fn whole<T: TryFrom<u64>>(path: &Option<Path>, tree: &Value, complaints: &mut Vec<String>) -> Option<T> {
    let path = path.as_ref()?;
    let text = path.text(tree)?;
    let number = text.parse::<u64>().ok().filter(|number| *number > 0).and_then(|n| T::try_from(n).ok());
    if number.is_none() {
        complaints.push(format!("{path} is not a number that can be"));
    }
    number
}
