//! `ocr/` and `plate/`: what readers of numbers say.

use greenlane_model::{Body, Check, Phase, Read};
use rand::RngExt;

use crate::bench::Bench;
use crate::compose::reads::GOOD;
use crate::methods::Method;
use crate::scene::{Fact, ReadFact, Scene, seconds};
use crate::trace::{Seen, Trace};
use crate::trials::{Miss, Trials};

/// Test methods of this area.
pub const METHODS: &[Method] = &[
    Method { name: "ocr/check", run: check },
    Method { name: "ocr/no-read", run: no_read },
    Method { name: "ocr/corrected", run: corrected },
    Method { name: "ocr/confidence", run: confidence },
    Method { name: "plate/text", run: plate },
    Method { name: "idem/repeat", run: repeat },
];

/// What was read of a kind.
fn reads<'a>(trace: &'a Trace, kind: &'a str) -> impl Iterator<Item = (&'a Seen, &'a Read)> {
    trace.of(kind).filter_map(|seen| match &seen.body {
        Ok(Body::Container(read) | Body::Plate(read) | Body::Tag(read) | Body::Card(read)) => {
            Some((seen, read))
        }
        _ => None,
    })
}

/// A scene in which the device reads these, ten seconds apart.
fn scene(reads: impl IntoIterator<Item = ReadFact>) -> Scene {
    let mut scene = Scene::connected();
    for (i, read) in (0_u32..).zip(reads) {
        scene.push(seconds(2.0 + 10.0 * f64::from(i)), Fact::Read(read));
    }
    scene.end_ns += seconds(5.0);
    scene
}

fn container(text: &str) -> ReadFact {
    ReadFact {
        kind: "container".to_owned(),
        text: Some(text.to_owned()),
        confidence: Some(0.97),
        event: Some("4711".to_owned()),
        ..ReadFact::default()
    }
}

fn can(bench: &Bench<'_>, read: &ReadFact) -> bool {
    bench.kit.can_say(&Fact::Read(read.clone()))
}

/// Texts as a device may print them, what they are, and their check state (ISO 6346 arithmetic).
const CHECKS: &[(&str, &str, Check)] = &[
    ("CSQU3054383", "CSQU3054383", Check::Ok),
    ("csqu 305438 3", "CSQU3054383", Check::Ok),
    ("CSQU-305438-3", "CSQU3054383", Check::Ok),
    ("MSKU9070323", "MSKU9070323", Check::Ok),
    ("TGHU8913889", "TGHU8913889", Check::Ok),
    ("HLXU2008419", "HLXU2008419", Check::Ok),
    ("TRIU8371510", "TRIU8371510", Check::AmbiguousZero),
    ("CSQU3054384", "CSQU3054384", Check::Bad),
    ("TEMU0000000", "TEMU0000000", Check::Bad),
];

fn check(bench: &Bench<'_>, trials: &mut Trials<'_>) {
    if !can(bench, &container("CSQU3054383")) {
        return;
    }
    for (printed, text, state) in CHECKS {
        trials.each(format!("{printed} is {state:?}"), |case| {
            case.scene(bench, &scene([container(printed)]), |scene, trace| {
                if scene.events.len() < 2 {
                    return Ok(());
                }
                let said =
                    reads(trace, "container").next().map(|(_, read)| (read.text.as_deref(), read.check));
                let right = said == Some((Some(*text), *state));
                right.then_some(()).ok_or_else(|| format!("{text} with check {state:?}; {said:?}"))
            })
        });
    }
}

fn no_read(bench: &Bench<'_>, trials: &mut Trials<'_>) {
    for text in [None, Some(""), Some("NOREAD"), Some("UNKNOWN")] {
        let fact = ReadFact { text: text.map(str::to_owned), confidence: None, ..container("") };
        if !can(bench, &fact) {
            continue;
        }
        trials.each(format!("{text:?}"), |case| {
            case.scene(bench, &scene([fact.clone()]), |scene, trace| {
                if scene.events.len() < 2 {
                    return Ok(());
                }
                let said =
                    reads(trace, "container").next().map(|(_, read)| (read.text.clone(), read.confidence));
                let right = said == Some((None, None));
                right
                    .then_some(())
                    .ok_or_else(|| format!("a container without text and confidence; {said:?}"))
            })
        });
    }
}

fn corrected(bench: &Bench<'_>, trials: &mut Trials<'_>) {
    let phases = ["interim", "final", "corrected"];
    let of = |phase: &str, text: &str| ReadFact { phase: Some(phase.to_owned()), ..container(text) };
    if !can(bench, &of("corrected", GOOD[0])) {
        return;
    }
    trials.drawn(|case| {
        let first = case.rng.random_range(0..GOOD.len());
        let second = (first + 1) % GOOD.len();
        let scene =
            scene([of(phases[0], GOOD[first]), of(phases[1], GOOD[first]), of(phases[2], GOOD[second])]);
        case.scene(bench, &scene, |scene, trace| {
            if scene.events.len() < 4 {
                return Ok(());
            }
            let said: Vec<_> = reads(trace, "container").map(|(_, r)| (r.phase, r.event.clone())).collect();
            let event = Some("4711".to_owned());
            let wanted = [Phase::Interim, Phase::Final, Phase::Corrected].map(|phase| (phase, event.clone()));
            (said == wanted).then_some(()).ok_or_else(|| format!("three phases of one event; {said:?}"))
        })
    });
}

fn confidence(bench: &Bench<'_>, trials: &mut Trials<'_>) {
    for given in [Some(0.0), Some(0.01), Some(0.5), Some(0.99), Some(1.0), None] {
        let fact = ReadFact { confidence: given, ..container(GOOD[0]) };
        if !can(bench, &fact) {
            continue;
        }
        trials.each(format!("{given:?}"), |case| {
            case.scene(bench, &scene([fact.clone()]), |scene, trace| {
                if scene.events.len() < 2 {
                    return Ok(());
                }
                let said = reads(trace, "container").next().map(|(_, read)| read.confidence);
                let close = match (said, given) {
                    (Some(Some(said)), Some(given)) => (said - given).abs() < 0.006,
                    (Some(None), None) => true,
                    _ => false,
                };
                close.then_some(()).ok_or_else(|| format!("a confidence of {given:?}; {said:?}"))
            })
        });
    }
}

fn plate(bench: &Bench<'_>, trials: &mut Trials<'_>) {
    let texts = ["AB12CD", "B-OO 0815", "粤B12345", "ق 1234", "O0O0O0", "1234567890123456789"];
    for text in texts {
        let fact = ReadFact { kind: "plate".to_owned(), ..container(text) };
        if !can(bench, &fact) {
            continue;
        }
        trials.each(text, |case| {
            case.scene(bench, &scene([fact.clone()]), |scene, trace| {
                if scene.events.len() < 2 {
                    return Ok(());
                }
                let bare = |text: &str| text.chars().filter(|c| !" -".contains(*c)).collect::<String>();
                let said = reads(trace, "plate").next().and_then(|(_, read)| read.text.clone());
                let right = said.as_deref().map(bare) == Some(bare(text));
                right.then_some(()).ok_or_else(|| format!("the plate {text}; {said:?}"))
            })
        });
    }
}

fn repeat(bench: &Bench<'_>, trials: &mut Trials<'_>) {
    let fact = container(GOOD[1]);
    if !can(bench, &fact) {
        return;
    }
    for (name, after_s, reconnect) in
        [("at once", 0.0, false), ("1 s later", 1.0, false), ("after a reconnect", 3.0, true)]
    {
        trials.each(format!("the same event {name}"), |case| {
            let mut scene = scene([fact.clone()]);
            if reconnect {
                scene.push(seconds(3.0), Fact::Lost);
                scene.push(seconds(4.0), Fact::Connected);
            }
            scene.push(seconds(2.0 + after_s), Fact::Read(fact.clone()));
            scene.events.sort_by_key(|event| event.at_ns);
            scene.end_ns = seconds(9.0);
            case.scene(bench, &scene, |scene, trace| {
                let sent = scene.pick(|f| matches!(f, Fact::Read(_)).then_some(())).count();
                let came = reads(trace, "container").count();
                (came == sent.min(1))
                    .then_some(())
                    .ok_or_else(|| format!("one observation of one event; {came}"))
            })
        });
    }
}

/// Readers have no unit but that of confidence.
pub fn units(bench: &Bench<'_>, trials: &mut Trials<'_>) {
    if can(bench, &container(GOOD[0])) {
        return confidence(bench, trials);
    }
    trials.none("nothing with a unit: presence and counts");
    let image = crate::compose::image(0);
    if !bench.kit.can_say(&Fact::Image(image.clone())) {
        return;
    }
    for pitch in [0.001, 0.005, 0.009, 0.0125, 0.02] {
        trials.each(format!("a line pitch of {pitch} m"), |case| {
            let mut scene = Scene::connected();
            let fact = crate::scene::ImageFact { line_pitch_m: Some(pitch), ..image.clone() };
            scene.push(seconds(2.0), Fact::Image(fact));
            scene.end_ns = seconds(5.0);
            case.scene(bench, &scene, |scene, trace| {
                if scene.events.len() < 2 {
                    return Ok(());
                }
                let said = trace.of("image").find_map(|seen| match &seen.body {
                    Ok(Body::Image(image)) => image.line_pitch.map(|p| p.value()),
                    _ => None,
                });
                let close = said.is_some_and(|said| (said - pitch).abs() < pitch * 0.005);
                close.then_some(()).ok_or_else(|| format!("{pitch} m; {said:?}"))
            })
        });
    }
}

/// Confidences that no device can have meant are not handed on as such.
pub fn ranges(bench: &Bench<'_>, trials: &mut Trials<'_>) {
    for given in [-0.01, 1.01, 97.0] {
        let fact = ReadFact { confidence: Some(given), ..container(GOOD[2]) };
        if !can(bench, &fact) {
            continue;
        }
        trials.each(format!("a confidence of {given}"), |_| {
            let trace = bench.play(&scene([fact.clone()]))?;
            let wrong = reads(&trace, "container")
                .find(|(_, r)| r.confidence.is_some_and(|c| !(0.0..=1.0).contains(&c)));
            wrong.map_or(Ok(()), |(seen, _)| {
                Err(Miss::new(format!("no such confidence: {seen}")).with(&trace))
            })
        });
    }
}
