//! Functions of 60 lines, files of 500.

use crate::assert_none;
use crate::source::{code, functions};
use crate::tree::rust;

const FUNCTION_LINES_MAX: usize = 60;
const FILE_LINES_MAX: usize = 500;

/// Files that are longer, each with its number of lines: it may shrink, and leave; nothing joins.
const LONGER_FILES: &[(&str, usize)] = &[];

#[test]
fn no_function_is_longer_than_60_lines() {
    let mut findings = Vec::new();
    for file in rust() {
        for function in functions(&code(&file.text)) {
            if function.lines > FUNCTION_LINES_MAX {
                let what = format!("`{}` has {} lines", function.name, function.lines);
                findings.push(file.at(function.line, what));
            }
        }
    }
    assert_none("A function does one thing, in at most 60 lines. Split it where its steps are:", &findings);
}

#[test]
fn no_file_is_longer_than_500_lines() {
    let mut findings = Vec::new();
    for file in rust() {
        let lines = file.text.lines().count();
        let listed = LONGER_FILES.iter().find(|(path, _)| *path == file.path).map(|(_, lines)| *lines);
        if lines > listed.unwrap_or(FILE_LINES_MAX) {
            findings.push(file.at(lines, format!("{lines} lines")));
        }
        if listed.is_some_and(|listed| lines < listed) {
            findings.push(file.at(lines, format!("only {lines} lines now: lower it in LONGER_FILES")));
        }
    }
    assert_none("A file has at most 500 lines. Move a part, or its tests, to a file of its own:", &findings);
}
