//! TCP: the device listens, we connect.

use std::time::Duration;

use greenlane_driver::LinkKind;
use rustix::net::sockopt;
use tokio::net::TcpStream;

use crate::keep::Link;
use crate::outlet::Outlet;
use crate::{Backoff, Ops, stream};

/// A device that lost power sends nothing more, not even an end: the kernel asks after this much silence,
const KEEP_ALIVE_AFTER: Duration = Duration::from_secs(10);
/// again at this distance,
const KEEP_ALIVE_EVERY: Duration = Duration::from_secs(2);
/// and gives the connection up after this many unanswered.
const KEEP_ALIVE_TRIES: u32 = 3;

/// A connection to one device.
pub struct Tcp {
    /// `host:port`.
    pub address: String,
    /// How its bytes are cut.
    pub kind: LinkKind,
    /// Longest wait for a connection, and for the device to take what is written.
    pub timeout: Duration,
}

impl Link for Tcp {
    type Open = TcpStream;

    async fn open(&self) -> Result<TcpStream, String> {
        connect(&self.address, self.timeout).await
    }

    async fn serve(&self, open: TcpStream, outlet: &Outlet, ops: &mut Ops, backoff: &mut Backoff) -> String {
        stream::pump(open, &self.kind, self.timeout, outlet, ops, backoff).await
    }
}

/// Connects once, within `timeout`. The error is a sentence.
pub async fn connect(address: &str, timeout: Duration) -> Result<TcpStream, String> {
    let stream = match tokio::time::timeout(timeout, TcpStream::connect(address)).await {
        Ok(Ok(stream)) => stream,
        Ok(Err(error)) => return Err(format!("cannot connect to {address}: {error}")),
        Err(_) => return Err(format!("{address} did not answer within {} ms", timeout.as_millis())),
    };
    let set = stream
        .set_nodelay(true)
        .and_then(|()| Ok(sockopt::set_socket_keepalive(&stream, true)?))
        .and_then(|()| Ok(sockopt::set_tcp_keepidle(&stream, KEEP_ALIVE_AFTER)?))
        .and_then(|()| Ok(sockopt::set_tcp_keepintvl(&stream, KEEP_ALIVE_EVERY)?))
        .and_then(|()| Ok(sockopt::set_tcp_keepcnt(&stream, KEEP_ALIVE_TRIES)?));
    match set {
        Ok(()) => Ok(stream),
        Err(error) => Err(format!("{address} cannot be watched for a silent loss: {error}")),
    }
}
