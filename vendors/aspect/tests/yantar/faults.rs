//! What is wrong is said once when it comes and once when it goes.

use std::time::Duration;

use greenlane_driver::Answer;
use greenlane_driver::model::{Body, Severity};

use crate::{GAMMA_STATUS, IDLE, INPUTS, OCCUPIED, POLL, Rig, TOOK, passage, told, with, words};

/// The faults that a word in a register raises, and that they go again.
fn raised(register: usize, word: u16) -> Vec<(String, Severity)> {
    let mut rig = Rig::connected();
    rig.seen();
    rig.polls(3, &with(IDLE, &[(register, word)]));
    let mut raised = Vec::new();
    for one in rig.seen() {
        if let Body::Fault(fault) = one.body {
            assert!(fault.on);
            raised.push((fault.code, fault.severity));
        }
    }
    rig.polls(3, &words(IDLE));
    let gone = told(&rig.seen()).iter().filter(|word| word.ends_with(" off")).count();
    assert_eq!(gone, raised.len());
    raised
}

#[test]
fn each_signal_and_status_is_its_own_fault() {
    let (warning, error) = (Severity::Warning, Severity::Error);
    for (word, code, severity) in [
        (0x0100, "power_fail", warning),
        (0x0200, "low_battery", error),
        (0x0800, "device_error", error),
        (0x8000, "device_reset", warning),
    ] {
        assert_eq!(raised(INPUTS, word), [(code.to_owned(), severity)]);
    }
    for (word, code) in [
        (0x0090, "gamma_low"),
        (0x00A0, "gamma_high"),
        (0x00C0, "gamma_overload"),
        (0x0000, "gamma_not_ready"),
    ] {
        assert_eq!(raised(GAMMA_STATUS, word), [(code.to_owned(), error)]);
    }
}

#[test]
fn an_alarm_does_not_hide_a_fault() {
    let mut rig = Rig::connected();
    rig.seen();
    rig.polls(2, &with(OCCUPIED, &[(GAMMA_STATUS, 0x0091)]));
    let told = told(&rig.seen());
    assert!(told.contains(&"fault gamma_low on".to_owned()), "{told:?}");
    assert!(told.contains(&"gamma alarm on".to_owned()), "{told:?}");
}

#[test]
fn three_bad_answers_end_the_occupancy_and_one_good_one_clears_the_fault() {
    for answer in
        [Answer::Exception(4), Answer::Registers(&[1, 2, 3]), Answer::Bits(&[true]), Answer::Written]
    {
        let mut rig = Rig::connected();
        rig.rows(5, OCCUPIED);
        rig.seen();
        for _ in 0..2 {
            rig.bench.advance(POLL);
            rig.bench.reply(TOOK, answer);
        }
        assert!(rig.seen().is_empty(), "{answer:?}");
        rig.bench.advance(POLL);
        rig.bench.reply(TOOK, answer);
        assert_eq!(told(&rig.seen()), ["fault unreadable on", "ended 42 by a lost link"], "{answer:?}");
        rig.rows(1, IDLE);
        assert_eq!(told(&rig.seen())[0], "fault unreadable off", "{answer:?}");
    }
}

#[test]
fn a_device_whose_time_stands_still_is_frozen() {
    let mut rig = Rig::connected();
    rig.seen();
    let mut stand_still = |seconds: u32| {
        for _ in 0..seconds * 5 {
            rig.bench.advance(POLL - TOOK);
            rig.answer();
        }
        told(&rig.seen()).iter().filter(|word| word.contains("frozen")).cloned().collect::<Vec<_>>()
    };
    assert!(stand_still(59).is_empty());
    assert_eq!(stand_still(2), ["fault frozen on"]);
    rig.rows(2, IDLE);
    assert!(told(&rig.seen()).contains(&"fault frozen off".to_owned()));
}

#[test]
fn whether_the_cabinet_is_open_is_said_again_after_a_reconnect() {
    let mut rig = Rig::connected();
    rig.bench.lose("unplugged");
    rig.seen();
    rig.bench.connect();
    rig.answer();
    assert!(told(&rig.seen()).contains(&"tamper false".to_owned()));
}

#[test]
fn bits_without_a_name_are_kept_raw_once_and_change_nothing() {
    let mut rig = Rig::connected();
    rig.seen();
    for (register, word) in [(INPUTS, 0x1000), (GAMMA_STATUS, 0x0084)] {
        rig.polls(5, &with(IDLE, &[(register, word)]));
        assert_eq!(told(&rig.seen()).iter().filter(|word| *word == "raw").count(), 1);
    }
    assert!(passage(&rig.seen()).is_empty());
}

#[test]
fn a_background_that_is_no_number_is_kept_raw_and_not_said() {
    // NaN, infinity, minus one.
    for high in [0x7FC0, 0x7F80, 0xBF80] {
        let mut rig = Rig::connected();
        rig.seen();
        rig.polls(1, &with(IDLE, &[(6, 0), (7, high)]));
        rig.bench.advance(Duration::from_secs(5));
        rig.answer();
        let seen = rig.seen();
        assert_eq!(told(&seen).iter().filter(|word| *word == "raw").count(), 1, "{high:#06x}");
        let gamma = seen.iter().any(|one| matches!(&one.body, Body::Background(b) if b.gamma_cps.is_some()));
        assert!(!gamma, "{seen:?}");
    }
}
