//! Cases and what became of them.

use std::collections::BTreeSet;

use greenlane_controller::host::OpenFailure;
use greenlane_standard::{Plan, Requirement, Sequential, Trial, Value};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;
use serde::{Deserialize, Serialize};

use crate::bench::Bench;
use crate::scene::Scene;
use crate::shrink;
use crate::trace::Trace;

/// One case.
#[derive(Debug)]
pub struct Case {
    /// Seed of its session.
    pub session: u16,
    /// Its number within the session.
    pub n: u32,
    /// Chance for this case alone.
    pub rng: ChaCha8Rng,
    /// Facts of the case that may split failing from passing ones.
    pub features: BTreeSet<String>,
    /// Its whole trace is kept.
    keeps: bool,
    trace: Option<String>,
}

/// Why a case failed, for a person.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Miss {
    /// What should have been.
    pub expected: String,
    /// What was sent and what came.
    pub trace: String,
    /// The scene, shrunk, to be kept as a case.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scene: Option<Scene>,
    /// How many facts the scene had before it was shrunk.
    #[serde(default)]
    pub shrunk_from: usize,
}

impl Miss {
    /// A miss that one sentence explains.
    pub fn new(expected: impl Into<String>) -> Self {
        Self { expected: expected.into(), trace: String::new(), scene: None, shrunk_from: 0 }
    }

    /// The same with the last lines of a trace.
    pub fn with(mut self, trace: &Trace) -> Self {
        self.trace = trace.text(LINES);
        self
    }
}

/// Lines of a trace in a report.
const LINES: usize = 14;

impl From<OpenFailure> for Miss {
    fn from(failure: OpenFailure) -> Self {
        Self::new(format!("the driver opens with the kit's settings; it said: {failure}"))
    }
}

/// A trial, and what is kept of it for a person.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Done {
    /// As the judge reads it.
    pub trial: Trial,
    /// Its number within its session, or among the listed cases.
    pub n: u32,
    /// What its scene was like.
    pub features: BTreeSet<String>,
    /// Why it did not hold.
    pub miss: Option<Miss>,
    /// Everything that went in and came out, when the case was asked for alone.
    pub trace: Option<String>,
    /// The line of `evidence.jsonl`, when something is kept.
    pub evidence: Option<String>,
}

/// What is kept of a trial: of each miss, and of one in [`ONE_KEPT_OF`] that held. The trial names the BLAKE3 of
/// its line.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Evidence {
    /// The requirement.
    pub requirement: String,
    /// As in the trial.
    pub case: String,
    /// As in the trial.
    pub seed: String,
    /// What `--case` takes to run it again.
    pub replay: String,
    /// Why it did not hold.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub miss: Option<Miss>,
    /// Everything that went in and came out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trace: Option<String>,
}

/// Of so many drawn cases that hold, the trace of one is kept.
pub const ONE_KEPT_OF: u32 = 100;

impl Done {
    /// What `--case` takes to run it again.
    pub fn replay(&self) -> String {
        replay(&self.trial, self.n)
    }
}

/// A single case to run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CaseRef {
    /// The requirement.
    pub id: String,
    /// Seed of its session; 0 for a listed case.
    pub seed: u16,
    /// Its number.
    pub n: u32,
}

impl std::fmt::Display for CaseRef {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{:04x}:{}", self.id, self.seed, self.n)
    }
}

impl std::str::FromStr for CaseRef {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("`{text}` is no case: ID:SEED:N, e.g. rpm/alarm:5d1e:77");
        let mut parts = text.split(':');
        let (Some(id), Some(seed), Some(n), None) = (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(wrong());
        };
        let seed = u16::from_str_radix(seed, 16).map_err(|_| wrong())?;
        Ok(Self { id: id.to_owned(), seed, n: n.parse().map_err(|_| wrong())? })
    }
}

/// Runs the cases of one requirement.
pub struct Trials<'a> {
    /// The requirement.
    pub requirement: &'a Requirement,
    /// How many drawn cases are wanted, over all sessions.
    pub wanted: u32,
    /// Misses of drawn cases that the plan allows.
    allowed: u32,
    /// Listed cases are among the trials of the plan.
    counts_listed: bool,
    sessions: [u16; 2],
    only: Option<(u16, u32)>,
    listed: u32,
    drawn: [u32; 2],
    done: Vec<Done>,
    nothing: Option<String>,
    before: &'a mut dyn FnMut(&CaseRef),
}

/// A plan that can no longer pass ends after so many misses: the rest would only repeat them.
const ENOUGH_MISSES: usize = 25;

impl<'a> Trials<'a> {
    /// For `requirement` under `plan`, with seeds of two sessions; `only` runs a single case. `before` is
    /// told each case before it runs, so that a crash can be laid at its door.
    pub fn new(
        requirement: &'a Requirement,
        plan: &Plan,
        sessions: [u16; 2],
        only: Option<(u16, u32)>,
        before: &'a mut dyn FnMut(&CaseRef),
    ) -> Self {
        let (wanted, allowed) = match plan {
            Plan::Each { random: Some(fixed) }
            | Plan::Fixed(fixed)
            | Plan::Seq(Sequential::Curtailed(fixed)) => (fixed.n, fixed.misses),
            Plan::Report { n } => (*n, u32::MAX),
            Plan::Each { random: None } | Plan::Seq(_) | Plan::Any => (0, 0),
        };
        Self {
            requirement,
            wanted,
            allowed,
            counts_listed: !matches!(plan, Plan::Each { .. }),
            sessions,
            only,
            listed: 0,
            drawn: [0; 2],
            done: Vec::new(),
            nothing: None,
            before,
        }
    }

    /// A number of the requirement, or what stands in for one that it does not have.
    pub fn number(&self, name: &str, otherwise: f64) -> f64 {
        let held = self.requirement.params.get(name).map(|param| &param.value);
        held.and_then(Value::number).unwrap_or(otherwise)
    }

    /// A listed case. Its number counts on in the order in which they are listed, from 0 in session 0000.
    pub fn each(&mut self, name: impl Into<String>, run: impl FnOnce(&mut Case) -> Result<(), Miss>) {
        let n = self.listed;
        self.listed += 1;
        if self.wants(0, n) {
            self.run(Which { name: name.into(), index: 0, session: 0, n }, run);
        }
    }

    /// There is nothing to try on a device of this kind, for this reason.
    pub fn none(&mut self, why: impl Into<String>) {
        self.nothing = Some(why.into());
    }

    /// The drawn cases, half of them in each session. Listed ones come before.
    pub fn drawn(&mut self, run: impl FnMut(&mut Case) -> Result<(), Miss>) {
        let listed = if self.counts_listed { self.listed } else { 0 };
        self.draw(self.wanted.saturating_sub(listed), run);
    }

    /// As [`Self::drawn`], `wanted` of them. The numbers of a second call go on behind those of the first.
    pub fn draw(&mut self, wanted: u32, mut run: impl FnMut(&mut Case) -> Result<(), Miss>) {
        // A case asked for alone may be of another run, with other seeds.
        if let Some((session, n)) = self.only {
            if session != 0 {
                self.run(Which { name: String::new(), index: 0, session, n }, &mut run);
            }
            return;
        }
        let half = wanted.div_ceil(2);
        for (index, count) in [half, wanted - half].into_iter().enumerate() {
            for _ in 0..count {
                if self.is_lost() {
                    return;
                }
                let n = self.drawn[index];
                self.drawn[index] += 1;
                self.run(Which { name: String::new(), index, session: self.sessions[index], n }, &mut run);
            }
        }
    }

    /// Whether a single case was asked for.
    pub fn replays(&self) -> bool {
        self.only.is_some()
    }

    /// What became of them, and why there are none.
    pub fn finish(self) -> (Vec<Done>, Option<String>) {
        (self.done, self.nothing)
    }

    /// Whether the plan has failed, and there are cases enough to see why.
    fn is_lost(&self) -> bool {
        let missed = self.done.iter().filter(|done| !done.trial.hit && !done.trial.listed).count();
        missed >= ENOUGH_MISSES && missed > self.allowed as usize
    }

    fn wants(&self, session: u16, n: u32) -> bool {
        self.only.is_none_or(|only| only == (session, n))
    }

    fn run(&mut self, which: Which, run: impl FnOnce(&mut Case) -> Result<(), Miss>) {
        let Which { name, index, session, n } = which;
        (self.before)(&CaseRef { id: self.requirement.id.clone(), seed: session, n });
        let seed = blake3::hash(format!("{}:{session:04x}:{n}", self.requirement.id).as_bytes());
        let rng = ChaCha8Rng::from_seed(*seed.as_bytes());
        let listed = !name.is_empty();
        let keeps = self.only.is_some() || !listed && n.is_multiple_of(ONE_KEPT_OF);
        let mut case = Case { session, n, rng, features: BTreeSet::new(), keeps, trace: None };
        let miss = run(&mut case).err();
        let mut trial = Trial {
            requirement: self.requirement.id.clone(),
            cell: String::new(),
            case: if listed { name } else { n.to_string() },
            listed,
            session: u32::from(index == 1),
            seed: if listed { String::new() } else { format!("{session:04x}") },
            hit: miss.is_none(),
            kept: None,
        };
        let evidence = evidence(&trial, n, miss.as_ref(), case.trace.as_ref());
        trial.kept = evidence.as_ref().map(|line| blake3::hash(line.as_bytes()).to_hex().to_string());
        let trace = case.trace.filter(|_| self.only.is_some());
        self.done.push(Done { trial, n, features: case.features, miss, trace, evidence });
    }
}

/// The case that is run now: its name when it is listed, the place of its session, the session's seed, its number.
struct Which {
    name: String,
    index: usize,
    session: u16,
    n: u32,
}

/// The line that is kept of a trial.
fn evidence(trial: &Trial, n: u32, miss: Option<&Miss>, trace: Option<&String>) -> Option<String> {
    if miss.is_none() && trace.is_none() {
        return None;
    }
    let kept = Evidence {
        requirement: trial.requirement.clone(),
        case: trial.case.clone(),
        seed: trial.seed.clone(),
        replay: replay(trial, n),
        miss: miss.cloned(),
        trace: trace.cloned(),
    };
    // Numbers and text only, so it has a form.
    serde_json::to_string(&kept).ok()
}

fn replay(trial: &Trial, n: u32) -> String {
    let seed = if trial.listed { "0000" } else { &trial.seed };
    format!("{}:{seed}:{n}", trial.requirement)
}

impl Case {
    /// Notes what the scene is like, for the pattern over all failures.
    pub fn feature(&mut self, is_so: bool, words: &str) {
        if is_so {
            self.features.insert(words.to_owned());
        }
    }

    /// Plays a scene and lets `check` look at it; a failing scene is shrunk.
    ///
    /// # Errors
    /// The check's sentence, with the smallest scene that still fails.
    pub fn scene(
        &mut self,
        bench: &Bench<'_>,
        scene: &Scene,
        check: impl Fn(&Scene, &Trace) -> Result<(), String>,
    ) -> Result<(), Miss> {
        let trace = bench.play(scene)?;
        self.trace = self.keeps.then(|| trace.text(usize::MAX));
        let Err(expected) = judged(scene, &trace, &check) else { return Ok(()) };
        let (smallest, trace, expected) = shrink::shrink(bench, scene.clone(), trace, expected, &check);
        let mut miss = Miss::new(expected).with(&trace);
        miss.shrunk_from = scene.events.len();
        miss.scene = Some(smallest);
        Err(miss)
    }
}

/// A broken driver fails every check.
pub fn judged(
    scene: &Scene,
    trace: &Trace,
    check: &impl Fn(&Scene, &Trace) -> Result<(), String>,
) -> Result<(), String> {
    match &trace.broken {
        Some(broken) => Err(format!("the driver goes on; {broken}")),
        None => check(scene, trace),
    }
}
