//! The standards that come with the product.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use greenlane_standard::{Level, Plan, Resolver, Response, Standard, Status, Subject, Word};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../configs/standards")
}

fn load(name: &str) -> Standard {
    let read = |name: &str| {
        std::fs::read_to_string(folder().join(name).with_extension_appended())
            .map_err(|error| error.to_string())
    };
    let text = read(name).unwrap_or_else(|error| panic!("{name}: {error}"));
    let resolver = Resolver { text: &read, methods: None };
    Standard::load(&text, &resolver).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// `n42.35-2016` holds a dot of its own.
trait Toml {
    fn with_extension_appended(&self) -> PathBuf;
}

impl Toml for PathBuf {
    fn with_extension_appended(&self) -> PathBuf {
        PathBuf::from(format!("{}.toml", self.display()))
    }
}

fn names() -> BTreeSet<String> {
    let files = folder().read_dir().expect("the folder of the standards");
    let names = files.flatten().filter_map(|file| file.file_name().into_string().ok());
    names.filter_map(|name| name.strip_suffix(".toml").map(str::to_owned)).collect()
}

#[test]
fn every_standard_is_read_and_has_the_name_of_its_file() {
    let names = names();
    assert!(names.len() >= 9, "{names:?}");
    for name in &names {
        let standard = load(name);
        assert_eq!(standard.id, *name);
        let again = Standard::from_resolved(&standard.resolved().expect("canonical")).expect("it reads back");
        assert_eq!(again, standard);
    }
}

#[test]
fn the_house_standard_is_whole() {
    let standard = load("greenlane-2026");
    assert!(standard.requirements.len() >= 100, "{}", standard.requirements.len());
    for requirement in standard.requirements.values() {
        let id = &requirement.id;
        assert!(
            requirement.text.statement.ends_with('.') && requirement.text.rationale.ends_with('.'),
            "{id}"
        );
        assert!(requirement.test.stimulus.is_some(), "{id} says what is done");
        assert!(!requirement.statement().contains(['{', '}']), "{id}: {}", requirement.statement());
        assert!(requirement.text.title.len() <= 60, "{id}");
    }
    let in_order = standard.in_order();
    assert_eq!(in_order.len(), standard.requirements.len());
    for level in [Level::L0, Level::L1, Level::L2, Level::L3, Level::L4, Level::L5] {
        assert!(standard.requirements.values().any(|r| r.scope.level == level), "{level}");
    }
}

#[test]
fn what_the_software_must_do_is_the_houses_and_what_buyers_quote_is_unverified() {
    let standard = load("greenlane-2026");
    let status = |id: &str| standard.requirements[id].status();
    assert_eq!(status("presence/pulse"), Status::House);
    assert_eq!(status("n42/read"), Status::Verified);
    assert_eq!(status("scan/i4"), Status::Secondary);
    assert_eq!(status("detect/gamma"), Status::Unverified);
    assert_eq!(status("rpm/over-range"), Status::Unverified);
}

#[test]
fn every_external_limit_is_tested_or_says_why_not() {
    let standard = load("greenlane-2026");
    let tested: BTreeSet<&String> = standard.requirements.values().flat_map(|r| &r.limits).collect();
    let wrong =
        standard.limits.values().filter(|limit| tested.contains(&limit.id) == limit.untested.is_some());
    assert_eq!(wrong.map(|limit| limit.id.as_str()).collect::<Vec<_>>(), Vec::<&str>::new());
}

#[test]
fn the_lines_that_nobody_may_answer_for_are_there() {
    let standard = load("greenlane-2026");
    let ids = ["frame/fuzz", "life/no-panic", "rpm/alarm", "rpm/over-range", "scan/i1", "scan/i9"];
    assert!(ids.iter().all(|id| standard.unwaivable.contains(*id)));
    assert_eq!(standard.unwaivable.len(), 13);
}

#[test]
fn what_is_judged_before_it_is_required_has_a_verdict_of_its_own() {
    let standard = load("greenlane-2026");
    for requirement in standard.requirements.values() {
        for base in &requirement.requires {
            let base = &standard.requirements[base];
            // What holds "in the whole run" is known at its end only; a `should` never holds up others.
            assert!(base.plan != Plan::Any, "{} requires {}", requirement.id, base.id);
            assert_eq!(base.scope.word, Word::Shall, "{} requires {}", requirement.id, base.id);
            assert!(base.scope.level <= requirement.scope.level, "{} requires {}", requirement.id, base.id);
        }
    }
}

#[test]
fn detection_is_asked_for_in_every_cell() {
    let standard = load("greenlane-2026");
    let gamma = &standard.requirements["detect/gamma"];
    assert_eq!(gamma.scope.subject, Subject::Chain);
    let sources = ["cs137_mbq", "co60_mbq", "ba133_mbq"].map(|name| gamma.number(name).expect("an activity"));
    assert_eq!(sources, [0.592, 0.259, 0.333]);
    let cells = sources.len() * gamma.numbers("heights_m").expect("a list").len() * 3 * 4;
    assert_eq!((gamma.numbers("shadows").expect("a list").len(), cells), (3, 108));
    assert_eq!(gamma.cells, 108);
    let Plan::Fixed(plan) = gamma.plan else { panic!("{:?}", gamma.plan) };
    assert_eq!((plan.n, plan.misses, plan.proves), (1000, 38, 0.95));
}

#[test]
fn every_monitor_watches_requirements_that_are_there() {
    let standard = load("greenlane-2026");
    assert_eq!(standard.monitors.len(), 13);
    for watch in standard.monitors.values() {
        assert!(watch.watches.iter().all(|id| standard.requirements.contains_key(id)), "{}", watch.id);
    }
    let interlocks = &standard.monitors["scanner/interlocks"];
    assert_eq!((interlocks.watches.len(), interlocks.out), (9, Response::Hold));
}
