//! What several tests need: the shipped scenarios and a lane with a simple-minded controller.
#![allow(dead_code, reason = "each test file uses its own part")]

use greenlane_simulator::modbus::{ModbusReply, ModbusRequest};
use greenlane_simulator::{LaneLayout, LaneSeed, Options, Scenario, VirtualEvent, VirtualLane, device};

/// A second in ns.
pub const S: u64 = 1_000_000_000;

pub const NAMES: [&str; 3] = ["nominal", "hard", "dense"];

pub fn scenario(name: &str) -> Scenario {
    let path = format!("{}/../../configs/scenarios/{name}.toml", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
    Scenario::parse(&text).unwrap_or_else(|error| panic!("{path}: {error}"))
}

pub fn lane(scenario: &Scenario, seed: u64) -> VirtualLane {
    let options =
        Options { seed: LaneSeed { seed, lane: 0 }, utc_start_ns: 1_795_521_600_000_000_000, images: false };
    VirtualLane::new(scenario, &LaneLayout::default(), options)
}

/// Everything a lane said: time, device, event.
pub type Log = Vec<(u64, &'static str, VirtualEvent)>;

/// Runs to `until_ns` in steps of `step_ns`. With `open`, the barrier is up, the light green and a scan
/// always asked for.
pub fn run(lane: &mut VirtualLane, until_ns: u64, step_ns: u64, open: bool) -> Log {
    let mut log = Log::new();
    while lane.now_ns() + step_ns <= until_ns {
        let next = lane.now_ns() + step_ns;
        lane.advance_to(next, &mut |at, device, event| log.push((at, device, event)));
        if open && (next / step_ns).is_multiple_of(S.div_ceil(step_ns)) {
            permit(lane);
        }
    }
    log
}

pub fn permit(lane: &mut VirtualLane) {
    let go = ModbusRequest::WriteCoils { address: 0, values: vec![false, true, true, false] };
    let scan = ModbusRequest::WriteCoil { address: 16, value: true };
    for (device, request) in [(device::IO, go), (device::SCAN_IO, scan)] {
        let answer = lane.modbus(device, 1, &request).and_then(|answer| answer.reply);
        assert_eq!(answer, Some(ModbusReply::Written), "{device}: {request:?}");
    }
}

/// Lines of the portal, without their ends.
pub fn portal_lines(log: &Log) -> Vec<String> {
    let frames = log.iter().filter_map(|(_, _, event)| match event {
        VirtualEvent::Frame(bytes) => Some(String::from_utf8_lossy(bytes).into_owned()),
        _ => None,
    });
    frames.collect::<String>().lines().map(str::to_owned).collect()
}
