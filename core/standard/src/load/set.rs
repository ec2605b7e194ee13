//! What must hold for the whole set: what requirements require is there, without a circle.

use std::collections::BTreeSet;

use toml::Spanned;

use super::file::{Header, WrittenRequirement};
use super::{Problem, problem};
use crate::record::{Requirement, Word};
use crate::standard::Standard;

/// Adds the level's defaults, opens `area/*`, and checks the whole.
pub fn complete(standard: &mut Standard, header: &Header) -> Result<(), Problem> {
    add_defaults(standard, header)?;
    open_areas(standard);
    if standard.in_order().len() < standard.requirements.len() {
        return Err(problem(header.id.span(), format!("a circle: {}", circle(standard))));
    }
    for id in &header.unwaivable {
        if !standard.requirements.contains_key(id.get_ref()) {
            return Err(problem(id.span(), format!("no requirement `{}`", id.get_ref())));
        }
        standard.unwaivable.insert(id.get_ref().clone());
    }
    Ok(())
}

fn add_defaults(standard: &mut Standard, header: &Header) -> Result<(), Problem> {
    for (whose, ids) in &header.requires {
        let is_meant = |requirement: &Requirement| match whose.strip_suffix('*') {
            Some(prefix) => requirement.id.starts_with(prefix),
            None => requirement.scope.level.to_string() == *whose,
        };
        for id in ids {
            if named(standard, id).next().is_none() {
                return Err(problem(id.span(), format!("no requirement `{}`", id.get_ref())));
            }
            let mut count = 0;
            for requirement in standard.requirements.values_mut().filter(|r| is_meant(r)) {
                requirement.requires.insert(id.get_ref().clone());
                count += 1;
            }
            if count == 0 {
                return Err(problem(id.span(), format!("`{whose}` is no level or area with a requirement")));
            }
        }
    }
    Ok(())
}

/// What requirements require is known, or is an area (`load/*`) with a requirement in it.
pub fn requires(known: &BTreeSet<String>, written: &[WrittenRequirement]) -> Result<(), Problem> {
    for id in written.iter().flat_map(|requirement| &requirement.requires) {
        let is_there = match id.get_ref().strip_suffix('*') {
            Some(prefix) => known.iter().any(|known| known.starts_with(prefix)),
            None => known.contains(id.get_ref()),
        };
        if !is_there {
            return Err(problem(id.span(), format!("no requirement `{}`", id.get_ref())));
        }
    }
    Ok(())
}

/// Puts the ids of an area in the place of `area/*`. Only what shall hold can hold up others.
fn open_areas(standard: &mut Standard) {
    let shall = |requirement: &&Requirement| requirement.scope.word == Word::Shall;
    let shall: Vec<String> = standard.requirements.values().filter(shall).map(|r| r.id.clone()).collect();
    for requirement in standard.requirements.values_mut() {
        let opened = requirement.requires.iter().flat_map(|id| match id.strip_suffix('*') {
            Some(prefix) => shall.iter().filter(|id| id.starts_with(prefix)).cloned().collect(),
            None => vec![id.clone()],
        });
        requirement.requires = opened.filter(|id| *id != requirement.id).collect();
    }
}

fn named<'a>(standard: &'a Standard, id: &'a Spanned<String>) -> impl Iterator<Item = &'a String> {
    let wanted = id.get_ref();
    standard.requirements.keys().filter(move |known| match wanted.strip_suffix('*') {
        Some(prefix) => known.starts_with(prefix),
        None => *known == wanted,
    })
}

/// The ids that wait for each other.
fn circle(standard: &Standard) -> String {
    let ordered: BTreeSet<&str> = standard.in_order().iter().map(|r| r.id.as_str()).collect();
    let stuck = standard.requirements.keys().filter(|id| !ordered.contains(id.as_str()));
    stuck.cloned().collect::<Vec<_>>().join(", ")
}
