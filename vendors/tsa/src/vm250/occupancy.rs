//! From the first sample to the end: samples, pre-roll, the device's alarms.

use std::time::Duration;

use greenlane_driver::Outbox;
use greenlane_driver::model::units::{CountsPerSecond, Seconds};
use greenlane_driver::model::{Body, Counts, Occupancy, OccupancyEnd, Radiation, RadiationAlarm, Stamp};

use super::PRE_ROLL_TIMER;

/// A gamma line covers 200 ms.
const GAMMA_INTERVAL_NS: i64 = 200_000_000;
const GAMMA_INTERVAL_S: f64 = 0.2;
/// Samples behind a gap that are held back at most: those of ten minutes.
const LATE_MOST: u64 = 3000;
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
/// pre-roll. Gamma lines that come at once behind a gap are a link that stalled: as many of them as fit into the
/// gap are held back in the same way, are ordinary samples, and are timed backwards as well. Neutron lines keep
/// the time when they came.
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
    /// When the last gamma line came.
    gamma_ns: Option<u64>,
    /// `None` once it is known which samples came late.
    burst: Option<Burst>,
}

/// Gamma lines that may have come late: the first moments of an occupancy, or those behind a gap.
#[derive(Debug)]
struct Burst {
    until_ns: u64,
    held: Vec<Sample>,
    /// How many came late at most, the current one included; at the opening the device's settings say it.
    behind_gap: Option<usize>,
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
        let window = self.window;
        let inside = self.enter(now, out);
        if alarm && !inside.gamma_alarm {
            inside.gamma_alarm = true;
            say_alarm(now, Radiation::Gamma, true, out);
        }
        let before_ns = inside.gamma_ns.replace(now.mono_ns);
        if inside.burst.is_none()
            && let Some(late) = before_ns.and_then(|before_ns| behind_gap(before_ns, now))
        {
            inside.burst = burst(now, window, Some(late), out);
        }
        let sample = Sample { at: now, counts, alarm };
        let Some(burst) = &mut inside.burst else { return say_gamma(sample, false, out) };
        burst.held.push(sample);
        if burst.held.len() >= burst.behind_gap.unwrap_or(limit + 1) {
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
            && let Some(burst) = &inside.burst
            && now.mono_ns >= burst.until_ns
        {
            release(inside, out);
        }
    }

    fn enter(&mut self, now: Stamp, out: &mut Outbox) -> &mut Inside {
        let window = self.window;
        self.inside.get_or_insert_with(|| {
            out.observe(now, Body::Occupancy(Occupancy::Started));
            let burst = burst(now, window, None, out);
            Inside { gamma_alarm: false, neutron_alarm: false, gamma_ns: None, burst }
        })
    }
}

/// Lines that come within `window` from now on are held back.
fn burst(now: Stamp, window: Duration, behind_gap: Option<usize>, out: &mut Outbox) -> Option<Burst> {
    let window_ns = u64::try_from(window.as_nanos()).unwrap_or(u64::MAX);
    (window_ns > 0).then(|| {
        out.wake_after(window, PRE_ROLL_TIMER);
        Burst { until_ns: now.mono_ns.saturating_add(window_ns), held: Vec::new(), behind_gap }
    })
}

/// How many samples fit behind the last one, when it is more than one.
fn behind_gap(before_ns: u64, now: Stamp) -> Option<usize> {
    let interval_ns = GAMMA_INTERVAL_NS.unsigned_abs();
    let intervals = (now.mono_ns.saturating_sub(before_ns) + interval_ns / 2) / interval_ns;
    // No more than LATE_MOST, so it fits.
    (intervals > 1).then_some(intervals.min(LATE_MOST) as usize)
}

fn release(inside: &mut Inside, out: &mut Outbox) {
    let Some(burst) = inside.burst.take() else { return };
    let Some((&current, late)) = burst.held.split_last() else { return };
    let is_pre_roll = burst.behind_gap.is_none();
    for (steps, sample) in (1..=late.len() as i64).rev().zip(late) {
        let mut at = current.at.shifted(-steps * GAMMA_INTERVAL_NS);
        at.uncertainty_ns = at.uncertainty_ns.saturating_add(GAMMA_INTERVAL_NS.unsigned_abs());
        say_gamma(Sample { at, ..*sample }, is_pre_roll, out);
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
