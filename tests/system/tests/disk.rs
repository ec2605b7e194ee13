//! A disk that takes nothing more: red at once, nothing permissive, and on again when it is back.
//!
//! The disk is full for the controller alone: the system refuses it to write beyond the first byte of any file.
//! That needs no disk of its own and no rights, and the limit can be lifted while it runs.

use std::process::{Command, Stdio};
use std::time::{Duration, SystemTime};

use greenlane_system::{
    Bank, Portal, Running, Write, export, greenlane, guarded_lane, is_sound, peek, run, until,
};
use rustix::process::{Pid, Resource, Rlimit, getrlimit, prlimit};

const RED: u16 = 0;
const GREEN: u16 = 1;
const BARRIER: u16 = 2;
/// Questions that the lane asks its lights, 20 ms apart: time enough for anything it would have done.
const WHILE: u64 = 100;
const SAMPLE: Duration = Duration::from_millis(50);

#[test]
fn on_a_full_disk_the_lane_shows_red_and_lets_nobody_go_until_it_is_back() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let (config, journal) = (folder.path().join("lane.toml"), folder.path().join("lane.journal"));
    let (portal, bank) = (Portal::open(), Bank::open(|_| {}));
    std::fs::write(&config, guarded_lane(&portal.link(), &bank.link())).expect("a lane file");
    let mut command = greenlane();
    command.arg("run").arg(&config).arg("--journal").arg(&journal);
    let running = Running::start(not_told_of_the_limit(&command));
    portal.wait_for_client();
    until("red is shown", || (bank.coil(RED) == Some(true)).then_some(()));
    portal.background();
    portal.vehicle_at(1, 10, SAMPLE);
    until("the released vehicle sees green", || (bank.coil(GREEN) == Some(true)).then_some(()));
    until("the record is complete", || peek(&journal, "decision")?.pop());

    let before = bank.writes().len();
    let full = SystemTime::now();
    limit(&running, Some(1));
    portal.background();
    until("red is shown", || (bank.coil(RED) == Some(true) && bank.coil(GREEN) == Some(false)).then_some(()));
    let red = bank.writes()[before];
    assert_eq!((red.coil, red.on), (RED, true), "red comes first");
    let after = red.at.duration_since(full).unwrap_or_default();
    eprintln!("red {after:?} after the first line that could not be recorded");
    running.says("recorder_lost");

    portal.vehicle_at(2, 10, SAMPLE);
    let reads = bank.reads();
    until("the lane had time to do wrong", || (bank.reads() > reads + WHILE).then_some(()));
    let writes = bank.writes();
    let wrong: Vec<_> = writes[before..].iter().filter(|write| is_permissive(write)).collect();
    assert!(wrong.is_empty(), "permitted without a record: {wrong:?}");
    run(["journal".as_ref(), "verify".as_ref(), journal.as_os_str()]).with(0);
    assert_eq!(export(&journal, "occupancy").len(), 1, "nothing can have been written");

    limit(&running, None);
    running.says("recorder_back");
    until("the second vehicle is recorded", || {
        peek(&journal, "decision")?.iter().any(|d| d["passage"] == "in-01-000002").then_some(())
    });
    portal.vehicle_at(3, 10, SAMPLE);
    until("the third vehicle is released", || {
        let decisions = peek(&journal, "decision")?;
        decisions.iter().any(|d| d["passage"] == "in-01-000003" && d["decision"] == "release").then_some(())
    });
    until("green is shown", || (bank.coil(GREEN) == Some(true)).then_some(()));
    running.stop().with(0);
    assert_eq!(export(&journal, "occupancy").len(), 3, "the lane went on and lost nothing");
    is_sound(&journal);
}

/// Over the limit, a process is told by a signal, which would end it: this one is not told.
fn not_told_of_the_limit(command: &Command) -> Command {
    let mut shell = Command::new("sh");
    shell.args(["-c", "trap '' XFSZ; exec \"$@\"", "sh"]).arg(command.get_program()).args(command.get_args());
    shell.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    shell
}

/// Lets a process write files up to so many bytes; as many as this one without a number.
fn limit(running: &Running, bytes: Option<u64>) {
    let own = getrlimit(Resource::Fsize);
    let current = bytes.or(own.current);
    let pid = Pid::from_raw(running.id().cast_signed());
    prlimit(pid, Resource::Fsize, Rlimit { current, maximum: own.maximum }).expect("it is our own process");
}

fn is_permissive(write: &Write) -> bool {
    matches!((write.coil, write.on), (RED, false) | (GREEN | BARRIER, true))
}
