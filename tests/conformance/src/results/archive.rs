//! A result in one file: a tar (POSIX.1-1988 ustar) compressed with Zstandard (RFC 8878), named by its own BLAKE3.

use std::io::{Error, Read};
use std::path::Path;

use greenlane_standard::hash_of;
use ruzstd::decoding::StreamingDecoder;
use ruzstd::encoding::{CompressionLevel, compress_to_vec};

use super::Files;

/// Most bytes that are taken out of an archive: hostile ones unpack without end.
const MOST_BYTES: u64 = 1 << 30;
/// Digits of the hash in the name.
const DIGITS: usize = 16;

/// The archive of `files`: the same bytes for the same files.
///
/// # Errors
/// A file's name is longer than the format allows.
pub fn pack(files: &Files) -> Result<Vec<u8>, Error> {
    let mut tar = tar::Builder::new(Vec::new());
    for (name, bytes) in files {
        let mut header = tar::Header::new_ustar();
        header.set_size(bytes.len() as u64);
        header.set_mode(0o644);
        tar.append_data(&mut header, name, bytes.as_slice())?;
    }
    Ok(compress_to_vec(tar.into_inner()?.as_slice(), CompressionLevel::Fastest))
}

/// The name of an archive: its content is in it.
pub fn name(model: &str, attempt: u32, archive: &[u8]) -> String {
    format!("{model}-attempt-{attempt:03}-{}.tar.zst", &hash_of(archive)[..DIGITS])
}

/// The files of an archive.
///
/// # Errors
/// A sentence when it is none, was altered, or holds more than 1 GiB.
pub fn unpack(path: &Path, archive: &[u8]) -> Result<Files, String> {
    let stem = path.file_name().and_then(|name| name.to_str()?.strip_suffix(".tar.zst"));
    let stem = stem.ok_or("an archive's name ends in .tar.zst")?;
    if !hash_of(archive)
        .starts_with(stem.rsplit('-').next().filter(|hash| hash.len() == DIGITS).unwrap_or("?"))
    {
        return Err("its bytes are not those that its name tells: it was altered, or renamed".to_owned());
    }
    let unpacked = StreamingDecoder::new(archive).map_err(|error| format!("no archive: {error}"))?;
    let mut files = Files::new();
    let mut tar = tar::Archive::new(unpacked.take(MOST_BYTES));
    let mut read = || -> Result<(), Error> {
        for entry in tar.entries()? {
            let mut entry = entry?;
            let name = entry.path()?.to_string_lossy().into_owned();
            let mut bytes = Vec::new();
            entry.read_to_end(&mut bytes)?;
            files.insert(name, bytes);
        }
        Ok(())
    };
    read().map_err(|error| format!("no archive: {error}"))?;
    Ok(files)
}
