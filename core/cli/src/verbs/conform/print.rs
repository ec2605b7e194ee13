//! What a person sees of a run.

use std::path::Path;
use std::time::Duration;

use greenlane_conformance::bench::{Bench, Mode};
use greenlane_conformance::results::word;
use greenlane_conformance::suite::{Line, Planned, has_failed};
use greenlane_conformance::trials::{Done, Miss};
use greenlane_standard::{Level, Plan, Standard, Verdict};

use super::Judge;

/// Who is tested, against what, with what.
pub fn head(bench: &Bench<'_>, standard: &Standard, name: &str) {
    let offers: Vec<String> = bench.info.offers.iter().map(ToString::to_string).collect();
    println!(
        "{} {}  link {}  offers {}",
        bench.info.model,
        bench.plugin.version,
        bench.link(),
        offers.join(" ")
    );
    let (kit, product) = (&bench.kit.book, &bench.kit.product);
    println!(
        "kit {:?} by {}, driver by {}; {name} {} (simulated only: no device was heard)",
        kit.level, kit.author, product.driver_author, standard.version
    );
}

/// What would be run.
pub fn plan(planned: &[Planned<'_>]) {
    for planned in planned {
        let requirement = planned.requirement;
        let built = greenlane_conformance::methods::find(&requirement.test.method).is_some();
        let trials = match planned.plan {
            Plan::Fixed(f) => format!("{} trials, {} may miss", f.n, f.misses),
            Plan::Each { random: Some(f) } => format!("listed, and {} drawn, {} may miss", f.n, f.misses),
            Plan::Each { random: None } => "listed".to_owned(),
            Plan::Any => "the whole run".to_owned(),
            Plan::Seq(_) => "until decided".to_owned(),
            Plan::Report { n } => format!("{n}, no verdict"),
        };
        let missing = if built { "" } else { "  NOT BUILT" };
        println!(
            "{:?}  {:<20} {:<44} {}{missing}",
            requirement.scope.level, requirement.id, trials, requirement.text.title
        );
    }
}

/// One requirement was judged; to standard error, for whoever waits.
pub fn progress(line: &Line) {
    eprintln!("{:>6} ms  {:<20} {}", line.ms, line.id, word(line));
}

/// All verdicts; returns the exit code.
pub fn lines(
    verb: &Judge,
    bench: &Bench<'_>,
    standard: &Standard,
    lines: &[Line],
    took: Duration,
    kept: &Path,
) -> anyhow::Result<u8> {
    for level in [Level::L0, Level::L1, Level::L2, Level::L3] {
        if let Some(summary) = summary(lines, level) {
            println!("{level:?} {summary}");
        }
    }
    let not_built: Vec<&str> = lines.iter().filter(|l| l.verdict.is_none()).map(|l| l.id.as_str()).collect();
    if !not_built.is_empty() {
        println!("not built {}: {}", not_built.len(), not_built.join(" "));
    }
    let weak = lines.iter().filter(|l| l.is_underpowered && l.n > 0).count();
    if weak > 0 {
        println!(
            "underpowered {weak}: so few trials prove less than the requirement states; --certify makes them all"
        );
    }
    if verb.trace {
        let traces = lines.iter().filter_map(|line| line.first.as_ref()?.trace.as_deref());
        traces.for_each(|trace| print!("{trace}"));
    }
    for line in lines.iter().filter(|line| line.verdict == Some(Verdict::Warn) || has_failed(line)) {
        failure(verb, bench, standard, line, kept)?;
    }
    for line in lines.iter().filter(|line| line.verdict == Some(Verdict::NotTested)) {
        println!("not tested  {}  offered, but never seen in this run", line.id);
    }
    let failed = lines.iter().filter(|line| has_failed(line)).count();
    let warned = lines.iter().filter(|line| line.verdict == Some(Verdict::Warn)).count();
    let took = took.as_secs_f64();
    match failed {
        0 => println!("no failure in {took:.0} s"),
        n => println!("{n} FAIL in {took:.0} s"),
    }
    println!("Not shown: weather, EMC, real sources, other firmware, errors shared by kit and driver.");
    if bench.mode == Mode::Quick && failed == 0 {
        println!("Next: greenlane conform {} --certify", verb.plugin.display());
    }
    Ok(if lines.iter().any(|line| line.has_crashed) {
        4
    } else if lines.iter().any(|line| line.verdict == Some(Verdict::Error)) {
        3
    } else {
        u8::from(failed > 0 || verb.strict && (warned > 0 || !not_built.is_empty()))
    })
}

/// How many of each verdict on one level.
fn summary(lines: &[Line], level: Level) -> Option<String> {
    let of_level: Vec<String> = lines.iter().filter(|l| l.level == level).map(word).collect();
    let mut words: Vec<&String> = of_level.iter().collect();
    words.sort_unstable();
    words.dedup();
    let count = |w: &str| of_level.iter().filter(|other| *other == w).count();
    let counted: Vec<String> =
        words.iter().map(|w| format!("{} {}", count(w), w.replace('_', " "))).collect();
    (!counted.is_empty()).then(|| counted.join("  "))
}

/// A failure, for the one who has to mend it.
fn failure(
    verb: &Judge,
    bench: &Bench<'_>,
    standard: &Standard,
    line: &Line,
    kept: &Path,
) -> anyhow::Result<()> {
    let requirement = standard.requirements.get(&line.id);
    let title = requirement.map_or("", |r| r.text.title.as_str());
    let loud = if line.verdict == Some(Verdict::Warn) { "warn" } else { "FAIL" };
    let rule = requirement.map_or_else(String::new, |r| format!("{:?}", r.scope.word).to_lowercase());
    let status = requirement.map_or_else(String::new, |r| format!("{:?}", r.status()).to_lowercase());
    println!(
        "\n{loud}  {}  {title}: {} of {} cases ({} allowed, {rule})   {status}, why: greenlane standard show {}",
        line.id, line.misses, line.n, line.allowed, line.id
    );
    if !line.why.is_empty() {
        println!("  {}", line.why);
    }
    let Some(done) = &line.first else { return Ok(()) };
    if let Some(miss) = &done.miss {
        case(done, miss);
    }
    if let Some(pattern) = &line.pattern {
        println!("  pattern   {pattern}");
    }
    let model =
        if bench.plugin.drivers.len() > 1 { format!(" --model {}", bench.info.model) } else { String::new() };
    println!(
        "  replay    greenlane conform {}{model} --case {} --trace",
        verb.plugin.display(),
        done.replay()
    );
    if let Some(path) = keep(done, kept)? {
        println!("  keep it   written to {}", path.display());
    }
    Ok(())
}

fn case(done: &Done, miss: &Miss) {
    let name = if done.trial.listed { format!("`{}`", done.trial.case) } else { format!("{:04}", done.n) };
    match &miss.scene {
        Some(scene) => println!(
            "  smallest case (shrunk from {} facts to {}), case {name}, seed {}:{}",
            miss.shrunk_from,
            scene.events.len(),
            done.trial.seed,
            done.n
        ),
        None => println!("  case {name}"),
    }
    print!("{}", miss.trace);
    println!("  expected  {}", miss.expected);
}

/// Writes a failing scene, so that it can be run again by `cargo test`.
fn keep(done: &Done, folder: &Path) -> anyhow::Result<Option<std::path::PathBuf>> {
    let Some(scene) = done.miss.as_ref().and_then(|miss| miss.scene.as_ref()) else { return Ok(None) };
    let name = format!("{}-{}-{}.json", done.trial.requirement.replace('/', "-"), done.trial.seed, done.n);
    std::fs::create_dir_all(folder)?;
    let path = folder.join(name);
    std::fs::write(&path, serde_json::to_string_pretty(scene)?)?;
    Ok(Some(path))
}
