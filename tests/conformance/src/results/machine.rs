//! The machine of a run, and whether a certificate may come from it.

use serde::{Deserialize, Serialize};

/// `machine.json`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Machine {
    /// Name and release of the operating system's kernel.
    pub kernel: String,
    /// Kind of processor.
    pub processor: String,
    /// Processors that this process may use.
    pub cores: usize,
    /// Processes that were ready to run, over the last minute, as `/proc/loadavg` writes it.
    pub load: String,
    /// BLAKE3 of the suite's executable.
    pub suite_blake3: String,
    /// The suite, or the driver by the folder that it lies in, is a debug build.
    pub is_debug: bool,
}

impl Machine {
    /// This machine, now. `plugin` is the driver's file.
    pub fn now(suite_blake3: String, plugin: &std::path::Path) -> Self {
        let read = |path: &str| std::fs::read_to_string(path).unwrap_or_default();
        let processors = read("/proc/cpuinfo");
        let named = |line: &&str| line.starts_with("model name") || line.starts_with("CPU part");
        let processor = processors.lines().find(named).and_then(|line| line.split(": ").nth(1));
        let release = read("/proc/sys/kernel/osrelease");
        let is_debug = cfg!(debug_assertions) || plugin.components().any(|part| part.as_os_str() == "debug");
        Self {
            kernel: format!("{} {}", read("/proc/sys/kernel/ostype").trim(), release.trim()),
            processor: processor.unwrap_or(std::env::consts::ARCH).to_owned(),
            cores: std::thread::available_parallelism().map_or(1, usize::from),
            load: read("/proc/loadavg").split(' ').next().unwrap_or_default().to_owned(),
            suite_blake3,
            is_debug,
        }
    }

    /// Why no certificate may come from here.
    pub fn dirt(&self) -> Option<String> {
        if self.is_debug {
            return Some("suite and driver are not both release builds".to_owned());
        }
        let busy = self.load.parse::<f64>().map_or(true, |load| load > self.cores as f64);
        busy.then(|| format!("load {} on {} processors: wait until it is quiet", self.load, self.cores))
    }
}
