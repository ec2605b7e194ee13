//! The real front end: one simulated lane on loopback sockets and a folder, in real time.
//!
//! The only part of the simulator with a clock. It adds nothing to what the lane says: bytes come from
//! [`VirtualLane`], here they are only carried.

mod folder;
mod modbus;
mod portal;
mod post;

use std::collections::BTreeMap;
use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio::time::Instant;

use crate::portal::PortalFault;
use crate::station::StationFault;
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
    /// Further portals that send by themselves, by device.
    stations: BTreeMap<&'static str, portal::Server>,
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
        let portal = portal::Server::new(portal, lane.clone(), device::PORTAL);
        let tasks = vec![
            tokio::spawn(modbus::serve(io, lane.clone(), device::IO)),
            tokio::spawn(modbus::serve(scan_io, lane.clone(), device::SCAN_IO)),
        ];
        let (poster, folder) = (post::Poster::new(ocr), folder.to_owned());
        Ok(Self { lane, portal, stations: BTreeMap::new(), poster, folder, addresses, tasks })
    }

    /// Opens the wire of a further portal of the lane's layout on 127.0.0.1; port 0 takes any that is free.
    /// Until then nobody hears it.
    ///
    /// # Errors
    /// The port is taken.
    pub async fn open_station(&mut self, device: &'static str, port: u16) -> io::Result<SocketAddr> {
        let listener = TcpListener::bind((std::net::Ipv4Addr::LOCALHOST, port)).await?;
        let address = listener.local_addr()?;
        if self.lane.lock().is_polled(device) {
            self.tasks.push(tokio::spawn(modbus::serve(listener, self.lane.clone(), device)));
        } else {
            let server = portal::Server::new(listener, self.lane.clone(), device);
            self.stations.insert(device, server);
        }
        Ok(address)
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
        self.lane.lock().advance_to(ns, &mut |_, device, event| events.push((device, event)));
        events.into_iter().try_for_each(|(device, event)| self.carry(device, event))
    }

    /// Makes a fault of the portal happen.
    ///
    /// # Errors
    /// As [`Self::advance_to`].
    pub fn inject_portal(&mut self, fault: PortalFault) -> io::Result<()> {
        let mut events = Vec::new();
        self.lane.lock().inject_portal(fault, &mut |_, device, event| events.push((device, event)));
        events.into_iter().try_for_each(|(device, event)| self.carry(device, event))
    }

    /// Makes a fault of a further portal happen.
    ///
    /// # Errors
    /// As [`Self::advance_to`].
    pub fn inject_station(&mut self, device: &'static str, fault: StationFault) -> io::Result<()> {
        let mut events = Vec::new();
        self.lane.lock().inject_station(device, fault, &mut |_, device, event| events.push((device, event)));
        events.into_iter().try_for_each(|(device, event)| self.carry(device, event))
    }

    fn carry(&self, device: &str, event: VirtualEvent) -> io::Result<()> {
        let server = if device == device::PORTAL { Some(&self.portal) } else { self.stations.get(device) };
        match event {
            VirtualEvent::Frame(bytes) => server.into_iter().for_each(|server| server.broadcast(&bytes)),
            VirtualEvent::Lost => server.into_iter().for_each(portal::Server::drop_clients),
            VirtualEvent::Connected => server.into_iter().for_each(portal::Server::accept_again),
            VirtualEvent::HttpPost { path, content_type, body } => self.poster.post(path, content_type, body),
            VirtualEvent::File { name, image, sidecar_name, sidecar } => {
                folder::put(&self.folder, &name, &image.png())?;
                folder::put(&self.folder, &sidecar_name, &sidecar)?;
            }
        }
        Ok(())
    }

    /// Runs in real time until `done` says so, asked once a tick. `zero` is when the lane's own time was zero:
    /// its devices' clocks count from there.
    ///
    /// # Errors
    /// As [`Self::advance_to`].
    pub async fn run(
        &mut self,
        zero: Instant,
        mut done: impl FnMut(&mut VirtualLane) -> bool,
    ) -> io::Result<()> {
        loop {
            let next = self.lane.lock().next_event_ns();
            tokio::time::sleep_until(zero + Duration::from_nanos(next)).await;
            let reached = u64::try_from(zero.elapsed().as_nanos()).unwrap_or(u64::MAX);
            self.advance_to(reached.max(next) / TICK_NS * TICK_NS)?;
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
