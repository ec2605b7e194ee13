//! `modbus.io`: answers of boxes, right or not, and commands in between.

use std::time::Duration;

use greenlane_driver::model::CommandBody;
use greenlane_driver::{Answer, Bench, Input, Request};
use greenlane_modbus::io::Io;
use serde_json::{Value, json};

use crate::cut::Cut;
use crate::maps;

/// The map, then acts of a byte, most with an argument.
pub fn seeds() -> Vec<Vec<u8>> {
    let quiet = [vec![0, 0], [9, 9, 9, 9, 1, 20].repeat(8)].concat();
    let driven = [vec![1, 0], [9, 9, 9, 8, 1, 9, 9, 1, 50, 8, 0, 9, 9].repeat(4)].concat();
    let hostile = [vec![2, 0], [2, 5, 3, 2, 4, 5, 2, 6, 7, 10, 3, 11, 0, 0].repeat(3)].concat();
    let lost = vec![3, 0, 9, 9, 7, 0, 9, 8, 1, 7, 0, 1, 250, 9, 9];
    vec![quiet, driven, hostile, lost]
}

/// Every command ends once, and questions do not pile up.
pub fn run(bytes: &[u8]) {
    let mut cut = Cut(bytes);
    let mut bench = opened(cut.pick(maps::BOXES));
    let (mut acts, mut commands) = (0, 0);
    while !cut.0.is_empty() {
        acts += 1;
        commands += usize::from(act(&mut bench, &mut cut));
        assert!(bench.requests.len() <= 8 + 2 * acts, "{:?}", bench.requests);
    }
    bench.lose("the end");
    let mut ids: Vec<_> = bench.outcomes.iter().map(|(id, _)| *id).collect();
    ids.sort_unstable();
    assert_eq!(ids, (1..=commands as u64).collect::<Vec<_>>());
}

/// With a point of each kind that the box has.
fn opened(map: &str) -> Bench<Io> {
    let blocks = maps::value(map);
    let points = |block: &str, point: Value| match blocks.get(block) {
        Some(_) => json!([point]),
        None => json!([]),
    };
    let settings = json!({
        "inputs": points("inputs", json!({ "name": "a", "point": 0, "on_ms": 40, "stuck_s": 1 })),
        "counters": points("counters", json!({ "name": "c", "point": 0 })),
        "outputs": points("outputs", json!({ "name": "o", "point": 0, "pulse_ms": 100 })),
    });
    maps::opened(map, settings)
}

/// Does what the next byte says; true when that was a command.
fn act(bench: &mut Bench<Io>, cut: &mut Cut<'_>) -> bool {
    match cut.byte() % 12 {
        0 => {
            bench.requests.clear();
            bench.connect();
        }
        1 => bench.advance(Duration::from_millis(cut.byte().into())),
        2 => {
            let bits: Vec<bool> = (0..cut.byte() % 20).map(|_| cut.byte() % 2 == 1).collect();
            answer(bench, Answer::Bits(&bits));
        }
        3 => {
            let words: Vec<u16> = (0..cut.byte() % 20).map(|_| cut.word()).collect();
            answer(bench, Answer::Registers(&words));
        }
        4 => answer(bench, Answer::Written),
        5 => answer(bench, Answer::Exception(cut.byte())),
        6 => answer(bench, Answer::Timeout),
        7 => bench.lose("dropped"),
        8 => {
            let point = if cut.byte() % 4 == 3 { "nothing" } else { "o" };
            bench.command(&CommandBody::Output { point: point.to_owned(), on: cut.byte() % 2 == 1 });
            return true;
        }
        9 => right(bench, cut.byte()),
        10 => bench.input(Input::Due { token: cut.byte().into() }),
        _ => {
            let (sent, received) = (bench.now, bench.now);
            let id = u64::from(cut.word()) | 1 << 40;
            bench.input(Input::Reply { id, sent, received, answer: Answer::Written });
        }
    }
    false
}

fn answer(bench: &mut Bench<Io>, answer: Answer<'_>) {
    if !bench.requests.is_empty() {
        bench.reply(Duration::from_millis(3), answer);
    }
}

/// An answer of the right kind and length.
fn right(bench: &mut Bench<Io>, value: u8) {
    use Request as R;
    let Some((_, request)) = bench.requests.first() else { return };
    match *request {
        R::ReadCoils { count, .. } | R::ReadDiscreteInputs { count, .. } => {
            let bits: Vec<bool> = (0..count).map(|n| value >> (n % 8) & 1 == 1).collect();
            answer(bench, Answer::Bits(&bits));
        }
        R::ReadHoldingRegisters { count, .. } | R::ReadInputRegisters { count, .. } => {
            answer(bench, Answer::Registers(&vec![value.into(); count.into()]));
        }
        R::WriteCoil { .. } | R::WriteCoils { .. } | R::WriteRegister { .. } | R::WriteRegisters { .. } => {
            answer(bench, Answer::Written);
        }
    }
}
