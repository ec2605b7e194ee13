//! Drivers that panic, hang and flood.

use std::time::Duration;

use greenlane_controller::device::{Limits, Order};
use greenlane_lane::DeviceCondition;
use greenlane_model::Outcome;
use serde_json::json;

use crate::common;
use crate::die::Neighbours;
use crate::yard::{Device, PLACES, Place, Yard, acknowledge};

/// Short, so that the test does not wait for long; only for units that are meant to hang.
const HANG: Limits = Limits { hang: Duration::from_millis(500), flood_per_s: 20_000 };

pub fn a_panic_is_a_fault_until_the_driver_is_opened_again() {
    for place in PLACES {
        let (mut yard, device) = (Yard::new(64), Device::new());
        let neighbours = Neighbours::start(&yard);
        let unit = yard.rogue(0, "rogue.panic", &device.link(), place, Limits::default());
        let mut line = device.accept();
        line.say("1");
        yard.until_count(0, 1);
        unit.order(Order::Command { device: 0, id: 5, body: acknowledge("nothing") }).unwrap();
        unit.order(Order::Command { device: 0, id: 6, body: acknowledge("x") }).unwrap();
        assert_eq!(yard.until_outcome(0, 6), Outcome::Done);
        line.say("now");
        let text = yard.until_fault(0, "driver_panicked", true);
        assert!(text.contains("told to"), "{text}");
        assert!(matches!(yard.until_outcome(0, 5), Outcome::Failed(_)));
        yard.until_condition(0, DeviceCondition::Down);
        yard.until_fault(0, "driver_panicked", false);
        yard.until_condition(0, DeviceCondition::Up);
        line.say("2");
        yard.until_count(0, 2);
        neighbours.assert_untouched(&mut yard);
    }
}

pub fn a_panic_while_opening_is_tried_again_until_it_is_cured() {
    for place in PLACES {
        let (mut yard, device) = (Yard::new(64), Device::new());
        let folder = tempfile::tempdir().unwrap();
        let cure = folder.path().join("cure");
        let (plugin, model) = (common::rogue(), "rogue.panic_on_open");
        let settings = json!({ "cure": cure });
        let _unit = yard.start(0, &plugin, model, settings, &device.link(), place, Limits::default());
        let text = yard.until_fault(0, "driver_panicked", true);
        assert!(text.contains("no cure yet"), "{text}");
        yard.until_condition(0, DeviceCondition::Down);
        yard.until_fault(0, "driver_panicked", true);
        std::fs::write(&cure, "").unwrap();
        yard.until_fault(0, "driver_panicked", false);
        yard.until_condition(0, DeviceCondition::Up);
        device.accept().say("1");
        yard.until_count(0, 1);
    }
}

pub fn a_hanging_child_is_killed_and_started_again() {
    let (mut yard, device) = (Yard::new(64), Device::new());
    let neighbours = Neighbours::start(&yard);
    let _unit = yard.rogue(0, "rogue.hang", &device.link(), Place::Child, HANG);
    let mut line = device.accept();
    line.say("1");
    yard.until_count(0, 1);
    line.say("now\n2");
    let text = yard.until_fault(0, "driver_died", true);
    assert!(text.starts_with("hangs"), "{text}");
    assert_eq!(yard.counts(0), [1]);
    device.accept().say("3");
    yard.until_fault(0, "driver_died", false);
    yard.until_count(0, 3);
    neighbours.assert_untouched(&mut yard);
}

pub fn a_hanging_thread_is_abandoned() {
    let (mut yard, device) = (Yard::new(64), Device::new());
    let neighbours = Neighbours::start(&yard);
    let unit = yard.rogue(0, "rogue.hang", &device.link(), Place::Thread, HANG);
    let mut line = device.accept();
    line.say("1\nnow\n2");
    yard.until_fault(0, "driver_hangs", true);
    yard.until_condition(0, DeviceCondition::Down);
    let order = Order::Command { device: 0, id: 1, body: acknowledge("x") };
    assert_eq!(unit.order(order), Err("the device is down"));
    assert_eq!(yard.counts(0), [1]);
    neighbours.assert_untouched(&mut yard);
}

pub fn a_flood_ends_the_child() {
    let (mut yard, device) = (Yard::new(64), Device::new());
    let neighbours = Neighbours::start(&yard);
    let limits = Limits { flood_per_s: 500, ..Limits::default() };
    let _unit = yard.rogue(0, "rogue.flood", &device.link(), Place::Child, limits);
    // Kept open: the child must not connect a second time while it floods.
    let mut line = device.accept();
    line.say("now");
    let text = yard.until_fault(0, "driver_died", true);
    assert_eq!(text, "floods");
    device.accept().say("4711");
    yard.until_fault(0, "driver_died", false);
    yard.until_count(0, 4711);
    neighbours.assert_untouched(&mut yard);
}

pub fn too_much_at_once_breaks_the_driver() {
    for place in PLACES {
        let (mut yard, device) = (Yard::new(64), Device::new());
        let limits = Limits { flood_per_s: 1_000_000, ..Limits::default() };
        let _unit = yard.rogue(0, "rogue.gush", &device.link(), place, limits);
        let mut line = device.accept();
        line.say("now");
        let text = yard.until_fault(0, "driver_floods", true);
        assert!(text.contains("at once"), "{text}");
        yard.until_fault(0, "driver_floods", false);
        yard.until_condition(0, DeviceCondition::Up);
        line.say("4294967295");
        yard.until_count(0, u32::MAX);
    }
}
