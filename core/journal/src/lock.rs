//! One writer a journal, also across processes.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Read, Write};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use crate::JournalError;

/// The right to write one journal. Held by a lock on a file beside it, which the system lets go when the
/// process ends, however it ends; SQLite's own exclusive mode would keep readers out as well.
#[derive(Debug)]
pub(crate) struct WriterLock {
    path: PathBuf,
    /// Holds the lock until it is closed, which is after `drop` has taken the name away.
    _file: File,
}

/// How often a lock file that vanishes while it is being taken is tried again.
const TRIES: u32 = 16;

impl WriterLock {
    /// Takes the lock of `journal`, or says who has it.
    pub fn take(journal: &Path) -> Result<Self, JournalError> {
        let mut path = journal.as_os_str().to_owned();
        path.push("-lock");
        let path = PathBuf::from(path);
        let failed = |source| JournalError::file(&path, source);
        for _ in 0..TRIES {
            let mut file = OpenOptions::new()
                .read(true)
                .write(true)
                .create(true)
                .truncate(false)
                .open(&path)
                .map_err(failed)?;
            match file.try_lock() {
                Ok(()) if is_named(&file, &path) => {
                    sign(&mut file).map_err(failed)?;
                    return Ok(Self { path, _file: file });
                }
                // The holder ended between our opening and our locking, and took the name with it.
                Ok(()) => {}
                Err(TryLockError::WouldBlock) => {
                    return Err(JournalError::InUse { path: journal.to_owned(), holder: holder(&mut file) });
                }
                Err(TryLockError::Error(source)) => return Err(failed(source)),
            }
        }
        Err(failed(io::Error::other("the lock file keeps vanishing")))
    }
}

impl Drop for WriterLock {
    fn drop(&mut self) {
        // A name left behind does no harm: the next writer takes the file over.
        let _ = fs::remove_file(&self.path);
    }
}

fn is_named(file: &File, path: &Path) -> bool {
    match (fs::metadata(path), file.metadata()) {
        (Ok(named), Ok(held)) => (named.dev(), named.ino()) == (held.dev(), held.ino()),
        _ => false,
    }
}

fn sign(file: &mut File) -> io::Result<()> {
    file.set_len(0)?;
    write!(file, "process {}", std::process::id())
}

fn holder(file: &mut File) -> String {
    let mut text = String::new();
    match file.read_to_string(&mut text) {
        Ok(length) if length > 0 => text,
        _ => "another process".to_owned(),
    }
}
