//! Frames that are cut short, with bad fields, of unknown kinds, or mutated.

use greenlane_driver::LinkKind;
use greenlane_model::{Body, escape};
use rand::RngExt;
use rand_chacha::ChaCha8Rng;

use crate::bench::{Bench, Mode};
use crate::kit::Rendered;
use crate::same::{ASIDE, same, same_as_either, same_seen};
use crate::scene::{Fact, seconds};
use crate::script::{Act, Step};
use crate::trials::{Miss, Trials};

/// Inputs of one round of mutation.
const ROUND: usize = 200;

/// Frames of the clean scene, one of each phrase, with the step in the clean script that says it.
fn kinds(bench: &Bench<'_>) -> Vec<(usize, Rendered, String)> {
    let Ok(clean) = bench.clean() else { return Vec::new() };
    let mut seen: Vec<usize> = Vec::new();
    let mut kinds = Vec::new();
    for event in &clean.scene.events {
        let phrase = bench.kit.book.phrase.iter().position(|phrase| phrase.says(&event.fact));
        let Some(phrase) = phrase.filter(|phrase| !seen.contains(phrase)) else { continue };
        let Some(rendered) = bench.kit.frame(&event.fact, event.at_ns) else { continue };
        let step = clean.script.iter().position(|step| {
            step.at_ns == event.at_ns
                && payload(&step.act).is_some_and(|b| contains(b, rendered.text.as_bytes()))
        });
        let Some(step) = step else { continue };
        seen.push(phrase);
        let name = match &event.fact {
            Fact::Setup { part, .. } => part.clone(),
            _ => bench.kit.book.phrase[phrase].fact.clone(),
        };
        kinds.push((step, rendered, format!("{name} {}", seen.len())));
    }
    kinds
}

/// What an act carries from the device.
fn payload(act: &Act) -> Option<&[u8]> {
    match act {
        Act::Bytes(bytes) => Some(bytes),
        Act::Post { body, .. } => Some(body),
        Act::File(file) => file.sidecar.as_deref(),
        _ => None,
    }
}

fn contains(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len().max(1)).any(|window| window == part)
}

/// The same act with another payload; a stream's frame keeps its ends.
fn with_payload(bench: &Bench<'_>, act: &Act, text: &[u8]) -> Act {
    let wire = &bench.kit.book.wire;
    match act {
        Act::Bytes(_) => Act::Bytes([wire.begin.as_bytes(), text, wire.end.as_bytes()].concat()),
        Act::Post { content_type, query, .. } => {
            Act::Post { content_type: content_type.clone(), query: query.clone(), body: text.to_vec() }
        }
        Act::File(file) => {
            let mut file = file.clone();
            file.sidecar = Some(text.to_vec());
            Act::File(file)
        }
        other => other.clone(),
    }
}

pub fn cut(bench: &Bench<'_>, trials: &mut Trials<'_>) {
    no_text(bench, trials);
    for (step, rendered, name) in kinds(bench) {
        // A sidecar is no frame: what its file says of itself still counts.
        let Some(clean) = bench.clean().ok().filter(|c| !matches!(c.script[step].act, Act::File(_))) else {
            continue;
        };
        let text = rendered.text.as_bytes();
        // Long frames: every byte near both ends, some hundred places between.
        let apart = (text.len() / 100).max(7);
        let cuts = (1..rendered.open_from).filter(|&c| c < 60 || c + 60 > text.len() || c % apart == 0);
        for at in cuts {
            trials.each(format!("{name} cut after byte {at}"), |_| {
                let mut script = clean.script.clone();
                let cut = with_payload(bench, &script[step].act, &text[..at]);
                script.insert(step, Step::at(script[step].at_ns, cut));
                let trace = bench.play_script(&script, clean.scene.end_ns)?;
                let mut aside = aside(bench);
                aside.extend(rendered.kept_when_garbled.iter().map(String::as_str));
                same(&clean.trace, &trace, &aside).map_err(|e| Miss::new(e).with(&trace))
            });
        }
    }
}

/// What a spoiled frame may bring.
fn aside<'a>(bench: &Bench<'_>) -> Vec<&'a str> {
    let mut aside = ASIDE.to_vec();
    // A wire of posts or files has a fault for the last one that was bad.
    if !crate::rig::is_stream(&bench.info.link) {
        aside.push("fault");
    }
    aside
}

/// Requests and replies are cut and checked by the controller; a driver sees whole ones. Files are whole too.
fn no_text(bench: &Bench<'_>, trials: &mut Trials<'_>) {
    if matches!(bench.info.link, LinkKind::Modbus | LinkKind::Folder) {
        trials.none("a driver on this wire sees no frames of text: short answers are presence/unknown");
    } else {
        trials.none("the kit has no such frames");
    }
}

/// Bad values of a field.
const BAD: &[(&str, &[u8])] = &[
    ("empty", b""),
    ("minus", b"-00001"),
    ("letters", b"00004x"),
    ("ten digits", b"0000000042"),
    ("NaN", b"NaN"),
    ("inf", b"inf"),
    ("NUL", b"0000\x0042"),
    ("bad UTF-8", b"00\xff\xfe42"),
    ("exponent", b"1e5"),
    ("hexadecimal", b"0x002a"),
];

fn text_of<'a>(rendered: &'a Rendered, field: &crate::kit::Field) -> &'a str {
    &rendered.text[field.range.clone()]
}

pub fn field(bench: &Bench<'_>, trials: &mut Trials<'_>) {
    no_text(bench, trials);
    for (step, rendered, name) in kinds(bench) {
        let Ok(clean) = bench.clean() else { return };
        for field in rendered.fields.iter().filter(|field| field.numeric) {
            let whole = text_of(&rendered, field).bytes().all(|byte| byte.is_ascii_digit());
            let is_bad = |bad: &str| !rendered.legal.iter().any(|legal| legal == bad);
            let bad = BAD.iter().filter(|(bad, _)| is_bad(bad) && (whole || *bad != "ten digits"));
            for (bad, value) in bad {
                trials.each(format!("{name} {}: {bad}", field.path), |_| {
                    let text = rendered.text.as_bytes();
                    let spoiled = [&text[..field.range.start], value, &text[field.range.end..]].concat();
                    let mut script = clean.script.clone();
                    script[step].act = with_payload(bench, &script[step].act, &spoiled);
                    let trace = bench.play_script(&script, clean.scene.end_ns)?;
                    let mut without = clean.script.clone();
                    without.remove(step);
                    let without = bench.play_script(&without, clean.scene.end_ns)?;
                    let mut aside = aside(bench);
                    aside.extend(rendered.kept_when_garbled.iter().map(String::as_str));
                    same_as_either(&without, &without, &trace, &aside).map_err(|e| Miss::new(e).with(&trace))
                });
            }
        }
    }
}

pub fn unknown(bench: &Bench<'_>, trials: &mut Trials<'_>) {
    no_text(bench, trials);
    for text in &bench.kit.book.unknown {
        // The last time with bytes that are no text.
        for (place, tail) in [(0, &b""[..]), (1, b""), (2, b""), (3, b""), (1, b"\xff\xfe")] {
            let sent = [text.as_bytes(), tail].concat();
            trials.each(format!("{} at {place}", escape(&sent)), |_| {
                let clean = bench.clean()?;
                let at = clean.script.len() * place / 4 + 1;
                let mut script = clean.script.clone();
                let now = script[at.min(script.len() - 1)].at_ns;
                let like = script.iter().find(|s| payload(&s.act).is_some()).map(|s| s.act.clone());
                let Some(like) = like else { return Ok(()) };
                script.insert(at.min(script.len()), Step::at(now, with_payload(bench, &like, &sent)));
                let trace = bench.play_script(&script, clean.scene.end_ns)?;
                same(&clean.trace, &trace, &aside(bench)).map_err(|e| Miss::new(e).with(&trace))?;
                let bytes = escape(&sent);
                let kept =
                    trace.of("raw").any(|s| matches!(&s.body, Ok(Body::Raw(raw)) if raw.bytes == bytes));
                let expected = format!("raw with the bytes `{bytes}`, as they were sent. Never came.");
                kept.then_some(()).ok_or_else(|| Miss::new(expected).with(&trace))
            });
        }
    }
}

pub fn fuzz(bench: &Bench<'_>, trials: &mut Trials<'_>) {
    let Ok(clean) = bench.clean() else { return };
    let seeds: Vec<&Step> = clean.script.iter().filter(|step| payload(&step.act).is_some()).collect();
    if seeds.is_empty() {
        return no_text(bench, trials);
    }
    let inputs = if bench.mode == Mode::Quick { 20_000 } else { 2_000_000 };
    trials.draw(inputs / ROUND as u32, |case| {
        let mut rig = bench.open()?;
        rig.act(&Act::Connect);
        let mut now = 0;
        for _ in 0..ROUND {
            let like = &seeds[case.rng.random_range(0..seeds.len())].act;
            let bytes = mutated(payload(like).unwrap_or_default(), &mut case.rng);
            let act = match like {
                Act::Bytes(_) => Act::Bytes(bytes),
                other => with_payload(bench, other, &bytes),
            };
            now += case.rng.random_range(0..400_000_000_u64);
            rig.advance(now);
            rig.act(&act);
            if rig.trace.broken.is_some() {
                let trace = bench.done(rig);
                return Err(Miss::new("the driver goes on, whatever comes").with(&trace));
            }
        }
        // Afterwards a clean link makes a clean run.
        rig.act(&Act::Lose("the other side closed".into()));
        now += seconds(1.0);
        rig.advance(now);
        rig.trace.forget();
        let later = |step: &Step| Step::at(step.at_ns + now, step.act.clone());
        let script: Vec<Step> = clean.script.iter().map(later).collect();
        rig.play(&script, clean.scene.end_ns + now);
        let trace = bench.done(rig);
        // Faults of the spoiled part end in the clean one; events with the same number were said before.
        // A device's own clock stands in readings and pictures.
        let aside = ["raw", "health", "fault", "setup", "tamper", "container", "plate", "image"];
        let now = i64::try_from(now).unwrap_or(i64::MAX);
        same_seen(clean.trace.seen(), trace.seen(), now, &aside).map_err(|e| Miss::new(e).with(&trace))
    });
}

/// Bytes that mean something to some decoder.
const SIGNS: &[u8] = b",\r\n\x02\x03{}\"<>";

/// One to four changes of a frame: a byte, a piece twice, a piece away, a digit, two frames in one.
fn mutated(bytes: &[u8], rng: &mut ChaCha8Rng) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    for _ in 0..rng.random_range(1..=4) {
        let length = bytes.len().max(1);
        let at = rng.random_range(0..length);
        let to = (at + rng.random_range(1..12)).min(bytes.len());
        match rng.random_range(0..6) {
            0 if at < bytes.len() => bytes[at] = rng.random(),
            1 if at < to => drop(bytes.drain(at..to)),
            2 if at < to => {
                let piece = bytes[at..to].to_vec();
                bytes.splice(at..at, piece);
            }
            3 => bytes.splice(at.min(bytes.len())..at.min(bytes.len()), *b"9999999").for_each(drop),
            4 if at < bytes.len() => bytes[at] ^= 1 << rng.random_range(0..8),
            _ => bytes.insert(at.min(bytes.len()), SIGNS[rng.random_range(0..SIGNS.len())]),
        }
    }
    bytes
}
