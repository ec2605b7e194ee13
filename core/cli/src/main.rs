//! `greenlane`: one file a verb. Exit codes: 0 ok, 1 a finding, 2 wrong usage or a refused configuration.
//! With `--json` standard output carries only the result; everything else goes to standard error.

#![allow(clippy::print_stdout, reason = "standard output is what a verb is for")]

mod bench;
mod compare;
mod places;
mod simulated_site;
mod table;
mod verbs;
mod virtual_lane;

use std::io::IsTerminal;
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use places::Places;

/// A vendor-neutral lane controller.
#[derive(Parser)]
#[command(version, about, max_term_width = 110)]
struct Arguments {
    #[command(flatten)]
    places: Places,
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand)]
enum Verb {
    Bench(verbs::bench::Bench),
    Campaign(verbs::campaign::Campaign),
    Demo(verbs::demo::Demo),
    Detect(verbs::detect::Detect),
    Identify(verbs::identify::Identify),
    Run(verbs::run::Run),
    Simulate(verbs::simulate::Simulate),
    #[command(subcommand)]
    Study(verbs::study::Study),
    Check(verbs::check::Check),
    Conform(verbs::conform::Conform),
    Schema(verbs::schema::Schema),
    #[command(subcommand)]
    Driver(verbs::driver::Driver),
    Capture(verbs::capture::Capture),
    #[command(subcommand)]
    Manifest(verbs::manifest::Manifest),
    #[command(subcommand)]
    N42(verbs::n42::N42),
    #[command(subcommand)]
    Journal(verbs::journal::Journal),
    #[command(subcommand)]
    Standard(verbs::standard::Standard),
    /// Run one unit of isolated devices for a controller (started by it, never by hand).
    #[command(hide = true)]
    DeviceHost,
}

/// What a verb ends with when nothing went wrong with the verb itself.
enum End {
    Ok,
    Finding,
    Code(ExitCode),
}

fn main() -> ExitCode {
    let Arguments { places, verb } = Arguments::parse();
    // Lanes alert by the thousand while they are measured.
    log_to_stderr(if matches!(verb, Verb::Bench(_)) { "error" } else { "warn" });
    let end = match verb {
        Verb::Bench(verb) => verb.run(&places),
        Verb::Campaign(verb) => verb.run(&places),
        Verb::Demo(verb) => verb.run(&places),
        Verb::Detect(verb) => verb.run(),
        Verb::Study(verb) => verb.run(&places),
        Verb::Identify(verb) => verb.run(&places),
        Verb::Simulate(verb) => verb.run(&places),
        Verb::Run(verb) => verb.run(&places),
        Verb::Check(verb) => verb.run(&places),
        Verb::Conform(verb) => verb.run(&places).map(End::Code),
        Verb::Schema(verb) => verb.run(&places),
        Verb::Driver(verb) => verb.run(&places),
        Verb::Capture(verb) => verb.run(&places),
        Verb::Journal(verb) => verb.run(),
        Verb::Manifest(verb) => verb.run(),
        Verb::N42(verb) => verb.run(),
        Verb::Standard(verb) => verb.run(&places),
        Verb::DeviceHost => {
            greenlane_controller::device::device_host().map(|()| End::Ok).map_err(anyhow::Error::from)
        }
    };
    match end {
        Ok(End::Ok) => ExitCode::SUCCESS,
        Ok(End::Finding) => ExitCode::from(1),
        Ok(End::Code(code)) => code,
        Err(error) => {
            eprintln!("greenlane: {error:#}");
            ExitCode::from(2)
        }
    }
}

/// `GREENLANE_LOG` chooses what is logged, as `RUST_LOG` does elsewhere; without it, `default`.
fn log_to_stderr(default: &str) {
    let filter = tracing_subscriber::EnvFilter::try_from_env("GREENLANE_LOG")
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new(default));
    let ansi = std::io::stderr().is_terminal();
    tracing_subscriber::fmt().with_env_filter(filter).with_ansi(ansi).with_writer(std::io::stderr).init();
}
