//! The devices' ends of the wires, on one thread: a portal and a set of contacts that play lines, and a Modbus
//! module that notes when its request output is written.

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;

use super::trace::{Causes, Line, Side};

const WRITE_COIL: u8 = 5;

/// Where a lane's devices listen.
#[derive(Debug, Clone, Copy)]
pub struct Ports {
    /// The portal.
    pub portal: SocketAddr,
    /// Presences and contacts.
    pub contacts: SocketAddr,
    /// The module with the request output.
    pub module: SocketAddr,
}

/// From the line to the write, in us.
#[derive(Debug, Default, Clone)]
pub struct Reactions {
    /// Of scan requests.
    pub requests: Vec<f64>,
    /// Of withdrawals.
    pub withdrawals: Vec<f64>,
    /// Lines that nothing had followed when the next one of their kind was sent.
    pub unanswered: u64,
}

/// What one lane waits for, and what all lanes saw.
#[derive(Clone, Default)]
pub struct Watch {
    open: Arc<Mutex<Option<(Causes, Instant)>>>,
    seen: Arc<Mutex<Reactions>>,
    /// Told of every write.
    pub written: Arc<Notify>,
}

impl Watch {
    /// A watch that adds to what the others see.
    pub fn beside(&self) -> Self {
        Self { open: Arc::default(), seen: self.seen.clone(), written: Arc::default() }
    }

    /// What was seen since the last call.
    pub fn take(&self) -> Reactions {
        std::mem::take(&mut lock(&self.seen))
    }

    /// A line that causes something is about to be sent.
    fn sending(&self, causes: Causes) {
        if causes != Causes::Nothing && lock(&self.open).replace((causes, Instant::now())).is_some() {
            lock(&self.seen).unanswered += 1;
        }
    }

    fn wrote(&self, on: bool, at: Instant) {
        let mut open = lock(&self.open);
        // A lease that is renewed is written as well, without a line.
        let expected = if on { Causes::Request } else { Causes::Withdrawal };
        if let Some((_, sent)) = open.take_if(|(causes, _)| *causes == expected) {
            let us = at.duration_since(sent).as_secs_f64() * 1e6;
            let mut seen = lock(&self.seen);
            if on { seen.requests.push(us) } else { seen.withdrawals.push(us) }
        }
        self.written.notify_one();
    }
}

/// One lane's devices, bound and not yet connected.
pub struct FarLane {
    portal: TcpListener,
    contacts: TcpListener,
    module: TcpListener,
    /// What is measured.
    pub watch: Watch,
}

/// The two wires that lines are sent on.
pub struct Wires {
    portal: TcpStream,
    contacts: TcpStream,
    watch: Watch,
}

impl FarLane {
    /// Binds three ports of loopback.
    pub async fn bind(watch: Watch) -> std::io::Result<Self> {
        let bind = || TcpListener::bind((Ipv4Addr::LOCALHOST, 0));
        Ok(Self { portal: bind().await?, contacts: bind().await?, module: bind().await?, watch })
    }

    /// Where they are.
    pub fn ports(&self) -> std::io::Result<Ports> {
        Ok(Ports {
            portal: self.portal.local_addr()?,
            contacts: self.contacts.local_addr()?,
            module: self.module.local_addr()?,
        })
    }

    /// Waits for the controller on every wire and starts the module.
    pub async fn connected(self) -> std::io::Result<Wires> {
        let (module, _) = self.module.accept().await?;
        module.set_nodelay(true)?;
        tokio::spawn(serve_module(module, self.watch.clone()));
        let (portal, _) = self.portal.accept().await?;
        let (contacts, _) = self.contacts.accept().await?;
        portal.set_nodelay(true)?;
        contacts.set_nodelay(true)?;
        Ok(Wires { portal, contacts, watch: self.watch })
    }
}

impl Wires {
    /// Sends one line.
    pub async fn send(&mut self, line: &Line) -> std::io::Result<()> {
        self.watch.sending(line.causes);
        match line.side {
            Side::Portal => self.portal.write_all(&line.bytes).await,
            Side::Contacts => self.contacts.write_all(&line.bytes).await,
        }
    }

    /// Sends every line at its time.
    pub async fn play(mut self, lines: &[Line]) -> std::io::Result<()> {
        let start = tokio::time::Instant::now();
        for line in lines {
            tokio::time::sleep_until(start + std::time::Duration::from_nanos(line.ns)).await;
            self.send(line).await?;
        }
        Ok(())
    }
}

/// Modbus TCP: a header of seven bytes (transaction, protocol, length of the rest, unit), then the request.
/// What is written is kept and read back; everything else reads as zero.
async fn serve_module(mut stream: TcpStream, watch: Watch) {
    let mut coils: BTreeMap<u16, bool> = BTreeMap::new();
    let mut header = [0; 7];
    while stream.read_exact(&mut header).await.is_ok() {
        let length = usize::from(u16::from_be_bytes([header[4], header[5]])).clamp(2, 256) - 1;
        let mut request = [0; 256];
        if stream.read_exact(&mut request[..length]).await.is_err() {
            return;
        }
        let now = Instant::now();
        let reply = answer(&request[..length], &mut coils);
        if request[0] == WRITE_COIL {
            watch.wrote(request[3] == 0xff, now);
        }
        // A reply is at most 253 bytes and one for the unit.
        let size = u16::try_from(reply.len() + 1).unwrap_or(u16::MAX).to_be_bytes();
        let mut frame = vec![header[0], header[1], 0, 0, size[0], size[1], header[6]];
        frame.extend(reply);
        if stream.write_all(&frame).await.is_err() {
            return;
        }
    }
}

fn answer(request: &[u8], coils: &mut BTreeMap<u16, bool>) -> Vec<u8> {
    let word = |at: usize| request.get(at..at + 2).map_or(0, |b| u16::from_be_bytes([b[0], b[1]]));
    let (function, address, count) = (request.first().copied().unwrap_or(0), word(1), word(3));
    match function {
        1 | 2 => {
            let count = count.min(2000);
            let mut bytes = vec![0; usize::from(count.div_ceil(8))];
            for n in 0..count {
                let on = function == 1 && coils.get(&address.wrapping_add(n)) == Some(&true);
                bytes[usize::from(n / 8)] |= u8::from(on) << (n % 8);
            }
            [vec![function, count.div_ceil(8) as u8], bytes].concat()
        }
        3 | 4 => {
            let count = count.min(125) as u8;
            [vec![function, count * 2], vec![0; usize::from(count) * 2]].concat()
        }
        WRITE_COIL => {
            coils.insert(address, count == 0xff00);
            request.to_vec()
        }
        6 => request.to_vec(),
        // Exception 1: illegal function.
        _ => vec![function | 0x80, 1],
    }
}

fn lock<T>(of: &Mutex<T>) -> MutexGuard<'_, T> {
    of.lock().unwrap_or_else(PoisonError::into_inner)
}
