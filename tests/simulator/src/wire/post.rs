//! A camera's HTTP client: one POST a connection, in order, sent again until it is accepted.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::task::JoinHandle;

/// Between two attempts.
const AGAIN: Duration = Duration::from_millis(500);
/// Attempts before a message is given up.
const ATTEMPTS: u32 = 20;
/// Longest wait for an answer.
const ANSWER: Duration = Duration::from_secs(5);

/// The client's queue and task.
#[derive(Debug)]
pub(super) struct Poster {
    queue: UnboundedSender<Vec<u8>>,
    task: JoinHandle<()>,
    to: SocketAddr,
}

impl Poster {
    pub(super) fn new(to: SocketAddr) -> Self {
        let (queue, requests) = unbounded_channel();
        Self { queue, task: tokio::spawn(send_all(to, requests)), to }
    }

    pub(super) fn post(&self, path: &str, content_type: &str, body: Vec<u8>) {
        let mut request = format!(
            "POST {path} HTTP/1.1\r\nHost: {}\r\nContent-Type: {content_type}\r\nContent-Length: {}\r\n\
             Connection: close\r\n\r\n",
            self.to,
            body.len()
        )
        .into_bytes();
        request.extend(body);
        if self.queue.send(request).is_err() {
            tracing::warn!("the camera's client has ended");
        }
    }
}

impl Drop for Poster {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn send_all(to: SocketAddr, mut requests: UnboundedReceiver<Vec<u8>>) {
    while let Some(request) = requests.recv().await {
        for attempt in 1..=ATTEMPTS {
            match tokio::time::timeout(ANSWER, send(to, &request)).await {
                Ok(Ok(true)) => break,
                refused => tracing::debug!(attempt, ?refused, "camera message not accepted"),
            }
            tokio::time::sleep(AGAIN).await;
        }
    }
}

/// Sends a request; true for an answer of class 2xx.
async fn send(to: SocketAddr, request: &[u8]) -> std::io::Result<bool> {
    let mut stream = TcpStream::connect(to).await?;
    stream.write_all(request).await?;
    let mut answer = Vec::new();
    stream.take(4096).read_to_end(&mut answer).await?;
    Ok(answer.starts_with(b"HTTP/1.1 2"))
}
