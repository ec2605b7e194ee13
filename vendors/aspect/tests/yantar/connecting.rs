//! Finding the unit and the monitor block.

use std::time::Duration;

use greenlane_driver::model::{Body, CommandBody, Outcome};
use greenlane_driver::{Answer, Request};
use serde_json::json;

use crate::{IDLE, POLL, Rig, TOOK, map, opened, told, words};

fn setup(rig: &mut Rig) -> greenlane_driver::model::Setup {
    let setup = rig.seen().into_iter().find_map(|one| match one.body {
        Body::Setup(setup) => Some(setup),
        _ => None,
    });
    setup.unwrap_or_else(|| panic!("no setup"))
}

fn asked(rig: &Rig) -> (u8, u16, u16) {
    let Some((_, Request::ReadHoldingRegisters { unit, address, count })) = rig.bench.requests.first() else {
        panic!("{:?}", rig.bench.requests);
    };
    (*unit, *address, *count)
}

#[test]
fn the_search_finds_the_last_unit_too() {
    for unit in [1, 4, 32] {
        let mut rig = Rig::new(json!({}));
        rig.unit = unit;
        rig.bench.connect();
        rig.answer();
        assert_eq!(setup(&mut rig).values["unit"], unit);
    }
}

#[test]
fn the_search_goes_on_after_each_silence_with_the_next_unit() {
    let mut rig = Rig::new(json!({}));
    for unit in 1..=3 {
        rig.bench.connect();
        assert_eq!(asked(&rig), (unit, 0, 8));
        rig.bench.reply(Duration::from_millis(200), Answer::Timeout);
        rig.bench.lose("no answer in time");
    }
    rig.unit = 4;
    rig.bench.connect();
    rig.answer();
    assert_eq!(setup(&mut rig).values["unit"], 4);
    rig.bench.lose("unplugged");
    rig.bench.connect();
    assert_eq!(asked(&rig).0, 4, "a unit that was found stays");
}

#[test]
fn a_search_that_finds_nobody_is_a_fault_and_starts_over() {
    let mut rig = Rig::new(json!({ "search_to": 5 }));
    rig.unit = 9;
    rig.bench.connect();
    rig.answer();
    assert_eq!(told(&rig.seen()), ["fault no_unit on"]);
    rig.unit = 2;
    rig.bench.advance(Duration::from_secs(5));
    rig.answer();
    let told = told(&rig.seen());
    assert_eq!(told[..2], ["setup", "fault no_unit off"]);
}

#[test]
fn a_described_monitor_block_is_read_where_it_is_and_an_implausible_one_is_not() {
    for (address, count, expected) in
        [(200, 21, 200), (100, 60, 100), (7, 60, 100), (300, 20, 100), (65_530, 30, 100)]
    {
        let mut rig = Rig::new(json!({ "unit": 1 }));
        rig.description[3..5].copy_from_slice(&[address, count]);
        rig.bench.connect();
        rig.bench.reply(TOOK, Answer::Registers(&rig.description.clone()));
        assert_eq!(asked(&rig), (1, expected, 21), "{address}, {count}");
        assert_eq!(setup(&mut rig).values["monitor_address"], expected);
    }
}

#[test]
fn a_device_without_a_description_is_read_where_the_map_says() {
    for silent in [true, false] {
        let mut rig = Rig::new(json!({ "unit": 7 }));
        rig.bench.connect();
        rig.bench.reply(TOOK, if silent { Answer::Timeout } else { Answer::Exception(2) });
        if silent {
            rig.bench.lose("no answer in time");
            rig.bench.connect();
        }
        assert_eq!(asked(&rig), (7, 100, 21), "silent: {silent}");
        assert_eq!(setup(&mut rig).missing, ["description"]);
    }
}

#[test]
fn a_poll_that_is_not_answered_yet_is_not_asked_again() {
    let mut rig = Rig::connected();
    rig.bench.advance(POLL * 10);
    assert_eq!(rig.bench.requests.len(), 1);
    rig.answer();
    rig.bench.advance(POLL);
    assert_eq!(rig.bench.requests.len(), 1);
}

#[test]
fn a_command_is_refused() {
    let mut rig = Rig::connected();
    rig.bench.command(&CommandBody::Output { point: "siren".to_owned(), on: true });
    assert!(matches!(rig.bench.outcomes[..], [(1, Outcome::Refused(_))]));
}

#[test]
fn settings_and_maps_that_cannot_work_are_refused_with_their_place() {
    for (change, place) in [
        (json!({ "poll_ms": 10 }), "/poll_ms"),
        (json!({ "unit": 1, "count_interval_ms": 0 }), "/count_interval_ms"),
        (json!({ "end_polls": 0 }), "/end_polls"),
        (json!({ "search_to": 0 }), "/search_to"),
        (json!({ "frozen_s": 4000 }), "/frozen_s"),
    ] {
        assert_eq!(opened(change).err().map(|e| e.pointer).as_deref(), Some(place));
    }
    for (pointer, value, place) in [
        ("/monitor/outputs", json!(21), "/map/monitor/outputs"),
        ("/monitor/gamma/count", json!(20), "/map/monitor/gamma/count"),
        ("/monitor/count", json!(126), "/map/monitor/count"),
        ("/monitor/address", json!(65_530), "/map/monitor/address"),
        ("/description/count", json!(0), "/map/description/count"),
        ("/description/monitor_count", json!(8), "/map/description/monitor_count"),
        ("/description", json!(null), "/unit"),
    ] {
        let mut map = map();
        *map.pointer_mut(pointer).unwrap() = value;
        let refused = opened(json!({ "map": map })).err();
        assert_eq!(refused.map(|e| e.pointer).as_deref(), Some(place), "{pointer}");
    }
}

#[test]
fn the_other_word_order_is_a_matter_of_the_map() {
    let mut map = map();
    map["words"] = json!("hi-lo");
    let mut rig = Rig::new(json!({ "unit": 1, "map": map }));
    rig.monitor = words(IDLE);
    for at in [0, 4, 6, 8, 11, 13, 15] {
        rig.monitor.swap(at, at + 1);
    }
    rig.bench.connect();
    rig.answer();
    let seen = rig.seen();
    let Some(Body::Background(background)) =
        seen.iter().map(|one| &one.body).find(|b| b.kind() == "background")
    else {
        panic!("{seen:?}");
    };
    assert_eq!(background.gamma_cps.as_ref().map(|rates| rates[0].value()), Some(310.25));
}
