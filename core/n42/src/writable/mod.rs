//! Documents that can be written: whatever was read, made such that the schema and the rules take it.

mod analysis;
mod counts;
mod ids;
mod measurement;
mod scale;
mod source;
mod text;

use crate::document::{Detector, Document};
use crate::reader::failure::LIMITS;
use crate::repair::{Notes, Repair, Rule};
use crate::time::DateTime;
use counts::Frames;
use ids::{Ids, Renamed};
pub(crate) use scale::MIN_CHANNELS_BY_COEFFICIENTS;
use scale::Scales;

/// A document that the schema and the 57 rules take, as long as none of its times lies in the future. Reading what
/// is written of it gives it back.
#[derive(Debug, Clone, PartialEq)]
pub struct Writable(Document);

impl Writable {
    /// Makes a document writable. What is missing is assumed, what the standard cannot carry is brought into a
    /// form that it can, and each such step is reported.
    ///
    /// Where the document has no gamma spectra, its gamma gross counts become spectra too, with the windows as
    /// channels: widely used readers drop gamma gross counts without a word.
    ///
    /// `spare` makes the document's UUID (version 8 of RFC 9562) where it has none; the first bytes of a digest
    /// of what was read do.
    pub fn new(document: Document, spare: [u8; 16]) -> (Self, Vec<Repair>) {
        let mut making = Making::default();
        let document = making.document(document, spare);
        (Self(document), making.notes.into_repairs(""))
    }

    /// The document.
    pub fn document(&self) -> &Document {
        &self.0
    }

    /// The document itself.
    pub fn into_document(self) -> Document {
        self.0
    }
}

/// What is known while a document is being made writable.
#[derive(Default)]
struct Making {
    notes: Notes,
    ids: Ids,
    instrument: String,
    detectors: Detectors,
    first_item: Option<String>,
    /// What a start is set to that is not known.
    start: Option<DateTime>,
    /// References that were made for what had none.
    made: usize,
    measurements: Renamed,
    derived: Renamed,
}

/// Detectors, those among them that something refers to and nothing describes.
#[derive(Default)]
struct Detectors {
    all: Vec<Detector>,
    renamed: Renamed,
    places: std::collections::BTreeMap<String, usize>,
}

impl Making {
    fn document(&mut self, old: Document, spare: [u8; 16]) -> Document {
        let mut new = Document { uuid: Some(self.uuid(old.uuid, spare)), ..Document::default() };
        new.created = old.created.map(|time| self.in_zone(time));
        new.creator = old.creator.and_then(|text| text::free(&text));
        new.remarks = old.remarks;
        text::clean_all(&mut new.remarks);
        self.start = new.created;
        new.instrument = self.instrument(old.instrument);
        for detector in old.detectors {
            self.detector(detector);
        }
        new.items = old.items.into_iter().map(|item| self.item(item)).collect();
        self.first_item = new.items.first().map(|item| item.id.clone());
        let mut frames = Frames::new(old.windows, &mut self.ids);
        let mut scales = Scales::new(old.calibrations, &mut self.ids);
        for measurement in old.measurements {
            let old_id = measurement.id.clone();
            let measurement = self.measurement(measurement, &mut scales, &frames);
            self.measurements.add(old_id, &measurement.id);
            new.measurements.push(measurement);
        }
        for derived in old.derived {
            let old_id = derived.id.clone();
            let derived = self.derived(derived, &mut scales, &frames);
            self.derived.add(old_id, &derived.id);
            new.derived.push(derived);
        }
        self.counts_as_spectra(&mut new, &mut frames, &mut scales);
        if self.detectors.all.is_empty() {
            self.notes.add(Rule::AssumedInstrument, 0);
            self.detectors.known(&source::unknown(), &mut self.ids);
        }
        let everything: Vec<_> = new.measurements.iter().map(|measurement| measurement.id.clone()).collect();
        let results = old.results.into_iter().filter_map(|analysis| self.analysis(analysis, &everything));
        new.results = results.collect();
        self.close(new, scales, frames)
    }

    /// What could only be known at the end.
    fn close(&mut self, mut new: Document, scales: Scales, frames: Frames) -> Document {
        if new.items.is_empty()
            && let Some(id) = &self.first_item
        {
            new.items.push(crate::document::Item { id: id.clone(), ..Default::default() });
        }
        for rule in scales.rules {
            self.notes.add(rule, 0);
        }
        if self.ids.changed {
            self.notes.add(Rule::NewIds, 0);
        }
        new.detectors = std::mem::take(&mut self.detectors.all);
        new.calibrations = scales.calibrations;
        new.windows = frames.windows;
        new
    }

    fn uuid(&mut self, uuid: Option<String>, spare: [u8; 16]) -> String {
        if let Some(uuid) = uuid.filter(|uuid| is_uuid(uuid)) {
            return uuid;
        }
        self.notes.add(Rule::NewUuid, 0);
        let mut bytes = spare;
        bytes[6] = bytes[6] & 0x0f | 0x80;
        bytes[8] = bytes[8] & 0x3f | 0x80;
        let hex = |range: std::ops::Range<usize>| {
            bytes[range].iter().map(|byte| format!("{byte:02x}")).collect::<String>()
        };
        format!("{}-{}-{}-{}-{}", hex(0..4), hex(4..6), hex(6..8), hex(8..10), hex(10..16))
    }

    /// References for what has none: all there are, unless it would be too many in the whole document.
    fn references(&mut self, all: Vec<String>) -> Vec<String> {
        self.made += all.len();
        let count = if self.made > LIMITS.values { 1 } else { all.len() };
        all.into_iter().take(count).collect()
    }

    fn in_zone(&mut self, time: DateTime) -> DateTime {
        if time.zone_min.is_none() {
            self.notes.add(Rule::AssumedUtc, 0);
        }
        DateTime { zone_min: time.zone_min.or(Some(0)), ..time }
    }
}

/// Digits and letters in groups of 8, 4, 4, 4 and 12.
fn is_uuid(text: &str) -> bool {
    let groups: Vec<_> = text.split('-').collect();
    let hex = |group: &&str| group.bytes().all(|byte| byte.is_ascii_hexdigit());
    groups.iter().map(|group| group.len()).eq([8, 4, 4, 4, 12]) && groups.iter().all(hex)
}
