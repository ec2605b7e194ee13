//! `aspect.yantar`: answers of a portal's registers, right or not.

use std::time::Duration;

use greenlane_aspect::yantar::Yantar;
use greenlane_driver::model::{Body, Occupancy, Radiation};
use greenlane_driver::{Answer, Bench, Input, Request};
use serde_json::json;

use crate::cut::Cut;
use crate::maps;

/// Registers of the monitor block.
const REGISTERS: u16 = 21;
/// Most observations that one answer may give: two edges, four alarms, two samples, faults, health.
const MOST_AN_ANSWER: usize = 40;

/// Acts of a byte, most with an argument.
pub fn seeds() -> Vec<Vec<u8>> {
    let quiet = [vec![1], [0, 1, 20].repeat(8)].concat();
    let passing =
        [vec![0, 0], [1, 20, 2, 0x41, 0x80, 42].repeat(8), [1, 20, 2, 0, 0x80, 42].repeat(4)].concat();
    let hostile = [vec![1], [3, 30, 9, 9, 4, 6, 5, 7, 0, 1, 250, 8, 3].repeat(3)].concat();
    let alarming = [vec![1, 0], [1, 20, 2, 0x41, 0x81, 7, 6, 0, 1, 20].repeat(4)].concat();
    vec![quiet, passing, hostile, alarming]
}

/// Starts and ends of occupancies alternate, alarms too, and questions do not pile up.
pub fn run(bytes: &[u8]) {
    let mut cut = Cut(bytes);
    let unit = if cut.byte() % 2 == 0 { json!(null) } else { json!(1) };
    let mut bench: Bench<Yantar> = maps::opened(maps::PORTAL, json!({ "unit": unit }));
    bench.connect();
    let mut state = State::default();
    while !cut.0.is_empty() {
        act(&mut bench, &mut cut);
        assert!(bench.requests.len() <= 2, "{:?}", bench.requests);
        let said = bench.bodies();
        assert!(said.len() <= MOST_AN_ANSWER, "{said:?}");
        said.iter().for_each(|body| state.take(body));
    }
    bench.lose("the end");
    bench.bodies().iter().for_each(|body| state.take(body));
    assert!(!state.occupied && state.alarms == [false; 2], "a lost link ends it");
}

fn act(bench: &mut Bench<Yantar>, cut: &mut Cut<'_>) {
    match cut.byte() % 9 {
        0 => right(bench, &[]),
        1 => bench.advance(Duration::from_millis(10) * u32::from(cut.byte())),
        2 => {
            let (inputs, status, counter) = (cut.byte().into(), cut.byte().into(), cut.byte().into());
            right(bench, &[(2, inputs), (3, status), (10, status), (17, counter)]);
        }
        3 => {
            let words: Vec<u16> = (0..cut.byte() % 130).map(|_| cut.word()).collect();
            answer(bench, Answer::Registers(&words));
        }
        4 => answer(bench, Answer::Exception(cut.byte())),
        5 => answer(bench, Answer::Timeout),
        6 => {
            bench.lose("dropped");
            bench.connect();
        }
        7 => answer(bench, Answer::Bits(&[true])),
        _ => bench.input(Input::Due { token: cut.byte().into() }),
    }
}

fn answer(bench: &mut Bench<Yantar>, answer: Answer<'_>) {
    if !bench.requests.is_empty() {
        bench.reply(Duration::from_millis(3), answer);
    }
}

/// An answer of the right length: zeros but for these registers.
fn right(bench: &mut Bench<Yantar>, registers: &[(usize, u16)]) {
    let Some((_, Request::ReadHoldingRegisters { count, .. })) = bench.requests.first() else { return };
    let mut words = vec![0; usize::from(*count)];
    for &(at, word) in registers.iter().filter(|_| *count == REGISTERS) {
        words[at] = word;
    }
    answer(bench, Answer::Registers(&words));
}

#[derive(Default)]
struct State {
    occupied: bool,
    alarms: [bool; 2],
}

impl State {
    fn take(&mut self, body: &Body) {
        match body {
            Body::Occupancy(Occupancy::Started) => {
                assert!(!std::mem::replace(&mut self.occupied, true), "two starts");
            }
            Body::Occupancy(Occupancy::Ended { .. }) => {
                assert!(std::mem::replace(&mut self.occupied, false), "two ends");
            }
            Body::RadiationAlarm(alarm) => {
                let on = &mut self.alarms[usize::from(alarm.radiation == Radiation::Neutron)];
                assert_ne!(std::mem::replace(on, alarm.on), alarm.on, "no change");
            }
            Body::Gamma(_) | Body::Neutron(_) => {
                assert!(self.occupied || self.alarms != [false; 2], "a sample of nothing");
            }
            _ => {}
        }
    }
}
