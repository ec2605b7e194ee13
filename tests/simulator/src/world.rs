//! The lane itself: vehicles by position, presence sensors, lights and barrier. No clock: time is counted in
//! ticks of [`TICK_NS`].

use std::collections::VecDeque;

use crate::layout::{LaneLayout, Sensor, Zone};
use crate::motion::{Mover, Surroundings};
use crate::random::LaneSeed;
use crate::scenario::Scenario;
use crate::traffic::TrafficPlan;
use crate::vehicle::{Feature, Happening};

/// The world moves in steps of this length: 5 cm at 17 km/h.
pub const TICK_NS: u64 = 10_000_000;
/// [`TICK_NS`] in seconds.
pub const TICK_S: f64 = 0.01;
/// Vehicles appear with their front here, in m from the entry line.
const SPAWN_M: f64 = -15.0;
/// Time the barrier arm takes, in s.
const ARM_S: f64 = 1.5;
/// A vehicle that stops at the arm stops this far before it, in m.
const ARM_ROOM_M: f64 = 0.8;
/// Number of sensors.
pub const SENSORS: usize = Sensor::ALL.len();

/// What the controller's outputs say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Outputs {
    /// Red lamp.
    pub red: bool,
    /// Green lamp.
    pub green: bool,
    /// Contact "open the barrier"; acts on the rising edge.
    pub open: bool,
    /// Contact "close the barrier"; acts on the rising edge.
    pub close: bool,
}

/// What happened in one tick, beside positions.
#[derive(Debug, Clone, PartialEq)]
pub enum Event {
    /// The front passed the entry line.
    Entered(u64),
    /// The vehicle is gone.
    Left {
        /// Its index.
        vehicle: u64,
        /// Which way.
        way: Way,
    },
    /// The front passed the stop line against red.
    RanRed(u64),
    /// The arm came down on a vehicle, or before it and too near to stop.
    Struck(u64),
    /// A trigger of the vehicle.
    Happened {
        /// Its index.
        vehicle: u64,
        /// What.
        happening: Happening,
    },
}

/// How a vehicle left.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Way {
    /// Past the barrier on green.
    Barrier,
    /// Taken past the barrier by the marshal, who lifts the arm by key.
    Marshal,
    /// Backed out through the entry.
    Entry,
}

/// The barrier arm.
#[derive(Debug, Clone, Copy, Default)]
struct Arm {
    /// 0 down, 1 up.
    position: f64,
    up: bool,
}

/// Vehicles, sensors, lights and barrier of one lane.
#[derive(Debug)]
pub struct World {
    zones: [Zone; SENSORS],
    stop_m: f64,
    exit_m: f64,
    marshal_s: f64,
    plan: TrafficPlan,
    next: Option<crate::vehicle::Vehicle>,
    pause_s: f64,
    movers: VecDeque<Mover>,
    fired: VecDeque<usize>,
    covered_by_others: Vec<(Sensor, u64, u64)>,
    now_ns: u64,
    outputs: Outputs,
    arm: Arm,
    standing_s: f64,
    escorted: Option<u64>,
    past_line: Option<u64>,
    struck: Option<u64>,
}

impl World {
    /// An empty lane at time zero; the first vehicle comes at once.
    pub fn new(scenario: &Scenario, layout: &LaneLayout, seed: LaneSeed) -> Self {
        Self {
            zones: layout.zones(),
            stop_m: layout.stop_m,
            exit_m: layout.barrier.at_m,
            marshal_s: scenario.traffic.marshal_s,
            plan: TrafficPlan::for_lane(scenario, seed, layout),
            next: None,
            pause_s: 0.0,
            movers: VecDeque::new(),
            fired: VecDeque::new(),
            covered_by_others: Vec::new(),
            now_ns: 0,
            outputs: Outputs::default(),
            arm: Arm::default(),
            standing_s: 0.0,
            escorted: None,
            past_line: None,
            struck: None,
        }
    }

    /// Vehicles, foremost first; those before the entry line included.
    pub fn movers(&self) -> impl Iterator<Item = &Mover> {
        self.movers.iter()
    }

    /// Sensor states, in the order of [`Sensor::ALL`].
    pub fn covered(&self) -> [bool; SENSORS] {
        std::array::from_fn(|i| self.is_covered(Sensor::ALL[i], self.zones[i]))
    }

    /// The arm is fully up.
    pub fn is_open(&self) -> bool {
        self.arm.position >= 1.0
    }

    /// The arm is fully down.
    pub fn is_closed(&self) -> bool {
        self.arm.position <= 0.0
    }

    /// Moves everything by one tick.
    pub fn step(&mut self, outputs: Outputs, events: &mut Vec<Event>) {
        self.now_ns += TICK_NS;
        self.move_arm(outputs, events);
        self.spawn();
        self.move_vehicles(events);
        self.escort();
        self.fire_triggers(events);
        self.remove(events);
    }

    fn permitted(&self) -> bool {
        self.outputs.green && !self.outputs.red && self.is_open()
    }

    fn is_covered(&self, sensor: Sensor, zone: Zone) -> bool {
        let (from, to) = (zone.at_m - 0.5 * zone.length_m, zone.at_m + 0.5 * zone.length_m);
        let seen = |mover: &Mover| {
            let spans = if sensor.is_loop() { &mover.vehicle.loops } else { &mover.vehicle.curtain };
            mover.vehicle.unseen_by != Some(sensor) && mover.covers(spans, from, to)
        };
        self.movers.iter().any(seen)
            || self
                .covered_by_others
                .iter()
                .any(|(which, from_ns, to_ns)| *which == sensor && (*from_ns..*to_ns).contains(&self.now_ns))
    }

    /// The arm obeys rising edges; the marshal's key holds it up. A touched vehicle sends it up again.
    fn move_arm(&mut self, outputs: Outputs, events: &mut Vec<Event>) {
        if outputs.close && !self.outputs.close {
            self.arm.up = false;
        }
        if outputs.open && !self.outputs.open {
            self.arm.up = true;
        }
        self.outputs = outputs;
        let up = self.arm.up || self.escorted.is_some();
        let step = TICK_S / ARM_S;
        self.arm.position = (self.arm.position + if up { step } else { -step }).clamp(0.0, 1.0);
        let arm_m = self.exit_m - ARM_ROOM_M;
        let hit = |m: &&Mover| {
            let under = m.front_m > self.exit_m - 0.3 && m.rear_m() < self.exit_m + 0.3;
            under || m.cannot_stop_before(arm_m)
        };
        let falling = !up && self.arm.position < 0.9;
        let touched = self.movers.iter().find(hit).filter(|_| falling).map(|m| m.vehicle.index);
        if let Some(vehicle) = touched {
            self.arm.up = true;
            if self.struck != Some(vehicle) {
                self.struck = Some(vehicle);
                events.push(Event::Struck(vehicle));
            }
        }
    }

    fn spawn(&mut self) {
        if self.next.is_none() {
            self.next = self.plan.next();
            self.pause_s = self.next.as_ref().map_or(0.0, |vehicle| vehicle.pause_s);
        }
        let Some(next) = &self.next else { return };
        let last = self.movers.back();
        let blocked = last.is_some_and(|last| {
            last.vehicle.has(Feature::ReverseOut)
                || last.rear_m() < SPAWN_M + next.gap_m.max(next.queue_gap_m)
        });
        if blocked {
            return;
        }
        self.pause_s -= TICK_S;
        if self.pause_s > 0.0 {
            return;
        }
        let cruise = next.legs.first().map_or(0.0, |leg| leg.speed_mps);
        let speed = last.map_or(cruise, |last| last.speed_mps.clamp(0.0, cruise));
        if let Some(vehicle) = self.next.take() {
            self.movers.push_back(Mover::new(vehicle, SPAWN_M, speed));
            self.fired.push_back(0);
        }
    }

    fn move_vehicles(&mut self, events: &mut Vec<Event>) {
        let permitted = self.permitted();
        for i in 0..self.movers.len() {
            let ahead = i.checked_sub(1).and_then(|j| self.movers.get(j)).map(|m| (m.rear_m(), m.speed_mps));
            let behind = self.movers.get(i + 1).map(|m| m.front_m);
            let mover = &mut self.movers[i];
            let escorted = self.escorted == Some(mover.vehicle.index);
            let before = mover.front_m;
            let held = before <= self.stop_m && !escorted && !permitted;
            let arm_down = !escorted && self.arm.position < 0.9;
            let around = Surroundings {
                ahead,
                behind,
                stop_line_m: held.then_some(self.stop_m),
                arm_m: arm_down.then_some(self.exit_m - ARM_ROOM_M),
            };
            mover.step(TICK_S, &around);
            let index = mover.vehicle.index;
            if before <= 0.0 && mover.front_m > 0.0 {
                events.push(Event::Entered(index));
            }
            if before <= self.stop_m
                && mover.front_m > self.stop_m
                && self.past_line.is_none_or(|last| last < index)
            {
                self.past_line = Some(index);
                if held {
                    events.push(Event::RanRed(index));
                }
            }
        }
    }

    /// The marshal takes away whoever stood at red, or before the arm, for too long.
    fn escort(&mut self) {
        let before_arm = self.exit_m - ARM_ROOM_M + 0.01;
        let first = self.movers.iter().find(|m| m.front_m <= before_arm);
        let standing = first.filter(|m| m.speed_mps.abs() < 0.01 && self.stop_m - m.front_m < 1.0);
        match standing {
            Some(mover) if self.escorted.is_none() => {
                self.standing_s += TICK_S;
                if self.standing_s >= self.marshal_s {
                    self.escorted = Some(mover.vehicle.index);
                }
            }
            _ => self.standing_s = 0.0,
        }
    }

    fn fire_triggers(&mut self, events: &mut Vec<Event>) {
        for (mover, fired) in self.movers.iter().zip(&mut self.fired) {
            while let Some(trigger) = mover.vehicle.triggers.get(*fired) {
                if mover.front_m < trigger.front_at_m {
                    break;
                }
                *fired += 1;
                if let Happening::Cover { sensor, pulses } = &trigger.happening {
                    let ns = |s: f64| self.now_ns + (s * 1e9) as u64;
                    let spans = pulses.iter().map(|(from, long)| (*sensor, ns(*from), ns(from + long)));
                    self.covered_by_others.extend(spans);
                }
                events.push(Event::Happened {
                    vehicle: mover.vehicle.index,
                    happening: trigger.happening.clone(),
                });
            }
        }
        let now = self.now_ns;
        self.covered_by_others.retain(|(_, _, to)| *to > now);
    }

    fn remove(&mut self, events: &mut Vec<Event>) {
        let exit = self.exit_m + 1.0;
        if let Some(first) = self.movers.front().filter(|m| m.rear_m() > exit) {
            let vehicle = first.vehicle.index;
            let way = if self.escorted == Some(vehicle) { Way::Marshal } else { Way::Barrier };
            if way == Way::Marshal {
                self.escorted = None;
            }
            events.push(Event::Left { vehicle, way });
            self.movers.pop_front();
            self.fired.pop_front();
        }
        if let Some(last) = self.movers.back().filter(|m| m.turned_back()) {
            events.push(Event::Left { vehicle: last.vehicle.index, way: Way::Entry });
            self.movers.pop_back();
            self.fired.pop_back();
        }
    }
}
