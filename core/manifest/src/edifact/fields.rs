//! Fields that CUSCAR and COPARN share. Positions are those of the UN directories D.95B to D.21A, which agree
//! on them; code values from the UN code lists.

use greenlane_model::units::Kilograms;
use greenlane_model::{ContainerNumber, Fill, HsCode, Movement, Utc};

use super::syntax::Segment;
use crate::record::kept;

const LIBRA_KG: f64 = 0.453_592_37;
/// Heavier than any ship's cargo: such a number is no mass.
const MASS_KG_MAX: f64 = 1e9;

/// What an `EQD` says of a container.
#[derive(Debug, Clone, Default)]
pub(super) struct Equipment {
    /// 8249.
    pub movement: Movement,
    /// 8169.
    pub fill: Fill,
}

/// `EQD+CN+8260+8155+8077+8249+8169`.
pub(super) fn equipment(segment: &Segment) -> Equipment {
    let movement = match segment.part(4, 0) {
        "2" => Movement::Export,
        "3" => Movement::Import,
        "6" => Movement::Transshipment,
        _ => Movement::Unknown,
    };
    let fill = match segment.part(5, 0) {
        "4" => Fill::Empty,
        "5" | "7" | "8" => Fill::Full,
        _ => Fill::Unknown,
    };
    Equipment { movement, fill }
}

/// The number of a container, or why it is none.
pub(super) fn container(text: &str) -> Result<ContainerNumber, String> {
    text.parse().map_err(|error: greenlane_model::ContainerNumberError| error.to_string())
}

/// The name of a vessel and its voyage: `TDT+20+8028++++++8213:::8212`.
pub(super) fn conveyance(segment: &Segment) -> Option<String> {
    if segment.part(0, 0) != "20" {
        return None;
    }
    let vessel = [segment.part(7, 3), segment.part(7, 0)].into_iter().find(|name| !name.is_empty());
    kept(&format!("{} {}", vessel.unwrap_or(""), segment.part(1, 0)))
}

/// The name of a party: `NAD+3035+3039+3124+3036`.
pub(super) fn party(segment: &Segment) -> Option<String> {
    [segment.part(3, 0), segment.part(2, 0), segment.part(1, 0)].into_iter().find_map(kept)
}

/// Free text: `FTX+AAA+++4440:4440...`.
pub(super) fn free_text(segment: &Segment) -> Option<String> {
    kept(&segment.element(3).join(" "))
}

/// A gross mass: `MEA+AAE+G+KGM:6314`. Tare, verified gross mass with tare, and net are something else.
pub(super) fn gross(segment: &Segment) -> Option<Kilograms> {
    if !matches!(segment.part(0, 0), "AAE" | "WT" | "AAI") || !matches!(segment.part(1, 0), "G" | "AAB") {
        return None;
    }
    let unit = match segment.part(2, 0) {
        "KGM" => 1.0,
        "TNE" => 1000.0,
        "LBR" => LIBRA_KG,
        _ => return None,
    };
    let value: f64 = segment.part(2, 1).trim().replace(',', ".").parse().ok()?;
    let mass = value * unit;
    (0.0..=MASS_KG_MAX).contains(&mass).then(|| Kilograms::new(mass)).flatten()
}

/// Codes of goods: `CST+1496+7361...`, `PIA+4347+7140:HS`.
pub(super) fn codes(segment: &Segment) -> Vec<HsCode> {
    let code = |element: usize| segment.part(element, 0).parse().ok();
    match segment.tag.as_str() {
        "CST" => (1..=5).filter_map(code).take(1).collect(),
        "PIA" => (1..=5).filter(|&element| segment.part(element, 1) == "HS").filter_map(code).collect(),
        _ => Vec::new(),
    }
}

/// A date in UTC from digits, whose number says what they are; `offset_min` is what local time is ahead.
pub(super) fn date(digits: &str, offset_min: i32) -> Option<Utc> {
    let digits = digits.trim();
    if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let (year, rest) = match digits.len() {
        6 | 10 => (2000 + digits[..2].parse::<i16>().ok()?, &digits[2..]),
        8 | 12 | 14 => (digits[..4].parse().ok()?, &digits[4..]),
        _ => return None,
    };
    let two = |at: usize| rest.get(at..at + 2).map_or(Some(0), |two| two.parse::<i8>().ok());
    let date = jiff::civil::DateTime::new(year, two(0)?, two(2)?, two(4)?, two(6)?, two(8)?, 0).ok()?;
    let offset = jiff::tz::Offset::from_seconds(offset_min.checked_mul(60)?).ok()?;
    let timestamp = offset.to_timestamp(date).ok()?;
    i64::try_from(timestamp.as_nanosecond()).ok().map(Utc)
}
