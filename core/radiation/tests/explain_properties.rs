//! What holds of every explanation, whatever goes in.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::path::Path;

use greenlane_model::units::Metres;
use greenlane_model::{Papers, Radiation};
use greenlane_radiation::explain::*;
use proptest::prelude::*;
use proptest::sample::select;
use proptest::strategy::ValueTree as _;

fn table() -> Expectations {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../configs/cargo/expectations.toml");
    Expectations::parse(&std::fs::read_to_string(path).unwrap()).unwrap()
}

fn number() -> impl Strategy<Value = f64> {
    prop_oneof![
        4 => 0.0..4.0,
        2 => 0.0..500.0,
        1 => select(vec![0.0, -1.0, f64::NAN, f64::INFINITY, f64::NEG_INFINITY, f64::MAX, f64::MIN]),
    ]
}

fn metres() -> impl Strategy<Value = Metres> {
    prop_oneof![8 => 0.0..18.0, 1 => select(vec![-1e300, f64::MAX, f64::MIN])]
        .prop_map(|x| Metres::new(x).unwrap())
}

fn span() -> impl Strategy<Value = Span> {
    let usual = (0.0..9.0, 9.0..18.0).prop_map(|(a, b): (f64, f64)| Span {
        from_m: Metres::new(a).unwrap(),
        to_m: Metres::new(b).unwrap(),
    });
    prop_oneof![4 => usual, 1 => (metres(), metres()).prop_map(|(from_m, to_m)| Span { from_m, to_m })]
}

fn nuclide() -> impl Strategy<Value = NamedNuclide> {
    let kinds = [
        ("K-40", NuclideClass::Norm),
        ("Ra-226", NuclideClass::Norm),
        ("Th-232", NuclideClass::Norm),
        ("Lu-176", NuclideClass::Norm),
        ("Tc-99m", NuclideClass::Medical),
        ("Cs-137", NuclideClass::Industrial),
        ("U-235", NuclideClass::Snm),
        ("?", NuclideClass::Unknown),
    ];
    (prop_oneof![3 => select(kinds[..3].to_vec()), 1 => select(kinds.to_vec())], number())
        .prop_map(|((name, class), ts)| NamedNuclide { name: name.into(), class, ts })
}

fn grave() -> impl Strategy<Value = NamedNuclide> {
    let kinds = select(vec![("Cs-137", NuclideClass::Industrial), ("U-235", NuclideClass::Snm)]);
    (kinds, number()).prop_map(|((name, class), ts)| NamedNuclide { name: name.into(), class, ts })
}

fn identification() -> impl Strategy<Value = Identification> {
    let status = select(vec![
        Status::Identified,
        Status::Identified,
        Status::Identified,
        Status::IdentifiedWithUnknown,
        Status::Unknown,
        Status::Insufficient,
        Status::NotCapable,
    ]);
    let sign = select(vec![Sign::Tl208WithoutAc228, Sign::U238WithoutRa226]);
    let signs = prop_oneof![8 => Just(vec![]), 1 => sign.prop_map(|sign| vec![sign])];
    let groups =
        prop_oneof![6 => Just(vec![]), 1 => prop::collection::vec(nuclide(), 2).prop_map(|g| vec![g])];
    (status, prop::collection::vec(nuclide(), 0..3), groups, signs)
        .prop_map(|(status, nuclides, groups, signs)| Identification { status, nuclides, groups, signs })
}

fn shape() -> impl Strategy<Value = Shape> {
    let kind = select(vec![
        ShapeKind::Distributed,
        ShapeKind::Distributed,
        ShapeKind::Point,
        ShapeKind::Both,
        ShapeKind::Undecided,
    ]);
    let place = select(vec![Place::Cab, Place::Elsewhere, Place::Unknown]);
    let point =
        (metres(), number(), place).prop_map(|(at_m, two_dl, place)| PointPart { at_m, two_dl, place });
    (kind, prop::option::of(span()), prop::option::of(number()), prop::option::weighted(0.3, point))
        .prop_map(|(kind, spread, excess, point)| Shape { kind, spread, excess, point })
}

/// Papers as they come: each state, one to three consignments, with and without masses and places.
fn papers() -> impl Strategy<Value = Papers> {
    let code = select(vec!["310420", "690721", "080390", "720449", "382499", "610910"]);
    let mass = prop::option::weighted(0.8, select(vec![0.0, 500.0, 20_000.0, -5.0, 1e300]));
    let place = prop::option::weighted(0.4, (0.0..6.0, 6.0..12.0));
    let consignment = (prop::option::weighted(0.9, code), mass, place).prop_map(|(code, mass, place)| {
        serde_json::json!({
            "goods": [{ "code": code, "mass_kg": mass }],
            "position": place.map(|(from, to): (f64, f64)| serde_json::json!({ "from_m": from, "to_m": to })),
        })
    });
    let state = select(vec!["stale", "single", "single", "single", "several"]);
    let known = (state, prop::collection::vec(consignment, 0..4)).prop_map(|(state, consignments)| {
        let declaration = serde_json::json!({
            "container": "CSQU3054383", "source": "x", "declared": "2026-11-24T06:00:00Z",
            "consignments": consignments,
        });
        serde_json::from_value(serde_json::json!({ "state": state, "declaration": declaration })).unwrap()
    });
    prop_oneof![1 => Just(Papers::Unknown), 6 => known]
}

fn alarm() -> impl Strategy<Value = Alarm> {
    let radiation = select(vec![Radiation::Gamma, Radiation::Gamma, Radiation::Isotope, Radiation::Neutron]);
    (select(vec![By::Device, By::Own]), radiation).prop_map(|(by, radiation)| Alarm { by, radiation })
}

fn degraded() -> impl Strategy<Value = Degraded> {
    let problem = select(vec![Problem::Fault, Problem::Tamper, Problem::MissingPanel, Problem::Incomplete]);
    problem.prop_map(|problem| Degraded { input: "portal".into(), problem })
}

prop_compose! {
    fn anything()(
        alarms in prop::collection::vec(alarm(), 0..3),
        over_range in any::<bool>(),
        identification in identification(),
        shape in shape(),
        cargo in prop::collection::vec((span(), papers()), 0..3),
        health in prop::collection::vec(degraded(), 0..2),
        image in prop::option::of(span()),
        window_ratio_z in prop::option::of(number()),
        missed in prop::option::of(1.0..500.0),
        audit_drawn in any::<bool>(),
    ) -> Facts {
        let cargo = cargo.into_iter().map(|(span, papers)| Cargo { container: None, span, papers });
        Facts {
            alarms, over_range, identification, shape, cargo: cargo.collect(), health, window_ratio_z, audit_drawn,
            image_anomalies: vec![ImageAnomaly { span: image }],
            missed_95_cps: missed.and_then(greenlane_model::units::CountsPerSecond::new),
        }
    }
}

/// A load that is explained.
fn explained() -> Facts {
    serde_json::from_value(serde_json::json!({
        "alarms": [{ "by": "own", "radiation": "gamma" }],
        "identification": { "status": "identified", "nuclides": [{ "name": "K-40", "class": "norm", "ts": 90 }] },
        "shape": { "kind": "distributed", "spread": { "from_m": 4.5, "to_m": 15 }, "excess": 2.4 },
        "cargo": [{ "span": { "from_m": 4, "to_m": 16 }, "papers": { "state": "single", "declaration": {
            "container": "CSQU3054383", "source": "x", "declared": "2026-11-24T06:00:00Z",
            "consignments": [{ "goods": [{ "code": "310420", "mass_kg": 20000 }] }],
        } } }],
        "window_ratio_z": 0.3,
        "missed_95_cps": 200,
    }))
    .unwrap()
}

prop_compose! {
    /// The same in most of its parts, and anything in the others.
    fn facts()(other in anything(), changed in prop::array::uniform10(prop::bool::weighted(0.2))) -> Facts {
        let mut facts = explained();
        let [alarms, range, named, shape, cargo, health, image, ratio, missed, audit] = changed;
        if alarms { facts.alarms = other.alarms; }
        if range { facts.over_range = other.over_range; }
        if named { facts.identification = other.identification; }
        if shape { facts.shape = other.shape; }
        if cargo { facts.cargo = other.cargo; }
        if health { facts.health = other.health; }
        if image { facts.image_anomalies = other.image_anomalies; }
        if ratio { facts.window_ratio_z = other.window_ratio_z; }
        if missed { facts.missed_95_cps = other.missed_95_cps; }
        if audit { facts.audit_drawn = other.audit_drawn; }
        facts
    }
}

prop_compose! {
    fn profile()(
        min_ts in 16.0..1000.0, min_cover in 0.3..1.0, strong in 0.1..10.0,
        rule in prop::option::of((0.1..3.0, select(vec!["3104", "7204", "6109", "0803"]))),
    ) -> Profile {
        let rule = rule.map(|(z, heading): (f64, &str)| serde_json::json!({
            "approved_by": "somebody", "document": "x", "headings": ["3104", heading], "max_ratio_z": z,
        }));
        serde_json::from_value(serde_json::json!({
            "min_ts": min_ts, "min_cover": min_cover, "strong_excess": strong, "shape_rule": rule,
        })).unwrap()
    }
}

fn hard(explanation: &Explanation) -> Vec<&Finding> {
    explanation.findings.iter().filter(|finding| finding.rule <= Rule::R8).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn one_more_alarm_fault_or_grave_nuclide_never_makes_it_milder(
        facts in facts(), profile in profile(), alarm in alarm(), fault in degraded(), nuclide in grave(),
    ) {
        let table = table_once();
        let before = explain(&facts, table, &profile).verdict;
        let mut worse = vec![facts.clone(); 5];
        worse[0].alarms.push(alarm);
        worse[1].health.push(fault);
        worse[2].identification.nuclides.push(nuclide.clone());
        worse[3].identification.groups.push(vec![nuclide]);
        worse[4].over_range = true;
        for worse in worse {
            let after = explain(&worse, table, &profile);
            prop_assert!(after.verdict >= before, "{before} became {}", after.words());
        }
    }

    #[test]
    fn no_profile_touches_r1_to_r8(facts in facts(), profile in profile()) {
        let table = table_once();
        let (usual, other) = (explain(&facts, table, &Profile::default()), explain(&facts, table, &profile));
        prop_assert_eq!(hard(&usual), hard(&other));
        let fired = hard(&other).iter().any(|finding| finding.effect == Effect::NotExplained);
        prop_assert!(!fired || other.verdict == Verdict::NotExplained);
    }

    #[test]
    fn a_detector_that_names_nothing_explains_by_an_approved_rule_only(facts in facts()) {
        let mut facts = facts;
        facts.identification.status = Status::NotCapable;
        prop_assert_ne!(explain(&facts, table_once(), &Profile::default()).verdict, Verdict::Explained);
    }

    #[test]
    fn what_is_explained_met_every_condition(facts in facts(), profile in profile()) {
        let explanation = explain(&facts, table_once(), &profile);
        prop_assert_eq!(explanation.audit_drawn, explanation.verdict == Verdict::Explained && facts.audit_drawn);
        if explanation.verdict == Verdict::Explained {
            let chains = ["K-40", "Ra-226", "Th-232"];
            let mut all = facts.identification.nuclides.iter().chain(facts.identification.groups.iter().flatten());
            prop_assert!(all.all(|nuclide| chains.contains(&nuclide.name.as_str())));
            prop_assert!(explanation.matches.iter().all(|found| !found.headings.is_empty()));
            prop_assert!(explanation.missed_95_cps.is_some() && facts.health.is_empty() && !facts.over_range);
            prop_assert!(facts.shape.kind == ShapeKind::Distributed && facts.shape.excess.is_some());
        }
        let json = serde_json::to_string(&explanation).unwrap();
        prop_assert!(!json.contains("NaN") && !json.contains("inf"), "{json}");
        prop_assert_eq!(serde_json::from_str::<Explanation>(&json).unwrap(), explanation);
    }

    #[test]
    fn a_hostile_table_or_profile_is_refused_without_a_panic(text in ".{0,200}") {
        if let Err(errors) = Expectations::parse(&text) {
            prop_assert!(!errors.is_empty());
        }
        let _ = toml::from_str::<Profile>(&text);
    }
}

/// Some of the random facts are explained, or the properties above would say little.
#[test]
fn the_random_facts_reach_every_verdict() {
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let mut seen = std::collections::BTreeSet::new();
    for _ in 0..2000 {
        let facts = facts().new_tree(&mut runner).unwrap().current();
        seen.insert(explain(&facts, table_once(), &Profile::default()).verdict);
    }
    assert_eq!(seen.len(), 4, "{seen:?}");
}

fn table_once() -> &'static Expectations {
    static TABLE: std::sync::OnceLock<Expectations> = std::sync::OnceLock::new();
    TABLE.get_or_init(table)
}
