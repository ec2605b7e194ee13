//! Which goods radiate, and how much: `configs/cargo/expectations.toml`.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::Range;

use greenlane_model::Goods;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use toml::Spanned;

/// Dose rate in air over soil, nGy/h per Bq/kg of K-40, of the Ra-226 and of the Th-232 chain
/// (UNSCEAR 2000, annex B).
const NGY_H_PER_BQ_KG: [f64; 3] = [0.0417, 0.462, 0.604];
/// Twice the specific activity of thorium metal with its chain is more than any goods have, in Bq/kg.
const MAX_BQ_KG: f64 = 1e7;

/// What each heading of the Harmonised System may account for.
#[derive(Debug, Clone, PartialEq)]
pub struct Expectations {
    reference: Reference,
    rows: Vec<Row>,
    by_heading: BTreeMap<String, usize>,
}

/// How an activity becomes an excess over background. None of it is verified for any site.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Reference {
    /// Dose rate at the detectors over that above an endless ground of the same goods, 0.05 to 1.
    pub geometry: f64,
    /// Natural dose rate of the lane, in nGy/h, 20 to 500.
    pub normal_field_ngy_h: f64,
    /// Mass from which a container counts as full, in kg, 1000 to 40000.
    pub full_load_kg: f64,
    /// How well ends of an excess are known, in m, 0 to 5.
    pub position_margin_m: f64,
}

/// Goods of some headings.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Row {
    /// Headings, four digits each.
    pub headings: Vec<String>,
    /// What they are.
    pub goods: String,
    /// Which natural nuclides they may account for.
    #[serde(default)]
    pub explains: Vec<Chain>,
    /// Typical activity of K-40, in Bq/kg.
    #[serde(default)]
    pub k_bq_kg: f64,
    /// Typical activity of the Ra-226 chain, in Bq/kg.
    #[serde(default)]
    pub ra_bq_kg: f64,
    /// Typical activity of the Th-232 chain, in Bq/kg.
    #[serde(default)]
    pub th_bq_kg: f64,
    /// They hardly radiate: an alarm is never put down to them (R5).
    #[serde(default)]
    pub weak: bool,
    /// Nothing is ever explained with them.
    #[serde(default)]
    pub never: bool,
    /// The heading holds goods of many kinds: alone, it explains nothing for certain.
    #[serde(default)]
    pub catch_all: bool,
    /// Only goods of these codes or with these words count.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub needs: Option<Needs>,
    /// How sure that is.
    pub status: RowStatus,
    /// What else to know.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub remarks: String,
}

/// How sure a row is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum RowStatus {
    /// Read at a named source.
    Verified,
    /// A typical value of general knowledge.
    Typical,
    /// Set by analogy with another row.
    Assumed,
}

/// What goods must be called, or be coded as, for their row to count. One of them is enough.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Needs {
    /// Beginnings of codes, 6 digits or more.
    #[serde(default)]
    pub codes: Vec<String>,
    /// Parts of the description, in lower case.
    #[serde(default)]
    pub words: Vec<String>,
}

/// A natural nuclide or chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub enum Chain {
    /// K-40.
    K,
    /// U-238 and Ra-226 with what follows them.
    Ra,
    /// Th-232 with what follows it.
    Th,
}

impl Chain {
    /// The chain that a nuclide belongs to.
    pub fn of(nuclide: &str) -> Option<Self> {
        match nuclide {
            "K-40" => Some(Self::K),
            "Ra-226" | "Pb-214" | "Bi-214" => Some(Self::Ra),
            "Th-232" | "Ac-228" | "Th-228" | "Pb-212" | "Bi-212" | "Tl-208" => Some(Self::Th),
            _ => None,
        }
    }
}

impl Row {
    /// Whether this row speaks of `goods`, whose heading it has.
    pub fn covers(&self, goods: &Goods) -> bool {
        let Some(needs) = &self.needs else { return true };
        let code = goods.code.as_ref().map_or("", |code| code.as_str());
        let text = goods.text.to_lowercase();
        needs.codes.iter().any(|start| code.starts_with(start.as_str()))
            || needs.words.iter().any(|word| text.contains(word.as_str()))
    }
}

impl Expectations {
    /// Reads the table.
    ///
    /// # Errors
    /// Everything that is wrong with it, each with its line.
    pub fn parse(text: &str) -> Result<Self, Vec<TableError>> {
        let line = |span: Range<usize>| text[..span.start.min(text.len())].matches('\n').count() + 1;
        let file: File = toml::from_str(text).map_err(|error| {
            let what = error.message().to_owned();
            vec![TableError { line: error.span().map_or(1, line), what }]
        })?;
        let mut errors = Vec::new();
        let mut note = |span, what| errors.push(TableError { line: line(span), what });
        let span = file.reference.span();
        let reference = file.reference.into_inner();
        reference.wrong().into_iter().for_each(|what| note(span.clone(), what));
        let (mut rows, mut by_heading) = (Vec::new(), BTreeMap::new());
        for (number, row) in file.goods.into_iter().enumerate() {
            let span = row.span();
            let row = row.into_inner();
            row.wrong().into_iter().for_each(|what| note(span.clone(), what));
            for heading in &row.headings {
                if by_heading.insert(heading.clone(), number).is_some() {
                    note(
                        span.clone(),
                        format!("heading {heading} stands in the table already: once is enough"),
                    );
                }
            }
            rows.push(row);
        }
        if errors.is_empty() { Ok(Self { reference, rows, by_heading }) } else { Err(errors) }
    }

    /// The row of a heading.
    pub fn row(&self, heading: &str) -> Option<&Row> {
        self.by_heading.get(heading).and_then(|&number| self.rows.get(number))
    }

    /// All rows, in the file's order.
    pub fn rows(&self) -> &[Row] {
        &self.rows
    }

    /// How an activity becomes an excess.
    pub fn reference(&self) -> Reference {
        self.reference
    }

    /// Excess over background of a full container of these goods: 1.0 doubles the rate.
    pub fn full_excess(&self, row: &Row) -> f64 {
        let activities = [row.k_bq_kg, row.ra_bq_kg, row.th_bq_kg];
        let dose: f64 = activities.iter().zip(NGY_H_PER_BQ_KG).map(|(bq, factor)| bq * factor).sum();
        self.reference.geometry * dose / self.reference.normal_field_ngy_h
    }
}

/// One thing that is wrong with the table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableError {
    /// The line, from 1; of a row, its first.
    pub line: usize,
    /// What is wrong, and what would be right.
    pub what: String,
}

impl std::error::Error for TableError {}

impl fmt::Display for TableError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.line, self.what)
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    reference: Spanned<Reference>,
    goods: Vec<Spanned<Row>>,
}

impl Reference {
    fn wrong(&self) -> Vec<String> {
        let limits = [
            ("geometry", self.geometry, 0.05, 1.0),
            ("normal_field_ngy_h", self.normal_field_ngy_h, 20.0, 500.0),
            ("full_load_kg", self.full_load_kg, 1000.0, 40_000.0),
            ("position_margin_m", self.position_margin_m, 0.0, 5.0),
        ];
        let off = limits.into_iter().filter(|(_, value, low, high)| !(low..=high).contains(&value));
        off.map(|(key, value, low, high)| format!("{key} = {value}: from {low} to {high}")).collect()
    }
}

impl Row {
    fn wrong(&self) -> Vec<String> {
        let digits = |text: &str, lengths: &[usize]| {
            lengths.contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit())
        };
        let mut wrong = Vec::new();
        if self.headings.is_empty() {
            wrong.push("headings = []: one heading at least".to_owned());
        }
        for heading in self.headings.iter().filter(|heading| !digits(heading, &[4])) {
            wrong.push(format!("heading {heading:?}: four digits"));
        }
        let activities =
            [("k_bq_kg", self.k_bq_kg), ("ra_bq_kg", self.ra_bq_kg), ("th_bq_kg", self.th_bq_kg)];
        for (key, value) in activities.into_iter().filter(|(_, bq)| !(0.0..=MAX_BQ_KG).contains(bq)) {
            wrong.push(format!("{key} = {value}: from 0 to {MAX_BQ_KG}"));
        }
        let activity: f64 = activities.iter().map(|(_, bq)| bq).sum();
        if self.never && (!self.explains.is_empty() || activity > 0.0) {
            wrong.push("never = true explains nothing: leave explains and the activities out".to_owned());
        }
        if !self.explains.is_empty() && activity <= 0.0 {
            wrong.push("explains without an activity: say how much (k_bq_kg, ra_bq_kg, th_bq_kg)".to_owned());
        }
        if let Some(needs) = &self.needs {
            if needs.codes.is_empty() && needs.words.is_empty() {
                wrong.push("needs = {}: codes or words".to_owned());
            }
            for code in needs.codes.iter().filter(|code| !digits(code, &[6, 7, 8, 9, 10])) {
                wrong.push(format!("code {code:?}: 6 to 10 digits"));
            }
            for word in needs.words.iter().filter(|word| word.len() < 3 || word.to_lowercase() != **word) {
                wrong.push(format!("word {word:?}: three letters at least, in lower case"));
            }
        }
        wrong
    }
}
