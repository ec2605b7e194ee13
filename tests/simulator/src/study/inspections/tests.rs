use std::path::PathBuf;

use greenlane_radiation::identify::{Library, NuclideFile, Response, Table};

use super::*;

fn text(path: &str) -> String {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../configs").join(path);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn port() -> Profile {
    Profile::parse(&text("studies/port.toml")).expect("the port of the tree")
}

/// Runs the same study of a port on so many threads.
fn studied<T>(profile: &Profile, threads: usize, ask: impl Fn(&Study<'_>) -> T) -> T {
    let nuclides = NuclideFile::parse(&text("nuclides.toml")).expect("nuclides");
    let response = Response::parse(&text("responses/nai.toml")).expect("a response");
    let [own, unseen] =
        ["nai", "unseen"].map(|name| Table::parse(&text(&format!("responses/{name}.table.json"))));
    let (own, unseen) = (own.expect("a table"), unseen.expect("a table"));
    let library = Library::new(&nuclides, &response, &own, 47.0).expect("a library");
    let carried = profile.sources.nuclides.keys();
    let station = Station::new(&library, (&nuclides, &unseen, &response), &profile.spectrometer, carried, 1);
    let expectations = Expectations::parse(&text("cargo/expectations.toml")).expect("expectations");
    let settings = Settings::default();
    ask(&Study {
        profile,
        settings: &settings,
        expectations: &expectations,
        station: &station,
        seed: 1,
        threads,
    })
}

/// A port where every vehicle carries these goods of the tree's port.
fn only(name: &str, undeclared: f64) -> Profile {
    let mut profile = port();
    profile.goods.retain(|goods| goods.name == name);
    for goods in &mut profile.goods {
        (goods.share, goods.undeclared) = (1.0, undeclared);
    }
    profile.patients.share = 0.0;
    profile.sources.share = 0.0;
    profile
}

fn count(outcomes: &[Outcome], lanes: Lanes, verdict: Verdict) -> usize {
    outcomes.iter().filter(|outcome| outcome.verdicts[lanes as usize] == verdict).count()
}

#[test]
fn threads_change_nothing() {
    let mut profile = port();
    profile.goods[0].share = 0.1;
    let once = studied(&profile, 1, |study| study.days(2, 260)).expect("a rule");
    let again = studied(&profile, 3, |study| study.days(2, 260)).expect("a rule");
    assert_eq!(once, again);
    assert!(once.iter().any(|outcome| outcome.arrival_s > DAY_S));
    assert!(once.is_sorted_by(|a, b| a.arrival_s <= b.arrival_s));
}

#[test]
fn a_station_explains_declared_fertiliser_and_plastic_alone_explains_nothing() {
    let outcomes = studied(&only("mixed fertiliser", 0.0), 1, |study| study.days(1, 60)).expect("a rule");
    assert!(outcomes.iter().all(|outcome| outcome.truth == Truth::Declared));
    assert!(outcomes.iter().filter(|outcome| outcome.alarm).count() > 50);
    assert_eq!(count(&outcomes, Lanes::Plastic, Verdict::Explained), 0);
    assert!(count(&outcomes, Lanes::WithStation, Verdict::Explained) > 15);
}

#[test]
fn goods_that_are_not_declared_are_never_explained() {
    let outcomes = studied(&only("mixed fertiliser", 1.0), 1, |study| study.days(1, 40)).expect("a rule");
    assert!(outcomes.iter().all(|outcome| outcome.truth == Truth::Undeclared));
    for lanes in [Lanes::Plastic, Lanes::PlasticWithRule, Lanes::WithStation] {
        assert_eq!(count(&outcomes, lanes, Verdict::Explained), 0);
    }
}

#[test]
fn an_alarm_of_a_source_among_plain_goods_is_never_explained() {
    let outcomes = studied(&port(), 1, |study| study.sources(60, false)).expect("a rule");
    assert!(outcomes.iter().all(|outcome| outcome.truth == Truth::Source));
    assert!(outcomes.iter().filter(|outcome| outcome.alarm).count() > 30);
    assert_eq!(count(&outcomes, Lanes::WithStation, Verdict::Explained), 0);
}

#[test]
fn one_bay_serves_in_order() {
    let queue = Queue::new(&[0.0, 300.0, 7200.0], 1, 15.0, 1);
    assert_eq!(queue.waits_min, [0.0, 10.0, 0.0]);
    assert!((queue.waiting[0] - 1.0 / 6.0).abs() < 1e-12);
    assert!((queue.mean_min() - 10.0 / 3.0).abs() < 1e-12);
    assert_eq!([queue.quantile_min(0.5), queue.quantile_min(1.0)], [0.0, 10.0]);
    assert_eq!(Queue::new(&[0.0, 300.0], 2, 15.0, 1).waits_min, [0.0, 0.0]);
}

#[test]
fn a_wait_over_midnight_counts_in_both_hours() {
    let queue = Queue::new(&[86_000.0, 86_000.0], 1, 15.0, 1);
    assert!((queue.waiting[23] - 400.0 / 3600.0).abs() < 1e-12);
    assert!((queue.waiting[0] - 500.0 / 3600.0).abs() < 1e-12);
}

#[test]
fn policies_differ_by_what_they_open() {
    let one = |verdict, audit, opened| Outcome {
        arrival_s: 0.0,
        truth: Truth::Declared,
        alarm: true,
        verdicts: [verdict; 3],
        audit,
        opened,
    };
    let outcomes = [
        one(Verdict::Explained, 0.01, 0.0),
        one(Verdict::Explained, 0.5, 0.0),
        one(Verdict::CannotTell, 0.0, 0.1),
        one(Verdict::CannotTell, 0.0, 0.9),
        one(Verdict::NotExplained, 0.5, 0.9),
    ];
    let cost = |policy| day(&outcomes, &port(), Lanes::WithStation, policy, 1);
    let [all, explain, audit] = [Policy::OpenAll, Policy::Explain, Policy::Audit].map(cost);
    assert_eq!([all.opened.k, explain.opened.k, audit.opened.k], [5, 2, 3]);
    assert_eq!([all.reviewed.k, explain.reviewed.k, audit.reviewed.k], [0, 2, 2]);
    assert!((explain.officer_hours - (2.0 * 15.0 + 2.0 * 5.0) / 60.0).abs() < 1e-12);
}

#[test]
fn a_number_outside_its_range_is_refused_with_its_name() {
    let refused = |from: &str, to: &str| {
        let changed = text("studies/port.toml").replacen(from, to, 1);
        Profile::parse(&changed).expect_err("a wrong profile")
    };
    assert!(refused("share = 0.02", "share = 1.5").contains("audit.share"));
    assert!(refused("inspection_minutes = 15", "inspection_minutes = nan").contains("inspection_minutes"));
    assert!(refused("max = 0.3", "max = inf").contains("vehicles.shadow"));
    assert!(refused("count = 4", "cuont = 4").contains("cuont"));
}
