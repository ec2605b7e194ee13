//! Every rule and every condition, a file each: `explain_cases/base.toml` is a load that is explained, and each
//! other file changes it in one thing or two. `rules` are all findings that speak against an explanation.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::path::Path;

use greenlane_radiation::explain::{
    Effect, Expectations, Explanation, Facts, Profile, Rule, Verdict, explain,
};
use serde::Deserialize;
use toml::{Table, Value};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    facts: Facts,
    #[serde(default)]
    profile: Profile,
    expect: Expect,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Expect {
    verdict: Verdict,
    rules: Vec<Rule>,
    /// Part of a finding's words.
    says: Option<String>,
}

fn table() -> Expectations {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../configs/cargo/expectations.toml");
    Expectations::parse(&std::fs::read_to_string(path).unwrap()).unwrap()
}

/// The base with `change` laid over it: tables are merged, all else replaced, and the tables named in
/// `replace` too.
fn laid_over(mut base: Table, mut change: Table) -> Case {
    for path in change.remove("replace").into_iter().flat_map(|paths| paths.as_array().cloned().unwrap()) {
        let (outer, inner) = path.as_str().unwrap().split_once('.').unwrap();
        base[outer].as_table_mut().unwrap().remove(inner);
    }
    merge(&mut base, change);
    Value::Table(base).try_into().unwrap()
}

fn merge(base: &mut Table, change: Table) {
    for (key, value) in change {
        match (base.get_mut(&key), value) {
            (Some(Value::Table(base)), Value::Table(change)) => merge(base, change),
            (_, value) => drop(base.insert(key, value)),
        }
    }
}

fn against(explanation: &Explanation) -> Vec<Rule> {
    explanation.findings.iter().filter(|f| f.effect != Effect::Met).map(|f| f.rule).collect()
}

#[test]
fn every_case_ends_as_its_file_says() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/explain_cases");
    let base: Table = std::fs::read_to_string(folder.join("base.toml")).unwrap().parse().unwrap();
    let (table, mut seen) = (table(), Vec::new());
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_str().unwrap();
        let change: Table = std::fs::read_to_string(&path).unwrap().parse().unwrap();
        let case = laid_over(base.clone(), change);
        let explanation = explain(&case.facts, &table, &case.profile);
        let mut expected = case.expect.rules;
        expected.sort();
        assert_eq!(explanation.verdict, case.expect.verdict, "{name}: {}", explanation.words());
        assert_eq!(against(&explanation), expected, "{name}: {:#?}", explanation.findings);
        if let Some(says) = case.expect.says {
            assert!(explanation.words().contains(&says), "{name}: {}", explanation.words());
        }
        seen.extend(expected);
    }
    for rule in [Rule::R1, Rule::R2, Rule::R3, Rule::R4, Rule::R5, Rule::R6, Rule::R7, Rule::R8, Rule::R9]
        .into_iter()
        .chain([Rule::R10, Rule::P1, Rule::P2, Rule::P3, Rule::P4, Rule::P5, Rule::P6, Rule::P7])
    {
        assert!(seen.contains(&rule), "no case for {rule:?}");
    }
}

#[test]
fn an_explained_load_says_what_accounts_for_what_and_what_could_have_been_missed() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/explain_cases");
    let base: Table = std::fs::read_to_string(folder.join("base.toml")).unwrap().parse().unwrap();
    let case = laid_over(base, Table::new());
    let explanation = explain(&case.facts, &table(), &case.profile);
    assert_eq!(explanation.matches[0].nuclide, "K-40");
    assert_eq!(explanation.matches[0].headings, ["3104"]);
    assert_eq!(
        explanation.words(),
        "EXPLAINED; P1: natural: K-40; P2: K-40 from 3104; P3: the excess is spread over the load; \
         P4: an excess of 2.20 times the background, 2.60 expected; P5: no image shows anything at the same place; \
         P6: a point source of up to 180 cps could have been missed (95 %)"
    );
    let json = serde_json::to_string(&explanation).unwrap();
    assert_eq!(serde_json::from_str::<Explanation>(&json).unwrap(), explanation);
}
