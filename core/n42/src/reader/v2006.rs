//! N42.42-2005 and -2006, brought into the shape of 2011.
//!
//! There, each spectrum says for itself what it was taken of, when and with which calibration. Spectra of one
//! slice of time become one measurement a class; a detector that comes twice begins the next measurement.

use std::collections::{BTreeMap, BTreeSet};

use crate::document::{
    Analysis, Calibration, Category, Class, Detector, Dialect, Energy, GrossCounts, Instrument, Measurement,
    Nuclide, Spectrum, Version,
};
use crate::reader::cursor::{Cursor, Element};
use crate::reader::failure::{Failure, LIMITS};
use crate::reader::v2011::{is_packed, speed};
use crate::reader::{Out, Part};

/// What a detector is called that has no name.
const UNNAMED: &str = "Detector";

/// Reads one document to its end.
pub(crate) fn document(cursor: &mut Cursor, out: &mut Out) -> Result<(), Failure> {
    let mut reader = Old { out, known: Known::default(), started: false };
    while let Some(element) = cursor.child()? {
        cursor.hold()?;
        match element.name() {
            "Measurement" => reader.measurement(cursor, &element)?,
            "Remark" => {
                reader.start(cursor, None);
                if let Some(remark) = cursor.string()? {
                    reader.out.give(cursor, Part::Remark(remark));
                }
            }
            "Calibration" => {
                let id = cursor.attribute(&element, "ID")?;
                if let (Some(id), Some(energy)) = (id, calibration(cursor, &element)?) {
                    reader.start(cursor, None);
                    reader.out.give(cursor, Part::Calibration(Calibration { id, energy }));
                }
            }
            _ => cursor.skip()?,
        }
    }
    reader.start(cursor, None);
    Ok(())
}

/// Detectors and calibrations that were handed over already.
#[derive(Default)]
struct Known {
    detectors: BTreeSet<String>,
    calibrations: BTreeMap<Vec<u64>, String>,
    numbers: usize,
}

struct Old<'r, 'o> {
    out: &'r mut Out<'o>,
    known: Known,
    started: bool,
}

/// Measurements that are being put together, one a class.
#[derive(Default)]
struct Slice {
    base: Measurement,
    open: BTreeMap<Class, Measurement>,
    /// How many counts had no detector's name.
    nameless: usize,
}

/// What an element says about the readings inside of it.
#[derive(Clone, Default)]
struct Around {
    detector: Option<String>,
    category: Option<Category>,
}

impl Old<'_, '_> {
    fn start(&mut self, cursor: &mut Cursor, uuid: Option<String>) {
        if !self.started {
            self.started = true;
            self.out.give(cursor, Part::Start { dialect: Dialect::V2006, uuid, created: None });
        }
    }

    fn measurement(&mut self, cursor: &mut Cursor, element: &Element) -> Result<(), Failure> {
        let uuid = cursor.attribute(element, "UUID")?;
        self.start(cursor, uuid);
        let mut slice = Slice::default();
        while let Some(child) = cursor.child()? {
            cursor.hold()?;
            match child.name() {
                "Remark" => slice.base.remarks.extend(cursor.string()?),
                "InstrumentInformation" => {
                    let instrument = instrument(cursor)?;
                    self.out.give(cursor, Part::Instrument(instrument));
                }
                "DetectorData" => {
                    let mut own = Slice::default();
                    own.base.remarks.append(&mut slice.base.remarks);
                    self.slice(cursor, &mut own, &Around::default(), 0)?;
                    self.flush(cursor, own);
                }
                "AnalysisResults" => {
                    let analysis = analysis(cursor)?;
                    self.out.give(cursor, Part::Analysis(analysis));
                }
                _ => self.reading(cursor, &child, &mut slice, &Around::default(), 0)?,
            }
        }
        self.flush(cursor, slice);
        Ok(())
    }

    /// Everything inside of an element that holds readings.
    fn slice(
        &mut self,
        cursor: &mut Cursor,
        slice: &mut Slice,
        around: &Around,
        depth: usize,
    ) -> Result<(), Failure> {
        while let Some(child) = cursor.child()? {
            cursor.hold()?;
            match child.name() {
                "StartTime" => slice.base.start = cursor.time()?,
                "SampleRealTime" => slice.base.real_time_s = cursor.duration()?,
                "Occupied" => slice.base.occupied = cursor.boolean()?,
                "Speed" => slice.base.speed_m_s = speed(cursor, &child, "Units")?,
                "Remark" => slice.base.remarks.extend(cursor.string()?),
                _ => self.reading(cursor, &child, slice, around, depth)?,
            }
        }
        Ok(())
    }

    /// A spectrum, counts, or an element that holds them.
    fn reading(
        &mut self,
        cursor: &mut Cursor,
        element: &Element,
        slice: &mut Slice,
        around: &Around,
        depth: usize,
    ) -> Result<(), Failure> {
        match element.name() {
            "Spectrum" => self.spectrum(cursor, element, slice, around),
            "CountDoseData" | "GrossCounts" | "GrossCountData" => self.gross(cursor, element, slice, around),
            // These lie three deep; what lies deeper was not written by anybody who means it.
            "DetectorMeasurement"
            | "SpectrumMeasurement"
            | "CountDoseMeasurement"
            | "GrossCountMeasurement"
                if depth < 4 =>
            {
                let around = within(cursor, element, around)?;
                self.slice(cursor, slice, &around, depth + 1)
            }
            _ => cursor.skip(),
        }
    }

    fn spectrum(
        &mut self,
        cursor: &mut Cursor,
        element: &Element,
        slice: &mut Slice,
        around: &Around,
    ) -> Result<(), Failure> {
        let around = within(cursor, element, around)?;
        let mut spectrum = Spectrum {
            calibration: cursor.attribute(element, "CalibrationIDs")?.unwrap_or_default(),
            ..Spectrum::default()
        };
        let mut own = Measurement { start: slice.base.start, ..Measurement::default() };
        let (mut channels, mut kind, mut energy) = (None, None, None);
        while let Some(child) = cursor.child()? {
            match child.name() {
                "StartTime" => own.start = cursor.time()?.or(own.start),
                "RealTime" => own.real_time_s = cursor.duration()?,
                "LiveTime" => spectrum.live_time_s = cursor.duration()?,
                "SourceType" => own.class = cursor.code(&SOURCES)?.unwrap_or_default(),
                "DetectorType" => kind = cursor.string()?,
                "Calibration" => energy = calibration(cursor, &child)?.or(energy),
                "ChannelData" => {
                    let packed = is_packed(cursor, &child, "Compression")?;
                    channels = cursor.channels(packed)?.or(channels);
                }
                _ => cursor.skip()?,
            }
        }
        let Some(channels) = channels else { return Ok(()) };
        let category = around.category.filter(|category| *category != Category::Other);
        spectrum.detector = around.detector.unwrap_or_else(|| UNNAMED.to_owned());
        self.detector(cursor, &spectrum.detector, category.unwrap_or_default(), kind);
        if let Some(energy) = energy {
            spectrum.calibration = self.calibration(cursor, energy)?;
        } else if let Some((first, _)) = spectrum.calibration.split_once(' ') {
            spectrum.calibration = first.to_owned();
        }
        let taken = |measurement: &Measurement| {
            own.start != measurement.start
                || measurement.spectra.iter().any(|other| other.detector == spectrum.detector)
        };
        let into = self.place(cursor, slice, &own, taken)?;
        into.spectra.push(Spectrum { channels, ..spectrum });
        Ok(())
    }

    fn gross(
        &mut self,
        cursor: &mut Cursor,
        element: &Element,
        slice: &mut Slice,
        around: &Around,
    ) -> Result<(), Failure> {
        let around = within(cursor, element, around)?;
        let mut own = Measurement { start: slice.base.start, ..Measurement::default() };
        let (mut counts, mut live_time_s) = (None, None);
        while let Some(child) = cursor.child()? {
            match child.name() {
                "StartTime" => own.start = cursor.time()?.or(own.start),
                "SampleRealTime" | "RealTime" => own.real_time_s = cursor.duration()?,
                "SampleLiveTime" | "LiveTime" => live_time_s = cursor.duration()?,
                "SourceType" => own.class = cursor.code(&SOURCES)?.unwrap_or_default(),
                "Counts" | "TotalCounts" => counts = cursor.numbers()?.or(counts),
                _ => cursor.skip()?,
            }
        }
        let Some(counts) = counts else { return Ok(()) };
        let category = around.category.unwrap_or(Category::Other);
        let detector = slice.name(around.detector, category);
        self.detector(cursor, &detector, category, None);
        let live_time_s = live_time_s.or(own.real_time_s);
        // Counts belong to the spectra beside them, whatever these were taken of.
        own.class = slice.open.keys().next().copied().unwrap_or(own.class);
        own.start = slice.open.get(&own.class).map_or(own.start, |measurement| measurement.start);
        let taken =
            |measurement: &Measurement| measurement.gross.iter().any(|other| other.detector == detector);
        let into = self.place(cursor, slice, &own, taken)?;
        into.gross.push(GrossCounts { id: String::new(), detector, windows: None, live_time_s, counts });
        Ok(())
    }

    /// The measurement of a slice that a reading belongs to; the one that is open is handed over when `taken`.
    fn place<'s>(
        &mut self,
        cursor: &mut Cursor,
        slice: &'s mut Slice,
        own: &Measurement,
        taken: impl Fn(&Measurement) -> bool,
    ) -> Result<&'s mut Measurement, Failure> {
        if slice.open.get(&own.class).is_some_and(taken)
            && let Some(full) = slice.open.remove(&own.class)
        {
            self.out.give(cursor, Part::Measurement(full));
        }
        let into = slice.open.entry(own.class).or_insert_with(|| Measurement {
            class: own.class,
            start: own.start,
            real_time_s: own.real_time_s.or(slice.base.real_time_s),
            occupied: slice.base.occupied,
            speed_m_s: slice.base.speed_m_s,
            remarks: std::mem::take(&mut slice.base.remarks),
            ..Measurement::default()
        });
        match into.spectra.len() + into.gross.len() < LIMITS.readings {
            true => Ok(into),
            false => Err(Failure::too_many("readings in one slice of time", LIMITS.readings, cursor.at())),
        }
    }

    fn flush(&mut self, cursor: &mut Cursor, slice: Slice) {
        for measurement in slice.open.into_values() {
            self.out.give(cursor, Part::Measurement(measurement));
        }
    }

    fn detector(&mut self, cursor: &mut Cursor, id: &str, category: Category, kind: Option<String>) {
        if self.known.detectors.len() < LIMITS.channels && self.known.detectors.insert(id.to_owned()) {
            let kind = kind.unwrap_or_default();
            let detector = Detector { id: id.to_owned(), category, kind, ..Detector::default() };
            self.out.give(cursor, Part::Detector(detector));
        }
    }

    /// The id of a calibration, which is handed over when it is new.
    fn calibration(&mut self, cursor: &mut Cursor, energy: Energy) -> Result<String, Failure> {
        let (Energy::Coefficients(numbers) | Energy::Boundaries(numbers)) = &energy;
        let key: Vec<u64> = numbers.iter().map(|number| number.to_bits()).collect();
        if let Some(id) = self.known.calibrations.get(&key) {
            return Ok(id.clone());
        }
        self.known.numbers += key.len();
        if self.known.numbers > LIMITS.numbers / 8 {
            return Err(Failure::too_many("numbers in calibrations", LIMITS.numbers / 8, cursor.at()));
        }
        let id = format!("EnergyCalibration-{}", self.known.calibrations.len() + 1);
        self.known.calibrations.insert(key, id.clone());
        self.out.give(cursor, Part::Calibration(Calibration { id: id.clone(), energy }));
        Ok(id)
    }
}

impl Slice {
    /// Neutron counts of a gamma detector's box are those of its twin with an `N` behind the name.
    fn name(&mut self, detector: Option<String>, category: Category) -> String {
        let Some(detector) = detector else {
            self.nameless += 1;
            let twin = if category == Category::Neutron { "N" } else { "" };
            return match self.nameless {
                1 => format!("{UNNAMED}{twin}"),
                number => format!("{UNNAMED}{number}{twin}"),
            };
        };
        let of_gamma = self.open.values().flat_map(|measurement| &measurement.spectra);
        match category == Category::Neutron && of_gamma.into_iter().any(|other| other.detector == detector) {
            true => format!("{detector}N"),
            false => detector,
        }
    }
}

const SOURCES: [(&str, Class); 7] = [
    ("Item", Class::Foreground),
    ("Background", Class::Background),
    ("Calibration", Class::Calibration),
    ("Stabilization", Class::IntrinsicActivity),
    ("Other", Class::NotSpecified),
    ("Unknown", Class::NotSpecified),
    ("Foreground", Class::Foreground),
];

fn within(cursor: &mut Cursor, element: &Element, around: &Around) -> Result<Around, Failure> {
    let category = cursor.attribute(element, "DetectorType")?;
    let category = category.and_then(|word| crate::code::value(&Category::NAMES, &word));
    Ok(Around {
        detector: cursor.attribute(element, "Detector")?.or_else(|| around.detector.clone()),
        category: category.map(|(category, _)| category).or(around.category),
    })
}

/// An energy calibration; none when it is one of another kind.
fn calibration(cursor: &mut Cursor, element: &Element) -> Result<Option<Energy>, Failure> {
    let kind = cursor.attribute(element, "Type")?;
    let is_energy = kind.is_none_or(|kind| kind.eq_ignore_ascii_case("Energy"));
    let unit = cursor.attribute(element, "EnergyUnits")?;
    let factor = if unit.is_some_and(|unit| unit.eq_ignore_ascii_case("MeV")) { 1000.0 } else { 1.0 };
    let mut terms = None;
    while let Some(equation) = cursor.child()? {
        let model = cursor.attribute(&equation, "Model")?;
        let is_polynomial = model.is_none_or(|model| model.eq_ignore_ascii_case("Polynomial"));
        if !(is_energy && is_polynomial && equation.name() == "Equation") {
            cursor.skip()?;
            continue;
        }
        while let Some(child) = cursor.child()? {
            match child.name() {
                "Coefficients" if terms.is_none() => terms = cursor.numbers()?,
                _ => cursor.skip()?,
            }
        }
    }
    let scaled = |terms: Vec<f64>| terms.into_iter().map(|term| term * factor).collect();
    Ok(terms.filter(|terms: &Vec<f64>| !terms.is_empty()).map(|terms| Energy::Coefficients(scaled(terms))))
}

fn instrument(cursor: &mut Cursor) -> Result<Instrument, Failure> {
    let mut instrument = Instrument::default();
    while let Some(child) = cursor.child()? {
        match child.name() {
            "InstrumentType" => instrument.class = cursor.string()?.unwrap_or_default(),
            "Manufacturer" => instrument.manufacturer = cursor.string()?.unwrap_or_default(),
            "InstrumentModel" => instrument.model = cursor.string()?.unwrap_or_default(),
            "InstrumentID" => instrument.identifier = cursor.string()?,
            "InstrumentVersion" => {
                let version = cursor.string()?.unwrap_or_default();
                instrument.versions.push(Version { component: "Instrument".to_owned(), version });
            }
            _ => cursor.skip()?,
        }
    }
    Ok(instrument)
}

fn analysis(cursor: &mut Cursor) -> Result<Analysis, Failure> {
    let mut analysis = Analysis::default();
    while let Some(child) = cursor.child()? {
        if child.name() != "NuclideAnalysis" {
            cursor.skip()?;
            continue;
        }
        analysis.algorithm = cursor.attribute(&child, "AlgorithmDescription")?.or(analysis.algorithm);
        while let Some(member) = cursor.child()? {
            match member.name() {
                "Nuclide" => analysis.nuclides.push(nuclide(cursor)?),
                _ => cursor.skip()?,
            }
        }
    }
    Ok(analysis)
}

fn nuclide(cursor: &mut Cursor) -> Result<Nuclide, Failure> {
    cursor.hold()?;
    let mut nuclide = Nuclide { identified: true, ..Nuclide::default() };
    while let Some(child) = cursor.child()? {
        match child.name() {
            "NuclideName" => nuclide.name = cursor.string()?.unwrap_or_default(),
            "NuclideType" => nuclide.category = cursor.string()?,
            "NuclideIDConfidenceIndication" | "NuclideIDConfidence" => {
                let text = cursor.text()?;
                nuclide.confidence_percent = crate::number::read_one(&text);
            }
            "NuclideIDConfidenceDescription" => nuclide.confidence = cursor.string()?,
            _ => cursor.skip()?,
        }
    }
    Ok(nuclide)
}
