//! Settings that name a file: their contents are put in their place, since drivers open no files.

use std::path::Path;

use serde_json::Value as Json;

use crate::near::{listed, nearest};
use crate::node::{Node, Value, join};
use crate::problem::Finding;
use crate::schema::FILE_KEY;
use crate::shape::{alternatives, resolve};
use crate::source::{Named, Sources};

/// Replaces every setting whose schema says `x-greenlane-file` by the contents of the file that it names: a
/// name in `tables/<kind>`, or a path relative to the file in which it stands.
pub(crate) fn fill(
    settings: &mut Node,
    schema: &Json,
    path: &str,
    tables: &Path,
    sources: &mut Sources,
) -> Vec<Finding> {
    let mut filler = Filler { root: schema, home: settings.at.file, tables, sources, findings: Vec::new() };
    filler.value(settings, schema, path);
    filler.findings
}

struct Filler<'a> {
    root: &'a Json,
    /// The file in which the settings stand; what stands elsewhere has been put in already.
    home: usize,
    tables: &'a Path,
    sources: &'a mut Sources,
    findings: Vec<Finding>,
}

impl Filler<'_> {
    fn value(&mut self, node: &mut Node, schema: &Json, path: &str) {
        if node.at.file != self.home {
            return;
        }
        let target = resolve(schema, self.root);
        if let Some(kind) = schema.get(FILE_KEY).or_else(|| target.get(FILE_KEY)).and_then(Json::as_str) {
            match self.contents(node, kind, path) {
                Ok(contents) => *node = contents,
                Err(findings) => self.findings.extend(findings),
            }
            return;
        }
        for one in alternatives(target).unwrap_or_default() {
            self.value(node, one, path);
        }
        match &mut node.value {
            Value::Table(table) => {
                for (key, entry) in table {
                    let property = target.get("properties").and_then(|known| known.get(key));
                    if let Some(schema) = property.or_else(|| target.get("additionalProperties")) {
                        self.value(&mut entry.node, schema, &join(path, key));
                    }
                }
            }
            Value::List(items) => {
                let Some(schema) = target.get("items") else { return };
                for (index, item) in items.iter_mut().enumerate() {
                    self.value(item, schema, &format!("{path}[{index}]"));
                }
            }
            Value::Text(_) | Value::Number(_) | Value::Flag(_) => {}
        }
    }

    fn contents(&mut self, node: &Node, kind: &str, path: &str) -> Result<Node, Vec<Finding>> {
        let folder = self.tables.join(kind);
        let Some(name) = node.text() else {
            let help =
                format!("{}, or a path", listed("a name in quotes", names(&folder).iter().map(|n| &**n)));
            return Err(vec![Finding::new(node.at, path, format!("`{path}` names no file"), help)]);
        };
        let file = if name.contains('/') || name.ends_with(".toml") {
            self.sources.folder(node.at).join(name)
        } else {
            folder.join(format!("{name}.toml"))
        };
        if !file.is_file() {
            return Err(vec![missing(node, path, name, &folder, &file)]);
        }
        self.sources.read_alone(&file, Named { at: node.at, key: path.to_owned() })
    }
}

fn missing(node: &Node, path: &str, name: &str, folder: &Path, file: &Path) -> Finding {
    let known = names(folder);
    let known = || known.iter().map(String::as_str);
    let near = nearest(name, known()).map_or(String::new(), |near| format!("did you mean `{near}`? "));
    let help = format!("{near}{}", listed(&format!("in {}", folder.display()), known()));
    Finding::new(node.at, path, format!("there is no file {}", file.display()), help)
}

/// The names that a folder offers, in order.
fn names(folder: &Path) -> Vec<String> {
    let files = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut names: Vec<String> = files
        .map(|file| file.path())
        .filter(|path| path.extension().is_some_and(|end| end == "toml"))
        .filter_map(|path| Some(path.file_stem()?.to_string_lossy().into_owned()))
        .collect();
    names.sort();
    names
}
