//! Comparing two runs: the same observations in the same order, with the same times.

use crate::trace::{Seen, Trace};

/// What may differ between a disturbed run and a clean one: what is kept of the disturbance, and the counts
/// of it.
pub const ASIDE: &[&str] = &["raw", "health"];

/// The first difference, in words; kinds in `aside` are left out.
pub fn same(clean: &Trace, other: &Trace, aside: &[&str]) -> Result<(), String> {
    same_seen(clean.seen(), other.seen(), 0, aside)
}

/// As [`same`] for any two lists, the second one later by `later_ns`.
pub fn same_seen<'a>(
    clean: impl Iterator<Item = &'a Seen>,
    other: impl Iterator<Item = &'a Seen>,
    later_ns: i64,
    aside: &[&str],
) -> Result<(), String> {
    let counts = |seen: &&'a Seen| !aside.contains(&seen.kind.as_str());
    let (mut clean, mut other) = (clean.filter(counts), other.filter(counts));
    loop {
        match (clean.next(), other.next()) {
            (None, None) => return Ok(()),
            (Some(a), Some(b)) => {
                let moved = (&*b.kind, &*b.json, b.at_ns() - later_ns, b.quality);
                if a.same() != moved {
                    return Err(format!("as in the clean run `{a}`; it came as `{b}`"));
                }
            }
            (Some(a), None) => return Err(format!("as in the clean run `{a}`. Never came.")),
            (None, Some(b)) => return Err(format!("nothing more, as in the clean run; it came `{b}`")),
        }
    }
}

/// Whether a run equals one of two.
pub fn same_as_either(first: &Trace, second: &Trace, other: &Trace, aside: &[&str]) -> Result<(), String> {
    let Err(expected) = same(first, other, aside) else { return Ok(()) };
    same(second, other, aside).map_err(|_| expected)
}
