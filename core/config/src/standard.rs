//! `[standard]`: the standard that a site puts in force, with the certificates and revocations that it knows.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use greenlane_lane::StandardInForce;
use greenlane_standard::{Policy, Resolver, Revocations, Standard};

use crate::near::listed;
use crate::node::Node;
use crate::problem::Finding;
use crate::source::{Named, Sources};
use crate::tables::StandardTable;

/// More certificates than this lie in no folder that a person looks after.
const MAX_CERTIFICATES: usize = 1024;

/// The standard in force at a site.
#[derive(Debug, Clone, PartialEq)]
pub struct StandardSetup {
    /// What is asked of a driver.
    pub policy: Policy,
    /// The standard, resolved.
    pub standard: Standard,
    /// What lies in the folder of certificates: the texts, in the order of the files' names.
    pub certificates: Vec<String>,
    /// The folder.
    pub folder: PathBuf,
    /// The list of what is no longer trusted.
    pub revocations: Option<Revocations>,
    /// What the lane is told of it.
    pub in_force: StandardInForce,
}

/// Reads everything that the table names. `None` when it does not stand in the file, or something is wrong.
pub(crate) fn read(
    root: &Node,
    table: Option<&StandardTable>,
    tables: &Path,
    sources: &mut Sources,
    findings: &mut Vec<Finding>,
) -> Option<StandardSetup> {
    let (node, table) = (root.get("standard")?, table?);
    let before = findings.len();
    let mut reader = Reader { node, tables, sources, findings };
    let standard = reader.standard(&table.id)?;
    reader.fits(table, &standard);
    let (folder, certificates) = reader.certificates(&table.certificates);
    let revocations = table.revoked.as_ref().and_then(|file| reader.revocations(file, table));
    if findings.len() > before {
        return None;
    }
    let in_force = StandardInForce {
        id: standard.id.clone(),
        version: standard.version.clone(),
        // Never fails for a standard that was loaded: it holds no number with two forms.
        blake3: standard.hash().unwrap_or_default(),
        monitors: standard.monitors.values().cloned().collect(),
        when_degraded: table.when_degraded,
        when_out: table.when_out,
        background_cps: table.background_cps,
    };
    let policy = Policy {
        standard: standard.id.clone(),
        class: table.class.clone(),
        keys: table.keys.clone(),
        roles: table.roles.iter().cloned().collect(),
        otherwise: table.otherwise,
        warn_days: i64::from(table.warn_days),
    };
    Some(StandardSetup { policy, standard, certificates, folder, revocations, in_force })
}

struct Reader<'a> {
    node: &'a Node,
    tables: &'a Path,
    sources: &'a mut Sources,
    findings: &'a mut Vec<Finding>,
}

impl Reader<'_> {
    fn refuse(&mut self, key: &str, message: impl Into<String>, help: impl Into<String>) {
        let at = self.node.place_of(key);
        self.findings.push(Finding::new(at, format!("standard.{key}"), message, help));
    }

    /// The standard `id`: a name in the tables' folder `standards`, or a file whose parents lie beside it.
    fn standard(&mut self, id: &str) -> Option<Standard> {
        let shipped = self.tables.join("standards");
        let named = Named { at: self.node.place_of("id"), key: "standard.id".to_owned() };
        let (folder, name) = match id.strip_suffix(".toml") {
            Some(path) => {
                let path = self.sources.folder(named.at).join(path);
                let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
                (path.parent().unwrap_or(Path::new("")).to_owned(), name)
            }
            None => (shipped.clone(), id.to_owned()),
        };
        let sources = RefCell::new(&mut *self.sources);
        let text = |name: &str| {
            let file = format!("{name}.toml");
            let own = folder.join(&file);
            let path = if own.is_file() { own } else { shipped.join(&file) };
            let read = sources.borrow_mut().read_text(&path, named.clone());
            read.map(|text| text.to_string())
                .map_err(|found| found.into_iter().map(|finding| finding.message).collect())
        };
        let resolver = Resolver { text: &text, methods: None };
        let loaded = text(&name)
            .and_then(|own| Standard::load(&own, &resolver).map_err(|error| format!("{id}: {error}")));
        loaded
            .map_err(|message| self.refuse("id", message, "a standard that `greenlane standard check` takes"))
            .ok()
    }

    /// What the table says of the standard must be true of it, and somebody must be able to sign.
    fn fits(&mut self, table: &StandardTable, standard: &Standard) {
        if table.version != standard.version {
            let message = format!("`{}` is version {}, not {}", standard.id, standard.version, table.version);
            self.refuse("version", message, "the version that the site means to put in force");
        }
        if standard.levels(&table.class).is_none() {
            let known = standard.mustpass.keys().map(String::as_str);
            let message = format!("`{}` has no class `{}`", standard.id, table.class);
            self.refuse("class", message, listed("classes", known));
        }
        let trusted: BTreeSet<&str> = table.keys.iter().map(|key| key.role.as_str()).collect();
        if let Some(role) = table.roles.iter().find(|role| !trusted.contains(role.as_str())) {
            let help = format!("a key with `role = \"{role}\"` under `keys`");
            self.refuse("roles", format!("no key is trusted to sign as `{role}`"), help);
        }
        let is_key = |key: &str| key.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
        if let Some(wrong) = table.keys.iter().find(|key| !is_key(&key.key)) {
            let message = format!("the key of `{}` is no public key", wrong.role);
            self.refuse("keys", message, "64 hexadecimal digits in lower case: an Ed25519 public key");
        }
    }

    /// What lies in the folder, whatever it is: what is no certificate is said of the driver that lacks one.
    fn certificates(&mut self, folder: &Path) -> (PathBuf, Vec<String>) {
        let at = self.node.place_of("certificates");
        let folder = self.sources.folder(at).join(folder);
        let Ok(listed) = std::fs::read_dir(&folder) else {
            let message = format!("there is no folder {}", folder.display());
            self.refuse("certificates", message, "a folder of `.json` files, which may be empty");
            return (folder, Vec::new());
        };
        let mut files: Vec<PathBuf> = listed.flatten().map(|entry| entry.path()).collect();
        files.retain(|file| file.extension().is_some_and(|end| end == "json"));
        files.sort();
        files.truncate(MAX_CERTIFICATES);
        let named = Named { at, key: "standard.certificates".to_owned() };
        let texts = files.iter().filter_map(|file| match self.sources.read_text(file, named.clone()) {
            Ok(text) => Some(text.to_string()),
            Err(more) => {
                self.findings.extend(more);
                None
            }
        });
        let texts = texts.collect();
        (folder, texts)
    }

    fn revocations(&mut self, file: &Path, table: &StandardTable) -> Option<Revocations> {
        let at = self.node.place_of("revoked");
        let path = self.sources.folder(at).join(file);
        let named = Named { at, key: "standard.revoked".to_owned() };
        let text = self.sources.read_text(&path, named).map_err(|more| self.findings.extend(more)).ok()?;
        let trusted: Vec<&str> = table.keys.iter().map(|key| key.key.as_str()).collect();
        let read = Revocations::read(&text, &trusted);
        read.map_err(|message| self.refuse("revoked", message, "a list signed with one of `keys`")).ok()
    }
}
