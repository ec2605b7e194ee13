//! What failing cases have in common that passing ones have not.

use std::collections::BTreeSet;

use crate::trials::Done;

/// One sentence, when there is more than one failure and a feature that sets them apart.
pub fn pattern(done: &[Done]) -> Option<String> {
    let (passed, failed): (Vec<&Done>, Vec<&Done>) = done.iter().partition(|d| d.trial.hit);
    if failed.len() < 2 {
        return None;
    }
    let features: BTreeSet<&String> = failed.iter().flat_map(|d| &d.features).collect();
    let count = |set: &[&Done], feature: &String| set.iter().filter(|d| d.features.contains(feature)).count();
    let best = features.into_iter().max_by_key(|feature| {
        let (inside, outside) = (count(&failed, feature), count(&passed, feature));
        // What separates best, in parts of a million.
        inside * 1_000_000 / failed.len() + 1_000_000 - outside * 1_000_000 / passed.len().max(1)
    })?;
    let (inside, outside) = (count(&failed, best), count(&passed, best));
    if inside * passed.len() <= outside * failed.len() {
        return None;
    }
    Some(format!(
        "{inside} of {} failures, and {outside} of {} other cases: {best}",
        failed.len(),
        passed.len()
    ))
}
