//! The 57 data validation rules of N42.42-2011 (Annex M; its rule file has them as 57 Schematron patterns with 61
//! assertions), each under the name of its pattern.
//!
//! The rules go with the structure (see [`crate::strict`]) and do not repeat it: a date that is no date is the
//! structure's matter. They are followed as the rule file states them, its slips included, so that a Schematron processor comes to the same verdict:
//! `AnalysisDataReferencesExclusivityCheck` misses derived data beside measurements, and
//! `TotalEfficiencyCalibrationReferenceTypeMatch` looks for an attribute that the schema does not have.
//! A spectrum without a detector reference, which the schema allows, breaks
//! `RadMeasurementUniqueDetectorCheck-Spectrum`.
//!
//! The rule file leaves it to the schema to say what an id is. Here it is the attribute `id` of any element; of
//! two equal ones the first counts.

mod lists;
mod tables;

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use crate::strict::{Attribute, Event, Moment, N42, Name, Walk, collapse, date_time, decode};
use tables::{
    DATE_ATTRIBUTES, DATE_ELEMENTS, DERIVED_ONLY, EQUAL_LISTS, NAMES, ONE_PER_DETECTOR, OTHERS, REFERENCES,
    Reference, TEXTS,
};

/// The names of the rules that a document breaks, each once, in the order of the rule file.
///
/// `now_utc_seconds` is the present in seconds since 1970-01-01T00:00:00Z: a date in the document must lie
/// before it, and one without a zone counts as UTC. A file that is no XML document breaks no rule, because
/// there is nothing to judge; the structure's check reports it.
pub fn check(bytes: &[u8], now_utc_seconds: i64) -> Vec<&'static str> {
    let Ok(text) = decode(bytes) else { return Vec::new() };
    let now = Moment { seconds: now_utc_seconds.into(), fraction: false };
    let mut checker =
        Checker { now, open: Vec::new(), ids: BTreeMap::new(), later: Vec::new(), broken: BTreeSet::new() };
    let mut walk = Walk::new(&text);
    loop {
        match walk.next() {
            Ok(Event::Start(name, attributes)) => checker.start(&name, attributes),
            Ok(Event::End) => checker.end(),
            Ok(Event::Text(text) | Event::CData(text)) => checker.text(&text),
            Ok(Event::Eof) => break,
            Err(_) => return Vec::new(),
        }
    }
    checker.resolve();
    NAMES.into_iter().filter(|name| checker.broken.contains(name)).collect()
}

struct Checker<'a> {
    now: Moment,
    open: Vec<Frame<'a>>,
    ids: BTreeMap<Cow<'a, str>, Target<'a>>,
    later: Vec<Later<'a>>,
    broken: BTreeSet<&'static str>,
}

/// An open element.
struct Frame<'a> {
    local: &'a str,
    in_format: bool,
    /// Those of no namespace.
    attributes: Vec<(&'a str, Cow<'a, str>)>,
    /// The text so far, within an element whose text counts.
    text: Option<String>,
    /// The texts of children that count, the first of each name.
    children: BTreeMap<&'a str, String>,
    /// The id is this element's, and no earlier one's.
    owns_id: bool,
    /// A child Characteristic is out of limits.
    out_of_limits: bool,
    /// A child ChannelData has counted zeroes.
    counted_zeroes: bool,
    /// Elements with their detector, of which there is one each.
    detectors: BTreeSet<(&'static str, Cow<'a, str>)>,
}

/// What the rules want to know about an element with an id.
struct Target<'a> {
    local: &'a str,
    windows: usize,
    boundaries: usize,
}

/// What can be judged only when all ids are known.
enum Later<'a> {
    References(&'static Reference, Cow<'a, str>),
    /// Number of counts, and the windows they belong to.
    Counts(usize, Cow<'a, str>),
    /// Number of channels, and their calibration.
    Channels(f64, Cow<'a, str>),
    /// Where an instrument's location is told from.
    InstrumentOrigin(Cow<'a, str>),
}

impl<'a> Frame<'a> {
    fn is(&self, name: &str) -> bool {
        self.in_format && self.local == name
    }

    fn attribute(&self, name: &str) -> Option<&Cow<'a, str>> {
        self.attributes.iter().find(|(found, _)| *found == name).map(|(_, value)| value)
    }

    fn child(&self, name: &str) -> &str {
        self.children.get(name).map_or("", String::as_str)
    }

    /// Whether an attribute is a boolean of this value.
    fn says(&self, name: &str, forms: [&str; 2]) -> bool {
        self.attribute(name).is_some_and(|value| forms.contains(&collapse(value).as_ref()))
    }
}

impl<'a> Checker<'a> {
    fn start(&mut self, name: &Name<'a>, attributes: Vec<Attribute<'a>>) {
        let in_format = name.space.as_ref() == N42;
        let plain = attributes.into_iter().filter(|attribute| attribute.name.space.is_empty());
        let collects = self.open.last().is_some_and(|parent| parent.text.is_some());
        let mut frame = Frame {
            local: name.local,
            in_format,
            attributes: plain.map(|attribute| (attribute.name.local, attribute.value)).collect(),
            text: (collects || (in_format && TEXTS.contains(&name.local))).then(String::new),
            children: BTreeMap::new(),
            owns_id: false,
            out_of_limits: false,
            counted_zeroes: false,
            detectors: BTreeSet::new(),
        };
        if let Some(id) = frame.attribute("id").map(collapsed) {
            frame.owns_id = !self.ids.contains_key(&id);
            self.ids.entry(id).or_insert(Target { local: name.local, windows: 0, boundaries: 0 });
        }
        self.attributes(&frame);
        self.within_parent(&frame);
        self.origin(&frame);
        self.open.push(frame);
    }

    fn text(&mut self, text: &str) {
        if let Some(collected) = self.open.last_mut().and_then(|frame| frame.text.as_mut()) {
            collected.push_str(text);
        }
    }

    fn end(&mut self) {
        let Some(mut frame) = self.open.pop() else { return };
        self.content(&frame);
        self.lists_within(&frame);
        self.element(&frame);
        if let Some(target) = frame.attribute("id").and_then(|id| self.ids.get_mut(collapse(id).as_ref()))
            && frame.owns_id
        {
            target.windows = lists::count(frame.child("WindowStartEnergyValues"));
            target.boundaries = lists::count(frame.child("EnergyBoundaryValues"));
        }
        let (Some(text), Some(parent)) = (frame.text.take(), self.open.last_mut()) else { return };
        if let Some(collected) = &mut parent.text {
            collected.push_str(&text);
        }
        if frame.in_format {
            parent.children.entry(frame.local).or_insert(text);
        }
    }

    fn breaks(&mut self, rule: &'static str, broken: bool) {
        if broken {
            self.broken.insert(rule);
        }
    }

    fn in_future(&self, text: &str) -> bool {
        date_time(text.trim()).is_some_and(|moment| moment >= self.now)
    }

    /// Rules on one attribute, whatever its element.
    fn attributes(&mut self, frame: &Frame<'a>) {
        for (name, value) in &frame.attributes {
            if let Some((_, rule)) = DATE_ATTRIBUTES.iter().find(|(attribute, _)| attribute == name) {
                self.breaks(rule, self.in_future(value));
            }
            if let Some(reference) = REFERENCES.iter().find(|reference| reference.attribute == *name) {
                self.later.push(Later::References(reference, value.clone()));
            }
        }
    }

    /// Rules on an element and its parent.
    fn within_parent(&mut self, frame: &Frame<'a>) {
        let Some(parent) = self.open.last_mut() else { return };
        parent.out_of_limits |= frame.is("Characteristic") && frame.says("valueOutOfLimits", ["true", "1"]);
        let counted = frame.is("ChannelData") && is_counted(frame);
        parent.counted_zeroes |= counted;
        let underived = parent.local != "DerivedData";
        let measured =
            ONE_PER_DETECTOR.iter().find(|(name, _)| parent.is("RadMeasurement") && frame.is(name));
        if let Some((name, rule)) = measured {
            let detector = frame.attribute("radDetectorInformationReference");
            let first = detector.is_some_and(|id| parent.detectors.insert((name, collapsed(id))));
            self.breaks(rule, !first);
        }
        for (attribute, rule) in DERIVED_ONLY {
            self.breaks(rule, underived && frame.attribute(attribute).is_some());
        }
    }

    /// A location told from a place is not told from the thing that stands there.
    fn origin(&mut self, frame: &Frame<'a>) {
        let [.., state, vector, location] = self.open.as_slice() else { return };
        let path = frame.is("Origin") && location.is("RelativeLocation") && vector.is("StateVector");
        let Some(reference) = frame.attribute("originReference").filter(|_| path) else { return };
        let circular = |attribute| match state.attribute(attribute) {
            Some(own) => collapse(own) == collapse(reference),
            None => true,
        };
        let broken = (state.is("RadDetectorState") && circular("radDetectorInformationReference"))
            || (state.is("RadItemState") && circular("radItemInformationReference"));
        if state.is("RadInstrumentState") {
            self.later.push(Later::InstrumentOrigin(reference.clone()));
        }
        self.breaks("OriginReferenceCircularReferenceCheck", broken);
    }

    /// Rules on the text of one element.
    fn content(&mut self, frame: &Frame<'a>) {
        let Some(text) = frame.text.as_deref().filter(|_| frame.in_format) else { return };
        if let Some((_, rule)) = DATE_ELEMENTS.iter().find(|(name, _)| *name == frame.local) {
            self.breaks(rule, self.in_future(text));
        }
        match frame.local {
            "EnergyBoundaryValues" => {
                self.breaks("EnergyBoundaryIncreasingValuesCheck", !lists::increases(text));
            }
            "EnergyValues" => self.breaks("EnergyIncreasingListValuesCheck", !lists::increases(text)),
            "WindowStartEnergyValues" => {
                self.breaks("WindowStartIncreasingListValuesCheck", !lists::never_decreases(text));
            }
            "ChannelData" => {
                self.breaks("CompressionCheck", is_counted(frame) && !lists::zeroes_counted(text));
            }
            _ => (),
        }
    }

    /// Rules on several children of one element.
    fn lists_within(&mut self, frame: &Frame<'a>) {
        for (first, second, rule) in EQUAL_LISTS {
            let counts = frame.children.get(first).map(|text| lists::count(text));
            self.breaks(rule, counts.is_some_and(|count| count != lists::count(frame.child(second))));
        }
        for (parent, code, description, rule) in OTHERS {
            let other = frame.is(parent) && collapse(frame.child(code)) == "Other";
            self.breaks(rule, other && !frame.children.contains_key(description));
        }
        let described = frame.children.contains_key("OriginDescription");
        let originates = frame.attribute("originReference").is_some();
        self.breaks("OriginReferenceDescriptionCheck", originates && !described);
    }

    /// Rules on one kind of element.
    fn element(&mut self, frame: &Frame<'a>) {
        match frame.local {
            _ if !frame.in_format => (),
            "AnalysisResults" => {
                let has = |name| frame.attribute(name).is_some();
                let (group, measurement) =
                    (has("radMeasurementGroupReferences"), has("radMeasurementReferences"));
                let derived = has("derivedDataReferences");
                // The rule file asks for an element where it means the attribute, so derived data beside
                // measurements pass.
                let several = group && (derived || measurement);
                let none = !(derived || group || measurement);
                self.breaks("AnalysisDataReferencesExclusivityCheck", several || none);
            }
            "CharacteristicGroup" => {
                let within = frame.says("groupOutOfLimits", ["false", "0"]);
                self.breaks("CharacteristicGroupOOLConsistencyCheck", within && frame.out_of_limits);
            }
            "EnergyWindows" => {
                let (starts, ends) =
                    (frame.child("WindowStartEnergyValues"), frame.child("WindowEndEnergyValues"));
                self.breaks("WindowStartEndCheck", !lists::below(starts, ends));
            }
            "GrossCounts" => {
                let counts = lists::count(frame.child("CountData"));
                match frame.attribute("energyWindowsReference") {
                    Some(windows) => self.later.push(Later::Counts(counts, windows.clone())),
                    None => self.breaks("CountDataValuesCheck", counts != 1),
                }
            }
            "Spectrum" => {
                let channels = lists::channels(frame.child("ChannelData"), frame.counted_zeroes);
                if let Some(calibration) = frame.attribute("energyCalibrationReference") {
                    self.later.push(Later::Channels(channels, calibration.clone()));
                }
            }
            _ => (),
        }
    }

    /// Judges what had to wait for all ids.
    fn resolve(&mut self) {
        for later in std::mem::take(&mut self.later) {
            match later {
                Later::References(reference, ids) => {
                    let fits =
                        |id| self.ids.get(id).is_some_and(|target| reference.targets.contains(&target.local));
                    let single = !reference.attribute.ends_with('s');
                    let broken = !lists::items(&ids).all(fits) || (single && lists::count(&ids) != 1);
                    self.breaks(reference.rule, broken);
                }
                Later::Counts(counts, id) => {
                    let windows = self.ids.get(collapse(&id).as_ref()).map_or(0, |target| target.windows);
                    self.breaks("CountDataValuesCheck", counts != windows);
                }
                Later::Channels(channels, id) => {
                    let boundaries =
                        self.ids.get(collapse(&id).as_ref()).map_or(0, |target| target.boundaries);
                    let fits = boundaries == 0 || boundaries as f64 == channels + 1.0;
                    self.breaks("EBoundariesChannelsCheck", !fits);
                }
                Later::InstrumentOrigin(id) => {
                    let target = self.ids.get(collapse(&id).as_ref());
                    let broken = target.is_some_and(|target| target.local == "RadInstrumentInformation");
                    self.breaks("OriginReferenceCircularReferenceCheck", broken);
                }
            }
        }
    }
}

/// White space made single; no copy where none is needed, because a file may have millions of ids.
fn collapsed<'a>(value: &Cow<'a, str>) -> Cow<'a, str> {
    match value {
        Cow::Borrowed(text) => collapse(text),
        Cow::Owned(text) => Cow::Owned(collapse(text).into_owned()),
    }
}

fn is_counted(frame: &Frame<'_>) -> bool {
    frame.attribute("compressionCode").is_some_and(|code| collapse(code) == "CountedZeroes")
}
