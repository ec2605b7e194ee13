//! Writes sealed occupancies to disk, one after the other, on a thread of its own.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::thread::JoinHandle;

use greenlane_lane::Input;
use greenlane_model::{FileRef, Stamp};
use greenlane_n42::Writable;
use sha2::{Digest, Sha256};

use super::Sealed;
use super::document::document;

/// Occupancies that may wait for the disk: a lane has one every few seconds.
const WAITING: usize = 64;

/// The thread, and the way to it. Each occupancy handed over is answered, in the same order, unless it is refused.
pub(crate) struct Filing {
    jobs: SyncSender<(usize, Sealed)>,
    thread: JoinHandle<()>,
}

/// What became of an occupancy.
#[derive(Debug)]
pub(crate) struct Filed {
    /// The lane's index.
    pub lane: usize,
    pub device: String,
    pub started: Stamp,
    pub file: Result<FileRef, String>,
}

impl Filing {
    /// Starts the thread; files go to `folder`, which is made when it is first needed.
    ///
    /// # Errors
    /// No thread can be started.
    pub(crate) fn start(folder: PathBuf, done: impl Fn(Filed) + Send + 'static) -> io::Result<Self> {
        let (jobs, waiting) = sync_channel(WAITING);
        let name = "dossiers".to_owned();
        let thread = std::thread::Builder::new().name(name).spawn(move || run(&waiting, &folder, done))?;
        Ok(Self { jobs, thread })
    }

    /// Hands an occupancy over; never waits.
    ///
    /// # Errors
    /// What became of it, when the disk is too slow or the thread is gone.
    pub(crate) fn file(&self, lane: usize, sealed: Sealed) -> Result<(), Filed> {
        let (sealed, reason) = match self.jobs.try_send((lane, sealed)) {
            Ok(()) => return Ok(()),
            Err(TrySendError::Full((_, sealed))) => (sealed, "the disk is too slow"),
            Err(TrySendError::Disconnected((_, sealed))) => (sealed, "the thread that writes it has ended"),
        };
        Err(Filed {
            lane,
            device: sealed.record.device,
            started: sealed.record.started,
            file: Err(reason.to_owned()),
        })
    }

    /// Waits until everything handed over is written.
    pub(crate) fn finish(self) {
        drop(self.jobs);
        // A panic there was reported by the thread.
        let _ = self.thread.join();
    }
}

impl Filed {
    /// As the lane is told.
    pub(crate) fn into_input(self) -> Input {
        let Self { device, started, .. } = self;
        match self.file {
            Ok(file) => Input::Filed { device, started, file },
            Err(reason) => Input::NotFiled { device, started, reason },
        }
    }
}

fn run(jobs: &Receiver<(usize, Sealed)>, folder: &Path, done: impl Fn(Filed)) {
    for (lane, sealed) in jobs {
        let file = write(folder, &text(&sealed)).map_err(|error| error.to_string());
        done(Filed { lane, device: sealed.record.device, started: sealed.record.started, file });
    }
}

/// The document of an occupancy as XML. The same occupancy gives the same text.
pub(super) fn text(sealed: &Sealed) -> String {
    let record = &sealed.record;
    let named = format!("{}\n{}\n{}", sealed.lane, record.device, record.started.rfc3339());
    let mut spare = [0; 16];
    spare.copy_from_slice(&Sha256::digest(named.as_bytes())[..16]);
    Writable::new(document(sealed), spare).0.write()
}

/// Writes a file under its digest: whole or not at all.
pub(super) fn write(folder: &Path, text: &str) -> io::Result<FileRef> {
    let digest = Sha256::digest(text.as_bytes());
    let sha256: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    let path = folder.join(format!("{sha256}.n42"));
    if !path.exists() {
        fs::create_dir_all(folder)?;
        let part = folder.join("writing.part");
        let mut file = File::create(&part)?;
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        fs::rename(&part, &path)?;
        File::open(folder)?.sync_all()?;
    }
    Ok(FileRef { path: path.display().to_string(), sha256, bytes: text.len() as u64 })
}
