//! Exports that are effects with other clothes: passages, occupancies, decisions.

use std::collections::BTreeMap;
use std::io::Write;

use serde::Deserialize;
use serde_json::{Map, Value};

use super::{Lines, Picked, body};
use crate::{Class, Filter, JournalError, Reader};

const PASSAGE: &[&str] = &[
    "id",
    "lane",
    "entered",
    "left",
    "vehicle",
    "containers",
    "radiation",
    "images",
    "decision",
    "reasons",
    "ambiguous",
    "missing",
    "recovered",
    "standard",
];

pub(super) const OCCUPANCY: &[&str] = &[
    "device",
    "index",
    "started",
    "ended",
    "end",
    "gamma_alarm",
    "neutron_alarm",
    "max_gamma",
    "max_neutron",
    "neutron_background_cps",
    "speed_mps",
];

pub(super) const DECISION: &[&str] = &["passage", "decision", "reasons", "at"];

/// Every effect of `kind`, its `fields` alone.
pub(super) fn copied(
    reader: &Reader,
    kind: &str,
    fields: &[&'static str],
    lane: Option<&str>,
    lines: &mut Lines<'_, impl Write>,
) -> Result<(), JournalError> {
    for effect in reader.entries(effects(kind, lane)) {
        lines.write(&Picked::new(fields, body::<Map<String, Value>>(&effect?)?))?;
    }
    Ok(())
}

/// The last word on every passage. Only numbers are kept on the first walk: a year of bodies would not fit.
pub(super) fn passages(
    reader: &Reader,
    lane: Option<&str>,
    lines: &mut Lines<'_, impl Write>,
) -> Result<(), JournalError> {
    #[derive(Deserialize)]
    struct Named {
        id: String,
    }
    let mut places = BTreeMap::new();
    let mut last = Vec::new();
    for effect in reader.entries(effects("passage", lane)) {
        let effect = effect?;
        let place = *places.entry(body::<Named>(&effect)?.id).or_insert(last.len());
        if place == last.len() {
            last.push(effect.seq);
        }
        last[place] = effect.seq;
    }
    drop(places);
    for seq in last {
        lines.write(&Picked::new(PASSAGE, body::<Map<String, Value>>(&reader.entry(seq)?)?))?;
    }
    Ok(())
}

fn effects(kind: &str, lane: Option<&str>) -> Filter {
    Filter {
        lane: lane.map(str::to_owned),
        class: Some(Class::Effect),
        kind: Some(kind.to_owned()),
        ..Filter::default()
    }
}
