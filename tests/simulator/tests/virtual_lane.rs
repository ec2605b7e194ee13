//! The whole lane in simulated time.

#![allow(clippy::unwrap_used, reason = "helpers of tests may panic too")]

mod common;

use std::collections::BTreeMap;

use common::{NAMES, S, lane, portal_lines, run, scenario};
use greenlane_simulator::modbus::{ModbusReply, ModbusRequest};
use greenlane_simulator::scenario::{Dialect, Sidecar};
use greenlane_simulator::vehicle::{Feature, Read};
use greenlane_simulator::{LaneLayout, LaneSeed, Options, VirtualEvent, VirtualLane, device};

#[test]
fn the_same_seed_says_the_same_bytes_whatever_the_step() {
    for name in NAMES {
        let scenario = scenario(name);
        let fine = run(&mut lane(&scenario, 42), 900 * S, 10_000_000, false);
        let coarse = run(&mut lane(&scenario, 42), 900 * S, 700_000_000, false);
        let until = coarse.last().map_or(0, |(at, ..)| *at);
        let fine: Vec<_> = fine.into_iter().filter(|(at, ..)| *at <= until).collect();
        assert_eq!(fine, coarse, "{name}");
        assert!(fine.len() > 100, "{name}: {} events", fine.len());
        assert_ne!(run(&mut lane(&scenario, 43), 900 * S, 10_000_000, false), fine, "{name}: another seed");
    }
}

#[test]
fn two_lanes_of_one_seed_differ() {
    let lane = |lane| {
        let options = Options { seed: LaneSeed { seed: 1, lane }, utc_start_ns: 0, images: false };
        VirtualLane::new(&scenario("nominal"), &LaneLayout::default(), options)
    };
    let lines = |number| portal_lines(&run(&mut lane(number), 300 * S, 10_000_000, false));
    assert_eq!(lines(1), lines(1));
    assert_ne!(lines(1), lines(2));
}

#[test]
fn an_absent_request_leaves_no_image_and_a_lapsed_lease_spoils_it() {
    let scenario = scenario("dense");
    let files = |log: &common::Log| {
        log.iter().filter(|(_, _, event)| matches!(event, VirtualEvent::File { .. })).count()
    };
    let mut none = lane(&scenario, 3);
    assert_eq!(files(&run(&mut none, 120 * S, 10_000_000, false)), 0);
    let mut lapsed = lane(&scenario, 3);
    let request = ModbusRequest::WriteCoil { address: 16, value: true };
    let mut behind = false;
    let mut log = common::Log::new();
    while lapsed.now_ns() < 60 * S {
        let next = lapsed.next_event_ns();
        lapsed.advance_to(next, &mut |at, device, event| log.push((at, device, event)));
        behind |= lapsed.world().movers().any(|m| m.front_m > 49.0);
        if !behind {
            lapsed.modbus(device::SCAN_IO, 1, &request);
        }
    }
    let sidecar = log.iter().find_map(|(_, _, event)| match event {
        VirtualEvent::File { sidecar, .. } => Some(String::from_utf8_lossy(sidecar).into_owned()),
        _ => None,
    });
    assert!(sidecar.as_ref().is_some_and(|text| text.contains("request_withdrawn")), "{sidecar:?}");
}

#[test]
fn the_beam_is_on_only_behind_the_cab_of_a_vehicle_with_a_request() {
    let mut lane = lane(&scenario("dense"), 3);
    let inputs = ModbusRequest::ReadCoils { address: 0, count: 6 };
    let mut beams = 0;
    while lane.now_ns() < 60 * S {
        let next = lane.next_event_ns();
        lane.advance_to(next, &mut |_, _, _| {});
        if next.is_multiple_of(S) {
            common::permit(&mut lane);
        }
        let Some(ModbusReply::Bits(bits)) = lane.modbus(device::SCAN_IO, 1, &inputs).and_then(|a| a.reply)
        else {
            panic!("no inputs");
        };
        let cab_past = lane.world().movers().any(|m| m.front_m - 45.0 > 2.3 && m.rear_m() < 45.0);
        assert!(!bits[1] || (bits[0] && bits[3] && bits[4] && bits[5] && cab_past), "{next}: {bits:?}");
        beams += u32::from(bits[1]);
        lane.set_scanner_out_of_order(next > 50 * S);
        assert!(next < 50 * S + 20_000_000 || !bits[1], "{next}: beam with an open safety chain");
    }
    assert!(beams > 100, "{beams} ticks with beam");
}

fn bodies(log: &common::Log) -> Vec<serde_json::Value> {
    let posts = log.iter().filter_map(|(_, _, event)| match event {
        VirtualEvent::HttpPost { body, .. } => Some(serde_json::from_slice(body).unwrap()),
        _ => None,
    });
    posts.collect()
}

#[test]
fn the_camera_says_every_number_it_could_read_in_both_forms() {
    for dialect in [Dialect::Vaxtor, Dialect::Carmen] {
        let mut scenario = scenario("nominal");
        scenario.ocr.dialect = dialect;
        let mut lane = lane(&scenario, 8);
        let log = run(&mut lane, 1800 * S, 10_000_000, true);
        let mut said = BTreeMap::<String, u32>::new();
        for body in bodies(&log) {
            let texts: Vec<&str> = match dialect {
                Dialect::Vaxtor => body["container"].as_str().into_iter().collect(),
                Dialect::Carmen => body["data"]["codes"]
                    .as_array()
                    .unwrap()
                    .iter()
                    .filter_map(|c| c["code"].as_str())
                    .collect(),
            };
            for text in texts {
                *said.entry(text.to_owned()).or_default() += 1;
            }
        }
        let truth = lane.take_truth();
        assert!(truth.len() > 100);
        for container in truth.iter().flat_map(|vehicle| &vehicle.containers) {
            let expected = match &container.read {
                Read::Right { .. } => Some(container.number.as_str()),
                Read::Misread { text, .. } => Some(text.as_str()),
                Read::NoRead => None,
            };
            assert!(expected.is_none_or(|text| said.get(text) == Some(&1)), "{dialect:?} {container:?}");
            assert!(
                expected == Some(container.number.as_str()) || !said.contains_key(container.number.as_str())
            );
        }
    }
}

#[test]
fn an_interim_message_precedes_its_final_one() {
    let mut scenario = scenario("nominal");
    scenario.ocr.interim = 1.0;
    scenario.ocr.dialect = Dialect::Vaxtor;
    let bodies = bodies(&run(&mut lane(&scenario, 8), 900 * S, 10_000_000, true));
    let phase = |body: &serde_json::Value| body["phase"].as_str().unwrap().to_owned();
    let mut interim = 0;
    for (n, body) in bodies.iter().enumerate().filter(|(_, body)| phase(body) == "interim") {
        interim += 1;
        let last =
            bodies[n..].iter().find(|other| phase(other) == "final" && other["event"] == body["event"]);
        assert!(last.is_none_or(|last| last["container"] == body["container"]), "{body} {last:?}");
        assert!(last.is_some() || n + 10 > bodies.len(), "{body} has no final message");
    }
    assert!(interim > 50, "{interim}");
}

#[test]
fn duplicates_neighbours_and_late_reads_come_as_planned() {
    let mut scenario = scenario("hard");
    scenario.ocr.dialect = Dialect::Vaxtor;
    scenario.features =
        [(Feature::DuplicateOcr, 0.2), (Feature::LateOcr, 0.2), (Feature::NeighbourOcr, 0.1)].into();
    let mut lane = lane(&scenario, 21);
    let log = run(&mut lane, 1800 * S, 10_000_000, true);
    let mut said = BTreeMap::<String, u32>::new();
    for body in bodies(&log) {
        *said.entry(body["container"].as_str().unwrap().to_owned()).or_default() += 1;
    }
    let truth = lane.take_truth();
    let mut twice = 0;
    for vehicle in &truth {
        let reads = vehicle.containers.iter().filter(|c| matches!(c.read, Read::Right { .. }));
        for container in reads {
            let expected = if vehicle.features.contains(&Feature::DuplicateOcr) { 2 } else { 1 };
            let seen = said.get(container.number.as_str()).copied().unwrap_or(0);
            assert_eq!(seen, expected, "{vehicle:?}");
            twice += u32::from(seen == 2);
        }
    }
    let known: Vec<&str> = truth.iter().flat_map(|v| &v.containers).map(|c| c.number.as_str()).collect();
    let foreign = said.keys().filter(|text| text.len() == 11 && !known.contains(&text.as_str())).count();
    assert!(twice > 5 && foreign > 3, "{twice} twice, {foreign} foreign of {}", truth.len());
}

#[test]
fn a_restart_or_a_lost_link_shows_on_the_portal_s_link() {
    let mut scenario = scenario("hard");
    scenario.features = [(Feature::PortalRestart, 0.1), (Feature::LinkDrop, 0.1)].into();
    let mut lane = lane(&scenario, 6);
    let log = run(&mut lane, 1800 * S, 10_000_000, true);
    let count = |wanted: VirtualEvent| log.iter().filter(|(_, _, event)| *event == wanted).count();
    let (up, down) = (count(VirtualEvent::Connected), count(VirtualEvent::Lost));
    assert!(down > 3 && up.abs_diff(down) <= 1, "{up} up, {down} down");
    let greetings = portal_lines(&log).iter().filter(|line| line.starts_with("SG1")).count();
    assert_eq!(greetings, up);
}

#[test]
fn a_drawn_image_is_a_png_of_sixteen_bits_with_the_vehicle_in_it() {
    for sidecar in [Sidecar::Xml, Sidecar::Json] {
        let mut scenario = scenario("dense");
        scenario.scanner.sidecar = sidecar;
        let options = Options { seed: LaneSeed { seed: 1, lane: 0 }, utc_start_ns: 0, images: true };
        let mut lane = VirtualLane::new(&scenario, &LaneLayout::default(), options);
        let log = run(&mut lane, 60 * S, 10_000_000, true);
        let file = log.iter().find_map(|(_, _, event)| match event {
            VirtualEvent::File { image, sidecar, .. } => Some((image.png(), sidecar.clone())),
            _ => None,
        });
        let (image, text) = file.unwrap_or_else(|| panic!("no file in {} events", log.len()));
        let mut reader = png::Decoder::new(std::io::Cursor::new(image)).read_info().unwrap();
        assert_eq!(reader.info().bit_depth, png::BitDepth::Sixteen);
        let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
        let info = reader.next_frame(&mut pixels).unwrap();
        assert_eq!(info.height, 160);
        let text = String::from_utf8(text).unwrap();
        assert!(text.contains(&info.width.to_string()), "{} px: {text}", info.width);
        let values = pixels.chunks_exact(2).map(|pair| u16::from_be_bytes([pair[0], pair[1]]));
        let (mut air, mut steel, mut dark) = (0, 0, 0);
        for value in values {
            match value {
                0 => dark += 1,
                59_000.. => air += 1,
                _ => steel += 1,
            }
        }
        assert!(air > 1000 && steel > 1000 && dark > 1000, "{air} air, {steel} steel, {dark} not exposed");
    }
}
