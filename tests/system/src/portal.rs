//! A radiation portal that says what it is told to say, over TCP.

use std::io::Write;
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use crate::program::until;

/// Between two samples of gamma on a real portal; nothing in the lane depends on it.
const SAMPLE: Duration = Duration::from_millis(200);

/// A portal. Every client hears every line. Its port stays open as long as the test runs.
#[derive(Debug)]
pub struct Portal {
    address: SocketAddr,
    clients: Arc<Mutex<Clients>>,
}

#[derive(Debug, Default)]
struct Clients {
    listening: Vec<TcpStream>,
    ever: usize,
}

impl Portal {
    /// Opens a port for it.
    pub fn open() -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a loopback port");
        let address = listener.local_addr().expect("a bound socket has an address");
        let clients = Arc::new(Mutex::new(Clients::default()));
        let into = Arc::clone(&clients);
        std::thread::spawn(move || {
            for client in listener.incoming().flatten() {
                // Lines leave when they are said.
                let _ = client.set_nodelay(true);
                let mut clients = into.lock().unwrap_or_else(PoisonError::into_inner);
                clients.listening.push(client);
                clients.ever += 1;
            }
        });
        Self { address, clients }
    }

    /// Where it is.
    pub fn link(&self) -> String {
        format!("tcp://{}", self.address)
    }

    /// Waits for its first client.
    pub fn wait_for_client(&self) {
        until("the portal is connected to", || (self.clients() > 0).then_some(()));
    }

    /// How many listen, as far as it is known: one that has gone is noticed when something is said.
    pub fn clients(&self) -> usize {
        self.all().listening.len()
    }

    /// How many have ever connected.
    pub fn connections(&self) -> usize {
        self.all().ever
    }

    /// Closes every connection.
    pub fn hang_up(&self) {
        self.all().listening.clear();
    }

    /// Says these lines in one piece.
    pub fn say(&self, lines: &[&str]) {
        let text: String = lines.iter().flat_map(|line| [line, "\r\n"]).collect();
        self.all().listening.retain_mut(|client| client.write_all(text.as_bytes()).is_ok());
    }

    /// Says what it counts while nothing is in it.
    pub fn background(&self) {
        self.say(&["NB,000001,000001,000001,000001", "GB,000250,000250,000250,000250"]);
    }

    /// A vehicle that takes `samples` times 200 ms, without an alarm.
    pub fn vehicle(&self, index: u32, samples: u32) {
        self.vehicle_at(index, samples, SAMPLE);
    }

    /// The same with another time between two samples.
    pub fn vehicle_at(&self, index: u32, samples: u32, pause: Duration) {
        for sample in 0..samples {
            if sample % 5 == 0 {
                self.say(&["NS,000000,000001,000000,000001"]);
            }
            self.say(&["GS,000050,000049,000048,000047"]);
            std::thread::sleep(pause);
        }
        self.say(&[&format!("GX,{index:06},001000,000000,000000")]);
    }

    fn all(&self) -> std::sync::MutexGuard<'_, Clients> {
        self.clients.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
