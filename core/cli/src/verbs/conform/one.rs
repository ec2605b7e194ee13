//! One driver: judged in a process of its own, so that a crash of the plugin is a verdict and no more.

use std::io::{BufRead, BufReader, Write};
use std::path::PathBuf;
use std::process::{Command, Stdio};

use anyhow::{Context, bail};
use greenlane_conformance::bench::Bench;
use greenlane_conformance::kit::Kit;
use greenlane_conformance::results::certify::certify;
use greenlane_conformance::results::{Attempt, Machine, plan_file, sessions};
use greenlane_conformance::suite::{self, Line, Planned, Progress, Selection, Waivers};
use greenlane_conformance::trials::CaseRef;
use greenlane_controller::host::Plugin;
use greenlane_driver::DriverInfo;
use greenlane_standard::{Date, Standard};
use serde::{Deserialize, Serialize};

use super::{Judge, certificate, print};
use crate::places::{Places, executable};

/// What the process that holds the plugin tells this one, a line each.
#[derive(Serialize, Deserialize)]
enum Told {
    Begins(String),
    Case(CaseRef),
    Ends(Box<Line>),
}

/// What that process is given.
#[derive(Serialize, Deserialize)]
struct Order {
    selection: Selection,
    sessions: [u16; 2],
}

/// Judges one driver; returns the exit code.
pub fn judge(
    verb: &Judge,
    places: &Places,
    standard: &Standard,
    plugin: &Plugin,
    info: &DriverInfo,
) -> anyhow::Result<u8> {
    let kit = kit(verb, places, &info.model)?;
    let bench = Bench::new(plugin, info, &kit, verb.mode());
    let selection = Selection { only: verb.only.clone(), case: verb.case.clone(), before: Vec::new() };
    let planned = suite::plan(standard, &bench, &selection);
    print::head(&bench, standard, verb.standard_name());
    if verb.dry_run {
        print::plan(&planned);
        return Ok(0);
    }
    for waiver in &kit.product.waiver {
        waiver.check(standard).map_err(anyhow::Error::msg)?;
    }
    let suite = greenlane_standard::hash_of(&std::fs::read(executable()?)?);
    let machine = Machine::now(suite, &verb.plugin);
    if verb.certify
        && let Some(dirt) = machine.dirt()
    {
        eprintln!("no certificate can come from this machine now: {dirt}");
        return Ok(SUITE_ERROR);
    }
    let attempt = match verb.results() {
        Some(out) => Attempt::next(&out, &info.model)?,
        None => Attempt::unkept(),
    };
    let plan = plan_file(&bench, standard, &planned, &selection, &attempt, today()?)?;
    attempt.write_plan(&plan, standard, &kit, &machine)?;
    let order = Order { selection, sessions: sessions(&bench, &plan.standard.blake3, attempt.number) };
    let start = std::time::Instant::now();
    let lines = in_children(verb, places, &info.model, &planned, order)?;
    attempt.write_result(&plan, &lines)?;
    let kept = attempt.folder().map_or_else(|| PathBuf::from("conform-failures"), |f| f.join("failures"));
    let code = print::lines(verb, &bench, standard, &lines, start.elapsed(), &kept)?;
    if !verb.certify {
        attempt.finish(None)?;
        return Ok(code);
    }
    let earned = certify(&bench, standard, &plan, &lines, &machine, &format!("{}.0", greenlane_abi::MAJOR))?;
    certificate::issue(verb, &attempt, earned, code)
}

/// Exit code when the suite could not go on.
pub const SUITE_ERROR: u8 = 3;

/// The process that holds the plugin: reads its order, tells what happens.
pub fn inner(verb: &Judge, places: &Places, standard: &Standard, plugin: &Plugin) -> anyhow::Result<()> {
    let mut text = String::new();
    std::io::stdin().read_line(&mut text)?;
    let order: Order = serde_json::from_str(&text).context("no order on standard input")?;
    let info = plugin.drivers.iter().find(|d| Some(&d.model) == verb.model.as_ref());
    let info = info.context("no such driver")?;
    let kit = kit(verb, places, &info.model)?;
    let bench = Bench::new(plugin, info, &kit, verb.mode());
    let planned = suite::plan(standard, &bench, &order.selection);
    let waivers = Waivers { list: kit.product.waiver.clone(), today: today()? };
    let mut out = std::io::stdout().lock();
    let mut tell = |progress: Progress<'_>| {
        let told = match progress {
            Progress::Begins(id) => Told::Begins(id.to_owned()),
            Progress::Case(case) => Told::Case(case.clone()),
            Progress::Ends(line) => Told::Ends(Box::new(line.clone())),
        };
        let line = serde_json::to_string(&told).unwrap_or_default();
        // When nobody listens any more, this process is about to be ended.
        let _ = writeln!(out, "{line}").and_then(|()| out.flush());
    };
    suite::run(&bench, &planned, &order.selection, order.sessions, &waivers, &mut tell);
    Ok(())
}

/// Runs the plan in a child; after a crash, what is left of it in another.
fn in_children(
    verb: &Judge,
    places: &Places,
    model: &str,
    planned: &[Planned<'_>],
    mut order: Order,
) -> anyhow::Result<Vec<Line>> {
    loop {
        let mut child = Command::new(executable()?)
            .args(places.arguments())
            .args(verb.inner_arguments(model))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .context("a process for the plugin cannot be started")?;
        let (stdin, stdout) = (child.stdin.take(), child.stdout.take());
        let mut stdin = stdin.context("the process has no standard input")?;
        writeln!(stdin, "{}", serde_json::to_string(&order)?)?;
        drop(stdin);
        let (mut begun, mut case) = (None, None);
        for line in BufReader::new(stdout.context("the process has no standard output")?).lines() {
            match serde_json::from_str::<Told>(&line?) {
                Ok(Told::Begins(id)) => (begun, case) = (Some(id), None),
                Ok(Told::Case(now)) => case = Some(now),
                Ok(Told::Ends(line)) => {
                    begun = None;
                    print::progress(&line);
                    order.selection.before.push(*line);
                }
                // What a plugin prints is none of ours.
                Err(_) => {}
            }
        }
        let status = child.wait().context("the process cannot be waited for")?;
        if status.success() {
            return Ok(order.selection.before);
        }
        let Some(planned) = begun.and_then(|id| planned.iter().find(|p| p.requirement.id == id)) else {
            bail!("the suite's own process ended with {status}");
        };
        let line = suite::crashed(planned, case.as_ref(), &status.to_string());
        print::progress(&line);
        order.selection.before.push(line);
    }
}

fn kit(verb: &Judge, places: &Places, model: &str) -> anyhow::Result<Kit> {
    let configs = places.configs()?;
    let root = configs.parent().unwrap_or(&configs);
    let folder = match &verb.kit {
        Some(folder) => folder.clone(),
        None => Kit::find(root, model).with_context(|| {
            format!("no kit for {model} in {}: say where with --kit FOLDER", root.display())
        })?,
    };
    Ok(Kit::load(&folder, &configs.join("maps"))?)
}

fn today() -> anyhow::Result<Date> {
    let now = jiff::Timestamp::now().to_string();
    Date::parse(now.get(..10).unwrap_or_default()).map_err(anyhow::Error::msg)
}
