//! Every sample exactly once, in the device's order, with its interval.

use greenlane_model::{Body, Counts};

use super::{any_vehicle, scene};
use crate::bench::Bench;
use crate::scene::{Fact, Scene};
use crate::trace::{Seen, Trace};
use crate::trials::Trials;

pub fn samples(bench: &Bench<'_>, trials: &mut Trials<'_>) {
    let Some(portal) = &bench.kit.book.portal else { return };
    trials.drawn(|case| {
        let scene = scene(bench, portal, &mut case.rng, |writer, rng| {
            for _ in 0..2 {
                let mut vehicle = any_vehicle(portal, rng);
                vehicle.gamma_alarm = 4..7;
                writer.occupancy(&vehicle, rng);
                writer.vacant(5.0, rng);
            }
        });
        case.scene(bench, &scene, |scene, trace| {
            same_gamma(scene, trace, portal.gamma_s)?;
            same_neutron(scene, trace, portal.neutron_s)
        })
    });
}

fn same_gamma(scene: &Scene, trace: &Trace, interval_s: f64) -> Result<(), String> {
    let sent = scene.pick(|fact| match fact {
        Fact::Gamma { counts, alarm } => Some((counts.clone(), *alarm)),
        _ => None,
    });
    same("gamma", sent, trace, interval_s)
}

fn same_neutron(scene: &Scene, trace: &Trace, interval_s: f64) -> Result<(), String> {
    let sent = scene.pick(|fact| match fact {
        Fact::Neutron { counts, alarm } => Some((counts.clone(), *alarm)),
        _ => None,
    });
    same("neutron", sent, trace, interval_s)
}

fn same(
    kind: &str,
    mut sent: impl Iterator<Item = (u64, (Vec<u32>, bool))>,
    trace: &Trace,
    interval_s: f64,
) -> Result<(), String> {
    let mut came = trace.of(kind).filter_map(|seen| Some((seen, counts(seen)?)));
    loop {
        match (sent.next(), came.next()) {
            (None, None) => return Ok(()),
            (Some((at, (counts, alarm))), Some((seen, said))) => {
                let right = said.counts == counts
                    && said.alarm == alarm
                    && (said.interval.value() - interval_s).abs() < 1e-9;
                if !right {
                    return Err(format!(
                        "{kind} {counts:?} alarm={alarm} of {interval_s} s at {:.3} s, not {seen}",
                        at as f64 / 1e9
                    ));
                }
            }
            (Some((at, (counts, _))), None) => {
                return Err(format!("{kind} {counts:?} at {:.3} s. Never came.", at as f64 / 1e9));
            }
            (None, Some((seen, _))) => return Err(format!("no more {kind} samples than sent: {seen}")),
        }
    }
}

fn counts(seen: &Seen) -> Option<&Counts> {
    match &seen.body {
        Ok(Body::Gamma(counts) | Body::Neutron(counts)) => Some(counts),
        _ => None,
    }
}
