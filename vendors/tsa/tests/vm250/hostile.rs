//! Whatever comes, nothing breaks, and what follows is read as if nothing had been.

use std::time::Duration;

use greenlane_driver::Bench;
use greenlane_driver::model::{Body, Occupancy, Radiation};
use greenlane_tsa::vm250::Vm250;
use proptest::collection::vec;
use proptest::prelude::*;

use crate::{connected, feed, records};

#[derive(Debug, Clone)]
enum Event {
    Frame(Vec<u8>),
    Wait(u64),
    Due(u64),
    Drop,
}

fn valid_line() -> impl Strategy<Value = Vec<u8>> {
    let counts = ("G[BHLSAX]|N[BHSA]|T[TC]", [0u32..=999_999, 0..=9, 0..=300, 0..=999_999])
        .prop_map(|(tag, [a, b, c, d])| format!("{tag},{a:06},{b:06},{c:06},{d:06}"));
    let others = prop_oneof![
        Just("SP,0.0645,10.563,017.00,000000"),
        Just("SG1,000450,000068,05,10,07.5,P"),
        Just("SG2,1111,0.069,0.455,01,1010,A"),
        Just("SG3,0.069,0.455,020,000,1.10.1"),
        Just("SN1,000050,05,0047,1200,02,120"),
        Just("SN2,0.504,5.040,0.504,5.040,PP"),
        Just("GB,000188,000206,000262,000243,12-00-00.961,16-00-00.961"),
    ];
    prop_oneof![4 => counts, 1 => others.prop_map(str::to_owned)].prop_map(String::into_bytes)
}

fn mutated_line() -> impl Strategy<Value = Vec<u8>> {
    (valid_line(), any::<prop::sample::Index>(), any::<u8>(), 0..4).prop_map(|(mut line, at, byte, how)| {
        let at = at.index(line.len());
        match how {
            0 => line[at] = byte,
            1 => line.insert(at, byte),
            2 => drop(line.remove(at)),
            _ => line.truncate(at),
        }
        line
    })
}

fn event() -> impl Strategy<Value = Event> {
    prop_oneof![
        8 => valid_line().prop_map(Event::Frame),
        4 => mutated_line().prop_map(Event::Frame),
        1 => vec(any::<u8>(), 0..300).prop_map(Event::Frame),
        4 => (0u64..20_000).prop_map(Event::Wait),
        1 => (0u64..5).prop_map(Event::Due),
        1 => Just(Event::Drop),
    ]
}

fn play(bench: &mut Bench<Vm250>, events: &[Event]) {
    for event in events {
        match event {
            Event::Frame(bytes) => bench.frame(bytes),
            Event::Wait(ms) => bench.advance(Duration::from_millis(*ms)),
            &Event::Due(token) => bench.input(greenlane_driver::Input::Due { token }),
            Event::Drop => {
                bench.lose("drop");
                bench.connect();
            }
        }
    }
}

fn samples(bench: &Bench<Vm250>) -> usize {
    bench.observations.iter().filter(|s| matches!(s.body, Body::Gamma(_) | Body::Neutron(_))).count()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn starts_and_ends_alternate_and_so_do_alarms(events in vec(event(), 0..120)) {
        let mut bench = connected();
        play(&mut bench, &events);
        bench.lose("the end");
        let mut occupied = false;
        let mut alarms = [false; 2];
        for seen in &bench.observations {
            match &seen.body {
                Body::Occupancy(Occupancy::Started) => prop_assert!(!std::mem::replace(&mut occupied, true)),
                Body::Occupancy(Occupancy::Ended { .. }) => {
                    prop_assert!(std::mem::replace(&mut occupied, false));
                    prop_assert_eq!(alarms, [false; 2]);
                }
                Body::RadiationAlarm(alarm) => {
                    let on = &mut alarms[usize::from(alarm.radiation == Radiation::Neutron)];
                    prop_assert!(occupied && std::mem::replace(on, alarm.on) != alarm.on);
                }
                Body::Gamma(_) | Body::Neutron(_) => prop_assert!(occupied),
                _ => {}
            }
        }
        prop_assert!(!occupied, "a lost link ends it");
    }

    #[test]
    fn every_sample_line_gives_exactly_one_sample(events in vec(event(), 0..120)) {
        let events: Vec<_> = events
            .into_iter()
            .filter(|e| !matches!(e, Event::Frame(line) if line.len() != 30 || line.contains(&b' ')))
            .collect();
        let is_sample = |line: &[u8]| {
            matches!(&line[..2], b"GS" | b"GA" | b"NS" | b"NA")
                && line[2..].chunks(7).all(|f| f[0] == b',' && f[1..].iter().all(u8::is_ascii_digit))
        };
        let sent = events.iter().filter(|e| matches!(e, Event::Frame(line) if is_sample(line))).count();
        let mut bench = connected();
        play(&mut bench, &events);
        bench.lose("the end");
        prop_assert_eq!(samples(&bench), sent);
    }

    #[test]
    fn a_passage_after_any_noise_is_read_as_without_it(events in vec(event(), 0..60)) {
        let passage = "NB,000001,000000,000002,000001\nGB,000210,000224,000238,000231
            GS,000042,000045,000047,000046\nNA,000003,000004,000006,000005\nGA,000142,000045,000047,000046
            SP,0.0645,10.563,017.00,000000\nGX,000042,004120,000000,000000";
        let mut clean = connected();
        feed(&mut clean, passage);
        let mut noisy = connected();
        play(&mut noisy, &events);
        feed(&mut noisy, passage);
        prop_assert_eq!(records(&noisy.observations).pop(), records(&clean.observations).pop());
    }
}
