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
    /// The case was asked for alone: its whole trace is kept here.
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

    /// BLAKE3 of it, hex.
    pub fn hash(&self) -> String {
        let text = serde_json::to_vec(self).unwrap_or_default();
        blake3::hash(&text).to_hex().to_string()
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
}

impl Done {
    /// What `--case` takes to run it again.
    pub fn replay(&self) -> String {
        let seed = if self.trial.listed { "0000" } else { &self.trial.seed };
        format!("{}:{seed}:{}", self.trial.requirement, self.n)
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
    sessions: [u16; 2],
    only: Option<(u16, u32)>,
    listed: u32,
    done: Vec<Done>,
    nothing: Option<String>,
    before: &'a mut dyn FnMut(&CaseRef),
}

/// After so many misses the rest of a requirement's cases would only repeat them.
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
        let wanted = match plan {
            Plan::Each { random: Some(fixed) }
            | Plan::Fixed(fixed)
            | Plan::Seq(Sequential::Curtailed(fixed)) => fixed.n,
            Plan::Report { n } => *n,
            Plan::Each { random: None } | Plan::Seq(_) | Plan::Any => 0,
        };
        Self { requirement, wanted, sessions, only, listed: 0, done: Vec::new(), nothing: None, before }
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
            self.run(name.into(), 0, n, run);
        }
    }

    /// There is nothing to try on a device of this kind, for this reason.
    pub fn none(&mut self, why: impl Into<String>) {
        self.nothing = Some(why.into());
    }

    /// The drawn cases, half of them in each session.
    pub fn drawn(&mut self, run: impl FnMut(&mut Case) -> Result<(), Miss>) {
        self.draw(self.wanted, run);
    }

    /// As [`Self::drawn`], `wanted` of them.
    pub fn draw(&mut self, wanted: u32, mut run: impl FnMut(&mut Case) -> Result<(), Miss>) {
        // A case asked for alone may be of another run, with other seeds.
        if let Some((session, n)) = self.only {
            if session != 0 {
                self.run(String::new(), session, n, &mut run);
            }
            return;
        }
        let half = wanted.div_ceil(2);
        for (session, count) in [(self.sessions[0], half), (self.sessions[1], wanted - half)] {
            for n in 0..count {
                if self.wants(session, n) && self.misses() < ENOUGH_MISSES {
                    self.run(String::new(), session, n, &mut run);
                }
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

    /// Misses so far.
    pub fn misses(&self) -> usize {
        self.done.iter().filter(|done| !done.trial.hit).count()
    }

    fn wants(&self, session: u16, n: u32) -> bool {
        self.only.is_none_or(|only| only == (session, n))
    }

    fn run(&mut self, name: String, session: u16, n: u32, run: impl FnOnce(&mut Case) -> Result<(), Miss>) {
        (self.before)(&CaseRef { id: self.requirement.id.clone(), seed: session, n });
        let seed = blake3::hash(format!("{}:{session:04x}:{n}", self.requirement.id).as_bytes());
        let rng = ChaCha8Rng::from_seed(*seed.as_bytes());
        let mut case = Case { session, n, rng, features: BTreeSet::new(), trace: None };
        let result = run(&mut case);
        let listed = !name.is_empty();
        let trial = Trial {
            requirement: self.requirement.id.clone(),
            cell: String::new(),
            case: if listed { name } else { n.to_string() },
            listed,
            session: u32::from(!listed && session == self.sessions[1]),
            seed: if listed { String::new() } else { format!("{session:04x}") },
            hit: result.is_ok(),
            kept: result.as_ref().err().map(Miss::hash),
        };
        self.done.push(Done {
            trial,
            n,
            features: case.features,
            miss: result.err(),
            trace: case.trace.filter(|_| self.only.is_some()),
        });
    }
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
        self.trace = Some(trace.text(usize::MAX));
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
