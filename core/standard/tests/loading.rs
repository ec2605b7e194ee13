//! Standards as files: what is taken, and what is refused, where.

use greenlane_standard::{
    Date, Decision, Level, Plan, Resolver, Rule, Standard, Status, Trial, Verdict, Waiver, judge, verdict,
};

use proptest::prelude::*;

const HEADER: &str = r#"
[standard]
id = "house"
title = "A standard for tests"
version = "2.1.0"
mustpass = { basic = ["L0"], lane = ["L0", "L1"] }
unwaivable = ["life/no-panic"]
requires = { L1 = ["load/*"] }
"#;

/// A requirement of level `level` with the lines given.
fn requirement(id: &str, level: &str, lines: &str) -> String {
    format!(
        r#"
[[requirement]]
id = "{id}"
text = {{ title = "T", statement = "At least {{pulse_ms}} ms.", rationale = "R" }}
scope = {{ applies_to = ["pulses"], subject = "driver", level = "{level}", word = "shall" }}
params = {{ pulse_ms = {{ value = 30, tighten = "lower" }} }}
source = [{{ doc = "house", status = "house" }}]
test = {{ method = "pulse-train", version = 1, clock = "sim" }}
evidence = ["A", "W"]
{lines}
"#
    )
}

const PLAN: &str = r#"plan = { kind = "fixed", n = 3000, misses = 0, proves = 0.999, confidence = 0.95 }"#;

fn base() -> String {
    let rows = [("load/table", "L0"), ("life/no-panic", "L1"), ("presence/pulse", "L1")];
    rows.iter().fold(HEADER.to_owned(), |text, (id, level)| text + &requirement(id, level, PLAN))
}

fn load_with(text: &str, parents: &[(&str, String)]) -> Result<Standard, String> {
    let find = |name: &str| {
        let found = parents.iter().find(|(parent, _)| *parent == name);
        found.map(|(_, text)| text.clone()).ok_or_else(|| "there is no such file".to_owned())
    };
    let resolver = Resolver { text: &find, methods: Some(&["pulse-train"]) };
    Standard::load(text, &resolver).map_err(|error| error.to_string())
}

fn load(text: &str) -> Result<Standard, String> {
    load_with(text, &[])
}

fn child(lines: &str) -> String {
    format!(
        "[standard]\nid = \"site\"\ntitle = \"T\"\nversion = \"1.0.0\"\nextends = [\"house@2\"]\n{lines}\n"
    )
}

fn change(value: &str) -> Result<Standard, String> {
    let text = child(&format!("[[change]]\nid = \"presence/pulse\"\nparams = {{ pulse_ms = 20 }}\n{value}"));
    load_with(&text, &[("house", base())])
}

#[test]
fn a_standard_is_read_with_the_defaults_of_its_levels() {
    let standard = load(&base()).expect("it is right");
    let pulse = &standard.requirements["presence/pulse"];
    assert_eq!(pulse.requires, ["load/table".to_owned()].into());
    assert_eq!((pulse.scope.level, pulse.status()), (Level::L1, Status::House));
    assert_eq!(pulse.statement(), "At least 30 ms.");
    assert_eq!(pulse.number("pulse_ms"), Ok(30.0));
    assert!(pulse.number("gap_ms").is_err());
    assert_eq!(standard.in_order()[0].id, "load/table");
    assert_eq!(standard.starting_with("presence/").count(), 1);
}

#[test]
fn the_resolved_set_reads_back_and_has_one_hash() {
    let standard = load(&base()).expect("it is right");
    let text = standard.resolved().expect("no fractions outside text");
    let again = Standard::from_resolved(&text).expect("it is what was written");
    assert_eq!(again, standard);
    assert_eq!(again.hash(), standard.hash());
    let tighter = base().replace("value = 30", "value = 29");
    assert_ne!(load(&tighter).expect("it is right").hash(), standard.hash());
}

#[test]
fn an_unknown_key_is_refused_with_line_and_column() {
    let text = base().replacen("evidence = ", "evidense = ", 1);
    let error = load(&text).expect_err("a slip of the pen");
    assert!(error.starts_with(":17:1: ") && error.contains("evidense"), "{error}");
}

#[test]
fn what_is_wrong_is_told_where_it_is() {
    let wrong = [
        ("value = 30", "vale = 30", "vale"),
        ("\"pulse-train\"", "\"pulse-trian\"", "no test method `pulse-trian`"),
        ("{pulse_ms}", "{puls_ms}", "no such parameter"),
        ("\"pulses\"", "\"puls\"", "neither `any` nor a capability"),
        ("\"house\", status = \"house\"", "\"x\", status = \"verified\"", "who, when, which copy"),
        ("n = 3000", "n = 2994", "prove p >= 0.99"),
        ("kind = \"fixed\"", "kind = \"any\"", "has no `n`"),
        ("[\"A\", \"W\"]", "[]", "keeps at least"),
        ("presence/pulse", "Presence", "no id"),
        ("presence/pulse", "load/table", "there already"),
        ("\"load/*\"", "\"laod/*\"", "no requirement"),
        ("id = \"house\"", "id = \"House\"", "lower case"),
        ("2.1.0", "2.1", "major.minor.patch"),
    ];
    for (right, slip, message) in wrong {
        let text = base();
        let at = text.rfind(right).expect("it is in the text");
        let text = format!("{}{slip}{}", &text[..at], &text[at + right.len()..]);
        let error = load(&text).expect_err(slip);
        assert!(error.contains(message) && error.starts_with(':'), "{slip}: {error}");
    }
}

proptest! {
    #[test]
    fn no_text_makes_it_panic(cut in 0..3000_usize, put in "[a-z0-9\\[\\]{}=\"'.,#é@/ \n-]{0,12}", length in 0..40_usize) {
        let text = base();
        let boundary = |at: usize| (0..=at.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
        let (from, to) = (boundary(cut), boundary(cut + length));
        let text = format!("{}{put}{}", &text[..from], &text[to..]);
        if let Err(error) = load(&text) {
            prop_assert!(error.starts_with(':'), "{}", error);
        }
    }
}

#[test]
fn what_is_required_must_be_there() {
    let row = requirement(
        "presence/edge",
        "L1",
        &format!("{PLAN}\nrequires = [\"presence/pulse\", \"life/snap\"]"),
    );
    let error = load(&(base() + &row)).expect_err("there is no such requirement");
    assert!(error.contains("no requirement `life/snap`") && error.starts_with(":49:31: "), "{error}");
}

#[test]
fn a_monitor_is_read_with_its_tests() {
    let monitor = |rule: &str, watches: &str| {
        let text = format!(
            "{}[[monitor]]\nid = \"lane/pulses\"\nwatches = [\"{watches}\"]\ntrial = \"a pulse\"\nmiss = \"a loss\"\n\
             rule = {{ {rule} }}\ndegraded = \"show\"\nout = \"hold\"\n",
            base()
        );
        load(&text).map(|standard| standard.monitors["lane/pulses"].clone())
    };
    let watch = monitor("kind = \"rate\", usual = 0.01, bad = 0.03", "presence/*").expect("it is right");
    assert_eq!(
        (watch.rule, watch.watches),
        (Rule::Rate { usual: 0.01, bad: 0.03 }, vec!["presence/pulse".into()])
    );
    let wrong =
        [("kind = \"rate\", usual = 0.03, bad = 0.01", "presence/*"), ("kind = \"event\"", "other/*")];
    for (rule, watches) in wrong {
        assert!(monitor(rule, watches).is_err(), "{rule}, {watches}");
    }
}

#[test]
fn requirements_do_not_wait_for_each_other() {
    let circle = |id: &str, other: &str| requirement(id, "L2", &format!("{PLAN}\nrequires = [\"{other}\"]"));
    let text = base() + &circle("a/one", "a/two") + &circle("a/two", "a/one");
    let error = load(&text).expect_err("a circle");
    assert!(error.contains("a circle: a/one, a/two"), "{error}");
}

#[test]
fn a_child_tightens_freely_and_loosens_with_a_reason() {
    let standard = change("").expect("20 ms asks for more");
    assert_eq!(standard.requirements["presence/pulse"].number("pulse_ms"), Ok(20.0));
    assert_eq!(standard.requirements["presence/pulse"].changed.as_deref(), Some("1.0.0"));
    assert!(standard.built_on.contains("house@2.1.0") && standard.unwaivable.contains("life/no-panic"));

    let loose = |more: &str| {
        let text =
            child(&format!("[[change]]\nid = \"presence/pulse\"\nparams = {{ pulse_ms = 40 }}\n{more}"));
        load_with(&text, &[("house", base())])
    };
    let error = loose("").expect_err("40 ms asks for less");
    assert!(error.starts_with(":8:") && error.contains("against its direction"), "{error}");
    assert!(loose("loosens = true").expect_err("no reason").contains("needs a `reason`"));
    let standard = loose("loosens = true\nreason = \"old loops\"").expect("with a reason");
    assert_eq!(standard.requirements["presence/pulse"].loosened, ["old loops"]);
}

#[test]
fn a_parent_of_another_major_version_is_refused() {
    let text = child("").replace("house@2", "house@1");
    let error = load_with(&text, &[("house", base())]).expect_err("it is version 2");
    assert!(error.contains("is version 2.1.0"), "{error}");
    let error = load_with(&child(""), &[]).expect_err("there is none");
    assert!(error.starts_with(":5:12: ") && error.contains("no such file"), "{error}");
}

#[test]
fn a_problem_in_a_parent_is_told_by_the_parents_name() {
    let parent = base().replacen("evidence = ", "evidense = ", 1);
    let error = load_with(&child(""), &[("house", parent)]).expect_err("a slip of the pen");
    assert!(error.starts_with("house:17:1: "), "{error}");
}

#[test]
fn two_parents_with_different_values_are_refused() {
    let other = base().replace("id = \"house\"", "id = \"other\"").replace("value = 30", "value = 31");
    let text = child("").replace("\"house@2\"", "\"house@2\", \"other@2\"");
    let error = load_with(&text, &[("house", base()), ("other", other)]).expect_err("30 or 31?");
    assert!(error.contains("two parents with different values"), "{error}");
    let same = base().replace("id = \"house\"", "id = \"other\"");
    load_with(&text, &[("house", base()), ("other", same)]).expect("they agree");
}

#[test]
fn a_parent_of_itself_ends() {
    let text = child("").replace("\"site\"", "\"house\"");
    let error = load_with(&text, &[("house", text.replace("1.0.0", "2.0.0"))]).expect_err("a circle");
    assert!(error.contains("is there a circle?"), "{error}");
}

#[test]
fn a_number_from_a_limit_is_as_sure_as_the_limit() {
    let limit = r#"
[[limit]]
id = "n/warning_s"
title = "Warning before the beam"
value = 5
tighten = "higher"
source = [{ doc = "N", clause = "4.8", status = "unverified" }]
"#;
    let with = |param: &str| {
        let row = requirement("scan/i4", "L1", PLAN);
        let own = "{ pulse_ms = { value = 30, tighten = \"lower\" } }";
        load(&(base() + limit + &row.replace(own, &format!("{{ pulse_ms = {{ {param} }} }}"))))
    };
    let standard = with("limit = \"n/warning_s\"").expect("it is right");
    let row = &standard.requirements["scan/i4"];
    assert_eq!((row.number("pulse_ms"), row.status()), (Ok(5.0), Status::Unverified));
    assert_eq!(verdict(row, Decision::Pass), Verdict::PassUnverified);
    assert!(standard.unsure(Status::Unverified).iter().any(|u| u.id == "scan/i4" && u.read == "N, 4.8"));
    with("limit = \"n/warning_s\", value = 6").expect("stricter");
    assert!(
        with("limit = \"n/warning_s\", value = 4").expect_err("weaker").contains("weaker than its limit")
    );
    assert!(with("limit = \"n/warn\"").expect_err("unknown").contains("no limit `n/warn`"));
}

#[test]
fn parts_belong_to_the_standard_and_tell_their_own_lines() {
    let text = HEADER.replace("unwaivable = [\"life/no-panic\"]", "parts = [\"house/life\", \"house/load\"]");
    let life = requirement("life/no-panic", "L1", PLAN);
    let table = requirement("load/table", "L0", PLAN);
    let standard =
        load_with(&text, &[("house/life", life), ("house/load", table.clone())]).expect("it is right");
    assert_eq!(standard.requirements.len(), 2);
    let wrong = table.replace("pulse-train", "none");
    let error =
        load_with(&text, &[("house/life", wrong), ("house/load", table)]).expect_err("no such method");
    assert!(error.starts_with("house/life:8:8: "), "{error}");
}

#[test]
fn every_kind_of_plan_is_read_and_a_plan_that_proves_too_little_is_refused() {
    let with = |plan: &str| {
        let header =
            HEADER.replace("unwaivable = [\"life/no-panic\"]\n", "").replace("L1 = [\"load/*\"]", "");
        let text = header + &requirement("load/x", "L0", plan);
        load(&text).map(|standard| standard.requirements["load/x"].plan)
    };
    let right = [
        "plan = { kind = \"each\" }",
        "plan = { kind = \"each\", n = 1000, misses = 0, proves = 0.997, confidence = 0.95 }",
        "plan = { kind = \"any\" }",
        "plan = { kind = \"report\", n = 100 }",
        "plan = { kind = \"seq\", rule = \"curtailed\", n = 76, misses = 3, proves = 0.9, confidence = 0.95 }",
        "plan = { kind = \"seq\", rule = \"sprt\", bad = 0.9, good = 0.99, alpha = 0.05, beta = 0.1 }",
        "plan = { kind = \"seq\", rule = \"truncated\", bad = 0.9, good = 0.99, alpha = 0.05, beta = 0.1, n = 89, misses = 3 }",
        "plan = { kind = \"seq\", rule = \"double\", first = 31, accept = 0, reject = 3, second = 42, total = 2, proves = 0.9, confidence = 0.95 }",
        "plan = { kind = \"seq\", rule = \"anytime\", proves = 0.9, confidence = 0.95 }",
    ];
    for plan in right {
        let plan = with(plan).unwrap_or_else(|error| panic!("{plan}: {error}"));
        let text = serde_json::to_string(&plan).expect("it is written");
        assert_eq!(serde_json::from_str::<Plan>(&text).expect("it reads back"), plan);
    }
    let wrong = [
        ("plan = { kind = \"fixed\", n = 60, misses = 2, proves = 0.9, confidence = 0.95 }", "0.898764"),
        (
            "plan = { kind = \"seq\", rule = \"truncated\", bad = 0.9, good = 0.99, alpha = 0.05, beta = 0.1, n = 60, misses = 3 }",
            "with risk",
        ),
        (
            "plan = { kind = \"seq\", rule = \"double\", first = 31, accept = 1, reject = 3, second = 42, total = 2, proves = 0.9, confidence = 0.95 }",
            "with risk",
        ),
        (
            "plan = { kind = \"seq\", rule = \"sprt\", bad = 0.99, good = 0.9, alpha = 0.05, beta = 0.1 }",
            "not below",
        ),
        ("plan = { kind = \"seq\", rule = \"other\" }", "none of curtailed"),
        ("plan = { kind = \"fixed\", n = 0, misses = 0, proves = 0.9, confidence = 0.95 }", "not within"),
        ("plan = { kind = \"fixed\", n = 10, misses = 0, proves = 1.0, confidence = 0.95 }", "not between"),
    ];
    for (plan, message) in wrong {
        let error = with(plan).expect_err(plan);
        assert!(error.contains(message), "{plan}: {error}");
    }
}

#[test]
fn a_waiver_ends_by_itself_and_some_lines_have_none() {
    let standard = load(&base()).expect("it is right");
    let waiver: Waiver = toml::from_str(
        "requirement = \"presence/pulse\"\nreason = \"R\"\nby = \"authority\"\nuntil = 2027-03-31\nmust_fail = true",
    )
    .expect("a waiver");
    let (last, after) =
        (Date::parse("2027-03-31").expect("a day"), Date::parse("2027-04-01").expect("a day"));
    assert_eq!(waiver.check(&standard), Ok(()));
    assert_eq!(waiver.apply(Verdict::Fail, &last), Verdict::Waived);
    assert_eq!(waiver.apply(Verdict::Fail, &after), Verdict::Fail);
    assert_eq!(waiver.apply(Verdict::Pass, &last), Verdict::Error);
    assert_eq!(waiver.apply(Verdict::Pass, &after), Verdict::Pass);
    let never = Waiver { requirement: "life/no-panic".to_owned(), ..waiver.clone() };
    assert!(never.check(&standard).expect_err("never").contains("cannot be waived"));
    let unknown = Waiver { requirement: "x/y".to_owned(), ..waiver };
    assert!(unknown.check(&standard).is_err());
}

#[test]
fn days_are_days_of_the_calendar() {
    let days = |text: &str| Date::parse(text).expect("a day").days();
    assert_eq!((days("1970-01-01"), days("2000-03-01"), days("2026-11-24")), (0, 11_017, 20_781));
    let later = |text: &str, months| Date::parse(text).expect("a day").plus_months(months).to_string();
    assert_eq!(later("2026-11-24", 24), "2028-11-24");
    assert_eq!((later("2027-01-31", 1), later("2027-12-31", 2)), ("2027-02-28".into(), "2028-02-29".into()));
    for wrong in ["2026-02-30", "2026-1-01", "today", "2026-11-24T00:00:00Z", ""] {
        assert!(Date::parse(wrong).is_err(), "{wrong}");
    }
}

#[test]
fn a_verdict_needs_all_trials_of_all_cells() {
    let plan = load(&base()).expect("it is right").requirements["presence/pulse"].plan;
    let trial = |number: u32, hit: bool| Trial {
        requirement: "presence/pulse".to_owned(),
        cell: format!("cell {}", number % 2),
        case: number.to_string(),
        listed: false,
        session: number % 3,
        seed: format!("{number:x}"),
        hit,
        kept: None,
    };
    let judged = |n: u32, miss: u32| {
        let trials: Vec<Trial> = (0..n).map(|number| trial(number, number != miss)).collect();
        judge(&plan, &trials)
    };
    assert_eq!(judged(0, 0).decision, Decision::Undecided);
    assert_eq!(judged(5999, u32::MAX).decision, Decision::Undecided);
    let passed = judged(6000, u32::MAX);
    assert_eq!((passed.decision, passed.sessions, passed.extra), (Decision::Pass, 3, 0));
    assert!(passed.weakest().expect("two cells").1.lower >= 0.999);
    assert_eq!(judged(6001, u32::MAX).extra, 1);
    let failed = judged(6000, 17);
    assert_eq!((failed.decision, failed.misses), (Decision::Fail, 1));
    assert_eq!(failed.weakest().expect("two cells").0, "cell 1");
}
