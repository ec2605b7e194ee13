//! Items of goods (`GID`) and the containers that they are stowed in (`SGP`).

use greenlane_model::units::Kilograms;
use greenlane_model::{Goods, HsCode};

use super::fields;
use super::syntax::Segment;
use crate::record::{GOODS_MAX, Place};

/// Most containers of one item.
const SPLITS_MAX: usize = 1000;

/// One item: goods that may be of several codes, in one container or several.
pub(super) struct Item {
    pub place: Place,
    lines: Vec<Goods>,
    pub splits: Vec<Split>,
    /// There was more than is kept.
    pub too_much: bool,
}

/// The part of an item that is in one container.
pub(super) struct Split {
    /// As it is written.
    pub container: String,
    pub place: Place,
    packages: Option<f64>,
    mass: Option<Kilograms>,
}

impl Split {
    /// All of an item.
    pub fn whole(container: String, place: Place) -> Self {
        Self { container, place, packages: None, mass: None }
    }
}

impl Item {
    /// `GID+1496+7224:7065`.
    pub fn new(segment: &Segment) -> Self {
        Self { place: segment.place, lines: vec![Goods::default()], splits: Vec::new(), too_much: false }
    }

    /// Whatever belongs to the item: `FTX`, `CST`, `PIA`, `MEA`, `SGP`.
    pub fn segment(&mut self, segment: &Segment) {
        match segment.tag.as_str() {
            "FTX" if segment.part(0, 0) == "AAA" => {
                let text = fields::free_text(segment).unwrap_or_default();
                // A second text belongs to the code before it, and the first one to all that have none.
                self.last().text = text;
            }
            "CST" | "PIA" => fields::codes(segment).into_iter().for_each(|code| self.code(code)),
            "MEA" => {
                let mass = fields::gross(segment);
                match self.splits.last_mut() {
                    Some(split) => split.mass = mass.or(split.mass),
                    None => self.last().mass_kg = mass.or(self.last().mass_kg),
                }
            }
            "SGP" if self.splits.len() < SPLITS_MAX => self.splits.push(Split {
                container: written(segment.part(0, 0)),
                place: segment.place,
                packages: segment.part(1, 0).trim().parse().ok().filter(|n: &f64| n.is_finite() && *n > 0.0),
                mass: None,
            }),
            "SGP" => self.too_much = true,
            _ => {}
        }
    }

    /// How much there is of it: lines of goods, and containers.
    pub fn size(&self) -> (usize, usize) {
        (self.lines.len(), self.splits.len())
    }

    /// What of it is in one of its containers. Without a split it is somewhere, of unknown mass.
    pub fn goods(&self, split: Option<&Split>) -> Vec<Goods> {
        let share = match split {
            Some(_) if self.splits.len() < 2 => Some(1.0),
            Some(split) => self.share(split),
            None => None,
        };
        let known = split.and_then(|split| split.mass).filter(|_| self.lines.len() == 1);
        let part = |mass: Option<Kilograms>| known.or_else(|| Kilograms::new(mass?.value() * share?));
        let first = self.lines[0].text.as_str();
        let text = |line: &Goods| if line.text.is_empty() { first.to_owned() } else { line.text.clone() };
        let line =
            |line: &Goods| Goods { text: text(line), mass_kg: part(line.mass_kg), code: line.code.clone() };
        self.lines.iter().map(line).collect()
    }

    /// The share of the packages that is in `split`, when that is said of all of them.
    fn share(&self, split: &Split) -> Option<f64> {
        let all: f64 = self.splits.iter().map(|split| split.packages).sum::<Option<f64>>()?;
        Some(split.packages? / all)
    }

    fn code(&mut self, code: HsCode) {
        if self.last().code.is_none() {
            self.last().code = Some(code);
        } else if self.lines.len() < GOODS_MAX {
            self.lines.push(Goods { code: Some(code), ..Goods::default() });
        } else {
            self.too_much = true;
        }
    }

    fn last(&mut self) -> &mut Goods {
        let last = self.lines.len() - 1;
        // There is one from the beginning, and none is taken away.
        &mut self.lines[last]
    }
}

/// A container's number as it is compared: without blanks, in capitals.
pub(super) fn written(number: &str) -> String {
    number.chars().filter(|c| !c.is_whitespace()).take(32).collect::<String>().to_ascii_uppercase()
}
