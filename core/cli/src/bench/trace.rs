//! What the devices of one lane say while vehicles drive through without a stop: recorded from the simulator,
//! so that it can be played at any number of lanes in real time.

use greenlane_simulator::layout::Sensor;
use greenlane_simulator::modbus::ModbusRequest;
use greenlane_simulator::world::TICK_NS;
use greenlane_simulator::{LaneLayout, LaneSeed, Options, Scenario, VirtualEvent, VirtualLane, device};

/// Sensors with the names of their points, as the simulator's lane file has them.
const POINTS: [(Sensor, &str); 6] = [
    (Sensor::EntryLoop, "loop_entry"),
    (Sensor::PortalBeam, "beam_portal"),
    (Sensor::ScanInBeam, SCAN_IN),
    (Sensor::ScanOutBeam, "beam_scan_out"),
    (Sensor::DecisionLoop, "loop_decision"),
    (Sensor::BarrierBeam, "beam_barrier"),
];
/// The point at which a scan is asked for.
pub const SCAN_IN: &str = "beam_scan_in";
/// The point that takes a scan request back.
pub const ESTOP: &str = "estop";
/// What the scanner's chain must read for a request.
pub const CHAIN: [(&str, bool); 6] = [
    ("ready", true),
    ("interlock", true),
    (ESTOP, true),
    ("cab_clear", true),
    ("beam_on", false),
    ("valid", false),
];
/// The emergency stop is pressed so long after the request, and pulled so long after that.
const PRESSED_AFTER_NS: u64 = 500_000_000;

/// Which wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// The portal's.
    Portal,
    /// That of the presences and contacts.
    Contacts,
}

/// What a line is the cause of, when everything is well.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Causes {
    /// Nothing that is measured.
    Nothing,
    /// A scan request.
    Request,
    /// Its withdrawal.
    Withdrawal,
}

/// One line.
#[derive(Debug, Clone)]
pub struct Line {
    /// When, from the start.
    pub ns: u64,
    /// On which wire.
    pub side: Side,
    /// With its end.
    pub bytes: Vec<u8>,
    /// What should follow.
    pub causes: Causes,
}

/// Lines in order of time.
pub fn record(scenario: &Scenario, seed: u64, seconds: u64) -> Vec<Line> {
    let options =
        Options { seed: LaneSeed { seed, lane: 0 }, utc_start_ns: super::sites::BASE_UTC_NS, images: false };
    let mut lane = VirtualLane::new(scenario, &LaneLayout::default(), options);
    let mut lines: Vec<Line> = CHAIN.iter().map(|(point, on)| contact(0, point, *on)).collect();
    lines.extend(POINTS.iter().map(|(_, point)| contact(0, point, false)));
    let mut before = lane.world().covered();
    while lane.now_ns() < seconds * 1_000_000_000 {
        let ns = lane.now_ns() + TICK_NS;
        let_through(&mut lane, ns);
        lane.advance_to(ns, &mut |ns, name, event| {
            if let (device::PORTAL, VirtualEvent::Frame(bytes)) = (name, event) {
                lines.push(Line { ns, side: Side::Portal, bytes, causes: Causes::Nothing });
            }
        });
        let covered = lane.world().covered();
        for (sensor, point) in POINTS {
            let index = sensor as usize;
            if covered[index] != before[index] {
                lines.push(contact(ns, point, covered[index]));
                if point == SCAN_IN && covered[index] {
                    let pressed = ns + PRESSED_AFTER_NS;
                    lines.push(contact(pressed, ESTOP, false));
                    lines.push(contact(pressed + PRESSED_AFTER_NS, ESTOP, true));
                }
            }
        }
        before = covered;
    }
    lines.sort_by_key(|line| line.ns);
    lines
}

/// A contact or presence changes.
pub fn contact(ns: u64, point: &str, on: bool) -> Line {
    let covered = if on { "yes" } else { "no" };
    let snapshot = ns == 0;
    let body = serde_json::json!({ "point": point, "covered": covered, "snapshot": snapshot });
    let bytes = format!("{}\n", serde_json::json!({ "kind": "presence", "body": body })).into_bytes();
    let causes = match (point, on) {
        (SCAN_IN, true) => Causes::Request,
        (ESTOP, false) => Causes::Withdrawal,
        _ => Causes::Nothing,
    };
    Line { ns, side: Side::Contacts, bytes, causes }
}

/// Red off, green on, barrier up: nobody waits. Written again each second, as the module's watchdog wants.
pub fn let_through(lane: &mut VirtualLane, ns: u64) {
    if ns.is_multiple_of(1_000_000_000) || ns == TICK_NS {
        for (address, value) in [(0, false), (1, true), (2, true)] {
            lane.modbus(device::IO, 1, &ModbusRequest::WriteCoil { address, value });
        }
    }
}
