//! Ends that are lost, starts that follow at once, samples from before the start.

use greenlane_model::Body;
use rand::RngExt;

use super::{any_vehicle, same_occupancies, scene};
use crate::bench::Bench;
use crate::compose::portal::Occupancy;
use crate::expect::occupancies;
use crate::scene::{Fact, ms, seconds};
use crate::trials::Trials;

pub fn lost_end(bench: &Bench<'_>, trials: &mut Trials<'_>) {
    let Some(portal) = &bench.kit.book.portal else { return };
    if portal.level {
        return trials.none("each message says whether a vehicle is there: no end can be lost alone");
    }
    trials.each("the end is lost, vacant data return", |case| {
        let scene = scene(bench, portal, &mut case.rng, |writer, rng| {
            writer.occupancy(&Occupancy { end: false, ..<_>::default() }, rng);
            writer.vacant(6.0, rng);
            writer.occupancy(&Occupancy::default(), rng);
        });
        case.scene(bench, &scene, |scene, trace| same_occupancies(scene, trace, portal.gamma_s))
    });
    trials.each("the link is lost in the middle", |case| {
        let scene = scene(bench, portal, &mut case.rng, |writer, rng| {
            writer.occupancy(&Occupancy { end: false, ..<_>::default() }, rng);
            let at = writer.now_ns;
            writer.push(at, Fact::Lost);
            writer.push(at + seconds(2.0), Fact::Connected);
            writer.now_ns += seconds(3.0);
            writer.vacant(6.0, rng);
            writer.occupancy(&Occupancy::default(), rng);
        });
        case.scene(bench, &scene, |scene, trace| same_occupancies(scene, trace, portal.gamma_s))
    });
    trials.drawn(|case| {
        let scene = scene(bench, portal, &mut case.rng, |writer, rng| {
            for _ in 0..2 {
                let mut vehicle = any_vehicle(portal, rng);
                vehicle.end = rng.random_bool(0.4);
                writer.occupancy(&vehicle, rng);
                // The link stays silent for a while before the vacant portal speaks again.
                writer.now_ns += seconds(rng.random_range(0.2..14.0));
                writer.vacant(6.0, rng);
            }
        });
        case.scene(bench, &scene, |scene, trace| same_occupancies(scene, trace, portal.gamma_s))
    });
}

pub fn back_to_back(bench: &Bench<'_>, trials: &mut Trials<'_>) {
    let Some(portal) = &bench.kit.book.portal else { return };
    trials.drawn(|case| {
        let gap = [0, ms(10), ms(200)][case.rng.random_range(0..3_usize)];
        case.feature(gap == 0, "the next vehicle follows in the same moment");
        let scene = scene(bench, portal, &mut case.rng, |writer, rng| {
            for _ in 0..3 {
                let mut vehicle = any_vehicle(portal, rng);
                vehicle.burst = 0;
                writer.occupancy(&vehicle, rng);
                writer.now_ns += gap;
            }
        });
        case.scene(bench, &scene, |scene, trace| {
            same_occupancies(scene, trace, portal.gamma_s)?;
            let sent = scene.pick(|f| matches!(f, Fact::Gamma { .. }).then_some(())).count();
            let came = trace.of("gamma").count();
            (sent == came).then_some(()).ok_or_else(|| format!("{sent} gamma samples; {came} came"))
        })
    });
}

pub fn pre_roll(bench: &Bench<'_>, trials: &mut Trials<'_>) {
    let Some(portal) = &bench.kit.book.portal else { return };
    let interval = seconds(portal.gamma_s) as i64;
    let one = |case: &mut crate::trials::Case, burst: u32| {
        let scene = scene(bench, portal, &mut case.rng, |writer, rng| {
            writer.occupancy(&Occupancy { burst, ..<_>::default() }, rng);
        });
        case.scene(bench, &scene, |scene, trace| {
            for occupied in occupancies(scene) {
                let start = occupied.start_ns as i64;
                let first = scene.events[occupied.events.clone()]
                    .iter()
                    .filter(|e| e.at_ns as i64 == start && matches!(e.fact, Fact::Gamma { .. }));
                let buffered = first.count().saturating_sub(1).min(portal.pre_roll as usize);
                let flagged: Vec<i64> = trace
                    .of("gamma")
                    .filter(|s| matches!(&s.body, Ok(Body::Gamma(c)) if c.pre_roll))
                    .map(crate::trace::Seen::at_ns)
                    .collect();
                if flagged.len() != buffered {
                    return Err(format!("{buffered} buffered samples flagged `pre_roll`; {}", flagged.len()));
                }
                for (i, at) in flagged.iter().enumerate() {
                    let truth = start - interval * (buffered - i) as i64;
                    if (at - truth).abs() > interval {
                        let (truth, at) = (truth as f64 / 1e9, *at as f64 / 1e9);
                        return Err(format!(
                            "buffered sample {i} at {truth:.3} s, within an interval; {at:.3} s"
                        ));
                    }
                }
            }
            Ok(())
        })
    };
    for burst in 0..=portal.pre_roll {
        trials.each(format!("{burst} buffered samples"), |case| one(case, burst));
    }
    trials.drawn(|case| {
        let burst = case.rng.random_range(0..=portal.pre_roll);
        one(case, burst)
    });
}
