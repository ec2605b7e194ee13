//! Passages against what really happened in a simulated lane.

use std::collections::{BTreeMap, BTreeSet};

use greenlane_lane::{DecisionKind, Passage};
use greenlane_model::Check;
use greenlane_simulator::VehicleTruth;
use greenlane_simulator::vehicle::Read;
use serde::Serialize;

/// A passage belongs to the vehicle that entered at most so long before or after it, in ns: half of what
/// separates two vehicles in the same place at the lane's highest speed, and longer than any edge is off.
const SAME_ENTRY_NS: i64 = 2_500_000_000;

/// The result of a demo or campaign.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Summary {
    /// Vehicles that went through.
    pub passages: u64,
    /// All evidence theirs, nothing missing unsaid, the decision that follows from it, not flagged.
    pub right: u64,
    /// Anything else that was not flagged.
    pub wrong: u64,
    /// Marked ambiguous or recovered, or a person was told that something is missing that should be there.
    pub flagged: u64,
    /// Of those flagged, how many had a difficulty that makes them truly uncertain.
    pub flagged_truly_hard: u64,
    /// Evidence of another vehicle, and not flagged.
    pub silent_wrong: u64,
    /// Decided `release`.
    pub released: u64,
    /// Decided `release` although something that the policy asks for was missing or not theirs.
    pub released_without_evidence: u64,
    /// The simulation's seed.
    pub seed: u64,
    /// Where the journal is, if one was kept.
    pub journal: Option<String>,
}

/// How one vehicle fared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fate {
    /// The vehicle's index.
    pub vehicle: u64,
    /// Its passage, if any.
    pub passage: Option<String>,
    /// What is not as it should be, in words; empty when all is right.
    pub complaints: Vec<String>,
    /// Marked for a person.
    pub flagged: bool,
    foreign: bool,
    incomplete: bool,
    decision: Option<DecisionKind>,
}

/// Collects what a lane said and what happened.
pub struct Comparison {
    /// UTC of the simulation's time zero, in ns.
    base_utc_ns: i64,
    passages: BTreeMap<String, Passage>,
    truths: Vec<VehicleTruth>,
    /// Least confidence that the policy asks for.
    min_confidence: f64,
}

impl Comparison {
    /// For a simulation whose time zero is `base_utc_ns`.
    pub fn new(base_utc_ns: i64, min_confidence: f64) -> Self {
        Self { base_utc_ns, passages: BTreeMap::new(), truths: Vec::new(), min_confidence }
    }

    /// Time zero is this, after all.
    pub fn rebase(&mut self, base_utc_ns: i64) {
        self.base_utc_ns = base_utc_ns;
    }

    /// Whether `count` passages have left and are decided.
    pub fn decided(&self, count: usize) -> bool {
        self.passages.values().filter(|p| p.left.is_some() && p.decision.is_some()).count() >= count
    }

    /// A passage as it is known now.
    pub fn passage(&mut self, passage: Passage) {
        self.passages.insert(passage.id.clone(), passage);
    }

    /// A vehicle is gone.
    pub fn truth(&mut self, truth: VehicleTruth) {
        self.truths.push(truth);
    }

    /// Vehicles gone so far.
    pub fn vehicles(&self) -> usize {
        self.truths.len()
    }

    /// Every vehicle's fate, in the order in which they entered. Vehicles that never entered are left out.
    pub fn fates(&self) -> Vec<Fate> {
        let mut truths: Vec<(i64, &VehicleTruth)> =
            self.truths.iter().filter_map(|t| Some((i64::try_from(t.entered_ns?).ok()?, t))).collect();
        truths.sort_by_key(|(at, t)| (*at, t.index));
        let mut free: Vec<&Passage> = self.passages.values().collect();
        free.sort_by_key(|p| p.entered.utc_ns);
        truths
            .into_iter()
            .map(|(entered, truth)| {
                let off = |p: &Passage| (p.entered.utc_ns - self.base_utc_ns - entered).abs();
                let nearest =
                    (0..free.len()).min_by_key(|&i| off(free[i])).filter(|&i| off(free[i]) < SAME_ENTRY_NS);
                let passage = nearest.map(|i| free.remove(i));
                self.fate(truth, passage)
            })
            .collect()
    }

    /// The sum over all fates.
    pub fn summary(&self, fates: &[Fate], seed: u64, journal: Option<String>) -> Summary {
        let hard: BTreeMap<u64, bool> = self.truths.iter().map(|t| (t.index, is_hard(t))).collect();
        let mut sum = Summary { seed, journal, passages: fates.len() as u64, ..Summary::default() };
        for fate in fates {
            let released = fate.decision == Some(DecisionKind::Release);
            match (fate.flagged, fate.complaints.is_empty()) {
                (true, _) => sum.flagged += 1,
                (false, true) => sum.right += 1,
                (false, false) => sum.wrong += 1,
            }
            sum.flagged_truly_hard += u64::from(fate.flagged && near_hard(&hard, fate.vehicle));
            sum.silent_wrong += u64::from(fate.foreign && !fate.flagged);
            sum.released += u64::from(released);
            sum.released_without_evidence +=
                u64::from(released && (fate.foreign || fate.incomplete || fate.flagged));
        }
        sum
    }

    fn fate(&self, truth: &VehicleTruth, passage: Option<&Passage>) -> Fate {
        let mut fate = Fate {
            vehicle: truth.index,
            passage: passage.map(|p| p.id.clone()),
            complaints: Vec::new(),
            flagged: false,
            foreign: false,
            incomplete: false,
            decision: None,
        };
        let Some(passage) = passage else {
            fate.complaints.push("no passage".into());
            return fate;
        };
        fate.decision = passage.decision;
        fate.flagged = passage.ambiguous || passage.recovered;
        fate.sets("container", &read_texts(truth), &passage_texts(passage));
        let images: BTreeSet<String> =
            truth.images.iter().filter(|i| i.valid).map(|i| i.name.clone()).collect();
        let any_image: BTreeSet<String> = truth.images.iter().map(|i| i.name.clone()).collect();
        fate.subset("image", &any_image, &images, &passage_images(passage));
        let occupancies: BTreeSet<String> =
            truth.occupancies.iter().filter_map(|o| Some(o.occupancy.index?.to_string())).collect();
        let theirs =
            passage.radiation.occupancies.iter().filter_map(|o| Some(o.index?.to_string())).collect();
        fate.sets("occupancy", &occupancies, &theirs);
        let expected = self.expected(truth, !images.is_empty());
        if passage.decision == Some(DecisionKind::Release) && expected != DecisionKind::Release {
            fate.incomplete = true;
        }
        if passage.decision != Some(expected) {
            fate.complaints.push(format!("decided {:?}, {expected:?} was expected", passage.decision));
        }
        fate
    }

    /// What the policy of the simulated lane makes of a vehicle whose evidence all came.
    fn expected(&self, truth: &VehicleTruth, imaged: bool) -> DecisionKind {
        let alarm = truth.occupancies.iter().any(|o| o.occupancy.gamma_alarm || o.occupancy.neutron_alarm);
        if alarm {
            return DecisionKind::Inspect;
        }
        let read_well = |read: &Read| match read {
            Read::Right { confidence } => *confidence >= self.min_confidence,
            Read::Misread { confidence, passes_check, .. } => {
                *passes_check && *confidence >= self.min_confidence
            }
            Read::NoRead => false,
        };
        let identified = !truth.containers.is_empty() && truth.containers.iter().all(|c| read_well(&c.read));
        let measured = !truth.occupancies.is_empty();
        if identified && imaged && measured { DecisionKind::Release } else { DecisionKind::Refer }
    }
}

impl Fate {
    /// Theirs must be exactly what the passage has.
    fn sets(&mut self, what: &str, truth: &BTreeSet<String>, passage: &BTreeSet<String>) {
        self.subset(what, truth, truth, passage);
    }

    /// What the passage has must be among `allowed`, and all of `needed` must be there.
    fn subset(
        &mut self,
        what: &str,
        allowed: &BTreeSet<String>,
        needed: &BTreeSet<String>,
        passage: &BTreeSet<String>,
    ) {
        for foreign in passage.difference(allowed) {
            self.foreign = true;
            self.complaints.push(format!("{what} {foreign} is another's"));
        }
        for missing in needed.difference(passage) {
            self.incomplete = true;
            self.complaints.push(format!("{what} {missing} is missing"));
        }
    }
}

fn read_texts(truth: &VehicleTruth) -> BTreeSet<String> {
    let text = |c: &greenlane_simulator::vehicle::Container| match &c.read {
        Read::Right { .. } => Some(c.number.to_string()),
        Read::Misread { text, .. } => Some(text.clone()),
        Read::NoRead => None,
    };
    truth.containers.iter().filter_map(text).collect()
}

fn passage_texts(passage: &Passage) -> BTreeSet<String> {
    passage.containers.iter().filter(|c| c.check != Check::Absent).filter_map(|c| c.number.clone()).collect()
}

fn passage_images(passage: &Passage) -> BTreeSet<String> {
    let name = |path: &str| path.rsplit('/').next().unwrap_or(path).to_owned();
    passage.images.iter().map(|i| name(&i.path)).collect()
}

fn is_hard(truth: &VehicleTruth) -> bool {
    !truth.features.is_empty()
        || truth.occupancies.iter().any(|o| o.vehicles.len() > 1)
        || truth.images.iter().any(|i| i.vehicles.len() > 1)
}

/// A neighbour's difficulty is a vehicle's own: both were in the lane at once.
fn near_hard(hard: &BTreeMap<u64, bool>, vehicle: u64) -> bool {
    hard.range(vehicle.saturating_sub(2)..=vehicle + 2).any(|(_, &hard)| hard)
}
