//! What a unit reports of a driver that does as it should, and of a device that is set up wrongly.

use greenlane_controller::device::{Limits, Order, Report};
use greenlane_lane::DeviceCondition;
use greenlane_model::{Body, CommandBody, Outcome};
use serde_json::json;

use crate::common;
use crate::yard::{Device, PLACES, Place, Yard, body};

pub fn the_c_example_runs_over_a_real_line() {
    let folder = tempfile::tempdir().unwrap();
    let plugin = common::c_example(folder.path());
    for place in PLACES {
        let (mut yard, device) = (Yard::new(64), Device::new());
        let model = "c-example.counter";
        let unit = yard.start(0, &plugin, model, json!({}), &device.link(), place, Limits::default());
        let mut line = device.accept();
        yard.until_condition(0, DeviceCondition::Up);
        line.say("C,7");
        yard.until_count(0, 7);
        line.say("rubbish");
        let raw = yard.until("raw", |_, r| matches!(body(r), Some(Body::Raw(_))));
        assert!(matches!(body(&raw), Some(Body::Raw(raw)) if raw.bytes == "rubbish"), "{raw:?}");
        let body = CommandBody::Output { point: "lamp".into(), on: true };
        unit.order(Order::Command { device: 0, id: 3, body }).unwrap();
        assert_eq!(line.hear(), "L,1");
        line.say("L,1");
        assert_eq!(yard.until_outcome(0, 3), Outcome::Done);
    }
}

pub fn log_lines_of_a_driver_arrive() {
    for place in PLACES {
        let (mut yard, device) = (Yard::new(64), Device::new());
        let _unit = yard.rogue(0, "rogue.fine", &device.link(), place, Limits::default());
        device.accept().say("log hello there");
        let report = yard.until("log line", |_, report| matches!(report, Report::Log { .. }));
        let text = "hello there length=11".to_owned();
        assert_eq!(report, Report::Log { device: 0, level: greenlane_abi::level::INFO, text });
    }
}

pub fn wrong_settings_are_a_fault_and_the_device_is_down() {
    for place in PLACES {
        let (mut yard, device) = (Yard::new(64), Device::new());
        let settings = json!({"cures": 1});
        let (plugin, link, limits) = (common::rogue(), device.link(), Limits::default());
        let unit = yard.start(0, &plugin, "rogue.fine", settings, &link, place, limits);
        let text = yard.until_fault(0, "driver_not_opened", true);
        assert!(text.contains("cures"), "{text}");
        yard.until_condition(0, DeviceCondition::Down);
        let body = crate::yard::acknowledge("x");
        unit.order(Order::Command { device: 0, id: 1, body }).unwrap();
        assert_eq!(yard.until_outcome(0, 1), Outcome::Failed("device 0 is down".into()));
        let up = |r: &Report| matches!(r, Report::Condition { condition: DeviceCondition::Up, .. });
        assert!(!yard.seen(0).any(up), "a wire without a driver is not up");
    }
}

pub fn a_wrong_link_is_a_fault() {
    let mut yard = Yard::new(64);
    let link = "tcp://nowhere";
    let _thread = yard.rogue(0, "rogue.fine", link, Place::Thread, Limits::default());
    let _child = yard.rogue(1, "rogue.fine", link, Place::Child, Limits::default());
    let text = yard.until_fault(0, "driver_not_started", true);
    assert!(text.contains(link), "{text}");
    yard.until_fault(1, "driver_died", true);
}
