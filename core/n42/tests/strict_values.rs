//! Values and small documents, each with the verdict of xmllint, which is asked again where it is there.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod strict_support;

use greenlane_n42::strict;
use strict_support::{shared, skipped, xmllint, xmllint_is_there};

const N42: &str = "xmlns=\"http://physics.nist.gov/N42/2011/N42\"";
const XSI: &str = "xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\"";

/// A document, and whether the schema takes it.
type Case = (String, bool);

#[test]
fn values_fit_their_types_as_xmllint_has_it() {
    agree(&values());
}

#[test]
fn documents_fit_the_structure_as_xmllint_has_it() {
    agree(&documents());
}

#[test]
fn xmllint_still_says_what_is_written_down_here() {
    let Some(shared) = shared() else { return };
    if !xmllint_is_there() {
        return skipped("xmllint is not there");
    }
    let cases: Vec<Case> = values().into_iter().chain(documents()).collect();
    let documents: Vec<String> = cases.iter().map(|(document, _)| document.clone()).collect();
    let accepted = xmllint(&documents, &shared.join("n42.xsd"));
    for (at, (document, valid)) in cases.iter().enumerate() {
        assert_eq!(accepted.contains(&at), *valid, "{document}");
    }
}

fn agree(cases: &[Case]) {
    assert!(cases.len() > 100);
    for (document, valid) in cases {
        let violations = strict::check(document.as_bytes());
        assert_eq!(violations.is_empty(), *valid, "{document}: {violations:?}");
    }
}

fn values() -> Vec<Case> {
    let (mut cases, mut template) = (Vec::new(), String::new());
    for (kind, rest) in lines(include_str!("strict_support/values.txt")) {
        match kind {
            '=' => template = rest.replace("{N42}", N42),
            _ => cases
                .extend(rest.split('|').map(|value| (template.replace("{}", &plain(value)), kind == '+'))),
        }
    }
    cases
}

fn documents() -> Vec<Case> {
    let case =
        |(kind, rest): (char, &str)| (plain(&rest.replace("{N42}", N42).replace("{XSI}", XSI)), kind == '+');
    lines(include_str!("strict_support/documents.txt")).map(case).collect()
}

/// The first character of each line and what stands after the blank behind it.
fn lines(text: &str) -> impl Iterator<Item = (char, &str)> {
    text.lines()
        .filter_map(|line| Some((line.chars().next()?, line.get(2..)?)))
        .filter(|(kind, _)| *kind != '#')
}

/// Escapes made characters.
fn plain(text: &str) -> String {
    let (mut made, mut rest) = (String::new(), text);
    while let Some((before, behind)) = rest.split_once('\\') {
        made.push_str(before);
        let (escape, mut after) = behind.split_at(1);
        made.push(match escape {
            "n" => '\n',
            "r" => '\r',
            "t" => '\t',
            "u" => {
                let (code, more) = after.trim_start_matches('{').split_once('}').unwrap();
                after = more;
                char::from_u32(u32::from_str_radix(code, 16).unwrap()).unwrap()
            }
            _ => '\\',
        });
        rest = after;
    }
    made + rest
}
