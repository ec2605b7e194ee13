//! The instrument, its detectors, the item: what the standard wants to know of them.

use super::ids::Ids;
use super::{Detectors, Making, text};
use crate::code;
use crate::document::{Category, Characteristic, Detector, Instrument, Item, Version};
use crate::repair::Rule;

/// What is not known and must be said.
const UNKNOWN: &str = "unknown";

/// `RadInstrumentClassCode`, and what N42.42-2006 and files in the field call the same.
const CLASSES: [(&str, &str); 22] = [
    ("Backpack", "Backpack"),
    ("Dosimeter", "Dosimeter"),
    ("Electronic Personal Emergency Radiation Detector", "Electronic Personal Emergency Radiation Detector"),
    ("Mobile System", "Mobile System"),
    ("Network Area Monitor", "Network Area Monitor"),
    ("Neutron Handheld", "Neutron Handheld"),
    ("Personal Radiation Detector", "Personal Radiation Detector"),
    ("Radionuclide Identifier", "Radionuclide Identifier"),
    ("Portal Monitor", "Portal Monitor"),
    ("Spectroscopic Portal Monitor", "Spectroscopic Portal Monitor"),
    ("Spectroscopic Personal Radiation Detector", "Spectroscopic Personal Radiation Detector"),
    ("Gamma Handheld", "Gamma Handheld"),
    ("Transportable System", "Transportable System"),
    ("Other", "Other"),
    ("PortalMonitor", "Portal Monitor"),
    ("Portal", "Portal Monitor"),
    ("SpecPortal", "Spectroscopic Portal Monitor"),
    ("RadionuclideIdentifier", "Radionuclide Identifier"),
    ("RIID", "Radionuclide Identifier"),
    ("PersonalRadiationDetector", "Personal Radiation Detector"),
    ("PRD", "Personal Radiation Detector"),
    ("MobileSystem", "Mobile System"),
];

/// `RadDetectorKindCode`.
const KINDS: [&str; 27] = [
    "HPGe", "HPXe", "NaI", "LaBr3", "LaCl3", "BGO", "CZT", "CdTe", "CsI", "GMT", "GMTW", "LiFiber", "PVT",
    "PS", "He3", "He4", "LiGlass", "LiI", "SrI2", "CLYC", "CdWO4", "BF3", "HgI2", "CeBr4", "LiCAF", "LiZnS",
    "Other",
];

/// `CharacteristicValueDataClassCode`.
const DATA_CLASSES: [&str; 42] = [
    "anyURI",
    "base64Binary",
    "boolean",
    "byte",
    "date",
    "dateTime",
    "decimal",
    "double",
    "DoubleList",
    "duration",
    "float",
    "hexBinary",
    "ID",
    "IDREF",
    "IDREFS",
    "int",
    "integer",
    "long",
    "Name",
    "NCName",
    "negativeInteger",
    "NonBlankString",
    "NonNegativeDoubleList",
    "NonNegativeDouble",
    "nonNegativeInteger",
    "nonPositiveInteger",
    "normalizedString",
    "Percent",
    "PositiveDoubleList",
    "PositiveDouble",
    "positiveInteger",
    "PositiveIntegerList",
    "short",
    "string",
    "StringList",
    "time",
    "token",
    "unsignedByte",
    "unsignedInt",
    "unsignedLong",
    "unsignedShort",
    "ZeroToOneDouble",
];

/// A detector of which nothing is known.
pub(super) fn unknown() -> Detector {
    Detector { kind: "Other".to_owned(), description: Some(UNKNOWN.to_owned()), ..Detector::default() }
}

impl Making {
    pub(super) fn instrument(&mut self, mut instrument: Instrument) -> Instrument {
        instrument.id = self.ids.take(&instrument.id, || "Instrument".to_owned());
        self.instrument.clone_from(&instrument.id);
        for field in [&mut instrument.manufacturer, &mut instrument.model] {
            *field = text::line(field).unwrap_or_else(|| {
                self.notes.add(Rule::AssumedInstrument, 0);
                UNKNOWN.to_owned()
            });
        }
        instrument.identifier = instrument.identifier.and_then(|text| text::line(&text));
        text::clean(&mut instrument.description);
        instrument.class = match code::value(&CLASSES, &instrument.class) {
            Some((class, _)) => class.to_owned(),
            None => {
                self.notes.add(Rule::AssumedInstrument, 0);
                "Other".to_owned()
            }
        };
        instrument.versions = versions(instrument.versions);
        if instrument.versions.is_empty() {
            self.notes.add(Rule::AssumedInstrument, 0);
            let (component, version) = ("Software".to_owned(), UNKNOWN.to_owned());
            instrument.versions.push(Version { component, version });
        }
        instrument.characteristics = self.characteristics(instrument.characteristics);
        instrument
    }

    pub(super) fn detector(&mut self, mut detector: Detector) {
        detector.name = detector.name.and_then(|text| text::free(&text));
        text::clean(&mut detector.description);
        let kind = KINDS.iter().find(|kind| **kind == detector.kind);
        let within = || KINDS[..26].iter().find(|kind| detector.kind.contains(*kind));
        match kind.or_else(within) {
            Some(kind) if **kind == detector.kind => (),
            Some(kind) => {
                let said = text::free(&std::mem::replace(&mut detector.kind, (*kind).to_owned()));
                detector.description = detector.description.or(said);
            }
            None => {
                self.notes.add(Rule::AssumedInstrument, 0);
                let said = text::free(&std::mem::replace(&mut detector.kind, "Other".to_owned()));
                detector.description = detector.description.or(said);
            }
        }
        if detector.kind == "Other" || detector.category == Category::Other {
            detector.description.get_or_insert_with(|| UNKNOWN.to_owned());
        }
        self.detectors.known(&detector, &mut self.ids);
    }

    pub(super) fn item(&mut self, mut item: Item) -> Item {
        item.id = self.ids.take(&item.id, || "Item".to_owned());
        text::clean(&mut item.description);
        item.characteristics = self.characteristics(item.characteristics);
        item
    }

    /// The item that a speed belongs to.
    pub(super) fn item_id(&mut self) -> String {
        let ids = &mut self.ids;
        self.first_item.get_or_insert_with(|| ids.take("", || "Item".to_owned())).clone()
    }

    /// Those with a name and a value.
    pub(super) fn characteristics(&mut self, old: Vec<Characteristic>) -> Vec<Characteristic> {
        let count = old.len();
        let strict = |old: Characteristic| {
            Some(Characteristic {
                name: text::line(&old.name)?,
                value: text::line(&old.value)?,
                units: text::line(&old.units).unwrap_or_else(|| "unit-less".to_owned()),
                data_class: match DATA_CLASSES.contains(&old.data_class.as_str()) {
                    true => old.data_class,
                    false => "string".to_owned(),
                },
            })
        };
        let new: Vec<_> = old.into_iter().filter_map(strict).collect();
        if new.len() < count {
            self.notes.add(Rule::LeftOut, 0);
        }
        new
    }
}

/// Those with a component and a version.
pub(super) fn versions(old: Vec<Version>) -> Vec<Version> {
    let strict = |old: Version| {
        Some(Version { component: text::line(&old.component)?, version: text::line(&old.version)? })
    };
    old.into_iter().filter_map(strict).collect()
}

impl Detectors {
    /// Adds a detector under an id of its own, which it gives back.
    pub(super) fn known(&mut self, detector: &Detector, ids: &mut Ids) -> String {
        let id = ids.take(&detector.id, || "Detector".to_owned());
        self.renamed.add(detector.id.clone(), &id);
        self.places.insert(id.clone(), self.all.len());
        self.all.push(Detector { id: id.clone(), ..detector.clone() });
        id
    }

    /// The new id of a detector; one that nothing describes is added.
    pub(super) fn id(&mut self, old: &str, category: Category, ids: &mut Ids) -> String {
        match self.renamed.get(old) {
            Some(id) => id.clone(),
            None => self.known(&Detector { id: old.to_owned(), category, ..unknown() }, ids),
        }
    }

    /// Another detector like the one with this new id, for what one detector may say only once.
    pub(super) fn twin(&mut self, id: &str, ids: &mut Ids) -> String {
        let like = self.places.get(id).map(|place| self.all[*place].clone()).unwrap_or_else(unknown);
        let twin = Detector { id: format!("{id}-2"), name: None, ..like };
        let twin_id = ids.take(&twin.id, String::new);
        self.places.insert(twin_id.clone(), self.all.len());
        self.all.push(Detector { id: twin_id.clone(), ..twin });
        twin_id
    }

    /// What the detector with this new id counts.
    pub(super) fn of(&self, id: &str) -> Option<Category> {
        self.places.get(id).map(|place| self.all[*place].category)
    }

    /// All detectors that count this; all there are when there is none.
    pub(super) fn counting(&self, category: Option<Category>) -> Vec<String> {
        let of = |category: Option<Category>| {
            let right = |detector: &&Detector| category.is_none_or(|category| category == detector.category);
            self.all.iter().filter(right).map(|detector| detector.id.clone()).collect::<Vec<_>>()
        };
        let found = of(category);
        if found.is_empty() { of(None) } else { found }
    }
}
