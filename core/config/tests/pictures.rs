//! What a person sees, letter by letter.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod fake;

use greenlane_config::Problem;
use miette::{GraphicalReportHandler, GraphicalTheme};

fn picture(name: &str) -> String {
    let path = fake::here().join("tests/refused").join(name);
    let problems = fake::load(&path).expect_err("a file that is refused");
    let handler = GraphicalReportHandler::new_themed(GraphicalTheme::unicode_nocolor()).with_width(100);
    let folder = format!("{}/", path.parent().unwrap().display());
    problems.iter().map(|problem: &Problem| draw(&handler, problem)).collect::<String>().replace(&folder, "")
}

fn draw(handler: &GraphicalReportHandler, problem: &Problem) -> String {
    let mut drawn = String::new();
    handler.render_report(&mut drawn, problem).unwrap();
    drawn.lines().map(|line| format!("{}\n", line.trim_end())).collect()
}

fn golden(name: &str) -> String {
    std::fs::read_to_string(fake::here().join("tests/pictures").join(name)).unwrap_or_default()
}

#[test]
fn a_wrong_unit_is_drawn_with_the_right_one() {
    let drawn = picture("speed-in-mph.toml");
    assert_eq!(drawn, golden("speed-in-mph.txt"), "\n{drawn}");
}

#[test]
fn a_conflict_is_drawn_with_both_places() {
    let drawn = picture("green-light-safe-on.toml");
    assert_eq!(drawn, golden("green-light-safe-on.txt"), "\n{drawn}");
}

#[test]
fn a_conflict_between_files_names_the_other_file() {
    let drawn = picture("key-also-in-include.toml");
    assert_eq!(drawn, golden("key-also-in-include.txt"), "\n{drawn}");
}

#[test]
fn a_file_that_cannot_be_read_is_told_without_a_picture() {
    let problems = fake::load(std::path::Path::new("nowhere/lane.toml")).unwrap_err();
    let handler = GraphicalReportHandler::new_themed(GraphicalTheme::unicode_nocolor()).with_width(100);
    let drawn = draw(&handler, &problems[0]);
    assert!(drawn.contains("nowhere/lane.toml cannot be read"), "{drawn}");
}
