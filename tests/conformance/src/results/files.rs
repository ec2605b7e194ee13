//! Attempts on disk.

use std::io::Write;
use std::path::{Path, PathBuf};

use greenlane_standard::{NotCanonical, canonical};

use super::{ChainedTrial, PlanFile, link, result_file};
use crate::suite::Line;

/// A folder of one run, `DIR/MODEL/attempt-001`.
#[derive(Debug, Clone)]
pub struct Attempt {
    /// Its number, from 1.
    pub number: u32,
    /// BLAKE3 of `result.json` of each earlier attempt; of one that never ended, of its plan.
    pub earlier: Vec<String>,
    folder: Option<PathBuf>,
}

/// Results could not be kept.
#[derive(Debug, thiserror::Error)]
pub enum ResultsError {
    /// The disk refused.
    #[error("{path}: {error}")]
    Disk {
        /// Where.
        path: String,
        /// Why.
        error: std::io::Error,
    },
    /// Something has no canonical form.
    #[error("{0:?} has no canonical form")]
    Form(NotCanonical),
}

impl From<NotCanonical> for ResultsError {
    fn from(error: NotCanonical) -> Self {
        Self::Form(error)
    }
}

impl Attempt {
    /// A run that leaves nothing behind.
    pub fn unkept() -> Self {
        Self { number: 1, earlier: Vec::new(), folder: None }
    }

    /// The next attempt of `model` in `out`.
    ///
    /// # Errors
    /// The folder cannot be made or an earlier attempt cannot be read.
    pub fn next(out: &Path, model: &str) -> Result<Self, ResultsError> {
        let mut number = 1;
        let mut earlier = Vec::new();
        loop {
            let folder = out.join(model).join(format!("attempt-{number:03}"));
            if !folder.exists() {
                on_disk(&folder, std::fs::create_dir_all(&folder))?;
                return Ok(Self { number, earlier, folder: Some(folder) });
            }
            let result = folder.join("result.json");
            let path = if result.exists() { result } else { folder.join("plan.json") };
            // An attempt that ended before its plan was written has shown nothing.
            if let Ok(bytes) = std::fs::read(&path) {
                earlier.push(blake3::hash(&bytes).to_hex().to_string());
            }
            number += 1;
        }
    }

    /// Its folder, when results are kept.
    pub fn folder(&self) -> Option<&Path> {
        self.folder.as_deref()
    }

    /// Writes `plan.json`, before the first trial.
    ///
    /// # Errors
    /// The disk refuses.
    pub fn write_plan(&self, plan: &PlanFile) -> Result<(), ResultsError> {
        let Some(folder) = &self.folder else { return Ok(()) };
        let path = folder.join("plan.json");
        on_disk(&path, std::fs::write(&path, canonical(plan)?))?;
        let path = folder.join("trials.jsonl");
        let first = format!("{{\"plan\":\"{}\"}}\n", greenlane_standard::hash(plan)?);
        on_disk(&path, std::fs::write(&path, first))
    }

    /// Writes trials and result.
    ///
    /// # Errors
    /// The disk refuses.
    pub fn write_result(&self, plan: &PlanFile, lines: &[Line]) -> Result<(), ResultsError> {
        let Some(folder) = &self.folder else { return Ok(()) };
        let path = folder.join("trials.jsonl");
        let mut file = on_disk(&path, std::fs::OpenOptions::new().append(true).open(&path))?;
        let mut chain = greenlane_standard::hash(plan)?;
        let mut text = String::new();
        for trial in lines.iter().flat_map(|line| &line.trials) {
            chain = link(&chain, trial)?;
            let line = ChainedTrial { trial: trial.clone(), chain: chain.clone() };
            text.push_str(&canonical(&line)?);
            text.push('\n');
        }
        on_disk(&path, file.write_all(text.as_bytes()))?;
        let path = folder.join("result.json");
        let result = result_file(plan.clone(), lines)?;
        on_disk(&path, std::fs::write(&path, canonical(&result)?))
    }
}

fn on_disk<T>(path: &Path, result: std::io::Result<T>) -> Result<T, ResultsError> {
    result.map_err(|error| ResultsError::Disk { path: path.display().to_string(), error })
}
