//! `presence/` and `out/`: contacts, counters and outputs of a remote I/O box.

use greenlane_model::{Body, Covered};
use rand::RngExt;
use rand_chacha::ChaCha8Rng;

use crate::bench::Bench;
use crate::far::Manners;
use crate::kit::{BookPoint, PointKind};
use crate::methods::Method;
use crate::scene::{Fact, Scene, ms, seconds};
use crate::trace::{Seen, Trace};
use crate::trials::{Case, Trials};

/// Test methods of this area.
pub const METHODS: &[Method] = &[
    Method { name: "presence/edge", run: edge },
    Method { name: "presence/pulse", run: pulse },
    Method { name: "presence/counter", run: counter },
    Method { name: "presence/debounce", run: debounce },
    Method { name: "presence/unknown", run: unknown },
    Method { name: "presence/stuck", run: stuck },
];

/// What a point was said to be, in order.
fn said<'a>(trace: &'a Trace, point: &'a str) -> impl Iterator<Item = (&'a Seen, Covered, bool)> {
    trace.of("presence").filter_map(move |seen| match &seen.body {
        Ok(Body::Presence(p)) if p.point == point => Some((seen, p.covered, p.snapshot)),
        _ => None,
    })
}

/// The edges of a scene at one point, as (time, covered).
fn edges(scene: &Scene, name: &str) -> Vec<(u64, bool)> {
    let mut last = false;
    let all = scene.pick(|fact| match fact {
        Fact::Presence { point, covered } if point == name => Some(*covered),
        _ => None,
    });
    all.filter(|(_, covered)| std::mem::replace(&mut last, *covered) != *covered).collect()
}

/// Each edge once, in order, with the right sense; the first reading is a snapshot of "clear".
fn same_edges(bench: &Bench<'_>, scene: &Scene, trace: &Trace) -> Result<(), String> {
    for point in bench.kit.points(PointKind::Input) {
        let mut came = said(trace, &point.name).filter(|(_, _, snapshot)| !snapshot);
        for (at_ns, covered) in edges(scene, &point.name) {
            let wanted = if covered { Covered::Yes } else { Covered::No };
            let word = format!("{} {wanted:?} at {:.3} s", point.name, at_ns as f64 / 1e9);
            match came.next() {
                Some((_, covered, _)) if covered == wanted => {}
                Some((seen, _, _)) => return Err(format!("{word}, not {seen}")),
                None => return Err(format!("{word}. Never came.")),
            }
        }
        if let Some((seen, _, _)) = came.next() {
            return Err(format!("no more edges of {} than there were: {seen}", point.name));
        }
    }
    Ok(())
}

fn edge(bench: &Bench<'_>, trials: &mut Trials<'_>) {
    trials.drawn(|case| {
        let mut scene = Scene::connected();
        let mut at = seconds(2.0);
        for _ in 0..2 {
            // 1 to 30 km/h over a zone of two metres.
            let stay = seconds(2.0 / (case.rng.random_range(1.0..30.0) / 3.6));
            for point in bench.kit.points(PointKind::Input) {
                let lag = case.rng.random_range(0..900_000_000);
                scene.push(at + lag, Fact::Presence { point: point.name.clone(), covered: true });
                scene.push(at + lag + stay, Fact::Presence { point: point.name.clone(), covered: false });
            }
            at += stay + seconds(3.0);
        }
        scene.events.sort_by_key(|event| event.at_ns);
        scene.end_ns += seconds(2.0);
        case.scene(bench, &scene, |scene, trace| same_edges(bench, scene, trace))
    });
}

/// A counter's last total and the sum of what it gained.
fn totals(trace: &Trace, point: &str) -> (u64, u64) {
    let pulses = trace.of("pulses").filter_map(|seen| match &seen.body {
        Ok(Body::Pulses(p)) if p.point == point => Some((p.total, p.gained)),
        _ => None,
    });
    pulses.fold((0, 0), |(_, sum), (total, gained)| (total, sum.saturating_add(gained)))
}

/// A counter goes through `values`, a value each `apart_ns`.
fn counted(point: &BookPoint, values: &[u64], apart_ns: u64, rng: &mut ChaCha8Rng) -> Scene {
    let mut scene = Scene::default();
    scene.push(0, Fact::Connected);
    let mut at = seconds(1.0) + rng.random_range(0..100_000_000);
    for value in values {
        scene.push(at, Fact::Counter { point: point.name.clone(), value: *value });
        at += apart_ns;
    }
    scene.end_ns = at + seconds(1.0);
    scene
}

fn pulse(bench: &Bench<'_>, trials: &mut Trials<'_>) {
    let apart = ms(trials.number("pulse_ms", 30.0) as u64 + trials.number("gap_ms", 70.0) as u64);
    let points: Vec<&BookPoint> = bench.kit.points(PointKind::Counter).collect();
    trials.drawn(|case| {
        for point in &points {
            let n = case.rng.random_range(5..40_u64);
            let values: Vec<u64> = (1..=n).collect();
            let scene = counted(point, &values, apart, &mut case.rng);
            case.scene(bench, &scene, |scene, trace| {
                let sent = scene.pick(|f| matches!(f, Fact::Counter { .. }).then_some(())).count() as u64;
                let last =
                    scene.pick(|f| if let Fact::Counter { value, .. } = f { Some(*value) } else { None });
                let (last, (total, gained)) = (last.last().map_or(0, |(_, v)| v), totals(trace, &point.name));
                let right = total == last && gained == last;
                right
                    .then_some(())
                    .ok_or_else(|| format!("{sent} pulses, total {last}; total {total}, gained {gained}"))
            })?;
        }
        Ok(())
    });
}

fn counter(bench: &Bench<'_>, trials: &mut Trials<'_>) {
    for point in bench.kit.points(PointKind::Counter) {
        let wrap = 1_u64 << point.width;
        let wraps: [(&str, Vec<u64>, u64); 2] =
            [("wraps", vec![wrap - 3, wrap - 1, 1, 2], 5), ("runs on", vec![100, 101, 105], 5)];
        for (name, values, truth) in wraps {
            trials.each(format!("{} {name}", point.name), |case| {
                let mut scene = counted(point, &values, seconds(1.0), &mut case.rng);
                // The first value stands before the link is up: it is where counting begins.
                scene.events[1].at_ns = 0;
                scene.events.swap(0, 1);
                let scene = rest_first(bench, scene);
                case.scene(bench, &scene, |scene, trace| {
                    if scene.events.len() < values.len() + 1 {
                        return Ok(());
                    }
                    let (_, gained) = totals(trace, &point.name);
                    (gained == truth).then_some(()).ok_or_else(|| format!("{truth} pulses gained; {gained}"))
                })
            });
        }
        for to in [0, 5] {
            trials.each(format!("{} starts anew at {to}", point.name), |case| {
                let scene = counted(point, &[1000, 1001, to, to + 1], seconds(1.0), &mut case.rng);
                case.scene(bench, &scene, |scene, trace| {
                    if scene.events.len() < 5 {
                        return Ok(());
                    }
                    let (_, gained) = totals(trace, &point.name);
                    let most = 1001 + to + 1 + 1;
                    if gained > most {
                        return Err(format!("at most {most} pulses gained; {gained}"));
                    }
                    let told = trace.of("fault").any(|seen| seen.json.contains("restart"));
                    told.then_some(()).ok_or_else(|| "a fault that says the counter started anew".to_owned())
                })
            });
        }
    }
}

/// Moves what stands at time 0 behind the link's coming up by nothing: the kit sets rest before connect.
fn rest_first(_: &Bench<'_>, mut scene: Scene) -> Scene {
    scene.events.sort_by_key(|event| event.at_ns);
    if let Some(first) = scene.events.iter().position(|event| matches!(event.fact, Fact::Connected)) {
        scene.events.swap(0, first);
    }
    scene
}

fn debounce(bench: &Bench<'_>, trials: &mut Trials<'_>) {
    let points: Vec<&BookPoint> = bench.kit.points(PointKind::Input).filter(|p| p.on_ms > 0).collect();
    for point in &points {
        trials.each(format!("the edge of {} is its first raw change", point.name), |case| {
            let mut scene = Scene::connected();
            let at = seconds(2.0) + case.rng.random_range(0..50_000_000_u64);
            scene.push(at, Fact::Presence { point: point.name.clone(), covered: true });
            scene.end_ns = at + seconds(2.0);
            case.scene(bench, &scene, |scene, trace| {
                let Some((truth, _)) = edges(scene, &point.name).first().copied() else { return Ok(()) };
                let first = said(trace, &point.name).find(|(_, c, snap)| *c == Covered::Yes && !snap);
                let Some((seen, _, _)) = first else {
                    return Err(format!("{} covered. Never came.", point.name));
                };
                let apart = (seen.at_ns() - truth as i64).unsigned_abs();
                let said = format!("`at` the first raw change, {:.3} s: {seen}", truth as f64 / 1e9);
                (apart <= seen.at.uncertainty_ns + 1_000_000).then_some(()).ok_or(said)
            })
        });
    }
    trials.drawn(|case| {
        for point in &points {
            let mut scene = Scene::connected();
            let start = seconds(2.0) + case.rng.random_range(0..50_000_000);
            // Bounces of 1 to 8 ms before the contact settles.
            let mut at = start;
            for i in 0..20 {
                scene.push(at, Fact::Presence { point: point.name.clone(), covered: i % 2 == 0 });
                at += case.rng.random_range(1_000_000..8_000_000);
            }
            scene.push(at, Fact::Presence { point: point.name.clone(), covered: true });
            scene.end_ns = at + seconds(2.0);
            case.scene(bench, &scene, |scene, trace| {
                let last = edges(scene, &point.name).last().copied();
                let ons = said(trace, &point.name).filter(|(_, c, snap)| *c == Covered::Yes && !snap).count();
                let wanted = usize::from(last.is_some_and(|(_, covered)| covered));
                if ons != wanted && scene.events.len() > 2 {
                    return Err(format!("{wanted} edge of a bouncing contact; {ons}"));
                }
                Ok(())
            })?;
        }
        Ok(())
    });
}

fn unknown(bench: &Bench<'_>, trials: &mut Trials<'_>) {
    let manners = [
        ("an exception", Manners::Exception(4)),
        ("no answer", Manners::Mute),
        ("short answers", Manners::Short),
    ];
    for (word, bad) in manners {
        for covered in [true, false] {
            trials.each(format!("{word} while covered={covered}"), |case| {
                let mut scene = Scene::connected();
                for point in bench.kit.points(PointKind::Input) {
                    scene.push(seconds(2.0), Fact::Presence { point: point.name.clone(), covered });
                }
                scene.push(seconds(5.0), Fact::Manners { manners: bad });
                scene.end_ns = seconds(9.0);
                case.scene(bench, &scene, |scene, trace| {
                    if !scene.events.iter().any(|e| matches!(e.fact, Fact::Manners { .. })) {
                        return Ok(());
                    }
                    for point in bench.kit.points(PointKind::Input) {
                        let Some((seen, last, _)) = said(trace, &point.name).last() else { continue };
                        if last != Covered::Unknown {
                            return Err(format!(
                                "{} unknown once it cannot be read; last said: {seen}",
                                point.name
                            ));
                        }
                    }
                    Ok(())
                })
            });
        }
    }
}

/// Silence of a box: its points become unknown.
pub fn silence(bench: &Bench<'_>, trials: &mut Trials<'_>, within_ns: u64) {
    let one = |case: &mut Case| {
        let mut scene = Scene::connected();
        let mute = seconds(case.rng.random_range(2.0..4.0));
        scene.push(mute, Fact::Manners { manners: Manners::Mute });
        scene.end_ns = mute + within_ns;
        case.scene(bench, &scene, |scene, trace| {
            if scene.events.len() < 2 {
                return Ok(());
            }
            for point in bench.kit.points(PointKind::Input) {
                let last = said(trace, &point.name).last().map(|(_, covered, _)| covered);
                if last.is_some_and(|covered| covered != Covered::Unknown) {
                    return Err(format!("{} unknown within {:.1} s", point.name, within_ns as f64 / 1e9));
                }
            }
            Ok(())
        })
    };
    trials.each("no answer any more", one);
    trials.drawn(one);
}

fn stuck(bench: &Bench<'_>, trials: &mut Trials<'_>) {
    for point in bench.kit.points(PointKind::Input) {
        let Some(stuck_s) = point.stuck_s else { continue };
        trials.each(format!("{} covered for {} s", point.name, stuck_s + 100), |case| {
            let mut scene = Scene::connected();
            scene.push(seconds(2.0), Fact::Presence { point: point.name.clone(), covered: true });
            scene.end_ns = seconds(102.0) + ms(stuck_s * 1000);
            case.scene(bench, &scene, |scene, trace| {
                if scene.events.len() < 2 {
                    return Ok(());
                }
                if !trace.of("fault").any(|s| s.json.contains("stuck") && s.json.contains("\"on\":true")) {
                    return Err(format!("a fault `stuck` after {stuck_s} s. Never came."));
                }
                let last = said(trace, &point.name).last().map(|(_, covered, _)| covered);
                let right = last == Some(Covered::Yes);
                right.then_some(()).ok_or_else(|| "the point stays covered while it is stuck".to_owned())
            })
        });
    }
}

/// Counters at the edges of their registers.
pub fn widths(bench: &Bench<'_>, trials: &mut Trials<'_>) {
    for point in bench.kit.points(PointKind::Counter) {
        for value in [1, 32_767, 32_768, 65_535, 65_536, 16_777_217] {
            if value >= 1 << point.width {
                continue;
            }
            trials.each(format!("{} at {value}", point.name), |case| {
                // In steps that no wrap and no restart explains.
                let values: Vec<u64> = (1..=8).map(|i| value * i / 8).collect();
                let scene = counted(point, &values, seconds(600.0), &mut case.rng);
                case.scene(bench, &scene, |scene, trace| {
                    let last =
                        scene.pick(|f| if let Fact::Counter { value, .. } = f { Some(*value) } else { None });
                    let (last, (total, _)) = (last.last().map_or(0, |(_, v)| v), totals(trace, &point.name));
                    (total == last).then_some(()).ok_or_else(|| format!("total {last}; {total}"))
                })
            });
        }
    }
}
