//! Every map file: parsed, one read and one write at its addresses; notations; packed reads.

mod common;

use common::{Device, POLL, Rig, block, full_device, full_map, map, refused, with, with_map};
use greenlane_driver::Request;
use greenlane_driver::model::{Body, Covered, Outcome};
use serde_json::{Value, json};

/// What a map must come to on the wire, written down independently of the files.
struct Wire {
    map: &'static str,
    input: Request,
    counter: Option<Request>,
    output: Option<u16>,
    low_word_first: bool,
}

fn discrete(address: u16) -> Request {
    Request::ReadDiscreteInputs { unit: 1, address, count: 1 }
}

fn wires() -> Vec<Wire> {
    let moxa = |map, output| Wire {
        map,
        input: discrete(3),
        counter: Some(Request::ReadInputRegisters { unit: 1, address: 18, count: 2 }),
        output,
        low_word_first: false,
    };
    let adam = |map| Wire {
        map,
        input: Request::ReadCoils { unit: 1, address: 3, count: 1 },
        counter: Some(Request::ReadHoldingRegisters { unit: 1, address: 2, count: 2 }),
        output: Some(17),
        low_word_first: true,
    };
    let plain = |map, output| Wire {
        map,
        input: discrete(3),
        counter: None,
        output: Some(output),
        low_word_first: false,
    };
    vec![
        moxa("moxa-e1210", None),
        moxa("moxa-e1212", Some(1)),
        moxa("moxa-e1214", Some(1)),
        adam("adam-6050"),
        adam("adam-6051"),
        plain("wago-750-352", 0x201),
        plain("icpdas-et7000", 1),
    ]
}

/// A device with everything readable, so that a wrong address shows in the log and not as an exception.
fn open_device() -> Device {
    Device {
        coils: block(0, 6000, false),
        discrete: block(0, 6000, false),
        holding: block(0, 6000, 0),
        input: block(0, 6000, 0),
        ..Device::default()
    }
}

#[test]
fn every_map_reads_and_writes_where_its_maker_says() {
    for wire in wires() {
        let mut settings = json!({ "inputs": [{ "name": "loop", "point": 3 }] });
        if wire.counter.is_some() {
            settings["counters"] = json!([{ "name": "axles", "point": 1 }]);
        }
        if wire.output.is_some() {
            settings["outputs"] = json!([{ "name": "red", "point": 1 }]);
        }
        let mut rig = Rig::connected(with_map(wire.map, settings), open_device());
        assert!(rig.device.was_asked(&wire.input), "{}: {:?}", wire.map, rig.device.log);
        assert_eq!(rig.presence(), [("loop".to_owned(), Covered::No, true)], "{}", wire.map);
        if let Some(counter) = &wire.counter {
            assert!(rig.device.was_asked(counter), "{}: {:?}", wire.map, rig.device.log);
            count(&mut rig, counter, &wire);
        }
        if let Some(coil) = wire.output {
            assert_eq!(rig.drive("red", true), Outcome::Done, "{}", wire.map);
            assert!(rig.device.coils[&coil], "{}", wire.map);
        }
        assert_eq!(rig.fault_codes(), [], "{}", wire.map);
    }
}

fn count(rig: &mut Rig, request: &Request, wire: &Wire) {
    let (table, address) = match request {
        Request::ReadInputRegisters { address, .. } => (&mut rig.device.input, *address),
        Request::ReadHoldingRegisters { address, .. } => (&mut rig.device.holding, *address),
        other => panic!("{other:?} reads no counter"),
    };
    table.insert(address + u16::from(!wire.low_word_first), 4);
    rig.polls(1);
    assert_eq!(rig.gained(), [0, 4], "{}", wire.map);
}

#[test]
fn every_map_file_here_is_among_those_tested() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../configs/maps");
    let tested: Vec<_> = wires().iter().map(|wire| wire.map).collect();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let text = std::fs::read_to_string(&path).unwrap();
        let name = path.file_stem().unwrap().to_str().unwrap();
        if text.lines().any(|line| line.starts_with("notation = ")) {
            assert!(tested.contains(&name), "{name} is a Modbus map without a test");
        }
    }
}

#[test]
fn identity_is_said_and_what_does_not_come_is_missing() {
    let mut device = open_device();
    device.input.extend([(5000, 0x4531), (5001, 0x3231), (5002, 0x3200)]);
    device.input.remove(&5030);
    let mut rig =
        Rig::connected(with_map("moxa-e1212", json!({ "inputs": [{ "name": "a", "point": 0 }] })), device);
    let setup =
        rig.bench.bodies().into_iter().find_map(|b| if let Body::Setup(s) = b { Some(s) } else { None });
    let setup = setup.expect("a setup");
    assert_eq!(setup.values["model"], json!("E1212"));
    assert_eq!(setup.missing, ["firmware"]);
}

#[test]
fn a_device_that_does_not_answer_for_its_identity_is_asked_once_only() {
    let mut rig =
        Rig::new(with_map("wago-750-352", json!({ "inputs": [{ "name": "a", "point": 0 }] })), open_device());
    let identity = Request::ReadHoldingRegisters { unit: 1, address: 0x2010, count: 1 };
    rig.bench.connect();
    assert!(rig.bench.requests.iter().any(|(_, r)| *r == identity), "{:?}", rig.bench.requests);
    rig.bench.reply(POLL, greenlane_driver::Answer::Timeout);
    rig.bench.lose("time-out");
    rig.connect();
    assert!(!rig.device.was_asked(&identity));
}

#[test]
fn unverified_blocks_in_use_are_said_once() {
    let settings =
        json!({ "inputs": [{ "name": "a", "point": 0 }], "counters": [{ "name": "c", "point": 0 }] });
    let mut rig = Rig::connected(with_map("adam-6050", settings), open_device());
    rig.bench.lose("cable");
    rig.connect();
    let said = |b: &Body| if let Body::Health(h) = b { Some(h.values["map_status"].clone()) } else { None };
    let notes: Vec<_> = rig.bench.bodies().iter().filter_map(said).collect();
    assert_eq!(notes, [json!("unverified: inputs")]);
}

/// The reads of one poll with these inputs and counters of the test map.
fn reads(map: Value, inputs: &[u16], counters: &[u16]) -> Vec<(u16, u16)> {
    let inputs: Vec<_> = inputs.iter().map(|p| json!({ "name": format!("i{p}"), "point": p })).collect();
    let counters: Vec<_> = counters.iter().map(|p| json!({ "name": format!("c{p}"), "point": p })).collect();
    let mut rig = Rig::connected(with(map, json!({ "inputs": inputs, "counters": counters })), open_device());
    rig.device.log.clear();
    rig.polls(1);
    let span = |r: &Request| match *r {
        Request::ReadDiscreteInputs { address, count, .. } => (address, count),
        Request::ReadInputRegisters { address, count, .. } => (address, count),
        Request::ReadCoils { address, count, .. } => (address, count),
        ref other => panic!("{other:?} in a poll"),
    };
    rig.device.log.iter().map(span).collect()
}

#[test]
fn neighbouring_points_are_read_with_one_request() {
    assert_eq!(reads(full_map(), &[9, 2, 5], &[]), [(2, 8)]);
    assert_eq!(reads(full_map(), &[0], &[3, 1]), [(0, 1), (18, 6)]);
}

#[test]
fn a_request_never_passes_the_protocols_limit_nor_tears_a_counter() {
    let mut map = full_map();
    map["inputs"]["count"] = json!(4000);
    map["counters"]["count"] = json!(100);
    let counters: Vec<u16> = (0..100).collect();
    assert_eq!(reads(map.clone(), &[0], &counters), [(0, 1), (16, 124), (140, 76)]);
    assert_eq!(reads(map, &[0, 1999, 2000, 3999], &[]), [(0, 2000), (2000, 2000)]);
}

#[test]
fn a_hole_between_blocks_is_read_across_only_where_the_map_allows_it() {
    let settings =
        json!({ "inputs": [{ "name": "a", "point": 0 }], "outputs": [{ "name": "o", "point": 5 }] });
    for (across, expected) in [(false, vec![(0, 1), (21, 1)]), (true, vec![(0, 22)])] {
        let mut adam = map("adam-6050");
        adam["across_holes"] = json!(across);
        let mut rig = Rig::connected(with(adam, settings.clone()), open_device());
        rig.device.log.clear();
        rig.polls(1);
        let wanted: Vec<_> = expected
            .into_iter()
            .map(|(address, count)| Request::ReadCoils { unit: 1, address, count })
            .collect();
        assert_eq!(rig.device.log, wanted, "across_holes = {across}");
    }
}

#[test]
fn one_based_addresses_carry_their_type_digit_and_may_have_six_digits() {
    for (table, address, wire) in [
        ("discrete_inputs", 10_001, 0),
        ("discrete_inputs", 19_999, 9_998),
        ("discrete_inputs", 100_001, 0),
        ("discrete_inputs", 165_536, 65_535),
        ("coils", 1, 0),
        ("coils", 17, 16),
    ] {
        let mut map = full_map();
        map["notation"] = json!("one-based");
        map["inputs"] = json!({ "table": table, "address": address, "count": 1, "status": "verified" });
        for block in ["counters", "outputs", "safe_values", "watchdog"] {
            map.as_object_mut().unwrap().remove(block);
        }
        let rig =
            Rig::connected(with(map, json!({ "inputs": [{ "name": "a", "point": 0 }] })), full_device());
        let asked = match rig.device.log[0] {
            Request::ReadDiscreteInputs { address, .. } | Request::ReadCoils { address, .. } => address,
            ref other => panic!("{other:?}"),
        };
        assert_eq!(asked, wire, "{table} {address}");
    }
}

#[test]
fn an_address_of_another_table_or_beyond_the_wire_is_refused() {
    for (notation, table, address) in [
        ("one-based", "discrete_inputs", 0),
        ("one-based", "discrete_inputs", 10_000),
        ("one-based", "discrete_inputs", 20_000),
        ("one-based", "discrete_inputs", 40_001),
        ("one-based", "discrete_inputs", 165_537),
        ("one-based", "coils", 0),
        ("zero-based", "discrete_inputs", 65_536),
        ("zero-based", "coils", 65_535),
    ] {
        let mut map = full_map();
        map["notation"] = json!(notation);
        map["inputs"] = json!({ "table": table, "address": address, "count": 2, "status": "verified" });
        let error = refused(with(map, json!({ "inputs": [{ "name": "a", "point": 0 }] })));
        assert_eq!(error.pointer, "/map/inputs/address", "{notation} {table} {address}: {error}");
    }
}
