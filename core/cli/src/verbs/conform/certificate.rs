//! The end of a full run: a certificate, signed, or why there is none.

use std::fs::OpenOptions;
use std::io::{Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use anyhow::{Context, bail};
use greenlane_conformance::results::Attempt;
use greenlane_conformance::results::certify::Earned;
use greenlane_standard::public_key;

use super::Judge;

/// Signs and writes what was earned; returns the exit code.
pub fn issue(verb: &Judge, attempt: &Attempt, earned: Earned, code: u8) -> anyhow::Result<u8> {
    for (class, reasons) in &earned.refused {
        println!("not class {class}: {}", reasons.join("; "));
    }
    let Some(mut certificate) = earned.certificate else {
        attempt.finish(None)?;
        println!("no certificate");
        return Ok(code.max(1));
    };
    let secret = secret(&verb.key)?;
    certificate.sign(&verb.role, &secret)?;
    attempt.write_certificate(&certificate.text()?)?;
    let archive = attempt.finish(Some((&verb.role, &secret)))?;
    println!(
        "certificate of class {} until {}, signed as {} by {}",
        certificate.class,
        certificate.valid.until,
        verb.role,
        public_key(&secret)
    );
    if let Some(archive) = archive {
        println!("archive {}", archive.display());
        println!("Next: greenlane conform verify {}", archive.display());
    }
    Ok(code)
}

/// The signer's secret, 64 hexadecimal digits in a file; made when there is none.
fn secret(path: &Path) -> anyhow::Result<[u8; 32]> {
    if path.exists() {
        let text = std::fs::read_to_string(path)
            .with_context(|| format!("the key {} cannot be read", path.display()))?;
        return from_hex(text.trim())
            .with_context(|| format!("{} holds no key: 64 hexadecimal digits", path.display()));
    }
    let mut secret = [0; 32];
    std::fs::File::open("/dev/urandom")
        .and_then(|mut random| random.read_exact(&mut secret))
        .context("no chance can be had for a key")?;
    let hex: String = secret.iter().map(|byte| format!("{byte:02x}")).collect();
    let made = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path);
    made.and_then(|mut file| writeln!(file, "{hex}"))
        .with_context(|| format!("the key {} cannot be written", path.display()))?;
    println!("made a key in {}: keep it secret; sites trust {}", path.display(), public_key(&secret));
    Ok(secret)
}

fn from_hex(text: &str) -> anyhow::Result<[u8; 32]> {
    if text.len() != 64 || !text.is_ascii() {
        bail!("it has {} characters", text.len());
    }
    let mut secret = [0; 32];
    for (i, byte) in secret.iter_mut().enumerate() {
        *byte = u8::from_str_radix(&text[2 * i..2 * i + 2], 16)?;
    }
    Ok(secret)
}
