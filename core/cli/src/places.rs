//! Where plugins and tables are: beside the executable, or where the user says. Never the current folder.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use clap::Args;
use greenlane_config::Site;
use greenlane_controller::host::Registry;
use greenlane_simulator::Scenario;

const INSTALLED: &str = "/usr/share/greenlane";

/// Where things are.
#[derive(Args, Clone)]
pub struct Places {
    /// Folder of the plugins; without it, the one beside the executable
    #[arg(long, global = true, value_name = "FOLDER", env = "GREENLANE_PLUGINS")]
    plugins: Option<PathBuf>,
    /// Folder of the tables (maps, scenarios...); without it, the one beside the executable
    #[arg(long, global = true, value_name = "FOLDER", env = "GREENLANE_CONFIGS")]
    configs: Option<PathBuf>,
}

impl Places {
    /// All plugins, loaded. They stay for the life of the process.
    pub fn registry(&self) -> anyhow::Result<&'static Registry> {
        let folder = self.plugins()?;
        let registry = Registry::scan(&folder, &[])
            .with_context(|| format!("the plugins' folder {} cannot be read", folder.display()))?;
        Ok(Box::leak(Box::new(registry)))
    }

    /// The same places for another process of this program.
    pub fn arguments(&self) -> Vec<OsString> {
        let folders = [("--plugins", &self.plugins), ("--configs", &self.configs)];
        let given = folders.into_iter().filter_map(|(name, folder)| Some((name, folder.as_ref()?)));
        given.flat_map(|(name, folder)| [name.into(), folder.as_os_str().to_owned()]).collect()
    }

    /// The folder of the tables.
    pub fn configs(&self) -> anyhow::Result<PathBuf> {
        if let Some(folder) = &self.configs {
            return Ok(folder.clone());
        }
        // In a build tree the executable is target/<profile>/greenlane.
        let beside = executable()?.ancestors().nth(3).map(|root| root.join("configs"));
        let candidates = [beside, Some(Path::new(INSTALLED).join("configs"))];
        let found = candidates.into_iter().flatten().find(|folder| folder.join("maps").is_dir());
        found.context("no folder of tables beside the executable: say where with --configs FOLDER")
    }

    /// A checked configuration, or its problems as pictures on standard error.
    pub fn load(&self, path: &Path, registry: &Registry) -> anyhow::Result<Site> {
        match greenlane_config::load(path, registry, &self.configs()?) {
            Ok(site) => Ok(site),
            Err(problems) => {
                let count = problems.len();
                for problem in problems {
                    eprintln!("{:?}", miette::Report::new(problem));
                }
                let problems = if count == 1 { "1 problem".into() } else { format!("{count} problems") };
                bail!("{} was refused: {problems}, nothing was started", path.display());
            }
        }
    }

    /// A simulator's scenario: a file, or a name in the tables' folder `scenarios`.
    pub fn scenario(&self, name: &str) -> anyhow::Result<Scenario> {
        let path = if name.ends_with(".toml") {
            PathBuf::from(name)
        } else {
            self.configs()?.join("scenarios").join(name).with_extension("toml")
        };
        let text = std::fs::read_to_string(&path)
            .with_context(|| format!("the scenario {} cannot be read", path.display()))?;
        Scenario::parse(&text).with_context(|| format!("the scenario {} is wrong", path.display()))
    }

    fn plugins(&self) -> anyhow::Result<PathBuf> {
        if let Some(folder) = &self.plugins {
            return Ok(folder.clone());
        }
        let executable = executable()?;
        let beside = executable.parent().context("the executable has no folder")?;
        let installed = Path::new(INSTALLED).join("plugins");
        Ok(if installed.is_dir() && !has_plugins(beside) { installed } else { beside.to_owned() })
    }
}

/// This executable.
pub fn executable() -> anyhow::Result<PathBuf> {
    std::env::current_exe().context("the path of this executable cannot be found")
}

fn has_plugins(folder: &Path) -> bool {
    let Ok(entries) = folder.read_dir() else { return false };
    entries.flatten().any(|e| e.path().extension().is_some_and(|e| e == "so"))
}
