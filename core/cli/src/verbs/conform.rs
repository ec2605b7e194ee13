//! `greenlane conform PLUGIN`: judges a compiled driver against a performance standard.

mod certificate;
mod matrix;
mod one;
mod print;
pub mod standards;
mod verify;

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context;
use clap::{Args, Subcommand};
use greenlane_conformance::bench::Mode;
use greenlane_conformance::trials::CaseRef;
use greenlane_controller::host::Plugin;

use crate::places::Places;

/// Judge a compiled driver against a performance standard.
///
/// Exit codes: 0 passed, 1 failed, 2 wrong usage, 3 the suite could not go on, 4 the plugin crashed the run.
#[derive(Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct Conform {
    #[command(subcommand)]
    kept: Option<Kept>,
    #[command(flatten)]
    judge: Option<Judge>,
}

/// What is done with results that were kept.
#[derive(Subcommand)]
enum Kept {
    /// Judge a result again from its trials, and find any altered byte
    Verify(verify::Verify),
    /// Put results side by side
    Matrix(matrix::Matrix),
}

/// A run.
#[derive(Args)]
struct Judge {
    /// The compiled library, e.g. target/release/libgreenlane_acme.so
    plugin: PathBuf,
    /// Only this driver of the library
    #[arg(long)]
    model: Option<String>,
    /// The standard: a name in the tables' folder `standards`, or a file
    #[arg(long, default_value = "greenlane-2026")]
    standard: String,
    /// Only requirements that begin so, e.g. `rpm/`, and what they require
    #[arg(long, value_name = "PREFIX")]
    only: Vec<String>,
    /// Only this case: ID:SEED:N
    #[arg(long, value_name = "ID:SEED:N")]
    case: Option<CaseRef>,
    /// With --case: print everything that went in and came out
    #[arg(long, requires = "case")]
    trace: bool,
    /// Under a minute; the default
    #[arg(long, conflicts_with = "certify")]
    quick: bool,
    /// In full: no filter, all trials; ends in a certificate
    #[arg(long, conflicts_with_all = ["only", "case"])]
    certify: bool,
    /// With --certify: the signer's secret key; made when there is none
    #[arg(long, value_name = "FILE", default_value = "greenlane-certify.key")]
    key: PathBuf,
    /// With --certify: as what the signer signs
    #[arg(long, default_value = "integrator", value_parser = ["integrator", "maker", "lab", "authority"])]
    role: String,
    /// The kit's folder [default: the one in the source tree]
    #[arg(long, value_name = "FOLDER")]
    kit: Option<PathBuf>,
    /// Where results go, one folder a model [default with --certify: conform-results]
    #[arg(long, value_name = "FOLDER", conflicts_with = "case")]
    out: Option<PathBuf>,
    /// List the requirements with their plans, run nothing
    #[arg(long, alias = "list")]
    dry_run: bool,
    /// Warnings, and lines that are not built, fail too
    #[arg(long)]
    strict: bool,
    /// Hold the plugin for another process of this program
    #[arg(long, hide = true, requires = "model")]
    inner: bool,
}

impl Conform {
    pub fn run(self, places: &Places) -> anyhow::Result<ExitCode> {
        match (self.kept, self.judge) {
            (Some(Kept::Verify(verify)), _) => verify.run(),
            (Some(Kept::Matrix(matrix)), _) => matrix.run(),
            (None, Some(judge)) => judge.run(places),
            (None, None) => anyhow::bail!("no library: greenlane conform PLUGIN"),
        }
    }
}

impl Judge {
    fn run(self, places: &Places) -> anyhow::Result<ExitCode> {
        let standard = standards::load(places, &self.standard)?;
        let plugin = Plugin::load(&self.plugin)?;
        let Some(plugin) = plugin.filter(|plugin| !plugin.drivers.is_empty()) else {
            anyhow::bail!("no driver in {}", self.plugin.display());
        };
        if self.inner {
            one::inner(&self, places, &standard, &plugin)?;
            return Ok(ExitCode::SUCCESS);
        }
        let chosen: Vec<_> =
            plugin.drivers.iter().filter(|d| self.model.as_ref().is_none_or(|m| *m == d.model)).collect();
        if chosen.is_empty() {
            let models: Vec<&str> = plugin.drivers.iter().map(|d| d.model.as_str()).collect();
            anyhow::bail!("no such driver in {}; there are {}", self.plugin.display(), models.join(", "));
        }
        let mut worst = 0;
        for info in chosen {
            let code = one::judge(&self, places, &standard, &plugin, info)
                .with_context(|| format!("{} cannot be judged", info.model))?;
            worst = worst.max(code);
        }
        Ok(ExitCode::from(worst))
    }

    /// Of the process that holds the plugin.
    fn inner_arguments(&self, model: &str) -> Vec<OsString> {
        let mut arguments: Vec<OsString> = vec!["conform".into(), self.plugin.clone().into()];
        arguments.extend(["--inner", "--model", model, "--standard", &self.standard].map(OsString::from));
        if self.certify {
            arguments.push("--certify".into());
        }
        if let Some(kit) = &self.kit {
            arguments.extend(["--kit".into(), kit.clone().into_os_string()]);
        }
        arguments
    }

    /// Where results go.
    fn results(&self) -> Option<PathBuf> {
        self.out.clone().or_else(|| self.certify.then(|| "conform-results".into()))
    }

    fn standard_name(&self) -> &str {
        &self.standard
    }

    fn mode(&self) -> Mode {
        if self.certify { Mode::Certify } else { Mode::Quick }
    }
}
