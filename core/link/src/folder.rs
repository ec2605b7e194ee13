//! Folders into which a device drops files. Listed at intervals, because network shares report no changes.

use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::time::{Duration, UNIX_EPOCH};

use bytes::Bytes;
use sha2::{Digest, Sha256};
use tokio::sync::Mutex;

use crate::folder_watch::{Seen, Step, Watch};
use crate::keep::{Link, discard};
use crate::outlet::Outlet;
use crate::{Backoff, Clock, Event, FolderSpec, Ops};

/// So much of a file is handed over; the rest stays in the file.
const HEAD_BYTES: usize = 64 * 1024;
/// Largest sidecar.
const SIDECAR_BYTES: u64 = 1 << 20;

/// A watched folder. What has been handed over is remembered across outages.
pub struct Folder {
    path: PathBuf,
    pause: Duration,
    watch: Mutex<Watch>,
}

impl Folder {
    /// Nothing is read yet.
    pub fn new(spec: FolderSpec) -> Self {
        let pause = (spec.settle / 2).clamp(Duration::from_millis(10), Duration::from_millis(250));
        Self { watch: Mutex::new(Watch::new(&spec)), pause, path: spec.path }
    }

    /// Lists the folder; what follows from it.
    async fn look(&self) -> Result<Vec<Step>, String> {
        let folder = self.path.clone();
        let listing = blocking(move || list(&folder)).await?;
        Ok(self.watch.lock().await.look(Clock::now().mono_ns, &listing))
    }

    async fn hand_over(&self, step: Step, outlet: &Outlet) {
        let event = match step {
            Step::Complete { file, sidecar } => {
                let (folder, seen) = (self.path.clone(), file.clone());
                let outcome = blocking(move || inspect(&folder, &seen, sidecar.as_deref())).await;
                if let Ok(Some(event)) = outcome {
                    return outlet.emit(Clock::now(), 0, event).await;
                }
                // Some writers lock a file until they are done with it.
                let mut watch = self.watch.lock().await;
                watch.wait_again(Clock::now().mono_ns, &file.name);
                match outcome {
                    Err(reason) if watch.is_first_report(&file.name) => {
                        Event::Dropped { bytes: file.bytes, reason }
                    }
                    _ => return,
                }
            }
            Step::Changed(file) => dropped(&file, "was changed after it had been handed over"),
            Step::Lonely(file) => dropped(&file, "waits for its sidecar (.xml or .json of the same name)"),
        };
        outlet.emit(Clock::now(), 0, event).await;
    }
}

impl Link for Folder {
    type Open = Vec<Step>;

    /// The first look belongs to opening: what comes once the link is up is new.
    async fn open(&self) -> Result<Vec<Step>, String> {
        self.look().await
    }

    async fn serve(
        &self,
        mut steps: Vec<Step>,
        outlet: &Outlet,
        ops: &mut Ops,
        backoff: &mut Backoff,
    ) -> String {
        backoff.reset();
        let looking = async {
            loop {
                for step in steps {
                    self.hand_over(step, outlet).await;
                }
                tokio::time::sleep(self.pause).await;
                steps = match self.look().await {
                    Ok(steps) => steps,
                    Err(reason) => return reason,
                };
            }
        };
        tokio::select! {
            reason = looking => reason,
            () = discard(ops) => "the link was closed".to_owned(),
        }
    }
}

fn dropped(file: &Seen, what: &str) -> Event {
    Event::Dropped { bytes: file.bytes, reason: format!("{:?} {what}", file.name) }
}

/// Runs file work off the event loop: a network share may hang for seconds.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, String> + Send + 'static,
) -> Result<T, String> {
    tokio::task::spawn_blocking(work).await.unwrap_or_else(|error| Err(format!("reading failed: {error}")))
}

fn list(folder: &Path) -> Result<Vec<Seen>, String> {
    let problem = |error: io::Error| format!("cannot list {}: {error}", folder.display());
    let mut listing = Vec::new();
    for entry in fs::read_dir(folder).map_err(problem)? {
        let entry = entry.map_err(problem)?;
        // A file may go away between the listing and the look at it.
        let Ok(meta) = fs::metadata(entry.path()) else { continue };
        if !meta.is_file() {
            continue;
        }
        let name = entry
            .file_name()
            .into_string()
            .map_err(|name| format!("{name:?} in {} is not a UTF-8 name; move it away", folder.display()))?;
        listing.push(Seen { name, bytes: meta.len(), written_ns: written_ns(&meta) });
        if listing.len() > Watch::MOST_FILES {
            let (most, folder) = (Watch::MOST_FILES, folder.display());
            return Err(format!("{folder} holds more than {most} files; move old ones away"));
        }
    }
    Ok(listing)
}

fn written_ns(meta: &fs::Metadata) -> i64 {
    let since = meta.modified().ok().and_then(|time| time.duration_since(UNIX_EPOCH).ok());
    since.and_then(|since| i64::try_from(since.as_nanos()).ok()).unwrap_or(0)
}

/// Reads and hashes a file; `None` when it is no longer what the listing showed.
fn inspect(folder: &Path, seen: &Seen, sidecar: Option<&str>) -> Result<Option<Event>, String> {
    let path = folder.join(&seen.name);
    let problem = |error: io::Error| format!("cannot read {}: {error}", path.display());
    let sidecar = sidecar.map(|name| read_sidecar(&folder.join(name))).transpose()?;
    let mut file = fs::File::open(&path).map_err(problem)?;
    let mut hash = Sha256::new();
    let mut head = Vec::new();
    let mut bytes = 0;
    let mut chunk = vec![0; HEAD_BYTES];
    loop {
        let count = file.read(&mut chunk).map_err(problem)?;
        if count == 0 {
            break;
        }
        hash.update(&chunk[..count]);
        let room = HEAD_BYTES - head.len();
        head.extend_from_slice(&chunk[..count.min(room)]);
        bytes += count as u64;
    }
    let meta = file.metadata().map_err(problem)?;
    if (bytes, meta.len(), written_ns(&meta)) != (seen.bytes, seen.bytes, seen.written_ns) {
        return Ok(None);
    }
    let sha256 = hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
    let path = path.display().to_string();
    Ok(Some(Event::File { path, sha256, bytes, head: head.into(), sidecar }))
}

fn read_sidecar(path: &Path) -> Result<Bytes, String> {
    let problem = |error: io::Error| format!("cannot read {}: {error}", path.display());
    let mut bytes = Vec::new();
    let file = fs::File::open(path).map_err(problem)?;
    file.take(SIDECAR_BYTES + 1).read_to_end(&mut bytes).map_err(problem)?;
    if bytes.len() as u64 > SIDECAR_BYTES {
        return Err(format!("{} is longer than {SIDECAR_BYTES} bytes", path.display()));
    }
    Ok(bytes.into())
}
