//! The built program: where it is, and what it says and does.

use std::io::Read;
use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

/// Nothing that these tests wait for takes so long, on the slowest machine.
const PATIENCE: Duration = Duration::from_secs(90);
const PAUSE: Duration = Duration::from_millis(20);

/// The root of the sources.
pub fn workspace() -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    root.canonicalize().unwrap_or_else(|error| panic!("{}: {error}", root.display()))
}

/// The built program with the right folder of tables, ready for a verb.
pub fn greenlane() -> Command {
    let program = program();
    let mut command = Command::new(&program);
    let workspace = workspace();
    if !program.starts_with(&workspace) {
        command.arg("--configs").arg(workspace.join("configs"));
    }
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command.env_remove("GREENLANE_LOG").env_remove("GREENLANE_PLUGINS").env_remove("GREENLANE_CONFIGS");
    command
}

/// Runs a verb to its end.
pub fn run<S: AsRef<std::ffi::OsStr>>(arguments: impl IntoIterator<Item = S>) -> Ended {
    let mut command = greenlane();
    command.args(arguments);
    Running::start(command).wait()
}

/// Asks again and again until there is an answer.
///
/// # Panics
/// When there is none for a long time: `what` says what was waited for.
pub fn until<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let began = Instant::now();
    loop {
        if let Some(seen) = look() {
            return seen;
        }
        assert!(began.elapsed() < PATIENCE, "waited {PATIENCE:?} in vain until {what}");
        std::thread::sleep(PAUSE);
    }
}

/// A loopback port that was free a moment ago.
pub fn free_port() -> u16 {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a loopback port");
    listener.local_addr().expect("a bound socket has an address").port()
}

/// A link to a port where nobody listens.
pub fn offline(scheme: &str) -> String {
    format!("{scheme}://127.0.0.1:{}", free_port())
}

/// The processes that `parent` has started and that are still there.
pub fn children(parent: u32) -> Vec<u32> {
    let is_child = |id: &u32| {
        let stat = std::fs::read_to_string(format!("/proc/{id}/stat")).unwrap_or_default();
        // `id (name) state parent ...`; the name may hold anything. A dead child is no child.
        let after = stat.rsplit_once(") ").map_or("", |(_, after)| after);
        let mut fields = after.split(' ');
        fields.next() != Some("Z") && fields.next() == Some(parent.to_string().as_str())
    };
    let entries = std::fs::read_dir("/proc").expect("Linux");
    entries.flatten().filter_map(|entry| entry.file_name().to_str()?.parse().ok()).filter(is_child).collect()
}

/// How a verb ended.
#[derive(Debug)]
pub struct Ended {
    /// The arguments.
    pub verb: String,
    /// `None` after a signal.
    pub code: Option<i32>,
    /// Standard output.
    pub stdout: String,
    /// Standard error.
    pub stderr: String,
}

impl Ended {
    /// Itself, if it ended with `code`.
    #[track_caller]
    pub fn with(self, code: i32) -> Self {
        assert_eq!(
            self.code,
            Some(code),
            "greenlane {}\n-- stdout\n{}\n-- stderr\n{}",
            self.verb,
            self.stdout,
            self.stderr
        );
        self
    }

    /// Standard output, which is one JSON value and nothing else.
    #[track_caller]
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| {
            panic!("greenlane {}: {error} in\n{}\n-- stderr\n{}", self.verb, self.stdout, self.stderr)
        })
    }

    /// Standard output, each line a JSON value.
    #[track_caller]
    pub fn json_lines(&self) -> Vec<serde_json::Value> {
        let parse = |line: &str| {
            serde_json::from_str(line)
                .unwrap_or_else(|error| panic!("greenlane {}: {error} in {line}", self.verb))
        };
        self.stdout.lines().map(parse).collect()
    }
}

/// The program at work. Dropped, it is killed.
#[derive(Debug)]
pub struct Running {
    verb: String,
    child: Child,
    stdout: Drained,
    stderr: Drained,
}

impl Running {
    /// Starts it.
    pub fn start(mut command: Command) -> Self {
        let verb = command.get_args().map(|a| a.to_string_lossy()).collect::<Vec<_>>().join(" ");
        let mut child = command.spawn().unwrap_or_else(|error| panic!("{command:?}: {error}"));
        let stdout = Drained::new(child.stdout.take());
        let stderr = Drained::new(child.stderr.take());
        Self { verb, child, stdout, stderr }
    }

    /// Its process.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Asks it to stop, as a service manager does.
    pub fn terminate(&self) {
        // Fails only when it has ended, which its end will show.
        let _ = kill_process(Pid::from_child(&self.child), Signal::TERM);
    }

    /// Ends it at once, wherever it is.
    pub fn kill(&mut self) {
        // As above.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    /// Waits until standard error holds `text`.
    pub fn says(&self, text: &str) {
        until(&format!("standard error says {text:?}:\n{}", self.stderr()), || {
            self.stderr().contains(text).then_some(())
        });
    }

    /// Standard error so far.
    pub fn stderr(&self) -> String {
        self.stderr.text()
    }

    /// Asks it to stop and waits for the end.
    pub fn stop(self) -> Ended {
        self.terminate();
        self.wait()
    }

    /// Waits for its end.
    pub fn wait(mut self) -> Ended {
        let status: ExitStatus = until(&format!("the end of greenlane {}", self.verb), || {
            self.child.try_wait().unwrap_or_else(|error| panic!("greenlane {}: {error}", self.verb))
        });
        let (stdout, stderr) = (self.stdout.rest(), self.stderr.rest());
        Ended { verb: self.verb.clone(), code: status.code(), stdout, stderr }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.kill();
    }
}

/// A pipe that is read while it is written: a full one would stop the program.
#[derive(Debug)]
struct Drained {
    text: Arc<Mutex<String>>,
    thread: Option<JoinHandle<()>>,
}

impl Drained {
    fn new(pipe: Option<impl Read + Send + 'static>) -> Self {
        let text = Arc::new(Mutex::new(String::new()));
        let into = Arc::clone(&text);
        let thread = pipe.map(|mut pipe| {
            std::thread::spawn(move || {
                let mut bytes = [0; 4096];
                while let Ok(length @ 1..) = pipe.read(&mut bytes) {
                    let piece = String::from_utf8_lossy(&bytes[..length]);
                    into.lock().unwrap_or_else(PoisonError::into_inner).push_str(&piece);
                }
            })
        });
        Self { text, thread }
    }

    fn text(&self) -> String {
        self.text.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn rest(&mut self) -> String {
        // It cannot panic.
        let _ = self.thread.take().map(JoinHandle::join);
        self.text()
    }
}

/// Beside the test's own executable, in target/<profile>.
fn program() -> PathBuf {
    let test = std::env::current_exe().expect("a test has an executable");
    let beside = test.ancestors().skip(1).map(|folder| folder.join("greenlane"));
    let found = beside.into_iter().find(|file| file.is_file());
    found.unwrap_or_else(|| {
        let release = if cfg!(debug_assertions) { "" } else { " --release" };
        panic!("there is no greenlane beside {}: run `cargo build{release}` first", test.display())
    })
}
