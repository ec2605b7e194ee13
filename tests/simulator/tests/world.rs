//! Vehicles and the lane they drive in.

mod common;

use std::collections::BTreeMap;

use common::{S, lane, permit, run, scenario};
use greenlane_model::ContainerNumber;
use greenlane_simulator::layout::Sensor;
use greenlane_simulator::modbus::ModbusRequest;
use greenlane_simulator::vehicle::{Feature, Read, VehicleKind};
use greenlane_simulator::world::Way;
use greenlane_simulator::{TrafficPlan, VehicleTruth};

#[test]
fn the_list_of_sensors_is_in_their_own_order() {
    let places: Vec<usize> = Sensor::ALL.into_iter().map(|sensor| sensor as usize).collect();
    assert_eq!(places, (0..Sensor::ALL.len()).collect::<Vec<_>>());
}

#[test]
fn every_number_is_valid_and_every_misread_is_another_text() {
    for vehicle in TrafficPlan::new(&scenario("hard"), 3).take(3000) {
        for container in &vehicle.containers {
            let text = container.number.as_str();
            assert!(text.parse::<ContainerNumber>().is_ok(), "vehicle {}: {text}", vehicle.index);
            assert!(container.span.from_m < container.span.to_m && container.span.to_m <= vehicle.length_m);
            if let Read::Misread { text: misread, passes_check, .. } = &container.read {
                assert_ne!(misread, text);
                assert_eq!(*passes_check, misread.parse::<ContainerNumber>().is_ok(), "{misread}");
            }
        }
    }
}

#[test]
fn the_mix_is_that_of_the_scenario() {
    let scenario = scenario("nominal");
    let count = 20_000;
    let mut kinds = BTreeMap::<VehicleKind, f64>::new();
    let (mut boxes, mut misread, mut unread) = (0.0, 0.0, 0.0);
    for vehicle in TrafficPlan::new(&scenario, 5).take(count) {
        *kinds.entry(vehicle.kind).or_default() += 1.0 / count as f64;
        for container in vehicle.containers {
            boxes += 1.0;
            misread += f64::from(u8::from(matches!(container.read, Read::Misread { .. })));
            unread += f64::from(u8::from(container.read == Read::NoRead));
        }
    }
    for (kind, share) in &scenario.kinds {
        assert!((kinds[kind] - share).abs() < 0.012, "{kind:?}: {} seen, {share} expected", kinds[kind]);
    }
    for (what, seen, expected) in [
        ("misread", misread / boxes, scenario.ocr.misread),
        ("no-read", unread / boxes, scenario.ocr.no_read),
    ] {
        assert!((seen - expected).abs() < 0.004, "{what}: {seen} seen, {expected} expected");
    }
}

/// The light is green for five seconds of ten, so that queues form and dissolve.
#[test]
fn vehicles_never_overlap_and_keep_their_order() {
    for name in ["nominal", "hard"] {
        let mut lane = lane(&scenario(name), 11);
        let mut moved = 0;
        let mut fronts = BTreeMap::<u64, f64>::new();
        for tick in 0..360_000u64 {
            if tick.is_multiple_of(1000) {
                permit(&mut lane);
            } else if tick.is_multiple_of(500) {
                let red = ModbusRequest::WriteCoils { address: 0, values: vec![true, false, false, false] };
                lane.modbus("io", 1, &red);
            }
            let next = lane.next_event_ns();
            lane.advance_to(next, &mut |_, _, _| {});
            let spans: Vec<_> =
                lane.world().movers().map(|m| (m.front_m, m.rear_m(), m.vehicle.index)).collect();
            for (front, _, index) in &spans {
                let step = fronts.insert(*index, *front).map_or(0.0, |before| (front - before).abs());
                assert!(step < 17.0 / 3.6 * 0.01 + 1e-9, "{name}: vehicle {index} jumped {step} m");
            }
            for pair in spans.windows(2) {
                let gap = pair[0].1 - pair[1].0;
                assert!(gap > 0.25 && pair[0].2 < pair[1].2, "{name}: {} s: {pair:?}", next as f64 * 1e-9);
            }
            moved += spans.len();
        }
        assert!(moved > 360_000, "{name}: the lane was empty most of the time");
    }
}

#[test]
fn a_vehicle_waits_at_red_until_the_marshal_takes_it_away() {
    let mut lane = lane(&scenario("nominal"), 2);
    run(&mut lane, 600 * S, 10_000_000, false);
    let truth = lane.take_truth();
    assert!(truth.len() > 5, "{} vehicles left", truth.len());
    for vehicle in &truth {
        assert_eq!(
            (vehicle.way, vehicle.ran_red, vehicle.struck),
            (Way::Marshal, false, false),
            "{vehicle:?}"
        );
    }
}

#[test]
fn on_green_nobody_stops_and_everybody_is_seen_by_every_device() {
    let mut lane = lane(&scenario("dense"), 2);
    run(&mut lane, 600 * S, 10_000_000, true);
    let truth = lane.take_truth();
    assert!(truth.len() > 60, "{} vehicles left in 600 s", truth.len());
    for vehicle in truth.iter().skip(1) {
        assert_eq!(vehicle.way, Way::Barrier, "{vehicle:?}");
        assert_eq!(vehicle.occupancies.len(), 1, "{vehicle:?}");
        assert_eq!(vehicle.occupancies[0].vehicles, [vehicle.index]);
        assert_eq!(vehicle.images.len(), 1, "{vehicle:?}");
        assert!(vehicle.images[0].valid, "{vehicle:?}");
        assert_eq!(vehicle.messages, 1, "one for all boxes: {vehicle:?}");
        let seconds = (vehicle.left_ns - vehicle.entered_ns.unwrap()) as f64 * 1e-9;
        assert!(seconds < 30.0, "{seconds} s for {vehicle:?}");
    }
}

/// Opens at the start and closes the barrier when the first vehicle's front is at `at_m`.
fn struck_when_closed_at(at_m: f64) -> Vec<VehicleTruth> {
    let mut lane = lane(&scenario("dense"), 2);
    permit(&mut lane);
    let close = ModbusRequest::WriteCoils { address: 0, values: vec![true, false, false, true] };
    let mut closed = false;
    while lane.now_ns() < 120 * S {
        let next = lane.next_event_ns();
        lane.advance_to(next, &mut |_, _, _| {});
        // Somebody must ask now and then, or the module's watchdog turns the lane red.
        lane.modbus("io", 1, &ModbusRequest::ReadCoils { address: 0, count: 4 });
        if !closed && lane.world().movers().any(|m| m.front_m > at_m) {
            lane.modbus("io", 1, &close);
            closed = true;
        }
    }
    lane.take_truth()
}

#[test]
fn the_arm_that_comes_down_on_a_vehicle_is_on_record() {
    for (at_m, struck) in [(60.0, false), (74.0, false), (79.0, true), (82.0, true)] {
        let truth = struck_when_closed_at(at_m);
        assert_eq!(truth[0].struck, struck, "closed at {at_m} m: {:?}", truth[0]);
        assert!(truth.len() > 3 && truth[1..].iter().all(|vehicle| !vehicle.struck), "{truth:?}");
    }
}

#[test]
fn nobody_is_stuck_for_ever_in_hard_traffic() {
    let mut lane = lane(&scenario("hard"), 13);
    run(&mut lane, 3 * 3600 * S, 10_000_000, true);
    let mut indices: Vec<u64> = lane.take_truth().iter().map(|vehicle| vehicle.index).collect();
    assert!(indices.len() > 300, "{} vehicles in 3 h", indices.len());
    // One that turns back leaves before those ahead of it.
    indices.sort_unstable();
    let all: Vec<u64> = (0..indices.len() as u64).collect();
    assert!(indices[..all.len() - 4] == all[..all.len() - 4], "some never left: {indices:?}");
}

#[test]
fn every_difficulty_of_the_hard_scenario_is_drawn() {
    let mut seen = BTreeMap::<Feature, u32>::new();
    for vehicle in TrafficPlan::new(&scenario("hard"), 1).take(4000) {
        for feature in vehicle.features {
            *seen.entry(feature).or_default() += 1;
        }
    }
    assert_eq!(seen.len(), scenario("hard").features.len(), "{seen:?}");
    assert_eq!(seen.len(), 15, "{seen:?}");
}

#[test]
fn a_vehicle_that_turns_back_leaves_through_the_entry() {
    let mut lane = lane(&scenario("hard"), 4);
    run(&mut lane, 3600 * S, 10_000_000, true);
    let truth = lane.take_truth();
    for vehicle in &truth {
        let turned = vehicle.features.contains(&Feature::ReverseOut);
        assert_eq!(vehicle.way == Way::Entry, turned, "{vehicle:?}");
    }
    assert!(truth.iter().any(|vehicle| vehicle.way == Way::Entry), "none of {} turned back", truth.len());
}
