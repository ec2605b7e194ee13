//! Background, over-range, tamper and speed.

use greenlane_model::Body;
use rand::RngExt;

use super::scene;
use crate::bench::Bench;
use crate::compose::portal::Occupancy;
use crate::kit::Portal;
use crate::scene::{Fact, Level, Scene, seconds};
use crate::trace::Trace;
use crate::trials::Trials;

pub fn background(bench: &Bench<'_>, trials: &mut Trials<'_>) {
    let Some(portal) = &bench.kit.book.portal else { return };
    for round in 0..20 {
        trials.each(format!("drift, low and high, {round}"), |case| {
            let scene = scene(bench, portal, &mut case.rng, |writer, rng| {
                for level in [Level::Normal, Level::Low, Level::High, Level::Normal] {
                    let at = writer.now_ns + seconds(rng.random_range(0.5..1.5));
                    let neutron = if level == Level::High { level } else { Level::Normal };
                    writer.background(at, level, neutron, rng);
                    writer.now_ns += seconds(portal.background_s);
                }
                writer.occupancy(&Occupancy::default(), rng);
            });
            case.scene(bench, &scene, |scene, trace| {
                same_background(scene, trace, true)?;
                same_background(scene, trace, false)
            })
        });
    }
}

/// Every background by panel, in counts per second, and none that was not sent.
fn same_background(scene: &Scene, trace: &Trace, is_gamma: bool) -> Result<(), String> {
    let sent = scene.pick(|fact| match fact {
        Fact::GammaBackground { cps, .. } if is_gamma => Some(cps),
        Fact::NeutronBackground { cps, .. } if !is_gamma => Some(cps),
        _ => None,
    });
    let sent: Vec<Vec<f64>> = sent.map(|(_, cps)| cps.iter().map(|&n| n.into()).collect()).collect();
    let mut came: Vec<Vec<f64>> = Vec::new();
    for seen in trace.of("background") {
        let Ok(Body::Background(said)) = &seen.body else { continue };
        let part = if is_gamma { &said.gamma_cps } else { &said.neutron_cps };
        if let Some(cps) = part {
            came.push(cps.iter().map(|cps| cps.value()).collect());
        }
    }
    // A device may tell one kind again with the other: what repeats the last value says nothing new.
    came.dedup();
    let mut told = sent.clone();
    told.dedup();
    let word = if is_gamma { "gamma" } else { "neutron" };
    (came == told).then_some(()).ok_or_else(|| format!("{word} backgrounds {told:?} cps by panel; {came:?}"))
}

/// A full field in any panel is an alarm with `over-range`, and never nothing.
pub fn over_range(bench: &Bench<'_>, trials: &mut Trials<'_>) {
    let Some(portal) = &bench.kit.book.portal else { return };
    if portal.full == u32::MAX {
        return trials.none("no field of the wire can be full");
    }
    for panel in 0..portal.panels {
        trials.each(format!("gamma panel {panel} full"), |case| {
            let scene = full(portal, panel, true);
            case.scene(bench, &scene, |scene, trace| told(scene, trace, portal.full))
        });
    }
    for bank in 0..portal.banks {
        trials.each(format!("neutron bank {bank} full"), |case| {
            let scene = full(portal, bank, false);
            case.scene(bench, &scene, |scene, trace| told(scene, trace, portal.full))
        });
    }
}

fn full(portal: &Portal, place: usize, is_gamma: bool) -> Scene {
    let mut scene = Scene::connected();
    for i in 0..10_u32 {
        let at = seconds(2.0 + portal.gamma_s * f64::from(i));
        let mut counts = vec![42; portal.panels];
        if is_gamma && i == 5 {
            counts[place] = portal.full;
        }
        scene.push(at, Fact::Gamma { counts, alarm: false });
    }
    if !is_gamma {
        let mut counts = vec![1; portal.banks];
        counts[place] = portal.full;
        scene.push(seconds(4.5), Fact::Neutron { counts, alarm: false });
        scene.push(seconds(5.5), Fact::Neutron { counts: vec![1; portal.banks], alarm: false });
    }
    scene.push(seconds(6.0), Fact::OccupancyEnd { index: Some(3), neutron_background_cps: Some(4.0) });
    scene.end_ns = seconds(8.0);
    scene
}

fn told(scene: &Scene, trace: &Trace, full: u32) -> Result<(), String> {
    let sent = scene.pick(|fact| match fact {
        Fact::Gamma { counts, .. } | Fact::Neutron { counts, .. } if counts.contains(&full) => Some(()),
        _ => None,
    });
    if sent.count() == 0 {
        return Ok(());
    }
    let kept = trace.seen().any(|seen| match &seen.body {
        Ok(Body::Gamma(c) | Body::Neutron(c)) => c.counts.contains(&full),
        _ => false,
    });
    if !kept {
        return Err(format!("the sample with {full}, as it was sent. Never came."));
    }
    let fault = trace.of("fault").any(|s| s.json.contains("over_range") && s.json.contains("\"on\":true"));
    fault.then_some(()).ok_or_else(|| "a fault that says `over_range`. Never came.".to_owned())
}

pub fn tamper(bench: &Bench<'_>, trials: &mut Trials<'_>) {
    let on_off = |trace: &Trace| -> Vec<bool> {
        let said = trace.of("tamper").filter_map(|seen| match &seen.body {
            Ok(Body::Tamper(tamper)) => Some(tamper.on),
            _ => None,
        });
        said.collect()
    };
    trials.each("opened, told twice, closed", |case| {
        let mut scene = Scene::connected();
        for (at, on) in [(3.0, true), (4.0, true), (9.0, false)] {
            scene.push(seconds(at), Fact::Tamper { on });
        }
        scene.end_ns = seconds(12.0);
        case.scene(bench, &scene, |scene, trace| {
            let mut sent: Vec<bool> = scene
                .pick(|f| if let Fact::Tamper { on } = f { Some(*on) } else { None })
                .map(|(_, on)| on)
                .collect();
            sent.dedup();
            let mut came = on_off(trace);
            came.dedup();
            (came == sent).then_some(()).ok_or_else(|| format!("tamper {sent:?}; {came:?}"))
        })
    });
    trials.each("nothing is said of it after a reconnect until the device does", |case| {
        let mut scene = Scene::connected();
        scene.push(seconds(3.0), Fact::Tamper { on: true });
        scene.push(seconds(5.0), Fact::Lost);
        scene.push(seconds(6.0), Fact::Connected);
        scene.end_ns = seconds(20.0);
        case.scene(bench, &scene, |_, trace| {
            let after = trace.of("tamper").find(|seen| seen.now_ns >= seconds(5.0));
            after.map_or(Ok(()), |seen| Err(format!("unknown after a reconnect, not {seen}")))
        })
    });
}

pub fn speed(bench: &Bench<'_>, trials: &mut Trials<'_>) {
    let Some(portal) = &bench.kit.book.portal else { return };
    let said = |trace: &Trace| {
        trace.of("speed").find_map(|seen| match &seen.body {
            Ok(Body::Speed(speed)) => Some(speed.speed.value()),
            _ => None,
        })
    };
    trials.drawn(|case| {
        let mps = case.rng.random_range(1.0..30.0) / 3.6;
        let scene = scene(bench, portal, &mut case.rng, |writer, rng| {
            writer.occupancy(&Occupancy { speed_mps: Some(mps), ..<_>::default() }, rng);
        });
        case.scene(bench, &scene, |scene, trace| {
            if scene.pick(|f| matches!(f, Fact::Speed { .. }).then_some(())).count() == 0 {
                return Ok(());
            }
            let near = said(trace).is_some_and(|v| (v - mps).abs() <= (mps * 0.02).max(0.05));
            near.then_some(()).ok_or_else(|| format!("{mps:.3} m/s; {:?}", said(trace)))
        })
    });
    for text in &bench.kit.book.no_speed {
        trials.each(format!("no speed: {text}"), |case| {
            let scene = scene(bench, portal, &mut case.rng, |writer, rng| {
                writer.occupancy(&Occupancy::default(), rng);
                let at = writer.now_ns - seconds(1.0);
                writer.scene.push(at, Fact::Foreign { text: text.clone() });
                writer.scene.events.sort_by_key(|event| event.at_ns);
            });
            case.scene(bench, &scene, |_, trace| {
                said(trace).map_or(Ok(()), |v| Err(format!("no speed, not {v} m/s")))
            })
        });
    }
}
