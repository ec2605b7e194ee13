//! Which names a measurement needs: one is added while it explains enough, one is dropped when the others can
//! do without it.

use super::frame::Frame;
use super::hypothesis::{Hypothesis, Names};
use super::library::{GAINS, UNKNOWN};

/// A first name must raise the quality by this much: calibrated on backgrounds, for each library again.
pub const FIRST_TS: f64 = 20.0;
/// A later name also needs this share of what the first one brought: the model's error grows with the counts.
pub const LATER_SHARE: f64 = 0.05;
/// What a name must bring beside any smooth shape.
pub const STRUCTURE_TS: f64 = 4.0;
/// The same for a later name.
const LATER_STRUCTURE_TS: f64 = 12.0;
/// What a smooth name may lack to one with lines: that it has fewer ways to fit.
const SMOOTH_LEAD: f64 = 3.0;
/// A candidate whose score is under this share of what is asked is not fitted: the score is nearly what it
/// would bring.
const HOPELESS: f64 = 0.5;
/// A candidate that starts so far behind the best is not tried at other gains.
const FAR_BEHIND: f64 = 40.0;
const FAR_SHARE: f64 = 0.1;
/// Above this a source shows its lines, or has none.
const CLEAR_TS: f64 = 100.0;
/// Names at most.
const NAMES_MAX: usize = 4;
/// Candidates that are fitted in full.
const FITTED: usize = 6;

/// A choice of names.
pub struct Selection {
    /// What is there without any name.
    pub null: Hypothesis,
    /// What is there.
    pub best: Hypothesis,
    /// What each name of `best` brings.
    pub ts: Vec<f64>,
    /// What each of them brings beside any smooth shape.
    pub structure: Vec<f64>,
}

/// Chooses names.
pub fn select(frame: &Frame<'_>) -> Selection {
    let nulls: Vec<Hypothesis> =
        (0..GAINS).map(|gain| Hypothesis::new(frame, Names::default(), gain)).collect();
    let null = best_of(nulls.iter().cloned()).unwrap_or_else(|| nulls[0].clone());
    let mut best = null.clone();
    while best.names.entries.len() < NAMES_MAX {
        let first = best.names.entries.is_empty();
        let least = FIRST_TS.max(LATER_SHARE * (best.quality - null.quality));
        let mut candidates = if first { screen(frame, &nulls) } else { rest(frame, &best) };
        candidates.retain(|candidate| candidate.score >= HOPELESS * least);
        let fitted = promising(frame, &best, candidates);
        let Some(next) = needed(frame, &best, fitted, least) else { break };
        best = next;
    }
    drop_needless(frame, &null, best)
}

/// The candidates' fits, each at its best gain; those that start far behind the best are left out.
fn promising(frame: &Frame<'_>, best: &Hypothesis, candidates: Vec<Candidate>) -> Vec<Hypothesis> {
    let fit = |candidate: &Candidate| {
        Hypothesis::new(frame, best.names.with(candidate.entry, candidate.template), candidate.gain)
    };
    let started: Vec<Hypothesis> = candidates.iter().map(fit).collect();
    let most = started.iter().map(|start| start.quality).fold(f64::NEG_INFINITY, f64::max);
    // What the best one brings is not known better than this share of it while the gain is not.
    let reach = FAR_BEHIND.max(FAR_SHARE * (most - best.quality));
    let near = started.into_iter().filter(|start| most - start.quality < reach);
    near.map(|start| climb(frame, start)).collect()
}

/// A template worth fitting.
pub struct Candidate {
    pub entry: usize,
    pub template: usize,
    pub gain: usize,
    pub score: f64,
}

/// The best template of each name at any gain, for an empty hypothesis.
fn screen(frame: &Frame<'_>, nulls: &[Hypothesis]) -> Vec<Candidate> {
    let most = nulls.iter().map(|null| null.quality).fold(f64::NEG_INFINITY, f64::max);
    let mut found = Vec::new();
    for null in nulls {
        let projector = null.projector(frame);
        found.extend(scores(frame, null, &projector, null.quality - most));
    }
    strongest(found)
}

/// The best template of each name that is not there yet.
pub fn rest(frame: &Frame<'_>, hypothesis: &Hypothesis) -> Vec<Candidate> {
    let projector = hypothesis.projector(frame);
    strongest(scores(frame, hypothesis, &projector, 0.0))
}

fn scores(
    frame: &Frame<'_>,
    hypothesis: &Hypothesis,
    projector: &super::fit::Projector,
    handicap: f64,
) -> Vec<Candidate> {
    let templates = &frame.library.templates[hypothesis.gain];
    let used = |at: usize| hypothesis.names.entries.iter().any(|(entry, _)| *entry == at);
    let entries = frame.library.entries.iter().enumerate().filter(|(at, _)| !used(*at));
    let scored = entries.map(|(entry, known)| {
        let mut best = Candidate { entry, template: known.first, gain: hypothesis.gain, score: 0.0 };
        for (template, shape) in templates.iter().enumerate().take(known.end).skip(known.first) {
            let score = projector.score(shape) + handicap;
            if score > best.score {
                (best.template, best.score) = (template, score);
            }
        }
        best
    });
    scored.filter(|candidate| candidate.score > 4.0).collect()
}

/// One candidate a name, the strongest first.
fn strongest(mut found: Vec<Candidate>) -> Vec<Candidate> {
    found.sort_by(|a, b| b.score.total_cmp(&a.score));
    let mut kept: Vec<Candidate> = Vec::new();
    for candidate in found {
        if kept.len() < FITTED && kept.iter().all(|other| other.entry != candidate.entry) {
            kept.push(candidate);
        }
    }
    kept
}

/// The same names at the best gain.
pub fn climb(frame: &Frame<'_>, start: Hypothesis) -> Hypothesis {
    let first = start.gain;
    let mut best = start;
    for step in [3_isize, 1] {
        for direction in [step, -step] {
            while let Some(next) = best.gain.checked_add_signed(direction).filter(|gain| *gain < GAINS) {
                let tried = Hypothesis::fixed(frame, best.names.clone(), next);
                if tried.quality <= best.quality {
                    break;
                }
                best = tried;
            }
        }
    }
    if best.gain == first {
        return best;
    }
    let grown = Hypothesis::new(frame, best.names.clone(), best.gain);
    if grown.quality > best.quality { grown } else { best }
}

fn best_of(hypotheses: impl Iterator<Item = Hypothesis>) -> Option<Hypothesis> {
    hypotheses.max_by(|a, b| a.quality.total_cmp(&b.quality))
}

/// The best hypothesis whose last name is worth having. Smooth continua come last: whatever has no structure
/// of its own is like them.
fn needed(
    frame: &Frame<'_>,
    best: &Hypothesis,
    mut fitted: Vec<Hypothesis>,
    least: f64,
) -> Option<Hypothesis> {
    let first = best.names.entries.is_empty();
    fitted.retain(|next| {
        let gained = next.quality - best.quality;
        gained >= least && (first || gained >= FIRST_TS * doubt(frame, next))
    });
    fitted.sort_by(|a, b| b.quality.total_cmp(&a.quality));
    let entry =
        |next: &Hypothesis| &frame.library.entries[next.names.entries[next.names.entries.len() - 1].0];
    let asked = if first { STRUCTURE_TS } else { LATER_STRUCTURE_TS };
    let has_structure = |next: &&Hypothesis| structure(frame, next, next.names.entries.len() - 1) >= asked;
    let unknown = fitted.iter().find(|next| entry(next).name == UNKNOWN);
    // A strong source without lines of its own is no better than a smooth one.
    let is_smooth = |next: &Hypothesis| {
        next.quality - best.quality > CLEAR_TS
            && unknown.is_some_and(|unknown| unknown.quality >= next.quality)
    };
    let named = fitted.iter().filter(|next| !entry(next).smooth && !is_smooth(next)).find(has_structure);
    let smooth = fitted.iter().find(|next| entry(next).smooth && (first || entry(next).name == UNKNOWN));
    let wins = |smooth: &Hypothesis| {
        named.is_none_or(|named| {
            entry(smooth).name != UNKNOWN && smooth.quality + SMOOTH_LEAD >= named.quality
        })
    };
    smooth.filter(|smooth| wins(smooth)).or(named).cloned()
}

/// How much worse a hypothesis fits than chance would have it, at least 1: what a statistic must outweigh.
pub fn doubt(frame: &Frame<'_>, hypothesis: &Hypothesis) -> f64 {
    let (deviance, bins) = hypothesis.deviance(frame);
    (deviance / bins.max(1.0)).max(1.0)
}

/// What a name brings beside any smooth shape.
pub fn structure(frame: &Frame<'_>, hypothesis: &Hypothesis, at: usize) -> f64 {
    let (entry, _) = hypothesis.names.entries[at];
    let others = Hypothesis::new(frame, hypothesis.names.without(at), hypothesis.gain);
    let projector = others.structure(frame);
    let known = &frame.library.entries[entry];
    let templates = &frame.library.templates[hypothesis.gain][known.first..known.end];
    templates.iter().map(|template| projector.score(template)).fold(0.0, f64::max)
}

fn drop_needless(frame: &Frame<'_>, null: &Hypothesis, mut best: Hypothesis) -> Selection {
    loop {
        let count = best.names.entries.len();
        let without: Vec<Hypothesis> = match count {
            0 => Vec::new(),
            1 => vec![null.clone()],
            _ => (0..count)
                .map(|at| climb(frame, Hypothesis::new(frame, best.names.without(at), best.gain)))
                .collect(),
        };
        let ts: Vec<f64> = without.iter().map(|less| best.quality - less.quality).collect();
        let most = ts.iter().copied().fold(0.0, f64::max);
        let least = FIRST_TS.max(LATER_SHARE * most);
        let weakest = (0..count).min_by(|a, b| ts[*a].total_cmp(&ts[*b]));
        match weakest.filter(|at| count > 1 && ts[*at] < least) {
            Some(at) => best = without[at].clone(),
            None => {
                let structure = (0..count).map(|at| structure(frame, &best, at)).collect();
                return Selection { null: null.clone(), best, ts, structure };
            }
        }
    }
}
