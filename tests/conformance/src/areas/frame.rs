//! `frame/`: bytes cut, joined, spoiled, unknown, without end.

mod spoil;

use rand::RngExt;
use rand_chacha::ChaCha8Rng;

use crate::bench::Bench;
use crate::methods::Method;
use crate::rig::is_stream;
use crate::same::{ASIDE, same, same_as_either};
use crate::scene::seconds;
use crate::script::{Act, Step};
use crate::trials::{Miss, Trials};

/// Test methods of this area.
pub const METHODS: &[Method] = &[
    Method { name: "frame/split", run: split },
    Method { name: "frame/line-end", run: line_end },
    Method { name: "frame/garbage", run: garbage },
    Method { name: "frame/long", run: long },
    Method { name: "frame/cut", run: spoil::cut },
    Method { name: "frame/field", run: spoil::field },
    Method { name: "frame/unknown", run: spoil::unknown },
    Method { name: "frame/fuzz", run: spoil::fuzz },
];

/// The clean script with the bytes of each step cut at `cuts`, and steps of one time joined first.
fn recut(script: &[Step], mut cut: impl FnMut(&[u8]) -> Vec<Vec<u8>>) -> Vec<Step> {
    let mut steps: Vec<Step> = Vec::new();
    let mut held: Option<(u64, Vec<u8>)> = None;
    let mut flush = |held: &mut Option<(u64, Vec<u8>)>, steps: &mut Vec<Step>| {
        if let Some((at, bytes)) = held.take() {
            steps.extend(cut(&bytes).into_iter().map(|piece| Step::at(at, Act::Bytes(piece))));
        }
    };
    for step in script {
        match &step.act {
            Act::Bytes(bytes) => match &mut held {
                Some((at, joined)) if *at == step.at_ns => joined.extend(bytes),
                _ => {
                    flush(&mut held, &mut steps);
                    held = Some((step.at_ns, bytes.clone()));
                }
            },
            _ => {
                flush(&mut held, &mut steps);
                steps.push(step.clone());
            }
        }
    }
    flush(&mut held, &mut steps);
    steps
}

fn as_clean(bench: &Bench<'_>, script: &[Step], aside: &[&str]) -> Result<(), Miss> {
    let clean = bench.clean()?;
    let trace = bench.play_script(script, clean.scene.end_ns)?;
    same(&clean.trace, &trace, aside).map_err(|expected| Miss::new(expected).with(&trace))
}

fn split(bench: &Bench<'_>, trials: &mut Trials<'_>) {
    if !is_stream(&bench.info.link) {
        return;
    }
    trials.each("all of one moment in one segment", |_| {
        let script = recut(&bench.clean()?.script, |bytes| vec![bytes.to_vec()]);
        as_clean(bench, &script, &[])
    });
    trials.each("one byte at a time", |_| {
        let script = recut(&bench.clean()?.script, |bytes| bytes.iter().map(|&b| vec![b]).collect());
        as_clean(bench, &script, &[])
    });
    for at in 1..40 {
        trials.each(format!("one cut after byte {at}"), |_| {
            let script = recut(&bench.clean()?.script, |bytes| {
                let (a, b) = bytes.split_at(at.min(bytes.len()));
                vec![a.to_vec(), b.to_vec()]
            });
            as_clean(bench, &script, &[])
        });
    }
    trials.drawn(|case| {
        let rng = &mut case.rng;
        let script = recut(&bench.clean()?.script, |bytes| random_cuts(bytes, rng));
        as_clean(bench, &script, &[])
    });
}

fn random_cuts(bytes: &[u8], rng: &mut ChaCha8Rng) -> Vec<Vec<u8>> {
    let mut pieces = Vec::new();
    let mut rest = bytes;
    while !rest.is_empty() {
        let (piece, more) = rest.split_at(rng.random_range(1..=rest.len().min(40)));
        pieces.push(piece.to_vec());
        rest = more;
    }
    pieces
}

fn line_end(bench: &Bench<'_>, trials: &mut Trials<'_>) {
    let own = bench.kit.book.wire.end.clone();
    let ends: [(&str, &[&str]); 5] = [
        ("LF", &["\n"]),
        ("CR", &["\r"]),
        ("CRLF", &["\r\n"]),
        ("CR and LF in segments of their own", &["\r", "\n"]),
        ("blank lines between", &["\r\n\r\n\n"]),
    ];
    for (name, pieces) in ends {
        trials.each(name, |_| {
            let mut script = Vec::new();
            for step in &bench.clean()?.script {
                let Act::Bytes(bytes) = &step.act else {
                    script.push(step.clone());
                    continue;
                };
                let line = bytes.strip_suffix(own.as_bytes()).unwrap_or(bytes);
                let first = [line, pieces[0].as_bytes()].concat();
                let rest = pieces[1..].iter().map(|piece| piece.as_bytes().to_vec());
                script.extend([first].into_iter().chain(rest).map(|b| Step::at(step.at_ns, Act::Bytes(b))));
            }
            as_clean(bench, &script, &[])
        });
    }
}

/// Where the frames of the clean script are.
fn frames(script: &[Step]) -> Vec<usize> {
    (0..script.len()).filter(|&i| matches!(script[i].act, Act::Bytes(_))).collect()
}

fn garbage(bench: &Bench<'_>, trials: &mut Trials<'_>) {
    if !is_stream(&bench.info.link) {
        return;
    }
    trials.drawn(|case| {
        let clean = bench.clean()?;
        let frames = frames(&clean.script);
        let at = frames[case.rng.random_range(0..frames.len())];
        let noise: Vec<u8> = (0..case.rng.random_range(1..=512)).map(|_| case.rng.random()).collect();
        let mut script = clean.script.clone();
        script.insert(at, Step::at(clean.script[at].at_ns, Act::Bytes(noise)));
        let trace = bench.play_script(&script, clean.scene.end_ns)?;
        // The frame that the noise touches may be spoiled, no other.
        let mut without = clean.script.clone();
        without.remove(at);
        let without = bench.play_script(&without, clean.scene.end_ns)?;
        let mut aside = ASIDE.to_vec();
        // Of a spoiled end the fact alone may stay.
        aside.extend(kept(bench, at));
        same_as_either(&clean.trace, &without, &trace, &aside).map_err(|e| Miss::new(e).with(&trace))
    });
}

/// Kinds that a garbled form of the clean script's frame `at` may still bring.
fn kept<'a>(bench: &'a Bench<'_>, at: usize) -> Vec<&'a str> {
    let Ok(clean) = bench.clean() else { return Vec::new() };
    let Act::Bytes(bytes) = &clean.script[at].act else { return Vec::new() };
    let said = clean.scene.events.iter().filter_map(|event| {
        let phrase = bench.kit.book.phrase.iter().find(|phrase| phrase.says(&event.fact))?;
        let text = bench.kit.frame(&event.fact, event.at_ns)?.text;
        bytes.starts_with([&*bench.kit.book.wire.begin, &*text].concat().as_bytes()).then_some(phrase)
    });
    said.flat_map(|phrase| phrase.kept_when_garbled.iter().map(String::as_str)).collect()
}

fn long(bench: &Bench<'_>, trials: &mut Trials<'_>) {
    if !is_stream(&bench.info.link) {
        return;
    }
    for mib in [1_usize, 8] {
        trials.each(format!("{mib} MiB without an end"), |_| {
            let clean = bench.clean()?;
            let begin = bench.kit.book.wire.begin.clone().into_bytes();
            let mut rig = bench.open()?;
            rig.act(&Act::Connect);
            rig.act(&Act::Bytes(begin));
            let before = crate::memory::in_use_bytes();
            for _ in 0..mib * 16 {
                rig.act(&Act::Bytes(vec![b'7'; 64 * 1024]));
                rig.trace.forget();
            }
            let grown = crate::memory::in_use_bytes() - before;
            let most = i64::try_from(bench.kit.product.declares.frame_max).unwrap_or(i64::MAX) + 128 * 1024;
            if grown > most {
                return Err(Miss::new(format!("at most {most} bytes held of a frame without end; {grown}")));
            }
            rig.act(&Act::Bytes(bench.kit.book.wire.end.clone().into_bytes()));
            let later = seconds(1.0);
            rig.advance(later);
            rig.trace.forget();
            let script: Vec<Step> =
                clean.script.iter().map(|s| Step::at(s.at_ns + later, s.act.clone())).collect();
            rig.play(&script[1..], clean.scene.end_ns + later);
            let trace = bench.done(rig);
            let later = i64::try_from(later).unwrap_or(i64::MAX);
            crate::same::same_seen(clean.trace.seen(), trace.seen(), later, ASIDE)
                .map_err(|e| Miss::new(e).with(&trace))
        });
    }
}
