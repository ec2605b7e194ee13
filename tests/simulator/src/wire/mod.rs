//! The real front end: one simulated lane on loopback sockets and a folder, in real time.
//!
//! The only part of the simulator with a clock. It adds nothing to what the lane says: bytes come from
//! [`VirtualLane`], here they are only carried.

mod folder;
mod modbus;
mod portal;
mod post;

use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio::time::Instant;

use crate::portal::PortalFault;
use crate::virtual_lane::{VirtualEvent, VirtualLane, device};
use crate::world::TICK_NS;

/// A lane shared by the tasks that carry its wires.
#[derive(Debug, Clone)]
pub(crate) struct Shared(Arc<Mutex<VirtualLane>>);

impl Shared {
    /// The lane. A task that panicked leaves it usable: its state changes only in whole ticks.
    pub(crate) fn lock(&self) -> MutexGuard<'_, VirtualLane> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Ports to listen on; 0 takes any that is free.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Ports {
    /// Radiation portal.
    pub portal: u16,
    /// Lane I/O module.
    pub io: u16,
    /// Scanner contacts.
    pub scan_io: u16,
}

/// A lane's devices on their wires. Dropping it ends them.
#[derive(Debug)]
pub struct Wires {
    lane: Shared,
    portal: portal::Server,
    poster: post::Poster,
    folder: PathBuf,
    addresses: [SocketAddr; 3],
    tasks: Vec<JoinHandle<()>>,
}

impl Wires {
    /// Opens the ports on 127.0.0.1. The camera posts to `ocr` (host and port), images go into `folder`.
    ///
    /// # Errors
    /// A port is taken, or the folder cannot be made.
    pub async fn open(lane: VirtualLane, ports: Ports, ocr: SocketAddr, folder: &Path) -> io::Result<Self> {
        std::fs::create_dir_all(folder)?;
        let lane = Shared(Arc::new(Mutex::new(lane)));
        let bind = |port| TcpListener::bind((std::net::Ipv4Addr::LOCALHOST, port));
        let (portal, io, scan_io) =
            (bind(ports.portal).await?, bind(ports.io).await?, bind(ports.scan_io).await?);
        let addresses = [portal.local_addr()?, io.local_addr()?, scan_io.local_addr()?];
        let portal = portal::Server::new(portal, lane.clone());
        let tasks = vec![
            tokio::spawn(modbus::serve(io, lane.clone(), device::IO)),
            tokio::spawn(modbus::serve(scan_io, lane.clone(), device::SCAN_IO)),
        ];
        Ok(Self { lane, portal, poster: post::Poster::new(ocr), folder: folder.to_owned(), addresses, tasks })
    }

    /// Where the portal listens.
    pub fn portal(&self) -> SocketAddr {
        self.addresses[0]
    }

    /// Where the lane's I/O module listens.
    pub fn io(&self) -> SocketAddr {
        self.addresses[1]
    }

    /// Where the scanner's contacts listen.
    pub fn scan_io(&self) -> SocketAddr {
        self.addresses[2]
    }

    /// The lane, to look at its truth or to inject faults.
    pub fn lane(&self) -> MutexGuard<'_, VirtualLane> {
        self.lane.lock()
    }

    /// Number of clients connected to the portal.
    pub fn portal_clients(&self) -> usize {
        self.portal.clients()
    }

    /// Moves the lane up to this time of its own and puts what it says on the wires.
    ///
    /// # Errors
    /// An image could not be written.
    pub fn advance_to(&mut self, ns: u64) -> io::Result<()> {
        let mut events = Vec::new();
        self.lane.lock().advance_to(ns, &mut |_, _, event| events.push(event));
        events.into_iter().try_for_each(|event| self.carry(event))
    }

    /// Makes a fault of the portal happen.
    ///
    /// # Errors
    /// As [`Self::advance_to`].
    pub fn inject_portal(&mut self, fault: PortalFault) -> io::Result<()> {
        let mut events = Vec::new();
        self.lane.lock().inject_portal(fault, &mut |_, _, event| events.push(event));
        events.into_iter().try_for_each(|event| self.carry(event))
    }

    fn carry(&self, event: VirtualEvent) -> io::Result<()> {
        match event {
            VirtualEvent::Frame(bytes) => self.portal.broadcast(&bytes),
            VirtualEvent::Lost => self.portal.drop_clients(),
            VirtualEvent::Connected => self.portal.accept_again(),
            VirtualEvent::HttpPost { path, content_type, body } => self.poster.post(path, content_type, body),
            VirtualEvent::File { name, image, sidecar_name, sidecar } => {
                folder::put(&self.folder, &name, &image.png())?;
                folder::put(&self.folder, &sidecar_name, &sidecar)?;
            }
        }
        Ok(())
    }

    /// Runs in real time until `done` says so, asked once a tick.
    ///
    /// # Errors
    /// As [`Self::advance_to`].
    pub async fn run(&mut self, mut done: impl FnMut(&mut VirtualLane) -> bool) -> io::Result<()> {
        let start = Instant::now();
        let from_ns = self.lane.lock().now_ns();
        loop {
            let next = self.lane.lock().next_event_ns();
            tokio::time::sleep_until(start + Duration::from_nanos(next - from_ns)).await;
            let reached = u64::try_from(start.elapsed().as_nanos()).unwrap_or(u64::MAX);
            self.advance_to((from_ns + reached).max(next) / TICK_NS * TICK_NS)?;
            if done(&mut self.lane.lock()) {
                return Ok(());
            }
        }
    }
}

impl Drop for Wires {
    fn drop(&mut self) {
        for task in &self.tasks {
            task.abort();
        }
    }
}
