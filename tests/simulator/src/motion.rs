//! How a vehicle moves: a position over time, never a script of sensor edges.

use crate::vehicle::{Span, Vehicle};

/// Comfortable acceleration, in m/s2.
const ACCELERATION: f64 = 0.9;
/// Braking that a driver plans with, in m/s2.
const BRAKING: f64 = 2.0;
/// Hardest braking, in m/s2.
const EMERGENCY: f64 = 4.0;
/// Bumpers never come nearer than this, in m.
pub const BUMPER_M: f64 = 0.3;
/// A vehicle faster than this counts as moving, in m/s.
const MOVING: f64 = 0.3;

/// A driver who cannot reverse tries for this long, in s.
const PATIENCE_S: f64 = 3.0;

/// One leg of the way: drive to a place at a speed, then wait.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Leg {
    /// Where the front is at the end of the leg, in m from the entry line; infinite for the last one.
    pub until_m: f64,
    /// Cruising speed, in m/s; negative to reverse.
    pub speed_mps: f64,
    /// Standing time at the end, in s. Any wait, and any change of direction, ends the leg at a standstill.
    pub wait_s: f64,
}

/// What surrounds a vehicle in this step.
#[derive(Debug, Clone, Copy)]
pub struct Surroundings {
    /// Rear of the one ahead and its speed.
    pub ahead: Option<(f64, f64)>,
    /// Front of the one behind.
    pub behind: Option<f64>,
    /// Where it must stop if it still can (a red light).
    pub stop_line_m: Option<f64>,
    /// Where it must stop in any case (the arm is down).
    pub arm_m: Option<f64>,
}

/// A vehicle in or before the lane.
#[derive(Debug, Clone)]
pub struct Mover {
    /// What it is.
    pub vehicle: Vehicle,
    /// Front, in m from the entry line.
    pub front_m: f64,
    /// Signed speed, in m/s.
    pub speed_mps: f64,
    leg: usize,
    waited_s: f64,
}

impl Mover {
    /// A vehicle with its front here, at this speed.
    pub fn new(vehicle: Vehicle, front_m: f64, speed_mps: f64) -> Self {
        Self { vehicle, front_m, speed_mps, leg: 0, waited_s: 0.0 }
    }

    /// Rear, in m from the entry line.
    pub fn rear_m(&self) -> f64 {
        self.front_m - self.vehicle.length_m
    }

    /// It has backed out of the lane.
    pub fn turned_back(&self) -> bool {
        self.leg >= self.vehicle.legs.len()
    }

    /// It drives at something at this place and even the hardest braking will not do.
    pub fn cannot_stop_before(&self, at_m: f64) -> bool {
        let room = at_m - self.front_m;
        room >= 0.0
            && self.speed_mps > 0.0
            && self.speed_mps * self.speed_mps / (2.0 * EMERGENCY) > room + 0.3
    }

    /// One of the spans lies in this stretch of the lane.
    pub fn covers(&self, spans: &[Span], from_m: f64, to_m: f64) -> bool {
        spans.iter().any(|span| self.front_m - span.from_m > from_m && self.front_m - span.to_m < to_m)
    }

    /// Moves for `dt` seconds.
    pub fn step(&mut self, dt: f64, around: &Surroundings) {
        let Some(leg) = self.vehicle.legs.get(self.leg).copied() else { return };
        let direction = leg.speed_mps.signum();
        let left = ((leg.until_m - self.front_m) * direction).max(0.0);
        if left < 1e-6 {
            self.finish(leg, dt);
            return;
        }
        let ends_standing = leg.wait_s > 0.0 || self.turns_after(direction);
        let mut wanted = leg.speed_mps.abs();
        if ends_standing {
            wanted = wanted.min(stopping_speed(left, 0.0).max(0.05));
        }
        let (room, hard_room) = self.room(direction, around, &mut wanted);
        wanted = wanted.min(room);
        let speed = self.speed_mps.abs().clamp(0.0, 100.0);
        let reached = if wanted > speed {
            wanted.min(speed + ACCELERATION * dt)
        } else {
            wanted.max(speed - EMERGENCY * dt)
        };
        let mut moved = reached * dt;
        if ends_standing || leg.until_m.is_finite() {
            moved = moved.min(left);
        }
        let moved = moved.min(hard_room.max(0.0));
        if direction < 0.0 && moved < 1e-4 {
            self.give_up(dt);
        }
        self.front_m += direction * moved;
        self.speed_mps = direction * moved / dt;
    }

    /// Greatest speed the surroundings allow, and the way that is left before something solid.
    fn room(&self, direction: f64, around: &Surroundings, wanted: &mut f64) -> (f64, f64) {
        if direction < 0.0 {
            let room = around.behind.map_or(f64::INFINITY, |front| self.rear_m() - front - BUMPER_M);
            return (stopping_speed(room - 1.0, 0.0), room);
        }
        let (mut speed, mut hard) = (f64::INFINITY, f64::INFINITY);
        if let Some((rear, ahead_mps)) = around.ahead {
            let margin = if ahead_mps > MOVING { self.vehicle.gap_m } else { self.vehicle.queue_gap_m };
            speed = stopping_speed(rear - self.front_m - margin, ahead_mps.max(0.0));
            hard = rear - self.front_m - BUMPER_M;
        }
        if let Some(arm) = around.arm_m.filter(|arm| self.front_m <= *arm) {
            hard = hard.min(arm - self.front_m);
            speed = speed.min(stopping_speed(arm - self.front_m, 0.0));
        }
        if let Some(line) = around.stop_line_m {
            let room = line - self.front_m;
            let needed = self.speed_mps * self.speed_mps / (2.0 * EMERGENCY);
            if room >= needed - 0.05 {
                *wanted = wanted.min(stopping_speed(room, 0.0));
                hard = hard.min(room.max(0.0));
            }
        }
        (speed, hard)
    }

    /// Someone stands behind: after a while the driver goes on forwards.
    fn give_up(&mut self, dt: f64) {
        self.waited_s += dt;
        if self.waited_s >= PATIENCE_S {
            self.waited_s = 0.0;
            self.leg += 1;
        }
    }

    fn turns_after(&self, direction: f64) -> bool {
        self.vehicle.legs.get(self.leg + 1).is_some_and(|next| next.speed_mps.signum() != direction)
    }

    fn finish(&mut self, leg: Leg, dt: f64) {
        if leg.wait_s > 0.0 || self.turns_after(leg.speed_mps.signum()) {
            self.speed_mps = 0.0;
        }
        self.waited_s += dt;
        if self.waited_s >= leg.wait_s {
            self.waited_s = 0.0;
            self.leg += 1;
        }
    }
}

/// Speed from which planned braking ends at `speed_ahead` after `room` metres.
fn stopping_speed(room: f64, speed_ahead: f64) -> f64 {
    libm::sqrt((2.0 * BRAKING * room + speed_ahead * speed_ahead).max(0.0))
}
