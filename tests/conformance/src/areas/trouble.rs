//! `stale/`, `fault/`, `flood/`: silence, faults, too much of everything.

use greenlane_model::{Body, Fault};
use rand::RngExt;
use rand_chacha::rand_core::SeedableRng;

use crate::bench::{Bench, Mode};
use crate::compose::portal::{Occupancy, Writer};
use crate::memory;
use crate::methods::Method;
use crate::rig::Rig;
use crate::scene::{Event, Fact, Scene, ms, seconds};
use crate::script::{Act, Step};
use crate::trace::{Seen, Trace};
use crate::trials::{Case, Miss, Trials};

/// Test methods of this area.
pub const METHODS: &[Method] = &[
    Method { name: "stale/silence", run: silence },
    Method { name: "fault/map", run: map },
    Method { name: "fault/level", run: level },
    Method { name: "fault/beside-alarm", run: beside_alarm },
    Method { name: "flood/rate", run: rate },
    Method { name: "flood/fan-out", run: fan_out },
    Method { name: "flood/memory", run: held_memory },
    Method { name: "flood/keys", run: held_keys },
];

/// A scene in which everything that settings bear on happens: the clean one and a silence.
pub fn eventful(bench: &Bench<'_>) -> Scene {
    let mut scene = crate::compose::clean(bench);
    scene.end_ns += ms(bench.kit.product.declares.silent_ms) * 2;
    scene
}

fn faults(trace: &Trace) -> impl Iterator<Item = (&Seen, &Fault)> {
    trace.of("fault").filter_map(|seen| match &seen.body {
        Ok(Body::Fault(fault)) => Some((seen, fault)),
        _ => None,
    })
}

fn silence(bench: &Bench<'_>, trials: &mut Trials<'_>) {
    let silent = ms(bench.kit.product.declares.silent_ms);
    let late = ms(trials.number("late_ms", 500.0) as u64);
    if bench.kit.book.point.is_empty() {
        if !crate::rig::is_stream(&bench.info.link) {
            return trials.none("the device speaks once a vehicle: its silence says nothing");
        }
        let one = |case: &mut Case| {
            let clean = bench.clean()?;
            // It falls silent anywhere: within an occupancy, an alarm, a fault.
            let mut scene = clean.scene.clone();
            scene.events.truncate(case.rng.random_range(2..=scene.events.len()));
            let Some(last) = scene.events.last().map(|event| event.at_ns) else { return Ok(()) };
            scene.end_ns = last + silent + late;
            // And a word again, which ends it.
            let again = clean.scene.events.iter().find(|e| matches!(e.fact, Fact::GammaBackground { .. }));
            let again = again.cloned();
            if let Some(event) = again {
                scene.push(last + silent + late + seconds(10.0), event.fact);
            }
            scene.end_ns += seconds(1.0);
            case.scene(bench, &scene, |_, trace| {
                let mut told = faults(trace).filter(|(_, f)| f.code.contains("silent"));
                let Some((on, _)) = told.find(|(_, f)| f.on) else {
                    return Err(format!(
                        "a fault `silent` {} s after the last word. Never came.",
                        silent / 1_000_000_000
                    ));
                };
                let after = on.now_ns.saturating_sub(last);
                if after < silent || after > silent + late {
                    let (after, silent) = (after as f64 / 1e9, silent as f64 / 1e9);
                    return Err(format!(
                        "`silent` {silent} s after the last word, at most 0.5 s later; {after:.1} s"
                    ));
                }
                let off = told.any(|(_, f)| !f.on);
                off.then_some(())
                    .ok_or_else(|| "`silent` off with the first good word. Never came.".to_owned())
            })
        };
        trials.each("nothing comes, the link stays", one);
        return trials.drawn(one);
    }
    super::presence::silence(bench, trials, silent + late);
}

/// A portal's scene with nobody there, in which `events` happen from 12 s on.
fn quiet(bench: &Bench<'_>, events: &[(u64, Fact)]) -> Scene {
    let mut scene = Scene::connected();
    for (at_ns, fact) in events {
        scene.push(*at_ns, fact.clone());
    }
    scene.events.sort_by_key(|event: &Event| event.at_ns);
    scene.end_ns += seconds(3.0) + ms(bench.kit.product.declares.latency_ms);
    scene
}

fn raised(trace: &Trace, code: &str) -> (usize, usize) {
    let on = faults(trace).filter(|(_, f)| f.code == code && f.on).count();
    let off = faults(trace).filter(|(_, f)| f.code == code && !f.on).count();
    (on, off)
}

fn once(trace: &Trace, code: &str, severity: &str) -> Result<(), String> {
    let (on, off) = raised(trace, code);
    if (on, off) != (1, 1) {
        return Err(format!("fault `{code}` on once and off once; {on} times on and {off} times off"));
    }
    let right = faults(trace)
        .filter(|(_, f)| f.code == code)
        .all(|(_, f)| serde_json::to_value(f.severity).is_ok_and(|word| word == severity));
    right.then_some(()).ok_or_else(|| format!("fault `{code}` with severity {severity}"))
}

/// The device itself says no faults: those of the driver are tried where they arise.
const NO_FAULTS: &str = "the kit has no faults that the device itself says";

fn map(bench: &Bench<'_>, trials: &mut Trials<'_>) {
    let listed = &bench.kit.book.fault;
    trials.none(NO_FAULTS);
    for fault in listed {
        trials.each(format!("{} comes and goes", fault.code), |case| {
            let events = [(seconds(3.0), fault.on.clone()), (seconds(8.0), fault.off.clone())];
            case.scene(bench, &quiet(bench, &events), |scene, trace| {
                // A scene that was shrunk has nothing left to expect.
                if scene.events.len() < 3 {
                    return Ok(());
                }
                once(trace, &fault.code, &fault.severity)
            })
        });
    }
    for (i, first) in listed.iter().enumerate() {
        for second in &listed[i + 1..] {
            trials.each(format!("{} and {}", first.code, second.code), |case| {
                let events = [
                    (seconds(3.0), first.on.clone()),
                    (seconds(8.0), second.on.clone()),
                    (seconds(13.0), first.off.clone()),
                    (seconds(18.0), second.off.clone()),
                ];
                case.scene(bench, &quiet(bench, &events), |scene, trace| {
                    if scene.events.len() < 5 {
                        return Ok(());
                    }
                    let each = |code: &str| {
                        let (on, off) = raised(trace, code);
                        let right = on >= 1 && on == off;
                        right.then_some(()).ok_or_else(|| format!("`{code}` on and off; {on} on, {off} off"))
                    };
                    each(&first.code).and_then(|()| each(&second.code))
                })
            });
        }
    }
}

fn level(bench: &Bench<'_>, trials: &mut Trials<'_>) {
    trials.none(NO_FAULTS);
    for fault in &bench.kit.book.fault {
        trials.each(format!("{} said 120 times", fault.code), |case| {
            let mut events: Vec<(u64, Fact)> =
                (0..120).map(|i| (seconds(3.0 + 5.0 * f64::from(i)), fault.on.clone())).collect();
            events.push((seconds(3.0 + 600.0), fault.off.clone()));
            case.scene(bench, &quiet(bench, &events), |scene, trace| {
                if scene.events.len() < 4 {
                    return Ok(());
                }
                once(trace, &fault.code, &fault.severity)
            })
        });
    }
}

fn beside_alarm(bench: &Bench<'_>, trials: &mut Trials<'_>) {
    trials.none(NO_FAULTS);
    let Some(portal) = &bench.kit.book.portal else { return };
    for fault in &bench.kit.book.fault {
        for before in [true, false] {
            let order = if before { "before" } else { "after" };
            trials.each(format!("{} {order} an alarm", fault.code), |case| {
                let mut writer = Writer::new(bench.kit, portal);
                writer.now_ns = seconds(6.0);
                if before {
                    writer.push(seconds(4.0), fault.on.clone());
                }
                let vehicle = Occupancy { gamma_alarm: 3..6, ..<_>::default() };
                writer.occupancy(&vehicle, &mut case.rng);
                let end = writer.now_ns;
                if !before {
                    writer.push(end + seconds(2.0), fault.on.clone());
                }
                writer.push(end + seconds(9.0), fault.off.clone());
                let scene = writer.finish(12.0);
                case.scene(bench, &scene, |scene, trace| {
                    let told = scene.events.iter().any(|e| e.fact == fault.on);
                    let cleared = scene.events.iter().any(|e| e.fact == fault.off);
                    if told && cleared && raised(trace, &fault.code) == (0, 0) {
                        return Err(format!("fault `{}` beside the alarm. Never came.", fault.code));
                    }
                    let sent = scene.events.iter().any(|e| matches!(e.fact, Fact::Gamma { alarm: true, .. }));
                    let came = trace.of("radiation_alarm").any(|s| s.json.contains("\"on\":true"));
                    (came || !sent)
                        .then_some(())
                        .ok_or_else(|| "the alarm beside the fault. Never came.".to_owned())
                })
            });
        }
    }
}

/// A hundred times the device's own rate: nothing is lost silently.
fn rate(bench: &Bench<'_>, trials: &mut Trials<'_>) {
    trials.none("the device has no rate of its own: it is asked, or speaks once a vehicle");
    let Some(portal) = &bench.kit.book.portal else { return };
    trials.each("100 times as fast", |case| {
        let mut writer = Writer::new(bench.kit, portal);
        writer.vacant(6.0, &mut case.rng);
        for _ in 0..5 {
            let vehicle = Occupancy { length_s: 60.0, gamma_alarm: 100..103, ..<_>::default() };
            writer.occupancy(&vehicle, &mut case.rng);
            writer.vacant(5.0, &mut case.rng);
        }
        let mut scene = writer.finish(1.0);
        for event in &mut scene.events {
            event.at_ns /= 100;
        }
        case.scene(bench, &scene, |scene, trace| {
            let sent = scene.pick(|f| matches!(f, Fact::Gamma { .. }).then_some(())).count();
            let came = trace.of("gamma").count();
            if sent != came {
                return Err(format!("{sent} gamma samples, each observed; {came} came"));
            }
            super::rpm::same_occupancies(scene, trace, portal.gamma_s)
        })
    });
}

fn fan_out(bench: &Bench<'_>, trials: &mut Trials<'_>) {
    super::watched(bench, trials, "flood/fan-out", "at most ten log lines a second");
    trials.each("observations of one input", |_| {
        let most = bench.kit.product.declares.fan_out_max;
        let seen = bench.watch().most_at_once;
        let said = format!("at most {most} observations of one input, as declared; {seen} came");
        (seen <= most).then_some(()).ok_or_else(|| Miss::new(said))
    });
}

/// Plays `step` again and again; the heap may not grow after the first quarter.
fn flat(
    bench: &Bench<'_>,
    rounds: u32,
    most_kb: i64,
    mut round: impl FnMut(&mut Rig, u32),
) -> Result<(), Miss> {
    let mut rig = bench.open()?;
    rig.act(&Act::Connect);
    let mut warm = 0;
    for i in 0..rounds {
        round(&mut rig, i);
        rig.trace.forget();
        if let Some(broken) = &rig.trace.broken {
            return Err(Miss::new(format!("the driver goes on: {broken}")));
        }
        if i == rounds / 4 {
            warm = memory::in_use_bytes();
        }
    }
    let grown_kb = (memory::in_use_bytes() - warm) / 1024;
    bench.done(rig);
    let said = format!("at most {most_kb} kB more on the heap after the first quarter; {grown_kb} kB");
    (grown_kb <= most_kb).then_some(()).ok_or_else(|| Miss::new(said))
}

fn held_memory(bench: &Bench<'_>, trials: &mut Trials<'_>) {
    let most = trials.number("growth_kb", 64.0) as i64;
    let hours = if bench.mode == Mode::Quick { 4 } else { 24 };
    trials.each(format!("{hours} h of mixed traffic"), |_| {
        let clean = bench.clean()?;
        let rounds = u32::try_from(hours * 3_600_000_000_000 / clean.scene.end_ns.max(1)).unwrap_or(u32::MAX);
        let script: Vec<Step> =
            clean.script.iter().filter(|s| !matches!(s.act, Act::Connect)).cloned().collect();
        flat(bench, rounds, most, |rig, i| {
            let from = u64::from(i) * clean.scene.end_ns;
            let moved: Vec<Step> = script.iter().map(|s| Step::at(s.at_ns + from, s.act.clone())).collect();
            rig.play(&moved, from + clean.scene.end_ns);
        })
    });
}

fn held_keys(bench: &Bench<'_>, trials: &mut Trials<'_>) {
    let most = trials.number("growth_kb", 512.0) as i64;
    let count = if bench.mode == Mode::Quick { 20_000 } else { 1_000_000 };
    trials.each(format!("{count} different texts, numbers and bad frames"), |_| {
        let clean = bench.clean()?;
        let like = clean.scene.events.iter().find(|e| {
            matches!(e.fact, Fact::Read(_) | Fact::Image(_) | Fact::Gamma { .. } | Fact::Presence { .. })
        });
        let Some(like) = like.cloned() else { return Ok(()) };
        let mut rng = rand_chacha::ChaCha8Rng::seed_from_u64(count.into());
        flat(bench, count, most, |rig, i| {
            let at_ns = u64::from(i) * ms(100);
            let mut event = Event { at_ns, fact: like.fact.clone() };
            match &mut event.fact {
                Fact::Read(read) => {
                    read.event = Some(format!("{}", 1_000_000 + i));
                    read.text = Some(format!("CSQU{:07}", rng.random_range(0..9_999_999)));
                }
                Fact::Image(image) => image.stem = format!("pass-{i}"),
                _ => event.fact = Fact::Foreign { text: format!("Q{i},{}", i / 7) },
            }
            let steps = bench.kit.render(&event);
            rig.play(&steps, at_ns);
        })
    });
}
