//! `life/`: opening, closing, connecting, losing, timers.

use rand::RngExt;

use crate::bench::Bench;
use crate::memory;
use crate::methods::Method;
use crate::rig::is_stream;
use crate::same::{ASIDE, same};
use crate::scene::{Fact, Scene, ms, seconds};
use crate::script::{Act, Step};
use crate::trace::{Note, Trace, What};
use crate::trials::{Miss, Trials};

/// Test methods of this area.
pub const METHODS: &[Method] = &[
    Method { name: "life/open-close", run: open_close },
    Method { name: "life/bounds", run: bounds },
    Method { name: "life/speak-first", run: speak_first },
    Method { name: "life/lost", run: lost },
    Method { name: "life/snapshot", run: snapshot },
    Method { name: "life/no-panic", run: no_panic },
    Method { name: "life/time", run: time },
    Method { name: "life/wake", run: wake },
];

/// Kinds that say something of the driver or the link, not of the device.
const OF_THE_DRIVER: &[&str] = &["fault", "health", "raw"];

fn open_close(bench: &Bench<'_>, trials: &mut Trials<'_>) {
    trials.each("after every act of the clean run", |_| {
        let script = bench.clean()?.script.clone();
        for end in 0..script.len() {
            let at = script[end].at_ns;
            let trace = bench.play_script(&script[..=end], at)?;
            if trace.broken.is_some() {
                return Err(Miss::new("the driver can be closed after every act").with(&trace));
            }
        }
        Ok(())
    });
    let most = trials.number("growth_kb", 64.0);
    trials.drawn(|_| bench.open().map(drop).map_err(Miss::from));
    trials.each("1000 times, with no growth", |_| {
        let round = |n: u32| (0..n).try_for_each(|_| bench.open().map(drop));
        round(200)?;
        let before = memory::in_use_bytes();
        round(1000)?;
        let grown = (memory::in_use_bytes() - before) as f64 / 1024.0;
        let expected =
            format!("at most {most} kB more after 1000 rounds of open and close; {grown:.0} kB grew");
        (grown <= most).then_some(()).ok_or_else(|| Miss::new(expected))
    });
}

/// What the device did not say: the driver has not been connected, or no more.
fn unfounded(trace: &Trace, from_ns: u64, up_to_ns: u64) -> Option<String> {
    trace.lines().iter().find_map(|(at, what)| {
        let wrong = match what {
            _ if *at < from_ns || *at > up_to_ns => return None,
            What::Came(seen) if OF_THE_DRIVER.contains(&seen.kind.as_str()) => return None,
            What::Came(seen) if seen.json.contains("\"covered\":\"unknown\"") => return None,
            What::Came(seen) => seen.to_string(),
            What::Note(note @ (Note::Sent(_) | Note::Asked { .. })) => note.to_string(),
            _ => return None,
        };
        Some(format!("nothing of the device while there is no link; it came `{wrong}`"))
    })
}

fn bounds(bench: &Bench<'_>, trials: &mut Trials<'_>) {
    trials.each("before the link is up", |_| {
        let mut rig = bench.open()?;
        for token in 0..4_u32 {
            rig.advance(seconds(1.0 + f64::from(token)));
            rig.act(&Act::Due(token.into()));
        }
        rig.advance(seconds(60.0));
        let trace = bench.done(rig);
        unfounded(&trace, 0, u64::MAX).map_or(Ok(()), |wrong| Err(Miss::new(wrong).with(&trace)))
    });
    trials.each("after the link was lost", |_| {
        let clean = bench.clean()?;
        let half = clean.script.len() / 2;
        let lost_ns = clean.script[half].at_ns + ms(50);
        let mut rig = bench.open()?;
        rig.play(&clean.script[..half], lost_ns);
        rig.act(&Act::Lose("the other side closed".into()));
        for token in 0..4_u32 {
            rig.advance(lost_ns + seconds(1.0 + f64::from(token)));
            rig.act(&Act::Due(token.into()));
        }
        rig.advance(lost_ns + seconds(60.0));
        let trace = bench.done(rig);
        // What the loss itself ends may be said in the same moment.
        let wrong = unfounded(&trace, lost_ns + 1, u64::MAX);
        wrong.map_or(Ok(()), |wrong| Err(Miss::new(wrong).with(&trace)))
    });
}

fn speak_first(bench: &Bench<'_>, trials: &mut Trials<'_>) {
    let within = seconds(trials.number("first_request_s", 1.0));
    let most = trials.number("requests_per_s", 5.0);
    trials.each("asks after every connect", |_| {
        let mut scene = Scene::connected();
        for i in 1..4 {
            scene.push(seconds(f64::from(i) * 10.0), Fact::Lost);
            scene.push(seconds(f64::from(i) * 10.0 + 2.0), Fact::Connected);
        }
        scene.end_ns = seconds(45.0);
        let trace = bench.play(&scene)?;
        for (up_ns, ()) in scene.pick(|f| matches!(f, Fact::Connected).then_some(())) {
            let asked = |(at, note): (u64, &Note)| {
                matches!(note, Note::Asked { .. } | Note::Sent(_)) && (up_ns..=up_ns + within).contains(&at)
            };
            if !trace.notes().any(asked) {
                let at = up_ns as f64 / 1e9;
                return Err(Miss::new(format!("a request within 1 s of the link at {at:.3} s")).with(&trace));
            }
        }
        Ok(())
    });
    trials.each("a device that does not answer is not flooded", |_| {
        let mut scene = Scene::connected();
        scene.push(1, Fact::Manners { manners: crate::far::Manners::Mute });
        scene.push(seconds(60.0), Fact::Manners { manners: crate::far::Manners::Good });
        scene.end_ns = seconds(80.0);
        let trace = bench.play(&scene)?;
        let asked: Vec<u64> = trace
            .notes()
            .filter(|(at, note)| *at < seconds(60.0) && matches!(note, Note::Asked { .. }))
            .map(|(at, _)| at)
            .collect();
        // The first burst of a connect may be one request a block of the device.
        let rate = asked.len() as f64 / 60.0;
        if rate > most {
            let said = format!("at most {most} requests a second while nothing answers; {rate:.1} were sent");
            return Err(Miss::new(said).with(&trace));
        }
        let again = trace.notes().any(|(at, n)| at > seconds(60.0) && matches!(n, Note::Asked { .. }));
        again.then_some(()).ok_or_else(|| Miss::new("requests again once the device answers").with(&trace))
    });
}

fn lost(bench: &Bench<'_>, trials: &mut Trials<'_>) {
    if !is_stream(&bench.info.link) {
        return lost_between(bench, trials);
    }
    let Ok(clean) = bench.clean() else { return };
    let frames: Vec<usize> = (0..clean.script.len())
        .filter(|&i| matches!(clean.script[i].act, Act::Bytes(_)))
        .step_by((clean.script.len() / 5).max(1))
        .take(3)
        .collect();
    for at in frames {
        let Act::Bytes(bytes) = &clean.script[at].act else { continue };
        // With its end the frame would be whole.
        let length = bytes.len() - bench.kit.book.wire.end.len();
        // The clean script was played, so the driver opens.
        let whole = bench.play_script(&cut_link(&clean.script, at, None), clean.scene.end_ns);
        let Ok(whole) = whole else { return };
        for cut in 1..=length {
            trials.each(format!("frame {at} cut after byte {cut}"), |_| {
                let cut = cut_link(&clean.script, at, Some(bytes[..cut].to_vec()));
                let cut = bench.play_script(&cut, clean.scene.end_ns)?;
                same(&whole, &cut, ASIDE).map_err(|e| Miss::new(e).with(&cut))
            });
        }
    }
}

/// The script with the link lost and made anew instead of frame `at`, after `half` of it came.
fn cut_link(script: &[Step], at: usize, half: Option<Vec<u8>>) -> Vec<Step> {
    let now = script[at].at_ns;
    let mut cut = script[..at].to_vec();
    cut.extend(half.map(|bytes| Step::at(now, Act::Bytes(bytes))));
    cut.push(Step::at(now, Act::Lose("the other side closed".into())));
    cut.push(Step::at(now, Act::Connect));
    cut.extend_from_slice(&script[at + 1..]);
    cut
}

/// Wires without frames: the link is lost at any moment and made anew; then all is as after a first connect.
fn lost_between(bench: &Bench<'_>, trials: &mut Trials<'_>) {
    for round in 0..50_u64 {
        trials.each(format!("lost in the middle, {round}"), |_| {
            let clean = bench.clean()?;
            let at = ms(300) + ms(1) * round;
            let mut rig = bench.open()?;
            rig.play(&clean.script[..1.min(clean.script.len())], 0);
            rig.act(&Act::Connect);
            rig.advance(at);
            rig.act(&Act::Lose("the other side closed".into()));
            rig.advance(at + seconds(1.0));
            let trace = bench.done(rig);
            trace.broken.is_none().then_some(()).ok_or_else(|| Miss::new("the driver goes on").with(&trace))
        });
    }
}

fn snapshot(bench: &Bench<'_>, trials: &mut Trials<'_>) {
    if bench.kit.book.point.is_empty() {
        return trials
            .none("no level or total that a reconnect could take for an edge, but tamper: rpm/tamper");
    }
    trials.drawn(|case| {
        let mut scene = Scene::connected();
        for point in &bench.kit.book.point {
            let rng = &mut case.rng;
            let (before, after) = (rng.random_bool(0.5), rng.random_bool(0.5));
            let (name, at, then) = (point.name.clone(), seconds(2.0), seconds(5.5));
            match point.kind {
                crate::kit::PointKind::Input => {
                    scene.push(at, Fact::Presence { point: name.clone(), covered: before });
                    scene.push(then, Fact::Presence { point: name, covered: after });
                }
                crate::kit::PointKind::Counter => {
                    let value = [7, 8, 1007, 0][rng.random_range(0..4_usize)];
                    scene.push(at, Fact::Counter { point: name.clone(), value: 7 });
                    scene.push(then, Fact::Counter { point: name, value });
                }
                crate::kit::PointKind::Output => {}
            }
        }
        scene.push(seconds(5.0), Fact::Lost);
        scene.push(seconds(6.0), Fact::Connected);
        scene.events.sort_by_key(|event| event.at_ns);
        scene.end_ns = seconds(9.0);
        case.scene(bench, &scene, |scene, trace| first_is_snapshot(bench, scene, trace))
    });
}

/// The first reading of each point after each connect is a state, not an edge.
fn first_is_snapshot(bench: &Bench<'_>, scene: &Scene, trace: &Trace) -> Result<(), String> {
    use greenlane_model::{Body, Covered};
    for (up_ns, ()) in scene.pick(|f| matches!(f, Fact::Connected).then_some(())) {
        for point in bench.kit.points(crate::kit::PointKind::Input) {
            let first =
                trace.of("presence").filter(|seen| seen.now_ns > up_ns).find_map(|seen| match &seen.body {
                    Ok(Body::Presence(p)) if p.point == point.name && p.covered != Covered::Unknown => {
                        Some((p, seen))
                    }
                    _ => None,
                });
            match first {
                Some((presence, _)) if presence.snapshot => {}
                Some((_, seen)) => {
                    return Err(format!("`snapshot` on the first reading after a connect: {seen}"));
                }
                None => {
                    return Err(format!("a first reading of {} after a connect. Never came.", point.name));
                }
            }
        }
    }
    Ok(())
}

fn no_panic(bench: &Bench<'_>, trials: &mut Trials<'_>) {
    for length in (1..4).filter(|_| is_stream(&bench.info.link)) {
        trials.each(format!("a frame of {length} bytes before each of the clean run"), |_| {
            let clean = bench.clean()?;
            let end = bench.kit.book.wire.end.as_bytes();
            let short = |step: &Step| match &step.act {
                Act::Bytes(bytes) => Some([&bytes[..length.min(bytes.len())], end].concat()),
                _ => None,
            };
            let with_short = clean.script.iter().flat_map(|step| {
                let short = short(step).map(|bytes| Step::at(step.at_ns, Act::Bytes(bytes)));
                short.into_iter().chain([step.clone()])
            });
            let trace = bench.play_script(&with_short.collect::<Vec<_>>(), clean.scene.end_ns)?;
            let goes_on = trace.broken.is_none();
            goes_on.then_some(()).ok_or_else(|| Miss::new("the driver goes on").with(&trace))
        });
    }
    super::watched(bench, trials, "life/no-panic", "the driver never panics and never floods");
}

fn time(bench: &Bench<'_>, trials: &mut Trials<'_>) {
    let most = trials.number("max_ms", 20.0);
    trials.each("no input of the clean run takes long, the best of three", |_| {
        let clean = bench.clean()?;
        let mut best: Vec<f64> = Vec::new();
        for _ in 0..3 {
            let mut rig = bench.open()?;
            rig.play(&clean.script, clean.scene.end_ns);
            let took = std::mem::take(&mut rig.trace.took_ms);
            bench.done(rig);
            best =
                if best.is_empty() { took } else { best.iter().zip(&took).map(|(a, b)| a.min(*b)).collect() };
        }
        let slow = best.iter().enumerate().max_by(|a, b| a.1.total_cmp(b.1)).filter(|(_, ms)| **ms > most);
        let Some((input, ms)) = slow else { return Ok(()) };
        Err(Miss::new(format!("at most {most} ms an input; input {input} took {ms:.0} ms each time")))
    });
}

fn wake(bench: &Bench<'_>, trials: &mut Trials<'_>) {
    let most = trials.number("wakes_per_s", 20.0);
    trials.each("ten idle minutes", |_| {
        let mut rig = bench.open()?;
        rig.act(&Act::Connect);
        // The first minute may ask for what it needs.
        rig.advance(seconds(60.0));
        rig.trace = Trace::default();
        for minute in 1..=10 {
            rig.advance(seconds(60.0 + 60.0 * f64::from(minute)));
            // More than are allowed in all ten: the rest would only cost time.
            if rig.trace.wakes as f64 > (most + 1.0) * 600.0 {
                break;
            }
        }
        let rate = rig.trace.wakes as f64 / 600.0;
        let said = format!("at most {most} wakes a second when idle; {rate:.1}");
        (rate <= most + 0.05).then_some(()).ok_or_else(|| Miss::new(said))
    });
    trials.drawn(|case| {
        let clean = bench.clean()?;
        let mut script = clean.script.clone();
        for _ in 0..5 {
            let at = case.rng.random_range(0..clean.scene.end_ns);
            // Tokens that nobody has asked for: 64-bit numbers far from what a driver counts.
            let token = case.rng.random_range(1 << 40..u64::MAX);
            let place = script.partition_point(|step| step.at_ns <= at);
            script.insert(place, Step::at(at, Act::Due(token)));
        }
        let trace = bench.play_script(&script, clean.scene.end_ns)?;
        same(&clean.trace, &trace, &["health"]).map_err(|e| Miss::new(e).with(&trace))
    });
}
