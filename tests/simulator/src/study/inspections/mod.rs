//! Inspections: what a day of a port costs in opened containers, by lane and by policy, and how often an
//! explanation is wrong.
//!
//! Each vehicle passes the real tests, the real identification and the real rules of explanation; its counts
//! and spectra are simulated. The state machine of a lane is not run: its tracker knows every vehicle here, and
//! no device fails.

mod judge;
mod mix;
mod policy;
mod profile;
mod queue;
mod spectrometer;
#[cfg(test)]
mod tests;

use greenlane_radiation::detect::{Settings, detect};
use greenlane_radiation::explain::{
    Expectations, Profile as Site, ProfileError, ShapeRule, Verdict, explain,
};
use rand::RngExt;

pub use mix::{Draw, Truth, Vehicle};
pub use policy::{Day, Lanes, Policy, day};
pub use profile::{Certainty, Profile};
pub use queue::Queue;
pub use spectrometer::Station;

use crate::random::{LaneSeed, Purpose};
use crate::study::in_parallel;

/// Seconds of a day.
const DAY_S: f64 = 86_400.0;
/// Vehicles of one job.
const CHUNK: u64 = 250;
/// Streams of vehicles that all carry a source begin here.
const SOURCES: u64 = 1 << 32;

/// A port, and what looks at its vehicles.
pub struct Study<'a> {
    /// The port.
    pub profile: &'a Profile,
    /// Of the tests on counts.
    pub settings: &'a Settings,
    /// What goods may radiate.
    pub expectations: &'a Expectations,
    /// The second station.
    pub station: &'a Station<'a>,
    /// Seed of everything random.
    pub seed: u64,
    /// Threads.
    pub threads: usize,
}

/// What was said of a vehicle, by each of [`Lanes`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Outcome {
    /// Since the first midnight, in s.
    pub arrival_s: f64,
    /// What is true.
    pub truth: Truth,
    /// The portal's tests alarm.
    pub alarm: bool,
    /// Whether the papers account for it, by lane.
    pub verdicts: [Verdict; 3],
    /// From 0 to 1: below the share of the audit, an explained vehicle is opened.
    pub audit: f64,
    /// From 0 to 1: below the share that is opened, a referred vehicle is.
    pub opened: f64,
}

impl Study<'_> {
    /// All vehicles of so many days, in the order of their arrival.
    ///
    /// # Errors
    /// The profile's rule on shapes is none.
    pub fn days(&self, days: u64, per_day: u64) -> Result<Vec<Outcome>, ProfileError> {
        let mut all = self.run(days * per_day, 0, Draw::Usual)?;
        for (index, outcome) in all.iter_mut().enumerate() {
            outcome.arrival_s += DAY_S * (index as u64 / per_day.max(1)) as f64;
        }
        all.sort_by(|a, b| a.arrival_s.total_cmp(&b.arrival_s));
        Ok(all)
    }

    /// So many vehicles that all carry a source, `masked` among goods that radiate and are declared.
    ///
    /// # Errors
    /// The profile's rule on shapes is none.
    pub fn sources(&self, count: u64, masked: bool) -> Result<Vec<Outcome>, ProfileError> {
        self.run(count, SOURCES * (1 + u64::from(masked)), Draw::Source { masked })
    }

    fn run(&self, count: u64, first: u64, draw: Draw) -> Result<Vec<Outcome>, ProfileError> {
        let approved = &self.profile.shape_rule;
        let rule = ShapeRule {
            approved_by: "nobody: a study".to_owned(),
            document: "the profile of the study".to_owned(),
            headings: approved.headings.clone(),
            max_ratio_z: approved.max_ratio_z,
        };
        let sites = [Site::default(), Site::default().with_shape_rule(Some(rule))?];
        let chunk = |number: u64| -> Vec<Outcome> {
            let indices = number * CHUNK..count.min((number + 1) * CHUNK);
            indices.map(|index| self.vehicle(first + index, draw, &sites)).collect()
        };
        Ok(in_parallel(count.div_ceil(CHUNK), self.threads, chunk).into_iter().flatten().collect())
    }

    fn vehicle(&self, index: u64, draw: Draw, [strict, approved]: &[Site; 2]) -> Outcome {
        let mut rng = LaneSeed { seed: self.seed, lane: 0 }.stream(Purpose::Study, index);
        let vehicle = Vehicle::draw(self.profile, draw, &mut rng);
        let (audit, opened) = (rng.random(), rng.random());
        // The profile was checked: its vehicles are no shorter and no slower than a pass may be.
        let pass = vehicle.pass(&mut rng).expect("a simulated pass is a pass");
        let detection = detect(&pass, self.settings);
        let named = detection.alarm.then(|| self.station.identify(&vehicle, &mut rng));
        let facts = |station| judge::facts(&detection, vehicle.lane.background_cps, station, &vehicle.cargo);
        let plastic = facts(None);
        let after = named.as_ref().map_or_else(|| plastic.clone(), |named| facts(Some(named)));
        let verdict = |facts, site| explain(facts, self.expectations, site).verdict;
        Outcome {
            arrival_s: vehicle.arrival_s,
            truth: vehicle.truth,
            alarm: detection.alarm,
            verdicts: [verdict(&plastic, strict), verdict(&plastic, approved), verdict(&after, strict)],
            audit,
            opened,
        }
    }
}
