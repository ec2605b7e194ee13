//! Where the chance of a run comes from: a rule that anybody can follow, so that nobody can draw again until the
//! result is liked.

use std::collections::BTreeMap;

use crate::judge::Trial;

/// The rule of [`session_seed`], in words, as plans and certificates state it.
pub const SEED_RULE: &str = "session i = first two bytes of blake3(plugin|kit|standard|suite|attempt|i)";

/// What the seeds of a run follow from.
#[derive(Debug, Clone, Copy)]
pub struct SeedOf<'a> {
    /// BLAKE3 of the compiled driver.
    pub plugin: &'a str,
    /// BLAKE3 of the kit.
    pub kit: &'a str,
    /// BLAKE3 of the resolved standard.
    pub standard: &'a str,
    /// Version of the suite.
    pub suite: &'a str,
    /// Number of the attempt, from 1: a new attempt has new seeds.
    pub attempt: u32,
}

/// The seed of a session, by [`SEED_RULE`]. Never 0, which is that of listed cases.
pub fn session_seed(of: &SeedOf<'_>, session: u32) -> u16 {
    let SeedOf { plugin, kit, standard, suite, attempt } = of;
    let text = format!("{plugin}|{kit}|{standard}|{suite}|{attempt}|{session}");
    let hash = blake3::hash(text.as_bytes());
    u16::from_be_bytes([hash.as_bytes()[0], hash.as_bytes()[1]]).max(1)
}

/// What is wrong with how the trials of one requirement were drawn: a seed that does not follow the rule, a case
/// drawn twice or left out, a listed case twice.
pub fn misdrawn(of: &SeedOf<'_>, trials: &[&Trial]) -> Option<String> {
    let mut listed = BTreeMap::new();
    let mut next: BTreeMap<(&str, u32), u64> = BTreeMap::new();
    for trial in trials {
        if trial.listed {
            if listed.insert((&trial.cell, &trial.case), ()).is_some() {
                return Some(format!("the listed case `{}` was run twice", trial.case));
            }
            continue;
        }
        if trial.seed != format!("{:04x}", session_seed(of, trial.session)) {
            return Some(format!(
                "the seed `{}` of session {} does not follow the rule",
                trial.seed, trial.session
            ));
        }
        let expected = next.entry((&trial.cell, trial.session)).or_default();
        if trial.case != expected.to_string() {
            return Some(format!(
                "case `{}` of session {} stands where {expected} belongs",
                trial.case, trial.session
            ));
        }
        *expected += 1;
    }
    None
}
