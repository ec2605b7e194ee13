//! Every alarm of the device, and no other.

use greenlane_model::{Body, Radiation};
use rand::RngExt;

use super::{any_vehicle, scene};
use crate::bench::Bench;
use crate::expect::{alarms, occupancies};
use crate::scene::{Fact, Level, Scene, seconds};
use crate::trace::Trace;
use crate::trials::Trials;

/// Samples in an alarm at most.
const LONGEST: usize = 8;

pub fn alarm(bench: &Bench<'_>, trials: &mut Trials<'_>) {
    let Some(portal) = &bench.kit.book.portal else { return };
    let latest_ms = trials.number("latency_ms", 2000.0);
    trials.drawn(|case| {
        let scene = scene(bench, portal, &mut case.rng, |writer, rng| {
            if rng.random_bool(0.2) {
                writer.background(writer.now_ns, Level::High, Level::High, rng);
            }
            for _ in 0..2 {
                let mut vehicle = any_vehicle(portal, rng);
                vehicle.length_s = rng.random_range(1.2..6.0);
                let samples = (vehicle.length_s / portal.gamma_s) as usize + vehicle.burst as usize;
                // One in three begins with the first sample, one in three is a single sample.
                let first = if rng.random_bool(0.33) { 0 } else { rng.random_range(0..samples) };
                let length = if rng.random_bool(0.33) { 1 } else { rng.random_range(1..=LONGEST) };
                if rng.random_bool(0.7) {
                    vehicle.gamma_alarm = first..first + length;
                }
                if rng.random_bool(0.5) {
                    let first = rng.random_range(0..2);
                    vehicle.neutron_alarm = first..first + rng.random_range(1..3);
                }
                writer.occupancy(&vehicle, rng);
                writer.vacant(5.0, rng);
            }
        });
        features(case, &scene);
        case.scene(bench, &scene, |scene, trace| {
            let radiations = [(Radiation::Gamma, portal.gamma_s), (Radiation::Neutron, portal.neutron_s)];
            radiations.iter().try_for_each(|(r, s)| same_alarms(scene, trace, *r, *s, latest_ms))
        })
    });
}

fn features(case: &mut crate::trials::Case, scene: &Scene) {
    for occupied in occupancies(scene) {
        let alarmed = |event: &crate::scene::Event| {
            matches!(event.fact, Fact::Gamma { alarm: true, .. } | Fact::Neutron { alarm: true, .. })
        };
        let events = &scene.events[occupied.events.clone()];
        case.feature(events.first().is_some_and(alarmed), "the opening sample is in alarm");
        case.feature(events.last().is_some_and(alarmed), "the last sample is in alarm");
        let single = events.iter().filter(|e| alarmed(e)).count() == 1;
        case.feature(single, "an alarm of a single sample");
    }
}

/// While a sample is in alarm the alarm is on; it comes on within one sample of the first, and never
/// without one; it is off when the vehicle has gone.
pub fn same_alarms(
    scene: &Scene,
    trace: &Trace,
    radiation: Radiation,
    interval_s: f64,
    latest_ms: f64,
) -> Result<(), String> {
    let slack = i64::try_from(seconds(interval_s)).unwrap_or(i64::MAX);
    let word = format!("{radiation:?}").to_lowercase();
    let mut said: Vec<(i64, u64, bool)> = Vec::new();
    for seen in trace.of("radiation_alarm") {
        if let Ok(Body::RadiationAlarm(alarm)) = &seen.body
            && alarm.radiation == radiation
        {
            said.push((seen.at_ns(), seen.now_ns, alarm.on));
        }
    }
    let all = occupancies(scene);
    for (i, occupied) in all.iter().enumerate() {
        let next = all.get(i + 1).map_or(i64::MAX, |o| o.start_ns as i64);
        let within = |at: i64| at >= occupied.start_ns as i64 - slack && at < next - slack;
        let ons: Vec<_> = said.iter().filter(|(at, _, on)| *on && within(*at)).collect();
        let samples: Vec<u64> = alarms(scene, occupied, radiation).collect();
        let Some(&first) = samples.first() else {
            if let Some((at, _, _)) = ons.first() {
                return Err(format!("no {word} alarm at {:.3} s: no sample is in alarm", *at as f64 / 1e9));
            }
            continue;
        };
        let wanted = format!("radiation_alarm {word} on, at {:.3} s +- {interval_s} s", first as f64 / 1e9);
        let Some((at, now, _)) = ons.first() else { return Err(format!("{wanted}. Never came.")) };
        if (at - first as i64).abs() > slack {
            return Err(format!("{wanted}; it came as of {:.3} s", *at as f64 / 1e9));
        }
        if now.saturating_sub(first) as f64 / 1e6 > latest_ms {
            return Err(format!("{wanted}, said within {latest_ms} ms; said at {:.3} s", *now as f64 / 1e9));
        }
        let off = said.iter().any(|(at, _, on)| !*on && *at >= first as i64 && *at < next);
        if occupied.end.is_some() && !off {
            return Err(format!("radiation_alarm {word} off once the vehicle has gone. Never came."));
        }
    }
    Ok(())
}
