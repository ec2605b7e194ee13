//! Libraries as cargo built them for these tests, and the house standard.
#![allow(dead_code, reason = "each test target uses a part")]
#![allow(clippy::unwrap_used, reason = "a test that cannot begin ends here")]
#![allow(clippy::print_stdout, reason = "what was judged, for whoever looks with --nocapture")]

use std::path::{Path, PathBuf};

use greenlane_conformance::bench::{Bench, Mode};
use greenlane_conformance::kit::Kit;
use greenlane_conformance::methods;
use greenlane_conformance::suite::{self, Line, Progress, Selection, Waivers};
use greenlane_controller::host::Plugin;
use greenlane_standard::{Date, Resolver, Standard};

/// The root of the source tree.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The library of one package.
pub fn library(package: &str) -> PathBuf {
    let deps = std::env::current_exe().unwrap();
    let path = deps.with_file_name(format!("libgreenlane_{package}.so"));
    assert!(path.exists(), "{} is missing: cargo builds it with these tests", path.display());
    path
}

/// The plugin in it.
pub fn load(package: &str) -> Plugin {
    Plugin::load(&library(package)).unwrap().expect("it is a plugin")
}

/// The kit of a model.
pub fn kit(model: &str) -> Kit {
    let folder = Kit::find(&root(), model).unwrap_or_else(|| panic!("no kit for {model}"));
    Kit::load(&folder, &root().join("configs/maps")).unwrap()
}

/// The house standard.
pub fn standard() -> Standard {
    let folder = root().join("configs/standards");
    let text = |name: &str| {
        std::fs::read_to_string(folder.join(format!("{name}.toml"))).map_err(|error| error.to_string())
    };
    let methods = methods::names();
    let resolver = Resolver { text: &text, methods: Some(&methods) };
    Standard::load(&text("greenlane-2026").unwrap(), &resolver).unwrap()
}

/// A quick run of `model`, only what begins with one of `only` (all when empty).
pub fn quick(plugin: &Plugin, model: &str, kit: &Kit, only: &[&str], sessions: [u16; 2]) -> Vec<Line> {
    let info = plugin.drivers.iter().find(|d| d.model == model).expect("the driver is in the library");
    let bench = Bench::new(plugin, info, kit, Mode::Quick);
    let standard = standard();
    let only = only.iter().map(|&prefix| prefix.to_owned()).collect();
    let selection = Selection { only, ..Selection::default() };
    let planned = suite::plan(&standard, &bench, &selection);
    let waivers = Waivers { list: kit.product.waiver.clone(), today: Date::parse("2026-11-24").unwrap() };
    suite::run(&bench, &planned, &selection, sessions, &waivers, &mut |progress| {
        if let Progress::Ends(line) = progress {
            println!("{}", words(line));
        }
    })
}

/// A line for a person: what failed, and the smallest case.
pub fn words(line: &Line) -> String {
    let miss = line.first.as_ref().and_then(|done| done.miss.as_ref().map(|miss| (done, miss)));
    let case = miss.map(|(done, miss)| {
        format!(
            "\n  case {} `{}`\n{}  expected  {}\n",
            done.replay(),
            done.trial.case,
            miss.trace,
            miss.expected
        )
    });
    let verdict = greenlane_conformance::results::word(line);
    format!(
        "{:<20} {verdict:<14} {:>5} cases {:>4} missed {:>6} ms {}{}{}",
        line.id,
        line.n,
        line.misses,
        line.ms,
        line.why,
        line.pattern.as_deref().map(|p| format!("  pattern: {p}")).unwrap_or_default(),
        case.unwrap_or_default()
    )
}
