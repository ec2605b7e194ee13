//! A run: which requirements, in which order, with what verdict.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Instant;

use greenlane_model::Capability;
use greenlane_standard::{Date, Verdict, Waiver};
use greenlane_standard::{
    Decision, Level, Offer, Plan, Quick, Requirement, Standard, Subject, Trial, judge, verdict,
};
use serde::{Deserialize, Serialize};

use crate::bench::{Bench, Mode};
use crate::kit::{Book, Product};
use crate::methods;
use crate::pattern;
use crate::trials::{CaseRef, Done, Miss, Trials};

/// Most drawn trials of a requirement in a quick run.
pub const QUICK_TRIALS: u32 = 300;

/// What to run.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Selection {
    /// Only requirements that begin with one of these; all when empty.
    pub only: Vec<String>,
    /// Only this case.
    pub case: Option<CaseRef>,
    /// Lines of an earlier part of this run, which a crash of the plugin ended.
    pub before: Vec<Line>,
}

/// Failures that somebody answers for, and the day they are held against.
#[derive(Debug, Clone)]
pub struct Waivers {
    /// The waivers.
    pub list: Vec<Waiver>,
    /// Today.
    pub today: Date,
}

/// What became of one requirement.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Line {
    /// Its id.
    pub id: String,
    /// Its level.
    pub level: Level,
    /// What the judge or the suite says; `None` when its method is not built.
    pub verdict: Option<Verdict>,
    /// Why, where the verdict alone does not say it.
    pub why: String,
    /// Trials made.
    pub n: u64,
    /// Misses among them.
    pub misses: u64,
    /// Misses allowed.
    pub allowed: u32,
    /// One-sided lower bound of the probability of a hit.
    pub lower: Option<f64>,
    /// Fewer trials than the requirement's own plan asks for.
    pub is_underpowered: bool,
    /// Real time it took, in ms.
    pub ms: u64,
    /// The first failing case.
    pub first: Option<Done>,
    /// What the failing cases have in common.
    pub pattern: Option<String>,
    /// The plugin took its process down.
    pub has_crashed: bool,
    /// All trials.
    pub trials: Vec<Trial>,
    /// The lines of `evidence.jsonl`.
    pub evidence: Vec<String>,
}

/// A run's plan for one requirement, before it is run.
#[derive(Debug, Clone, PartialEq)]
pub struct Planned<'a> {
    /// The requirement.
    pub requirement: &'a Requirement,
    /// Its plan in this run.
    pub plan: Plan,
    /// See [`Line::is_underpowered`].
    pub is_underpowered: bool,
}

/// What a driver, its product file and its kit offer.
pub fn offer(product: &Product, book: &Book, capabilities: &BTreeSet<Capability>, link: &str) -> Offer {
    let declares = serde_json::to_value(&product.declares).unwrap_or_default();
    let holds = |value: &serde_json::Value| match value {
        serde_json::Value::Bool(on) => *on,
        serde_json::Value::Number(n) => n.as_f64().is_some_and(|n| n > 0.0),
        serde_json::Value::Array(list) => !list.is_empty(),
        serde_json::Value::String(word) => word != "none",
        _ => false,
    };
    let declared = declares.as_object().into_iter().flatten().filter(|(_, value)| holds(value));
    let mut kit = BTreeSet::from(["phrasebook".to_owned()]);
    if book.has_check {
        kit.insert("check".to_owned());
    }
    Offer {
        capabilities: capabilities.clone(),
        link: link.to_owned(),
        declared: declared.map(|(key, _)| key.clone()).collect(),
        kit,
    }
}

/// The line of a requirement during which the plugin took its process down.
pub fn crashed(planned: &Planned<'_>, case: Option<&CaseRef>, how: &str) -> Line {
    let during = case.map(|case| format!(" during case {case}")).unwrap_or_default();
    let mut line =
        blank(planned, Some(Verdict::Fail), format!("the plugin ended its process{during}: {how}"));
    line.has_crashed = true;
    line
}

/// Ids of what is selected, and of what that requires.
pub fn selected<'a>(standard: &'a Standard, selection: &Selection) -> BTreeSet<&'a str> {
    let mut wanted: BTreeSet<&str> = BTreeSet::new();
    let mut open: Vec<&Requirement> = standard
        .requirements
        .values()
        .filter(|r| r.scope.subject == Subject::Driver && r.scope.level <= Level::L3)
        .filter(|r| match &selection.case {
            Some(case) => r.id == case.id,
            None => selection.only.is_empty() || selection.only.iter().any(|prefix| r.id.starts_with(prefix)),
        })
        .collect();
    while let Some(requirement) = open.pop() {
        if wanted.insert(&requirement.id) && selection.case.is_none() {
            open.extend(requirement.requires.iter().filter_map(|id| standard.requirements.get(id)));
        }
    }
    wanted
}

/// A requirement's plan in a run of this kind.
pub fn in_mode(plan: &Plan, mode: Mode) -> Quick {
    plan.quick(if mode == Mode::Quick { QUICK_TRIALS } else { u32::MAX })
}

/// The plan of a run: what is selected, and what that requires, in order.
pub fn plan<'a>(standard: &'a Standard, bench: &Bench<'_>, selection: &Selection) -> Vec<Planned<'a>> {
    let wanted = selected(standard, selection);
    let order = standard.in_order().into_iter().filter(|r| wanted.contains(r.id.as_str()));
    let planned = order.map(|requirement| {
        let Quick { plan, is_underpowered } = in_mode(&requirement.plan, bench.mode);
        Planned { requirement, plan, is_underpowered }
    });
    // What holds "in the whole run" is judged when there has been one.
    let (last, first): (Vec<_>, Vec<_>) = planned.partition(|p| p.plan == Plan::Any);
    first.into_iter().chain(last).collect()
}

/// Runs what was planned. `begin` is told each requirement before it starts, `end` each line.
pub fn run(
    bench: &Bench<'_>,
    planned: &[Planned<'_>],
    selection: &Selection,
    sessions: [u16; 2],
    waivers: &Waivers,
    report: &mut dyn FnMut(Progress<'_>),
) -> Vec<Line> {
    let offer = bench.offer();
    let mut lines: BTreeMap<String, Line> =
        selection.before.iter().map(|line| (line.id.clone(), line.clone())).collect();
    for planned in planned {
        let requirement = planned.requirement;
        if lines.contains_key(&requirement.id) {
            continue;
        }
        report(Progress::Begins(&requirement.id));
        let start = Instant::now();
        let failed = requirement.requires.iter().find(|id| lines.get(*id).is_some_and(has_failed));
        let mut line = if !requirement.scope.applies(&offer) {
            blank(planned, Some(Verdict::NotSupported), String::new())
        } else if let Some(base) = failed {
            blank(planned, Some(Verdict::FailInherited), format!("{base} failed"))
        } else if let Some(method) = methods::find(&requirement.test.method) {
            let only = selection.case.as_ref().map(|case| (case.seed, case.n));
            let mut before = |case: &CaseRef| report(Progress::Case(case));
            let mut trials = Trials::new(requirement, &planned.plan, sessions, only, &mut before);
            (method.run)(bench, &mut trials);
            match trials.finish() {
                (done, Some(why)) if done.is_empty() => blank(planned, Some(Verdict::NotSupported), why),
                (done, _) if only.is_some() => replayed(planned, done),
                (done, _) => judged(planned, done, waivers),
            }
        } else {
            blank(planned, None, format!("no test method `{}` yet", requirement.test.method))
        };
        line.ms = u64::try_from(start.elapsed().as_millis()).unwrap_or(u64::MAX);
        report(Progress::Ends(&line));
        lines.insert(requirement.id.clone(), line);
    }
    lines.into_values().collect()
}

/// What a run tells while it goes on.
pub enum Progress<'a> {
    /// A requirement begins.
    Begins(&'a str),
    /// A case begins.
    Case(&'a CaseRef),
    /// A requirement was judged.
    Ends(&'a Line),
}

/// Whether what requires this line cannot be run.
pub fn has_failed(line: &Line) -> bool {
    matches!(line.verdict, Some(Verdict::Fail | Verdict::FailInherited | Verdict::Error))
}

fn blank(planned: &Planned<'_>, verdict: Option<Verdict>, why: String) -> Line {
    Line {
        id: planned.requirement.id.clone(),
        level: planned.requirement.scope.level,
        verdict,
        why,
        n: 0,
        misses: 0,
        allowed: allowed(&planned.plan),
        lower: None,
        is_underpowered: planned.is_underpowered,
        ms: 0,
        first: None,
        pattern: None,
        has_crashed: false,
        trials: Vec::new(),
        evidence: Vec::new(),
    }
}

/// One case alone proves nothing about the plan: it holds or not.
fn replayed(planned: &Planned<'_>, mut done: Vec<Done>) -> Line {
    let mut line = blank(planned, Some(Verdict::NotTested), "no such case".to_owned());
    let Some(done) = done.pop() else { return line };
    let decision = if done.trial.hit { Decision::Pass } else { Decision::Fail };
    line.verdict = Some(verdict(planned.requirement, decision));
    line.why = "one case alone".to_owned();
    (line.n, line.misses) = (1, u64::from(!done.trial.hit));
    line.trials = vec![done.trial.clone()];
    line.evidence = done.evidence.clone().into_iter().collect();
    line.first = Some(done);
    line
}

fn judged(planned: &Planned<'_>, done: Vec<Done>, waivers: &Waivers) -> Line {
    let mut line = blank(planned, None, String::new());
    let trials: Vec<Trial> = done.iter().map(|done| done.trial.clone()).collect();
    let judgement = judge(&planned.plan, &trials);
    line.verdict = Some(verdict(planned.requirement, judgement.decision));
    for waiver in waivers.list.iter().filter(|waiver| waiver.requirement == line.id) {
        line.verdict = line.verdict.map(|v| waiver.apply(v, &waivers.today));
    }
    line.n = judgement.n;
    line.misses = judgement.misses;
    line.lower = judgement.weakest().map(|(_, cell)| cell.lower);
    line.pattern = pattern::pattern(&done);
    line.evidence = done.iter().filter_map(|done| done.evidence.clone()).collect();
    line.first = smallest(done);
    line.trials = trials;
    line
}

/// The failing case that says most in the fewest facts.
fn smallest(done: Vec<Done>) -> Option<Done> {
    let size = |miss: &Miss| miss.scene.as_ref().map_or(usize::MAX, |scene| scene.events.len());
    done.into_iter().filter(|d| d.miss.is_some()).min_by_key(|d| d.miss.as_ref().map_or(usize::MAX, size))
}

fn allowed(plan: &Plan) -> u32 {
    match plan {
        Plan::Fixed(fixed) | Plan::Each { random: Some(fixed) } => fixed.misses,
        _ => 0,
    }
}
