//! Passages against what really happened in a simulated lane.

use std::collections::{BTreeMap, BTreeSet};

use greenlane_lane::{DecisionKind, Passage};
use greenlane_model::Check;
use greenlane_simulator::vehicle::Read;
use greenlane_simulator::{Outcome, VehicleTruth, device};
use serde::Serialize;

/// A passage can be that of a vehicle which entered or left at most so long before or after it, in ns: half
/// of what separates two vehicles in the same place at the lane's highest speed, and longer than any edge is
/// off.
const SAME_TIME_NS: i64 = 2_500_000_000;

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
    /// Passages that are no vehicle's: parts of one, or something that only seemed to be one.
    pub extra: u64,
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
    /// A device whose evidence no release may rest on, by the standard in force.
    uncertified: Option<String>,
}

impl Comparison {
    /// For a simulation whose time zero is `base_utc_ns`.
    pub fn new(base_utc_ns: i64, min_confidence: f64) -> Self {
        let (passages, truths) = (BTreeMap::new(), Vec::new());
        Self { base_utc_ns, passages, truths, min_confidence, uncertified: None }
    }

    /// A standard is in force, and the driver of this device has no certificate for it.
    pub fn with_uncertified(self, device: Option<&str>) -> Self {
        Self { uncertified: device.map(str::to_owned), ..self }
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
    ///
    /// Each passage is that of one vehicle at most: of those that entered or left when it did, the pair whose
    /// times differ least.
    fn fates(&self) -> Vec<Fate> {
        let mut truths: Vec<&VehicleTruth> = self.truths.iter().filter(|t| t.entered_ns.is_some()).collect();
        truths.sort_by_key(|t| (t.entered_ns, t.index));
        let mut passages: Vec<&Passage> = self.passages.values().collect();
        passages.sort_by_key(|p| p.entered.utc_ns);
        let mut pairs: Vec<(i64, usize, usize)> = Vec::new();
        let mut first = 0;
        for (t, truth) in truths.iter().enumerate() {
            let gone = |p: &Passage| {
                p.left.is_some_and(|left| {
                    left.utc_ns - self.base_utc_ns + SAME_TIME_NS < nanos(truth.entered_ns)
                })
            };
            while passages.get(first).is_some_and(|p| gone(p)) {
                first += 1;
            }
            let met = |p: &&&Passage| {
                p.entered.utc_ns - self.base_utc_ns < nanos(Some(truth.left_ns)) + SAME_TIME_NS
            };
            let near = passages.iter().enumerate().skip(first).take_while(|(_, p)| met(p));
            pairs.extend(near.filter_map(|(p, passage)| Some((self.apart(truth, passage)?, t, p))));
        }
        pairs.sort_unstable();
        let mut of: Vec<Option<usize>> = vec![None; truths.len()];
        let mut taken = vec![false; passages.len()];
        for (_, t, p) in pairs {
            if of[t].is_none() && !taken[p] {
                of[t] = Some(p);
                taken[p] = true;
            }
        }
        truths.iter().zip(of).map(|(truth, p)| self.fate(truth, p.map(|p| passages[p]))).collect()
    }

    /// How far the times of entering and leaving are apart, in ns; `None` if it cannot be the same vehicle.
    fn apart(&self, truth: &VehicleTruth, passage: &Passage) -> Option<i64> {
        let entered = (passage.entered.utc_ns - self.base_utc_ns - nanos(truth.entered_ns)).abs();
        let left_ns = nanos(Some(truth.left_ns));
        let left = passage.left.map_or(SAME_TIME_NS, |left| (left.utc_ns - self.base_utc_ns - left_ns).abs());
        (entered.min(left) < SAME_TIME_NS).then_some(entered + left)
    }

    /// How the first `count` vehicles fared, and the sum.
    pub fn judge(&self, count: usize, seed: u64, journal: Option<String>) -> (Vec<Fate>, Summary) {
        let mut fates = self.fates();
        let matched: BTreeSet<&str> = fates.iter().filter_map(|f| f.passage.as_deref()).collect();
        let last = fates.iter().take(count).filter_map(|f| self.passages.get(f.passage.as_ref()?));
        let last_ns = last.map(|p| p.entered.utc_ns).max().unwrap_or(i64::MIN);
        let seen = self.passages.values().filter(|p| p.entered.utc_ns <= last_ns && p.left.is_some());
        let extras: Vec<&Passage> = seen.filter(|p| !matched.contains(p.id.as_str())).collect();
        let mut sum = Summary { seed, journal, extra: extras.len() as u64, ..Summary::default() };
        for extra in &extras {
            let released = u64::from(extra.decision == Some(DecisionKind::Release));
            sum.released += released;
            sum.released_without_evidence += released;
            // What it holds is some vehicle's, and it is not that vehicle.
            let holds = !(extra.containers.is_empty() && extra.radiation.occupancies.is_empty());
            let flagged = extra.ambiguous || extra.recovered;
            sum.silent_wrong += u64::from(!flagged && (holds || !extra.images.is_empty()));
        }
        fates.truncate(count);
        self.add(&fates, &mut sum);
        (fates, sum)
    }

    fn add(&self, fates: &[Fate], sum: &mut Summary) {
        let hard: BTreeMap<u64, bool> = self.truths.iter().map(|t| (t.index, is_hard(t))).collect();
        sum.passages = fates.len() as u64;
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
        let of_portal = passage.radiation.occupancies.iter().filter(|o| o.device == device::PORTAL);
        let theirs = of_portal.filter_map(|o| Some(o.index?.to_string())).collect();
        fate.sets("occupancy", &occupancies, &theirs);
        let mut right = self.right(truth, !images.is_empty(), passage);
        if let Some(device) = &self.uncertified {
            right.iter_mut().filter(|k| **k == DecisionKind::Release).for_each(|k| *k = DecisionKind::Refer);
            let says = |reason: &String| reason.contains(device) && reason.contains("not certified");
            if !passage.reasons.iter().any(says) {
                fate.complaints.push(format!("nobody says that {device} is not certified"));
            }
        }
        if passage.decision == Some(DecisionKind::Release) && !right.contains(&DecisionKind::Release) {
            fate.incomplete = true;
        }
        if !passage.decision.is_some_and(|decision| right.contains(&decision)) {
            let load = truth.load.as_ref().map_or("", |load| load.name.as_str());
            fate.complaints.push(format!("{load}: decided {:?}, {right:?} was expected", passage.decision));
        }
        fate
    }

    /// What is right to decide on a vehicle: what its load asks for, never a release while something of it is
    /// missing; of what was not set out, what the policy of the simulated lane makes of it.
    fn right(&self, truth: &VehicleTruth, imaged: bool, passage: &Passage) -> Vec<DecisionKind> {
        let Some(load) = &truth.load else { return vec![self.expected(truth, imaged)] };
        let mut right: Vec<DecisionKind> = load.right.iter().map(|outcome| decision(*outcome)).collect();
        if !right.contains(&DecisionKind::Release) {
            return right;
        }
        if !self.complete(truth, imaged) {
            right.retain(|kind| *kind != DecisionKind::Release);
            right.extend([DecisionKind::Refer, DecisionKind::Inspect]);
        } else if passage.papers.as_ref().is_some_and(|papers| papers.audit_drawn) {
            right.push(DecisionKind::Inspect);
        }
        right
    }

    /// What the policy of the simulated lane makes of a vehicle whose evidence all came.
    fn expected(&self, truth: &VehicleTruth, imaged: bool) -> DecisionKind {
        let alarm = truth.occupancies.iter().any(|o| o.occupancy.gamma_alarm || o.occupancy.neutron_alarm);
        if alarm {
            return DecisionKind::Inspect;
        }
        if self.complete(truth, imaged) { DecisionKind::Release } else { DecisionKind::Refer }
    }

    /// Read well, measured and imaged.
    fn complete(&self, truth: &VehicleTruth, imaged: bool) -> bool {
        let read_well = |read: &Read| match read {
            Read::Right { confidence } => *confidence >= self.min_confidence,
            Read::Misread { confidence, passes_check, .. } => {
                *passes_check && *confidence >= self.min_confidence
            }
            Read::NoRead => false,
        };
        let identified = !truth.containers.is_empty() && truth.containers.iter().all(|c| read_well(&c.read));
        let measured = !truth.occupancies.is_empty();
        identified && imaged && measured
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

fn decision(outcome: Outcome) -> DecisionKind {
    match outcome {
        Outcome::Release => DecisionKind::Release,
        Outcome::Refer => DecisionKind::Refer,
        Outcome::Inspect => DecisionKind::Inspect,
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

/// A time of the simulation; one that never came is later than all others.
fn nanos(time: Option<u64>) -> i64 {
    time.and_then(|ns| i64::try_from(ns).ok()).unwrap_or(i64::MAX / 2)
}

/// A neighbour's difficulty is a vehicle's own: both were in the lane at once.
fn near_hard(hard: &BTreeMap<u64, bool>, vehicle: u64) -> bool {
    hard.range(vehicle.saturating_sub(2)..=vehicle + 2).any(|(_, &hard)| hard)
}
