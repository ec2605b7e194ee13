//! A few units, the devices at the other end of their wires, and everything they report.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::time::Duration;

use greenlane_controller::device::{Limits, Report, Supervisor, UnitDevice, UnitHandle, UnitPlace, UnitSpec};
use greenlane_lane::DeviceCondition;
use greenlane_model::{Body, CommandBody, Outcome};
use serde_json::{Value, json};
use tokio::runtime::Runtime;
use tokio::sync::mpsc;
use tokio::time::{Instant, timeout_at};

use crate::common;

/// Far longer than anything takes: only a test that hangs meets it.
pub const GUARD: Duration = Duration::from_secs(60);

/// Where a unit is to run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    Thread,
    Child,
}

/// Both.
pub const PLACES: [Place; 2] = [Place::Thread, Place::Child];

/// Units and their reports.
pub struct Yard {
    // Before the runtime, which must outlive what runs on it.
    reports: mpsc::Receiver<(u32, Report)>,
    sender: mpsc::Sender<(u32, Report)>,
    seen: Vec<(u32, Report)>,
    runtime: Runtime,
}

impl Yard {
    /// With room for so many reports.
    pub fn new(queue: usize) -> Self {
        let (sender, reports) = mpsc::channel(queue);
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        Self { reports, sender, seen: Vec::new(), runtime }
    }

    /// Starts a unit of one rogue on `link`.
    pub fn rogue(&self, id: u32, model: &str, link: &str, place: Place, limits: Limits) -> UnitHandle {
        self.start(id, &common::rogue(), model, json!({}), link, place, limits)
    }

    /// Starts a unit of one device.
    #[allow(clippy::too_many_arguments, reason = "the first five are what a lane file says of a device")]
    pub fn start(
        &self,
        id: u32,
        plugin: &Path,
        model: &str,
        settings: Value,
        link: &str,
        place: Place,
        limits: Limits,
    ) -> UnitHandle {
        let place = match place {
            Place::Thread => UnitPlace::Thread(vec![common::load(plugin)]),
            Place::Child => UnitPlace::Child(std::env::current_exe().unwrap()),
        };
        self.start_at(id, plugin, model, settings, link, place, limits)
    }

    /// The same, at any place.
    #[allow(clippy::too_many_arguments, reason = "as above")]
    pub fn start_at(
        &self,
        id: u32,
        plugin: &Path,
        model: &str,
        settings: Value,
        link: &str,
        place: UnitPlace,
        limits: Limits,
    ) -> UnitHandle {
        let device = UnitDevice {
            name: format!("device {id}"),
            model: model.into(),
            settings,
            plugin: plugin.into(),
            silent_after_s: None,
            capture: None,
        };
        let spec = UnitSpec {
            link: link.into(),
            in_process: matches!(place, UnitPlace::Thread(_)),
            devices: vec![device],
        };
        Supervisor::new(self.runtime.handle().clone(), self.sender.clone(), limits).start(id, spec, place)
    }

    /// Takes reports until one is as wanted; all of them stay in [`Self::seen`].
    pub fn until(&mut self, what: &str, mut wanted: impl FnMut(u32, &Report) -> bool) -> Report {
        // One guard for the whole wait: neighbours report for ever.
        let give_up = Instant::now() + GUARD;
        loop {
            let report = self.runtime.block_on(async { timeout_at(give_up, self.reports.recv()).await });
            let Ok(Some((unit, report))) = report else {
                let last = &self.seen[self.seen.len().saturating_sub(20)..];
                panic!("no {what}; the last reports were {last:#?}");
            };
            self.seen.push((unit, report.clone()));
            if wanted(unit, &report) {
                return report;
            }
        }
    }

    /// Takes one report if there is any.
    pub fn take(&mut self) {
        self.seen.extend(self.reports.try_recv());
    }

    /// Takes reports until the unit has counted `n`.
    pub fn until_count(&mut self, unit: u32, n: u32) {
        self.until(&format!("count {n} of unit {unit}"), |from, report| {
            from == unit && count(report) == Some(n)
        });
    }

    /// Takes reports until the unit has this fault, on or off; its text.
    pub fn until_fault(&mut self, unit: u32, code: &str, on: bool) -> String {
        let what = format!("fault {code} {on} of unit {unit}");
        let report = self.until(&what, |from, report| {
            from == unit && fault(report).is_some_and(|fault| fault.code == code && fault.on == on)
        });
        fault(&report).unwrap().text
    }

    /// Takes reports until the unit's device is so.
    pub fn until_condition(&mut self, unit: u32, wanted: DeviceCondition) {
        self.until(
            &format!("{wanted:?} of unit {unit}"),
            |from, report| matches!(report, Report::Condition { condition, .. } if from == unit && *condition == wanted),
        );
    }

    /// Takes reports until the unit says what became of the command.
    pub fn until_outcome(&mut self, unit: u32, id: u64) -> Outcome {
        let report = self.until(
            &format!("outcome of {id} of unit {unit}"),
            |from, report| matches!(report, Report::Outcome { command, .. } if from == unit && *command == id),
        );
        let Report::Outcome { outcome, .. } = report else { unreachable!() };
        outcome
    }

    /// Everything that a unit has reported so far.
    pub fn seen(&self, unit: u32) -> impl Iterator<Item = &Report> {
        self.seen.iter().filter(move |(from, _)| *from == unit).map(|(_, report)| report)
    }

    /// What a unit has counted so far.
    pub fn counts(&self, unit: u32) -> Vec<u32> {
        self.seen(unit).filter_map(count).collect()
    }

    /// That a unit counted on without a gap, a fault or going down.
    pub fn assert_untouched(&self, unit: u32) {
        let counts = self.counts(unit);
        let expected: Vec<u32> = (0..counts.len() as u32).collect();
        assert_eq!(counts, expected, "unit {unit} has a gap");
        let trouble: Vec<&Report> = self
            .seen(unit)
            .filter(|r| {
                fault(r).is_some() || matches!(r, Report::Condition { condition: DeviceCondition::Down, .. })
            })
            .collect();
        assert!(trouble.is_empty(), "{trouble:?}");
    }
}

/// The number that a report is about.
pub fn count(report: &Report) -> Option<u32> {
    match body(report)? {
        Body::Gamma(counts) => counts.counts.first().copied(),
        _ => None,
    }
}

/// The fault that a report is about.
pub fn fault(report: &Report) -> Option<greenlane_model::Fault> {
    match body(report)? {
        Body::Fault(fault) => Some(fault),
        _ => None,
    }
}

/// What was observed.
pub fn body(report: &Report) -> Option<Body> {
    let Report::Observed { kind, json, .. } = report else { return None };
    Some(Body::decode(kind, json).unwrap_or_else(|e| panic!("{kind} {json}: {e}")))
}

/// A command without consequences.
pub fn acknowledge(what: &str) -> CommandBody {
    CommandBody::Acknowledge { what: what.into() }
}

/// The far end of a TCP line.
pub struct Device(TcpListener);

impl Device {
    pub fn new() -> Self {
        Self(TcpListener::bind("127.0.0.1:0").unwrap())
    }

    /// The link that leads here.
    pub fn link(&self) -> String {
        format!("tcp://{}", self.0.local_addr().unwrap())
    }

    /// The next connection.
    pub fn accept(&self) -> Line {
        let (stream, _) = self.0.accept().unwrap();
        stream.set_read_timeout(Some(GUARD)).unwrap();
        stream.set_write_timeout(Some(GUARD)).unwrap();
        Line(BufReader::new(stream))
    }
}

/// A connection.
pub struct Line(BufReader<TcpStream>);

impl Line {
    /// Sends text with its line end.
    pub fn say(&mut self, line: &str) {
        self.0.get_mut().write_all(format!("{line}\n").as_bytes()).unwrap();
    }

    /// Sends text as it is, unless the other side is gone.
    pub fn try_say(&mut self, text: &str) -> std::io::Result<()> {
        self.0.get_mut().write_all(text.as_bytes())
    }

    /// The next line without its end; empty when the other side has closed.
    pub fn hear(&mut self) -> String {
        let mut line = String::new();
        // A connection that is reset was closed as well.
        let _ = self.0.read_line(&mut line);
        line.trim_end().to_owned()
    }
}
