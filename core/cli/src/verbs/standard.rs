//! `greenlane standard check|show|list|status`: what a performance standard asks for, how sure its numbers are, and
//! who holds it at a site.

mod status;

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Context;
use clap::{Args, Subcommand};
use greenlane_standard::{Level, Requirement, Standard as Resolved, Status, Unsure};

use super::conform::standards::load;
use crate::End;
use crate::places::Places;

/// Read a performance standard.
#[derive(Subcommand)]
pub enum Standard {
    /// Is it right, and which clauses should a person still read?
    Check {
        #[command(flatten)]
        of: Of,
        /// Also the numbers that were seen in previews and papers only
        #[arg(long)]
        secondary: bool,
    },
    /// One requirement or limit, with its reasons and sources.
    Show {
        /// Its id, e.g. `rpm/alarm`
        id: String,
        #[command(flatten)]
        of: Named,
    },
    /// The requirements, one a line.
    List {
        /// Only those that begin so, e.g. `rpm/`
        #[arg(default_value = "")]
        prefix: String,
        #[command(flatten)]
        of: Named,
    },
    /// Whose evidence counts at a site, and what the monitors of its standard in force have seen.
    Status(status::StatusOf),
}

/// Which standard, as the only argument.
#[derive(Args)]
pub struct Of {
    /// The standard: a name in the tables' folder `standards`, or a file
    #[arg(default_value = "greenlane-2026", value_name = "FILE")]
    standard: String,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

/// Which standard, beside another argument.
#[derive(Args)]
pub struct Named {
    /// The standard: a name in the tables' folder `standards`, or a file
    #[arg(long, default_value = "greenlane-2026", value_name = "FILE")]
    standard: String,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

impl Standard {
    pub fn run(self, places: &Places) -> anyhow::Result<End> {
        match self {
            Self::Check { of, secondary } => {
                let from = if secondary { Status::Secondary } else { Status::Unverified };
                check(&load(places, &of.standard)?, from, of.json)
            }
            Self::Show { id, of } => show(&load(places, &of.standard)?, &id, of.json),
            Self::Status(of) => of.run(places),
            Self::List { prefix, of } => list(&load(places, &of.standard)?, &prefix, of.json),
        }
    }
}

fn check(standard: &Resolved, from: Status, json: bool) -> anyhow::Result<End> {
    let unsure = standard.unsure(from);
    let mut statuses: BTreeMap<Status, u32> = BTreeMap::new();
    for requirement in standard.requirements.values() {
        *statuses.entry(requirement.status()).or_default() += 1;
    }
    let hash = standard.hash()?;
    if json {
        let result = serde_json::json!({
            "id": standard.id, "version": standard.version, "blake3": hash, "built_on": standard.built_on,
            "requirements": standard.requirements.len(), "limits": standard.limits.len(),
            "monitors": standard.monitors.len(), "statuses": statuses, "to_read": unsure,
        });
        println!("{result}");
        return Ok(End::Ok);
    }
    println!("{} {}: {}", standard.id, standard.version, standard.title);
    println!("blake3 {hash}");
    for parent in &standard.built_on {
        println!("built on {parent}");
    }
    let counts: Vec<String> = statuses.iter().map(|(status, count)| format!("{count} {status}")).collect();
    let (limits, monitors) = (standard.limits.len(), standard.monitors.len());
    println!("{} requirements: {}", standard.requirements.len(), counts.join(", "));
    println!("{limits} limits of published standards, {monitors} monitors");
    print_reading(standard, &unsure);
    Ok(End::Ok)
}

/// Ids that rest on a clause, and what is known of it.
type Resting<'a> = (BTreeSet<&'a str>, BTreeSet<&'a str>);

/// Each clause once, with everything that rests on it.
fn print_reading(standard: &Resolved, unsure: &[Unsure]) {
    let mut clauses: BTreeMap<(&str, Status), Resting<'_>> = BTreeMap::new();
    for line in unsure {
        let (ids, notes) = clauses.entry((&line.read, line.status)).or_default();
        ids.insert(&line.id);
        notes.extend(line.note.as_deref());
    }
    if clauses.is_empty() {
        println!("no limit is left that a person should read");
        return;
    }
    println!();
    println!("{} clauses that somebody with a copy should read:", clauses.len());
    for ((read, status), (ids, notes)) in clauses {
        println!("{read}  ({status})");
        let (limits, requirements): (Vec<&str>, Vec<&str>) =
            ids.into_iter().partition(|id| standard.limits.contains_key(*id));
        for (what, ids) in [("limits", limits), ("rests on it", requirements)] {
            if !ids.is_empty() {
                println!("    {what}: {}", ids.join(", "));
            }
        }
        for note in notes {
            println!("    known: {note}");
        }
    }
    println!();
    println!("Who reads one writes name, day and copy into `seen`, and `verified` into `status`.");
}

fn show(standard: &Resolved, id: &str, json: bool) -> anyhow::Result<End> {
    if let Some(limit) = standard.limits.get(id) {
        if json {
            println!("{}", serde_json::to_string(limit)?);
            return Ok(End::Ok);
        }
        println!("{id}  {}", limit.title);
        match &limit.value {
            Some(value) => println!("value {value}"),
            None => println!("no value is known"),
        }
        print_sources(&limit.sources);
        if let Some(reason) = &limit.untested {
            println!("not tested: {reason}");
        }
        return Ok(End::Ok);
    }
    let requirement = standard.requirements.get(id).with_context(|| {
        format!("{} has no `{id}`: `greenlane standard list` shows what there is", standard.id)
    })?;
    if json {
        println!("{}", serde_json::to_string(requirement)?);
    } else {
        print_requirement(standard, requirement);
    }
    Ok(End::Ok)
}

fn print_requirement(standard: &Resolved, requirement: &Requirement) {
    let scope = &requirement.scope;
    let applies: Vec<String> = scope.applies_to.iter().cloned().map(String::from).collect();
    println!("{}  {}", requirement.id, requirement.text.title);
    println!("{} {} {}, applies to {}", scope.level, scope.subject, scope.word, applies.join(", "));
    println!();
    println!("{}", requirement.statement());
    println!("why       {}", requirement.text.rationale);
    if let Some(stimulus) = &requirement.test.stimulus {
        println!("test      {stimulus}");
    }
    println!(
        "method    {} version {}, clock {}",
        requirement.test.method, requirement.test.version, requirement.test.clock
    );
    println!("plan      {}", requirement.plan);
    for (name, param) in &requirement.params {
        let limit = param.limit.as_ref().map(|limit| format!("  from {limit}")).unwrap_or_default();
        println!("param     {name} = {}{limit}", param.value);
    }
    if !requirement.requires.is_empty() {
        let requires: Vec<&str> = requirement.requires.iter().map(String::as_str).collect();
        println!("requires  {}", requires.join(", "));
    }
    for reason in &requirement.loosened {
        println!("LOOSENED  {reason}");
    }
    if standard.unwaivable.contains(&requirement.id) {
        println!("nobody may waive it");
    }
    print_sources(&requirement.sources);
}

fn print_sources(sources: &[greenlane_standard::Source]) {
    for source in sources {
        let parts = [Some(&source.doc), source.edition.as_ref(), source.clause.as_ref()];
        let parts: Vec<&str> = parts.into_iter().flatten().map(String::as_str).collect();
        let status = source.status.to_string().to_uppercase();
        println!("source    {}  {status}", parts.join(", "));
        for more in [&source.seen, &source.note].into_iter().flatten() {
            println!("          {more}");
        }
    }
}

fn list(standard: &Resolved, prefix: &str, json: bool) -> anyhow::Result<End> {
    let found: Vec<&Requirement> = standard.starting_with(prefix).collect();
    if found.is_empty() {
        anyhow::bail!("{} has no requirement that begins with `{prefix}`", standard.id);
    }
    if json {
        println!("{}", serde_json::to_string(&found)?);
        return Ok(End::Ok);
    }
    for level in [Level::L0, Level::L1, Level::L2, Level::L3, Level::L4, Level::L5] {
        for requirement in found.iter().filter(|requirement| requirement.scope.level == level) {
            let scope = &requirement.scope;
            println!(
                "{level} {:<20} {:<6} {:<6} {:<10} {}",
                requirement.id,
                scope.subject.to_string(),
                scope.word.to_string(),
                requirement.status().to_string(),
                requirement.text.title
            );
        }
    }
    Ok(End::Ok)
}
