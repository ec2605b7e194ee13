//! A small controller in the loop: lights, barrier and scan request are obeyed through Modbus alone.

mod common;

use common::{S, lane, scenario};
use greenlane_simulator::modbus::{ModbusReply, ModbusRequest};
use greenlane_simulator::world::Way;
use greenlane_simulator::{VehicleTruth, VirtualLane, device};

/// Opens for whoever is on the decision loop and closes when the beam under the barrier is clear again.
#[derive(Default)]
struct Controller {
    open: bool,
    under: bool,
}

fn ask(lane: &mut VirtualLane, device: &str, request: &ModbusRequest) -> Vec<bool> {
    match lane.modbus(device, 1, request).and_then(|answer| answer.reply) {
        Some(ModbusReply::Bits(bits)) => bits,
        Some(ModbusReply::Written) => Vec::new(),
        other => panic!("{device} {request:?}: {other:?}"),
    }
}

impl Controller {
    fn poll(&mut self, lane: &mut VirtualLane) {
        let inputs = ask(lane, device::IO, &ModbusRequest::ReadDiscreteInputs { address: 0, count: 8 });
        ask(lane, device::SCAN_IO, &ModbusRequest::WriteCoil { address: 16, value: true });
        let (beam, decision) = (inputs[6], inputs[7]);
        let cleared = self.under && !beam;
        self.under = beam;
        if cleared || !(self.open || decision) {
            self.open = false;
            write(lane, [true, false, false, true]);
        } else if decision && !beam && !self.open {
            self.open = true;
            write(lane, [false, true, true, false]);
        } else if beam {
            // Nobody follows on the green of the one before.
            write(lane, [true, false, false, false]);
        }
    }
}

fn write(lane: &mut VirtualLane, states: [bool; 4]) {
    ask(lane, device::IO, &ModbusRequest::WriteCoils { address: 0, values: states.to_vec() });
}

fn hour(name: &str) -> Vec<VehicleTruth> {
    let mut lane = lane(&scenario(name), 77);
    let mut controller = Controller::default();
    let mut truth = Vec::new();
    while lane.now_ns() < 3600 * S {
        let next = lane.now_ns() + 20_000_000;
        lane.advance_to(next, &mut |_, _, _| {});
        truth.extend(lane.take_truth());
        controller.poll(&mut lane);
    }
    truth
}

#[test]
fn one_at_a_time_passes_on_its_own_green_and_nobody_is_struck() {
    for name in ["nominal", "dense"] {
        let truth = hour(name);
        assert!(truth.len() > 150, "{name}: {} vehicles", truth.len());
        for vehicle in &truth {
            assert!(
                !vehicle.struck && !vehicle.ran_red && vehicle.way == Way::Barrier,
                "{name}: {vehicle:?}"
            );
            assert!(vehicle.images.iter().all(|image| image.valid), "{name}: {vehicle:?}");
            assert_eq!(vehicle.occupancies.len(), 1, "{name}: {vehicle:?}");
        }
    }
}
