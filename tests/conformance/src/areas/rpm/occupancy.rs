//! One start and one end for each vehicle.

use greenlane_model::{Body, Occupancy as Said, OccupancyEnd};

use super::{any_vehicle, scene};
use crate::bench::Bench;
use crate::expect::{Ended, occupancies};
use crate::scene::{Scene, seconds};
use crate::trace::{Seen, Trace};
use crate::trials::Trials;

pub fn occupancy(bench: &Bench<'_>, trials: &mut Trials<'_>) {
    let Some(portal) = &bench.kit.book.portal else { return };
    trials.drawn(|case| {
        let scene = scene(bench, portal, &mut case.rng, |writer, rng| {
            // The counter starts anew each day, and at 65535.
            let index: u32 = [0, 1, 41, 65_534, 999_998][rand::RngExt::random_range(rng, 0..5)];
            writer.index = index.min(portal.full - 1);
            for _ in 0..2 {
                let vehicle = any_vehicle(portal, rng);
                writer.occupancy(&vehicle, rng);
                writer.vacant(5.0, rng);
                writer.index = 0;
            }
        });
        let bare = !scene.events.iter().any(|e| matches!(e.fact, crate::scene::Fact::Neutron { .. }));
        case.feature(bare, "no neutron sample in the occupancy");
        case.scene(bench, &scene, |scene, trace| same_occupancies(scene, trace, portal.gamma_s))
    });
}

/// Starts and ends as in the scene; a start within one cadence of the first sample.
pub fn same_occupancies(scene: &Scene, trace: &Trace, cadence_s: f64) -> Result<(), String> {
    let cadence = i64::try_from(seconds(cadence_s)).unwrap_or(i64::MAX);
    let mut came = trace.of("occupancy");
    for truth in occupancies(scene) {
        let start = i64::try_from(truth.start_ns).unwrap_or(i64::MAX);
        let wanted = format!("occupancy started at {:.3} s", start as f64 / 1e9);
        match came.next() {
            Some(seen) if matches!(said(seen), Some(Said::Started)) => {
                let apart = seen.at_ns() - start;
                if apart.abs() > cadence {
                    return Err(format!("{wanted}, within {cadence_s} s; it came as {seen}"));
                }
            }
            Some(seen) => return Err(format!("{wanted}, not {seen}")),
            None => return Err(format!("{wanted}. Never came.")),
        }
        let Some((end_ns, ended)) = truth.end else { continue };
        let wanted = format!("occupancy ended {} at {:.3} s", words(&ended), end_ns as f64 / 1e9);
        match came.next() {
            Some(seen) if is_end(seen, &ended) => {}
            Some(seen) => return Err(format!("{wanted}, not {seen}")),
            None => return Err(format!("{wanted}. Never came.")),
        }
    }
    came.next().map_or(Ok(()), |seen| Err(format!("no more occupancies than vehicles: {seen}")))
}

fn said(seen: &Seen) -> Option<&Said> {
    match &seen.body {
        Ok(Body::Occupancy(said)) => Some(said),
        _ => None,
    }
}

fn is_end(seen: &Seen, truth: &Ended) -> bool {
    let Some(Said::Ended { index, neutron_background_cps, end }) = said(seen) else { return false };
    let close = |a: Option<f64>, b: Option<f64>| match (a, b) {
        (Some(a), Some(b)) => (a - b).abs() <= (b.abs() * 0.005).max(1e-3),
        (a, b) => a.is_none() && b.is_none(),
    };
    *end == truth.how
        && *index == truth.index
        && close(neutron_background_cps.map(|cps| cps.value()), truth.neutron_background_cps)
}

fn words(ended: &Ended) -> String {
    match ended.how {
        OccupancyEnd::Normal => format!(
            "normally, index={} neutron_background_cps={}",
            ended.index.map_or_else(|| "none".into(), |i| i.to_string()),
            ended.neutron_background_cps.map_or_else(|| "none".into(), |b| b.to_string())
        ),
        OccupancyEnd::NoEndMessage => "without an end message".to_owned(),
        OccupancyEnd::LinkLost => "by the loss of the link".to_owned(),
    }
}
