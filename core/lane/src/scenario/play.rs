//! Plays a scenario into a lane, waking it when it asks.

use std::collections::BTreeMap;

use greenlane_model::{
    Background, Body, Covered, Fault, Observation, Occupancy, OccupancyEnd, Presence, Quality, Stamp,
};
use greenlane_model::{Radiation, RadiationAlarm, Scan};

use super::world::{self, Said, stamp};
use super::{At, Scenario};
use crate::layout::{Layout, Sensor};
use crate::{DeviceCondition, Effect, Input, Lane, OperatorAction};

struct Player {
    lane: Lane,
    epoch: u32,
    sequence: BTreeMap<String, u64>,
    utc_step_ns: i64,
    effects: Vec<Effect>,
    /// Wake-ups asked for, earliest first.
    wakes: Vec<u64>,
}

enum Happening<'a> {
    Said(Box<Said>),
    At(&'a At),
}

/// All effects in order.
pub(super) fn play(scenario: &Scenario) -> Vec<Effect> {
    let layout = Layout::new(scenario.config());
    let mut happenings: Vec<(f64, Happening<'_>)> = world::said(scenario, &layout)
        .into_iter()
        .map(|said| (said.at_s, Happening::Said(Box::new(said))))
        .chain(scenario.at.iter().flat_map(at_times))
        .collect();
    happenings.sort_by(|a, b| a.0.total_cmp(&b.0));
    let mut player = Player::new(&scenario.lane.name);
    player.start(scenario, &layout, 0.0);
    for (at_s, happening) in happenings {
        player.wake_until(stamp(at_s).mono_ns);
        match happening {
            Happening::Said(said) => player.say(at_s, &said.device, said.body.clone()),
            Happening::At(at) => player.happen(scenario, &layout, at_s, at),
        }
    }
    player.wake_until(stamp(scenario.lasts_s).mono_ns);
    player.effects
}

fn at_times(at: &At) -> impl Iterator<Item = (f64, Happening<'_>)> {
    let late = at.read.as_ref().map_or(0.0, |r| r.late_s);
    let end = at.occupancy.as_ref().map(|o| (at.t_s + o.for_s, Happening::At(at)));
    std::iter::once((at.t_s + late, Happening::At(at))).chain(end)
}

impl Player {
    fn new(name: &str) -> Self {
        Self {
            lane: Lane::new(name),
            epoch: 0,
            sequence: BTreeMap::new(),
            utc_step_ns: 0,
            effects: Vec::new(),
            wakes: Vec::new(),
        }
    }

    /// A start of the controller: configuration, links up, first readings.
    fn start(&mut self, scenario: &Scenario, layout: &Layout, at_s: f64) {
        self.epoch += 1;
        self.give(stamp(at_s), Input::Restarted { epoch: self.epoch });
        self.configure(scenario, at_s);
        for device in &scenario.device {
            let reason = "started".to_owned();
            let (device, condition) = (device.name.clone(), DeviceCondition::Up);
            self.give(stamp(at_s), Input::Device { device, condition, reason });
        }
        for portal in layout.sensors.iter().filter(|s| s.is_portal()) {
            self.say_vacant(scenario, portal, at_s);
        }
        for sensor in &layout.sensors {
            let Some(point) = sensor.point.clone() else { continue };
            let on = world::covers(scenario, sensor, at_s);
            let covered = if on { Covered::Yes } else { Covered::No };
            self.say(at_s, &sensor.device, Body::Presence(Presence { point, covered, snapshot: true }));
        }
    }

    fn configure(&mut self, scenario: &Scenario, at_s: f64) {
        let config = Box::new(scenario.config());
        self.give(stamp(at_s), Input::Config { config, hash: String::new() });
    }

    fn happen(&mut self, scenario: &Scenario, layout: &Layout, at_s: f64, at: &At) {
        let now = stamp(at_s);
        if let Some(p) = &at.presence {
            let presence = Presence { point: p.point.clone(), covered: p.covered, snapshot: p.snapshot };
            self.say(at_s, &p.device, Body::Presence(presence));
        }
        if let Some(read) = &at.read {
            self.say(at_s, &read.device, world::read_body(read, at.t_s));
        }
        if let Some(device) = &at.image {
            let acquired = Some((stamp(at_s - 2.0), now));
            self.say(at_s, device, world::image_body("nobody", acquired));
        }
        if let Some(occupancy) = &at.occupancy {
            let ends = at_s > at.t_s;
            let body = if ends { ended() } else { Body::Occupancy(Occupancy::Started) };
            self.say(at_s, &occupancy.device, body);
            if occupancy.gamma_alarm && !ends {
                self.say(at_s, &occupancy.device, gamma_alarm());
            }
        }
        if let Some(device) = &at.alarm {
            self.say(at_s, device, gamma_alarm());
        }
        if let Some(scan) = &at.scan {
            let body = Scan { state: scan.state, passage: None, reason: None, beam: scan.beam };
            self.say(at_s, &scan.device, Body::Scan(body));
        }
        if let Some(f) = &at.fault {
            let fault = Fault { code: f.code.clone(), severity: f.severity, on: f.on, text: String::new() };
            self.say(at_s, &f.device, Body::Fault(fault));
        }
        self.happen_to_host(scenario, layout, at_s, at);
    }

    fn happen_to_host(&mut self, scenario: &Scenario, layout: &Layout, at_s: f64, at: &At) {
        let now = stamp(at_s);
        if let Some(c) = &at.device {
            let reason = "scenario".to_owned();
            self.give(now, Input::Device { device: c.name.clone(), condition: c.condition, reason });
            let up = c.condition == DeviceCondition::Up;
            for portal in layout.sensors.iter().filter(|s| up && s.is_portal() && s.device == c.name) {
                self.say_vacant(scenario, portal, at_s);
            }
        }
        if let Some(writable) = at.recorder {
            self.give(now, Input::Recorder { writable, reason: "scenario".to_owned() });
        }
        if at.restarted == Some(true) {
            self.start(scenario, layout, at_s);
        }
        if at.reloaded == Some(true) {
            self.configure(scenario, at_s);
        }
        if let Some(step) = at.utc_step_s {
            self.utc_step_ns = self.utc_step_ns.saturating_add((step * 1e9) as i64);
        }
        if let Some(number) = at.gone {
            let passage = format!("{}-{number:06}", scenario.lane.name);
            let action = OperatorAction::Gone;
            self.give(now, Input::Operator { who: "scenario".to_owned(), passage, action });
        }
    }

    /// A portal with nothing in it tells its background.
    fn say_vacant(&mut self, scenario: &Scenario, portal: &Sensor, at_s: f64) {
        if !world::covers(scenario, portal, at_s) {
            let background = Background { gamma_cps: None, neutron_cps: None };
            self.say(at_s, &portal.device, Body::Background(background));
        }
    }

    fn say(&mut self, at_s: f64, device: &str, body: Body) {
        let at = self.label(stamp(at_s));
        let seq = self.sequence.entry(device.to_owned()).or_default();
        *seq += 1;
        let observation = Observation {
            device: device.to_owned(),
            seq: *seq,
            epoch: self.epoch,
            at,
            received: at,
            quality: Quality::Good,
            body,
        };
        self.give(at, Input::Observation { observation });
    }

    fn wake_until(&mut self, mono_ns: u64) {
        while let Some(wake) = self.wakes.iter().copied().min().filter(|w| *w <= mono_ns) {
            self.wakes.retain(|w| *w != wake);
            let utc_ns = stamp(0.0).utc_ns;
            let now = self.label(Stamp { mono_ns: wake, utc_ns, uncertainty_ns: 0 });
            self.give(now, Input::Due);
        }
    }

    fn label(&self, stamp: Stamp) -> Stamp {
        Stamp { utc_ns: stamp.utc_ns.saturating_add(self.utc_step_ns), ..stamp }
    }

    fn give(&mut self, now: Stamp, input: Input) {
        let from = self.effects.len();
        self.lane.step(now, input, &mut self.effects);
        for effect in self.effects.iter().skip(from) {
            if let Effect::WakeAt { mono_ns, .. } = effect {
                self.wakes.push(*mono_ns);
            }
        }
    }
}

fn ended() -> Body {
    Body::Occupancy(Occupancy::Ended { index: None, neutron_background_cps: None, end: OccupancyEnd::Normal })
}

fn gamma_alarm() -> Body {
    Body::RadiationAlarm(RadiationAlarm { radiation: Radiation::Gamma, on: true, nuclides: Vec::new() })
}
