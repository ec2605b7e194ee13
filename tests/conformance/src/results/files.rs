//! Attempts on disk.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use greenlane_standard::{NotCanonical, Standard, canonical, hash_of};

use super::{Machine, PlanFile, Record, SEAL, Seal, archive, result_file, trials_file};
use crate::kit::Kit;
use crate::report;
use crate::suite::Line;

/// The files of one attempt, by their path within its folder.
pub type Files = BTreeMap<String, Vec<u8>>;

/// A folder of one run, `DIR/MODEL/attempt-001`.
#[derive(Debug, Clone)]
pub struct Attempt {
    /// Its number, from 1.
    pub number: u32,
    /// BLAKE3 of `result.json` of each earlier attempt; of one that never ended, of its plan.
    pub earlier: Vec<String>,
    folder: Option<PathBuf>,
}

/// Results could not be kept, or not be read.
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
    /// It is no result.
    #[error("{path}: {reason}")]
    NoResult {
        /// Where.
        path: String,
        /// Why not.
        reason: String,
    },
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
        let model = out.join(model);
        let before = attempts(&model);
        let number = before.last().map_or(1, |(number, _)| number + 1);
        let folder = model.join(format!("attempt-{number:03}"));
        on_disk(&folder, std::fs::create_dir_all(&folder))?;
        // An attempt that ended before its plan was written has shown nothing.
        let earlier = before.iter().filter_map(|(_, folder)| outcome(folder)).collect();
        Ok(Self { number, earlier, folder: Some(folder) })
    }

    /// Its folder, when results are kept.
    pub fn folder(&self) -> Option<&Path> {
        self.folder.as_deref()
    }

    /// Writes what is fixed before the first trial: plan, standard, kit and machine.
    ///
    /// # Errors
    /// The disk refuses.
    pub fn write_plan(
        &self,
        plan: &PlanFile,
        standard: &Standard,
        kit: &Kit,
        machine: &Machine,
    ) -> Result<(), ResultsError> {
        let Some(folder) = &self.folder else { return Ok(()) };
        write(folder, "plan.json", canonical(plan)?)?;
        write(folder, "trials.jsonl", trials_file(plan, &[])?.0)?;
        write(folder, "standard.json", standard.resolved()?)?;
        write(folder, "machine.json", canonical(machine)?)?;
        let inside = folder.join("kit");
        on_disk(&inside, std::fs::create_dir_all(&inside))?;
        write(folder, "kit/PRODUCT.toml", kit.texts[0].clone())?;
        write(folder, "kit/kit.toml", kit.texts[1].clone())
    }

    /// Writes trials, what is kept of them, and the result.
    ///
    /// # Errors
    /// The disk refuses.
    pub fn write_result(&self, plan: &PlanFile, lines: &[Line]) -> Result<(), ResultsError> {
        let Some(folder) = &self.folder else { return Ok(()) };
        let (trials, head) = trials_file(plan, lines)?;
        write(folder, "trials.jsonl", trials)?;
        let evidence = lines.iter().flat_map(|line| &line.evidence).map(|line| format!("{line}\n"));
        write(folder, "evidence.jsonl", evidence.collect::<String>())?;
        write(folder, "result.json", canonical(&result_file(plan.clone(), head, lines)?)?)
    }

    /// Writes the certificate of a run that earned one.
    ///
    /// # Errors
    /// The disk refuses.
    pub fn write_certificate(&self, text: &str) -> Result<(), ResultsError> {
        let Some(folder) = &self.folder else { return Ok(()) };
        write(folder, "certificate.json", text)
    }

    /// Writes the reports and seals the folder, with the signer's secret where there is a certificate, which
    /// also packs the archive. Returns the archive's path.
    ///
    /// # Errors
    /// The disk refuses, or what was written cannot be read back.
    pub fn finish(&self, secret: Option<(&str, &[u8; 32])>) -> Result<Option<PathBuf>, ResultsError> {
        let Some(folder) = &self.folder else { return Ok(None) };
        let path = || folder.display().to_string();
        let wrong = |reason: String| ResultsError::NoResult { path: path(), reason };
        let record = Record::read(&read(folder)?).map_err(wrong)?;
        write(folder, "report.html", report::page(&[&record]))?;
        write(folder, "junit.xml", report::junit(&record))?;
        let mut files = read(folder)?;
        let seal = Seal::over(&files, secret)?;
        let text = canonical(&seal)?;
        write(folder, SEAL, &text)?;
        files.insert(SEAL.to_owned(), text.into_bytes());
        if secret.is_none() {
            return Ok(None);
        }
        let bytes = on_disk(folder, archive::pack(&files))?;
        let path = folder.with_file_name(archive::name(&record.plan.plugin.model, self.number, &bytes));
        on_disk(&path, std::fs::write(&path, bytes))?;
        Ok(Some(path))
    }
}

/// The attempts in the folder of a model, in order.
pub fn attempts(model: &Path) -> Vec<(u32, PathBuf)> {
    let entries = std::fs::read_dir(model).into_iter().flatten().flatten();
    let mut found: Vec<(u32, PathBuf)> = entries
        .filter(|entry| entry.path().is_dir())
        .filter_map(|entry| {
            let number = entry.file_name().to_str()?.strip_prefix("attempt-")?.parse().ok()?;
            Some((number, entry.path()))
        })
        .collect();
    found.sort_unstable();
    found
}

/// What later attempts name an attempt by.
pub fn outcome(attempt: &Path) -> Option<String> {
    let bytes = std::fs::read(attempt.join("result.json"));
    bytes.or_else(|_| std::fs::read(attempt.join("plan.json"))).ok().map(|bytes| hash_of(&bytes))
}

/// The files of a result: an attempt's folder, a model's folder (its last attempt), or an archive.
///
/// # Errors
/// It is none of these, or cannot be read.
pub fn read(path: &Path) -> Result<Files, ResultsError> {
    if path.is_file() {
        let bytes = on_disk(path, std::fs::read(path))?;
        return archive::unpack(path, &bytes)
            .map_err(|reason| ResultsError::NoResult { path: path.display().to_string(), reason });
    }
    if let Some((_, last)) = attempts(path).pop() {
        return read(&last);
    }
    let mut files = Files::new();
    collect(path, "", &mut files)?;
    Ok(files)
}

fn collect(folder: &Path, prefix: &str, files: &mut Files) -> Result<(), ResultsError> {
    for entry in on_disk(folder, std::fs::read_dir(folder))? {
        let path = on_disk(folder, entry)?.path();
        let name = format!("{prefix}{}", path.file_name().unwrap_or_default().to_string_lossy());
        if path.is_dir() {
            collect(&path, &format!("{name}/"), files)?;
        } else {
            files.insert(name, on_disk(&path, std::fs::read(&path))?);
        }
    }
    Ok(())
}

fn write(folder: &Path, name: &str, text: impl AsRef<[u8]>) -> Result<(), ResultsError> {
    let path = folder.join(name);
    on_disk(&path, std::fs::write(&path, text))
}

fn on_disk<T>(path: &Path, result: std::io::Result<T>) -> Result<T, ResultsError> {
    result.map_err(|error| ResultsError::Disk { path: path.display().to_string(), error })
}
