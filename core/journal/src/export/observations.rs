//! What devices said, and four kinds of it with their own columns.

use std::io::Write;

use greenlane_model::Stamp;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use super::{Lines, Picked, body};
use crate::entry::StampColumns;
use crate::{Class, Entries, Filter, JournalError, Reader, Recorded};

pub(super) const FAULT: &[&str] = &["device", "code", "severity", "on", "at"];
pub(super) const TAMPER: &[&str] = &["device", "on", "at"];
pub(super) const PRESENCE: &[&str] = &["device", "point", "covered", "snapshot", "at"];
pub(super) const PULSES: &[&str] = &["device", "point", "total", "gained", "at"];

/// An input of kind `observation`.
#[derive(Deserialize)]
struct Said {
    observation: Observation,
}

/// An observation whose body may be of a kind that nobody knows yet.
#[derive(Deserialize)]
struct Observation {
    device: String,
    seq: u64,
    epoch: u32,
    at: Stamp,
    received: Stamp,
    quality: String,
    kind: String,
    body: Box<RawValue>,
}

/// A line of `observation`: nothing is left out, the body is as it stands.
#[derive(Serialize)]
struct Line<'a> {
    lane: &'a str,
    entry: u64,
    device: &'a str,
    seq: u64,
    epoch: u32,
    at: String,
    at_mono: String,
    at_uncertainty_ns: u64,
    received: String,
    received_mono: String,
    quality: &'a str,
    kind: &'a str,
    body: &'a RawValue,
}

/// Every observation.
pub(super) fn whole(
    reader: &Reader,
    lane: Option<&str>,
    lines: &mut Lines<'_, impl Write>,
) -> Result<(), JournalError> {
    for input in said(reader, lane) {
        let input = input?;
        let o = body::<Said>(&input)?.observation;
        lines.write(&Line {
            lane: &input.entry.lane,
            entry: input.seq,
            device: &o.device,
            seq: o.seq,
            epoch: o.epoch,
            at: o.at.rfc3339(),
            at_mono: StampColumns::from(o.at).mono,
            at_uncertainty_ns: o.at.uncertainty_ns,
            received: o.received.rfc3339(),
            received_mono: StampColumns::from(o.received).mono,
            quality: &o.quality,
            kind: &o.kind,
            body: &o.body,
        })?;
    }
    Ok(())
}

/// Every observation of one kind: the `fields` of its body, with `device` and `at`.
pub(super) fn bodies(
    reader: &Reader,
    kind: &str,
    fields: &[&'static str],
    lane: Option<&str>,
    lines: &mut Lines<'_, impl Write>,
) -> Result<(), JournalError> {
    for input in said(reader, lane) {
        let input = input?;
        let Observation { device, at, kind: said, body, .. } = body::<Said>(&input)?.observation;
        if said == kind {
            lines.write(&Picked::new(fields, with_columns(&input, &device, at, &body)?))?;
        }
    }
    Ok(())
}

fn with_columns(
    input: &Recorded,
    device: &str,
    at: Stamp,
    body: &RawValue,
) -> Result<Map<String, Value>, JournalError> {
    let mut columns: Map<String, Value> = serde_json::from_str(body.get())
        .map_err(|error| JournalError::Entry { seq: input.seq, why: format!("its observation: {error}") })?;
    columns.insert("device".to_owned(), device.into());
    columns.insert("at".to_owned(), at.rfc3339().into());
    Ok(columns)
}

fn said<'r>(reader: &'r Reader, lane: Option<&str>) -> Entries<'r> {
    reader.entries(Filter {
        lane: lane.map(str::to_owned),
        class: Some(Class::Input),
        kind: Some("observation".to_owned()),
        ..Filter::default()
    })
}
