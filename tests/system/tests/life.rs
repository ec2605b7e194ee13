//! One controller's life: it starts, stops, starts again, and takes changes and losses on the way.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use greenlane_system::{
    Bank, Portal, Running, children, entries, export, greenlane, guarded_lane, is_sound, offline, peek,
    portal_lane, until,
};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

#[test]
fn a_request_to_terminate_stops_cleanly_and_leaves_one_file() {
    let yard = Yard::new(&guarded_lane(&offline("tcp"), &offline("modbus")));
    let running = yard.run();
    running.says("1 lane(s), 2 device(s)");
    until("the journal is there", || peek(&yard.journal, "passage"));
    let ended = running.stop().with(0);
    assert!(ended.stderr.contains("stopped; the journal ends with entry"), "{}", ended.stderr);
    let files = yard.journal_files();
    assert_eq!(files, ["lane.journal"], "a clean stop leaves one file");
    is_sound(&yard.journal);
}

#[test]
fn a_second_run_on_the_same_journal_is_refused_while_the_first_goes_on() {
    let portal = Portal::open();
    let yard = Yard::new(&portal_lane(&portal.link(), "none"));
    let first = yard.run();
    portal.wait_for_client();
    until("the journal is there", || peek(&yard.journal, "passage"));
    let second = yard.run().wait().with(2);
    assert!(second.stderr.contains(&first.id().to_string()), "who has it? {}", second.stderr);
    portal.vehicle(1, 10);
    yard.wait_for_decisions(1);
    first.stop().with(0);
    is_sound(&yard.journal);
}

#[test]
fn a_restart_continues_the_journal_and_uses_no_number_twice() {
    let portal = Portal::open();
    let yard = Yard::new(&portal_lane(&portal.link(), "process"));
    for epoch in 1..=3_u32 {
        let running = yard.run();
        until("the portal is connected to", || (portal.clients() == 1).then_some(()));
        portal.background();
        portal.vehicle(epoch, 10);
        yard.wait_for_decisions(epoch as usize);
        running.stop().with(0);
        portal.hang_up();
    }
    let restarts: Vec<Value> = bodies(&yard.journal, "restarted");
    assert_eq!(restarts.iter().map(|r| r["epoch"].as_u64()).collect::<Vec<_>>(), [Some(2), Some(3)]);
    assert_eq!(entries(&yard.journal, "start").len(), 3);
    let passages = export(&yard.journal, "passage");
    let ids: BTreeSet<_> = passages.iter().filter_map(|passage| passage["id"].as_str()).collect();
    assert_eq!((passages.len(), ids.len()), (3, 3), "{ids:?}");
    let epochs = export(&yard.journal, "observation");
    let mut epochs: Vec<_> = epochs.iter().filter_map(|said| said["epoch"].as_u64()).collect();
    epochs.dedup();
    assert_eq!(epochs, [1, 2, 3]);
    is_sound(&yard.journal);
}

#[test]
fn a_journal_whose_making_was_interrupted_is_made() {
    let yard = Yard::new(&portal_lane(&offline("tcp"), "none"));
    // What a kill leaves between the file's first page and the first commit.
    let database = rusqlite::Connection::open(&yard.journal).expect("a database");
    database.pragma_update(None, "journal_mode", "WAL").expect("a header");
    drop(database);
    assert!(yard.journal.metadata().is_ok_and(|file| file.len() > 0));
    let running = yard.run();
    until("the journal is there", || peek(&yard.journal, "passage"));
    running.stop().with(0);
    is_sound(&yard.journal);
}

#[test]
fn a_right_change_of_the_file_is_applied_and_recorded_and_a_wrong_one_refused() {
    let portal = Portal::open();
    let text = portal_lane(&portal.link(), "none");
    let yard = Yard::new(&text);
    let running = yard.run();
    portal.wait_for_client();
    until("the journal is there", || peek(&yard.journal, "passage"));

    yard.write(&text.replace("max_speed_kmh = 17", "max_speed_kmh = \"fast\""));
    running.says("the one in force stays");
    running.says("lane.max_speed_kmh");
    yard.write(&text.replace("in-01", "in-02"));
    running.says("lanes were added, removed or renamed");
    yard.write(&text.replace("max_speed_kmh = 17", "max_speed_kmh = 25"));
    running.says("the changed configuration is in force");
    portal.vehicle(1, 10);
    yard.wait_for_decisions(1);
    running.stop().with(0);

    let configs = bodies(&yard.journal, "config");
    let speeds: Vec<_> = configs.iter().map(|c| c["config"]["lane"]["max_speed_kmh"].as_f64()).collect();
    assert_eq!(speeds, [Some(17.0), Some(25.0)]);
    assert_eq!(portal.clients(), 1, "a device that did not change keeps its connection");
    is_sound(&yard.journal);
}

#[test]
fn a_killed_driver_is_a_fault_and_its_device_comes_back() {
    let portal = Portal::open();
    let yard = Yard::new(&portal_lane(&portal.link(), "process"));
    let running = yard.run();
    portal.wait_for_client();
    let child = until("a child is there", || children(running.id()).pop());
    let pid = Pid::from_raw(child.cast_signed()).expect("a process number");
    kill_process(pid, Signal::KILL).expect("the child is ours");
    until("the fault came and went", || {
        let faults = peek(&yard.journal, "fault")?;
        let died = faults.iter().filter(|fault| fault["code"] == "driver_died");
        let on: Vec<_> = died.map(|fault| fault["on"] == true).collect();
        (on == [true, false]).then_some(())
    });
    until("another child is there", || children(running.id()).pop().filter(|other| *other != child));
    until("it has connected", || (portal.connections() == 2).then_some(()));
    portal.vehicle(7, 10);
    yard.wait_for_decisions(1);
    running.stop().with(0);
    assert_eq!(export(&yard.journal, "occupancy")[0]["index"], 7);
    is_sound(&yard.journal);
}

#[test]
fn devices_in_the_process_and_in_children_share_a_lane() {
    let (portal, bank) = (Portal::open(), Bank::open(|_| {}));
    let yard = Yard::new(&guarded_lane(&portal.link(), &bank.link()));
    let running = yard.run();
    portal.wait_for_client();
    until("red is shown", || (bank.coil(0) == Some(true)).then_some(()));
    assert_eq!(children(running.id()).len(), 1, "one device of two is isolated");
    // A portal is whole evidence only if it was known empty on this connection.
    portal.background();
    portal.vehicle(1, 10);
    until("green is shown", || (bank.coil(1) == Some(true)).then_some(()));
    assert_eq!(bank.coil(0), Some(false));
    running.stop().with(0);
    let passage = &export(&yard.journal, "passage")[0];
    assert_eq!(passage["decision"], "release", "{passage}");
    // What was asked before the box was connected failed, and was asked again.
    for command in export(&yard.journal, "command").iter().filter(|c| c["class"] == "permissive") {
        assert_eq!(command["outcome"], "done", "{command}");
    }
    is_sound(&yard.journal);
}

/// A lane's folder.
struct Yard {
    folder: tempfile::TempDir,
    config: PathBuf,
    journal: PathBuf,
}

impl Yard {
    fn new(lane: &str) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let (config, journal) = (folder.path().join("lane.toml"), folder.path().join("lane.journal"));
        let yard = Self { folder, config, journal };
        yard.write(lane);
        yard
    }

    fn write(&self, lane: &str) {
        std::fs::write(&self.config, lane).expect("a lane file");
    }

    fn run(&self) -> Running {
        let mut command = greenlane();
        command.arg("run").arg(&self.config).arg("--journal").arg(&self.journal);
        Running::start(command)
    }

    fn wait_for_decisions(&self, count: usize) {
        until(&format!("{count} passages are decided"), || {
            (peek(&self.journal, "decision")?.len() >= count).then_some(())
        });
    }

    /// Every file but the lane's.
    fn journal_files(&self) -> Vec<String> {
        let entries = self.folder.path().read_dir().expect("a folder").flatten();
        let names = entries.map(|entry| entry.file_name().to_string_lossy().into_owned());
        names.filter(|name| name != "lane.toml").collect()
    }
}

fn bodies(journal: &Path, kind: &str) -> Vec<Value> {
    entries(journal, kind).into_iter().map(|(_, body)| body).collect()
}
