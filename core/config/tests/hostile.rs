//! No text, however broken, does more than be refused.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod fake;

use fake::{here, load, load_text};
use greenlane_config::{Problem, Site};
use proptest::prelude::*;

fn valid() -> Vec<u8> {
    std::fs::read(here().join("../../configs/lanes/in-04.toml")).unwrap()
}

/// Loaded, or refused with places that exist and words on every problem.
fn is_fair(loaded: Result<Site, Vec<Problem>>) -> Result<(), String> {
    let Err(problems) = loaded else { return Ok(()) };
    if problems.is_empty() {
        return Err("refused without a reason".to_owned());
    }
    for problem in &problems {
        let inside = problem.text.get(problem.span.clone()).is_some();
        if !inside || problem.message.is_empty() || problem.help.is_empty() || problem.line() == 0 {
            return Err(format!("{problem:?}"));
        }
        let mut drawn = String::new();
        let handler = miette::NarratableReportHandler::new();
        handler.render_report(&mut drawn, problem).map_err(|_| format!("cannot be drawn: {problem:?}"))?;
    }
    Ok(())
}

#[test]
fn every_byte_taken_out_of_a_valid_file_leaves_one_that_loads_or_is_refused() {
    let text = valid();
    for at in 0..text.len() {
        let mut without = text.clone();
        without.remove(at);
        is_fair(load_text(&without)).unwrap_or_else(|why| panic!("without byte {at}: {why}"));
    }
}

#[test]
fn deep_nesting_is_refused() {
    let brackets = format!("a = {}{}", "[".repeat(200_000), "]".repeat(200_000));
    let dots = format!("{} = 1", vec!["a"; 200_000].join("."));
    let long = vec!["a"; 79].join(".");
    let both = format!("x = {}1{}", format!("{{{long} = ").repeat(70), "}".repeat(70));
    let header = format!("[{}]\n{long} = 1\n", vec!["a"; 79].join("."));
    for text in [brackets, dots, both, header] {
        let problems = load_text(text.as_bytes()).expect_err("no configuration is so deep");
        is_fair(Err(problems)).unwrap();
    }
}

#[test]
fn no_end_of_problems_is_told_as_a_hundred() {
    let long = "k".repeat(500_000);
    let under_long_key = format!("[{long}]\n{}", "a = nan\n");
    let many: String = (0..4_000).map(|n| format!("{long:.200}{n} = nan\n")).collect();
    let words = format!("[policy]\nrequire = [{}]\n", "1, ".repeat(300_000));
    let devices = "[[device]]\nname = 'a'\nmodel = 'x'\nlink = 'y'\n".repeat(20_000);
    for text in [under_long_key, many, words, devices] {
        let problems = load_text(text.as_bytes()).expect_err("no configuration");
        assert!(problems.len() <= 100, "{}", problems.len());
        assert!(problems.iter().all(|problem| problem.key.len() < 10_000 && problem.message.len() < 10_000));
        is_fair(Err(problems)).unwrap();
    }
}

#[test]
fn a_file_above_one_mebibyte_is_refused_unread() {
    let mut text = valid();
    text.resize((1 << 20) + 1, b'\n');
    let problems = load_text(&text).unwrap_err();
    assert!(problems[0].message.contains("larger than 1 MiB"), "{problems:?}");
}

#[test]
fn more_than_32_includes_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let mut names = Vec::new();
    for n in 0..33 {
        names.push(format!("'{n}.toml'"));
        std::fs::write(folder.path().join(format!("{n}.toml")), "").unwrap();
    }
    let lane = "[lane]\nname = 'x'\nmax_speed_kmh = 17\n";
    let path = folder.path().join("lane.toml");
    let with = |names: &[String]| std::fs::write(&path, format!("include = [{}]\n{lane}", names.join(", ")));
    with(&names[..32]).unwrap();
    assert!(load(&path).is_ok());
    with(&names).unwrap();
    let problems = load(&path).unwrap_err();
    assert_eq!(problems[0].key, "include[32]", "{problems:?}");
}

#[test]
fn includes_deeper_than_eight_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    for n in 0..12 {
        let text = format!("include = ['{}.toml']\n", n + 1);
        std::fs::write(folder.path().join(format!("{n}.toml")), text).unwrap();
    }
    let problems = load(&folder.path().join("0.toml")).unwrap_err();
    assert!(problems[0].message.contains("deeper than 8"), "{problems:?}");
}

#[test]
fn bytes_that_are_no_text_are_shown_where_they_stand() {
    let problems = load_text(b"[lane]\nname = \"\xff\"\n").unwrap_err();
    assert_eq!((problems[0].line(), problems[0].column()), (2, 9), "{problems:?}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn any_bytes_are_refused_fairly(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        is_fair(load_text(&bytes)).map_err(TestCaseError::fail)?;
    }

    #[test]
    fn any_toml_like_text_is_refused_fairly(
        lines in prop::collection::vec("(\\[{1,2}(lane|device|bind|policy|link|site|x)\\]{1,2}|(name|model|link|at_m|require|settings|role|include) ?= ?(\"[a-z.:é]{0,8}\"|-?[0-9.]{1,9}|\\[\\]|\\{a=1\\}|true|nan|1979-05-27))", 0..30),
    ) {
        is_fair(load_text(lines.join("\n").as_bytes())).map_err(TestCaseError::fail)?;
    }

    #[test]
    fn a_valid_file_with_a_piece_overwritten_is_fair(
        at in 0..700_usize,
        piece in prop::collection::vec(any::<u8>(), 1..12),
    ) {
        let mut text = valid();
        for (offset, byte) in piece.iter().enumerate() {
            if let Some(target) = text.get_mut(at + offset) {
                *target = *byte;
            }
        }
        is_fair(load_text(&text)).map_err(TestCaseError::fail)?;
    }
}
