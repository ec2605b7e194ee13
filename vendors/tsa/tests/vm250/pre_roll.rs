//! Which samples were taken before the vehicle came.

use std::time::Duration;

use greenlane_driver::model::{Body, Radiation};
use greenlane_driver::{Bench, Seen};
use greenlane_tsa::vm250::Vm250;
use serde_json::json;

use crate::{connected, connected_with, feed, records};

/// `n` gamma lines in one moment, numbered from 1 in panel 1.
fn burst(bench: &mut Bench<Vm250>, n: usize) {
    for i in 1..=n {
        bench.frame(format!("GS,{i:06},000000,000000,000000"));
    }
}

/// Number, pre-roll flag and time in ms against `bench.now` of each gamma sample.
fn samples(bench: &Bench<Vm250>) -> Vec<(u32, bool, i64)> {
    let mut samples = Vec::new();
    for Seen { at, body, .. } in &bench.observations {
        if let Body::Gamma(counts) = body {
            samples.push((
                counts.counts[0],
                counts.pre_roll,
                (at.seconds_since(bench.now) * 1e3).round() as i64,
            ));
        }
    }
    samples
}

#[test]
fn all_but_the_last_of_an_opening_burst_are_pre_roll_and_timed_backwards() {
    let mut bench = connected();
    bench.frame("NS,000000,000000,000000,000000");
    burst(&mut bench, 6);
    let expected =
        [(1, true, -1000), (2, true, -800), (3, true, -600), (4, true, -400), (5, true, -200), (6, false, 0)];
    assert_eq!(samples(&bench), expected, "a whole burst is said at once");
    let moved = bench.observations.iter().filter(|s| s.at != bench.now);
    assert!(moved.clone().all(|s| s.at.uncertainty_ns == 200_000_000), "good to one interval");
    assert_eq!(moved.count(), 5);
}

#[test]
fn a_shorter_burst_is_known_when_the_window_is_over() {
    let mut bench = connected();
    burst(&mut bench, 3);
    assert_eq!(samples(&bench), [], "there could be more");
    bench.advance(Duration::from_millis(100));
    assert_eq!(samples(&bench), [(1, true, -500), (2, true, -300), (3, false, -100)]);
}

#[test]
fn a_single_sample_is_not_pre_roll_with_or_without_the_timer() {
    for timer in [true, false] {
        let mut bench = connected();
        burst(&mut bench, 1);
        if timer {
            bench.advance(Duration::from_millis(200));
        } else {
            bench.now = bench.now.shifted(200_000_000);
        }
        burst(&mut bench, 1);
        assert_eq!(samples(&bench), [(1, false, -200), (1, false, 0)]);
    }
}

#[test]
fn a_burst_later_than_the_start_is_a_slow_link_and_not_pre_roll() {
    let mut bench = connected();
    burst(&mut bench, 1);
    bench.advance(Duration::from_secs(3));
    burst(&mut bench, 15);
    assert!(samples(&bench).iter().all(|&(_, pre_roll, _)| !pre_roll));
    let times: Vec<i64> = samples(&bench).iter().map(|&(.., at)| at).collect();
    let expected: Vec<i64> = std::iter::once(-3000).chain((-14..=0).map(|n| n * 200)).collect();
    assert_eq!(times, expected, "each at the time when it was taken");
}

#[test]
fn a_sample_behind_a_lost_one_keeps_the_time_when_it_came() {
    let mut bench = connected();
    burst(&mut bench, 1);
    bench.advance(Duration::from_millis(400));
    burst(&mut bench, 1);
    bench.advance(Duration::from_millis(200));
    burst(&mut bench, 1);
    let times: Vec<i64> = samples(&bench).iter().map(|&(.., at)| at).collect();
    assert_eq!(times, [-600, -200, 0]);
}

#[test]
fn of_a_queue_behind_a_slow_link_only_the_known_number_is_pre_roll() {
    let mut bench = connected();
    burst(&mut bench, 15);
    let flags: Vec<_> = samples(&bench).iter().map(|&(_, pre_roll, _)| pre_roll).collect();
    assert_eq!(flags, [vec![true; 5], vec![false; 10]].concat());
}

#[test]
fn the_number_comes_from_the_device_when_it_told_its_intervals() {
    let mut bench = connected();
    bench.frame("SG1,000450,000068,06,10,07.0,P");
    burst(&mut bench, 10);
    assert_eq!(samples(&bench).iter().filter(|&&(_, pre_roll, _)| pre_roll).count(), 6);
}

#[test]
fn the_number_and_the_window_are_settings() {
    for (settings, expected) in [
        (json!({ "pre_roll_samples": 20 }), 19),
        (json!({ "pre_roll_samples": 2 }), 2),
        (json!({ "pre_roll_samples": 0 }), 0),
        (json!({ "pre_roll_window_ms": 0 }), 0),
    ] {
        let mut bench = connected_with(settings.clone());
        burst(&mut bench, 20);
        bench.advance(Duration::from_millis(200));
        let pre_roll = samples(&bench).iter().filter(|&&(_, pre_roll, _)| pre_roll).count();
        assert_eq!((pre_roll, samples(&bench).len()), (expected, 20), "{settings}");
    }
}

#[test]
fn an_alarm_in_the_burst_is_said_before_the_burst_is_complete() {
    let mut bench = connected();
    bench.frame("GA,000900,000000,000000,000000");
    let alarm = bench.bodies().into_iter().find_map(|body| match body {
        Body::RadiationAlarm(alarm) => Some((alarm.radiation, alarm.on)),
        _ => None,
    });
    assert_eq!(alarm, Some((Radiation::Gamma, true)));
}

#[test]
fn held_samples_are_said_before_the_end_whatever_ends_it() {
    for end in ["GX,000001,000000,000000,000000", "NB,000000,000000,000000,000000", "lost"] {
        let mut bench = connected();
        burst(&mut bench, 3);
        match end {
            "lost" => bench.lose("pulled"),
            line => bench.frame(line),
        }
        assert_eq!(samples(&bench), [(1, true, -400), (2, true, -200), (3, false, 0)], "{end}");
        assert_eq!(records(&bench.observations).len(), 1, "{end}");
    }
}

#[test]
fn a_burst_of_twelve_thousand_lines_loses_no_sample() {
    let mut bench = connected();
    for _ in 0..12_000 {
        bench.frame("GS,000001,000001,000001,000001");
    }
    feed(&mut bench, "GX,000001,000000,000000,000000");
    assert_eq!(samples(&bench).len(), 12_000);
}
