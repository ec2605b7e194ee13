//! The simulator's lane in simulated time, wired to the real plugins and the real lane.

use std::collections::BTreeMap;

use anyhow::Context;
use greenlane_config::LaneSetup;
use greenlane_controller::host::Registry;
use greenlane_controller::simulated::{SimulatedLane, Wires};
use greenlane_driver::{File, Input, LinkKind, Request};
use greenlane_journal::Entry;
use greenlane_lane::Effect;
use greenlane_link::{Framer, OwnedAnswer, Piece};
use greenlane_model::Stamp;
use greenlane_simulator::modbus::{ModbusReply, ModbusRequest};
use greenlane_simulator::{
    LaneLayout, LaneSeed, Options, Scenario, VehicleTruth, VirtualEvent, VirtualLane, device,
};
use sha2::{Digest, Sha256};

/// What the simulated clocks show at time zero: 2026-01-01T00:00:00Z, in ns since 1970.
pub const BASE_UTC_NS: i64 = 1_767_225_600_000_000_000;
/// Time zero on the monotonic clock: not 0, so that nothing before the start has to be negative.
const BASE_MONO_NS: u64 = 1_000_000_000_000;

/// Both sides of a simulated lane.
pub struct Simulation {
    world: VirtualLane,
    lane: SimulatedLane,
    /// Of each device that sends a stream.
    framers: BTreeMap<&'static str, Framer>,
    requests: u64,
}

impl Simulation {
    /// A lane after `setup` in a world after `scenario`; with `record` journal entries are kept.
    pub fn start(
        scenario: &Scenario,
        setup: &LaneSetup,
        hash: &str,
        registry: &Registry,
        seed: LaneSeed,
        record: bool,
    ) -> anyhow::Result<Self> {
        let options = Options { seed, utc_start_ns: BASE_UTC_NS, images: false };
        let world = VirtualLane::new(scenario, &LaneLayout::of(scenario), options);
        let lane = SimulatedLane::start(setup, hash, registry, record, stamp(0))?;
        let mut simulation = Self { world, lane, framers: BTreeMap::new(), requests: 0 };
        for name in [device::IO, device::SCAN_IO, device::OCR, device::XRAY] {
            simulation.input(name, 0, Input::Connected)?;
        }
        Ok(simulation)
    }

    /// Moves on to the next time at which anything happens; returns it in ns.
    pub fn advance(&mut self) -> anyhow::Result<u64> {
        let world = self.world.next_event_ns();
        let lane = self.lane.next_ns().map(|mono| mono.saturating_sub(BASE_MONO_NS));
        let now = lane.map_or(world, |lane| lane.min(world));
        let mut events = Vec::new();
        self.world.advance_to(now, &mut |at, device, event| events.push((at, device, event)));
        for (at, device, event) in events {
            self.event(at.max(self.world.now_ns()), device, event)?;
        }
        self.lane.due(stamp(now), &mut Wiring(&mut self.world))?;
        Ok(now)
    }

    /// Vehicles gone since the last call.
    pub fn take_truth(&mut self) -> Vec<VehicleTruth> {
        self.world.take_truth()
    }

    /// Effects since the last call.
    pub fn take_effects(&mut self) -> Vec<Effect> {
        self.lane.take_effects()
    }

    /// Journal entries since the last call.
    pub fn take_entries(&mut self) -> Vec<Entry> {
        self.lane.take_entries()
    }

    /// Observations so far.
    pub fn observations(&self) -> u64 {
        self.lane.observations()
    }

    fn event(&mut self, at: u64, device: &'static str, event: VirtualEvent) -> anyhow::Result<()> {
        match event {
            VirtualEvent::Connected => {
                self.framers.remove(device);
                self.input(device, at, Input::Connected)?;
                let greeting =
                    if device == device::PORTAL { self.world.portal_greeting() } else { Vec::new() };
                greeting.iter().try_for_each(|line| self.bytes(device, at, line))
            }
            VirtualEvent::Lost => {
                self.input(device, at, Input::Lost { reason: "the device closed the connection" })
            }
            VirtualEvent::Frame(bytes) => self.bytes(device, at, &bytes),
            VirtualEvent::HttpPost { content_type, body, .. } => {
                self.requests += 1;
                let request = Input::Request { id: self.requests, content_type, query: "", body: &body };
                self.input(device, at, request)
            }
            VirtualEvent::File { name, image, sidecar, .. } => {
                let image = image.png();
                let sha256: String = Sha256::digest(&image).iter().map(|b| format!("{b:02x}")).collect();
                let file = File {
                    path: &name,
                    sha256: &sha256,
                    bytes: image.len() as u64,
                    head: &image[..image.len().min(65_536)],
                    sidecar: Some(&sidecar),
                };
                self.input(device, at, Input::File(file))
            }
        }
    }

    fn bytes(&mut self, device: &'static str, at: u64, bytes: &[u8]) -> anyhow::Result<()> {
        let framer = self.framers.entry(device).or_insert_with(|| Framer::new(&framing(device)));
        framer.space().extend_from_slice(bytes);
        let pieces: Vec<_> = std::iter::from_fn(|| framer.next_piece()).collect();
        for piece in pieces {
            if let Piece::Frame(frame) = piece {
                self.input(device, at, Input::Frame(&frame))?;
            }
        }
        Ok(())
    }

    fn input(&mut self, device: &str, at: u64, input: Input<'_>) -> anyhow::Result<()> {
        let device = self.lane.device(device).with_context(|| format!("the lane file has no {device}"))?;
        Ok(self.lane.input(device, stamp(at), input, &mut Wiring(&mut self.world))?)
    }
}

/// How a simulated device frames its stream, as its driver says.
fn framing(device: &str) -> LinkKind {
    match device {
        device::SPECTROMETER => LinkKind::Framed { start: 0x02, end: 0x03, max: 1 << 20 },
        _ => LinkKind::Lines { max: 256 },
    }
}

fn stamp(ns: u64) -> Stamp {
    Stamp::new(BASE_MONO_NS + ns, BASE_UTC_NS + i64::try_from(ns).unwrap_or(i64::MAX))
}

struct Wiring<'a>(&'a mut VirtualLane);

impl Wires for Wiring<'_> {
    fn modbus(&mut self, device: &str, request: &Request) -> Option<OwnedAnswer> {
        let (unit, request) = translate(request);
        Some(match self.0.modbus(device, unit, &request)?.reply? {
            ModbusReply::Bits(bits) => OwnedAnswer::Bits(bits),
            ModbusReply::Registers(values) => OwnedAnswer::Registers(values),
            ModbusReply::Written => OwnedAnswer::Written,
            ModbusReply::Exception(code) => OwnedAnswer::Exception(code),
        })
    }

    fn send(&mut self, device: &str, bytes: &[u8]) {
        self.0.receive(device, bytes);
    }
}

fn translate(request: &Request) -> (u8, ModbusRequest) {
    use ModbusRequest as To;
    match request.clone() {
        Request::ReadCoils { unit, address, count } => (unit, To::ReadCoils { address, count }),
        Request::ReadDiscreteInputs { unit, address, count } => {
            (unit, To::ReadDiscreteInputs { address, count })
        }
        Request::ReadHoldingRegisters { unit, address, count } => {
            (unit, To::ReadHoldingRegisters { address, count })
        }
        Request::ReadInputRegisters { unit, address, count } => {
            (unit, To::ReadInputRegisters { address, count })
        }
        Request::WriteCoil { unit, address, on } => (unit, To::WriteCoil { address, value: on }),
        Request::WriteCoils { unit, address, on } => (unit, To::WriteCoils { address, values: on }),
        Request::WriteRegister { unit, address, value } => (unit, To::WriteRegister { address, value }),
        Request::WriteRegisters { unit, address, values } => (unit, To::WriteRegisters { address, values }),
    }
}
