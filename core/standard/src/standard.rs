//! A standard, resolved: all its requirements and limits, those it inherits included.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::canonical::{NotCanonical, canonical, hash};
use crate::monitor::Watch;
use crate::record::{Level, Limit, Requirement, Status, weakest};

/// A performance standard.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Standard {
    /// Its id, the name of its file.
    pub id: String,
    /// One line that says what it is.
    pub title: String,
    /// `major.minor.patch`. Major: a passing driver may now fail. Minor: new `should` or new optional
    /// capability. Patch: wording.
    pub version: String,
    /// What it was built on, as `id@version`, sorted.
    pub built_on: BTreeSet<String>,
    /// Classes of a certificate and the levels that must pass for each.
    pub mustpass: BTreeMap<String, BTreeSet<Level>>,
    /// Requirements that cannot be waived.
    pub unwaivable: BTreeSet<String>,
    /// Limits of published standards, by id.
    pub limits: BTreeMap<String, Limit>,
    /// Requirements, by id.
    pub requirements: BTreeMap<String, Requirement>,
    /// What is watched on the running lane, by id.
    pub monitors: BTreeMap<String, Watch>,
}

/// A requirement whose verdict rests on something less than a read clause.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Unsure {
    /// Requirement or limit.
    pub id: String,
    /// Its weakest status.
    pub status: Status,
    /// Document, edition and clause that a person should read.
    pub read: String,
    /// What else is known.
    pub note: Option<String>,
}

impl Standard {
    /// Canonical JSON of the resolved set: what a certificate's archive holds.
    ///
    /// # Errors
    /// Never for a standard that was loaded: its numbers are whole or decimal text.
    pub fn resolved(&self) -> Result<String, NotCanonical> {
        canonical(self)
    }

    /// A standard from its resolved set.
    ///
    /// # Errors
    /// A sentence when it is no resolved set.
    pub fn from_resolved(text: &str) -> Result<Self, String> {
        serde_json::from_str(text).map_err(|error| format!("no resolved standard: {error}"))
    }

    /// BLAKE3 of the resolved set, not of the file.
    ///
    /// # Errors
    /// As [`Standard::resolved`].
    pub fn hash(&self) -> Result<String, NotCanonical> {
        hash(self)
    }

    /// Requirements whose id begins with `prefix` (`""` for all), in the order of their ids.
    pub fn starting_with<'a>(&'a self, prefix: &'a str) -> impl Iterator<Item = &'a Requirement> {
        self.requirements.values().filter(move |requirement| requirement.id.starts_with(prefix))
    }

    /// Levels that a class asks for; none for a class that the standard does not know.
    pub fn levels(&self, class: &str) -> Option<&BTreeSet<Level>> {
        self.mustpass.get(class)
    }

    /// Requirements in an order in which each comes after all that it requires.
    pub fn in_order(&self) -> Vec<&Requirement> {
        let mut done = BTreeSet::new();
        let mut order = Vec::new();
        // Loading refused circles, so each round finds at least one.
        while order.len() < self.requirements.len() {
            let before = order.len();
            for requirement in self.requirements.values() {
                let ready = requirement.requires.iter().all(|id| done.contains(id.as_str()));
                if ready && done.insert(requirement.id.as_str()) {
                    order.push(requirement);
                }
            }
            if order.len() == before {
                break;
            }
        }
        order
    }

    /// Every requirement and limit whose status is as weak as `from` or weaker, with the clauses to read.
    pub fn unsure(&self, from: Status) -> Vec<Unsure> {
        let requirements = self.requirements.values().map(|r| (&r.id, &r.sources));
        let limits = self.limits.values().map(|l| (&l.id, &l.sources));
        let mut unsure = Vec::new();
        for (id, sources) in requirements.chain(limits) {
            for source in sources.iter().filter(|source| source.status >= from) {
                let parts = [Some(&source.doc), source.edition.as_ref(), source.clause.as_ref()];
                let read: Vec<&str> = parts.into_iter().flatten().map(String::as_str).collect();
                unsure.push(Unsure {
                    id: id.clone(),
                    status: source.status,
                    read: read.join(", "),
                    note: source.note.clone(),
                });
            }
        }
        unsure
    }
}

impl Requirement {
    /// The weakest status of its sources.
    pub fn status(&self) -> Status {
        weakest(&self.sources)
    }
}

impl Limit {
    /// The weakest status of its sources.
    pub fn status(&self) -> Status {
        weakest(&self.sources)
    }
}
