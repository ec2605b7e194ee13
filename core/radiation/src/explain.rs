//! Whether the papers account for a radiation alarm.
//!
//! ```text
//! let table   = Expectations::parse(&text)?;           // configs/cargo/expectations.toml
//! let profile = Profile::default();                    // or from the site's file
//! let answer  = explain(&facts, &table, &profile);
//! answer.verdict       // NothingToExplain | Explained | CannotTell | NotExplained, the strictest last
//! answer.audit_drawn   // with Explained: inspect all the same (R10)
//! answer.findings      // every rule that fired and every condition that was looked at, with an id and words
//! ```
//!
//! A caller maps `Explained` to a release, drawn for audit to an inspection, `CannotTell` to a person and
//! `NotExplained` to an inspection. Call it for every passage, with or without an alarm: a declared strong
//! load that shows nothing is a finding too.
//!
//! [`Facts`] is all that goes in: alarms of the device and of our own tests, what was identified, the shape of
//! the excess along the vehicle (m from its front), the containers with their [`Papers`], degraded inputs,
//! image anomalies, the largest point source that detection would have missed, and the host's audit draw.
//!
//! Invariants: `rules::hard`, which holds R1 to R8, is never given a [`Profile`], so that no site can switch
//! one of them off; its limits are constants and the table's. R9 looks at one thing of the profile only, the
//! shape rule that an authority approved. R10 is the host's draw. Adding an alarm, a degraded input or a
//! nuclide of class `snm` or `industrial` never makes a verdict milder. A number that is not finite counts
//! against an explanation.

mod conditions;
mod facts;
mod findings;
mod found;
mod loads;
mod profile;
mod rules;
mod table;

use std::fmt::Write as _;

pub use facts::*;
pub use findings::*;
pub use found::own_alarms;
#[cfg(doc)]
use greenlane_model::Papers;
pub use profile::{Profile, ProfileError, ShapeRule};
pub use table::{Chain, Expectations, Needs, Reference, Row, TableError};

use loads::Loads;

/// Whether the papers of a vehicle account for what its radiation measurements say, and why.
pub fn explain(facts: &Facts, table: &Expectations, profile: &Profile) -> Explanation {
    let loads = Loads::of(facts, table);
    let mut findings = rules::hard(facts, &loads, table);
    if !facts.alarms.is_empty() || !findings.is_empty() {
        findings.extend(conditions::all(facts, &loads, table, profile));
    }
    findings.extend(conditions::mismatch(facts, &loads, profile));
    let verdict = findings.iter().map(|finding| finding.effect.verdict()).max().unwrap_or_default();
    let audit_drawn = facts.audit_drawn && verdict == Verdict::Explained;
    if audit_drawn {
        let says = "drawn at random for inspection, though it is explained".to_owned();
        findings.push(Finding { rule: Rule::R10, effect: Effect::Audit, says });
    }
    findings.sort_by_key(|finding| finding.rule);
    Explanation {
        verdict,
        audit_drawn,
        matches: loads.matches(facts),
        missed_95_cps: conditions::missed(facts),
        findings,
    }
}

impl Explanation {
    /// The verdict and what led to it, in one sentence a finding.
    pub fn words(&self) -> String {
        let mut words = format!("{}", self.verdict);
        for finding in self.decisive() {
            let _ = write!(words, "; {finding}");
        }
        words
    }

    /// The findings that made the verdict what it is; for `Explained`, all of them.
    pub fn decisive(&self) -> impl Iterator<Item = &Finding> {
        let audit = |finding: &Finding| finding.effect == Effect::Audit;
        self.findings.iter().filter(move |f| audit(f) || f.effect.verdict() == self.verdict)
    }
}
