//! `out/`: commands end in what was read back, and none is sent that is old.

use greenlane_model::{Body, CommandBody, Fault, Outcome};

use crate::bench::Bench;
use crate::far::Manners;
use crate::kit::{BookPoint, PointKind};
use crate::methods::Method;
use crate::scene::{Fact, Scene, ms, seconds};
use crate::trace::{Note, Trace};
use crate::trials::{Miss, Trials};

/// Test methods of this area.
pub const METHODS: &[Method] =
    &[Method { name: "out/readback", run: readback }, Method { name: "out/stale-command", run: stale }];

/// When the command is given.
const GIVEN_S: f64 = 3.0;

fn switched_on(point: &BookPoint) -> Fact {
    Fact::Command { body: CommandBody::Output { point: point.name.clone(), on: true } }
}

/// How the command ended, and when.
fn ended(trace: &Trace) -> Option<(u64, &Outcome)> {
    trace.notes().find_map(|(at, note)| match note {
        Note::Outcome { outcome, .. } => Some((at, outcome)),
        _ => None,
    })
}

/// Requests that write.
fn writes(trace: &Trace) -> usize {
    let write = |note: &Note| matches!(note, Note::Asked { request, .. } if request.starts_with("Write"));
    trace.notes().filter(|(_, note)| write(note)).count()
}

fn readback(bench: &Bench<'_>, trials: &mut Trials<'_>) {
    trials.none("the kit has no outputs");
    let (polls, retries) = (trials.number("polls", 3.0), trials.number("retries", 3.0));
    let cadence_s = bench.kit.product.declares.cadence_ms as f64 / 1e3;
    // A try is a write and its polls; the device itself may take as long as it declares.
    let within = polls * cadence_s * (retries + 1.0) + bench.kit.product.declares.latency_ms as f64 / 1e3;
    for point in bench.kit.points(PointKind::Output) {
        for (word, manners) in [
            ("follows", Manners::Good),
            ("ignores it", Manners::WritesIgnored),
            ("refuses", Manners::Exception(4)),
        ] {
            trials.each(format!("{} {word}", point.name), |_| {
                let mut scene = Scene::connected();
                scene.push(seconds(GIVEN_S - 0.01), Fact::Manners { manners });
                scene.push(seconds(GIVEN_S), switched_on(point));
                scene.end_ns = seconds(GIVEN_S + 10.0);
                let trace = bench.play(&scene)?;
                let idle = bench.play(&scene.without(2..3))?;
                let tries = writes(&trace).saturating_sub(writes(&idle));
                let most = retries as usize + 1;
                told(&trace, point, manners, within)
                    .and_then(|()| {
                        let said = format!("at most {most} writes of one command; {tries}");
                        (tries <= most).then_some(()).ok_or(said)
                    })
                    .map_err(|expected| Miss::new(expected).with(&trace))
            });
        }
    }
}

/// The command ended as the device behaved, in time and with the value that was read.
fn told(trace: &Trace, point: &BookPoint, manners: Manners, within_s: f64) -> Result<(), String> {
    let Some((at, outcome)) = ended(trace) else {
        return Err("an outcome of the command. Never came.".into());
    };
    let took_s = at as f64 / 1e9 - GIVEN_S;
    if took_s > within_s {
        return Err(format!("an outcome within {within_s:.2} s; it took {took_s:.2} s"));
    }
    let read = trace.of("output").any(|seen| match &seen.body {
        Ok(Body::Output(output)) => {
            output.point == point.name && output.on && seen.now_ns >= seconds(GIVEN_S)
        }
        _ => false,
    });
    let mismatch = trace.of("fault").any(|seen| {
        matches!(&seen.body, Ok(Body::Fault(Fault { code, on: true, .. })) if code.contains("mismatch"))
    });
    match (manners, outcome) {
        (Manners::Good, Outcome::Done) if read => Ok(()),
        (Manners::Good, _) => Err(format!("done, and `{}` read back as on; {outcome:?}", point.name)),
        (Manners::WritesIgnored, Outcome::Failed(_)) if mismatch => Ok(()),
        (Manners::WritesIgnored, _) => Err(format!("failed, with a fault `mismatch`; {outcome:?}")),
        (_, Outcome::Failed(_) | Outcome::Refused(_)) => Ok(()),
        (_, Outcome::Done) => Err("no success of what the device refused".into()),
    }
}

fn stale(bench: &Bench<'_>, trials: &mut Trials<'_>) {
    trials.none("the kit has no outputs");
    let age_s = trials.number("age_s", 1.0);
    for point in bench.kit.points(PointKind::Output) {
        for down_s in [0.5, 2.0, 60.0] {
            trials.each(format!("{} while the link is down for {down_s} s", point.name), |_| {
                let mut scene = Scene::connected();
                scene.push(seconds(GIVEN_S) - ms(10), Fact::Lost);
                scene.push(seconds(GIVEN_S), switched_on(point));
                scene.push(seconds(GIVEN_S + down_s), Fact::Connected);
                scene.end_ns = seconds(GIVEN_S + down_s + 5.0);
                let trace = bench.play(&scene)?;
                let idle = bench.play(&scene.without(2..3))?;
                let sent = writes(&trace).saturating_sub(writes(&idle));
                let most = usize::from(down_s <= age_s);
                let expected = if sent > most {
                    format!("at most {most} writes of a command {down_s} s old; {sent}")
                } else if ended(&trace).is_none() {
                    "an outcome of the command, sent or not. Never came.".to_owned()
                } else {
                    return Ok(());
                };
                Err(Miss::new(expected).with(&trace))
            });
        }
    }
}
