//! What is checked at every connect, one request after the other, beside the polling: the watchdog, the
//! stored safe values, the device's identity. Outputs wait for the first two.

use std::collections::VecDeque;

use greenlane_driver::{Answer, OpenError, Request};

use super::identity::Identity;
use super::map::Place;
use super::safe::SafeValues;
use super::say::{Say, Trouble, Values, written};
use super::settings::Settings;
use super::watchdog::Watchdog;

/// One thing to check. The indices are into the lists of the recipe or of the identity.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    /// Read whether the watchdog tripped; clear it if so.
    Trip,
    Clear(usize),
    /// Read whether clearing helped.
    Cleared,
    Arm(usize),
    Armed,
    SafeValues,
    /// Now it is known whether outputs may be driven.
    Decide,
    Identity(usize),
    /// Now the identity is complete.
    Report,
}

/// Whether outputs may be driven.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Gate {
    /// Not connected.
    Down,
    /// Checks are under way.
    Checking,
    Open,
    /// Not on this connection, because.
    Refused(String),
}

/// The checks and how far they are.
#[derive(Debug)]
pub(super) struct Checks {
    pub gate: Gate,
    watchdog: Option<Watchdog>,
    safe: Option<SafeValues>,
    identity: Identity,
    steps: VecDeque<Step>,
    refusals: Vec<String>,
}

impl Checks {
    pub fn open(settings: &Settings) -> Result<Self, OpenError> {
        Ok(Self {
            gate: Gate::Down,
            watchdog: Watchdog::open(settings)?,
            safe: SafeValues::open(settings)?,
            identity: Identity::open(&settings.map)?,
            steps: VecDeque::new(),
            refusals: Vec::new(),
        })
    }

    /// The link is up: everything is to be checked (again).
    pub fn start(&mut self) {
        self.stop();
        self.gate = Gate::Checking;
        if let Some(watchdog) = &self.watchdog {
            self.steps.extend(watchdog.trip_place().map(|_| Step::Trip));
            self.steps.extend((0..watchdog.arm.len()).map(Step::Arm));
            self.steps.extend(watchdog.armed.map(|_| Step::Armed));
        }
        self.steps.extend(self.safe.as_ref().map(|_| Step::SafeValues));
        self.steps.push_back(Step::Decide);
        let questions = self.identity.questions();
        self.steps.extend((0..questions).map(Step::Identity));
        self.steps.extend((questions > 0).then_some(Step::Report));
    }

    /// The link is down.
    pub fn stop(&mut self) {
        self.gate = Gate::Down;
        self.steps.clear();
        self.refusals.clear();
    }

    /// Looks for a trip of the watchdog once more. False when there is nothing to look at, or the checks are
    /// still at work.
    pub fn look_again(&mut self) -> bool {
        let idle = self.steps.is_empty() && matches!(self.gate, Gate::Open | Gate::Refused(_));
        let looks = idle && self.watches();
        self.steps.extend(looks.then_some(Step::Trip));
        looks
    }

    /// Whether the watchdog has to be looked at from time to time.
    pub fn watches(&self) -> bool {
        self.watchdog.as_ref().is_some_and(|w| w.trip_place().is_some())
    }

    /// The next request, after everything that needs none.
    pub fn next(&mut self, unit: u8, say: &mut Say<'_>) -> Option<(Step, Request)> {
        loop {
            let step = *self.steps.front()?;
            if let Some(request) = self.request(step, unit) {
                return Some((step, request));
            }
            self.steps.pop_front();
            self.settle(step, say);
        }
    }

    /// The request of the step at the front was answered. Without an answer the rest waits for the next
    /// connection, which the host makes by itself.
    pub fn answered(&mut self, step: Step, answer: Answer<'_>, say: &mut Say<'_>) {
        self.steps.pop_front();
        if answer == Answer::Timeout {
            self.steps.clear();
            if matches!(step, Step::Identity(_)) {
                self.identity.give_up();
            }
            return;
        }
        match (step, self.write(step), self.read(step)) {
            (Step::Identity(i), _, Some((place, count))) => {
                self.identity.took(i, Values::of(answer, place.table, count).ok());
            }
            (_, Some((place, _)), _) => {
                note(&place.write_label(), written(answer), say);
            }
            (_, _, Some((place, count))) => {
                let label = place.read_label(count);
                let values = note(&label, Values::of(answer, place.table, count), say);
                self.took(step, values, say);
            }
            (_, None, None) => {}
        }
    }

    fn request(&self, step: Step, unit: u8) -> Option<Request> {
        let write = self.write(step).map(|(place, value)| place.write(unit, value));
        write.or_else(|| self.read(step).map(|(place, count)| place.read(unit, count)))
    }

    fn write(&self, step: Step) -> Option<(Place, u16)> {
        let watchdog = self.watchdog.as_ref()?;
        match step {
            Step::Clear(i) => watchdog.clear.get(i).copied(),
            Step::Arm(i) => watchdog.arm.get(i).copied(),
            _ => None,
        }
    }

    fn read(&self, step: Step) -> Option<(Place, u16)> {
        match step {
            Step::Trip | Step::Cleared => Some((self.watchdog.as_ref()?.trip_place()?, 1)),
            Step::Armed => Some((self.watchdog.as_ref()?.armed?.0, 1)),
            Step::SafeValues => self.safe.as_ref()?.read(),
            Step::Identity(i) => self.identity.read(i),
            Step::Clear(_) | Step::Arm(_) | Step::Decide | Step::Report => None,
        }
    }

    /// A step without a request.
    fn settle(&mut self, step: Step, say: &mut Say<'_>) {
        match step {
            Step::SafeValues => self.took(step, None, say),
            Step::Report => self.identity.report(say),
            Step::Decide => {
                if let Some(watchdog) = &self.watchdog {
                    watchdog.say_unset(say);
                }
                self.gate = match self.refusals.join("; ") {
                    none if none.is_empty() => Gate::Open,
                    why => Gate::Refused(why),
                };
            }
            _ => {}
        }
    }

    /// What a check read; `None` when it could not be read.
    fn took(&mut self, step: Step, values: Option<Values<'_>>, say: &mut Say<'_>) {
        match (step, &mut self.watchdog, &self.safe) {
            (Step::Trip | Step::Cleared, Some(watchdog), _) => {
                let Some(values) = values else { return };
                let tripped = watchdog.trip_read(values.first(), say);
                if tripped && step == Step::Trip && !watchdog.clear.is_empty() {
                    self.steps.push_front(Step::Cleared);
                    (0..watchdog.clear.len()).rev().for_each(|i| self.steps.push_front(Step::Clear(i)));
                }
            }
            (Step::Armed, Some(watchdog), _) => {
                self.refusals.extend(watchdog.armed_read(values.map(Values::first), say));
            }
            (Step::SafeValues, _, Some(safe)) => self.refusals.extend(safe.compare(values, say)),
            _ => {}
        }
    }
}

/// Keeps the fault of a request up to date.
fn note<T>(label: &str, result: Result<T, Trouble>, say: &mut Say<'_>) -> Option<T> {
    match &result {
        Ok(_) => say.well(label),
        Err(trouble) => say.trouble(label, trouble),
    }
    result.ok()
}
