//! Digital outputs: written, read back, compared; pulses; safe values.

mod common;

use std::time::Duration;

use common::{Device, POLL, Rig, TOOK, codes, full_device, full_map, with};
use greenlane_driver::model::{CommandBody, Outcome, SignalAspect};
use greenlane_driver::{Answer, Input, Request};
use serde_json::{Value, json};

fn settings(outputs: Value) -> Value {
    with(full_map(), json!({ "inputs": [{ "name": "loop", "point": 0 }], "outputs": outputs }))
}

fn rig(output: Value) -> Rig {
    let mut rig = Rig::connected(settings(json!([output])), full_device());
    rig.seen();
    rig
}

fn write(address: u16, on: bool) -> Request {
    Request::WriteCoil { unit: 1, address, on }
}

#[test]
fn an_output_is_written_read_back_and_said() {
    let mut rig = rig(json!({ "name": "red", "point": 5 }));
    assert_eq!(rig.drive("red", true), Outcome::Done);
    assert_eq!(rig.outputs(), [("red".to_owned(), true)]);
    let tail = &rig.device.log[rig.device.log.len() - 2..];
    assert_eq!(tail, [write(5, true), Request::ReadCoils { unit: 1, address: 5, count: 1 }]);
}

#[test]
fn the_state_of_outputs_is_said_at_every_connect() {
    let mut device = full_device();
    device.coils.insert(1, true);
    let mut rig = Rig::connected(settings(json!([{ "name": "red", "point": 1 }])), device);
    assert_eq!(rig.outputs(), [("red".to_owned(), true)]);
    rig.polls(3);
    assert_eq!(rig.outputs(), []);
    rig.bench.lose("cable");
    rig.connect();
    assert_eq!(rig.outputs(), [("red".to_owned(), true)]);
}

#[test]
fn an_output_that_reads_otherwise_fails_and_is_a_fault_until_it_agrees() {
    let mut rig = rig(json!({ "name": "red", "point": 0 }));
    rig.device.dead_coils.insert(0);
    assert_eq!(rig.drive("red", true), Outcome::Failed("red was set on and reads off".to_owned()));
    assert_eq!(rig.fault_codes(), codes(&[("readback_mismatch", true)]));
    rig.device.dead_coils.clear();
    assert_eq!(rig.drive("red", true), Outcome::Done);
    assert_eq!(rig.fault_codes(), codes(&[("readback_mismatch", false)]));
}

#[test]
fn an_output_that_drops_by_itself_is_said_and_a_fault() {
    let mut rig = rig(json!({ "name": "red", "point": 0 }));
    assert_eq!(rig.drive("red", true), Outcome::Done);
    rig.seen();
    rig.device.coils.insert(0, false);
    rig.polls(1);
    let bodies = rig.bench.bodies();
    let kinds: Vec<_> = bodies.iter().map(|b| b.kind()).collect();
    assert_eq!(kinds, ["output", "fault"], "{bodies:?}");
}

#[test]
fn an_unknown_point_or_another_command_is_refused() {
    let mut rig = rig(json!({ "name": "red", "point": 0 }));
    assert!(matches!(rig.drive("green", true), Outcome::Refused(_)));
    rig.bench.command(&CommandBody::Signal { aspect: SignalAspect::Red });
    assert!(matches!(rig.bench.outcomes[0].1, Outcome::Refused(_)));
}

#[test]
fn a_command_without_a_link_fails() {
    let mut rig = Rig::new(settings(json!([{ "name": "red", "point": 0 }])), full_device());
    assert!(matches!(rig.drive("red", true), Outcome::Failed(_)));
    rig.connect();
    assert_eq!(rig.drive("red", true), Outcome::Done);
    rig.bench.lose("cable");
    assert!(matches!(rig.drive("red", false), Outcome::Failed(_)));
}

#[test]
fn a_command_whose_link_is_lost_on_the_way_fails_once() {
    let mut rig = rig(json!({ "name": "red", "point": 0 }));
    let id = rig.command("red", true);
    rig.bench.reply(TOOK, Answer::Written);
    rig.bench.lose("cable");
    let outcomes = std::mem::take(&mut rig.bench.outcomes);
    assert!(matches!(&outcomes[..], [(of, Outcome::Failed(_))] if *of == id), "{outcomes:?}");
}

#[test]
fn a_write_that_the_device_refuses_is_refused_and_one_without_answer_fails() {
    for (answer, refused) in
        [(Answer::Exception(3), true), (Answer::Timeout, false), (Answer::Bits(&[]), false)]
    {
        let mut rig = rig(json!({ "name": "red", "point": 0 }));
        rig.command("red", true);
        rig.bench.reply(TOOK, answer);
        rig.settle();
        let outcomes = std::mem::take(&mut rig.bench.outcomes);
        assert_eq!(outcomes.len(), 1, "{outcomes:?}");
        assert_eq!(matches!(outcomes[0].1, Outcome::Refused(_)), refused, "{answer:?}: {outcomes:?}");
        assert_eq!(matches!(outcomes[0].1, Outcome::Failed(_)), !refused, "{answer:?}: {outcomes:?}");
    }
}

#[test]
fn opposite_commands_in_a_row_are_each_read_back_in_turn() {
    let mut rig = rig(json!({ "name": "red", "point": 0 }));
    rig.command("red", true);
    rig.command("red", false);
    rig.settle();
    let outcomes: Vec<_> = rig.bench.outcomes.iter().map(|(_, outcome)| outcome.clone()).collect();
    assert_eq!(outcomes, [Outcome::Done, Outcome::Done]);
    assert_eq!(rig.outputs(), [("red".to_owned(), true), ("red".to_owned(), false)]);
}

#[test]
fn a_pulse_ends_by_itself() {
    let mut rig = rig(json!({ "name": "open", "point": 2, "pulse_ms": 300 }));
    assert_eq!(rig.drive("open", true), Outcome::Done);
    rig.bench.advance(Duration::from_millis(298));
    rig.settle();
    assert!(rig.device.coils[&2], "not yet");
    rig.bench.advance(Duration::from_millis(2));
    rig.settle();
    assert!(!rig.device.coils[&2]);
    assert_eq!(rig.outputs(), [("open".to_owned(), true), ("open".to_owned(), false)]);
    assert_eq!(rig.bench.outcomes, [], "the end of a pulse is nobody's command");
}

#[test]
fn a_pulse_taken_back_by_a_command_does_not_end_a_later_one_early() {
    let mut rig = rig(json!({ "name": "open", "point": 2, "pulse_ms": 300 }));
    rig.drive("open", true);
    rig.bench.advance(Duration::from_millis(200));
    rig.settle();
    rig.drive("open", false);
    rig.drive("open", true);
    rig.bench.advance(Duration::from_millis(200));
    rig.settle();
    assert!(rig.device.coils[&2], "the first pulse's timer ended the second one");
    rig.bench.advance(Duration::from_millis(100));
    rig.settle();
    assert!(!rig.device.coils[&2]);
}

#[test]
fn a_pulse_cut_off_by_a_lost_link_is_ended_at_the_next_connect() {
    let mut rig = rig(json!({ "name": "open", "point": 2, "pulse_ms": 300 }));
    rig.drive("open", true);
    rig.bench.lose("cable");
    rig.bench.advance(Duration::from_secs(5));
    assert!(rig.device.coils[&2], "nobody could write it off");
    rig.connect();
    assert!(!rig.device.coils[&2]);
}

#[test]
fn a_timer_that_comes_early_does_not_lose_the_end_of_a_pulse() {
    let mut rig = rig(json!({ "name": "open", "point": 2, "pulse_ms": 300 }));
    rig.drive("open", true);
    rig.bench.input(Input::Due { token: 2 });
    rig.settle();
    assert!(rig.device.coils[&2], "ended early");
    rig.bench.advance(Duration::from_millis(300));
    rig.settle();
    assert!(!rig.device.coils[&2], "never ended");
}

#[test]
fn the_end_of_a_pulse_is_tried_again_when_the_device_refuses_it() {
    let mut rig = rig(json!({ "name": "open", "point": 2, "pulse_ms": 300 }));
    rig.drive("open", true);
    rig.device.exception = Some(6);
    rig.bench.advance(Duration::from_millis(300));
    rig.settle();
    rig.device.exception = None;
    assert!(rig.device.coils[&2], "the device was busy");
    rig.bench.advance(Duration::from_secs(1));
    rig.settle();
    assert!(!rig.device.coils[&2]);
}

#[test]
fn a_pulse_whose_write_was_answered_with_nonsense_still_ends() {
    let mut rig = rig(json!({ "name": "open", "point": 2, "pulse_ms": 300 }));
    rig.command("open", true);
    rig.device.coils.insert(2, true);
    rig.bench.reply(TOOK, Answer::Bits(&[]));
    rig.settle();
    assert!(matches!(rig.bench.outcomes[..], [(_, Outcome::Failed(_))]), "{:?}", rig.bench.outcomes);
    rig.bench.advance(Duration::from_millis(300));
    rig.settle();
    assert!(!rig.device.coils[&2]);
}

#[test]
fn a_pulse_that_the_device_refused_to_begin_needs_no_end() {
    let mut rig = rig(json!({ "name": "open", "point": 2, "pulse_ms": 300 }));
    rig.device.exception = Some(6);
    assert!(matches!(rig.drive("open", true), Outcome::Refused(_)));
    rig.device.exception = None;
    rig.bench.lose("cable");
    rig.device.log.clear();
    rig.connect();
    assert!(!rig.device.was_asked(&write(2, false)), "{:?}", rig.device.log);
}

#[test]
fn outputs_are_refused_while_the_stored_safe_value_differs() {
    let outputs =
        json!([{ "name": "green", "point": 3, "safe": "off" }, { "name": "red", "point": 2, "safe": "on" }]);
    let mut rig = Rig::connected(settings(outputs), full_device());
    let faults = rig.faults();
    assert_eq!(faults.len(), 1, "{faults:?}");
    assert_eq!(faults[0].code, "safe_value_mismatch");
    assert_eq!(faults[0].text, "the safe value of red is declared on and stored off in the device");
    assert!(matches!(rig.drive("green", true), Outcome::Refused(_)));
    assert!(!rig.device.coils[&3]);
    rig.device.coils.insert(102, true);
    assert!(matches!(rig.drive("green", true), Outcome::Refused(_)), "only a new connection looks again");
    rig.bench.lose("cable");
    rig.connect();
    assert_eq!(rig.fault_codes(), codes(&[("safe_value_mismatch", false)]));
    assert_eq!(rig.drive("green", true), Outcome::Done);
}

#[test]
fn a_safe_value_that_cannot_be_read_is_said_and_outputs_work() {
    let mut device = full_device();
    device.coils.remove(&100);
    let mut rig = Rig::connected(settings(json!([{ "name": "red", "point": 0, "safe": "on" }])), device);
    assert_eq!(rig.fault_codes(), codes(&[("modbus_exception", true), ("safe_value_unchecked", true)]));
    assert_eq!(rig.drive("red", true), Outcome::Done);
    rig.bench.lose("cable");
    rig.connect();
    assert_eq!(rig.fault_codes(), [], "said once");
}

#[test]
fn commands_wait_for_the_checks() {
    let mut rig = Rig::new(settings(json!([{ "name": "red", "point": 0, "safe": "off" }])), full_device());
    rig.bench.connect();
    let id = rig.command("red", true);
    assert!(!rig.bench.requests.iter().any(|(_, r)| *r == write(0, true)), "{:?}", rig.bench.requests);
    rig.settle();
    assert_eq!(rig.bench.outcomes, [(id, Outcome::Done)]);
    rig.bench.lose("cable");
    rig.bench.connect();
    rig.command("red", false);
    rig.bench.lose("cable again");
    assert!(matches!(rig.bench.outcomes[1].1, Outcome::Failed(_)));
}

#[test]
fn a_box_with_outputs_alone_is_polled_too() {
    let settings = with(full_map(), json!({ "outputs": [{ "name": "red", "point": 0 }] }));
    let mut rig = Rig::connected(settings, Device { coils: common::block(0, 8, false), ..Device::default() });
    let before = rig.device.log.len();
    rig.bench.advance(POLL);
    rig.settle();
    assert_eq!(rig.device.log.len(), before + 1);
}
