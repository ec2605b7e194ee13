//! Which files of a checkout a new driver changes, and into what. Comments and order of what is there stay.

use std::path::{Path, PathBuf};

use anyhow::{Context, bail};

use super::names::Names;
use super::new::refuse;

const TEMPLATE: &str = "vendors/template";
const DRIVER: &str = "src/__model__.rs";
const KIT: &str = "kits";
const EXPORT: &str = "export_drivers!(";

/// A file as it will be.
pub struct Change {
    /// From the root.
    pub path: PathBuf,
    pub text: String,
}

/// Everything that a new driver needs. Nothing is written.
///
/// # Errors
/// The driver exists, its name is another's, or a file has not the form that it is edited by.
pub fn plan(root: &Path, names: &Names) -> anyhow::Result<Vec<Change>> {
    let template = root.join(TEMPLATE);
    let driver = read(&template.join(DRIVER))?;
    let type_name = names.type_name();
    if driver.split(|c: char| !(c.is_alphanumeric() || c == '_')).any(|word| word == type_name) {
        return refuse(&names.model, format!("the template uses {type_name} for something else"));
    }
    let mut changes = if root.join(names.folder()).exists() {
        second_model(root, names, &driver)?
    } else {
        let mut files = Vec::new();
        template_files(&template, Path::new(""), &mut files)?;
        files.into_iter().map(|file| filled(&template, &file, names)).collect::<anyhow::Result<_>>()?
    };
    changes.extend(membership(root, names)?);
    Ok(changes)
}

/// A file more in the crate of a maker that is there.
fn second_model(root: &Path, names: &Names, driver: &str) -> anyhow::Result<Vec<Change>> {
    let folder = names.folder();
    let file = names.file();
    if root.join(&file).exists() || root.join(file.with_extension("")).exists() {
        return refuse(&names.model, format!("{} is there already", file.display()));
    }
    let manifest = read(&root.join(&folder).join("Cargo.toml"))?;
    let wanted = read(&root.join(TEMPLATE).join("Cargo.toml"))?;
    for line in wanted.lines().filter(|line| line.ends_with(".workspace = true") && !is_field(line)) {
        if !manifest.lines().any(|own| own == line) {
            bail!("{}/Cargo.toml lacks `{line}`, which the template needs: add it first", folder.display());
        }
    }
    let path = folder.join("src/lib.rs");
    let (module, export) = (&names.model, format!("{}::{}", names.model, names.type_name()));
    let text = exported(&read(&root.join(&path))?, module, &export).with_context(|| {
        format!("{} has no `pub mod` line or no `{EXPORT}...);`, and both are edited", path.display())
    })?;
    let mut changes = vec![Change { path: file, text: names.fill(driver) }, Change { path, text }];
    let (template, mut kit) = (root.join(TEMPLATE), Vec::new());
    template_files(&template, Path::new(KIT), &mut kit)?;
    for file in kit {
        changes.push(filled(&template, &file, names)?);
    }
    Ok(changes)
}

/// A field of `[package]`, not a dependency.
fn is_field(line: &str) -> bool {
    ["version.", "edition.", "rust-version.", "license.", "publish."].iter().any(|key| line.starts_with(key))
}

/// A crate's `lib.rs` with one module and one driver more, both behind those that are there.
fn exported(text: &str, module: &str, export: &str) -> Option<String> {
    let last = text.rfind("\npub mod ")? + 1;
    let behind = last + text[last..].find('\n')? + 1;
    let (head, tail) = text.split_at(behind);
    let open = tail.find(EXPORT)? + EXPORT.len();
    let close = open + tail[open..].find(");")?;
    let drivers = tail[open..close].trim_end().trim_end_matches(',');
    Some(format!("{head}pub mod {module};\n{}{drivers}, {export}{}", &tail[..open], &tail[close..]))
}

/// The root manifest with the crate as a member that is built by default.
fn membership(root: &Path, names: &Names) -> anyhow::Result<Option<Change>> {
    let path = PathBuf::from("Cargo.toml");
    let before = read(&root.join(&path))?;
    let entry = format!("vendors/{}", names.maker);
    let mut text = before.clone();
    for key in ["members", "default-members"] {
        let form = || format!("`{key}` in Cargo.toml is not written one entry a line, each with its comma");
        let list = entries(&text, key).with_context(form)?;
        if list.iter().any(|(_, member)| *member == entry) {
            continue;
        }
        if let Some((_, other)) = list.iter().find(|(_, member)| is_package(root, member, &names.package())) {
            return refuse(&names.maker, format!("{other} is the package {} already", names.package()));
        }
        let vendors = || list.iter().filter(|(_, member)| member.starts_with("vendors/"));
        let before = vendors().rev().find(|(_, member)| **member < *entry).map(|(line, _)| line + 1);
        let at = before.or_else(|| vendors().next().map(|(line, _)| *line));
        let at = at.or_else(|| list.last().map(|(line, _)| line + 1)).with_context(form)?;
        let mut lines: Vec<_> = text.split('\n').collect();
        let line = format!("    \"{entry}\",");
        lines.insert(at, &line);
        text = lines.join("\n");
    }
    Ok((text != before).then_some(Change { path, text }))
}

/// The entries of a list with the number of each one's line, from 0.
fn entries<'a>(text: &'a str, key: &str) -> Option<Vec<(usize, &'a str)>> {
    let mut lines = text.lines().enumerate().skip_while(|(_, line)| *line != format!("{key} = ["));
    lines.next()?;
    let mut entries = Vec::new();
    for (number, line) in lines {
        match line.trim() {
            "]" => return Some(entries),
            comment if comment.is_empty() || comment.starts_with('#') => {}
            entry => entries.push((number, entry.strip_prefix('"')?.split_once("\",")?.0)),
        }
    }
    None
}

fn is_package(root: &Path, member: &str, package: &str) -> bool {
    let manifest = std::fs::read_to_string(root.join(member).join("Cargo.toml")).unwrap_or_default();
    manifest.lines().any(|line| line == format!("name = \"{package}\""))
}

/// Every file below `folder`, from `template`, in order.
fn template_files(template: &Path, folder: &Path, files: &mut Vec<PathBuf>) -> anyhow::Result<()> {
    let path = template.join(folder);
    let entries = std::fs::read_dir(&path).and_then(Iterator::collect::<Result<Vec<_>, _>>);
    let mut entries = entries.with_context(|| format!("{} cannot be read", path.display()))?;
    entries.sort_by_key(std::fs::DirEntry::file_name);
    for entry in entries {
        let file = folder.join(entry.file_name());
        if entry.path().is_dir() {
            template_files(template, &file, files)?;
        } else {
            files.push(file);
        }
    }
    Ok(())
}

fn filled(template: &Path, file: &Path, names: &Names) -> anyhow::Result<Change> {
    let text = names.fill(&read(&template.join(file))?);
    let path = names.folder().join(names.fill(&file.to_string_lossy()));
    Ok(Change { path, text })
}

fn read(path: &Path) -> anyhow::Result<String> {
    std::fs::read_to_string(path).with_context(|| format!("{} cannot be read", path.display()))
}
