//! Whatever comes, nothing breaks, and what follows is read as if nothing had been.

use std::time::Duration;

use greenlane_driver::model::{Body, Occupancy, Radiation};
use greenlane_driver::{Answer, Input};
use proptest::collection::vec;
use proptest::prelude::*;
use serde_json::json;

use crate::{IDLE, OCCUPIED, Rig, passage};

#[derive(Debug, Clone)]
enum Act {
    Right,
    Registers(Vec<u16>),
    Bits(Vec<bool>),
    Written,
    Exception(u8),
    Timeout,
    Wait(u64),
    Drop,
    Connect,
    Due(u64),
    Stray(u64),
}

fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        6 => Just(Act::Right),
        6 => vec(any::<u16>(), 21).prop_map(Act::Registers),
        2 => vec(any::<u16>(), 0..130).prop_map(Act::Registers),
        1 => vec(any::<bool>(), 0..30).prop_map(Act::Bits),
        1 => Just(Act::Written),
        2 => any::<u8>().prop_map(Act::Exception),
        1 => Just(Act::Timeout),
        8 => (0u64..2000).prop_map(Act::Wait),
        1 => Just(Act::Drop),
        1 => Just(Act::Connect),
        1 => any::<u64>().prop_map(Act::Due),
        1 => any::<u64>().prop_map(Act::Stray),
    ]
}

fn play(rig: &mut Rig, acts: &[Act]) {
    for act in acts {
        let mut answer = |answer: Answer<'_>| {
            if !rig.bench.requests.is_empty() {
                rig.bench.reply(Duration::from_millis(3), answer);
            }
        };
        match act {
            Act::Right => rig.answer(),
            Act::Registers(words) => answer(Answer::Registers(words)),
            Act::Bits(bits) => answer(Answer::Bits(bits)),
            Act::Written => answer(Answer::Written),
            Act::Exception(code) => answer(Answer::Exception(*code)),
            Act::Timeout => answer(Answer::Timeout),
            Act::Wait(ms) => rig.bench.advance(Duration::from_millis(*ms)),
            Act::Drop => rig.bench.lose("drop"),
            Act::Connect => {
                rig.bench.requests.clear();
                rig.bench.connect();
            }
            Act::Due(token) => rig.bench.input(Input::Due { token: *token }),
            Act::Stray(id) => {
                let (sent, received) = (rig.bench.now, rig.bench.now);
                rig.bench.input(Input::Reply { id: id | 1 << 40, sent, received, answer: Answer::Written });
            }
        }
        assert!(rig.bench.requests.len() <= 2, "{:?}", rig.bench.requests);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn starts_and_ends_alternate_and_so_do_alarms(searching: bool, acts in vec(act(), 0..120)) {
        let mut rig = Rig::new(if searching { json!({}) } else { json!({ "unit": 1 }) });
        rig.bench.connect();
        play(&mut rig, &acts);
        rig.bench.lose("the end");
        let (mut occupied, mut alarms) = (false, [false; 2]);
        for one in rig.seen() {
            match &one.body {
                Body::Occupancy(Occupancy::Started) => prop_assert!(!std::mem::replace(&mut occupied, true)),
                Body::Occupancy(Occupancy::Ended { .. }) => {
                    prop_assert!(std::mem::replace(&mut occupied, false));
                }
                Body::RadiationAlarm(alarm) => {
                    let on = &mut alarms[usize::from(alarm.radiation == Radiation::Neutron)];
                    prop_assert!(std::mem::replace(on, alarm.on) != alarm.on);
                }
                Body::Gamma(_) | Body::Neutron(_) => prop_assert!(occupied || alarms != [false; 2]),
                Body::Background(_) => prop_assert!(!occupied && alarms == [false; 2]),
                _ => {}
            }
        }
        prop_assert!(!occupied && alarms == [false; 2], "a lost link ends it");
    }

    #[test]
    fn a_passage_after_any_noise_is_read_as_without_it(acts in vec(act(), 0..60)) {
        let mut rig = Rig::connected();
        play(&mut rig, &acts);
        rig.bench.lose("noise");
        rig.monitor = crate::words(IDLE);
        rig.bench.requests.clear();
        rig.bench.connect();
        rig.answer();
        rig.rows(3, IDLE);
        rig.seen();
        rig.rows(7, OCCUPIED);
        rig.rows(3, &IDLE.replace("0029", "002A"));
        prop_assert_eq!(passage(&rig.seen()), ["started", "ended 42"]);
    }
}
