//! Which names a measurement needs: one is added while it explains enough, one is dropped when the others can
//! do without it.

use super::fit::Projector;
use super::frame::Frame;
use super::hypothesis::{Hypothesis, Names};
use super::library::{GAINS, UNKNOWN};
use super::pilot::Pilot;

/// A first name must raise the quality by this much: calibrated on backgrounds, for each library again.
pub const FIRST_TS: f64 = 18.5;
/// A later name also needs this share of what the first one brought: the model's error grows with the counts.
pub const LATER_SHARE: f64 = 0.05;
/// What a name must bring beside any smooth shape.
pub const STRUCTURE_TS: f64 = 4.0;
/// The same for a later name.
const LATER_STRUCTURE_TS: f64 = 12.0;
/// What a smooth name may lack to one with lines: that it has fewer ways to fit.
pub const SMOOTH_LEAD: f64 = 5.0;
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
/// Steps of the gain between two tries without any name.
const NULL_STEP: usize = 3;
/// A background that nobody measured: a name must raise the quality by this many times as much as beside one
/// that was, and bring this share of the background's counts. One without lines must be nearly all there is.
const VACANT_CARE: f64 = 1.5;
const VACANT_SHARE: f64 = 0.15;
const VACANT_SMOOTH_SHARE: f64 = 3.0;
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
    let pilot = Pilot::new(frame);
    let null = empty(frame);
    let mut best = null.clone();
    while best.names.entries.len() < NAMES_MAX {
        let first = best.names.entries.is_empty();
        let least = FIRST_TS.max(LATER_SHARE * (best.quality - null.quality));
        let mut candidates = if first { pilot.screen(frame) } else { rest(frame, &best) };
        candidates.retain(|candidate| candidate.score >= HOPELESS * least);
        let fitted = promising(frame, &best, candidates);
        let Some(next) = needed(frame, &best, fitted, least) else { break };
        best = next;
    }
    drop_needless(frame, &null, best)
}

/// What is there without any name. Its gain is tried everywhere: a background has more than one line.
fn empty(frame: &Frame<'_>) -> Hypothesis {
    let tried = |gain: usize| Hypothesis::new(frame, Names::default(), gain);
    let first = tried(0);
    let best = (NULL_STEP..GAINS)
        .step_by(NULL_STEP)
        .map(tried)
        .fold(first, |best, next| if next.quality > best.quality { next } else { best });
    climb(frame, best)
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

/// The best template of each name that is not there yet.
pub fn rest(frame: &Frame<'_>, hypothesis: &Hypothesis) -> Vec<Candidate> {
    let projector = hypothesis.projector(frame);
    let used = |at: usize| hypothesis.names.entries.iter().any(|(entry, _)| *entry == at);
    let mut found = scores(frame, hypothesis.gain, &projector, 0.0);
    found.retain(|candidate| !used(candidate.entry));
    strongest(found)
}

/// The best template of each name at one gain.
pub fn scores(frame: &Frame<'_>, gain: usize, projector: &Projector, handicap: f64) -> Vec<Candidate> {
    let templates = &frame.library.templates[gain];
    let scored = frame.library.entries.iter().enumerate().map(|(entry, known)| {
        let mut best = Candidate { entry, template: known.first, gain, score: 0.0 };
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
pub fn strongest(mut found: Vec<Candidate>) -> Vec<Candidate> {
    found.sort_by(|a, b| b.score.total_cmp(&a.score));
    let mut kept: Vec<Candidate> = Vec::new();
    for candidate in found {
        if kept.len() < FITTED && kept.iter().all(|other| other.entry != candidate.entry) {
            kept.push(candidate);
        }
    }
    kept
}

/// The same names at the best gain; surroundings come and go on the way.
pub fn climb(frame: &Frame<'_>, start: Hypothesis) -> Hypothesis {
    let mut best = start;
    for step in [3_isize, 1] {
        for direction in [step, -step] {
            while let Some(next) = best.gain.checked_add_signed(direction).filter(|gain| *gain < GAINS) {
                let tried = Hypothesis::new(frame, best.needed(), next);
                if tried.quality <= best.quality {
                    break;
                }
                best = tried;
            }
        }
    }
    best
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
        let care = if frame.measured { 1.0 } else { VACANT_CARE };
        let surely = care * FIRST_TS * doubt(frame, next);
        gained >= least && (gained >= surely || first && frame.measured) && outweighs(frame, next)
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

/// Whether the last name's counts are more than an unmeasured background may hide.
fn outweighs(frame: &Frame<'_>, hypothesis: &Hypothesis) -> bool {
    let last = hypothesis.names.entries.len() - 1;
    let entry = &frame.library.entries[hypothesis.names.entries[last].0];
    let least = if entry.smooth { VACANT_SMOOTH_SHARE } else { VACANT_SHARE };
    frame.measured || entry.name == UNKNOWN || hypothesis.net(last) > least * hypothesis.background()
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
