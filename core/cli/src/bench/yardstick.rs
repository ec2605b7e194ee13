//! What the machine itself can do: a loopback round trip, one commit, one flush, each of the bytes that one
//! decision takes.

use std::fs::File;
use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use rusqlite::Connection;

use super::Spread;

/// From one sample to the next: often enough to see the same disk and cores, too seldom to load them.
const EVERY: Duration = Duration::from_millis(50);

/// Times in us; the sample of one moment has the same index in each.
#[derive(Debug, Default, Clone)]
pub struct Samples {
    /// A line of the same length over loopback TCP and back, between two threads that block.
    pub round_trip: Vec<f64>,
    /// One SQLite commit (WAL, FULL) of the same bytes.
    pub commit: Vec<f64>,
    /// One `fdatasync` of the same bytes appended to a file.
    pub flush: Vec<f64>,
}

impl Samples {
    /// Round trip and commit together, sample by sample.
    pub fn together(&self) -> Vec<f64> {
        self.round_trip.iter().zip(&self.commit).map(|(a, b)| a + b).collect()
    }

    /// The quantiles of the three for a row.
    pub fn beside(&self, row: super::Row, q: f64, when: &str) -> super::Row {
        let of = |samples: &[f64]| Spread::quantile(samples, q);
        row.beside(format!("loopback TCP round trip, {when}"), of(&self.round_trip), "us")
            .beside(format!("SQLite WAL/FULL commit of the same bytes, {when}"), of(&self.commit), "us")
            .beside(format!("fdatasync of the same bytes, {when}"), of(&self.flush), "us")
    }
}

/// Takes samples on a thread of its own until it is stopped.
pub struct Yardstick {
    stop: Arc<AtomicBool>,
    thread: JoinHandle<anyhow::Result<Samples>>,
}

impl Yardstick {
    /// Starts taking samples with files in `folder`; `line` and `record` are the bytes to use.
    pub fn start(folder: &Path, line: &[u8], record: &str) -> anyhow::Result<Self> {
        let mut tools = Tools::new(folder, line, record)?;
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = stop.clone();
        let thread = std::thread::Builder::new().name("yardstick".into()).spawn(move || {
            let mut samples = Samples::default();
            while !stopped.load(Ordering::Relaxed) {
                samples.round_trip.push(tools.round_trip()?);
                samples.commit.push(tools.commit()?);
                samples.flush.push(tools.flush()?);
                std::thread::sleep(EVERY);
            }
            Ok(samples)
        })?;
        Ok(Self { stop, thread })
    }

    /// Ends it.
    pub fn stop(self) -> anyhow::Result<Samples> {
        self.stop.store(true, Ordering::Relaxed);
        self.thread.join().map_err(|_| anyhow::anyhow!("the yardstick's thread panicked"))?
    }
}

struct Tools {
    echo: TcpStream,
    line: Vec<u8>,
    database: Connection,
    file: File,
    record: String,
}

impl Tools {
    fn new(folder: &Path, line: &[u8], record: &str) -> anyhow::Result<Self> {
        let database = Connection::open(folder.join("yardstick.db"))?;
        database.execute_batch(
            "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; CREATE TABLE t (body TEXT);",
        )?;
        let file = File::create(folder.join("yardstick.bin"))?;
        Ok(Self { echo: echo(line.len())?, line: line.to_owned(), database, file, record: record.to_owned() })
    }

    fn round_trip(&mut self) -> anyhow::Result<f64> {
        let began = Instant::now();
        self.echo.write_all(&self.line)?;
        self.echo.read_exact(&mut self.line)?;
        Ok(us(began))
    }

    fn commit(&mut self) -> anyhow::Result<f64> {
        let mut insert = self.database.prepare_cached("INSERT INTO t VALUES (?1)")?;
        let began = Instant::now();
        insert.execute([&self.record])?;
        Ok(us(began))
    }

    fn flush(&mut self) -> anyhow::Result<f64> {
        let began = Instant::now();
        self.file.write_all(self.record.as_bytes())?;
        self.file.sync_data()?;
        Ok(us(began))
    }
}

/// A connection to a thread that sends back every `length` bytes; it ends with the connection.
fn echo(length: usize) -> anyhow::Result<TcpStream> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    let ours = TcpStream::connect(listener.local_addr()?)?;
    let (mut theirs, _) = listener.accept()?;
    ours.set_nodelay(true)?;
    theirs.set_nodelay(true)?;
    std::thread::Builder::new().name("echo".into()).spawn(move || {
        let mut bytes = vec![0; length];
        while theirs.read_exact(&mut bytes).is_ok() && theirs.write_all(&bytes).is_ok() {}
    })?;
    Ok(ours)
}

fn us(began: Instant) -> f64 {
    began.elapsed().as_secs_f64() * 1e6
}
