//! From names that fit to words that may be said.

use serde::{Deserialize, Serialize};

use super::frame::Frame;
use super::hypothesis::Hypothesis;
use super::library::{Library, UNKNOWN, gain_of};
use super::linear::chi_square_tail;
use super::nuclides::Class;
use super::select::{FIRST_TS, SMOOTH_LEAD, STRUCTURE_TS, Selection, climb, doubt, rest};

/// Quality by which a name must be better than another that could stand in its place.
const RIVAL_TS: f64 = 2.5;
/// The same for a rival that is graver.
const GRAVER_TS: f64 = 3.5;
/// A name that scores less than this share at the same gain is no rival at any.
const HOPELESS_RIVAL: f64 = 0.3;
/// A fit with less than this chance has something in it that nobody named. It raises an alarm by itself, so it may
/// not come more often than the tests' budget of one passage in 10 000.
const LEAST_P: f64 = 1e-4;

/// What can be said; exactly one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Status {
    /// All of it is explained by the names and groups.
    Identified,
    /// The names and groups are there, and something else.
    IdentifiedWithUnknown,
    /// Something is there that no name explains.
    Unknown,
    /// Too little is there to say anything. Never a sign of harmlessness.
    Insufficient,
    /// This detector sees no lines.
    NotCapable,
}

/// A name.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Named {
    /// As in the library.
    pub name: String,
    /// What it is used as.
    pub class: Class,
    /// By how much it raises twice the logarithm of the likelihood.
    pub ts: f64,
    /// Its counts.
    pub net: f64,
    /// Their standard deviation.
    pub net_sigma: f64,
    /// 0 to 100, by a declared mapping of `ts`: 16 is 50, 25 is 80, 36 is 95, straight between.
    pub confidence: f64,
}

/// Names of which one is there, and the counts do not tell which.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Group {
    /// The graver ones first.
    pub members: Vec<Named>,
}

/// What a spectrum says.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Identification {
    /// What can be said.
    pub status: Status,
    /// What is certainly meant, the strongest first.
    pub nuclides: Vec<Named>,
    /// What cannot be told apart.
    pub groups: Vec<Group>,
    /// Energy as read by energy as it is.
    pub gain: f64,
    /// Whether K-40's line stands out, here or in the measured background, so that the gain rests on more than
    /// the names.
    pub gain_anchored: bool,
    /// Chance of a fit as bad as this one, the templates' own errors allowed for.
    pub fit_p: f64,
    /// Counts in the range of the fit that are not background.
    pub net: f64,
    /// Counts of the background in the same range.
    pub background: f64,
    /// Which library was used.
    pub library: String,
}

impl Identification {
    /// What a detector without lines says.
    pub(super) fn not_capable(library: &Library) -> Self {
        Self {
            status: Status::NotCapable,
            nuclides: Vec::new(),
            groups: Vec::new(),
            gain: 1.0,
            gain_anchored: false,
            fit_p: 1.0,
            net: 0.0,
            background: 0.0,
            library: library.version().to_owned(),
        }
    }

    /// Every name, also those of groups.
    pub fn all(&self) -> impl Iterator<Item = &Named> {
        self.nuclides.iter().chain(self.groups.iter().flat_map(|group| &group.members))
    }

    /// The gravest class of all names.
    pub fn gravest(&self) -> Option<Class> {
        self.all().map(|named| named.class).max()
    }
}

/// Puts a choice of names into words.
pub fn verdict(frame: &Frame<'_>, selection: &Selection) -> Identification {
    let best = &selection.best;
    let count = best.names.entries.len();
    let (deviance, bins) = best.strangeness(frame);
    let freedom = (bins - 2.0 - count as f64).max(1.0);
    let fit_p = chi_square_tail(deviance, freedom);
    let mut unknown = false;
    let mut nuclides = Vec::new();
    let mut groups = Vec::new();
    for at in 0..count {
        let entry = &frame.library.entries[best.names.entries[at].0];
        let supported = selection.structure[at] >= STRUCTURE_TS || entry.smooth;
        if entry.name == UNKNOWN || !supported {
            unknown = true;
            continue;
        }
        let own = named(frame, best, at, selection.ts[at]);
        let mut members = rivals(frame, best, at, selection.ts[at]);
        if members.is_empty() {
            nuclides.push(own);
        } else {
            members.push(own);
            members.sort_by(|a, b| b.class.cmp(&a.class).then(b.ts.total_cmp(&a.ts)));
            groups.push(Group { members });
        }
    }
    nuclides.sort_by(|a, b| b.ts.total_cmp(&a.ts));
    let something = best.quality - selection.null.quality >= FIRST_TS;
    let identified = !(nuclides.is_empty() && groups.is_empty());
    unknown |= fit_p < LEAST_P;
    let status = match (identified, unknown) {
        (true, false) => Status::Identified,
        (true, true) => Status::IdentifiedWithUnknown,
        (false, true) => Status::Unknown,
        (false, false) if something => Status::Unknown,
        (false, false) => Status::Insufficient,
    };
    Identification {
        status,
        nuclides,
        groups,
        gain: gain_of(best.gain as f64),
        gain_anchored: frame.anchors(gain_of(best.gain as f64)),
        fit_p,
        net: (0..count).map(|at| best.net(at)).sum(),
        background: best.background(),
        library: frame.library.version().to_owned(),
    }
}

fn named(frame: &Frame<'_>, hypothesis: &Hypothesis, at: usize, ts: f64) -> Named {
    let entry = &frame.library.entries[hypothesis.names.entries[at].0];
    let net = hypothesis.net(at);
    // By Wilks' theorem the statistic is the square of the net counts in their standard deviations.
    let net_sigma = net / libm::sqrt(ts.max(1.0));
    Named { name: entry.name.clone(), class: entry.class, ts, net, net_sigma, confidence: confidence(ts) }
}

/// The declared mapping.
fn confidence(ts: f64) -> f64 {
    let points = [(0.0, 0.0), (16.0, 50.0), (25.0, 80.0), (36.0, 95.0), (64.0, 100.0)];
    let above = points.windows(2).find(|pair| ts <= pair[1].0);
    above.map_or(100.0, |pair| {
        let (low, high) = (pair[0], pair[1]);
        low.1 + (ts.max(0.0) - low.0) / (high.0 - low.0) * (high.1 - low.1)
    })
}

/// Names that could stand in the place of one, by quality.
fn rivals(frame: &Frame<'_>, best: &Hypothesis, at: usize, ts: f64) -> Vec<Named> {
    let (own, _) = best.names.entries[at];
    let (class, is_smooth) = (frame.library.entries[own].class, frame.library.entries[own].smooth);
    let others = Hypothesis::new(frame, best.names.without(at), best.gain);
    let mut found = Vec::new();
    let doubt = doubt(frame, best);
    for candidate in rest(frame, &others) {
        let smooth = frame.library.entries[candidate.entry].smooth;
        if candidate.entry == own || smooth || candidate.score < HOPELESS_RIVAL * ts {
            continue;
        }
        let names = others.names.with(candidate.entry, candidate.template);
        let rival = climb(frame, Hypothesis::new(frame, names, best.gain));
        let entry = &frame.library.entries[candidate.entry];
        let least = doubt * if entry.class > class { GRAVER_TS } else { RIVAL_TS };
        let lead = if is_smooth { SMOOTH_LEAD } else { 0.0 };
        let behind = best.quality - rival.quality;
        if behind + lead < least {
            let last = rival.names.entries.len() - 1;
            found.push(named(frame, &rival, last, ts - behind));
        }
    }
    found
}
