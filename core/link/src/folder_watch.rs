//! Which files of a folder are complete: a pure function of its listings.

use std::collections::BTreeMap;

use crate::{Existing, FolderSpec, Sidecar};

/// One file as a listing shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    /// Its name, without the folder.
    pub name: String,
    /// Its size.
    pub bytes: u64,
    /// When it was last written, nanoseconds since 1970.
    pub written_ns: i64,
}

/// What follows from a listing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// This file is complete; hand it over.
    Complete {
        /// As it was when it settled.
        file: Seen,
        /// Name of its sidecar.
        sidecar: Option<String>,
    },
    /// This file was written to after it had been handed over.
    Changed(Seen),
    /// This file has been complete for [`Watch::PATIENCE_NS`] and its required sidecar has not come. It is
    /// still waited for.
    Lonely(Seen),
}

/// Watches one folder by its listings. A file is handed over once, also when the folder goes away and comes
/// back with it.
#[derive(Debug)]
pub struct Watch {
    settle_ns: u64,
    sidecar: Sidecar,
    existing: Existing,
    files: BTreeMap<String, Known>,
    round: u64,
}

#[derive(Debug)]
struct Known {
    bytes: u64,
    written_ns: i64,
    unchanged_since_ns: u64,
    /// The last listing that showed it.
    round: u64,
    phase: Phase,
    /// It has been reported as unreadable or without sidecar; once is enough.
    reported: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    Settling,
    /// It lay there at the start.
    Skipped,
    HandedOver,
}

impl Watch {
    /// Most files that may lie in the folder.
    pub const MOST_FILES: usize = 65_536;
    /// A required sidecar that has not come after a minute is worth a report.
    pub const PATIENCE_NS: u64 = 60_000_000_000;

    /// A watch that has seen nothing yet.
    pub fn new(spec: &FolderSpec) -> Self {
        Self {
            settle_ns: u64::try_from(spec.settle.as_nanos()).unwrap_or(u64::MAX),
            sidecar: spec.sidecar,
            existing: spec.existing,
            files: BTreeMap::new(),
            round: 0,
        }
    }

    /// Takes a listing made at `now_ns` (any monotonic clock) and says what follows, the oldest file first.
    pub fn look(&mut self, now_ns: u64, listing: &[Seen]) -> Vec<Step> {
        self.round += 1;
        let mut steps: Vec<_> = listing.iter().filter_map(|seen| self.note(now_ns, seen)).collect();
        let mut complete: Vec<_> =
            listing.iter().filter(|seen| self.is_complete(now_ns, &seen.name)).collect();
        complete.sort_by(|a, b| (a.written_ns, &a.name).cmp(&(b.written_ns, &b.name)));
        for file in complete {
            let sidecar = self.sidecar_of(&file.name);
            if let Some(known) = self.files.get_mut(&file.name) {
                known.phase = Phase::HandedOver;
            }
            steps.push(Step::Complete { file: file.clone(), sidecar });
        }
        let lonely = listing.iter().filter(|seen| self.is_newly_lonely(now_ns, &seen.name));
        steps.extend(lonely.cloned().map(Step::Lonely));
        self.forget();
        steps
    }

    /// `name` turned out to be still changing, or cannot be read yet: wait for it again.
    pub fn wait_again(&mut self, now_ns: u64, name: &str) {
        if let Some(known) = self.files.get_mut(name) {
            known.phase = Phase::Settling;
            known.unchanged_since_ns = now_ns;
        }
    }

    /// Whether trouble with `name` is to be reported: once is enough.
    pub fn is_first_report(&mut self, name: &str) -> bool {
        self.files.get_mut(name).is_some_and(|known| !std::mem::replace(&mut known.reported, true))
    }

    fn note(&mut self, now_ns: u64, seen: &Seen) -> Option<Step> {
        let round = self.round;
        let Some(known) = self.files.get_mut(&seen.name) else {
            let skip = round == 1 && self.existing == Existing::Skip;
            let phase = if skip { Phase::Skipped } else { Phase::Settling };
            let (bytes, written_ns) = (seen.bytes, seen.written_ns);
            let known =
                Known { bytes, written_ns, unchanged_since_ns: now_ns, round, phase, reported: false };
            self.files.insert(seen.name.clone(), known);
            return None;
        };
        let was_away = known.round + 1 < round;
        known.round = round;
        if (known.bytes, known.written_ns) == (seen.bytes, seen.written_ns) {
            return None;
        }
        (known.bytes, known.written_ns, known.unchanged_since_ns) = (seen.bytes, seen.written_ns, now_ns);
        if known.phase == Phase::HandedOver && !was_away {
            return Some(Step::Changed(seen.clone()));
        }
        known.phase = Phase::Settling;
        None
    }

    fn is_complete(&self, now_ns: u64, name: &str) -> bool {
        let is_settled = |known: &Known| {
            known.phase != Phase::Settling
                || now_ns.saturating_sub(known.unchanged_since_ns) >= self.settle_ns
        };
        let is_new =
            self.files.get(name).is_some_and(|known| known.phase == Phase::Settling && is_settled(known));
        if !is_new || !self.is_main(name) {
            return false;
        }
        match self.sidecar_of(name) {
            Some(sidecar) => self.files.get(&sidecar).is_some_and(is_settled),
            None => self.sidecar != Sidecar::Required,
        }
    }

    fn is_newly_lonely(&mut self, now_ns: u64, name: &str) -> bool {
        if !self.is_main(name) || self.sidecar != Sidecar::Required || self.sidecar_of(name).is_some() {
            return false;
        }
        let is_long = self.files.get(name).is_some_and(|known| {
            known.phase == Phase::Settling
                && now_ns.saturating_sub(known.unchanged_since_ns) >= Self::PATIENCE_NS
        });
        is_long && self.is_first_report(name)
    }

    /// Whether it is a file of its own: no sidecar, and no hidden file (writers often use those for what is
    /// not finished).
    fn is_main(&self, name: &str) -> bool {
        let is_sidecar = name.ends_with(".xml") || name.ends_with(".json");
        !name.starts_with('.') && (self.sidecar == Sidecar::None || !is_sidecar)
    }

    /// The sidecar that lies there now; `.xml` before `.json`.
    fn sidecar_of(&self, name: &str) -> Option<String> {
        if self.sidecar == Sidecar::None {
            return None;
        }
        let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
        let names = [format!("{stem}.xml"), format!("{stem}.json")];
        names.into_iter().find(|name| self.files.get(name).is_some_and(|known| known.round == self.round))
    }

    /// Keeps what lies in the folder, and of what is gone the last seen.
    fn forget(&mut self) {
        let surplus = self.files.len().saturating_sub(2 * Self::MOST_FILES);
        if surplus == 0 {
            return;
        }
        let mut gone: Vec<_> = self.files.iter().filter(|(_, known)| known.round < self.round).collect();
        gone.sort_by_key(|(_, known)| known.round);
        let names: Vec<_> = gone.into_iter().take(surplus).map(|(name, _)| name.clone()).collect();
        for name in names {
            self.files.remove(&name);
        }
    }
}

#[cfg(test)]
mod tests;
