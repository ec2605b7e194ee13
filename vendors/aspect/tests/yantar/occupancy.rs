//! Where an occupancy begins and ends.

use greenlane_driver::Input;
use greenlane_driver::model::{Body, Occupancy};
use serde_json::json;

use crate::{COUNTER, IDLE, INPUTS, OCCUPIED, POLL, Rig, SPEED, passage, told, with, words};

fn vacant(counter: u16) -> Vec<u16> {
    with(IDLE, &[(COUNTER, counter)])
}

fn occupied(counter: u16) -> Vec<u16> {
    with(OCCUPIED, &[(COUNTER, counter)])
}

#[test]
fn the_counter_may_move_a_poll_before_the_signal_or_after_it() {
    for early in [true, false] {
        let mut rig = Rig::connected();
        rig.polls(3, &vacant(41));
        let between = if early { vacant(42) } else { occupied(41) };
        rig.polls(1, &between);
        rig.polls(10, &occupied(42));
        rig.polls(3, &vacant(42));
        assert_eq!(passage(&rig.seen()), ["started", "ended 42"], "early: {early}");
    }
}

#[test]
fn a_device_that_counts_at_the_end_gives_the_same_occupancies() {
    let mut rig = Rig::connected();
    for counter in 41..45 {
        rig.polls(10, &occupied(counter));
        rig.polls(10, &vacant(counter + 1));
    }
    let ended = passage(&rig.seen());
    assert_eq!(ended.len(), 8, "{ended:?}");
}

#[test]
fn a_vehicle_that_follows_without_a_gap_is_an_occupancy_of_its_own() {
    let mut rig = Rig::connected();
    rig.polls(10, &occupied(42));
    rig.polls(10, &occupied(43));
    rig.polls(3, &vacant(43));
    assert_eq!(passage(&rig.seen()), ["started", "ended 42 without an end", "started", "ended 43"]);
}

#[test]
fn an_object_that_no_signal_saw_is_an_occupancy() {
    let mut rig = Rig::connected();
    rig.polls(10, &occupied(42));
    rig.polls(10, &vacant(42));
    rig.polls(10, &vacant(43));
    assert_eq!(passage(&rig.seen()), ["started", "ended 42", "started", "ended 43"]);
}

#[test]
fn a_signal_that_is_off_for_one_poll_ends_nothing() {
    let mut rig = Rig::connected();
    rig.polls(10, &occupied(42));
    rig.polls(1, &vacant(42));
    rig.polls(10, &occupied(42));
    rig.polls(2, &vacant(42));
    assert_eq!(passage(&rig.seen()), ["started", "ended 42"]);
}

#[test]
fn the_counter_wraps() {
    let mut rig = Rig::connected();
    rig.polls(2, &vacant(65_535));
    rig.seen();
    rig.polls(5, &occupied(0));
    rig.polls(2, &vacant(0));
    assert_eq!(passage(&rig.seen()), ["started", "ended 0"]);
}

#[test]
fn a_vehicle_that_is_there_at_the_start_is_said_and_not_split() {
    let mut rig = Rig::new(json!({ "unit": 1 }));
    rig.monitor = occupied(42);
    rig.bench.connect();
    rig.answer();
    rig.polls(5, &occupied(42));
    rig.polls(5, &vacant(42));
    assert_eq!(passage(&rig.seen()), ["started", "ended 42"]);
}

#[test]
fn edges_lie_in_the_middle_between_two_polls_and_say_how_far_they_may_be_off() {
    let mut rig = Rig::connected();
    rig.polls(3, &vacant(41));
    rig.seen();
    let before = rig.bench.now;
    rig.polls(1, &occupied(42));
    let seen = rig.seen();
    let start = seen.iter().find(|one| matches!(one.body, Body::Occupancy(Occupancy::Started))).unwrap();
    assert!(start.at.mono_ns > before.mono_ns - 10_000_000, "{start:?}");
    let half = u64::try_from(POLL.as_nanos() / 2).unwrap();
    assert!((half..half + 10_000_000).contains(&start.at.uncertainty_ns), "{start:?}");
    let middle = rig.bench.now.shifted(-100_000_000);
    assert!(start.at.mono_ns.abs_diff(middle.mono_ns) < 10_000_000, "{start:?}");
}

#[test]
fn a_lost_link_ends_it_and_what_follows_begins_anew() {
    let mut rig = Rig::connected();
    rig.polls(5, &occupied(42));
    rig.bench.lose("unplugged");
    assert_eq!(passage(&rig.seen()), ["started", "ended 42 by a lost link"]);
    rig.monitor = occupied(42);
    rig.bench.connect();
    rig.answer();
    rig.polls(5, &occupied(42));
    rig.polls(5, &vacant(42));
    assert_eq!(passage(&rig.seen()), ["started", "ended 42"]);
}

#[test]
fn a_late_answer_of_an_earlier_connection_changes_nothing() {
    let mut rig = Rig::connected();
    rig.bench.advance(POLL);
    let (id, _) = rig.bench.requests[0].clone();
    rig.bench.lose("slow");
    rig.bench.connect();
    rig.answer();
    rig.seen();
    let (sent, received) = (rig.bench.now, rig.bench.now);
    let block = words(OCCUPIED);
    let answer = greenlane_driver::Answer::Registers(&block);
    rig.bench.input(Input::Reply { id, sent, received, answer });
    assert!(rig.seen().is_empty());
}

#[test]
fn speed_has_the_sign_of_the_direction_and_none_without_one() {
    for (signals, reverse, expected) in [
        (0x0041, false, "speed 1.5"),
        (0x0081, false, "speed -1.5"),
        (0x0041, true, "speed -1.5"),
        (0x0081, true, "speed 1.5"),
        (0x00C1, true, "speed 1.5"),
        (0x0001, true, "speed 1.5"),
    ] {
        let mut rig = Rig::new(json!({ "unit": 1, "reverse_direction": reverse }));
        rig.bench.connect();
        rig.answer();
        rig.polls(3, &with(OCCUPIED, &[(INPUTS, signals), (SPEED, 1500)]));
        let told = told(&rig.seen());
        let speeds: Vec<_> = told.iter().filter(|word| word.starts_with("speed")).collect();
        assert_eq!(speeds, [expected], "{signals:#06x}, reverse {reverse}");
    }
}
