//! From polls to occupancies, samples and alarms.

use std::time::Duration;

use greenlane_driver::Outbox;
use greenlane_driver::model::units::{CountsPerSecond, MetresPerSecond, Seconds};
use greenlane_driver::model::{
    Body, Counts, Occupancy, OccupancyEnd, Radiation, RadiationAlarm, Speed, Stamp,
};

use super::map::Map;
use super::reading::Reading;

/// Follows the portal from poll to poll.
///
/// **Occupancy.** It starts when an occupancy signal comes on or the object counter moves, and ends when every
/// signal has been off for `end_polls` polls. Whether the counter moves at the start of an object or at its
/// end is in no public source, so each occupancy takes in one step of it, during it or after it; one step more
/// is another object. An edge lies between two polls: it is stamped with their middle and half their distance.
///
/// **Samples.** The count registers cover an interval of their own, which a faster poll reads several times
/// over. So a sample is said once an interval, while something is in the portal or an alarm is on.
///
/// **Alarms.** On with the status bits. Off when these are clear and nothing is in the portal any more.
#[derive(Debug)]
pub(super) struct Portal {
    interval: Duration,
    end_polls: u32,
    /// Positive speed is against the direction of travel.
    reverse: bool,
    last: Option<(Stamp, u16)>,
    /// The counter's step of the present or latest occupancy was seen.
    stepped: bool,
    inside: Option<Inside>,
    gamma: Alarm,
    neutron: Alarm,
    next_sample_ns: Option<u64>,
}

#[derive(Debug)]
struct Inside {
    counter: u16,
    /// Polls without a signal, and when the first of them was.
    clear: Option<(u32, Stamp)>,
    speed_mm_s: u16,
}

/// The device's alarm of one channel.
#[derive(Debug, Default)]
struct Alarm {
    on: bool,
    /// It was on in a poll since the last sample.
    in_sample: bool,
}

impl Portal {
    pub(super) fn new(interval: Duration, end_polls: u32, reverse: bool) -> Self {
        Self {
            interval,
            end_polls,
            reverse,
            last: None,
            stepped: true,
            inside: None,
            gamma: Alarm::default(),
            neutron: Alarm::default(),
            next_sample_ns: None,
        }
    }

    /// Nothing is in it and nothing alarms.
    pub(super) fn is_quiet(&self) -> bool {
        self.inside.is_none() && !self.gamma.on && !self.neutron.on
    }

    /// Takes one reading; `poll` is the time between two.
    pub(super) fn take(&mut self, map: &Map, at: Stamp, poll: Duration, reading: &Reading, out: &mut Outbox) {
        let before = self.last.replace((at, reading.counter));
        let edge = before.map_or(at, |(before, _)| Stamp::between(before, at));
        let step = before.is_some_and(|(_, counter)| counter != reading.counter);
        let occupied = reading.inputs & map.inputs.occupied != 0;
        if step && std::mem::replace(&mut self.stepped, true) {
            self.end(edge, OccupancyEnd::NoEndMessage, reading.neutron.background, out);
            self.start(edge, reading.counter, out);
        } else if occupied && self.inside.is_none() {
            // Whoever is there at the first reading was counted before it.
            self.stepped = step || before.is_none();
            self.start(edge, reading.counter, out);
        }
        self.alarms(map, at, reading, out);
        self.sample(at, poll, reading, out);
        self.speed(map, at, reading, out);
        self.follow(edge, occupied, reading, out);
        self.settle(map, at, reading, out);
    }

    /// The readings end here: the link is gone, or the device no longer answers as it should.
    pub(super) fn lose(&mut self, now: Stamp, out: &mut Outbox) {
        for (alarm, radiation) in
            [(&mut self.gamma, Radiation::Gamma), (&mut self.neutron, Radiation::Neutron)]
        {
            if std::mem::take(alarm).on {
                say_alarm(now, radiation, false, out);
            }
        }
        self.end(now, OccupancyEnd::LinkLost, None, out);
        (self.last, self.stepped, self.next_sample_ns) = (None, true, None);
    }

    fn start(&mut self, at: Stamp, counter: u16, out: &mut Outbox) {
        self.inside = Some(Inside { counter, clear: None, speed_mm_s: 0 });
        out.observe(at, Body::Occupancy(Occupancy::Started));
    }

    fn end(&mut self, at: Stamp, end: OccupancyEnd, background: Option<f64>, out: &mut Outbox) {
        let Some(inside) = self.inside.take() else { return };
        let neutron_background_cps = background.and_then(CountsPerSecond::new);
        let index = Some(u32::from(inside.counter));
        out.observe(at, Body::Occupancy(Occupancy::Ended { index, neutron_background_cps, end }));
    }

    fn alarms(&mut self, map: &Map, at: Stamp, reading: &Reading, out: &mut Outbox) {
        for (alarm, channel, radiation) in [
            (&mut self.gamma, reading.gamma, Radiation::Gamma),
            (&mut self.neutron, reading.neutron, Radiation::Neutron),
        ] {
            let on = channel.status & map.channel.alarm != 0;
            alarm.in_sample |= on;
            if on && !std::mem::replace(&mut alarm.on, true) {
                say_alarm(at, radiation, true, out);
            }
        }
    }

    fn sample(&mut self, at: Stamp, poll: Duration, reading: &Reading, out: &mut Outbox) {
        if self.is_quiet() {
            self.next_sample_ns = None;
            return;
        }
        // A poll is never quite on time: the one nearest to the end of the interval is taken.
        let due = self.next_sample_ns.unwrap_or(at.mono_ns);
        if at.mono_ns.saturating_add(nanos(poll) / 2) < due {
            return;
        }
        let next = due.saturating_add(nanos(self.interval));
        self.next_sample_ns = Some(next.max(at.mono_ns.saturating_add(nanos(self.interval) / 2)));
        // The interval is finite.
        let interval = Seconds::new(self.interval.as_secs_f64()).unwrap_or_default();
        let of = |count, alarm: &mut Alarm| Counts {
            interval,
            counts: vec![count],
            alarm: std::mem::take(&mut alarm.in_sample),
            pre_roll: false,
        };
        out.observe(at, Body::Gamma(of(reading.gamma.count, &mut self.gamma)));
        out.observe(at, Body::Neutron(of(reading.neutron.count, &mut self.neutron)));
    }

    /// The speed of the object, when it is told or changes. Without a direction it counts as forward.
    fn speed(&mut self, map: &Map, at: Stamp, reading: &Reading, out: &mut Outbox) {
        let Some(inside) = &mut self.inside else { return };
        if reading.speed_mm_s == 0 || reading.speed_mm_s == inside.speed_mm_s {
            return;
        }
        inside.speed_mm_s = reading.speed_mm_s;
        let (forward, backward) =
            (reading.inputs & map.inputs.forward != 0, reading.inputs & map.inputs.backward != 0);
        let sign = if backward && !forward { -1.0 } else { 1.0 };
        let sign = if self.reverse && forward != backward { -sign } else { sign };
        if let Some(speed) = MetresPerSecond::new(sign * f64::from(reading.speed_mm_s) / 1000.0) {
            out.observe(at, Body::Speed(Speed { speed }));
        }
    }

    /// Keeps the object's number and ends the occupancy when it has been clear for long enough.
    fn follow(&mut self, edge: Stamp, occupied: bool, reading: &Reading, out: &mut Outbox) {
        let Some(inside) = &mut self.inside else { return };
        inside.counter = reading.counter;
        if occupied {
            inside.clear = None;
            return;
        }
        let (polls, since) = inside.clear.map_or((1, edge), |(polls, since)| (polls + 1, since));
        inside.clear = Some((polls, since));
        if polls >= self.end_polls {
            self.end(since, OccupancyEnd::Normal, reading.neutron.background, out);
        }
    }

    fn settle(&mut self, map: &Map, at: Stamp, reading: &Reading, out: &mut Outbox) {
        if self.inside.is_some() {
            return;
        }
        for (alarm, channel, radiation) in [
            (&mut self.gamma, reading.gamma, Radiation::Gamma),
            (&mut self.neutron, reading.neutron, Radiation::Neutron),
        ] {
            if alarm.on && channel.status & map.channel.alarm == 0 {
                alarm.on = false;
                say_alarm(at, radiation, false, out);
            }
        }
    }
}

fn say_alarm(at: Stamp, radiation: Radiation, on: bool, out: &mut Outbox) {
    out.observe(at, Body::RadiationAlarm(RadiationAlarm { radiation, on, nuclides: Vec::new() }));
}

fn nanos(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}
