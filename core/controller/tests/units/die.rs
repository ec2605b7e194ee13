//! Children that die: what becomes of them, of their orders and of everybody else.

use std::path::PathBuf;
use std::thread::JoinHandle;

use greenlane_controller::device::{Limits, Order, UnitHandle, UnitPlace};
use greenlane_lane::DeviceCondition;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::json;

use crate::common;
use crate::yard::{Device, PLACES, Place, Yard, acknowledge};

/// Neighbours that count 0, 1, 2... all the time: unit 1 in a thread, unit 2 in a child.
pub struct Neighbours {
    units: Vec<UnitHandle>,
    writers: Vec<JoinHandle<()>>,
}

impl Neighbours {
    pub fn start(yard: &Yard) -> Self {
        let mut neighbours = Self { units: Vec::new(), writers: Vec::new() };
        for (id, place) in [(1, PLACES[0]), (2, PLACES[1])] {
            let device = Device::new();
            neighbours.units.push(yard.rogue(id, "rogue.fine", &device.link(), place, Limits::default()));
            neighbours.writers.push(std::thread::spawn(move || {
                let mut line = device.accept();
                let mut n = 0;
                while line.try_say(&format!("{n}\necho\n")).is_ok() && line.hear() == "echo" {
                    n += 1;
                }
            }));
        }
        neighbours
    }

    /// That they noticed nothing, and go on counting.
    pub fn assert_untouched(self, yard: &mut Yard) {
        for unit in [1, 2] {
            let next = yard.counts(unit).len() as u32;
            yard.until_count(unit, next + 10);
            yard.assert_untouched(unit);
        }
        drop(self.units);
        // They end when the last report that waits for room has found it.
        while self.writers.iter().any(|writer| !writer.is_finished()) {
            yard.take();
        }
    }
}

pub fn an_isolated_driver_that_dies_takes_nobody_along_and_comes_back() {
    for (model, how) in [("rogue.segfault", "SIGSEGV"), ("rogue.abort", "SIGABRT")] {
        let (mut yard, device) = (Yard::new(64), Device::new());
        let neighbours = Neighbours::start(&yard);
        let _unit = yard.rogue(0, model, &device.link(), Place::Child, Limits::default());
        let mut line = device.accept();
        line.say("1");
        yard.until_count(0, 1);
        line.say("now");
        let text = yard.until_fault(0, "driver_died", true);
        assert!(text.contains(how), "{text}");
        yard.until_condition(0, DeviceCondition::Down);
        let mut line = device.accept();
        yard.until_fault(0, "driver_died", false);
        yard.until_condition(0, DeviceCondition::Up);
        line.say("2");
        yard.until_count(0, 2);
        neighbours.assert_untouched(&mut yard);
    }
}

pub fn a_child_killed_from_outside_comes_back() {
    let (mut yard, device) = (Yard::new(64), Device::new());
    let _unit = yard.rogue(0, "rogue.fine", &device.link(), Place::Child, Limits::default());
    let mut line = device.accept();
    line.say("1");
    yard.until_count(0, 1);
    let [child] = children()[..] else { panic!("one child expected: {:?}", children()) };
    kill_process(child, Signal::KILL).unwrap();
    let text = yard.until_fault(0, "driver_died", true);
    assert!(text.contains("SIGKILL"), "{text}");
    assert_eq!(line.hear(), "", "its wire is closed with it");
    device.accept().say("2");
    yard.until_fault(0, "driver_died", false);
    yard.until_count(0, 2);
    assert_ne!(children(), [child]);
}

pub fn a_child_that_cannot_be_started_takes_no_order() {
    let (mut yard, device) = (Yard::new(64), Device::new());
    let place = UnitPlace::Child(PathBuf::from("/nowhere/greenlane"));
    let (plugin, link) = (common::rogue(), device.link());
    let unit = yard.start_at(0, &plugin, "rogue.fine", json!({}), &link, place, Limits::default());
    let text = yard.until_fault(0, "driver_died", true);
    assert!(text.starts_with("cannot be started"), "{text}");
    yard.until_condition(0, DeviceCondition::Down);
    let order = Order::Command { device: 0, id: 1, body: acknowledge("x") };
    assert_eq!(unit.order(order), Err("the device is down"));
}

pub fn a_unit_ends_with_its_handle() {
    for place in PLACES {
        let (mut yard, device) = (Yard::new(64), Device::new());
        let unit = yard.rogue(0, "rogue.fine", &device.link(), place, Limits::default());
        let mut line = device.accept();
        line.say("1");
        yard.until_count(0, 1);
        drop(unit);
        assert_eq!(line.hear(), "", "{place:?}");
    }
}

/// The processes that this one has started and that still run.
fn children() -> Vec<Pid> {
    let tasks = std::fs::read_dir("/proc/self/task").unwrap();
    let lists =
        tasks.map(|task| std::fs::read_to_string(task.unwrap().path().join("children")).unwrap_or_default());
    let lists: Vec<String> = lists.collect();
    let pids = lists.iter().flat_map(|list| list.split_whitespace());
    pids.filter_map(|pid| Pid::from_raw(pid.parse().ok()?)).collect()
}
