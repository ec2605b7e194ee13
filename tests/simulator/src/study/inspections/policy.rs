//! What is done with a verdict, and what a day of that costs.

use greenlane_radiation::explain::Verdict;

use super::profile::Profile;
use super::{Outcome, Queue, Truth};
use crate::study::detection::Share;

/// What a lane consists of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lanes {
    /// A portal of plastic.
    Plastic,
    /// The same, and an authority approved a rule on shapes.
    PlasticWithRule,
    /// A portal of plastic, and a spectroscopic station for what alarms.
    WithStation,
}

/// What is done with an alarm.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Policy {
    /// Every one is opened.
    OpenAll,
    /// What is explained goes on.
    Explain,
    /// The same, and some of the explained are opened.
    Audit,
}

/// What one policy makes of all vehicles.
#[derive(Debug, Clone, PartialEq)]
pub struct Day {
    /// Alarms, of all vehicles.
    pub alarms: Share,
    /// Explained, of the alarms.
    pub explained: Share,
    /// Looked at by a person, of all vehicles.
    pub reviewed: Share,
    /// Opened, of all vehicles.
    pub opened: Share,
    /// Officers' time a day, in h.
    pub officer_hours: f64,
    /// At the bays.
    pub queue: Queue,
    /// Not explained though the goods were declared, of the alarms of such.
    pub not_explained: Share,
    /// Explained though the goods were not declared, of all such.
    pub undeclared_explained: Share,
}

/// Who has to look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Work {
    reviewed: bool,
    opened: bool,
}

/// The cost of a policy on so many days of vehicles, in the order of their arrival.
pub fn day(outcomes: &[Outcome], profile: &Profile, lanes: Lanes, policy: Policy, days: u64) -> Day {
    let bays = &profile.bays;
    let verdict = |outcome: &Outcome| outcome.verdicts[lanes as usize];
    let work: Vec<Work> = outcomes.iter().map(|one| work(one, verdict(one), profile, policy)).collect();
    let opened = outcomes.iter().zip(&work).filter(|(_, work)| work.opened);
    let arrivals: Vec<f64> = opened.map(|(outcome, _)| outcome.arrival_s).collect();
    let (reviewed, opened) = (Share::of(&work, |work| work.reviewed), Share::of(&work, |work| work.opened));
    let minutes = reviewed.k as f64 * bays.review_minutes + opened.k as f64 * bays.inspection_minutes;
    let among = |of: &dyn Fn(&Outcome) -> bool, what: &dyn Fn(&Outcome) -> bool| {
        let chosen: Vec<&Outcome> = outcomes.iter().filter(|outcome| of(outcome)).collect();
        Share::of(&chosen, |outcome| what(outcome))
    };
    let explained = |outcome: &Outcome| policy != Policy::OpenAll && verdict(outcome) == Verdict::Explained;
    Day {
        alarms: Share::of(outcomes, |outcome| outcome.alarm),
        explained: among(&|outcome| outcome.alarm, &explained),
        reviewed,
        opened,
        officer_hours: minutes / 60.0 / days.max(1) as f64,
        queue: Queue::new(&arrivals, bays.count, bays.inspection_minutes, days),
        not_explained: among(&|one| one.alarm && one.truth == Truth::Declared, &|one| !explained(one)),
        undeclared_explained: among(&|one| one.truth == Truth::Undeclared, &explained),
    }
}

fn work(outcome: &Outcome, verdict: Verdict, profile: &Profile, policy: Policy) -> Work {
    if policy == Policy::OpenAll {
        return Work { reviewed: false, opened: outcome.alarm };
    }
    match verdict {
        Verdict::NothingToExplain => Work { reviewed: false, opened: false },
        Verdict::Explained => {
            let drawn = policy == Policy::Audit && outcome.audit < profile.audit.share;
            Work { reviewed: false, opened: drawn }
        }
        Verdict::CannotTell => Work { reviewed: true, opened: outcome.opened < profile.bays.referred_opened },
        Verdict::NotExplained => Work { reviewed: false, opened: true },
    }
}
