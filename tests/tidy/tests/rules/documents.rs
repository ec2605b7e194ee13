//! Documents and data files: what they name exists, and what they hold can be read.

use crate::assert_none;
use crate::tree::{File, files, has, rust};

#[test]
fn every_link_in_a_document_leads_to_a_file_of_the_tree() {
    let mut findings = Vec::new();
    for file in markdown() {
        let folder = file.path.rsplit_once('/').map_or("", |(folder, _)| folder);
        for (number, line) in prose(file) {
            let outside =
                |link: &&str| link.contains("://") || link.starts_with('#') || link.starts_with("mailto:");
            for link in links(line).filter(|link| !outside(link)) {
                let path = link.split('#').next().unwrap_or_default();
                if !resolved(folder, path).is_some_and(|path| has(&path)) {
                    findings.push(file.at(number, format!("`{link}` leads nowhere")));
                }
            }
        }
    }
    assert_none("Mend the link, or write what it promises:", &findings);
}

#[test]
fn every_document_in_docs_is_in_its_index() {
    let index = markdown().find(|file| file.path == "docs/index.md").map_or("", |file| &file.text);
    let documents = markdown().filter(|file| file.path.starts_with("docs/") && file.path != "docs/index.md");
    let lost = documents.filter(|file| !index.contains(&format!("({})", &file.path["docs/".len()..])));
    let findings: Vec<_> = lost.map(|file| file.at(1, "not in docs/index.md")).collect();
    assert_none("A document that nothing leads to is not read:", &findings);
}

#[test]
fn every_reason_of_a_passage_is_explained_in_docs() {
    let document = markdown().find(|file| file.path == "docs/reasons.md").map_or("", |file| &file.text);
    let known = document.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut findings = Vec::new();
    for file in rust().filter(|file| file.path.starts_with("core/lane/src/")) {
        for says in ["doubt(", "ambiguous(", "miscounted(", "add("] {
            for (at, _) in file.text.match_indices(says) {
                let words = reason(&file.text[at + says.len()..]).unwrap_or_default();
                if !known.contains(&words) {
                    findings.push(file.at(crate::source::line_of(&file.text, at), format!("`{words}`")));
                }
            }
        }
    }
    assert_none("A truck is held for it, and docs/reasons.md does not say why:", &findings);
}

/// The longest fixed part of the text that a call begins with, plain or formatted.
fn reason(call: &str) -> Option<String> {
    let call = call.trim_start();
    let text = call.strip_prefix("format!(").unwrap_or(call).trim_start().strip_prefix('"')?;
    let fixed = text.split_once('"')?.0.split(['{', '}']).step_by(2);
    let longest = fixed.max_by_key(|part| part.len())?;
    Some(longest.trim_matches([' ', ':', ';', ',']).to_owned())
}

#[test]
fn comments_cite_only_documents_of_the_tree() {
    let mut findings = Vec::new();
    for file in rust() {
        for (number, line) in file.lines() {
            let comment = line.split_once("//").map_or("", |(_, comment)| comment);
            let words = comment.split(|c: char| !(c.is_alphanumeric() || "._-/".contains(c)));
            for word in words.filter(|word| word.len() > ".md".len() && word.ends_with(".md")) {
                let known = |file: &File| file.path == word || file.path.ends_with(&format!("/{word}"));
                if !files().iter().any(known) {
                    findings.push(file.at(number, format!("`{word}` is no document of the tree")));
                }
            }
        }
    }
    assert_none("Say the fact and how sure it is; a reader has only this repository:", &findings);
}

#[test]
fn every_configuration_is_toml() {
    let folders = ["configs/", "tests/scenarios/"];
    let mut findings = Vec::new();
    for file in toml_files().filter(|file| folders.iter().any(|folder| file.path.starts_with(folder))) {
        if let Err(error) = toml::from_str::<toml::Table>(&file.text) {
            let line = error.span().map_or(1, |span| crate::source::line_of(&file.text, span.start));
            findings.push(file.at(line, error.message()));
        }
    }
    assert_none("These files are installed with the program, or run by its tests:", &findings);
}

#[test]
fn every_scenario_begins_with_a_drawing() {
    let mut findings = Vec::new();
    for file in toml_files().filter(|file| file.path.starts_with("tests/scenarios/")) {
        let head: Vec<_> = file.text.lines().take_while(|line| line.starts_with('#')).collect();
        let drawn =
            head.iter().any(|line| ["--", "==", "__", "|", "[", ">"].iter().any(|mark| line.contains(mark)));
        if head.len() < 2 || !drawn {
            findings.push(file.at(1, "no drawing of the lane in its first comment"));
        }
    }
    assert_none("A reader sees the lane and the truck before the numbers:", &findings);
}

fn markdown() -> impl Iterator<Item = &'static File> {
    files().iter().filter(|file| file.path.ends_with(".md"))
}

fn toml_files() -> impl Iterator<Item = &'static File> {
    files().iter().filter(|file| file.path.ends_with(".toml"))
}

/// The lines outside ``` fences.
fn prose(file: &File) -> impl Iterator<Item = (usize, &str)> {
    let mut fenced = false;
    file.lines().filter(move |(_, line)| {
        let fence = line.trim_start().starts_with("```");
        fenced ^= fence;
        !fenced && !fence
    })
}

/// The targets of `[text](target)`.
fn links(line: &str) -> impl Iterator<Item = &str> {
    line.split("](").skip(1).filter_map(|rest| rest.split([')', ' ']).next())
}

/// A link's path from the root; none where it leads out of the repository.
fn resolved(folder: &str, link: &str) -> Option<String> {
    let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    for part in link.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()?),
            part => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

#[test]
fn a_link_is_found_and_followed_from_its_document() {
    let found: Vec<_> = links("see [a](../b.md#c), ![d](e/f.png \"g\") and [h]").collect();
    assert_eq!(found, ["../b.md#c", "e/f.png"]);
    assert_eq!(resolved("docs/x", "../b.md").as_deref(), Some("docs/b.md"));
    assert_eq!(resolved("docs", "../../b.md"), None);
}
