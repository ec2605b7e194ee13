//! A requirement watched on the running lane. A monitor is a state machine of trials and times given to it; it
//! adds caution and never takes any away, and only a proof or a named person moves it upward.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::stats::{Change, anytime_lower, anytime_upper, broken, proven};

/// Confidence of a claim that the device is out of its limit, and of one that it is back.
const DEGRADED: f64 = 0.95;
/// Confidence of a claim that takes its evidence away.
const OUT: f64 = 0.999;
/// Likelihood ratios of a change: about a thousand trials without a change pass for each false one at the first.
const CHANGE_DEGRADED: f64 = 1_000.0;
const CHANGE_OUT: f64 = 10_000.0;
/// Seconds without a trial after which nothing is known any more.
const BLIND_S: i64 = 24 * 3600;
/// Days whose counts are kept for a person to look at: trials of one day are alike.
const DAYS_MAX: usize = 32;
const DAY_S: i64 = 24 * 3600;

/// What is watched, as data of a standard.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Watch {
    /// Its name, e.g. `portal/samples`.
    pub id: String,
    /// The requirements that it watches.
    pub watches: Vec<String>,
    /// What counts as a trial.
    pub trial: String,
    /// What counts as a miss.
    pub miss: String,
    /// The tests.
    pub rule: Rule,
    /// What the lane does when it is degraded.
    pub degraded: Response,
    /// What the lane does when it is out of standard.
    pub out: Response,
}

/// How trials are judged.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rule {
    /// A usual rate of misses, and one that is to be found out.
    Rate {
        /// Usual rate.
        #[serde(with = "crate::value::decimal")]
        usual: f64,
        /// Rate that is to be found out soon.
        #[serde(with = "crate::value::decimal")]
        bad: f64,
    },
    /// Few trials: only the proof since the last reset, of at least this share of hits.
    Proof {
        /// Share of hits.
        #[serde(with = "crate::value::decimal")]
        least: f64,
    },
    /// Every miss takes the evidence away at once.
    Event,
}

/// What the lane does. The order is from mild to strict.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Response {
    /// Shown on passages and on the page.
    #[default]
    Show,
    /// Somebody is called to look at the device.
    WorkOrder,
    /// A second reading by a person.
    SecondRead,
    /// The evidence counts as missing, so that no passage is released because of it.
    EvidenceMissing,
    /// Every passage of the lane is referred.
    ReferAll,
    /// The lane stops; a standing scan request is withdrawn.
    Hold,
}

/// How a device stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Nothing says otherwise.
    InStandard,
    /// Something says that it slides.
    Degraded,
    /// It is out.
    OutOfStandard,
}

/// One monitor.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Monitor {
    rule: Rule,
    state: State,
    hits: u64,
    misses: u64,
    /// Hits and misses since it last fell: what a proof of its return counts.
    fallen_hits: u64,
    fallen_misses: u64,
    change: Change,
    /// Second of the last trial, or of the start.
    last_s: i64,
    days: BTreeMap<i64, (u64, u64)>,
}

/// A monitor moved; the journal keeps it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Transition {
    /// From.
    pub from: State,
    /// To.
    pub to: State,
    /// Trials since the last reset.
    pub n: u64,
    /// Misses among them.
    pub misses: u64,
    /// Why, in one sentence.
    pub why: String,
}

/// What is known, at any time.
#[derive(Debug, Clone, PartialEq)]
pub struct Estimate {
    /// State, blindness included.
    pub state: State,
    /// No trial for 24 hours: counts as degraded at least.
    pub is_blind: bool,
    /// Trials since the last reset.
    pub n: u64,
    /// Misses among them.
    pub misses: u64,
    /// Lower bound on the share of hits that may be looked at at any time, 95 %.
    pub lower: f64,
    /// Upper bound likewise.
    pub upper: f64,
    /// Trials and misses of each of the last days (days since 1970).
    pub days: BTreeMap<i64, (u64, u64)>,
}

impl Monitor {
    /// A monitor from `now_s` (seconds since 1970) on.
    pub fn new(rule: Rule, now_s: i64) -> Self {
        Self {
            rule,
            state: State::InStandard,
            hits: 0,
            misses: 0,
            fallen_hits: 0,
            fallen_misses: 0,
            change: Change::default(),
            last_s: now_s,
            days: BTreeMap::new(),
        }
    }

    /// One trial; a transition when it moves the state.
    pub fn trial(&mut self, is_hit: bool, now_s: i64) -> Option<Transition> {
        self.count(is_hit, now_s);
        let (to, why) = match self.rule {
            Rule::Event if is_hit => return None,
            Rule::Event => (State::OutOfStandard, "it must never happen".to_owned()),
            Rule::Rate { usual, bad } => self.rate(is_hit, usual, bad),
            Rule::Proof { least } => self.since(least),
        };
        if to > self.state {
            return Some(self.moved(to, why));
        }
        self.proof()
    }

    /// A named person puts it back after service. Its counts begin anew.
    pub fn restore(&mut self, by: &str, reason: &str, now_s: i64) -> Transition {
        let mut transition = self.moved(State::InStandard, format!("{by}: {reason}"));
        let days = std::mem::take(&mut self.days);
        *self = Self { days, ..Self::new(self.rule, now_s) };
        transition.to = self.state;
        transition
    }

    /// How its trials are judged.
    pub fn rule(&self) -> Rule {
        self.rule
    }

    /// How it stands at `now_s`, blindness included.
    pub fn state(&self, now_s: i64) -> State {
        if self.is_blind(now_s) { self.state.max(State::Degraded) } else { self.state }
    }

    /// What is known at `now_s`.
    pub fn estimate(&self, now_s: i64) -> Estimate {
        Estimate {
            state: self.state(now_s),
            is_blind: self.is_blind(now_s),
            n: self.hits + self.misses,
            misses: self.misses,
            lower: anytime_lower(self.hits, self.misses, DEGRADED),
            upper: anytime_upper(self.hits, self.misses, DEGRADED),
            days: self.days.clone(),
        }
    }

    fn is_blind(&self, now_s: i64) -> bool {
        // Events are not expected, so their absence says nothing.
        self.rule != Rule::Event && now_s.saturating_sub(self.last_s) > BLIND_S
    }

    fn count(&mut self, is_hit: bool, now_s: i64) {
        self.last_s = self.last_s.max(now_s);
        self.hits += u64::from(is_hit);
        self.misses += u64::from(!is_hit);
        self.fallen_hits += u64::from(is_hit);
        self.fallen_misses += u64::from(!is_hit);
        let day = self.days.entry(now_s.div_euclid(DAY_S)).or_default();
        day.0 += 1;
        day.1 += u64::from(!is_hit);
        while self.days.len() > DAYS_MAX {
            self.days.pop_first();
        }
    }

    /// The strictest state that the rate of misses speaks for: since the last reset, or by a change.
    fn rate(&mut self, is_hit: bool, usual: f64, bad: f64) -> (State, String) {
        self.change.trial(is_hit, usual, bad);
        let (since, why) = self.since(1.0 - usual);
        let change = if self.change.has_reached(CHANGE_OUT) {
            State::OutOfStandard
        } else if self.change.has_reached(CHANGE_DEGRADED) {
            State::Degraded
        } else {
            State::InStandard
        };
        if change > since {
            return (change, format!("misses rose from {usual} towards {bad}"));
        }
        (since, why)
    }

    /// The strictest state that all trials since the last reset speak for.
    fn since(&self, least: f64) -> (State, String) {
        let claims = |confidence| self.misses > 0 && broken(self.hits, self.misses, least, confidence);
        let state = match (claims(OUT), claims(DEGRADED)) {
            (true, _) => State::OutOfStandard,
            (false, true) => State::Degraded,
            (false, false) => State::InStandard,
        };
        let n = self.hits + self.misses;
        (state, format!("{} of {n} missed: hits below {least} are claimed", self.misses))
    }

    /// The way up: the trials since the fall claim that the bad rate is excluded.
    fn proof(&mut self) -> Option<Transition> {
        let least = match self.rule {
            Rule::Rate { bad, .. } => 1.0 - bad,
            Rule::Proof { least } => least,
            Rule::Event => return None,
        };
        if self.state == State::InStandard || !proven(self.fallen_hits, self.fallen_misses, least, DEGRADED) {
            return None;
        }
        let (hits, misses) = (self.fallen_hits, self.fallen_misses);
        let why = format!("{misses} of {} missed since: hits above {least} are claimed", hits + misses);
        let transition = self.moved(State::InStandard, why);
        (self.hits, self.misses) = (hits, misses);
        Some(transition)
    }

    fn moved(&mut self, to: State, why: String) -> Transition {
        let n = self.hits + self.misses;
        let transition = Transition { from: self.state, to, n, misses: self.misses, why };
        self.state = to;
        self.fallen_hits = 0;
        self.fallen_misses = 0;
        if to == State::InStandard {
            self.change = Change::default();
        }
        transition
    }
}
