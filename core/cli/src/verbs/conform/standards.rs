//! Standards by name.

use std::path::Path;

use anyhow::Context;
use greenlane_conformance::methods;
use greenlane_standard::{Resolver, Standard};

use crate::places::Places;

/// The standard `name`: in the tables' folder `standards`, or a file whose parents lie beside it.
pub fn load(places: &Places, name: &str) -> anyhow::Result<Standard> {
    let tables = places.configs()?.join("standards");
    let (folder, stem) = match name.strip_suffix(".toml") {
        Some(path) => {
            let path = Path::new(path);
            let stem = path.file_name().context("a file of a standard has a name")?;
            (path.parent().unwrap_or(Path::new("")).to_owned(), stem.to_string_lossy().into_owned())
        }
        None => (tables.clone(), name.to_owned()),
    };
    let text = |name: &str| {
        let own = std::fs::read_to_string(folder.join(name).with_extension_added());
        own.or_else(|_| std::fs::read_to_string(tables.join(name).with_extension_added()))
            .map_err(|error| error.to_string())
    };
    let methods = methods::names();
    let own = text(&stem).map_err(|why| anyhow::anyhow!("the standard {name} cannot be read: {why}"))?;
    let resolver = Resolver { text: &text, methods: Some(&methods) };
    Standard::load(&own, &resolver).with_context(|| format!("the standard {name} was refused"))
}

/// Names of standards have dots in them.
trait Toml {
    fn with_extension_added(self) -> std::path::PathBuf;
}

impl Toml for std::path::PathBuf {
    fn with_extension_added(self) -> std::path::PathBuf {
        let mut path = self.into_os_string();
        path.push(".toml");
        path.into()
    }
}
