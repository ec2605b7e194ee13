//! Starts units where they belong, watches that they turn, starts them again when they do not.

use std::os::fd::OwnedFd;
use std::path::PathBuf;
use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
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
use super::{Order, Report, Unit, UnitSpec};
use crate::host::Plugin;

const QUEUE: usize = 1024;
/// The longest pause before a child is started again: a start costs milliseconds.
const LONGEST_PAUSE: Duration = Duration::from_secs(1);

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
pub struct UnitHandle(mpsc::Sender<Order>);

impl UnitHandle {
    /// Hands an order over without waiting.
    ///
    /// # Errors
    /// The unit's queue is full or it is gone; the order did not leave.
    pub fn order(&self, order: Order) -> Result<(), &'static str> {
        self.0.try_send(order).map_err(|e| match e {
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
    pub fn new(runtime: tokio::runtime::Handle, reports: mpsc::Sender<(u32, Report)>, limits: Limits) -> Self {
        Self { runtime, reports, limits }
    }

    /// Starts unit number `id`.
    pub fn start(&self, id: u32, spec: UnitSpec, place: UnitPlace) -> UnitHandle {
        let (orders, queue) = mpsc::channel(QUEUE);
        let watched = Watched { id, spec, reports: self.reports.clone(), limits: self.limits };
        match place {
            UnitPlace::Thread(plugins) => watched.start_thread(plugins, queue, &self.runtime),
            UnitPlace::Child(executable) => {
                self.runtime.spawn(watched.run_children(executable, queue));
            }
        }
        UnitHandle(orders)
    }
}

/// One unit as its supervisor sees it.
struct Watched {
    id: u32,
    spec: UnitSpec,
    reports: mpsc::Sender<(u32, Report)>,
    limits: Limits,
}

impl Watched {
    fn start_thread(
        self,
        plugins: Vec<&'static Plugin>,
        queue: mpsc::Receiver<Order>,
        runtime: &tokio::runtime::Handle,
    ) {
        let beat = Arc::new(AtomicU64::new(Clock::now().mono_ns));
        let (spec, reports, id) = (self.spec.clone(), self.reports.clone(), self.id);
        let beating = Arc::downgrade(&beat);
        let name = spec.devices.first().map_or_else(String::new, |d| d.name.clone());
        let started = std::thread::Builder::new().name(name).spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
            runtime.block_on(async {
                let unit = Unit::start(&spec, &plugins, id, reports).map_err(std::io::Error::other)?;
                tokio::spawn(async move {
                    loop {
                        beat.store(Clock::now().mono_ns, Ordering::Relaxed);
                        tokio::time::sleep(BEAT).await;
                    }
                });
                unit.run(queue).await;
                std::io::Result::Ok(())
            })
        });
        runtime.spawn(async move {
            if let Err(error) = started {
                return self.all_down("driver_not_started", &error.to_string()).await;
            }
            while let Some(beat) = beating.upgrade() {
                if age(&beat) > self.limits.hang {
                    let text = "hangs; abandoned until the controller is started again";
                    return self.all_down("driver_hangs", text).await;
                }
                drop(beat);
                tokio::time::sleep(BEAT).await;
            }
        });
    }

    async fn run_children(self, executable: PathBuf, mut queue: mpsc::Receiver<Order>) {
        let mut backoff = Backoff::default();
        let mut failed = false;
        loop {
            let began = Clock::now();
            let why = match self.spawn(&executable) {
                Ok(incarnation) => match self.attend(incarnation, &mut queue, &mut failed).await {
                    Some(why) => why,
                    None => return,
                },
                Err(error) => format!("cannot be started: {error}"),
            };
            failed = true;
            tracing::warn!(link = self.spec.link, "isolated driver {why}");
            self.all_down("driver_died", &why).await;
            if Clock::now().seconds_since(began) > 10.0 {
                backoff.reset();
            }
            tokio::time::sleep(backoff.pause().min(LONGEST_PAUSE)).await;
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
        let mut reader = Box::pin(self.carry(Frames::new(tokio::io::BufReader::with_capacity(1 << 16, read)), failed));
        let mut tick = tokio::time::interval(BEAT);
        let text = loop {
            tokio::select! {
                ended = &mut reader => break match ended {
                    Carried::Flood => "floods".to_owned(),
                    Carried::Garbled(error) => format!("sent what cannot be read: {error}"),
                    Carried::End => child.wait().await.map_or_else(|e| e.to_string(), |s| format!("ended: {s}")),
                },
                order = queue.recv() => {
                    let Some(order) = order else { return None };
                    let mut frame = Vec::new();
                    write_json(&mut frame, &order);
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

    async fn carry<R: tokio::io::AsyncRead + Unpin>(&self, mut frames: Frames<R>, failed: &mut bool) -> Carried {
        let mut bucket = Bucket::new(self.limits.flood_per_s);
        loop {
            let report = match frames.report().await {
                Ok(Some(report)) => report,
                Ok(None) => return Carried::End,
                Err(error) if error.kind() == std::io::ErrorKind::InvalidData => return Carried::Garbled(error),
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
