//! Starts units where they belong, watches that they turn, starts them again when they do not.

use std::os::fd::OwnedFd;
use std::path::PathBuf;
use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use greenlane_lane::DeviceCondition;
use greenlane_link::{Backoff, Clock};
use greenlane_model::{Body, Fault, Quality, Severity};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::UnixStream;
use tokio::process::{Child, Command};
use tokio::sync::mpsc;

use super::child::BEAT;
use super::pipe::{Frames, write_json};
use super::{LONGEST_PAUSE, Order, Report, STEADY_S, Unit, UnitSpec};
use crate::host::Plugin;

const QUEUE: usize = 1024;
/// Stands in the place of a heartbeat: the thread is to end as soon as it can.
const ABANDONED: u64 = u64::MAX;

/// Where a unit runs.
pub enum UnitPlace {
    /// On a thread in this process, with these plugins.
    Thread(Vec<&'static Plugin>),
    /// In a child: this executable with the argument `device-host`.
    Child(PathBuf),
}

/// Limits of what a unit may do.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// A heartbeat older than this is a hang.
    pub hang: Duration,
    /// Observations a second that an isolated unit may sustain; ten times as many may come at once.
    pub flood_per_s: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self { hang: Duration::from_secs(2), flood_per_s: 20_000 }
    }
}

/// The way to a unit. Dropping it stops the unit.
#[derive(Debug, Clone)]
pub struct UnitHandle {
    orders: mpsc::Sender<Order>,
    down: Arc<AtomicBool>,
}

impl UnitHandle {
    /// Hands an order over without waiting. What was handed over when the unit goes down is lost; reports of
    /// [`DeviceCondition::Down`] say so.
    ///
    /// # Errors
    /// The unit is down or its queue is full; the order did not leave.
    pub fn order(&self, order: Order) -> Result<(), &'static str> {
        if self.down.load(Ordering::Relaxed) {
            return Err("the device is down");
        }
        self.orders.try_send(order).map_err(|e| match e {
            mpsc::error::TrySendError::Full(_) => "the device's queue is full",
            mpsc::error::TrySendError::Closed(_) => "the device was stopped",
        })
    }
}

/// Starts and watches units. Lives on the runtime it was made on.
#[derive(Clone)]
pub struct Supervisor {
    runtime: tokio::runtime::Handle,
    reports: mpsc::Sender<(u32, Report)>,
    limits: Limits,
}

impl Supervisor {
    /// A supervisor whose units report to `reports`.
    pub fn new(
        runtime: tokio::runtime::Handle,
        reports: mpsc::Sender<(u32, Report)>,
        limits: Limits,
    ) -> Self {
        Self { runtime, reports, limits }
    }

    /// Starts unit number `id`.
    pub fn start(&self, id: u32, spec: UnitSpec, place: UnitPlace) -> UnitHandle {
        let (orders, queue) = mpsc::channel(QUEUE);
        let down = Arc::new(AtomicBool::new(false));
        let handle = UnitHandle { orders, down: down.clone() };
        let watched = Watched { id, spec, reports: self.reports.clone(), limits: self.limits, down };
        match place {
            UnitPlace::Thread(plugins) => drop(self.runtime.spawn(watched.run_thread(plugins, queue))),
            UnitPlace::Child(executable) => drop(self.runtime.spawn(watched.run_children(executable, queue))),
        }
        handle
    }
}

/// One unit as its supervisor sees it.
struct Watched {
    id: u32,
    spec: UnitSpec,
    reports: mpsc::Sender<(u32, Report)>,
    limits: Limits,
    down: Arc<AtomicBool>,
}

impl Watched {
    async fn run_thread(self, plugins: Vec<&'static Plugin>, queue: mpsc::Receiver<Order>) {
        let beat = Arc::new(AtomicU64::new(Clock::now().mono_ns));
        let why = match self.start_thread(plugins, queue, beat.clone()) {
            Ok(thread) => self.watch(thread, &beat).await,
            Err(error) => Some(("driver_not_started", format!("cannot be started: {error}"))),
        };
        if let Some((code, text)) = why {
            self.all_down(code, &text).await;
        }
    }

    fn start_thread(
        &self,
        plugins: Vec<&'static Plugin>,
        queue: mpsc::Receiver<Order>,
        beat: Arc<AtomicU64>,
    ) -> std::io::Result<JoinHandle<std::io::Result<()>>> {
        let (spec, reports, id) = (self.spec.clone(), self.reports.clone(), self.id);
        let name = spec.devices.first().map_or_else(String::new, |d| d.name.clone());
        std::thread::Builder::new().name(name).spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
            runtime.block_on(async {
                let unit = Unit::start(&spec, &plugins, id, reports).map_err(std::io::Error::other)?;
                tokio::select! {
                    () = unit.run(queue) => {}
                    () = beat_until_abandoned(&beat) => {}
                }
                Ok(())
            })
        })
    }

    /// The fault that the thread ends with, unless it was told to end.
    async fn watch(
        &self,
        thread: JoinHandle<std::io::Result<()>>,
        beat: &AtomicU64,
    ) -> Option<(&'static str, String)> {
        while !thread.is_finished() {
            if age(beat) > self.limits.hang {
                beat.store(ABANDONED, Ordering::Relaxed);
                let text = "hangs; abandoned until the controller is started again";
                return Some(("driver_hangs", text.to_owned()));
            }
            tokio::time::sleep(BEAT).await;
        }
        match thread.join() {
            Ok(Ok(())) => None,
            Ok(Err(error)) => Some(("driver_not_started", format!("cannot be started: {error}"))),
            Err(_) => Some(("driver_died", "ended with its thread".to_owned())),
        }
    }

    async fn run_children(self, executable: PathBuf, mut queue: mpsc::Receiver<Order>) {
        let mut backoff = Backoff::default();
        let mut failed = false;
        loop {
            let began = Clock::now();
            let why = match self.spawn(&executable) {
                Ok(incarnation) => {
                    self.down.store(false, Ordering::Relaxed);
                    match self.attend(incarnation, &mut queue, &mut failed).await {
                        Some(why) => why,
                        None => return,
                    }
                }
                Err(error) => format!("cannot be started: {error}"),
            };
            failed = true;
            tracing::warn!(link = self.spec.link, "isolated driver {why}");
            self.all_down("driver_died", &why).await;
            if Clock::now().seconds_since(began) > STEADY_S {
                backoff.reset();
            }
            tokio::time::sleep(backoff.pause().min(LONGEST_PAUSE)).await;
            // What the dead child was told to do is not for the next one: it was reported as failed.
            while queue.try_recv().is_ok() {}
            if queue.is_closed() {
                return;
            }
        }
    }

    fn spawn(&self, executable: &PathBuf) -> std::io::Result<Incarnation> {
        let (ours, theirs) = std::os::unix::net::UnixStream::pair()?;
        ours.set_nonblocking(true)?;
        let mut child = Command::new(executable)
            .arg("device-host")
            .stdin(Stdio::from(OwnedFd::from(theirs)))
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()?;
        let beat = Arc::new(AtomicU64::new(Clock::now().mono_ns));
        if let Some(mut beats) = child.stdout.take() {
            let beat = beat.clone();
            tokio::spawn(async move {
                let mut bytes = [0; 64];
                while beats.read(&mut bytes).await.is_ok_and(|n| n > 0) {
                    beat.store(Clock::now().mono_ns, Ordering::Relaxed);
                }
            });
        }
        Ok(Incarnation { child, socket: UnixStream::from_std(ours)?, beat })
    }

    /// Carries reports and orders until the child ends (says how) or the orders do (`None`).
    async fn attend(
        &self,
        incarnation: Incarnation,
        queue: &mut mpsc::Receiver<Order>,
        failed: &mut bool,
    ) -> Option<String> {
        let Incarnation { mut child, socket, beat } = incarnation;
        let (read, mut write) = socket.into_split();
        let (orders, mut order_queue) = mpsc::channel::<Vec<u8>>(QUEUE);
        let mut hello = Vec::new();
        write_json(&mut hello, &self.spec);
        let writer = tokio::spawn(async move {
            // A broken pipe shows as the child's end.
            let _ = write.write_all(&hello).await;
            while let Some(frame) = order_queue.recv().await {
                let _ = write.write_all(&frame).await;
            }
        });
        let mut reader =
            Box::pin(self.carry(Frames::new(tokio::io::BufReader::with_capacity(1 << 16, read)), failed));
        let mut tick = tokio::time::interval(BEAT);
        let text = loop {
            tokio::select! {
                ended = &mut reader => break match ended {
                    Carried::Flood => "floods".to_owned(),
                    Carried::Garbled(error) => format!("sent what cannot be read: {error}"),
                    Carried::End => match tokio::time::timeout(self.limits.hang, child.wait()).await {
                        Ok(ended) => ended.map_or_else(|e| e.to_string(), |status| format!("ended: {status}")),
                        Err(_) => "closed its socket and did not end".to_owned(),
                    },
                },
                order = queue.recv() => {
                    let mut frame = Vec::new();
                    write_json(&mut frame, &order?);
                    if orders.try_send(frame).is_err() {
                        tracing::error!(link = self.spec.link, "the driver takes no orders");
                    }
                }
                _ = tick.tick() => if age(&beat) > self.limits.hang {
                    break "hangs: no heartbeat".to_owned();
                },
            }
        };
        writer.abort();
        // It may be gone already.
        let _ = child.kill().await;
        Some(text)
    }

    async fn carry<R: tokio::io::AsyncRead + Unpin>(
        &self,
        mut frames: Frames<R>,
        failed: &mut bool,
    ) -> Carried {
        let mut bucket = Bucket::new(self.limits.flood_per_s);
        loop {
            let report = match frames.report().await {
                Ok(Some(report)) => report,
                Ok(None) => return Carried::End,
                Err(error) if error.kind() == std::io::ErrorKind::InvalidData => {
                    return Carried::Garbled(error);
                }
                Err(_) => return Carried::End,
            };
            if std::mem::take(failed) {
                self.all_faults("driver_died", false, "started again").await;
            }
            if !bucket.take() {
                return Carried::Flood;
            }
            if self.reports.send((self.id, report)).await.is_err() {
                return Carried::End;
            }
        }
    }

    /// Every device of the unit is down; its open commands will have no outcome.
    async fn all_down(&self, code: &str, text: &str) {
        self.down.store(true, Ordering::Relaxed);
        self.all_faults(code, true, text).await;
        for device in self.indices() {
            let condition = DeviceCondition::Down;
            let reason = format!("the driver {text}");
            self.report(Report::Condition { device, condition, reason, at: Clock::now() }).await;
        }
    }

    async fn all_faults(&self, code: &str, on: bool, text: &str) {
        let at = Clock::now();
        let severity = Severity::Error;
        let fault = Fault { code: code.to_owned(), severity, on, text: text.to_owned() };
        let json = serde_json::to_string(&Body::Fault(fault)).unwrap_or_default();
        for device in self.indices() {
            let (json, kind, quality) = (json.clone(), "fault".to_owned(), Quality::Good);
            self.report(Report::Observed { device, at, received: at, quality, kind, json }).await;
        }
    }

    fn indices(&self) -> impl Iterator<Item = u32> + use<> {
        0..u32::try_from(self.spec.devices.len()).unwrap_or(0)
    }

    async fn report(&self, report: Report) {
        // Fails only when the controller is gone.
        let _ = self.reports.send((self.id, report)).await;
    }
}

struct Incarnation {
    child: Child,
    socket: UnixStream,
    beat: Arc<AtomicU64>,
}

enum Carried {
    End,
    Garbled(std::io::Error),
    Flood,
}

/// Beats while the thread's runtime turns; ends when the supervisor has given the thread up.
async fn beat_until_abandoned(beat: &AtomicU64) {
    loop {
        let seen = beat.load(Ordering::Relaxed);
        if seen == ABANDONED {
            return;
        }
        // Fails only when the thread is being abandoned: the next round sees it.
        let _ = beat.compare_exchange(seen, Clock::now().mono_ns, Ordering::Relaxed, Ordering::Relaxed);
        tokio::time::sleep(BEAT).await;
    }
}

fn age(beat: &AtomicU64) -> Duration {
    Duration::from_nanos(Clock::now().mono_ns.saturating_sub(beat.load(Ordering::Relaxed)))
}

/// So many a second, ten times as many at once.
struct Bucket {
    per_s: f64,
    left: f64,
    filled_ns: u64,
}

impl Bucket {
    fn new(per_s: u32) -> Self {
        let per_s = f64::from(per_s);
        Self { per_s, left: per_s * 10.0, filled_ns: Clock::now().mono_ns }
    }

    fn take(&mut self) -> bool {
        self.left -= 1.0;
        if self.left < 0.0 {
            let now = Clock::now().mono_ns;
            let gained = now.saturating_sub(self.filled_ns) as f64 / 1e9 * self.per_s;
            self.left = (self.left + gained).min(self.per_s * 10.0);
            self.filled_ns = now;
        }
        self.left >= 0.0
    }
}
