//! The house rules: what `rustc`, `rustfmt` and `clippy` cannot know.

mod arrows;
mod crates;
mod documents;
mod linked;
mod sizes;
mod source;
mod tree;
mod words;

/// Fails with all findings at once, each on a line of its own.
fn assert_none(rule: &str, findings: &[String]) {
    assert!(findings.is_empty(), "{rule}\n\n{}\n", findings.join("\n"));
}
