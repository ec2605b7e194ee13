//! Every file in `refused/` is refused, with exactly the problems that its head names: one line each,
//! `# LINE:COLUMN KEY | PHRASE`, the phrase being part of the message or the help. A problem in another file
//! has that file's name before the line. A bug adds a file first.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod fake;

use std::path::Path;

use greenlane_config::Problem;

#[test]
fn every_file_is_refused_where_and_why_its_head_says() {
    let mut files: Vec<_> = std::fs::read_dir(fake::here().join("tests/refused"))
        .unwrap()
        .map(|file| file.unwrap().path())
        .collect();
    files.retain(|path| path.extension().is_some_and(|end| end == "toml"));
    files.sort();
    assert!(files.len() >= 60, "only {} files", files.len());
    let wrong: Vec<String> = files.iter().filter_map(|path| differs(path)).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn differs(path: &Path) -> Option<String> {
    let bytes = std::fs::read(path).unwrap();
    let text = String::from_utf8_lossy(&bytes);
    let expected: Vec<&str> = text.lines().map_while(|line| line.strip_prefix("# ")).collect();
    let problems = fake::load(path).err().unwrap_or_default();
    let same = expected.len() == problems.len()
        && expected.iter().all(|line| problems.iter().any(|problem| is(path, problem, line)));
    let seen: Vec<String> = problems.iter().map(|problem| shown(path, problem)).collect();
    (!same).then(|| {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        format!(
            "{name}\n  expected {}\n  seen     {}",
            expected.join("\n           "),
            seen.join("\n           ")
        )
    })
}

fn is(path: &Path, problem: &Problem, line: &str) -> bool {
    let (place, phrase) = line.split_once(" | ").expect("LINE:COLUMN KEY | PHRASE");
    let text = format!("{}; {}", problem.message, problem.help);
    at(path, problem) == place && text.contains(phrase)
}

fn at(path: &Path, problem: &Problem) -> String {
    let place = format!("{}:{} {}", problem.line(), problem.column(), problem.key);
    if problem.file == path {
        return place;
    }
    format!("{}:{place}", problem.file.file_name().unwrap().to_string_lossy())
}

fn shown(path: &Path, problem: &Problem) -> String {
    format!("{} | {}; {}", at(path, problem), problem.message, problem.help)
}
