//! One traffic, three makers' portals in one place: what their drivers say is the same.
//!
//! ```text
//!                 truck >>>   [ portal, polled portal, spectrometer ]
//!   tsa.vm250       lines, samples of 0.2 s, four panels
//!   aspect.yantar   registers, polled every 0.2 s, one count a second
//!   rsi.rs350       documents, one a second, with spectra
//! ```

#![allow(clippy::unwrap_used, reason = "helpers of tests may panic too")]

use std::time::Duration;

use greenlane_aspect::yantar::Yantar;
use greenlane_driver::model::{Body, Occupancy, OccupancyEnd, Radiation};
use greenlane_driver::{Answer, Bench, Driver, Request};
use greenlane_rsi::rs350::Rs350;
use greenlane_simulator::layout::{Make, Station};
use greenlane_simulator::modbus::{ModbusReply, ModbusRequest};
use greenlane_simulator::random::Range;
use greenlane_simulator::spectrum::Emitter;
use greenlane_simulator::vehicle::Source;
use greenlane_simulator::yantar::UNIT;
use greenlane_simulator::{LaneLayout, LaneSeed, Options, Scenario, VirtualEvent, VirtualLane, device};
use greenlane_tsa::vm250::Vm250;
use serde_json::{Value, json};

const TICK: Duration = Duration::from_millis(10);
const S: u64 = 1_000_000_000;
/// The bench's time at the simulation's zero.
const ZERO_NS: u64 = 1000 * S;
/// Gamma background of the four panels together, in cps.
const BACKGROUND_CPS: f64 = 903.0;

/// An occupancy as a driver said it.
#[derive(Debug, Clone, Default)]
struct Seen {
    start_s: f64,
    end_s: f64,
    counts: u64,
    neutrons: u64,
    /// How long the samples are together, in s.
    length_s: f64,
    /// Most in a second, or in five samples of a fifth.
    most: u64,
    last: Vec<u64>,
    gamma_alarm: bool,
    neutron_alarm: bool,
    nuclides: Vec<String>,
    speed_mps: Option<f64>,
}

impl Seen {
    fn rate(&self) -> f64 {
        self.counts as f64 / self.length_s
    }

    /// How far the most in a second lies above the background, in its standard deviations.
    fn sigma(&self) -> f64 {
        (self.most as f64 - BACKGROUND_CPS) / BACKGROUND_CPS.sqrt()
    }
}

/// A driver and what it said.
struct Portal<D> {
    bench: Bench<D>,
    now: Option<Seen>,
    seen: Vec<Seen>,
}

impl<D: Driver> Portal<D> {
    fn new(settings: Value) -> Self {
        let mut bench = Bench::open(settings).unwrap_or_else(|e| panic!("{e}"));
        bench.connect();
        Self { bench, now: None, seen: Vec::new() }
    }

    fn take(&mut self) {
        for one in std::mem::take(&mut self.bench.observations) {
            let at_s = (one.at.mono_ns as f64 - ZERO_NS as f64) * 1e-9;
            match one.body {
                Body::Occupancy(Occupancy::Started) => {
                    self.now = Some(Seen { start_s: at_s, ..Seen::default() });
                }
                Body::Occupancy(Occupancy::Ended { end, .. }) => {
                    assert_eq!(end, OccupancyEnd::Normal);
                    let seen = self.now.take().expect("an end without a start");
                    self.seen.push(Seen { end_s: at_s, ..seen });
                }
                Body::Fault(fault) => panic!("{fault:?}"),
                Body::Raw(raw) => panic!("{raw:?}"),
                body => self.note(body),
            }
        }
    }

    fn note(&mut self, body: Body) {
        let Some(now) = &mut self.now else { return };
        match body {
            // Samples of before the vehicle came are no part of the comparison.
            Body::Gamma(counts) if !counts.pre_roll => {
                now.counts += counts.sum();
                now.length_s += counts.interval.value();
                let window = if counts.interval.value() < 0.5 { 5 } else { 1 };
                now.last.push(counts.sum());
                let most = now.last.iter().rev().take(window).sum();
                now.most = now.most.max(most);
            }
            Body::Neutron(counts) => now.neutrons += counts.sum(),
            Body::RadiationAlarm(alarm) if alarm.on => {
                now.gamma_alarm |= alarm.radiation == Radiation::Gamma;
                now.neutron_alarm |= alarm.radiation == Radiation::Neutron;
                now.nuclides.extend(alarm.nuclides.into_iter().map(|nuclide| nuclide.name));
            }
            Body::Speed(speed) => now.speed_mps = Some(speed.speed.value()),
            _ => {}
        }
    }
}

/// All three, and the lane in which they stand.
struct Row {
    lane: VirtualLane,
    lines: Portal<Vm250>,
    polled: Portal<Yantar>,
    documents: Portal<Rs350>,
    line: Vec<u8>,
    document: Vec<u8>,
}

impl Row {
    fn new() -> Self {
        let map = concat!(env!("CARGO_MANIFEST_DIR"), "/../../configs/maps/aspect-yantar.toml");
        let map: Value = toml::from_str(&std::fs::read_to_string(map).unwrap()).unwrap();
        let zone = LaneLayout::default().portal;
        let station = |device, make| Station { device, make, zone };
        let stations =
            vec![station(device::SPECTROMETER, Make::Rs350), station(device::POLLED, Make::Yantar)];
        let layout = LaneLayout { stations, ..LaneLayout::default() };
        let options = Options { seed: LaneSeed { seed: 11, lane: 0 }, utc_start_ns: 0, images: false };
        Self {
            lane: VirtualLane::new(&traffic(), &layout, options),
            lines: Portal::new(json!({})),
            polled: Portal::new(json!({ "map": map, "unit": UNIT })),
            documents: Portal::new(json!({})),
            line: Vec::new(),
            document: Vec::new(),
        }
    }

    fn run(&mut self, until_ns: u64) {
        let go = ModbusRequest::WriteCoils { address: 0, values: vec![false, true, true, false] };
        while self.lane.now_ns() < until_ns {
            let next = self.lane.next_event_ns();
            let mut events = Vec::new();
            self.lane.advance_to(next, &mut |_, device, event| events.push((device, event)));
            if next.is_multiple_of(S) {
                self.lane.modbus(device::IO, 1, &go);
            }
            for bench in [&mut self.lines.bench.now, &mut self.documents.bench.now] {
                assert_eq!(bench.mono_ns + 10_000_000, ZERO_NS + next);
            }
            self.lines.bench.advance(TICK);
            self.documents.bench.advance(TICK);
            for (device, event) in events {
                if let VirtualEvent::Frame(bytes) = event {
                    self.frame(device, &bytes);
                }
            }
            self.polled.bench.advance(TICK);
            self.answer();
            self.lines.take();
            self.polled.take();
            self.documents.take();
        }
    }

    fn frame(&mut self, device: &str, bytes: &[u8]) {
        for &byte in bytes {
            match (device, byte) {
                (device::PORTAL, b'\n') => self.lines.bench.frame(std::mem::take(&mut self.line)),
                (device::PORTAL, _) => self.line.push(byte),
                (device::SPECTROMETER, 2) => self.document.clear(),
                (device::SPECTROMETER, 3) => self.documents.bench.frame(std::mem::take(&mut self.document)),
                (device::SPECTROMETER, _) => self.document.push(byte),
                _ => {}
            }
        }
    }

    fn answer(&mut self) {
        while let Some((_, request)) = self.polled.bench.requests.first() {
            let Request::ReadHoldingRegisters { unit, address, count } = *request else {
                panic!("{request:?}")
            };
            let request = ModbusRequest::ReadHoldingRegisters { address, count };
            match self.lane.modbus(device::POLLED, unit, &request).and_then(|answer| answer.reply) {
                Some(ModbusReply::Registers(words)) => {
                    self.polled.bench.reply(Duration::ZERO, Answer::Registers(&words));
                }
                other => panic!("{other:?}"),
            }
        }
    }
}

/// Vehicles far enough apart for a second's resolution, every third with something radioactive.
fn traffic() -> Scenario {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../configs/scenarios/dense.toml");
    let mut scenario = Scenario::parse(&std::fs::read_to_string(path).unwrap()).unwrap();
    let far = Range::new(25.0, 40.0);
    (scenario.traffic.gap_m, scenario.traffic.queue_gap_m) = (far, far);
    scenario.sources.point = 0.2;
    scenario.sources.distributed = 0.1;
    scenario.sources.neutron = 0.1;
    let weights = |all: &[Emitter]| all.iter().map(|one| (*one, 1.0)).collect();
    scenario.sources.point_nuclides = weights(&[Emitter::Cs137, Emitter::Co60, Emitter::Tc99m]);
    scenario.sources.distributed_nuclides = weights(&[Emitter::K40, Emitter::Ra226, Emitter::Th232]);
    scenario
}

/// Half an hour.
fn passed() -> Row {
    let mut row = Row::new();
    row.run(1800 * S);
    row
}

fn compare(of: &str, seen: &Seen, other: &Seen) {
    // Hold-in of the first portal, a second of the others.
    let place = format!("{of} at {:.1} s: {seen:?}\n{other:?}", seen.start_s);
    assert!((seen.start_s - other.start_s).abs() < 1.2, "start, {place}");
    assert!((seen.end_s - other.end_s).abs() < 2.4, "end, {place}");
    let chance = (seen.rate() / seen.length_s + other.rate() / other.length_s).sqrt();
    // What lies within a second and a half of the edges may be in one sum and not in the other.
    let edge = 1.5 / seen.length_s * ((seen.rate() - BACKGROUND_CPS).abs() + 0.2 * BACKGROUND_CPS);
    assert!((seen.rate() - other.rate()).abs() < 5.0 * chance + edge, "counts, {place}");
    let (speed, other_speed) = (seen.speed_mps.unwrap(), other.speed_mps.unwrap());
    assert!((speed - other_speed).abs() < 0.02 * speed, "speed, {place}");
}

#[test]
fn three_makers_portals_say_the_same_of_the_same_traffic() {
    let row = passed();
    let (lines, polled, documents) = (&row.lines.seen, &row.polled.seen, &row.documents.seen);
    assert!(lines.len() > 100, "{}", lines.len());
    assert_eq!((lines.len(), lines.len()), (polled.len(), documents.len()));
    let (mut clean, mut hot, mut near) = (0, 0, 0);
    for ((line, poll), document) in lines.iter().zip(polled).zip(documents) {
        compare("polled", line, poll);
        compare("documents", line, document);
        let alarms = [line.gamma_alarm, poll.gamma_alarm, document.gamma_alarm];
        // The threshold is 7; between these two values chance decides.
        match line.sigma() {
            ..4.0 => clean += u32::from(alarms == [false; 3]),
            14.0.. => hot += u32::from(alarms == [true; 3]),
            _ => near += 1,
        }
    }
    assert_eq!(clean + hot + near, lines.len() as u32, "{clean} clean, {hot} hot, {near} near the threshold");
    assert!(clean > 50 && hot > 10 && near < 15, "{clean} clean, {hot} hot, {near} near the threshold");
}

#[test]
fn neutrons_alarm_in_all_three_and_the_spectrometer_names_what_is_there() {
    let mut row = passed();
    let truth = row.lane.take_truth();
    let (mut neutrons, mut named) = (0, 0);
    for vehicle in &truth {
        let Some(index) = vehicle.occupancies.first().and_then(|one| one.occupancy.index) else { continue };
        let at = index as usize - 1;
        let seen = [&row.lines.seen[at], &row.polled.seen[at], &row.documents.seen[at]];
        let strong = vehicle.sources.iter().any(
            |source| matches!(source, Source::Neutron { neutrons_per_s, .. } if *neutrons_per_s > 60_000.0),
        );
        if strong {
            neutrons += 1;
            assert!(seen.iter().all(|seen| seen.neutron_alarm), "{vehicle:?} {seen:?}");
        } else if !vehicle.sources.iter().any(|source| matches!(source, Source::Neutron { .. })) {
            assert!(seen.iter().all(|seen| !seen.neutron_alarm), "{vehicle:?} {seen:?}");
        }
        let nuclides = vehicle.sources.iter().filter_map(|source| match source {
            Source::Point { nuclide, .. } | Source::Distributed { nuclide, .. } => {
                Some(nuclide.name().to_owned())
            }
            Source::Neutron { .. } => None,
        });
        let there: Vec<_> = nuclides.collect();
        named += usize::from(!seen[2].nuclides.is_empty());
        assert!(seen[2].nuclides.iter().all(|name| there.contains(name)), "{vehicle:?} {seen:?}");
    }
    assert!(neutrons > 3 && named > 10, "{neutrons} neutron sources, {named} named");
}

#[test]
fn the_simulated_documents_follow_the_schema_and_its_rules_but_for_their_second_scale() {
    let mut row = Row::new();
    let go = ModbusRequest::WriteCoils { address: 0, values: vec![false, true, true, false] };
    let mut documents = Vec::new();
    for second in 1..=300 {
        row.lane.advance_to(second * S, &mut |_, of, event| {
            if let (device::SPECTROMETER, VirtualEvent::Frame(bytes)) = (of, event) {
                documents.push(bytes);
            }
        });
        row.lane.modbus(device::IO, 1, &go);
    }
    let mut alarms = 0;
    for framed in &documents {
        let document = &framed[1..framed.len() - 1];
        let text = String::from_utf8_lossy(document);
        alarms += u32::from(text.contains("<RadAlarm "));
        // A category of two words is what such a device may send, and is none of the schema's.
        if !text.contains("Gamma-Neutron") {
            assert_eq!(greenlane_n42::strict::check(document), [], "{text}");
        }
        let broken = greenlane_n42::rules::check(document, 1_800_000_000);
        assert_eq!(broken, ["RadMeasurementUniqueDetectorCheck-Spectrum"], "{text}");
    }
    assert!(documents.len() == 300 && alarms > 3, "{alarms} of {} alarm", documents.len());
}
