//! Monitors on a running lane: how soon they find out, how seldom they are wrong, and the way back.

use greenlane_standard::stats::Change;
use greenlane_standard::{Monitor, Rule, State};

/// SplitMix64 (S. Vigna, public domain).
struct Draw(u64);

impl Draw {
    fn is_hit(&mut self, misses: f64) -> bool {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) >> 11) as f64 / (1_u64 << 53) as f64 >= misses
    }
}

/// Usual and bad rate of misses; mean trials to the level 1000 at the bad rate, and at twice the bad rate: the
/// means of 40 000 runs of another program.
const GOLDEN: [(f64, f64, f64, f64); 4] = [
    (0.001, 0.005, 1601.0, 589.0),
    (0.01, 0.03, 481.0, 150.0),
    (0.05, 0.10, 301.0, 73.0),
    (0.02, 0.06, 236.0, 74.0),
];

/// Mean trials until the change reaches 1000, over `runs` runs with so many misses.
fn mean_trials(usual: f64, bad: f64, misses: f64, runs: u32, draw: &mut Draw) -> f64 {
    let mut trials = 0_u64;
    for _ in 0..runs {
        let mut change = Change::default();
        while !change.has_reached(1000.0) {
            change.trial(draw.is_hit(misses), usual, bad);
            trials += 1;
        }
    }
    trials as f64 / f64::from(runs)
}

#[test]
fn a_change_is_found_out_in_the_known_time() {
    let mut draw = Draw(20_261_124);
    for (usual, bad, at_bad, at_twice) in GOLDEN {
        for (misses, golden) in [(bad, at_bad), (2.0 * bad, at_twice)] {
            let mean = mean_trials(usual, bad, misses, 4000, &mut draw);
            assert!(
                (mean / golden - 1.0).abs() < 0.05,
                "{usual} -> {misses}: {mean} trials, golden {golden}"
            );
        }
    }
}

#[test]
fn without_a_change_more_than_65_000_trials_pass_before_a_false_one() {
    let mut draw = Draw(99);
    for (usual, bad, ..) in GOLDEN {
        let mean = mean_trials(usual, bad, usual, 40, &mut draw);
        // Forty runs of an exponential length: a third less is three standard errors from the mean.
        assert!(mean > 65_000.0 * 0.6, "{usual} -> {bad}: {mean} trials");
    }
}

#[test]
fn a_monitor_finds_out_no_later_than_the_change_alone() {
    let mut draw = Draw(3);
    for (usual, bad, at_bad, _) in GOLDEN {
        let mut trials = 0_u32;
        for _ in 0..200 {
            let mut monitor = Monitor::new(Rule::Rate { usual, bad }, 0);
            trials +=
                (1..1_000_000).find(|_| monitor.trial(draw.is_hit(bad), 0).is_some()).expect("it moves");
        }
        let mean = f64::from(trials) / 200.0;
        assert!(mean <= at_bad * 1.1, "{usual} -> {bad}: {mean} trials, the change alone {at_bad}");
    }
}

#[test]
fn a_device_as_it_should_be_stays_in_standard() {
    let mut draw = Draw(5);
    let mut moved = 0;
    for _ in 0..100 {
        let mut monitor = Monitor::new(Rule::Rate { usual: 0.01, bad: 0.03 }, 0);
        moved += u32::from((0..3000).any(|_| monitor.trial(draw.is_hit(0.01), 0).is_some()));
    }
    // 5 % for the claim since the start, and one change in 65 000 trials.
    assert!(moved <= 18, "{moved} of 100");
}

#[test]
fn an_event_takes_the_evidence_away_at_once_and_a_person_gives_it_back() {
    let mut monitor = Monitor::new(Rule::Event, 0);
    assert_eq!(monitor.trial(true, 1), None);
    let fall = monitor.trial(false, 2).expect("it falls");
    assert_eq!((fall.from, fall.to), (State::InStandard, State::OutOfStandard));
    assert!((0..10_000).all(|_| monitor.trial(true, 3).is_none()), "no number of quiet events is a proof");
    let back = monitor.restore("A. Person", "cable replaced", 4);
    assert_eq!((back.from, back.to), (State::OutOfStandard, State::InStandard));
    assert!(back.why.contains("A. Person"));
    assert_eq!(monitor.estimate(10_000_000).state, State::InStandard, "events are not expected");
}

#[test]
fn the_way_back_is_a_proof() {
    let mut monitor = Monitor::new(Rule::Proof { least: 0.90 }, 0);
    let fall = (0..8).find_map(|_| monitor.trial(false, 0)).expect("it falls");
    assert!(fall.to >= State::Degraded);
    // Two transitions on the way down; the proof counts from the last of them.
    let mut hits = 0;
    let back = (0..1000).find_map(|_| {
        hits += 1;
        monitor.trial(true, 0).filter(|t| t.to == State::InStandard)
    });
    assert!(back.expect("it is proven").why.contains("claimed"));
    assert!((43..=130).contains(&hits), "{hits} hits; 43 without a miss claim p >= 0.90");
}

#[test]
fn without_trials_for_a_day_it_is_blind() {
    let mut monitor = Monitor::new(Rule::Rate { usual: 0.01, bad: 0.03 }, 1_000_000);
    monitor.trial(true, 1_000_100);
    let day = 24 * 3600;
    assert!(!monitor.estimate(1_000_100 + day).is_blind);
    let blind = monitor.estimate(1_000_101 + day);
    assert!(blind.is_blind && blind.state == State::Degraded);
    monitor.trial(true, 1_000_102 + day);
    assert_eq!(monitor.estimate(1_000_102 + day).state, State::InStandard);
}

#[test]
fn a_clean_run_is_proven_and_its_days_are_kept_to_a_month() {
    let mut monitor = Monitor::new(Rule::Rate { usual: 0.01, bad: 0.03 }, 0);
    for day in 0..100 {
        for trial in 0..10 {
            monitor.trial(day != 50 || trial != 0, day * 86_400);
        }
    }
    let known = monitor.estimate(99 * 86_400);
    assert_eq!((known.n, known.misses, known.days.len()), (1000, 1, 32));
    assert!(known.lower > 0.98 && known.upper <= 1.0, "{known:?}");
    let text = serde_json::to_string(&monitor).expect("it is written");
    assert_eq!(serde_json::from_str::<Monitor>(&text).expect("it reads back"), monitor);
}
