//! Certificates: sealed, judged again, admitted.

use std::collections::{BTreeMap, BTreeSet};

use greenlane_model::Capability;
use greenlane_standard::{
    Admission, Asked, Bundle, Certificate, Chain, Chained, Date, Device, KitLevel, Otherwise, Plan, Plugin,
    Policy, Requirement, Resolver, Revocations, Revoked, RevokedKind, SEED_RULE, Seed, SeedOf, Standard,
    StandardFacts, Suite, Trial, TrustedKey, Valid, Verdict, VerdictLine, admit, canonical, counts, hash_of,
    judge, public_key, session_seed, unverified, verdict, verify,
};

const SECRET: [u8; 32] = [7; 32];
const OTHER: [u8; 32] = [8; 32];

const TEXT: &str = r#"
[standard]
id = "house"
title = "A standard for tests"
version = "1.2.0"
mustpass = { lane = ["L0", "L1"] }

[[requirement]]
id = "load/table"
scope = { applies_to = ["any"], subject = "driver", level = "L0", word = "shall" }
text = { title = "T", statement = "S.", rationale = "R." }
source = [{ doc = "house", status = "house" }]
test = { method = "load/table", version = 1, clock = "sim" }
plan = { kind = "each" }
evidence = ["A"]

[[requirement]]
id = "rpm/alarm"
scope = { applies_to = ["gamma"], subject = "driver", level = "L1", word = "shall" }
text = { title = "T", statement = "S.", rationale = "R." }
source = [{ doc = "N", status = "unverified" }]
test = { method = "rpm/alarm", version = 1, clock = "sim" }
plan = { kind = "fixed", n = 29, misses = 0, proves = 0.9, confidence = 0.95 }
evidence = ["A"]
requires = ["load/table"]

[[requirement]]
id = "ocr/check"
scope = { applies_to = ["container"], subject = "driver", level = "L1", word = "shall" }
text = { title = "T", statement = "S.", rationale = "R." }
source = [{ doc = "house", status = "house" }]
test = { method = "ocr/check", version = 1, clock = "sim" }
plan = { kind = "each" }
evidence = ["A"]
"#;

struct Files {
    certificate: String,
    standard: String,
    plan: String,
    trials: String,
}

impl Files {
    fn findings(&self) -> Vec<String> {
        verify(&bundle_of(self)).into_iter().map(|finding| finding.what).collect()
    }
}

fn standard() -> Standard {
    let resolver = Resolver { text: &|_| Err("none".to_owned()), methods: None };
    Standard::load(TEXT, &resolver).expect("it is right")
}

fn day(text: &str) -> Date {
    Date::parse(text).expect("a day")
}

/// A listed case, or every second drawn one in the session of its own parity.
fn trial(requirement: &str, number: u32, listed: bool, hit: bool) -> Trial {
    Trial {
        requirement: requirement.to_owned(),
        cell: String::new(),
        case: if listed { number } else { number / 2 }.to_string(),
        listed,
        session: if listed { 0 } else { number % 2 },
        seed: if listed { String::new() } else { seed(number % 2) },
        hit,
        kept: None,
    }
}

fn trials() -> Vec<Trial> {
    let listed = (0..3).map(|number| trial("load/table", number, true, true));
    listed.chain((0..29).map(|number| trial("rpm/alarm", number, false, true))).collect()
}

/// What the seeds of the run follow from.
fn seed(session: u32) -> String {
    let (plugin, kit) = (hash_of(b"plugin"), hash_of(b"kit"));
    let standard = standard().hash().expect("canonical");
    let of = SeedOf { plugin: &plugin, kit: &kit, standard: &standard, suite: "0.1.0", attempt: 1 };
    format!("{:04x}", session_seed(&of, session))
}

/// The verdict on each requirement, as a suite would find it.
fn verdicts(standard: &Standard, trials: &[Trial]) -> BTreeMap<String, VerdictLine> {
    let line = |requirement: &Requirement| {
        let own: Vec<&Trial> = trials.iter().filter(|trial| trial.requirement == requirement.id).collect();
        if own.is_empty() {
            return VerdictLine::untried(Verdict::NotSupported);
        }
        let judgement = judge(&requirement.plan, own.iter().copied());
        VerdictLine::new(verdict(requirement, judgement.decision), &judgement)
    };
    standard.requirements.values().map(|requirement| (requirement.id.clone(), line(requirement))).collect()
}

/// A certificate over the trials, as a suite would write it.
fn certify(trials: &[Trial], change: impl FnOnce(&mut Certificate)) -> Files {
    let standard = standard();
    let planned: BTreeMap<&String, &Plan> =
        standard.requirements.iter().map(|(id, requirement)| (id, &requirement.plan)).collect();
    let plan = canonical(&serde_json::json!({ "format": 1, "planned": planned })).expect("canonical");
    let (mut chain, mut lines) = Chain::begin(&hash_of(plan.as_bytes()));
    for trial in trials {
        lines += &chain.add(trial).expect("canonical");
    }
    let mut certificate = unsigned(&standard, trials);
    certificate.plan_blake3 = hash_of(plan.as_bytes());
    certificate.trials_blake3 = chain.head().to_owned();
    change(&mut certificate);
    certificate.sign("lab", &SECRET).expect("canonical");
    let resolved = standard.resolved().expect("canonical");
    Files { certificate: certificate.text().expect("canonical"), standard: resolved, plan, trials: lines }
}

/// All but the links to plan and trials.
fn unsigned(standard: &Standard, trials: &[Trial]) -> Certificate {
    let verdicts = verdicts(standard, trials);
    Certificate {
        format: 1,
        plugin: Plugin {
            model: "acme.x100".to_owned(),
            blake3: hash_of(b"plugin"),
            abi: "1.0".to_owned(),
            bytes: 6,
            offers: [Capability::Gamma, Capability::RadiationAlarm].into(),
        },
        device: Device {
            firmware_declared: vec!["2.4".to_owned()],
            firmware_seen: None,
            kit: KitLevel::K1,
            kit_blake3: hash_of(b"kit"),
            kit_author: "somebody else".to_owned(),
        },
        standard: StandardFacts {
            id: standard.id.clone(),
            version: standard.version.clone(),
            blake3: standard.hash().expect("canonical"),
            unverified_limits: unverified(&verdicts, standard),
        },
        suite: Suite {
            version: "0.1.0".to_owned(),
            blake3: hash_of(b"suite"),
            kill_strict: "103/103".to_owned(),
        },
        mode: "certify".to_owned(),
        class: "lane".to_owned(),
        link: "lines".to_owned(),
        seed: Seed { rule: SEED_RULE.to_owned(), attempt: 1, earlier: Vec::new() },
        declares: BTreeMap::from([("silent_ms".to_owned(), "10000".to_owned())]),
        settings_blake3: hash_of(b"{}"),
        plan_blake3: String::new(),
        trials_blake3: String::new(),
        waivers: Vec::new(),
        counts: counts(&verdicts),
        verdicts,
        valid: Valid { from: day("2026-11-24"), until: day("2028-11-24") },
        signatures: Vec::new(),
    }
}

#[test]
fn an_honest_certificate_is_judged_the_same_again() {
    let files = certify(&trials(), |_| {});
    assert_eq!(files.findings(), Vec::<String>::new());
    let certificate = Certificate::read(&files.certificate).expect("it reads back");
    assert_eq!(certificate.verdicts["rpm/alarm"].v, Verdict::PassUnverified);
    assert_eq!(certificate.verdicts["rpm/alarm"].lower.as_deref(), Some("0.90185"));
    assert_eq!(certificate.standard.unverified_limits, 1);
    assert_eq!(certificate.objections(&standard()), Vec::<String>::new());
}

#[test]
fn one_bit_of_any_byte_is_found() {
    let honest = certify(&trials(), |_| {});
    let flipped = |text: &str, at: usize| {
        let mut bytes = text.as_bytes().to_vec();
        bytes[at] ^= 1;
        String::from_utf8(bytes).ok()
    };
    for at in 0..honest.certificate.len() {
        let Some(certificate) = flipped(&honest.certificate, at) else { continue };
        let bundle = Bundle { certificate: &certificate, ..bundle_of(&honest) };
        assert!(!verify(&bundle).is_empty(), "certificate, byte {at}");
    }
    for at in (0..honest.trials.len()).step_by(7) {
        let Some(trials) = flipped(&honest.trials, at) else { continue };
        let bundle = Bundle { trials: &trials, ..bundle_of(&honest) };
        assert!(!verify(&bundle).is_empty(), "trials, byte {at}");
    }
    for at in 0..honest.plan.len() {
        let Some(plan) = flipped(&honest.plan, at) else { continue };
        let bundle = Bundle { plan: &plan, ..bundle_of(&honest) };
        assert!(!verify(&bundle).is_empty(), "plan, byte {at}");
    }
    for at in (0..honest.standard.len()).step_by(3) {
        let Some(standard) = flipped(&honest.standard, at) else { continue };
        let bundle = Bundle { standard: &standard, ..bundle_of(&honest) };
        assert!(!verify(&bundle).is_empty(), "standard, byte {at}");
    }
}

fn bundle_of(files: &Files) -> Bundle<'_> {
    Bundle {
        certificate: &files.certificate,
        standard: &files.standard,
        plan: &files.plan,
        trials: &files.trials,
    }
}

#[test]
fn a_signed_lie_is_found_in_the_trials() {
    let mut one_miss = trials();
    one_miss[10].hit = false;
    let lie = certify(&one_miss, |certificate| {
        let line = certificate.verdicts.get_mut("rpm/alarm").expect("a line");
        (line.v, line.misses) = (Verdict::PassUnverified, 0);
        line.lower = Some("0.90185".to_owned());
        certificate.counts = counts(&certificate.verdicts);
    });
    assert!(
        lie.findings().iter().any(|what| what.contains("the trials show `fail`")),
        "{:?}",
        lie.findings()
    );

    let more: Vec<Trial> = trials().into_iter().chain([trial("rpm/alarm", 29, false, true)]).collect();
    let findings = certify(&more, |_| {}).findings();
    assert!(findings.iter().any(|what| what.contains("after the end of its plan")), "{findings:?}");

    let fewer = certify(&trials()[..20], |_| {});
    assert!(fewer.findings().iter().any(|what| what.contains("`not_tested`")), "{:?}", fewer.findings());

    let unheard = certify(&trials(), |certificate| {
        certificate.verdicts.remove("rpm/alarm");
        certificate.counts = counts(&certificate.verdicts);
    });
    assert!(unheard.findings().iter().any(|what| what.contains("no verdict")), "{:?}", unheard.findings());

    let without = certify(&trials()[3..], |certificate| {
        certificate.verdicts.insert("load/table".to_owned(), VerdictLine::untried(Verdict::Pass));
        certificate.counts = counts(&certificate.verdicts);
    });
    assert!(
        without.findings().iter().any(|what| what.contains("without a trial")),
        "{:?}",
        without.findings()
    );

    let quick = certify(&trials(), |certificate| certificate.mode = "quick".to_owned());
    assert!(quick.findings().iter().any(|what| what.contains("no certification")), "{:?}", quick.findings());
    let long = certify(&trials(), |certificate| certificate.valid.until = day("2029-01-01"));
    assert!(long.findings().iter().any(|what| what.contains("24 months")), "{:?}", long.findings());
}

#[test]
fn a_suite_that_draws_again_or_leaves_cells_out_is_found() {
    let mut again = trials();
    again[12].case = "99".to_owned();
    let findings = certify(&again, |_| {}).findings();
    assert!(findings.iter().any(|what| what.contains("stands where 4 belongs")), "{findings:?}");

    let mut liked = trials();
    liked[12].seed = "beef".to_owned();
    let findings = certify(&liked, |_| {}).findings();
    assert!(findings.iter().any(|what| what.contains("does not follow the rule")), "{findings:?}");

    let mut twice = trials();
    twice[1].case = "0".to_owned();
    let findings = certify(&twice, |_| {}).findings();
    assert!(findings.iter().any(|what| what.contains("was run twice")), "{findings:?}");

    // A standard that asks for two cells, and trials of one: the plan that the suite wrote does not help.
    let wide = TEXT.replacen("confidence = 0.95 }", "confidence = 0.95 }\ncells = 2", 1);
    let resolver = Resolver { text: &|_| Err("none".to_owned()), methods: None };
    let wide = Standard::load(&wide, &resolver).expect("it is right").resolved().expect("canonical");
    let honest = certify(&trials(), |certificate| certificate.standard.blake3 = hash_of(wide.as_bytes()));
    let findings = verify(&Bundle { standard: &wide, ..bundle_of(&honest) });
    assert!(findings.iter().any(|f| f.what.contains("was run in 1 of its 2 cells")), "{findings:?}");
}

#[test]
fn a_chain_has_no_line_moved_doubled_or_cut() {
    let files = certify(&trials(), |_| {});
    let lines: Vec<&str> = files.trials.split_inclusive('\n').collect();
    let read = |lines: &[&str]| Chained::read(&lines.concat());
    assert_eq!(read(&lines).expect("it is whole").trials, trials());
    let mut moved = lines.clone();
    moved.swap(3, 4);
    assert_eq!(read(&moved).expect_err("moved").line, 4);
    let mut doubled = lines.clone();
    doubled.insert(5, lines[4]);
    assert_eq!(read(&doubled).expect_err("doubled").line, 6);
    let last = lines.len() - 1;
    assert!(Chained::read(&files.trials[..files.trials.len() - 1]).is_err());
    // Lines cut off whole leave a shorter chain, whose end is not the one that was certified.
    assert_ne!(read(&lines[..last]).expect("a shorter chain").head, read(&lines).expect("whole").head);
}

fn policy() -> Policy {
    Policy {
        standard: "house".to_owned(),
        class: "lane".to_owned(),
        keys: vec![TrustedKey { role: "lab".to_owned(), key: public_key(&SECRET) }],
        roles: BTreeSet::from(["lab".to_owned()]),
        otherwise: Otherwise::Restrict,
        warn_days: 90,
    }
}

/// The question that is answered with "admitted", changed by `change`.
fn admitted(change: impl FnOnce(&mut Asked<'_>)) -> Admission {
    let files = certify(&trials(), |_| {});
    let (standard, uses, today) = (standard(), BTreeSet::from([Capability::Gamma]), day("2027-01-01"));
    let hash = hash_of(b"plugin");
    let mut asked = Asked {
        standard: &standard,
        plugin_blake3: &hash,
        model: "acme.x100",
        abi_major: 1,
        uses: &uses,
        firmware: Some("2.4.1"),
        revocations: None,
        today: &today,
    };
    change(&mut asked);
    admit(&policy(), Some(&files.certificate), &asked)
}

fn reason(admission: &Admission) -> &str {
    match admission {
        Admission::Restricted { reason } | Admission::Refused { reason } => reason,
        Admission::Admitted { .. } => panic!("it was admitted"),
    }
}

#[test]
fn a_certified_driver_is_admitted_with_what_a_person_should_know() {
    let Admission::Admitted { is_degraded, notes } = admitted(|_| {}) else { panic!("not admitted") };
    assert!(!is_degraded && notes == ["no list of revocations was ever read"], "{notes:?}");
    let late = day("2028-10-01");
    let with = admitted(|asked| (asked.today, asked.firmware) = (Box::leak(Box::new(late)), Some("2.40")));
    let Admission::Admitted { is_degraded, notes } = with else { panic!("not admitted") };
    assert!(is_degraded && notes[0].contains("in 54 days") && notes[1].contains("2.40"), "{notes:?}");
}

#[test]
fn every_other_driver_is_restricted_with_a_reason() {
    let over = day("2028-11-25");
    let early = day("2026-11-23");
    let other = hash_of(b"plugin, one byte changed");
    let uses = BTreeSet::from([Capability::Neutron]);
    let mut newer = standard();
    newer.version = "1.3.0".to_owned();
    let rows: Vec<(Admission, &str)> = vec![
        (admitted(|asked| asked.plugin_blake3 = Box::leak(other.into_boxed_str())), "loaded is"),
        (admitted(|asked| asked.model = "acme.x200"), "is for acme.x100"),
        (admitted(|asked| asked.abi_major = 2), "function table"),
        (admitted(|asked| asked.today = Box::leak(Box::new(over))), "ended on 2028-11-24"),
        (admitted(|asked| asked.today = Box::leak(Box::new(early))), "begins on"),
        (admitted(|asked| asked.uses = Box::leak(Box::new(uses))), "not tested"),
        (admitted(|asked| asked.standard = Box::leak(Box::new(newer))), "certified for version 1.2.0"),
    ];
    for (admission, part) in &rows {
        assert!(reason(admission).contains(part), "{part}: {admission:?}");
        assert!(matches!(admission, Admission::Restricted { .. }));
    }
    let asked_without = |policy: &Policy, certificate: Option<&str>| {
        let (standard, uses, today) = (standard(), BTreeSet::new(), day("2027-01-01"));
        let hash = hash_of(b"plugin");
        let asked = Asked {
            standard: &standard,
            plugin_blake3: &hash,
            model: "acme.x100",
            abi_major: 1,
            uses: &uses,
            firmware: None,
            revocations: None,
            today: &today,
        };
        admit(policy, certificate, &asked)
    };
    let strict = Policy { otherwise: Otherwise::Refuse, ..policy() };
    let refused = asked_without(&strict, None);
    assert!(
        matches!(&refused, Admission::Refused { reason } if reason.contains("no certificate")),
        "{refused:?}"
    );
    let certificate = certify(&trials(), |_| {}).certificate;
    let stranger = TrustedKey { role: "lab".to_owned(), key: public_key(&OTHER) };
    let wary = Policy { keys: vec![stranger], ..policy() };
    assert!(reason(&asked_without(&wary, Some(&certificate))).contains("no trusted signature of a lab"));
    let nobody = Policy { roles: BTreeSet::new(), ..policy() };
    assert!(reason(&asked_without(&nobody, Some(&certificate))).contains("name at least one role"));
    assert!(matches!(asked_without(&policy(), Some(&certificate)), Admission::Admitted { .. }));
}

#[test]
fn what_is_revoked_is_restricted_and_only_a_trusted_key_revokes() {
    let list = |kind, value: String| {
        let entry = Revoked { kind, value, reason: "a found fault".to_owned(), date: day("2026-12-01") };
        let mut list = Revocations {
            issued: day("2026-12-30"),
            entries: vec![entry],
            key: String::new(),
            sig: String::new(),
        };
        list.sign(&OTHER).expect("canonical");
        list
    };
    let with = |list: Revocations| admitted(|asked| asked.revocations = Some(Box::leak(Box::new(list))));
    for (kind, bytes) in
        [(RevokedKind::Plugin, "plugin"), (RevokedKind::Kit, "kit"), (RevokedKind::Suite, "suite")]
    {
        assert!(reason(&with(list(kind, hash_of(bytes.as_bytes())))).contains("a found fault"));
    }
    assert!(reason(&with(list(RevokedKind::Key, public_key(&SECRET)))).contains("no trusted signature"));
    let Admission::Admitted { notes, .. } = with(list(RevokedKind::Plugin, hash_of(b"another"))) else {
        panic!("not admitted")
    };
    assert!(notes.is_empty(), "{notes:?}");

    let text = canonical(&list(RevokedKind::Plugin, hash_of(b"plugin"))).expect("canonical");
    assert!(Revocations::read(&text, &[&public_key(&OTHER)]).is_ok());
    assert!(Revocations::read(&text, &[&public_key(&SECRET)]).is_err());
    assert!(Revocations::read(&text.replace("a found", "no found"), &[&public_key(&OTHER)]).is_err());
}
