//! The machine on which it was measured.

use std::path::Path;

use serde::Serialize;

/// Where and when.
#[derive(Debug, Clone, Serialize)]
pub struct Machine {
    /// Processor.
    pub cpu: String,
    /// Cores that this process may use.
    pub cores: usize,
    /// Kernel.
    pub kernel: String,
    /// What the journals are written to.
    pub disk: String,
    /// Processes that ran or waited to, averaged over the minute before the start: above 0 others were at work.
    pub load: f64,
    /// When.
    pub date: String,
}

impl Machine {
    /// This machine, with the disk under `folder`.
    pub fn here(folder: &Path) -> Self {
        let load = read("/proc/loadavg");
        Self {
            cpu: processor().unwrap_or_else(|| "unknown".to_owned()),
            cores: std::thread::available_parallelism().map_or(1, usize::from),
            kernel: format!(
                "{} {}",
                read("/proc/sys/kernel/ostype").trim(),
                read("/proc/sys/kernel/osrelease").trim()
            ),
            disk: disk(folder).unwrap_or_else(|| "unknown".to_owned()),
            load: load.split(' ').next().and_then(|n| n.parse().ok()).unwrap_or_default(),
            date: jiff::Timestamp::now().strftime("%Y-%m-%d %H:%M UTC").to_string(),
        }
    }
}

fn processor() -> Option<String> {
    let text = read("/proc/cpuinfo");
    let line = text.lines().find(|line| line.starts_with("model name"))?;
    Some(line.split_once(':')?.1.trim().to_owned())
}

/// File system and device of the mount that holds `folder`.
fn disk(folder: &Path) -> Option<String> {
    let folder = folder.canonicalize().ok()?;
    let text = read("/proc/mounts");
    let mounts = text.lines().filter_map(|line| {
        let mut words = line.split(' ');
        Some((words.next()?, words.next()?, words.next()?))
    });
    let (device, _, kind) =
        mounts.filter(|(_, place, _)| folder.starts_with(place)).max_by_key(|(_, place, _)| place.len())?;
    Some(format!("{kind} on {device}"))
}

fn read(path: &str) -> String {
    std::fs::read_to_string(path).unwrap_or_default()
}
