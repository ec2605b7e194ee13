//! `time/` and `det/`: when things happened, and that the same makes the same.

use greenlane_model::Body;
use rand::RngExt;

use crate::bench::{Bench, Mode};
use crate::compose;
use crate::methods::Method;
use crate::rig::START;
use crate::same::same;
use crate::scene::{Fact, Scene, seconds};
use crate::trace::Trace;
use crate::trials::{Miss, Trials};

/// Test methods of this area.
pub const METHODS: &[Method] = &[
    Method { name: "time/order", run: order },
    Method { name: "time/true", run: truth },
    Method { name: "time/batch", run: batch },
    Method { name: "det/same", run: twice },
    Method { name: "det/pace", run: pace },
    Method { name: "load/pure", run: pure },
    Method { name: "load/instances", run: instances },
];

fn order(bench: &Bench<'_>, trials: &mut Trials<'_>) {
    super::watched(bench, trials, "time/order", "`at` of one kind and point never goes back");
}

/// Each sample, edge and tamper within its own uncertainty of when it truly was.
fn truth(bench: &Bench<'_>, trials: &mut Trials<'_>) {
    let presence_ms = trials.number("presence_uncertainty_ms", 100.0);
    let other_ms = trials.number("uncertainty_ms", 500.0);
    trials.drawn(|case| {
        let scene = random_scene(bench, case);
        case.scene(bench, &scene, |scene, trace| {
            for (at_ns, fact) in scene.pick(Some) {
                let Some((kind, json, most_ms)) = sign(fact, presence_ms, other_ms) else { continue };
                let near = |seen: &&crate::trace::Seen| {
                    seen.json.contains(&json) && (seen.at_ns() - at_ns as i64).unsigned_abs() < seconds(1.0)
                };
                // What never came is another requirement's.
                let Some(seen) = trace.of(kind).find(near) else { continue };
                let apart = (seen.at_ns() - at_ns as i64).unsigned_abs();
                let sure = seen.at.uncertainty_ns;
                if sure as f64 / 1e6 > most_ms {
                    return Err(format!(
                        "an uncertainty of at most {most_ms} ms: {seen} has {} ms",
                        sure / 1_000_000
                    ));
                }
                // One ms for the way over a wire without delay.
                if apart > sure + 1_000_000 {
                    let (apart, sure) = (apart as f64 / 1e6, sure as f64 / 1e6);
                    let when = at_ns as f64 / 1e9;
                    return Err(format!(
                        "{seen}: truly at {when:.3} s, {apart:.1} ms away, with {sure:.1} ms given"
                    ));
                }
            }
            Ok(())
        })
    });
}

/// How an event is known again among observations, and how unsure its time may be.
fn sign(fact: &Fact, presence_ms: f64, other_ms: f64) -> Option<(&'static str, String, f64)> {
    Some(match fact {
        Fact::Presence { point, covered } => {
            let word = if *covered { "yes" } else { "no" };
            ("presence", format!("\"point\":\"{point}\",\"covered\":\"{word}\""), presence_ms)
        }
        Fact::Tamper { on } => ("tamper", format!("\"on\":{on}"), other_ms),
        Fact::OccupancyEnd { index: Some(index), .. } => {
            ("occupancy", format!("\"index\":{index}"), other_ms)
        }
        _ => return None,
    })
}

/// A scene of whatever the kit's device does, drawn anew.
fn random_scene(bench: &Bench<'_>, case: &mut crate::trials::Case) -> Scene {
    let rng = &mut case.rng;
    match &bench.kit.book.portal {
        Some(portal) => compose::portal::ordinary(bench.kit, portal, rng),
        None if !bench.kit.book.point.is_empty() => compose::io::truck(bench.kit, rng),
        None => {
            let scene = compose::reads::ordinary(bench.kit, rng);
            if scene.events.len() > 1 { scene } else { compose::images() }
        }
    }
}

/// Samples that arrive together keep their own times.
fn batch(bench: &Bench<'_>, trials: &mut Trials<'_>) {
    let Some(portal) = &bench.kit.book.portal else { return };
    let gamma_ns = seconds(portal.gamma_s);
    let stalled = |case: &mut crate::trials::Case, samples: usize| {
        let mut writer = compose::portal::Writer::new(bench.kit, portal);
        writer.vacant(6.0, &mut case.rng);
        let start = writer.now_ns;
        let vehicle = compose::portal::Occupancy { length_s: 8.0, neutron: false, ..<_>::default() };
        writer.occupancy(&vehicle, &mut case.rng);
        let mut scene = writer.finish(3.0);
        // From the tenth sample on, `samples` of them wait and come with the last of these.
        let from = start + gamma_ns * 10;
        let late = from + gamma_ns * (samples as u64 - 1);
        for event in scene.events.iter_mut().filter(|e| (from..late).contains(&e.at_ns)) {
            event.at_ns = late;
        }
        scene
    };
    for samples in 1..=10 {
        trials.each(format!("{samples} samples in one read"), |case| {
            let scene = stalled(case, samples);
            case.scene(bench, &scene, |scene, trace| apart(scene, trace, gamma_ns))
        });
    }
    trials.drawn(|case| {
        let samples = case.rng.random_range(1..=15);
        let scene = stalled(case, samples);
        case.scene(bench, &scene, |scene, trace| apart(scene, trace, gamma_ns))
    });
}

/// Consecutive samples of one occupancy lie one interval apart, within a fifth.
fn apart(scene: &Scene, trace: &Trace, gamma_ns: u64) -> Result<(), String> {
    let sent = scene.pick(|f| matches!(f, Fact::Gamma { .. }).then_some(())).count();
    let at: Vec<i64> = trace.of("gamma").map(crate::trace::Seen::at_ns).collect();
    if sent < 12 || at.len() != sent {
        return Ok(());
    }
    let interval = gamma_ns as f64;
    match at.windows(2).find(|pair| ((pair[1] - pair[0]) as f64 / interval - 1.0).abs() > 0.2) {
        None => Ok(()),
        Some(pair) => Err(format!(
            "samples {:.3} s apart, within 20 %; two are {:.3} s apart, at {:.3} s",
            interval / 1e9,
            (pair[1] - pair[0]) as f64 / 1e9,
            pair[0] as f64 / 1e9
        )),
    }
}

fn twice(bench: &Bench<'_>, trials: &mut Trials<'_>) {
    trials.drawn(|case| {
        let scene = random_scene(bench, case);
        let (one, other) = (bench.play(&scene)?, bench.play(&scene)?);
        same(&one, &other, &[]).map_err(|e| Miss::new(e).with(&other))
    });
}

fn pace(bench: &Bench<'_>, trials: &mut Trials<'_>) {
    let most = if bench.mode == Mode::Quick { 2.0 } else { 60.0 };
    trials.each(format!("{most} s at its real pace, and ten times as fast"), |_| {
        let clean = bench.clean()?;
        for faster in [1.0, 10.0] {
            let mut rig = bench.open()?;
            let mut now = 0;
            for step in clean.script.iter().take_while(|step| step.at_ns < seconds(most * faster)) {
                std::thread::sleep(std::time::Duration::from_nanos((step.at_ns - now) / faster as u64));
                now = step.at_ns;
                rig.advance(now);
                rig.act(&step.act);
            }
            let slow = bench.done(rig);
            let until = |seen: &&crate::trace::Seen| seen.now_ns <= now;
            let n = slow.seen().filter(until).count();
            crate::same::same_seen(clean.trace.seen().take(n), slow.seen().take(n), 0, &[])
                .map_err(|e| Miss::new(e).with(&slow))?;
        }
        Ok(())
    });
}

/// No thread, no descriptor, no clock: what it makes depends on what it is given.
fn pure(bench: &Bench<'_>, trials: &mut Trials<'_>) {
    trials.each("no thread and no descriptor more", |_| {
        bench.clean()?;
        let before = (crate::memory::threads(), crate::memory::descriptors());
        let mut rig = bench.open()?;
        let clean = bench.clean()?;
        rig.play(&clean.script, clean.scene.end_ns);
        let during = (crate::memory::threads(), crate::memory::descriptors());
        bench.done(rig);
        let said = format!("{before:?} threads and descriptors before and during; {during:?}");
        (before == during).then_some(()).ok_or_else(|| Miss::new(said))
    });
    for years in [-20_i64, 10] {
        trials.each(format!("the same with clocks moved by {years} years"), |_| {
            let clean = bench.clean()?;
            let ns = years * 31_557_600 * 1_000_000_000;
            let mut start = START;
            start.utc_ns += ns;
            start.mono_ns += 12_345_000_000_000;
            let trace = bench.play_with(&bench.kit.settings, start, &clean.script, clean.scene.end_ns)?;
            // A device's own clock in a text may be out of bounds now; that is not this requirement's.
            let aside = ["container", "plate", "image", "fault"];
            same(&clean.trace, &trace, &aside).map_err(|e| Miss::new(e).with(&trace))?;
            let wrong = trace.seen().find(|s| {
                let apart = i128::from(s.at.utc_ns) - i128::from(start.utc_ns);
                let mono = i128::from(s.at.mono_ns) - i128::from(start.mono_ns);
                matches!(s.body, Ok(Body::Gamma(_) | Body::Presence(_) | Body::Occupancy(_)))
                    && (apart - mono).abs() > 1_000_000
            });
            wrong.map_or(Ok(()), |seen| {
                Err(Miss::new(format!("both clocks of `at` as the host's: {seen} has {}", seen.at.rfc3339())))
            })
        });
    }
}

fn instances(bench: &Bench<'_>, trials: &mut Trials<'_>) {
    trials.drawn(|case| {
        let scenes: Vec<Scene> = (0..4).map(|_| random_scene(bench, case)).collect();
        let scripts: Vec<_> = scenes.iter().map(|scene| bench.script(scene)).collect();
        let mut rigs = scripts.iter().map(|_| bench.open()).collect::<Result<Vec<_>, _>>()?;
        let mut next = vec![0; rigs.len()];
        loop {
            let open: Vec<usize> = (0..rigs.len()).filter(|&i| next[i] < scripts[i].len()).collect();
            if open.is_empty() {
                break;
            }
            let i = open[case.rng.random_range(0..open.len())];
            let step = &scripts[i][next[i]];
            rigs[i].advance(step.at_ns);
            rigs[i].act(&step.act);
            next[i] += 1;
        }
        for (mut rig, scene) in rigs.into_iter().zip(&scenes) {
            rig.advance(scene.end_ns);
            let mixed = bench.done(rig);
            let alone = bench.play(scene)?;
            same(&alone, &mixed, &[]).map_err(|e| Miss::new(e).with(&mixed))?;
        }
        Ok(())
    });
}
