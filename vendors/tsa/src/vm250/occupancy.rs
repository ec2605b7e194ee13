//! From the first sample to the end: samples, pre-roll, the device's alarms.

use std::time::Duration;

use greenlane_driver::Outbox;
use greenlane_driver::model::units::{CountsPerSecond, Seconds};
use greenlane_driver::model::{Body, Counts, Occupancy, OccupancyEnd, Radiation, RadiationAlarm, Stamp};

use super::PRE_ROLL_TIMER;

/// A gamma line covers 200 ms.
const GAMMA_INTERVAL_NS: i64 = 200_000_000;
const GAMMA_INTERVAL_S: f64 = 0.2;
/// A neutron line covers 1 s.
const NEUTRON_INTERVAL_S: f64 = 1.0;

/// Follows the portal from vacant to occupied and back.
///
/// There is no start message: an occupancy starts with the first GS, GA, NS or NA.
///
/// **Pre-roll.** A portal may send several gamma lines at once at the start: samples it had buffered before its
/// sensor saw the vehicle, then the current one. (Seen from a public simulator; that real devices do the same
/// is an inference.) So gamma lines that come within `window` of the occupancy's first line are held back until
/// either `window` is over or `limit` + 1 are there. All but the last of them, `limit` at most, are pre-roll;
/// they are timed backwards from the next sample in steps of 200 ms, good to one step. A single line is not
/// pre-roll. A burst that comes later is a link that was slow: those lines are ordinary samples, at the time
/// when they came.
///
/// **Alarms.** GA and GS may alternate. The alarm is on from the first GA (NA) of an occupancy until its end.
/// It is never held back.
#[derive(Debug)]
pub(super) struct Portal {
    window: Duration,
    inside: Option<Inside>,
}

#[derive(Debug)]
struct Inside {
    gamma_alarm: bool,
    neutron_alarm: bool,
    /// `None` once it is known which samples were pre-roll.
    opening: Option<Opening>,
}

/// The first moments of an occupancy.
#[derive(Debug)]
struct Opening {
    until_ns: u64,
    held: Vec<Sample>,
}

#[derive(Debug, Clone, Copy)]
struct Sample {
    at: Stamp,
    counts: [u32; 4],
    alarm: bool,
}

impl Portal {
    pub(super) fn new(window: Duration) -> Self {
        Self { window, inside: None }
    }

    /// A GS or GA line; `limit` is how many samples can be pre-roll.
    pub(super) fn gamma(
        &mut self,
        now: Stamp,
        counts: [u32; 4],
        alarm: bool,
        limit: usize,
        out: &mut Outbox,
    ) {
        let inside = self.enter(now, out);
        if alarm && !inside.gamma_alarm {
            inside.gamma_alarm = true;
            say_alarm(now, Radiation::Gamma, true, out);
        }
        let sample = Sample { at: now, counts, alarm };
        let Some(opening) = &mut inside.opening else { return say_gamma(sample, false, out) };
        opening.held.push(sample);
        if opening.held.len() > limit {
            release(inside, out);
        }
    }

    /// An NS or NA line.
    pub(super) fn neutron(&mut self, now: Stamp, counts: [u32; 4], alarm: bool, out: &mut Outbox) {
        let inside = self.enter(now, out);
        if alarm && !inside.neutron_alarm {
            inside.neutron_alarm = true;
            say_alarm(now, Radiation::Neutron, true, out);
        }
        out.observe(now, Body::Neutron(sample_of(NEUTRON_INTERVAL_S, counts, alarm, false)));
    }

    /// Ends the occupancy. `false` when there was none.
    pub(super) fn end(
        &mut self,
        now: Stamp,
        end: OccupancyEnd,
        index: Option<u32>,
        neutron_background_cps: Option<CountsPerSecond>,
        out: &mut Outbox,
    ) -> bool {
        let Some(mut inside) = self.inside.take() else { return false };
        release(&mut inside, out);
        if inside.gamma_alarm {
            say_alarm(now, Radiation::Gamma, false, out);
        }
        if inside.neutron_alarm {
            say_alarm(now, Radiation::Neutron, false, out);
        }
        out.observe(now, Body::Occupancy(Occupancy::Ended { index, neutron_background_cps, end }));
        true
    }

    /// Lets held samples go once the first moments are over.
    pub(super) fn tick(&mut self, now: Stamp, out: &mut Outbox) {
        if let Some(inside) = &mut self.inside
            && let Some(opening) = &inside.opening
            && now.mono_ns >= opening.until_ns
        {
            release(inside, out);
        }
    }

    fn enter(&mut self, now: Stamp, out: &mut Outbox) -> &mut Inside {
        let window_ns = u64::try_from(self.window.as_nanos()).unwrap_or(u64::MAX);
        self.inside.get_or_insert_with(|| {
            out.observe(now, Body::Occupancy(Occupancy::Started));
            let until_ns = now.mono_ns.saturating_add(window_ns);
            let opening = (window_ns > 0).then(|| {
                out.wake_after(self.window, PRE_ROLL_TIMER);
                Opening { until_ns, held: Vec::new() }
            });
            Inside { gamma_alarm: false, neutron_alarm: false, opening }
        })
    }
}

fn release(inside: &mut Inside, out: &mut Outbox) {
    let Some(opening) = inside.opening.take() else { return };
    let Some((&current, pre_roll)) = opening.held.split_last() else { return };
    for (steps, sample) in (1..=pre_roll.len() as i64).rev().zip(pre_roll) {
        let mut at = current.at.shifted(-steps * GAMMA_INTERVAL_NS);
        at.uncertainty_ns = at.uncertainty_ns.saturating_add(GAMMA_INTERVAL_NS.unsigned_abs());
        say_gamma(Sample { at, ..*sample }, true, out);
    }
    say_gamma(current, false, out);
}

fn say_gamma(sample: Sample, pre_roll: bool, out: &mut Outbox) {
    let counts = sample_of(GAMMA_INTERVAL_S, sample.counts, sample.alarm, pre_roll);
    out.observe(sample.at, Body::Gamma(counts));
}

fn sample_of(interval_s: f64, counts: [u32; 4], alarm: bool, pre_roll: bool) -> Counts {
    // The two intervals are finite constants.
    let interval = Seconds::new(interval_s).unwrap_or_default();
    Counts { interval, counts: counts.to_vec(), alarm, pre_roll }
}

fn say_alarm(now: Stamp, radiation: Radiation, on: bool, out: &mut Outbox) {
    out.observe(now, Body::RadiationAlarm(RadiationAlarm { radiation, on, nuclides: Vec::new() }));
}
