//! An X-ray portal as a pure state machine: dry contacts, a leased request, images line by line.
//!
//! The safety chain stays with the scanner: a request is only one of the things that a beam needs. Lines are
//! taken by distance, so a vehicle that stops in the beam is still one undistorted image; the beam is off
//! while the cab is in it.

mod picture;
mod sidecar;

use rand::RngExt;

pub use picture::Picture;
use picture::{Line, Silhouette};

use crate::motion::Mover;
use crate::random::{LaneSeed, Purpose};
use crate::scenario::Scanner as Table;
use crate::traffic::CAB_M;

/// An image ends when the plane has been clear for this long, in ns.
const CLEAR_NS: u64 = 500_000_000;
/// The contact "valid" stays on for this long, in ns.
const VALID_NS: u64 = 2_000_000_000;
/// Way behind the cab that must be past before the beam may come on, in m.
const CAB_MARGIN_M: f64 = 0.5;
/// A vehicle that rolls back more than this spoils the image, in m.
const BACK_M: f64 = 0.3;

/// Contacts towards the lane.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Contacts {
    /// Able to scan.
    pub ready: bool,
    /// The beam is on.
    pub beam_on: bool,
    /// The last scan was whole; on for two seconds.
    pub valid: bool,
    /// The scanner's own safety chain is closed.
    pub interlock: bool,
    /// No emergency stop is pressed.
    pub estop: bool,
    /// The cab of the vehicle in the plane is past it.
    pub cab_clear: bool,
}

/// A finished image.
#[derive(Debug, Clone, PartialEq)]
pub struct Delivery {
    /// Name of the image file.
    pub name: String,
    /// The image.
    pub image: Picture,
    /// Name of the sidecar.
    pub sidecar_name: String,
    /// The sidecar.
    pub sidecar: Vec<u8>,
    /// Vehicles in it, front first.
    pub vehicles: Vec<u64>,
    /// Whole and undisturbed.
    pub valid: bool,
}

/// The request as the scanner sees it on its contact.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Request {
    /// Contact closed.
    pub on: bool,
    /// Last renewed, in ns.
    pub renewed_ns: u64,
}

#[derive(Debug, Default)]
struct Scan {
    started_ns: u64,
    clear_since_ns: Option<u64>,
    vehicles: Vec<Silhouette>,
    lines: Vec<Line>,
    way_m: f64,
    farthest_m: f64,
    requested: bool,
    fault: Option<&'static str>,
}

/// The scanner.
#[derive(Debug)]
pub struct Scanner {
    table: Table,
    seed: LaneSeed,
    at_m: f64,
    utc_start_ns: i64,
    draw: bool,
    scan: Option<Scan>,
    contacts: Contacts,
    valid_until_ns: u64,
    count: u64,
    queue: Vec<(u64, Delivery)>,
    out_of_order: bool,
}

impl Scanner {
    /// A scanner at this place; `draw` says whether images are drawn or only their headers made.
    pub fn new(table: &Table, at_m: f64, utc_start_ns: i64, draw: bool, seed: LaneSeed) -> Self {
        Self {
            table: table.clone(),
            seed,
            at_m,
            utc_start_ns,
            draw,
            scan: None,
            contacts: Contacts::default(),
            valid_until_ns: 0,
            count: 0,
            queue: Vec::new(),
            out_of_order: false,
        }
    }

    /// Breaks or mends the safety chain.
    pub fn set_out_of_order(&mut self, out_of_order: bool) {
        self.out_of_order = out_of_order;
    }

    /// Contacts as they are now.
    pub fn contacts(&self) -> Contacts {
        self.contacts
    }

    /// One tick. `covered` is its beam plane.
    pub fn tick<'a>(
        &mut self,
        now_ns: u64,
        covered: bool,
        request: Request,
        mut movers: impl Iterator<Item = &'a Mover>,
        out: &mut Vec<Delivery>,
    ) {
        let inside = movers.find(|mover| mover.front_m > self.at_m && mover.rear_m() < self.at_m);
        let cab_clear = inside.is_some_and(|mover| mover.front_m - self.at_m > CAB_M + CAB_MARGIN_M);
        let lease_ns = (self.table.lease_s * 1e9) as u64;
        let held = request.on && now_ns.saturating_sub(request.renewed_ns) <= lease_ns;
        let safe = !self.out_of_order;
        let beam_on = held && safe && cab_clear && covered;
        if covered && self.scan.is_none() {
            self.scan = Some(Scan { started_ns: now_ns, ..Scan::default() });
        }
        if let Some(scan) = &mut self.scan {
            scan.requested |= beam_on;
            if let Some(mover) = inside.filter(|_| covered) {
                scan.take_lines(mover, self.at_m, self.table.pitch_mm / 1000.0, cab_clear, beam_on);
            }
            if covered {
                scan.clear_since_ns = None;
            } else if now_ns - *scan.clear_since_ns.get_or_insert(now_ns) >= CLEAR_NS {
                self.finish(now_ns);
            }
        }
        let valid = now_ns < self.valid_until_ns;
        self.contacts = Contacts { ready: safe, beam_on, valid, interlock: safe, estop: true, cab_clear };
        while self.queue.first().is_some_and(|(due, _)| *due <= now_ns) {
            out.push(self.queue.remove(0).1);
        }
    }

    /// A scan that nobody asked for leaves no image.
    fn finish(&mut self, now_ns: u64) {
        let Some(scan) = self.scan.take() else { return };
        if !scan.requested || scan.lines.is_empty() {
            return;
        }
        self.count += 1;
        let mut rng = self.seed.stream(Purpose::Image, self.count);
        let valid = scan.fault.is_none();
        if valid {
            self.valid_until_ns = now_ns + VALID_NS;
        }
        let due = now_ns + (self.table.delay_s.draw(&mut rng) * 1e9) as u64;
        let due = self.queue.last().map_or(due, |(last, _)| due.max(*last));
        let vehicles: Vec<u64> = scan.vehicles.iter().map(|vehicle| vehicle.index).collect();
        let image = Picture {
            lines: scan.lines,
            vehicles: scan.vehicles,
            rows: self.table.rows,
            texture: rng.random(),
            drawn: self.draw,
        };
        let facts = sidecar::Facts {
            number: self.count,
            started_utc_ns: self.utc_start_ns.saturating_add_unsigned(scan.started_ns),
            ended_utc_ns: self.utc_start_ns.saturating_add_unsigned(now_ns),
            width: image.width(),
            height: image.height(),
            pitch_mm: self.table.pitch_mm,
            fault: scan.fault,
        };
        let delivery = Delivery {
            name: facts.image_name(),
            image,
            sidecar_name: facts.sidecar_name(self.table.sidecar),
            sidecar: facts.write(self.table.sidecar),
            vehicles,
            valid,
        };
        self.queue.push((due, delivery));
    }
}

impl Scan {
    /// Adds a line for each pitch that the vehicle moved on since the last one.
    fn take_lines(&mut self, mover: &Mover, at_m: f64, pitch_m: f64, cab_clear: bool, beam_on: bool) {
        let behind_m = mover.front_m - at_m;
        let index = mover.vehicle.index;
        if self.vehicles.last().is_none_or(|last| last.index != index) {
            let spans = mover.vehicle.containers.iter().map(|container| container.span);
            self.vehicles.push(Silhouette {
                index,
                kind: mover.vehicle.kind,
                length_m: mover.vehicle.length_m,
                boxes: spans.collect(),
            });
            self.way_m = behind_m;
            self.farthest_m = behind_m;
        }
        self.farthest_m = self.farthest_m.max(behind_m);
        if behind_m < self.farthest_m - BACK_M {
            self.fault = Some("reversed");
        }
        let vehicle = u16::try_from(self.vehicles.len() - 1).unwrap_or(u16::MAX);
        while self.way_m + pitch_m <= behind_m {
            self.way_m += pitch_m;
            if cab_clear && !beam_on {
                self.fault = self.fault.or(Some("request_withdrawn"));
            }
            self.lines.push(Line { vehicle, behind_m: self.way_m as f32, exposed: beam_on });
        }
    }
}
