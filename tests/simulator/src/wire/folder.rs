//! Files appear whole: written under another name, then renamed.

use std::io;
use std::path::Path;

/// Puts a file into the folder.
pub(super) fn put(folder: &Path, name: &str, bytes: &[u8]) -> io::Result<()> {
    let part = folder.join(format!(".{name}.part"));
    std::fs::write(&part, bytes)?;
    std::fs::rename(&part, folder.join(name))
}
