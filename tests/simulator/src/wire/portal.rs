//! A portal's TCP server: everything goes to every client, whatever they send is ignored.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::OwnedWriteHalf;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::task::JoinHandle;

use super::Shared;

/// A client is dropped when it is this many lines behind.
const MOST_BEHIND: usize = 100_000;

/// After a connection that could not be accepted.
const ACCEPT_AGAIN: Duration = Duration::from_millis(100);

#[derive(Debug)]
struct Client {
    queue: UnboundedSender<Vec<u8>>,
    behind: Arc<AtomicUsize>,
}

type Clients = Arc<Mutex<Vec<Client>>>;

/// The server.
#[derive(Debug)]
pub(super) struct Server {
    clients: Clients,
    reachable: Arc<AtomicBool>,
    task: JoinHandle<()>,
}

impl Server {
    /// Serves a device of the lane.
    pub(super) fn new(listener: TcpListener, lane: Shared, device: &'static str) -> Self {
        let clients = Clients::default();
        let reachable = Arc::new(AtomicBool::new(true));
        let to = Door { lane, device, clients: Arc::clone(&clients), reachable: Arc::clone(&reachable) };
        let task = tokio::spawn(accept(listener, to));
        Self { clients, reachable, task }
    }

    pub(super) fn clients(&self) -> usize {
        locked(&self.clients).len()
    }

    pub(super) fn broadcast(&self, bytes: &[u8]) {
        locked(&self.clients).retain(|client| {
            let behind = client.behind.fetch_add(1, Ordering::Relaxed);
            behind < MOST_BEHIND && client.queue.send(bytes.to_vec()).is_ok()
        });
    }

    /// Ends every connection and refuses new ones.
    pub(super) fn drop_clients(&self) {
        self.reachable.store(false, Ordering::SeqCst);
        locked(&self.clients).clear();
    }

    pub(super) fn accept_again(&self) {
        self.reachable.store(true, Ordering::SeqCst);
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
        locked(&self.clients).clear();
    }
}

fn locked(clients: &Clients) -> std::sync::MutexGuard<'_, Vec<Client>> {
    clients.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What an accepted client is let in to.
struct Door {
    lane: Shared,
    device: &'static str,
    clients: Clients,
    reachable: Arc<AtomicBool>,
}

async fn accept(listener: TcpListener, to: Door) {
    loop {
        let Ok((stream, _)) = listener.accept().await else {
            // Out of file descriptors, as a rule: try again when some may be free.
            tokio::time::sleep(ACCEPT_AGAIN).await;
            continue;
        };
        if to.reachable.load(Ordering::SeqCst) {
            admit(stream, &to);
        }
    }
}

/// The greeting comes first: the lane is held still until the client is on the list.
fn admit(stream: TcpStream, to: &Door) {
    let _ = stream.set_nodelay(true);
    let (queue, lines) = unbounded_channel();
    let behind = Arc::new(AtomicUsize::new(0));
    let still = to.lane.lock();
    for line in still.greeting(to.device) {
        behind.fetch_add(1, Ordering::Relaxed);
        // The receiver is held below, so the queue is open.
        let _ = queue.send(line);
    }
    locked(&to.clients).push(Client { queue, behind: Arc::clone(&behind) });
    drop(still);
    let (mut reader, writer) = stream.into_split();
    tokio::spawn(async move {
        let mut ignored = [0u8; 512];
        tokio::select! {
            () = write_all(writer, lines, &behind) => {}
            () = async { while matches!(reader.read(&mut ignored).await, Ok(1..)) {} } => {}
        }
    });
}

async fn write_all(mut writer: OwnedWriteHalf, mut lines: UnboundedReceiver<Vec<u8>>, behind: &AtomicUsize) {
    while let Some(line) = lines.recv().await {
        behind.fetch_sub(1, Ordering::Relaxed);
        if writer.write_all(&line).await.is_err() {
            return;
        }
    }
}
