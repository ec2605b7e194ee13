//! Putting parts together to a document.

use std::collections::{BTreeMap, BTreeSet};

use crate::document::{Document, Instrument};
use crate::reader::Part;
use crate::reader::failure::LIMITS;

/// Adds a part to its document; at the end, groups become the measurements that are in them.
pub(crate) fn add(document: &mut Document, part: Part) {
    match part {
        Part::Start { .. } => (),
        Part::Creator(creator) => document.creator = Some(creator),
        Part::Remark(remark) => document.remarks.push(remark),
        // Older documents say it with each measurement: the first counts.
        Part::Instrument(instrument) => {
            if document.instrument == Instrument::default() {
                document.instrument = instrument;
            }
        }
        Part::Detector(detector) => document.detectors.push(detector),
        Part::Item(item) => document.items.push(item),
        Part::Calibration(calibration) => document.calibrations.push(calibration),
        Part::Windows(windows) => document.windows.push(windows),
        Part::Measurement(measurement) => document.measurements.push(measurement),
        Part::Derived(derived) => document.derived.push(derived),
        Part::Analysis(analysis) => document.results.push(analysis),
        Part::End => resolve_groups(document),
    }
}

/// A group that many analyses name would make each of them as long as the group: what is beyond the limit stays
/// a group.
fn resolve_groups(document: &mut Document) {
    let mut members = BTreeMap::<String, Vec<String>>::new();
    for measurement in &mut document.measurements {
        for group in std::mem::take(&mut measurement.groups) {
            members.entry(group).or_default().push(measurement.id.clone());
        }
    }
    let mut room = LIMITS.values;
    for analysis in &mut document.results {
        for group in std::mem::take(&mut analysis.groups) {
            let ids = members.get(&group).map_or(&[][..], Vec::as_slice);
            match room.checked_sub(ids.len()) {
                Some(left) => {
                    room = left;
                    analysis.measurements.extend_from_slice(ids);
                }
                None => analysis.groups.push(group),
            }
        }
        let mut seen = BTreeSet::new();
        analysis.measurements.retain(|id| seen.insert(id.clone()));
    }
}
