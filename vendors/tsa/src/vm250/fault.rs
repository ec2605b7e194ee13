//! Faults that the device repeats every few seconds, turned into one "on" and one "off".

use std::fmt::Write as _;

use greenlane_driver::Outbox;
use greenlane_driver::model::{Severity, Stamp};

use super::line::Tag;
use super::setup::Known;

/// A count field that is full: the true count is this or more.
const FULL: u32 = 999_999;

/// Which faults are on.
///
/// All are errors: the device itself calls them faults, and whether it still raises alarms meanwhile is in no
/// public source, so a "clear" given under them is no evidence.
#[derive(Debug, Default)]
pub(super) struct Faults {
    gamma_high: bool,
    gamma_low: bool,
    neutron_high: bool,
    gamma_over_range: bool,
    neutron_over_range: bool,
}

impl Faults {
    /// After a gamma background line: GH, GL and GB replace each other.
    pub(super) fn gamma(&mut self, now: Stamp, tag: Tag, counts: &[u32; 4], known: &Known, out: &mut Outbox) {
        let (high, low) = (tag == Tag::Gh, tag == Tag::Gl);
        set(&mut self.gamma_high, high, now, "gamma_high", out, || {
            beyond("panel", "above", counts, known.gamma_high, |count, level| count > level)
        });
        set(&mut self.gamma_low, low, now, "gamma_low", out, || {
            beyond("panel", "below", counts, known.gamma_low, |count, level| count < level)
        });
    }

    /// After a neutron background line: NH and NB replace each other.
    pub(super) fn neutron(
        &mut self,
        now: Stamp,
        tag: Tag,
        counts: &[u32; 4],
        known: &Known,
        out: &mut Outbox,
    ) {
        set(&mut self.neutron_high, tag == Tag::Nh, now, "neutron_high", out, || {
            beyond("bank", "above", counts, known.neutron_high, |count, level| count > level)
        });
    }

    /// After a gamma sample: a full field says no more than "at least this much".
    pub(super) fn gamma_sample(&mut self, now: Stamp, counts: &[u32; 4], out: &mut Outbox) {
        over_range(&mut self.gamma_over_range, counts.contains(&FULL), now, "gamma_over_range", out);
    }

    /// After a neutron sample, likewise.
    pub(super) fn neutron_sample(&mut self, now: Stamp, counts: &[u32; 4], out: &mut Outbox) {
        over_range(&mut self.neutron_over_range, counts.contains(&FULL), now, "neutron_over_range", out);
    }

    /// After an occupancy: no sample follows that could take these back.
    pub(super) fn vacant(&mut self, now: Stamp, out: &mut Outbox) {
        over_range(&mut self.gamma_over_range, false, now, "gamma_over_range", out);
        over_range(&mut self.neutron_over_range, false, now, "neutron_over_range", out);
    }
}

fn over_range(is: &mut bool, want: bool, now: Stamp, code: &str, out: &mut Outbox) {
    set(is, want, now, code, out, || format!("a count field is full: {FULL} or more"));
}

fn set(is: &mut bool, want: bool, now: Stamp, code: &str, out: &mut Outbox, text: impl FnOnce() -> String) {
    if *is != want {
        *is = want;
        let text = if want { text() } else { String::new() };
        out.fault(now, code, Severity::Error, want, text);
    }
}

/// Names the panels or banks that are beyond the level, if the level is known.
fn beyond(
    unit: &str,
    side: &str,
    counts: &[u32; 4],
    level: Option<u64>,
    is_beyond: impl Fn(u64, u64) -> bool,
) -> String {
    let Some(level) = level else { return format!("{unit}s {side} a level that the device has not told") };
    let mut text = String::new();
    for (number, &count) in (1..).zip(counts) {
        if is_beyond(u64::from(count), level) {
            let comma = if text.is_empty() { "" } else { ", " };
            // Writing to a String cannot fail.
            let _ = write!(text, "{comma}{unit} {number} ({count})");
        }
    }
    match text.as_str() {
        "" => format!("no {unit} alone is {side} {level}, yet the device says so"),
        _ => format!("{text} {side} {level}"),
    }
}
