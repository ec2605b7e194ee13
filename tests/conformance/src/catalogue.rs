//! The suite measured: drivers with one planted fault each, which the requirement named for it must find, and
//! odd drivers without, of which it may fail none. A catalogue is a TOML file beside their library.

use greenlane_controller::host::Plugin;
use greenlane_driver::DriverInfo;
use greenlane_standard::{Standard, Subject, Verdict};
use serde::Deserialize;

use crate::bench::{Bench, Mode};
use crate::kit::Kit;
use crate::methods;
use crate::suite::{self, Line, Selection, Waivers, has_failed};

/// Seeds of the two sessions of every run.
const SESSIONS: [u16; 2] = [0x5d1e, 0x2a07];

/// A catalogue.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Catalogue {
    /// Planted faults.
    pub fault: Vec<Entry>,
    /// Odd drivers without any.
    pub odd: Vec<Entry>,
}

/// One driver.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// Its row, e.g. `F63`.
    pub id: String,
    /// The good driver that it is made from, whose kit it is judged with.
    #[serde(default)]
    pub base: Option<String>,
    /// What must find the fault.
    #[serde(default)]
    pub requirement: String,
    /// What is wrong or odd.
    pub what: String,
    /// Its model where that is not `faulty.` and the row.
    #[serde(default)]
    model: Option<String>,
    /// A change of the kit.
    #[serde(default)]
    pub kit: Option<KitChange>,
    /// A change of the file.
    #[serde(default)]
    pub file: Option<FileChange>,
    /// Why there is no such driver.
    #[serde(default)]
    pub none: Option<String>,
    /// Why the requirement does not find it.
    #[serde(default)]
    pub miss: Option<String>,
    /// All that is run of it.
    #[serde(default)]
    pub only: Vec<String>,
}

/// What is changed in the kit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KitChange {
    /// The phrase for a closed cabinet is missing.
    NoTamperClear,
    /// The licence is no SPDX expression.
    LicenceFree,
    /// The driver declares that it says things 2 s late.
    Late,
}

/// What is changed in the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FileChange {
    /// The table says that it is 8 bytes shorter than it is.
    ShortTable,
}

/// What became of a planted fault.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found {
    /// The requirement named for it failed.
    ByName,
    /// Others failed.
    ByOthers(Vec<String>),
    /// Nothing failed.
    Missed(String),
    /// The requirement's method is not built.
    NotBuilt,
    /// There is no such driver.
    NoDriver(String),
}

impl std::fmt::Display for Found {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::ByName => f.write_str("fail, by name"),
            Self::ByOthers(ids) => write!(f, "MISSED, but failed by {}", ids.join(", ")),
            Self::Missed(verdict) => write!(f, "MISSED: {verdict}"),
            Self::NotBuilt => f.write_str("not caught: not built"),
            Self::NoDriver(why) => write!(f, "not caught: {why}"),
        }
    }
}

impl Catalogue {
    /// Reads a catalogue.
    ///
    /// # Errors
    /// It is no catalogue; in words.
    pub fn read(text: &str) -> Result<Self, String> {
        toml::from_str(text).map_err(|error| error.to_string())
    }
}

impl Entry {
    /// Its model in the library.
    pub fn model(&self) -> String {
        self.model.clone().unwrap_or_else(|| format!("faulty.{}", self.id.to_lowercase()))
    }

    /// The kit of its base as it is for this driver.
    pub fn kit(&self, base: &Kit) -> Kit {
        let mut kit = base.clone();
        kit.product.model = self.model();
        match self.kit {
            Some(KitChange::NoTamperClear) => {
                kit.book.phrase.retain(|phrase| phrase.fact != "tamper" || !phrase.when.is_empty());
            }
            Some(KitChange::LicenceFree) => kit.product.licence = "Free".to_owned(),
            Some(KitChange::Late) => kit.product.declares.latency_ms = 2000,
            None => {}
        }
        kit
    }

    /// What is run of it.
    pub fn selection(&self) -> Selection {
        let named = Some(self.requirement.clone()).filter(|id| !id.is_empty());
        Selection { only: self.only.iter().cloned().chain(named).collect(), ..Selection::default() }
    }

    /// Whether nobody could have found the fault: its method is not built, or the driver is not.
    pub fn is_beyond(&self, standard: &Standard) -> Option<Found> {
        let requirement = standard.requirements.get(&self.requirement);
        let built = requirement
            .is_some_and(|r| r.scope.subject == Subject::Driver && methods::find(&r.test.method).is_some());
        if !built {
            return Some(Found::NotBuilt);
        }
        self.none.clone().map(Found::NoDriver)
    }

    /// Whether what was run has found the fault.
    pub fn found(&self, lines: &[Line]) -> Found {
        let named = lines.iter().find(|line| line.id == self.requirement);
        if named.is_some_and(|line| line.verdict == Some(Verdict::Fail)) {
            return Found::ByName;
        }
        let failed = lines.iter().filter(|line| line.verdict == Some(Verdict::Fail));
        let failed: Vec<String> = failed.map(|line| line.id.clone()).collect();
        if failed.is_empty() {
            return Found::Missed(named.map_or_else(|| "not in the plan".to_owned(), crate::results::word));
        }
        Found::ByOthers(failed)
    }
}

/// Runs a selection of the quick set on one driver.
pub fn run(
    plugin: &Plugin,
    info: &DriverInfo,
    kit: &Kit,
    standard: &Standard,
    selection: &Selection,
    waivers: &Waivers,
) -> Vec<Line> {
    let bench = Bench::new(plugin, info, kit, Mode::Quick);
    let planned = suite::plan(standard, &bench, selection);
    suite::run(&bench, &planned, selection, SESSIONS, waivers, &mut |_| {})
}

/// The lines that fail a driver.
pub fn failures(lines: &[Line]) -> Vec<&Line> {
    lines.iter().filter(|line| has_failed(line)).collect()
}
