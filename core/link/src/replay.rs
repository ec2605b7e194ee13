//! Playing a recording as if its device were there.

use std::fs::File;
use std::io::BufReader;
use std::path::Path;
use std::time::Duration;

use greenlane_driver::{LinkKind, Request};
use greenlane_model::Stamp;
use tokio::time::{Instant, sleep_until};

use crate::capture::kind_word;
use crate::keep::discard;
use crate::outlet::Outlet;
use crate::record::{self, request_text};
use crate::wire_file::{Direction, WireLine, WireReader};
use crate::{Clock, Event, Op, Ops, Speed};

/// Plays the recording at `path` once to the link's only member; the last event is `Lost` with the reason
/// why it ended.
///
/// Stamps: at `Speed::Times` the moment of playing; at `Speed::Max` the recorded offsets after the moment
/// of starting, since the moment of playing would say nothing.
///
/// A Modbus recording waits for the driver: its k-th question gets the k-th recorded answer, and must be the
/// recorded question.
pub async fn run(path: &Path, speed: Speed, kind: &LinkKind, outlet: &Outlet, mut ops: Ops) {
    let reader = match File::open(path) {
        Ok(file) => WireReader::new(BufReader::new(file)).map_err(|error| error.to_string()),
        Err(error) => Err(format!("cannot open the recording: {error}")),
    };
    let (at, reason) = match reader {
        Err(reason) => (Clock::now(), reason),
        Ok(reader) => {
            let pace = Pace { speed, begun: Instant::now(), base: Clock::now() };
            let kind = kind_word(kind);
            let mut player = Player { reader, kind, pace, outlet, is_up: false, asked: None, offset_ns: 0 };
            let reason = player.play(&mut ops).await;
            (player.pace.stamp(player.offset_ns), reason)
        }
    };
    let reason = format!("{}: {reason}", path.display());
    outlet.emit(at, 0, Event::Lost { reason }).await;
}

struct Player<'a> {
    reader: WireReader<BufReader<File>>,
    kind: &'static str,
    pace: Pace,
    outlet: &'a Outlet,
    is_up: bool,
    /// The id of the question that waits for its answer.
    asked: Option<u64>,
    /// Of the last line.
    offset_ns: u64,
}

#[derive(Clone, Copy)]
struct Pace {
    speed: Speed,
    begun: Instant,
    base: Stamp,
}

impl Player<'_> {
    /// Plays to the end; says in a sentence why it ended.
    async fn play(&mut self, ops: &mut Ops) -> String {
        if let Some(recorded) = self.reader.kind()
            && recorded != self.kind
        {
            return format!(
                "it was recorded from a {recorded} link, and this device has a {} link",
                self.kind
            );
        }
        loop {
            let line = self.reader.next_line();
            if let Ok(Some(line)) = &line {
                self.offset_ns = line.offset_ns;
            }
            let outcome = match line {
                Ok(Some(line)) if self.kind == "modbus" => self.play_modbus(line, ops).await,
                Ok(Some(line)) => tokio::select! {
                    outcome = self.play_line(line) => outcome,
                    () = discard(ops) => Ok(()),
                },
                Ok(None) => Err("the recording has ended".to_owned()),
                Err(error) => Err(error.to_string()),
            };
            if let Err(reason) = outcome {
                return reason;
            }
        }
    }

    async fn play_line(&mut self, line: WireLine) -> Result<(), String> {
        let at = self.pace.wait(line.offset_ns).await;
        let event = record::event(line, self.kind, at).map_err(|error| error.to_string())?;
        if let Some(event) = event {
            self.emit(at, event).await;
        }
        Ok(())
    }

    async fn play_modbus(&mut self, line: WireLine, ops: &mut Ops) -> Result<(), String> {
        match line.direction {
            Direction::Link => return self.play_line(line).await,
            Direction::ToDevice => return self.expect(&line, ops).await,
            Direction::FromDevice => {}
        }
        if self.asked.is_none() {
            self.connect_at(self.pace.stamp(line.offset_ns)).await;
            self.asked = Some(question(ops).await.0);
        }
        let at = self.pace.wait(line.offset_ns).await;
        let event = record::event(line, self.kind, at).map_err(|error| error.to_string())?;
        if let (Some(Event::Reply { sent, received, answer, .. }), Some(id)) = (event, self.asked.take()) {
            self.emit(at, Event::Reply { id, sent, received, answer }).await;
        }
        Ok(())
    }

    /// Waits for the driver's question, which must be the recorded one.
    async fn expect(&mut self, line: &WireLine, ops: &mut Ops) -> Result<(), String> {
        let text = String::from_utf8_lossy(&line.payload);
        let recorded = text
            .strip_prefix("ask ")
            .and_then(|text| text.split_once(' '))
            .map(|(_, recorded)| recorded.to_owned())
            .ok_or_else(|| format!("{text:?} is no Modbus question"))?;
        self.connect_at(self.pace.stamp(line.offset_ns)).await;
        let (id, request) = question(ops).await;
        let asked = request_text(&request);
        if asked != recorded {
            return Err(format!("the driver asked {asked:?}, the recording has {recorded:?}"));
        }
        self.asked = Some(id);
        Ok(())
    }

    async fn emit(&mut self, at: Stamp, event: Event) {
        match event {
            Event::Connected => return self.connect_at(at).await,
            Event::Lost { .. } => {
                self.is_up = false;
                self.asked = None;
            }
            _ => self.connect_at(at).await,
        }
        self.outlet.emit(at, 0, event).await;
    }

    /// A recording may begin in the middle of a connection.
    async fn connect_at(&mut self, at: Stamp) {
        if !self.is_up {
            self.is_up = true;
            self.outlet.emit(at, 0, Event::Connected).await;
        }
    }
}

impl Pace {
    /// Waits until it is time for what happened at `offset_ns`; its stamp.
    async fn wait(self, offset_ns: u64) -> Stamp {
        if let Speed::Times(times) = self.speed {
            // An offset beyond a century is waited for as a century: tokio's clock ends there.
            let century = Duration::from_secs(3 << 30);
            let offset = Duration::from_nanos(offset_ns).div_f64(times.max(0.001)).min(century);
            sleep_until(self.begun + offset).await;
        }
        self.stamp(offset_ns)
    }

    fn stamp(self, offset_ns: u64) -> Stamp {
        match self.speed {
            Speed::Times(_) => Clock::now(),
            Speed::Max => self.base.shifted(i64::try_from(offset_ns).unwrap_or(i64::MAX)),
        }
    }
}

/// The next Modbus question of the driver.
async fn question(ops: &mut Ops) -> (u64, Request) {
    loop {
        match ops.recv().await {
            Some((_, Op::Modbus { id, request })) => return (id, request),
            Some((_, op)) => tracing::warn!("a Modbus recording can only be asked; ignored {op:?}"),
            None => std::future::pending().await,
        }
    }
}
