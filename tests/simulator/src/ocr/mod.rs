//! A container camera as a pure state machine: its own trigger, looks at numbers as they pass, messages
//! with delay.

mod message;

use std::collections::BTreeSet;

use greenlane_model::ContainerNumber;

pub use message::{Message, Phase};

use crate::motion::Mover;
use crate::random::{LaneSeed, Purpose, Range, chance};
use crate::scenario::Ocr;
use crate::vehicle::{Container, Feature, Read};
use crate::world::TICK_S;

/// The trigger counts as clear after this long, in ns.
const CLEAR_NS: u64 = 300_000_000;
/// From the look to the interim message, in ns.
const INTERIM_NS: u64 = 300_000_000;

/// A message on its way to the controller.
#[derive(Debug, Clone, PartialEq)]
pub struct Post {
    /// When it is sent, in ns.
    pub at_ns: u64,
    /// The vehicle it is about; `None` for one of the next lane.
    pub vehicle: Option<u64>,
    /// HTTP body.
    pub body: Vec<u8>,
}

/// While something is in the trigger.
#[derive(Debug, Default)]
struct Session {
    clear_since_ns: Option<u64>,
    looks: Vec<Message>,
    vehicles: BTreeSet<u64>,
    delay_s: f64,
    twice: bool,
    started_ns: u64,
}

/// The camera.
#[derive(Debug)]
pub struct Camera {
    table: Ocr,
    seed: LaneSeed,
    at_m: f64,
    utc_start_ns: i64,
    session: Option<Session>,
    reported: BTreeSet<u64>,
    queue: Vec<Post>,
    events: u64,
}

impl Camera {
    /// A camera at this place; its clock shows `utc_start_ns` at time zero.
    pub fn new(table: &Ocr, at_m: f64, utc_start_ns: i64, seed: LaneSeed) -> Self {
        Self {
            table: table.clone(),
            seed,
            at_m,
            utc_start_ns,
            session: None,
            reported: BTreeSet::new(),
            queue: Vec::new(),
            events: 0,
        }
    }

    /// One tick. `covered` is its trigger.
    pub fn tick<'a>(
        &mut self,
        now_ns: u64,
        covered: bool,
        movers: impl Iterator<Item = &'a Mover>,
        out: &mut Vec<Post>,
    ) {
        if covered && self.session.is_none() {
            self.session = Some(Session { started_ns: now_ns, ..Session::default() });
        }
        if self.session.is_some() {
            self.watch(now_ns, covered, movers);
        }
        let mut i = 0;
        while i < self.queue.len() {
            if self.queue[i].at_ns <= now_ns {
                out.push(self.queue.remove(i));
            } else {
                i += 1;
            }
        }
    }

    /// A number of the next lane comes into view.
    pub fn see_neighbour(&mut self, now_ns: u64, number: &ContainerNumber) {
        let message = self.message(now_ns, None, number.as_str(), "22G1", 0.9);
        self.post(now_ns + INTERIM_NS, &[message], Phase::Final);
    }

    fn watch<'a>(&mut self, now_ns: u64, covered: bool, movers: impl Iterator<Item = &'a Mover>) {
        let at = self.at_m;
        for mover in movers {
            if mover.front_m > at && mover.rear_m() < at {
                self.look(now_ns, mover);
            }
        }
        // `tick` calls this only with a session.
        let Some(session) = &mut self.session else { return };
        if covered {
            session.clear_since_ns = None;
            return;
        }
        let since = *session.clear_since_ns.get_or_insert(now_ns);
        if now_ns - since >= CLEAR_NS {
            self.close(now_ns);
        }
    }

    /// Notes the vehicle, and each number whose middle passes the camera in this tick.
    fn look(&mut self, now_ns: u64, mover: &Mover) {
        let vehicle = &mover.vehicle;
        let passed = |container: &Container| {
            let now = mover.front_m - container.span.middle_m();
            let before = now - mover.speed_mps * TICK_S;
            now.max(before) >= self.at_m && now.min(before) < self.at_m && now != before
        };
        let boxes: Vec<Container> = vehicle.containers.iter().filter(|one| passed(one)).cloned().collect();
        for container in &boxes {
            let (text, confidence) = match &container.read {
                Read::Right { confidence } => (container.number.as_str(), *confidence),
                Read::Misread { text, confidence, .. } => (text.as_str(), *confidence),
                // It sees that there is a box, and says so.
                Read::NoRead => ("", 0.0),
            };
            let look = self.message(now_ns, Some(vehicle.index), text, container.size_type, confidence);
            if !look.text.is_empty() {
                self.interim(now_ns, &look);
            }
            if let Some(session) = &mut self.session {
                session.looks.push(look);
            }
        }
        if let Some(session) = &mut self.session {
            session.vehicles.insert(vehicle.index);
            session.delay_s = session.delay_s.max(vehicle.read_delay_s);
            session.twice |= vehicle.has(Feature::DuplicateOcr);
        }
    }

    fn interim(&mut self, now_ns: u64, look: &Message) {
        let mut rng = self.seed.stream(Purpose::Camera, look.event);
        if self.table.dialect == crate::scenario::Dialect::Vaxtor && chance(self.table.interim, &mut rng) {
            let confidence = look.confidence * Range::new(0.6, 0.95).draw(&mut rng);
            self.post(now_ns + INTERIM_NS, &[Message { confidence, ..look.clone() }], Phase::Interim);
        }
    }

    /// The trigger is clear: final messages, or a no-read when nothing was read of a vehicle not yet reported.
    fn close(&mut self, now_ns: u64) {
        let Some(session) = self.session.take() else { return };
        let fresh = session.vehicles.iter().any(|vehicle| !self.reported.contains(vehicle));
        self.reported.extend(&session.vehicles);
        while self.reported.len() > 64 {
            self.reported.pop_first();
        }
        let mut looks = session.looks;
        if looks.is_empty() {
            if !fresh {
                return;
            }
            let vehicle = session.vehicles.first().copied();
            looks.push(self.message(session.started_ns, vehicle, "", "", 0.0));
        }
        let at_ns = now_ns + (session.delay_s * 1e9) as u64;
        self.post(at_ns, &looks, Phase::Final);
        if session.twice {
            self.post(at_ns + 700_000_000, &looks, Phase::Final);
        }
    }

    fn message(
        &mut self,
        at_ns: u64,
        vehicle: Option<u64>,
        text: &str,
        size_type: &'static str,
        confidence: f64,
    ) -> Message {
        self.events += 1;
        Message {
            event: self.events,
            vehicle,
            utc_ns: self.utc_start_ns.saturating_add_unsigned(at_ns),
            text: text.to_owned(),
            size_type,
            confidence,
        }
    }

    fn post(&mut self, at_ns: u64, messages: &[Message], phase: Phase) {
        let bodies = message::bodies(self.table.dialect, messages, phase);
        let posts = bodies.into_iter().map(|(vehicle, body)| Post { at_ns, vehicle, body });
        self.queue.extend(posts);
    }
}
