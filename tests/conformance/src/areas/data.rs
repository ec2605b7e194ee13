//! `data/` and `set/`: what is said has the right form, unit, range and width; settings are what they say.

mod settings;

use std::collections::BTreeSet;

use greenlane_model::Body;
use rand::RngExt;

use crate::bench::Bench;
use crate::compose::portal::setup_facts;
use crate::kit::Portal;
use crate::methods::Method;
use crate::scene::{Fact, Level, Scene, seconds};
use crate::trace::Trace;
use crate::trials::{Case, Miss, Trials};

/// Test methods of this area.
pub const METHODS: &[Method] = &[
    Method { name: "data/schema", run: schema },
    Method { name: "data/unit", run: unit },
    Method { name: "data/range", run: range },
    Method { name: "data/width", run: width },
    Method { name: "data/setup", run: setup },
    Method { name: "set/defaults", run: settings::defaults },
    Method { name: "set/errors", run: settings::errors },
];

/// Kinds that no capability stands for: every driver may say them.
const FREE: &[&str] = &["fault", "health", "raw"];
/// Capabilities that are things to do, or that show in another kind.
const DEEDS: &[&str] = &["signal", "barrier", "snapshot", "acknowledge", "output", "health", "tag", "card"];

fn schema(bench: &Bench<'_>, trials: &mut Trials<'_>) {
    super::watched(bench, trials, "data/schema", "every body fits its kind");
    trials.each("kinds seen are kinds offered", |_| {
        bench.clean()?;
        let watch = bench.watch();
        let offered: BTreeSet<String> = bench.info.offers.iter().map(ToString::to_string).collect();
        let strange = watch.kinds.keys().find(|k| !offered.contains(*k) && !FREE.contains(&k.as_str()));
        if let Some(kind) = strange {
            return Err(Miss::new(format!("only kinds that are offered; `{kind}` is not")));
        }
        let silent = offered.iter().find(|c| !watch.kinds.contains_key(*c) && !DEEDS.contains(&c.as_str()));
        silent.map_or(Ok(()), |c| Err(Miss::new(format!("each capability seen once; `{c}` never was"))))
    });
}

/// Numbers of a body that a scene told in SI units.
fn numbers(
    bench: &Bench<'_>,
    case: &mut Case,
    fact: Fact,
    of: impl Fn(&Body) -> Option<f64>,
) -> Result<(), Miss> {
    let truth = match &fact {
        Fact::Speed { mps } => *mps,
        Fact::OccupancyEnd { neutron_background_cps, .. } => neutron_background_cps.unwrap_or_default(),
        _ => return Ok(()),
    };
    let Some(portal) = &bench.kit.book.portal else { return Ok(()) };
    let mut scene = Scene::connected();
    scene.push(seconds(1.0), Fact::GammaBackground { cps: vec![210; portal.panels], level: Level::Normal });
    scene.push(seconds(3.0), Fact::Gamma { counts: vec![42; portal.panels], alarm: false });
    scene.push(seconds(3.1), fact);
    scene.end_ns = seconds(5.0);
    case.scene(bench, &scene, |_, trace| {
        let said = trace.seen().find_map(|seen| of(seen.body.as_ref().ok()?));
        match said {
            // 0.5 %, or one in the last digit that the wire can say.
            Some(said) if (said - truth).abs() <= (truth.abs() * 0.005).max(0.001) => Ok(()),
            Some(said) => Err(format!("{truth} in SI units; {said}")),
            None => Err(format!("{truth} in SI units. Never came.")),
        }
    })
}

fn unit(bench: &Bench<'_>, trials: &mut Trials<'_>) {
    if !bench.kit.can_say(&Fact::Speed { mps: 1.0 }) && bench.kit.book.portal.is_none() {
        return super::identity::units(bench, trials);
    }
    trials.none("the device tells counts only");
    let tells_speed = bench.kit.can_say(&Fact::Speed { mps: 1.0 });
    for mps in [1.355, 22.41, 4.726, 0.3, 8.3].into_iter().filter(|_| tells_speed) {
        trials.each(format!("a speed of {mps} m/s"), |case| {
            numbers(bench, case, Fact::Speed { mps }, |body| match body {
                Body::Speed(speed) => Some(speed.speed.value()),
                _ => None,
            })
        });
    }
    let tells_background =
        bench.kit.book.portal.as_ref().is_some_and(|portal| portal.banks > 0 && !portal.level);
    for cps in [4.741, 0.001, 12.5, 99.999].into_iter().filter(|_| tells_background) {
        trials.each(format!("a neutron background of {cps} cps"), |case| {
            let fact = Fact::OccupancyEnd { index: Some(7), neutron_background_cps: Some(cps) };
            numbers(bench, case, fact, |body| match body {
                Body::Occupancy(greenlane_model::Occupancy::Ended { neutron_background_cps, .. }) => {
                    neutron_background_cps.map(|cps| cps.value())
                }
                _ => None,
            })
        });
    }
}

fn range(bench: &Bench<'_>, trials: &mut Trials<'_>) {
    super::watched(bench, trials, "data/range", "no value that a device cannot have meant");
    super::identity::ranges(bench, trials);
}

fn width(bench: &Bench<'_>, trials: &mut Trials<'_>) {
    if let Some(portal) = &bench.kit.book.portal {
        let full = portal.full;
        let values =
            [0, 1, 32_767, 32_768, 65_535, 65_536, 999_998, 16_777_217, 2_147_483_647, 4_294_967_294];
        for value in values.into_iter().filter(|&value| value < full) {
            trials.each(format!("a count of {value}"), |case| {
                let mut scene = Scene::connected();
                let mut counts = vec![1; portal.panels];
                counts[0] = value;
                scene.push(seconds(2.0), Fact::Gamma { counts: counts.clone(), alarm: false });
                scene.end_ns = seconds(5.0);
                case.scene(bench, &scene, |_, trace| {
                    let said = trace.of("gamma").find_map(|seen| match &seen.body {
                        Ok(Body::Gamma(said)) => Some(said.counts.clone()),
                        _ => None,
                    });
                    let right = said.as_ref() == Some(&counts);
                    right.then_some(()).ok_or_else(|| format!("counts {counts:?}; {said:?}"))
                })
            });
        }
    }
    super::presence::widths(bench, trials);
}

/// Facts of one set of settings, one part a tenth of a second.
fn told(bench: &Bench<'_>, portal: &Portal, facts: &[Fact], tail_s: f64) -> Scene {
    let mut scene = Scene::connected();
    for (i, fact) in (0_u32..).zip(facts) {
        scene.push(seconds(1.0 + 0.1 * f64::from(i)), fact.clone());
    }
    if bench.kit.can_say(&Fact::GammaBackground { cps: vec![1; portal.panels], level: Level::Normal }) {
        let cps = vec![210; portal.panels];
        scene.push(seconds(2.0), Fact::GammaBackground { cps, level: Level::Normal });
    }
    scene.end_ns = seconds(2.0 + tail_s);
    scene
}

fn said(trace: &Trace, key: &str, value: f64) -> bool {
    trace.of("setup").any(|seen| match &seen.body {
        Ok(Body::Setup(setup)) => setup.values.iter().any(|(name, said)| {
            (key.is_empty() || name.contains(key)) && said.as_f64().is_some_and(|v| (v - value).abs() < 1e-9)
        }),
        _ => false,
    })
}

fn setup(bench: &Bench<'_>, trials: &mut Trials<'_>) {
    trials.none("the kit has no settings that the device tells by itself");
    let Some(portal) = &bench.kit.book.portal else { return };
    if !bench.kit.book.phrase.iter().any(|phrase| phrase.fact == "setup") {
        return;
    }
    let partial_s = trials.number("partial_s", 5.0);
    for sigma in [7.5, 7.0, 14.0, 6.5] {
        trials.each(format!("a whole set, N-sigma {sigma}"), |case| {
            let scene = told(bench, portal, &setup_facts(bench.kit, sigma), partial_s + 2.0);
            case.scene(bench, &scene, |_, trace| {
                let right = said(trace, "", sigma);
                right.then_some(()).ok_or_else(|| format!("setup with N-sigma {sigma}. Never came."))
            })
        });
    }
    let parts = setup_facts(bench.kit, 7.5);
    for left_out in 0..parts.len() {
        trials.each(format!("a set without part {left_out}"), |case| {
            let mut facts = parts.clone();
            facts.remove(left_out);
            let scene = told(bench, portal, &facts, partial_s + 2.0);
            let has_parts = facts.len() > 1;
            case.scene(bench, &scene, |_, trace| {
                let partial = trace
                    .of("setup")
                    .any(|seen| matches!(&seen.body, Ok(Body::Setup(s)) if !s.missing.is_empty()));
                (partial || !has_parts).then_some(()).ok_or_else(|| {
                    format!("a partial setup that says what is missing, after {partial_s} s. Never came.")
                })
            })
        });
    }
    trials.each("changed while running", |case| {
        let mut scene = told(bench, portal, &parts, 1.0);
        let at = scene.end_ns + seconds(case.rng.random_range(3.0..9.0));
        for (i, fact) in (0..).zip(setup_facts(bench.kit, 8.5)) {
            scene.push(at + i * 100_000_000, fact);
        }
        scene.end_ns += seconds(partial_s + 2.0);
        case.scene(bench, &scene, |_, trace| {
            let right = said(trace, "", 7.5) && said(trace, "", 8.5);
            right.then_some(()).ok_or_else(|| "both sets, the first and the changed one".to_owned())
        })
    });
}
