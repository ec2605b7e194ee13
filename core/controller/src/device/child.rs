//! The inside of `greenlane device-host`: one unit in a process of its own.
//!
//! Descriptor 0 is the socket to the controller, descriptor 1 takes one byte at every heartbeat. The process
//! ends with the socket or with its parent.

use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::net::UnixStream as StdUnixStream;
use std::time::Duration;

use rustix::process::{Signal, set_parent_process_death_signal};
use tokio::io::AsyncWriteExt;
use tokio::net::UnixStream;
use tokio::net::unix::OwnedWriteHalf;
use tokio::sync::mpsc;

use super::pipe::{Frames, write_report};
use super::{Order, Report, Unit, UnitSpec};
use crate::host::Plugin;

/// How often the loop shows that it turns.
pub(super) const BEAT: Duration = Duration::from_millis(250);
const QUEUE: usize = 1024;

/// Runs the unit that the controller sends over descriptor 0 until that is closed.
///
/// # Errors
/// The controller's first message cannot be read, or a plugin cannot be loaded.
pub fn device_host() -> io::Result<()> {
    set_parent_process_death_signal(Some(Signal::KILL))?;
    let socket = io::stdin().as_fd().try_clone_to_owned()?;
    let beats = io::stdout().as_fd().try_clone_to_owned()?;
    // What a vendor's library prints must not look like a heartbeat.
    rustix::stdio::dup2_stdout(io::stderr())?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(host(socket, beats))
}

async fn host(socket: OwnedFd, beats: OwnedFd) -> io::Result<()> {
    let socket = StdUnixStream::from(socket);
    socket.set_nonblocking(true)?;
    let (read, write) = UnixStream::from_std(socket)?.into_split();
    let mut frames = Frames::new(tokio::io::BufReader::new(read));
    let Some(spec) = frames.value::<UnitSpec>().await? else { return Ok(()) };
    let plugins = spec.devices.iter().map(|d| load(&d.plugin)).collect::<io::Result<Vec<_>>>()?;
    let (reports, queue) = mpsc::channel(QUEUE);
    let (orders, order_queue) = mpsc::channel(QUEUE);
    let unit = Unit::start(&spec, &plugins, 0, reports).map_err(io::Error::other)?;
    tokio::spawn(beat(beats));
    tokio::spawn(write_reports(queue, write));
    tokio::spawn(async move {
        while let Ok(Some(order)) = frames.value::<Order>().await {
            if orders.send(order).await.is_err() {
                return;
            }
        }
    });
    unit.run(order_queue).await;
    Ok(())
}

fn load(path: &std::path::Path) -> io::Result<&'static Plugin> {
    match Plugin::load(path) {
        Ok(Some(plugin)) => Ok(Box::leak(Box::new(plugin))),
        Ok(None) => Err(io::Error::other(format!("{} is no plugin", path.display()))),
        Err(refusal) => Err(io::Error::other(refusal)),
    }
}

/// Beats while the runtime turns: also while the unit waits for a full queue, never inside a hung driver.
async fn beat(to: OwnedFd) {
    loop {
        // A full pipe means that beats are waiting there.
        let _ = rustix::io::write(&to, b".");
        tokio::time::sleep(BEAT).await;
    }
}

async fn write_reports(mut queue: mpsc::Receiver<(u32, Report)>, mut to: OwnedWriteHalf) {
    let mut batch = Vec::new();
    let mut buffer = Vec::new();
    while queue.recv_many(&mut batch, 256).await > 0 {
        buffer.clear();
        batch.drain(..).for_each(|(_, report)| write_report(&mut buffer, &report));
        if to.write_all(&buffer).await.is_err() {
            return;
        }
    }
}
