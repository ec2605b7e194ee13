//! Loads one plugin file, or says in one sentence why not.

use std::path::{Path, PathBuf};

use abi_stable::library::{ROOT_MODULE_LOADER_NAME, RootModule, lib_header_from_path};
use greenlane_abi as abi;
use greenlane_driver::DriverInfo;
use greenlane_driver::export::Description;

use super::elf::{is_elf, is_whole};

/// A loaded plugin. It is never unloaded: its code may be on any stack.
pub struct Plugin {
    /// The file.
    pub path: PathBuf,
    /// Version of its package.
    pub version: String,
    /// BLAKE3 of the file, hex.
    pub hash: String,
    /// What it holds.
    pub drivers: Vec<DriverInfo>,
    pub(super) table: &'static abi::DriverTable,
}

/// Why a plugin was not taken, for the log and for `greenlane driver list`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}: {reason}", path.display())]
pub struct Refusal {
    /// The file.
    pub path: PathBuf,
    /// One sentence.
    pub reason: String,
}

impl Plugin {
    /// Loads `path`; `None` for a library that is none of ours.
    ///
    /// # Errors
    /// The file is no library of this machine, was built for another major version of the boundary, or its
    /// layout differs.
    pub fn load(path: &Path) -> Result<Option<Self>, Refusal> {
        let refuse = |reason: String| Refusal { path: path.to_owned(), reason };
        let bytes = std::fs::read(path)
            .map_err(|e| refuse(format!("cannot be read ({e}): check its permissions")))?;
        if !is_elf(&bytes) {
            return Err(refuse("is no shared library: put drivers alone into this folder".into()));
        }
        if !is_whole(&bytes) {
            return Err(refuse("was cut short: copy it again".into()));
        }
        // SAFETY: loading runs the library's initialisers; plugins are installed by the machine's owner.
        let library =
            unsafe { libloading::Library::new(path) }.map_err(|e| refuse(loader_words(path, &e)))?;
        // Leaked on purpose, see above.
        let library: &'static libloading::Library = Box::leak(Box::new(library));
        let Some(table) = table(library, path).map_err(refuse)? else { return Ok(None) };
        if table.major != abi::MAJOR {
            let theirs = table.major;
            return Err(refuse(format!(
                "speaks version {theirs} of the driver interface, this controller speaks {}: build it again",
                abi::MAJOR
            )));
        }
        let size = size_of::<abi::DriverTable>();
        if (table.size as usize) < size {
            return Err(refuse(format!(
                "has a driver table of {} bytes, {size} are needed: build it again with the controller's header",
                table.size
            )));
        }
        // SAFETY: the table passed the gate.
        let json = unsafe { (table.describe)().as_slice() };
        let description: Description = serde_json::from_slice(json).map_err(|e| {
            refuse(format!(
                "describes itself in words that cannot be read ({e}): mend what `describe` returns"
            ))
        })?;
        Ok(Some(Self {
            path: path.to_owned(),
            version: description.version,
            hash: blake3::hash(&bytes).to_hex().to_string(),
            drivers: description.drivers,
            table,
        }))
    }
}

fn loader_words(path: &Path, error: &libloading::Error) -> String {
    // The loader's text repeats the path.
    let text = error.to_string().replace(&format!("{}: ", path.display()), "");
    format!("cannot be loaded ({}): build it for this machine", first_line(&text))
}

fn first_line(text: &str) -> String {
    let line = text.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or_default();
    line.chars().take(120).collect()
}

/// The table, through the deep layout check for a Rust plugin and directly for one in C.
fn table(
    library: &'static libloading::Library,
    path: &Path,
) -> Result<Option<&'static abi::DriverTable>, String> {
    type Entry = unsafe extern "C" fn() -> *const abi::DriverTable;
    // SAFETY: only asks whether the symbol is there.
    if unsafe { library.get::<*const u8>(ROOT_MODULE_LOADER_NAME.as_bytes()) }.is_ok() {
        let checked = lib_header_from_path(path).and_then(|h| h.init_root_module::<abi::RootRef>());
        let root = checked.map_err(|error| {
            tracing::debug!(path = %path.display(), "{error}");
            layout_words(&error)
        })?;
        // SAFETY: the layout was checked; the table is static.
        return Ok(unsafe { root.table()().as_ref() });
    }
    // SAFETY: the symbol has this type by the interface's definition.
    match unsafe { library.get::<Entry>(abi::SYMBOL.as_bytes()) } {
        // SAFETY: as above; the table is static.
        Ok(entry) => Ok(unsafe { entry().as_ref() }),
        Err(_) => Ok(None),
    }
}

fn layout_words(error: &abi_stable::library::LibraryError) -> String {
    use abi_stable::library::LibraryError as E;
    match error {
        E::IncompatibleVersionNumber { expected_version, actual_version, .. } => format!(
            "was built against version {actual_version} of the driver interface, this controller has \
             {expected_version}: build it again"
        ),
        E::AbiInstability(_) => {
            let ours = abi::RootRef::VERSION_STRINGS.version;
            format!(
                "was built against a driver interface whose layout differs from that of this controller \
                 ({ours}): build it again"
            )
        }
        other => format!("does not open as a plugin ({}): build it again", first_line(&other.to_string())),
    }
}
