//! A whole lane as one pure state machine: world and devices, driven by times that the caller gives.
//!
//! The same machine serves simulated time (call it directly) and real wires ([`crate::wire::Wires`]), so both
//! carry the same bytes for the same seed and the same inputs.

use std::collections::BTreeSet;

use crate::layout::{LaneLayout, Sensor};
use crate::modbus::{Bank, BankFault, BankModel, ModbusAnswer, ModbusRequest};
use crate::ocr::{Camera, Post};
use crate::physics::{Field, Rates};
use crate::portal::{Portal, PortalFault, PortalOut, Sight};
use crate::random::LaneSeed;
use crate::scanner::{Delivery, Picture, Request, Scanner};
use crate::scenario::Scenario;
use crate::station::{Further, StationFault};
use crate::truth::{ImageTruth, TruthLog, VehicleTruth};
use crate::vehicle::Happening;
use crate::world::{Event, Outputs, SENSORS, TICK_NS, World};

/// Device names, as in the lane file.
pub mod device {
    /// Radiation portal.
    pub const PORTAL: &str = "portal";
    /// Lane I/O module.
    pub const IO: &str = "io";
    /// Scanner contacts.
    pub const SCAN_IO: &str = "scan-io";
    /// Container camera.
    pub const OCR: &str = "ocr";
    /// Scanner's images.
    pub const XRAY: &str = "xray";
    /// Spectroscopic portal, in a layout that has one.
    pub const SPECTROMETER: &str = "spectrometer";
    /// Polled portal, in a layout that has one.
    pub const POLLED: &str = "polled-portal";
}

/// Rates in front of the portal are worked out anew this often, in ticks.
const FIELD_TICKS: u64 = 4;
/// Where the camera posts to.
pub const OCR_PATH: &str = "/ocr";

/// What a device put on its wire.
#[derive(Debug, Clone, PartialEq)]
pub enum VirtualEvent {
    /// A stream link came up.
    Connected,
    /// A stream link broke.
    Lost,
    /// Bytes as written to a stream: as a rule one line with its CR LF.
    Frame(Vec<u8>),
    /// The device posts.
    HttpPost {
        /// Path of the end point.
        path: &'static str,
        /// Type of the body.
        content_type: &'static str,
        /// The body.
        body: Vec<u8>,
    },
    /// The device drops a file and its sidecar into the folder.
    File {
        /// Name of the image.
        name: String,
        /// The image; [`Picture::png`] gives its bytes, a head only when [`Options::images`] is off.
        image: Picture,
        /// Name of the sidecar.
        sidecar_name: String,
        /// The sidecar.
        sidecar: Vec<u8>,
    },
}

/// What differs between runs of one scenario.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Options {
    /// Seed of the run and number of the lane.
    pub seed: LaneSeed,
    /// What the devices' clocks show at time zero, in ns since 1970.
    pub utc_start_ns: i64,
    /// Draw images. Without it a file is the head of a PNG only, as a campaign needs.
    pub images: bool,
}

/// A simulated lane.
#[derive(Debug)]
pub struct VirtualLane {
    layout: LaneLayout,
    now_ns: u64,
    world: World,
    field: Field,
    rates: Rates,
    portal: Portal,
    in_portal: BTreeSet<u64>,
    stations: Vec<Further>,
    io: Bank,
    scan_io: Bank,
    camera: Camera,
    scanner: Scanner,
    truth: TruthLog,
    begun: bool,
    events: Vec<Event>,
}

impl VirtualLane {
    /// An empty lane at time zero.
    pub fn new(scenario: &Scenario, layout: &LaneLayout, options: Options) -> Self {
        let Options { seed, utc_start_ns, images } = options;
        let mut field = Field::new(&scenario.portal, layout.portal.at_m, seed);
        let rates = field.rates(0.0, std::iter::empty());
        Self {
            now_ns: 0,
            world: World::new(scenario, layout, seed),
            portal: Portal::new(&scenario.portal.setup, &rates, seed),
            field,
            rates,
            in_portal: BTreeSet::new(),
            stations: layout
                .stations
                .iter()
                .map(|station| Further::new(station, &scenario.portal, utc_start_ns, seed))
                .collect(),
            // Without its host the lane shows red; the scanner's request falls.
            io: Bank::new(BankModel::MoxaE1212).with_watchdog(5_000_000_000, &[true]),
            scan_io: Bank::new(BankModel::Adam6050).with_watchdog(2_000_000_000, &[false]),
            camera: Camera::new(&scenario.ocr, layout.camera.at_m, utc_start_ns, seed),
            scanner: Scanner::new(&scenario.scanner, layout.scanner.at_m, utc_start_ns, images, seed),
            truth: TruthLog::default(),
            begun: false,
            events: Vec::new(),
            layout: layout.clone(),
        }
    }

    /// The time reached, in ns.
    pub fn now_ns(&self) -> u64 {
        self.now_ns
    }

    /// The next time at which anything can change, in ns: the world moves in ticks.
    pub fn next_event_ns(&self) -> u64 {
        self.now_ns + TICK_NS
    }

    /// Moves the lane up to the last tick not after `ns`. `emit` gets the time of each event in ns, the
    /// device's name and the event, in order of time.
    pub fn advance_to(&mut self, ns: u64, emit: &mut impl FnMut(u64, &'static str, VirtualEvent)) {
        if !self.begun {
            self.begun = true;
            self.portal_out(vec![PortalOut::LinkUp], emit);
            for post in self.stations.iter().filter(|post| post.streams()) {
                emit(self.now_ns, post.device, VirtualEvent::Connected);
            }
        }
        while self.now_ns + TICK_NS <= ns {
            self.now_ns += TICK_NS;
            self.tick(emit);
        }
    }

    /// Answers a Modbus request from the state at the time reached. `None`: no such device, or no such
    /// station on its wire (native TCP modules answer to any unit).
    pub fn modbus(&mut self, device: &str, unit: u8, request: &ModbusRequest) -> Option<ModbusAnswer> {
        if let Some(post) = self.stations.iter_mut().find(|post| post.device == device) {
            return post.modbus(unit, request);
        }
        self.bank(device).map(|bank| bank.handle(request))
    }

    /// Bytes that the controller sent to a stream device. The portal ignores anything it is sent.
    pub fn receive(&mut self, _device: &str, _bytes: &[u8]) {}

    /// Lines that the portal sends to a client that has just connected.
    pub fn portal_greeting(&self) -> Vec<Vec<u8>> {
        self.portal.greeting()
    }

    /// What a device sends to a client that has just connected.
    pub(crate) fn greeting(&self, device: &str) -> Vec<Vec<u8>> {
        if device == device::PORTAL { self.portal_greeting() } else { Vec::new() }
    }

    /// A further portal that is asked and does not send by itself.
    pub(crate) fn is_polled(&self, device: &str) -> bool {
        self.stations.iter().any(|post| post.device == device && !post.streams())
    }

    /// Makes a fault of the portal happen.
    pub fn inject_portal(
        &mut self,
        fault: PortalFault,
        emit: &mut impl FnMut(u64, &'static str, VirtualEvent),
    ) {
        let mut out = Vec::new();
        self.portal.inject(fault, &mut out);
        self.portal_out(out, emit);
    }

    /// Makes a fault of a further portal happen.
    pub fn inject_station(
        &mut self,
        device: &str,
        fault: StationFault,
        emit: &mut impl FnMut(u64, &'static str, VirtualEvent),
    ) {
        let Some(post) = self.stations.iter_mut().find(|post| post.device == device) else { return };
        let mut out = Vec::new();
        post.inject(fault, &mut out);
        station_out(self.now_ns, post.device, out, emit);
    }

    /// Makes a fault of an I/O module happen.
    pub fn inject_bank(&mut self, device: &str, fault: BankFault) {
        if let Some(bank) = self.bank(device) {
            bank.inject(fault);
        }
    }

    /// Breaks or mends the scanner's safety chain.
    pub fn set_scanner_out_of_order(&mut self, out_of_order: bool) {
        self.scanner.set_out_of_order(out_of_order);
    }

    /// Vehicles that are gone since the last call, in the order in which they left.
    pub fn take_truth(&mut self) -> Vec<VehicleTruth> {
        self.truth.take()
    }

    /// The world, to look at.
    pub fn world(&self) -> &World {
        &self.world
    }

    fn bank(&mut self, device: &str) -> Option<&mut Bank> {
        match device {
            device::IO => Some(&mut self.io),
            device::SCAN_IO => Some(&mut self.scan_io),
            _ => None,
        }
    }

    fn tick(&mut self, emit: &mut impl FnMut(u64, &'static str, VirtualEvent)) {
        self.io.tick(self.now_ns);
        self.scan_io.tick(self.now_ns);
        let mut events = std::mem::take(&mut self.events);
        self.world.step(self.outputs(), &mut events);
        for mover in self.world.movers() {
            self.truth.begin(&mover.vehicle);
        }
        for event in events.drain(..) {
            self.happened(event, emit);
        }
        self.events = events;
        let covered = self.world.covered();
        self.tick_portal(&covered, emit);
        self.tick_stations(emit);
        self.tick_camera(&covered, emit);
        self.tick_scanner(&covered, emit);
        self.set_inputs(&covered);
    }

    fn outputs(&self) -> Outputs {
        let [red, green, open, close] = [0, 1, 2, 3].map(|point| self.io.output(point));
        Outputs { red, green, open, close }
    }

    fn happened(&mut self, event: Event, emit: &mut impl FnMut(u64, &'static str, VirtualEvent)) {
        let now = self.now_ns;
        match event {
            Event::Entered(vehicle) => self.truth.note(vehicle, |truth| truth.entered_ns = Some(now)),
            Event::RanRed(vehicle) => self.truth.note(vehicle, |truth| truth.ran_red = true),
            Event::Struck(vehicle) => self.truth.note(vehicle, |truth| truth.struck = true),
            Event::Left { vehicle, way } => self.truth.end(vehicle, now, way),
            Event::Happened { happening, .. } => match happening {
                Happening::Cover { .. } => {}
                Happening::PortalRestart(s) => {
                    self.inject_portal(PortalFault::Restart((s * 1e9) as u64), emit)
                }
                Happening::PortalLinkDrop(s) => {
                    self.inject_portal(PortalFault::LinkDrop((s * 1e9) as u64), emit)
                }
                Happening::NeighbourRead(number) => self.camera.see_neighbour(now, &number),
            },
        }
    }

    fn tick_portal(
        &mut self,
        covered: &[bool; SENSORS],
        emit: &mut impl FnMut(u64, &'static str, VirtualEvent),
    ) {
        if (self.now_ns / TICK_NS).is_multiple_of(FIELD_TICKS) {
            self.rates = self.field.rates(self.now_ns as f64 * 1e-9, self.world.movers());
        }
        let zone = self.layout.portal;
        let (from, to) = (zone.at_m - 0.5 * zone.length_m, zone.at_m + 0.5 * zone.length_m);
        let inside = self.world.movers().find(|mover| mover.front_m > from && mover.rear_m() < to);
        let speed_mps = inside.map(|mover| mover.speed_mps.abs());
        let sight = Sight { covered: covered[place(Sensor::PortalOwn)], rates: self.rates, speed_mps };
        let mut out = Vec::new();
        self.portal.tick(&sight, &mut out);
        for occupancy in self.portal.take_finished() {
            self.truth.occupancy(occupancy, &std::mem::take(&mut self.in_portal));
        }
        if let Some(mover) = inside.filter(|_| sight.covered) {
            self.in_portal.insert(mover.vehicle.index);
        }
        self.portal_out(out, emit);
    }

    fn tick_stations(&mut self, emit: &mut impl FnMut(u64, &'static str, VirtualEvent)) {
        let anew = (self.now_ns / TICK_NS).is_multiple_of(FIELD_TICKS);
        for post in &mut self.stations {
            let mut out = Vec::new();
            post.tick(self.now_ns, &self.world, anew, &mut out);
            station_out(self.now_ns, post.device, out, emit);
        }
    }

    fn portal_out(&mut self, out: Vec<PortalOut>, emit: &mut impl FnMut(u64, &'static str, VirtualEvent)) {
        for one in out {
            match one {
                PortalOut::Bytes(bytes) => emit(self.now_ns, device::PORTAL, VirtualEvent::Frame(bytes)),
                PortalOut::LinkDown => emit(self.now_ns, device::PORTAL, VirtualEvent::Lost),
                PortalOut::LinkUp => {
                    emit(self.now_ns, device::PORTAL, VirtualEvent::Connected);
                    for line in self.portal.greeting() {
                        emit(self.now_ns, device::PORTAL, VirtualEvent::Frame(line));
                    }
                }
            }
        }
    }

    fn tick_camera(
        &mut self,
        covered: &[bool; SENSORS],
        emit: &mut impl FnMut(u64, &'static str, VirtualEvent),
    ) {
        let mut posts = Vec::new();
        let trigger = covered[place(Sensor::CameraTrigger)];
        self.camera.tick(self.now_ns, trigger, self.world.movers(), &mut posts);
        for Post { vehicle, body, .. } in posts {
            if let Some(vehicle) = vehicle {
                self.truth.note(vehicle, |truth| truth.messages += 1);
            }
            let content_type = "application/json";
            emit(self.now_ns, device::OCR, VirtualEvent::HttpPost { path: OCR_PATH, content_type, body });
        }
    }

    fn tick_scanner(
        &mut self,
        covered: &[bool; SENSORS],
        emit: &mut impl FnMut(u64, &'static str, VirtualEvent),
    ) {
        let request = Request { on: self.scan_io.output(0), renewed_ns: self.scan_io.output_set_ns(0) };
        let mut deliveries = Vec::new();
        let plane = covered[place(Sensor::ScanPlane)];
        self.scanner.tick(self.now_ns, plane, request, self.world.movers(), &mut deliveries);
        for Delivery { name, image, sidecar_name, sidecar, vehicles, valid } in deliveries {
            self.truth.image(&ImageTruth { name: name.clone(), valid, vehicles });
            emit(self.now_ns, device::XRAY, VirtualEvent::File { name, image, sidecar_name, sidecar });
        }
    }

    /// Wires sensors and contacts to the modules, in the order of [`crate::layout::IO_INPUTS`] and
    /// [`crate::layout::SCAN_INPUTS`].
    fn set_inputs(&mut self, covered: &[bool; SENSORS]) {
        let seen = |sensor| covered[place(sensor)];
        let io = [
            seen(Sensor::EntryLoop),
            seen(Sensor::PortalBeam),
            seen(Sensor::ScanInBeam),
            seen(Sensor::ScanOutBeam),
            self.world.is_open(),
            self.world.is_closed(),
            seen(Sensor::BarrierBeam),
            seen(Sensor::DecisionLoop),
        ];
        for (point, state) in io.into_iter().enumerate() {
            self.io.set_input(point, state);
        }
        let c = self.scanner.contacts();
        let scan_io = [
            c.ready,
            c.beam_on,
            c.valid,
            c.interlock,
            c.estop,
            c.cab_clear,
            seen(Sensor::CameraTrigger),
            seen(Sensor::Beam13),
            seen(Sensor::Beam28),
            seen(Sensor::Beam36),
            seen(Sensor::Beam56),
            seen(Sensor::Beam66),
        ];
        for (point, state) in scan_io.into_iter().enumerate() {
            self.scan_io.set_input(point, state);
        }
    }
}

/// A further portal greets nobody.
fn station_out(
    now_ns: u64,
    device: &'static str,
    out: Vec<PortalOut>,
    emit: &mut impl FnMut(u64, &'static str, VirtualEvent),
) {
    for one in out {
        let event = match one {
            PortalOut::Bytes(bytes) => VirtualEvent::Frame(bytes),
            PortalOut::LinkDown => VirtualEvent::Lost,
            PortalOut::LinkUp => VirtualEvent::Connected,
        };
        emit(now_ns, device, event);
    }
}

/// Place of a sensor in [`Sensor::ALL`].
fn place(sensor: Sensor) -> usize {
    sensor as usize
}
