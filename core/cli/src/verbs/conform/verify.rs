//! `greenlane conform verify RESULT`: a result judged again from its trials.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;
use greenlane_conformance::results::{Record, attempts, read, verify, verify_chain};

/// Judge a result again from its trials, and find any altered byte.
///
/// Exit codes: 0 everything is as it says, 1 something is not.
#[derive(Args)]
pub struct Verify {
    /// An attempt's folder, a model's folder (its last attempt), or an archive
    result: PathBuf,
}

impl Verify {
    pub fn run(self) -> anyhow::Result<ExitCode> {
        let files = read(&self.result)?;
        let mut findings = verify(&files);
        if let Ok(record) = Record::read(&files) {
            findings.extend(beside(&self.result, &record));
            if findings.is_empty() {
                say(&record, files.len());
            }
        }
        for finding in &findings {
            println!("{finding}");
        }
        if !findings.is_empty() {
            println!("{} findings: the result is not what it says", findings.len());
        }
        Ok(ExitCode::from(u8::from(!findings.is_empty())))
    }
}

/// Earlier attempts that lie beside a folder are those that it names.
fn beside(result: &Path, record: &Record) -> Vec<String> {
    if result.is_file() {
        return Vec::new();
    }
    let last = attempts(result).pop().map(|(_, folder)| folder);
    verify_chain(&last.unwrap_or_else(|| result.to_owned()), record)
}

fn say(record: &Record, files: usize) {
    let plan = &record.plan;
    println!(
        "{} {}: {files} files, {} trials and {} verdicts are as they say",
        plan.plugin.model,
        plan.plugin.version,
        record.chained.trials.len(),
        record.result.verdicts.len()
    );
    match &record.certificate {
        None => println!("no certificate: sealed without a signature, so this shows damage, not forgery"),
        Some(certificate) => {
            println!("certificate of class {} until {}", certificate.class, certificate.valid.until);
            for signature in &certificate.signatures {
                println!("signed as {} by {}", signature.role, signature.key);
            }
        }
    }
}
