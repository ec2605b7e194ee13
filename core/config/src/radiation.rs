//! The tables that `[radiation]` names, read whole: a lane decides from what its configuration carries.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use greenlane_lane::{IdentificationTables, RadiationTables};
use serde::Deserialize;

use crate::node::Node;
use crate::problem::Finding;
use crate::source::{Named, Sources};
use crate::tables::RadiationTable;

/// The part of a detector's description that names another file.
#[derive(Deserialize)]
struct Crystal {
    #[serde(default = "nai")]
    table: String,
}

fn nai() -> String {
    "nai".to_owned()
}

/// Reads every file that the table names and checks that a lane can work with them.
pub(crate) fn tables(
    root: &Node,
    table: &RadiationTable,
    folder: &Path,
    sources: &mut Sources,
    findings: &mut Vec<Finding>,
) -> Option<RadiationTables> {
    let node = root.get("radiation")?;
    let mut reader = Reader { node, folder, sources, findings };
    let detection = reader.text("detection", table.detection.as_deref(), "radiation", "toml");
    let expectations = reader.text("expectations", table.expectations.as_deref(), "cargo", "toml");
    let identification = table.response.as_deref().and_then(|name| reader.identification(name));
    let whole = RadiationTables {
        detection: detection.as_deref().map(str::to_owned),
        panels: table.panels.clone(),
        identification,
        expectations: expectations.as_deref().map(str::to_owned),
        profile: table.profile.clone(),
    };
    if findings.is_empty()
        && let Err(error) = whole.check()
    {
        let help = "greenlane came with files that can be read: compare with those";
        findings.push(Finding::new(node.at, "radiation", error, help));
    }
    Some(whole)
}

struct Reader<'a> {
    node: &'a Node,
    folder: &'a Path,
    sources: &'a mut Sources,
    findings: &'a mut Vec<Finding>,
}

impl Reader<'_> {
    fn identification(&mut self, name: &str) -> Option<IdentificationTables> {
        let response = self.text("response", Some(name), "responses", "toml")?;
        // What else is wrong with it is said when it is read as a response.
        let table = toml::from_str(&response).map_or_else(|_| nai(), |Crystal { table }| table);
        let crystal = self.folder.join("responses").join(format!("{table}.table.json"));
        let nuclides = self.folder.join("nuclides.toml");
        let mut read = |path: PathBuf| self.read("response", &path);
        let (table, nuclides) = (read(crystal)?, read(nuclides)?);
        Some(IdentificationTables {
            nuclides: nuclides.to_string(),
            response: response.to_string(),
            table: table.to_string(),
        })
    }

    /// The file that a key names: a name in a folder of the tables, or a path.
    fn text(&mut self, key: &str, name: Option<&str>, kind: &str, end: &str) -> Option<Arc<str>> {
        let name = name?;
        let at = self.node.place_of(key);
        let path = if name.contains('/') || name.ends_with(&format!(".{end}")) {
            self.sources.folder(at).join(name)
        } else {
            self.folder.join(kind).join(format!("{name}.{end}"))
        };
        self.read(key, &path)
    }

    fn read(&mut self, key: &str, path: &Path) -> Option<Arc<str>> {
        let named = Named { at: self.node.place_of(key), key: format!("radiation.{key}") };
        match self.sources.read_text(path, named) {
            Ok(text) => Some(text),
            Err(more) => {
                self.findings.extend(more);
                None
            }
        }
    }
}
