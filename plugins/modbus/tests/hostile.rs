//! Whatever comes: no panic, one outcome a command, no request without end.

mod common;

use std::time::Duration;

use common::{Rig, full_device, full_map, with};
use greenlane_driver::model::CommandBody;
use greenlane_driver::{Answer, Input};
use proptest::prelude::*;
use serde_json::json;

#[derive(Debug, Clone)]
enum Act {
    Connect,
    Lose,
    Advance(u16),
    Bits(Vec<bool>),
    Registers(Vec<u16>),
    Written,
    Exception(u8),
    Timeout,
    Right,
    Command(u8, bool),
    Stray(u64),
    Due(u64),
}

fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        2 => Just(Act::Connect),
        1 => Just(Act::Lose),
        4 => (0u16..400).prop_map(Act::Advance),
        2 => proptest::collection::vec(any::<bool>(), 0..20).prop_map(Act::Bits),
        2 => proptest::collection::vec(any::<u16>(), 0..20).prop_map(Act::Registers),
        2 => Just(Act::Written),
        2 => any::<u8>().prop_map(Act::Exception),
        1 => Just(Act::Timeout),
        6 => Just(Act::Right),
        3 => (0u8..4, any::<bool>()).prop_map(|(point, on)| Act::Command(point, on)),
        1 => any::<u64>().prop_map(Act::Stray),
        1 => any::<u64>().prop_map(Act::Due),
    ]
}

fn rig() -> Rig {
    let settings = json!({
        "inputs": [{ "name": "a", "point": 0, "stuck_s": 1 }, { "name": "b", "point": 9, "on_ms": 40 }],
        "counters": [{ "name": "c", "point": 2 }],
        "outputs": [{ "name": "o0", "point": 0, "safe": "off" }, { "name": "o1", "point": 1, "pulse_ms": 100 }],
        "watchdog": { "timeout_ms": 600, "require_armed": true },
    });
    Rig::new(with(full_map(), settings), full_device())
}

fn perform(rig: &mut Rig, act: &Act) {
    let mut answer = |answer: Answer<'_>| {
        if !rig.bench.requests.is_empty() {
            rig.bench.reply(Duration::from_millis(3), answer);
        }
    };
    match act {
        Act::Bits(bits) => answer(Answer::Bits(bits)),
        Act::Registers(words) => answer(Answer::Registers(words)),
        Act::Written => answer(Answer::Written),
        Act::Exception(code) => answer(Answer::Exception(*code)),
        Act::Timeout => answer(Answer::Timeout),
        Act::Connect => {
            rig.bench.requests.clear();
            rig.bench.connect();
        }
        Act::Lose => rig.bench.lose("hostile"),
        Act::Advance(ms) => rig.bench.advance(Duration::from_millis(u64::from(*ms))),
        Act::Right => rig.settle(),
        Act::Command(point, on) => {
            rig.bench.command(&CommandBody::Output { point: format!("o{point}"), on: *on });
        }
        Act::Stray(id) => {
            let (sent, received) = (rig.bench.now, rig.bench.now);
            rig.bench.input(Input::Reply { id: id | 1 << 40, sent, received, answer: Answer::Written });
        }
        Act::Due(token) => rig.bench.input(Input::Due { token: *token }),
    }
}

proptest! {
    #[test]
    fn any_answers_at_any_time_are_taken_and_every_command_ends_once(
        acts in proptest::collection::vec(act(), 0..80),
    ) {
        let mut rig = rig();
        let mut commands = 0;
        for act in &acts {
            perform(&mut rig, act);
            commands += usize::from(matches!(act, Act::Command(..)));
            prop_assert!(rig.bench.requests.len() <= 3 + 2 * (commands + 80), "{:?}", rig.bench.requests);
        }
        rig.bench.lose("the end");
        let mut ids: Vec<_> = rig.bench.outcomes.iter().map(|(id, _)| *id).collect();
        ids.sort_unstable();
        prop_assert_eq!(ids, (1..=commands as u64).collect::<Vec<_>>());
    }

    #[test]
    fn any_map_text_is_taken_or_refused_without_a_panic(
        address in any::<u32>(), count in any::<u16>(), width in any::<u8>(), point in any::<u16>(), one_based: bool,
    ) {
        let mut map = full_map();
        map["notation"] = json!(if one_based { "one-based" } else { "zero-based" });
        map["inputs"]["address"] = json!(address);
        map["inputs"]["count"] = json!(count);
        map["counters"]["address"] = json!(address);
        map["counters"]["count"] = json!(count);
        map["counters"]["width"] = json!(width);
        let settings = json!({ "inputs": [{ "name": "a", "point": point }], "counters": [{ "name": "c", "point": point }] });
        let settings = with(map, settings);
        let _ = greenlane_driver::Bench::<greenlane_modbus::io::Io>::open(settings);
    }
}
