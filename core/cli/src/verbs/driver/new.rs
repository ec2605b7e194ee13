//! `greenlane driver new MAKER MODEL`: a driver that works, to be changed into the one that is wanted.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, bail};
use clap::Args;

use super::names::Names;
use super::plan::{Change, plan};
use crate::End;
use crate::places::{Places, executable};

/// Copy the template of a driver and of its kit into a checkout, run its tests, and judge it quickly.
#[derive(Args)]
pub struct New {
    /// The maker, a folder of `vendors`: lower case letters, digits, '-'
    maker: String,
    /// The model, a file of that folder: lower case letters, digits, '_'
    model: String,
    /// A folder in the checkout [default: the current folder]
    #[arg(long, value_name = "FOLDER", default_value = ".", hide_default_value = true)]
    workspace: PathBuf,
    /// Run neither the tests nor the quick conformance
    #[arg(long)]
    no_test: bool,
}

impl New {
    pub fn run(self, places: &Places) -> anyhow::Result<End> {
        let names = Names::parse(&self.maker, &self.model)?;
        let root = checkout(&self.workspace)?;
        // Everything that can be refused has been before the first file is touched.
        for Change { path, text } in plan(&root, &names)? {
            write(&root.join(&path), &text)?;
            println!("wrote {}", path.display());
        }
        let is_well = self.no_test || (tested(&root, &names)? && conforms(&root, &names, places)?);
        if !is_well {
            return Ok(End::Finding);
        }
        print_next(&names);
        Ok(End::Ok)
    }
}

/// The checkout that `inside` lies in.
fn checkout(inside: &Path) -> anyhow::Result<PathBuf> {
    let folder = inside.canonicalize().with_context(|| format!("there is no folder {}", inside.display()))?;
    let found = folder.ancestors().find(|folder| folder.join("vendors/template/Cargo.toml").is_file());
    found.map(Path::to_owned).with_context(|| {
        format!(
            "{} is in no checkout of Greenlane: a driver is made in one, go there or name it with --workspace",
            folder.display()
        )
    })
}

fn write(path: &Path, text: &str) -> anyhow::Result<()> {
    let folder = path.parent().unwrap_or(path);
    std::fs::create_dir_all(folder).with_context(|| format!("{} cannot be made", folder.display()))?;
    std::fs::write(path, text).with_context(|| format!("{} cannot be written", path.display()))
}

fn tested(root: &Path, names: &Names) -> anyhow::Result<bool> {
    let package = names.package();
    println!("running cargo test -p {package}");
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let status = Command::new(cargo).args(["test", "-p", &package]).current_dir(root).status();
    let status = status.context("cargo cannot be started, so the driver was not tested: install Rust")?;
    if !status.success() {
        eprintln!("the files are written, but cargo test -p {package} failed");
    }
    Ok(status.success())
}

/// Quick conformance of the compiled driver, by this program, with the new kit.
fn conforms(root: &Path, names: &Names, places: &Places) -> anyhow::Result<bool> {
    let package = names.package();
    let library = library(root, &package)?;
    println!("running greenlane conform {} --model {}", library.display(), names.word());
    let status = Command::new(executable()?)
        .args(places.arguments())
        .arg("conform")
        .arg(library)
        .args(["--model", &names.word(), "--kit"])
        .arg(root.join(names.kit()))
        .current_dir(root)
        .status();
    Ok(status.context("this program cannot be started again")?.success())
}

/// The package's library, built.
fn library(root: &Path, package: &str) -> anyhow::Result<PathBuf> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let built = Command::new(cargo)
        .args(["build", "-p", package, "--message-format", "json-render-diagnostics"])
        .stderr(std::process::Stdio::inherit())
        .current_dir(root)
        .output()
        .context("cargo cannot be started, so the driver was not judged: install Rust")?;
    // Of each crate that cargo has built or found built it says one line with its files.
    let told = String::from_utf8_lossy(&built.stdout);
    let artifacts = told.lines().filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok());
    let mut files = artifacts.flat_map(|told| told["filenames"].as_array().cloned().unwrap_or_default());
    let name = format!("lib{}.so", package.replace('-', "_"));
    let file = files.find_map(|file| {
        let path = PathBuf::from(file.as_str()?);
        path.ends_with(&name).then_some(path)
    });
    file.with_context(|| format!("cargo build -p {package} made no {name}"))
}

fn print_next(names: &Names) {
    let (model, package, file) = (names.word(), names.package(), names.file());
    println!("\n{model} is a driver. What to do next (docs/write-a-driver.md goes through it):");
    println!("1. make {} say what the device says, from top to bottom", file.display());
    println!("2. cargo test -p {package}");
    println!("3. cargo build && greenlane driver show {model}");
    println!("4. greenlane capture LANE.toml DEVICE, with model = \"{model}\" in the lane file");
    println!("5. put lines of that recording into the driver's tests");
    println!("6. let somebody else write {} from the protocol alone", names.kit().display());
    println!("7. cargo build --release && greenlane conform LIBRARY --model {model} --certify");
}

/// `anyhow::bail!` with the words that every refusal of a name ends in.
pub(super) fn refuse<T>(name: &str, why: impl std::fmt::Display) -> anyhow::Result<T> {
    bail!("{name:?} cannot be used: {why}")
}
