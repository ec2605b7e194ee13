//! How often counts are said, and what they cover.

use greenlane_driver::model::{Body, Counts};
use serde_json::json;

use crate::{GAMMA_ALARM, IDLE, OCCUPIED, Rig, passage, told};

fn gamma(rig: &mut Rig) -> Vec<(u64, Counts)> {
    let mut samples = Vec::new();
    for one in rig.seen() {
        if let Body::Gamma(counts) = one.body {
            samples.push((one.at.mono_ns, counts));
        }
    }
    samples
}

#[test]
fn a_sample_is_said_once_an_interval_however_fast_the_poll() {
    let mut rig = Rig::connected();
    rig.rows(101, OCCUPIED);
    let samples = gamma(&mut rig);
    assert_eq!(samples.len(), 21, "20 s");
    for pair in samples.windows(2) {
        assert!((pair[1].0 - pair[0].0).abs_diff(1_000_000_000) < 110_000_000, "{pair:?}");
    }
    assert!(samples.iter().all(|(_, counts)| counts.interval.value() == 1.0 && counts.counts == [305]));
}

#[test]
fn another_interval_is_a_setting() {
    let mut rig = Rig::new(json!({ "unit": 1, "count_interval_ms": 200 }));
    rig.bench.connect();
    rig.answer();
    rig.rows(50, OCCUPIED);
    let samples = gamma(&mut rig);
    assert_eq!(samples.len(), 50);
    assert!(samples.iter().all(|(_, counts)| counts.interval.value() == 0.2));
}

#[test]
fn an_alarm_between_two_samples_marks_the_next_one() {
    let mut rig = Rig::connected();
    rig.rows(2, OCCUPIED);
    rig.rows(1, GAMMA_ALARM);
    rig.rows(6, OCCUPIED);
    let alarms: Vec<_> = gamma(&mut rig).into_iter().map(|(_, counts)| counts.alarm).collect();
    assert_eq!(alarms, [false, true]);
}

#[test]
fn an_alarm_with_nobody_there_is_said_with_its_counts() {
    let mut rig = Rig::connected();
    rig.rows(2, IDLE);
    rig.seen();
    let alarming = GAMMA_ALARM.replace("0043", "0000").replace("002A", "0029");
    rig.rows(6, &alarming);
    rig.rows(2, IDLE);
    let seen = rig.seen();
    assert_eq!(passage(&seen), ["gamma alarm on", "gamma alarm off"]);
    let counts = told(&seen).iter().filter(|word| *word == "gamma [612]!").count();
    assert_eq!(counts, 2);
}
