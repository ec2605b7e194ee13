//! What a run leaves behind: sealed, judged again, shown.
#![allow(clippy::unwrap_used, reason = "a test that cannot begin ends here")]

mod common;

use std::path::{Path, PathBuf};

use greenlane_conformance::bench::{Bench, Mode};
use greenlane_conformance::report;
use greenlane_conformance::results::certify::certify;
use greenlane_conformance::results::{
    Attempt, Files, Machine, Record, SEAL, Seal, plan_file, read, sessions, verify, verify_chain,
};
use greenlane_conformance::suite::{self, Line, Selection, Waivers};
use greenlane_standard::{Chain, Date, Resolver, Standard, canonical, hash_of, public_key};

const SECRET: [u8; 32] = [7; 32];
const OTHER: [u8; 32] = [8; 32];

/// A standard so small that a full run of it takes no time; one of its lines fails.
const SMALL: &str = r#"
[standard]
id = "small"
title = "A standard for tests"
version = "1.0.0"
mustpass = { basic = ["L0"], lane = ["L0", "L3"] }

[[requirement]]
id = "load/table"
scope = { applies_to = ["any"], subject = "driver", level = "L0", word = "shall" }
text = { title = "It loads", statement = "It opens in {open_ms} ms.", rationale = "A <slow> start." }
params = { open_ms = { value = 200, tighten = "lower" } }
source = [{ doc = "house", status = "house" }]
test = { method = "load/table", version = 1, clock = "sim" }
plan = { kind = "each", n = 20, misses = 0, proves = 0.86, confidence = 0.95 }
evidence = ["A"]

[[requirement]]
id = "presence/edge"
scope = { applies_to = ["presence"], subject = "driver", level = "L0", word = "shall" }
text = { title = "Edges", statement = "Each edge once.", rationale = "Vehicles." }
source = [{ doc = "house", status = "house" }]
test = { method = "presence/edge", version = 1, clock = "sim" }
plan = { kind = "fixed", n = 59, misses = 0, proves = 0.95, confidence = 0.95 }
evidence = ["A"]
"#;

fn small() -> Standard {
    Standard::load(SMALL, &Resolver { text: &|_| Err("none".to_owned()), methods: None }).unwrap()
}

fn machine() -> Machine {
    let mut machine = Machine::now(hash_of(b"suite"), Path::new("/driver.so"));
    (machine.is_debug, machine.load) = (false, "0.10".to_owned());
    machine
}

/// A full run of the remote I/O against the small standard, kept in `out`; `spoil` comes before it is sealed.
fn kept(out: &Path, secret: Option<&[u8; 32]>, spoil: impl Fn(&mut Vec<Line>)) -> (PathBuf, Option<PathBuf>) {
    let (plugin, kit, standard) = (common::load("modbus"), common::kit("modbus.io"), small());
    let info = plugin.drivers.iter().find(|driver| driver.model == "modbus.io").unwrap();
    let bench = Bench::new(&plugin, info, &kit, Mode::Certify);
    let (selection, today) = (Selection::default(), Date::parse("2026-11-24").unwrap());
    let planned = suite::plan(&standard, &bench, &selection);
    let attempt = Attempt::next(out, "modbus.io").unwrap();
    let plan = plan_file(&bench, &standard, &planned, &selection, &attempt, today.clone()).unwrap();
    attempt.write_plan(&plan, &standard, &kit, &machine()).unwrap();
    let seeds = sessions(&bench, &plan.standard.blake3, attempt.number);
    let waivers = Waivers { list: Vec::new(), today };
    let mut lines = suite::run(&bench, &planned, &selection, seeds, &waivers, &mut |_| {});
    spoil(&mut lines);
    attempt.write_result(&plan, &lines).unwrap();
    let archive = match secret {
        None => attempt.finish(None).unwrap(),
        Some(secret) => {
            let earned = certify(&bench, &standard, &plan, &lines, &machine(), "1.0").unwrap();
            let mut certificate = earned.certificate.unwrap_or_else(|| panic!("{:?}", earned.refused));
            certificate.sign("lab", secret).unwrap();
            attempt.write_certificate(&certificate.text().unwrap()).unwrap();
            attempt.finish(Some(("lab", secret))).unwrap()
        }
    };
    (attempt.folder().unwrap().to_owned(), archive)
}

/// The same files under a new seal: what a forger can do without a key.
fn sealed_again(mut files: Files) -> Files {
    let seal = canonical(&Seal::over(&files, None).unwrap()).unwrap();
    files.insert(SEAL.to_owned(), seal.into_bytes());
    files
}

#[test]
fn a_bit_changed_anywhere_in_any_file_of_a_result_is_found() {
    let out = tempfile::tempdir().unwrap();
    let (folder, _) = kept(out.path(), Some(&SECRET), |_| {});
    let files = read(&folder).unwrap();
    assert_eq!(verify(&files), Vec::<String>::new());
    assert!(files.len() >= 11, "{:?}", files.keys());
    for (name, bytes) in &files {
        for step in 0..24 {
            let bit = bytes.len() * 8 * step / 24 + step % 8;
            let mut altered = files.clone();
            altered.get_mut(name).unwrap()[bit / 8] ^= 1 << (bit % 8);
            assert!(!verify(&altered).is_empty(), "bit {bit} of {name} was changed unseen");
        }
        let mut without = files.clone();
        without.remove(name);
        assert!(!verify(&without).is_empty(), "{name} was taken away unseen");
    }
    let mut more = files;
    more.insert("note.txt".to_owned(), Vec::new());
    assert!(!verify(&more).is_empty(), "a file was added unseen");
}

#[test]
fn an_archive_holds_everything_and_no_byte_of_it_can_change() {
    let out = tempfile::tempdir().unwrap();
    let (folder, archive) = kept(out.path(), Some(&SECRET), |_| {});
    let archive = archive.unwrap();
    assert_eq!(read(&archive).unwrap(), read(&folder).unwrap());
    let bytes = std::fs::read(&archive).unwrap();
    for step in 0..64 {
        let mut altered = bytes.clone();
        altered[bytes.len() * step / 64] ^= 1 << (step % 8);
        std::fs::write(&archive, &altered).unwrap();
        assert!(read(&archive).is_err(), "byte {} was changed unseen", bytes.len() * step / 64);
    }
}

#[test]
fn a_trial_that_is_told_otherwise_is_found_whoever_seals_it() {
    let out = tempfile::tempdir().unwrap();
    let (folder, _) = kept(out.path(), None, |_| {});
    let files = read(&folder).unwrap();
    assert_eq!(verify(&sealed_again(files.clone())), Vec::<String>::new());

    // One trial made a miss, the chain and the result's link to it made right again.
    let record = Record::read(&files).unwrap();
    let mut trials = record.chained.trials.clone();
    trials[1].hit = false;
    let (mut chain, mut text) = Chain::begin(&record.result.plan_blake3);
    for trial in &trials {
        text += &chain.add(trial).unwrap();
    }
    let mut result = record.result.clone();
    result.trials_blake3 = chain.head().to_owned();
    let mut forged = files.clone();
    forged.insert("trials.jsonl".to_owned(), text.into_bytes());
    forged.insert("result.json".to_owned(), canonical(&result).unwrap().into_bytes());
    let findings = verify(&sealed_again(forged));
    assert!(findings.iter().any(|f| f.contains("the trials show `fail` with 1 of")), "{findings:?}");
}

#[test]
fn a_case_drawn_again_or_left_out_is_found() {
    for (what, spoil) in [
        ("belongs", (|lines| drop(lines[1].trials.remove(3))) as fn(&mut Vec<Line>)),
        ("belongs", |lines| lines[1].trials[3] = lines[1].trials[2].clone()),
        ("does not follow the rule", |lines| lines[1].trials[0].seed = "0001".to_owned()),
    ] {
        let out = tempfile::tempdir().unwrap();
        let (folder, _) = kept(out.path(), None, spoil);
        let findings = verify(&read(&folder).unwrap());
        assert!(findings.iter().any(|f| f.contains(what)), "{findings:?}");
    }
}

#[test]
fn a_certificate_needs_its_signer_for_every_file() {
    let out = tempfile::tempdir().unwrap();
    let (folder, _) = kept(out.path(), Some(&SECRET), |_| {});
    let files = read(&folder).unwrap();
    let record = Record::read(&files).unwrap();
    let certificate = record.certificate.unwrap();
    // Without a real capture of the device the higher class is not given.
    assert_eq!((certificate.class.as_str(), certificate.mode.as_str()), ("basic", "certify"));
    assert_eq!(certificate.signatures[0].key, public_key(&SECRET));
    let findings = verify(&sealed_again(files.clone()));
    assert!(findings.iter().any(|f| f.contains("the seal is not of a signer")), "{findings:?}");
    let mut other = files;
    let seal = canonical(&Seal::over(&other, Some(("lab", &OTHER))).unwrap()).unwrap();
    other.insert(SEAL.to_owned(), seal.into_bytes());
    assert!(!verify(&other).is_empty());
}

#[test]
fn attempts_are_chained_and_never_overwritten() {
    let out = tempfile::tempdir().unwrap();
    let (first, _) = kept(out.path(), None, |_| {});
    let (second, _) = kept(out.path(), None, |_| {});
    assert_ne!(first, second);
    let record = Record::read(&read(&second).unwrap()).unwrap();
    assert_eq!((record.plan.seed.attempt, record.plan.seed.earlier.len()), (2, 1));
    assert_ne!(record.plan.seed.sessions, Record::read(&read(&first).unwrap()).unwrap().plan.seed.sessions);
    assert_eq!(verify_chain(&second, &record), Vec::<String>::new());
    let result = first.join("result.json");
    let text = std::fs::read_to_string(&result).unwrap();
    std::fs::write(&result, text.replace("pass", "fail")).unwrap();
    assert_eq!(verify_chain(&second, &record).len(), 1);
}

#[test]
fn the_page_and_the_build_servers_file_are_whole_and_need_no_network() {
    let out = tempfile::tempdir().unwrap();
    let (folder, _) = kept(out.path(), None, |_| {});
    let record = Record::read(&read(&folder).unwrap()).unwrap();
    let page = report::page(&[&record, &record]);
    for forbidden in ["<script", "src=", "url(", "<slow>"] {
        assert!(!page.contains(forbidden), "the page holds `{forbidden}`");
    }
    for wanted in
        ["What this does not show", "id=\"load/table.1\"", "It opens in 200 ms", "A &lt;slow&gt; start"]
    {
        assert!(page.contains(wanted), "the page lacks `{wanted}`");
    }
    let junit = report::junit(&record);
    let mut reader = quick_xml::Reader::from_str(&junit);
    let mut names = Vec::new();
    loop {
        match reader.read_event().unwrap() {
            quick_xml::events::Event::Eof => break,
            quick_xml::events::Event::Start(tag) => names.push(tag.name().as_ref().to_owned()),
            _ => {}
        }
    }
    let count = |name: &str| names.iter().filter(|n| *n == name).count();
    assert_eq!((count("testsuite"), count("testcase")), (2, 2));
    let table = report::table(&[&record, &record]);
    assert!(table.contains("presence/edge  pass 59"), "{table}");
}

#[test]
fn a_busy_machine_or_a_debug_build_gives_no_certificate() {
    assert_eq!(machine().dirt(), None);
    assert!(Machine { is_debug: true, ..machine() }.dirt().is_some());
    assert!(Machine { load: "99.00".to_owned(), ..machine() }.dirt().is_some());
    assert!(Machine { load: String::new(), ..machine() }.dirt().is_some());
}
