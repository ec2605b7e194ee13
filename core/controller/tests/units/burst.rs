//! Back-pressure: what may not be lost is not.

use std::sync::mpsc::channel;

use greenlane_controller::device::{Limits, Report};

use crate::yard::{Device, PLACES, Place, Yard, count};

const LINES: u32 = 12_000;

pub fn twelve_thousand_lines_at_once_lose_no_sample() {
    for place in PLACES {
        // A queue this short makes every report wait for the test.
        let (mut yard, device) = (Yard::new(1), Device::new());
        let _unit = yard.rogue(0, "rogue.fine", &device.link(), place, Limits::default());
        let mut line = device.accept();
        let (begun, started) = channel();
        let writer = std::thread::spawn(move || {
            // Long lines fill the buffers between.
            for first in (0..LINES).step_by(1000) {
                let lines: String = (first..first + 1000).map(|n| format!("{n:0100}\n")).collect();
                line.try_say(&lines).unwrap();
                // The test may have seen enough.
                let _ = begun.send(());
            }
            line
        });
        started.recv().unwrap();
        yard.until_count(0, LINES - 1);
        assert_eq!(yard.counts(0), (0..LINES).collect::<Vec<_>>(), "{place:?}");
        assert!(!yard.seen(0).any(|report| matches!(report, Report::Dropped { .. })), "{place:?}");
        drop(writer.join().unwrap());
    }
}

pub fn a_full_queue_loses_only_what_may_be_lost_and_counts_it() {
    // Room for the news that the driver is loaded and the device up, and for three counts.
    let (mut yard, device) = (Yard::new(5), Device::new());
    let _unit = yard.rogue(0, "rogue.fine", &device.link(), Place::Thread, Limits::default());
    let mut line = device.accept();
    line.say("0\n1\n2\nx\ny\nz\necho");
    // Everything before it has been handled.
    assert_eq!(line.hear(), "echo");
    line.say("3");
    yard.until_count(0, 3);
    let told: Vec<_> =
        yard.seen(0).filter(|r| !matches!(r, Report::Condition { .. } | Report::Loaded { .. })).collect();
    assert!(matches!(told[..], [_, _, _, Report::Dropped { count: 3 }, _]), "{told:#?}");
    assert_eq!(told.iter().filter_map(|r| count(r)).collect::<Vec<_>>(), [0, 1, 2, 3]);
}
