//! The strict check against xmllint with the schema itself, on mutants of the shared files.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod strict_support;

use std::collections::BTreeSet;
use std::io::Write;
use std::path::Path;

use greenlane_n42::strict;
use strict_support::mutate::mutant;
use strict_support::tree::Element;
use strict_support::{Dice, WIDE, files, shared, skipped, xmllint, xmllint_is_there};

const MUTANTS: usize = 2400;
/// Files in one call of xmllint.
const BATCH: usize = 300;

#[test]
fn xmllint_and_the_strict_check_agree_on_every_mutant_of_the_shared_files() {
    let Some(shared) = shared() else { return };
    if !xmllint_is_there() {
        return skipped("xmllint is not there");
    }
    let seeds = seeds(&shared);
    let names: Vec<String> = seeds.iter().flat_map(names).collect::<BTreeSet<_>>().into_iter().collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let mut dice = Dice(42);
    let (mut valid, mut disagreements) = (0, Vec::new());
    for batch in 0..MUTANTS / BATCH {
        let mutants: Vec<String> = (0..BATCH)
            .map(|at| mutant(&seeds[(batch * BATCH + at) % seeds.len()], &names, &mut dice))
            .collect();
        let accepted = xmllint(&mutants, &shared.join("n42.xsd"));
        valid += accepted.len();
        for (at, mutant) in mutants.iter().enumerate() {
            let ours = strict::check(mutant.as_bytes());
            if ours.is_empty() != accepted.contains(&at) {
                let kept = std::env::temp_dir().join(format!("strict-{}.xml", batch * BATCH + at));
                std::fs::write(&kept, mutant).unwrap();
                disagreements.push((kept, ours));
            }
        }
    }
    let disagree = disagreements.len();
    let _ = writeln!(std::io::stderr(), "{MUTANTS} mutants, {valid} of them valid, {disagree} disagreements");
    assert!(disagreements.is_empty(), "{disagreements:#?}");
    // A generator that only breaks, or only scratches, would prove little.
    assert!((MUTANTS / 10..MUTANTS / 2).contains(&valid), "{valid}");
}

/// The documents of the shared files, those of the present dialect more often, and one of ours that has every
/// element of the format.
fn seeds(shared: &Path) -> Vec<Element> {
    let present = files(&shared.join("examples"));
    let old = files(&shared.join("nai-base"));
    let often = std::iter::repeat_n(&present, 5).flatten();
    let all = often.chain(old.iter().take(3)).map(|(_, bytes)| std::str::from_utf8(bytes).unwrap());
    all.chain(std::iter::repeat_n(WIDE, 12)).map(Element::parse).collect()
}

fn names(element: &Element) -> Vec<String> {
    let mut found = vec![element.name.clone()];
    found.extend(element.elements().flat_map(names));
    found
}
