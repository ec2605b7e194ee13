//! A bank of Modbus inputs and outputs over TCP, just enough for the lane's questions: bits are what was set,
//! registers are zero.

use std::collections::BTreeMap;
use std::fmt;
use std::io::{Read, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

const READ_COILS: u8 = 1;
const READ_DISCRETE_INPUTS: u8 = 2;
const READ_HOLDING_REGISTERS: u8 = 3;
const READ_INPUT_REGISTERS: u8 = 4;
const WRITE_COIL: u8 = 5;
const ILLEGAL_FUNCTION: u8 = 1;

/// A coil that was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Write {
    /// When it came.
    pub at: SystemTime,
    /// Over which connection, from 1.
    pub connection: u32,
    /// The coil.
    pub coil: u16,
    /// To what.
    pub on: bool,
}

/// The bank. Its port stays open as long as the test runs.
#[derive(Debug, Clone)]
pub struct Bank {
    address: SocketAddr,
    state: Arc<Mutex<State>>,
}

struct State {
    coils: BTreeMap<u16, bool>,
    writes: Vec<Write>,
    reads: u64,
    witness: Witness,
}

/// Sees every write before it is answered.
type Witness = Box<dyn FnMut(&Write) + Send>;

impl Bank {
    /// Opens a port for it. `witness` sees every write before it is answered.
    pub fn open(witness: impl FnMut(&Write) + Send + 'static) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a loopback port");
        let address = listener.local_addr().expect("a bound socket has an address");
        let (coils, writes, witness) = (BTreeMap::new(), Vec::new(), Box::new(witness));
        let state = Arc::new(Mutex::new(State { coils, writes, reads: 0, witness }));
        let shared = Arc::clone(&state);
        std::thread::spawn(move || {
            for (connection, client) in (1..).zip(listener.incoming().flatten()) {
                let state = Arc::clone(&shared);
                std::thread::spawn(move || serve(client, connection, &state));
            }
        });
        Self { address, state }
    }

    /// Where it is.
    pub fn link(&self) -> String {
        format!("modbus://{}", self.address)
    }

    /// Every write so far.
    pub fn writes(&self) -> Vec<Write> {
        self.state().writes.clone()
    }

    /// How a coil stands; `None` when it was never written.
    pub fn coil(&self, coil: u16) -> Option<bool> {
        self.state().coils.get(&coil).copied()
    }

    /// How many questions were answered so far.
    pub fn reads(&self) -> u64 {
        self.state().reads
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// The answer's function and data to a question's.
    fn answer(&mut self, connection: u32, function: u8, data: [u8; 4]) -> Vec<u8> {
        let address = u16::from_be_bytes([data[0], data[1]]);
        let count = u16::from_be_bytes([data[2], data[3]]);
        match function {
            READ_COILS => self.bits(function, address, count, true),
            READ_DISCRETE_INPUTS => self.bits(function, address, count, false),
            READ_HOLDING_REGISTERS | READ_INPUT_REGISTERS => {
                self.reads += 1;
                let bytes = u8::try_from(count * 2).unwrap_or(u8::MAX);
                let mut answer = vec![function, bytes];
                answer.resize(2 + usize::from(bytes), 0);
                answer
            }
            WRITE_COIL => {
                let write = Write { at: SystemTime::now(), connection, coil: address, on: data[2] == 0xff };
                self.coils.insert(write.coil, write.on);
                self.writes.push(write);
                (self.witness)(&write);
                [&[function][..], &data].concat()
            }
            other => vec![other | 0x80, ILLEGAL_FUNCTION],
        }
    }

    fn bits(&mut self, function: u8, address: u16, count: u16, coils: bool) -> Vec<u8> {
        self.reads += 1;
        let bytes = count.div_ceil(8);
        let mut answer = vec![function, u8::try_from(bytes).unwrap_or(u8::MAX)];
        answer.resize(2 + usize::from(bytes), 0);
        for bit in 0..count {
            if coils && self.coils.get(&(address + bit)) == Some(&true) {
                answer[2 + usize::from(bit / 8)] |= 1 << (bit % 8);
            }
        }
        answer
    }
}

/// Answers questions until the connection ends: a header of seven bytes (transaction, zero, length, unit), then
/// the function and, in every question that is asked here, four bytes.
fn serve(mut client: TcpStream, connection: u32, state: &Mutex<State>) {
    let _ = client.set_nodelay(true);
    let mut question = [0; 12];
    while client.read_exact(&mut question).is_ok() {
        let [.., function, a, b, c, d] = question;
        let answer =
            state.lock().unwrap_or_else(PoisonError::into_inner).answer(connection, function, [a, b, c, d]);
        let length = u16::try_from(answer.len() + 1).unwrap_or(u16::MAX).to_be_bytes();
        let header = [question[0], question[1], 0, 0, length[0], length[1], question[6]];
        if client.write_all(&[&header[..], &answer].concat()).is_err() {
            return;
        }
    }
}

impl fmt::Debug for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("State")
            .field("coils", &self.coils)
            .field("reads", &self.reads)
            .finish_non_exhaustive()
    }
}
