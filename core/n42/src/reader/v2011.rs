//! N42.42-2011, in whatever order its elements come.

use std::collections::BTreeSet;

use crate::document::{
    Alarm, AlarmCategory, Analysis, Calibration, Category, Characteristic, Class, Detector, Dialect,
    DoseRate, Energy, Fault, GrossCounts, Instrument, Item, Measurement, Nuclide, Position, Severity,
    Spectrum, Version, Windows,
};
use crate::reader::cursor::{Cursor, Element};
use crate::reader::failure::Failure;
use crate::reader::{Out, Part};
use crate::repair::Rule;

/// Reads one document to its end.
pub(crate) fn document(cursor: &mut Cursor, root: &Element, out: &mut Out) -> Result<(), Failure> {
    let uuid = cursor.attribute(root, "n42DocUUID")?;
    if cursor.is_empty(root, "n42DocUUID") {
        cursor.notes.add(Rule::EmptyUuid, cursor.at());
    }
    let created = cursor.attribute(root, "n42DocDateTime")?;
    let created = created.and_then(|text| cursor.time_of(&text, cursor.at()));
    out.give(cursor, Part::Start { dialect: Dialect::V2011, uuid, created });
    let mut doubles = BTreeSet::new();
    while let Some(element) = cursor.child()? {
        cursor.hold()?;
        match part(cursor, &element)? {
            Some(Part::Detector(detector)) => {
                let twin = twin(&detector);
                out.give(cursor, Part::Detector(detector));
                if let Some((id, twin)) = twin {
                    cursor.notes.add(Rule::GammaAndNeutron, cursor.at());
                    doubles.insert(id);
                    out.give(cursor, Part::Detector(twin));
                }
            }
            Some(Part::Measurement(mut measurement)) => {
                let counts = measurement.gross.iter_mut().filter(|gross| doubles.contains(&gross.detector));
                counts.for_each(|gross| gross.detector.push('N'));
                out.give(cursor, Part::Measurement(measurement));
            }
            Some(part) => out.give(cursor, part),
            None => (),
        }
    }
    Ok(())
}

/// Exports exist that describe one detector for both: its spectra are of photons, its gross counts of neutrons.
fn twin(detector: &Detector) -> Option<(String, Detector)> {
    let description = detector.description.as_ref()?;
    let double = detector.category == Category::Gamma && description.contains("Gamma and Neutron");
    let twin = Detector {
        id: format!("{}N", detector.id),
        name: detector.name.as_ref().map(|name| format!("{name}N")),
        category: Category::Neutron,
        kind: "Other".to_owned(),
        description: Some(description.clone()),
    };
    double.then(|| (detector.id.clone(), twin))
}

fn part(cursor: &mut Cursor, element: &Element) -> Result<Option<Part>, Failure> {
    Ok(match element.name() {
        "RadInstrumentDataCreatorName" => cursor.string()?.map(Part::Creator),
        "Remark" => cursor.string()?.map(Part::Remark),
        "RadInstrumentInformation" => Some(Part::Instrument(instrument(cursor, element)?)),
        "RadDetectorInformation" => Some(Part::Detector(detector(cursor, element)?)),
        "RadItemInformation" => Some(Part::Item(item(cursor, element)?)),
        "EnergyCalibration" => calibration(cursor, element)?.map(Part::Calibration),
        "EnergyWindows" => Some(Part::Windows(windows(cursor, element)?)),
        "RadMeasurement" => Some(Part::Measurement(measurement(cursor, element)?)),
        "DerivedData" => Some(Part::Derived(measurement(cursor, element)?)),
        "AnalysisResults" => Some(Part::Analysis(analysis(cursor, element)?)),
        _ => {
            cursor.skip()?;
            None
        }
    })
}

fn id(cursor: &mut Cursor, element: &Element) -> Result<String, Failure> {
    Ok(cursor.attribute(element, "id")?.unwrap_or_default())
}

fn instrument(cursor: &mut Cursor, element: &Element) -> Result<Instrument, Failure> {
    let mut instrument = Instrument { id: id(cursor, element)?, ..Instrument::default() };
    while let Some(child) = cursor.child()? {
        match child.name() {
            "RadInstrumentManufacturerName" => instrument.manufacturer = cursor.string()?.unwrap_or_default(),
            "RadInstrumentIdentifier" => instrument.identifier = cursor.string()?,
            "RadInstrumentModelName" => instrument.model = cursor.string()?.unwrap_or_default(),
            "RadInstrumentDescription" => instrument.description = cursor.string()?,
            "RadInstrumentClassCode" => instrument.class = cursor.string()?.unwrap_or_default(),
            "RadInstrumentVersion" => instrument
                .versions
                .push(version(cursor, ["RadInstrumentComponentName", "RadInstrumentComponentVersion"])?),
            "RadInstrumentCharacteristics" => characteristics(cursor, &mut instrument.characteristics)?,
            _ => cursor.skip()?,
        }
    }
    Ok(instrument)
}

fn version(cursor: &mut Cursor, names: [&str; 2]) -> Result<Version, Failure> {
    cursor.hold()?;
    let mut version = Version::default();
    while let Some(child) = cursor.child()? {
        match child.name() {
            name if name == names[0] => version.component = cursor.string()?.unwrap_or_default(),
            name if name == names[1] => version.version = cursor.string()?.unwrap_or_default(),
            _ => cursor.skip()?,
        }
    }
    Ok(version)
}

/// Named values, those in groups too.
fn characteristics(cursor: &mut Cursor, into: &mut Vec<Characteristic>) -> Result<(), Failure> {
    while let Some(child) = cursor.child()? {
        match child.name() {
            "Characteristic" => into.push(characteristic(cursor)?),
            "CharacteristicGroup" => {
                while let Some(member) = cursor.child()? {
                    match member.name() {
                        "Characteristic" => into.push(characteristic(cursor)?),
                        _ => cursor.skip()?,
                    }
                }
            }
            _ => cursor.skip()?,
        }
    }
    Ok(())
}

fn characteristic(cursor: &mut Cursor) -> Result<Characteristic, Failure> {
    cursor.hold()?;
    let mut characteristic = Characteristic::default();
    while let Some(child) = cursor.child()? {
        let text = match child.name() {
            "CharacteristicName" => &mut characteristic.name,
            "CharacteristicValue" => &mut characteristic.value,
            "CharacteristicValueUnits" => &mut characteristic.units,
            "CharacteristicValueDataClassCode" => &mut characteristic.data_class,
            _ => {
                cursor.skip()?;
                continue;
            }
        };
        *text = cursor.string()?.unwrap_or_default();
    }
    Ok(characteristic)
}

fn detector(cursor: &mut Cursor, element: &Element) -> Result<Detector, Failure> {
    let mut detector =
        Detector { id: id(cursor, element)?, category: Category::Other, ..Detector::default() };
    while let Some(child) = cursor.child()? {
        match child.name() {
            "RadDetectorName" => detector.name = cursor.string()?,
            "RadDetectorCategoryCode" => {
                detector.category = cursor.code(&Category::NAMES)?.unwrap_or(Category::Other);
            }
            "RadDetectorKindCode" => detector.kind = cursor.string()?.unwrap_or_default(),
            "RadDetectorDescription" => detector.description = cursor.string()?,
            _ => cursor.skip()?,
        }
    }
    Ok(detector)
}

fn item(cursor: &mut Cursor, element: &Element) -> Result<Item, Failure> {
    let mut item = Item { id: id(cursor, element)?, ..Item::default() };
    while let Some(child) = cursor.child()? {
        match child.name() {
            "RadItemDescription" => item.description = cursor.string()?,
            "RadItemCharacteristics" => characteristics(cursor, &mut item.characteristics)?,
            _ => cursor.skip()?,
        }
    }
    Ok(item)
}

fn calibration(cursor: &mut Cursor, element: &Element) -> Result<Option<Calibration>, Failure> {
    let id = id(cursor, element)?;
    let mut energy = None;
    while let Some(child) = cursor.child()? {
        match child.name() {
            "CoefficientValues" => energy = cursor.numbers()?.map(Energy::Coefficients).or(energy),
            "EnergyBoundaryValues" => energy = cursor.numbers()?.map(Energy::Boundaries).or(energy),
            _ => cursor.skip()?,
        }
    }
    Ok(energy.map(|energy| Calibration { id, energy }))
}

fn windows(cursor: &mut Cursor, element: &Element) -> Result<Windows, Failure> {
    let id = id(cursor, element)?;
    let (mut starts, mut ends) = (Vec::new(), Vec::new());
    while let Some(child) = cursor.child()? {
        match child.name() {
            "WindowStartEnergyValues" => starts = cursor.numbers()?.unwrap_or_default(),
            "WindowEndEnergyValues" => ends = cursor.numbers()?.unwrap_or_default(),
            _ => cursor.skip()?,
        }
    }
    Ok(Windows { id, bounds: starts.into_iter().zip(ends).collect() })
}

fn measurement(cursor: &mut Cursor, element: &Element) -> Result<Measurement, Failure> {
    let at = cursor.at();
    let mut measurement = Measurement { id: id(cursor, element)?, ..Measurement::default() };
    measurement.groups = cursor.ids(element, "radMeasurementGroupReferences")?;
    while let Some(child) = cursor.child()? {
        cursor.hold()?;
        match child.name() {
            "Remark" => measurement.remarks.extend(cursor.string()?),
            "MeasurementClassCode" => {
                measurement.class = cursor.code(&Class::NAMES)?.unwrap_or_default();
            }
            "StartDateTime" => measurement.start = cursor.time()?,
            "RealTimeDuration" => measurement.real_time_s = cursor.duration()?,
            "Spectrum" => measurement.spectra.extend(spectrum(cursor, &child)?),
            "GrossCounts" => measurement.gross.extend(gross(cursor, &child)?),
            "DoseRate" => measurement.doses.extend(dose(cursor, &child)?),
            "RadInstrumentState" => state(cursor, &mut measurement, State::Instrument)?,
            "RadDetectorState" => {
                let detector = cursor.attribute(&child, "radDetectorInformationReference")?;
                state(cursor, &mut measurement, State::Detector(detector.unwrap_or_default()))?;
            }
            "RadItemState" => state(cursor, &mut measurement, State::Item)?,
            "OccupancyIndicator" => measurement.occupied = cursor.boolean()?,
            _ => cursor.skip()?,
        }
    }
    if measurement.start.is_none() && !cursor.truncated {
        cursor.notes.add(Rule::NoStart, at);
    }
    Ok(measurement)
}

fn spectrum(cursor: &mut Cursor, element: &Element) -> Result<Option<Spectrum>, Failure> {
    let mut spectrum = Spectrum {
        id: id(cursor, element)?,
        detector: cursor.attribute(element, "radDetectorInformationReference")?.unwrap_or_default(),
        calibration: cursor.attribute(element, "energyCalibrationReference")?.unwrap_or_default(),
        ..Spectrum::default()
    };
    let mut channels = None;
    while let Some(child) = cursor.child()? {
        match child.name() {
            "LiveTimeDuration" => spectrum.live_time_s = cursor.duration()?,
            "ChannelData" => {
                let packed = is_packed(cursor, &child, "compressionCode")?;
                channels = cursor.channels(packed)?.or(channels);
            }
            _ => cursor.skip()?,
        }
    }
    Ok(channels.map(|channels| Spectrum { channels, ..spectrum }))
}

/// Whether channel data has its zeroes counted.
pub(super) fn is_packed(cursor: &mut Cursor, element: &Element, attribute: &str) -> Result<bool, Failure> {
    const CODES: [(&str, bool); 3] = [("None", false), ("CountedZeroes", true), ("CountedZeros", true)];
    let code = cursor.attribute(element, attribute)?;
    Ok(code.and_then(|code| cursor.code_of(&CODES, &code, cursor.at())).unwrap_or_default())
}

fn gross(cursor: &mut Cursor, element: &Element) -> Result<Option<GrossCounts>, Failure> {
    let mut gross = GrossCounts {
        id: id(cursor, element)?,
        detector: cursor.attribute(element, "radDetectorInformationReference")?.unwrap_or_default(),
        windows: cursor.attribute(element, "energyWindowsReference")?,
        ..GrossCounts::default()
    };
    let mut counts = None;
    while let Some(child) = cursor.child()? {
        match child.name() {
            "LiveTimeDuration" => gross.live_time_s = cursor.duration()?,
            "CountData" => counts = cursor.numbers()?.or(counts),
            _ => cursor.skip()?,
        }
    }
    Ok(counts.map(|counts| GrossCounts { counts, ..gross }))
}

fn dose(cursor: &mut Cursor, element: &Element) -> Result<Option<DoseRate>, Failure> {
    let id = id(cursor, element)?;
    let detector = cursor.attribute(element, "radDetectorInformationReference")?.unwrap_or_default();
    let mut value = None;
    while let Some(child) = cursor.child()? {
        match child.name() {
            "DoseRateValue" => value = cursor.number()?.or(value),
            _ => cursor.skip()?,
        }
    }
    Ok(value.map(|u_sv_h| DoseRate { id, detector, u_sv_h }))
}

/// Whose state it is.
enum State {
    Instrument,
    Detector(String),
    Item,
}

fn state(cursor: &mut Cursor, measurement: &mut Measurement, of: State) -> Result<(), Failure> {
    while let Some(child) = cursor.child()? {
        match (child.name(), &of) {
            ("StateVector", _) => state_vector(cursor, measurement, &of)?,
            ("Fault", State::Detector(detector)) => {
                measurement.faults.push(Fault { detector: Some(detector.clone()), ..fault(cursor)? });
            }
            ("Fault", _) => measurement.faults.push(fault(cursor)?),
            ("RadInstrumentCharacteristics", State::Instrument) => {
                characteristics(cursor, &mut measurement.characteristics)?;
            }
            _ => cursor.skip()?,
        }
    }
    Ok(())
}

/// The instrument's position and the item's speed; detectors have neither of interest.
fn state_vector(cursor: &mut Cursor, measurement: &mut Measurement, of: &State) -> Result<(), Failure> {
    while let Some(child) = cursor.child()? {
        match (child.name(), of) {
            ("GeographicPoint", State::Instrument) => {
                measurement.position = position(cursor)?.or(measurement.position);
            }
            ("SpeedValue", State::Item) => {
                measurement.speed_m_s = speed(cursor, &child, "units")?.or(measurement.speed_m_s);
            }
            _ => cursor.skip()?,
        }
    }
    Ok(())
}

/// A speed in m/s, which is also meant when no unit is given.
pub(super) fn speed(cursor: &mut Cursor, element: &Element, unit: &str) -> Result<Option<f64>, Failure> {
    /// Metres per second in each unit.
    const UNITS: [(&str, f64); 8] = [
        ("m/s", 1.0),
        ("mps", 1.0),
        ("km/h", 1.0 / 3.6),
        ("kph", 1.0 / 3.6),
        ("kmh", 1.0 / 3.6),
        ("mph", 0.447_04),
        ("ft/s", 0.3048),
        ("cm/s", 0.01),
    ];
    let unit = cursor.attribute(element, unit)?.unwrap_or_else(|| "m/s".to_owned());
    let number = cursor.number()?;
    let Some((factor, _)) = crate::code::value(&UNITS, &unit) else {
        cursor.notes.add(Rule::UnknownUnit, cursor.at());
        return Ok(None);
    };
    Ok(number.map(|number| number * factor).filter(|speed| speed.is_finite()))
}

fn position(cursor: &mut Cursor) -> Result<Option<Position>, Failure> {
    let (mut latitude, mut longitude, mut elevation_m) = (None, None, None);
    while let Some(child) = cursor.child()? {
        match child.name() {
            "LatitudeValue" => latitude = cursor.number()?,
            "LongitudeValue" => longitude = cursor.number()?,
            "ElevationValue" => elevation_m = cursor.number()?,
            _ => cursor.skip()?,
        }
    }
    let point = latitude.zip(longitude);
    Ok(point.map(|(latitude, longitude)| Position { latitude, longitude, elevation_m }))
}

fn fault(cursor: &mut Cursor) -> Result<Fault, Failure> {
    cursor.hold()?;
    let mut fault = Fault::default();
    while let Some(child) = cursor.child()? {
        match child.name() {
            "FaultCodeValue" => fault.code = cursor.string()?.unwrap_or_default(),
            "FaultDescription" => fault.description = cursor.string()?.unwrap_or_default(),
            "FaultSeverityCode" => fault.severity = cursor.code(&Severity::NAMES)?.unwrap_or_default(),
            _ => cursor.skip()?,
        }
    }
    Ok(fault)
}

fn analysis(cursor: &mut Cursor, element: &Element) -> Result<Analysis, Failure> {
    let mut analysis = Analysis {
        id: cursor.attribute(element, "id")?,
        measurements: cursor.ids(element, "radMeasurementReferences")?,
        derived: cursor.ids(element, "derivedDataReferences")?,
        groups: cursor.ids(element, "radMeasurementGroupReferences")?,
        ..Analysis::default()
    };
    while let Some(child) = cursor.child()? {
        cursor.hold()?;
        match child.name() {
            "Remark" => analysis.remarks.extend(cursor.string()?),
            "AnalysisAlgorithmName" => analysis.algorithm = cursor.string()?,
            "AnalysisAlgorithmCreatorName" => analysis.creator = cursor.string()?,
            "AnalysisAlgorithmVersion" => analysis.versions.push(version(
                cursor,
                ["AnalysisAlgorithmComponentName", "AnalysisAlgorithmComponentVersion"],
            )?),
            "AnalysisConfidenceValue" => analysis.confidence_percent = cursor.number()?,
            "AnalysisResultDescription" => analysis.result = cursor.string()?,
            "RadAlarm" => analysis.alarms.push(alarm(cursor, &child)?),
            "NuclideAnalysisResults" => nuclides(cursor, &mut analysis.nuclides)?,
            _ => cursor.skip()?,
        }
    }
    Ok(analysis)
}

fn alarm(cursor: &mut Cursor, element: &Element) -> Result<Alarm, Failure> {
    let mut alarm =
        Alarm { detectors: cursor.ids(element, "radDetectorInformationReferences")?, ..Alarm::default() };
    let mut unknown = None;
    while let Some(child) = cursor.child()? {
        match child.name() {
            "RadAlarmDateTime" => alarm.at = cursor.time()?,
            "RadAlarmCategoryCode" => {
                let (at, word) = (cursor.at(), cursor.string()?.unwrap_or_default());
                match cursor.code_of(&AlarmCategory::NAMES, &word, at) {
                    Some(category) => alarm.category = category,
                    None => unknown = Some(word),
                }
            }
            "RadAlarmDescription" => alarm.description = cursor.string()?,
            _ => cursor.skip()?,
        }
    }
    if let Some(word) = unknown {
        let described = alarm.description.take().map(|text| format!("{word}: {text}"));
        alarm.description = Some(described.unwrap_or(word));
    }
    Ok(alarm)
}

fn nuclides(cursor: &mut Cursor, into: &mut Vec<Nuclide>) -> Result<(), Failure> {
    while let Some(child) = cursor.child()? {
        match child.name() {
            "Nuclide" => into.push(nuclide(cursor)?),
            _ => cursor.skip()?,
        }
    }
    Ok(())
}

fn nuclide(cursor: &mut Cursor) -> Result<Nuclide, Failure> {
    cursor.hold()?;
    let mut nuclide = Nuclide { identified: true, ..Nuclide::default() };
    while let Some(child) = cursor.child()? {
        match child.name() {
            "NuclideIdentifiedIndicator" => nuclide.identified = cursor.boolean()?.unwrap_or(true),
            "NuclideName" => nuclide.name = cursor.string()?.unwrap_or_default(),
            "NuclideActivityValue" => nuclide.activity_kbq = cursor.number()?,
            "NuclideIDConfidenceValue" => nuclide.confidence_percent = cursor.number()?,
            "NuclideIDConfidenceDescription" => nuclide.confidence = cursor.string()?,
            "NuclideCategoryDescription" => nuclide.category = cursor.string()?,
            _ => cursor.skip()?,
        }
    }
    Ok(nuclide)
}
