//! Writing N42.42-2011: elements in the order of the schema, references always, compression always said.

use std::fmt::Display;

use crate::document::{
    Alarm, Analysis, Calibration, Characteristic, Detector, Document, DoseRate, Energy, Fault, GrossCounts,
    Instrument, Item, Measurement, Nuclide, Spectrum, Version, Windows,
};
use crate::number;
use crate::reader::NAMESPACE;
use crate::time::write_duration;
use crate::writable::Writable;

/// Fewest channels of which the zeroes are counted; some readers do not expand them, and small spectra gain little.
const MIN_CHANNELS_PACKED: usize = 64;

impl Writable {
    /// The document as XML.
    pub fn write(&self) -> String {
        self.write_packed(true)
    }

    /// The document as XML; with `packed`, zeroes are counted in spectra of 64 channels and more where that makes
    /// them shorter.
    pub fn write_packed(&self, packed: bool) -> String {
        let mut out =
            Out { text: String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"), depth: 0, packed };
        document(&mut out, self.document());
        out.text
    }
}

struct Out {
    text: String,
    depth: usize,
    packed: bool,
}

impl Out {
    /// An element with others inside of it.
    fn element(&mut self, name: &str, attributes: &[(&str, &str)], inside: impl FnOnce(&mut Self)) {
        self.start(name, attributes);
        self.text.push_str(">\n");
        let before = self.text.len();
        self.depth += 1;
        inside(self);
        self.depth -= 1;
        if self.text.len() == before {
            self.text.truncate(before - 2);
            self.text.push_str("/>\n");
            return;
        }
        self.indent();
        self.end(name);
    }

    /// An element with a value.
    fn value(&mut self, name: &str, value: impl Display) {
        self.value_with(name, &[], value);
    }

    fn value_with(&mut self, name: &str, attributes: &[(&str, &str)], value: impl Display) {
        self.start(name, attributes);
        self.text.push('>');
        escape(&mut self.text, &value.to_string());
        self.end(name);
    }

    fn optional(&mut self, name: &str, value: Option<impl Display>) {
        if let Some(value) = value {
            self.value(name, value);
        }
    }

    /// Text for which the schema has the pattern of `NonBlankStringSimpleType`.
    fn line(&mut self, name: &str, text: &str) {
        self.value(name, non_blank(text));
    }

    fn all(&mut self, name: &str, texts: &[String]) {
        for text in texts {
            self.value(name, text);
        }
    }

    fn start(&mut self, name: &str, attributes: &[(&str, &str)]) {
        self.indent();
        self.text.push('<');
        self.text.push_str(name);
        for (name, value) in attributes {
            self.text.push(' ');
            self.text.push_str(name);
            self.text.push_str("=\"");
            escape(&mut self.text, value);
            self.text.push('"');
        }
    }

    fn end(&mut self, name: &str) {
        self.text.push_str("</");
        self.text.push_str(name);
        self.text.push_str(">\n");
    }

    fn indent(&mut self) {
        self.text.extend(std::iter::repeat_n("  ", self.depth));
    }
}

fn document(out: &mut Out, document: &Document) {
    let created = document.created.map(|time| time.to_string());
    let mut attributes = vec![("xmlns", NAMESPACE)];
    attributes.extend(document.uuid.as_ref().map(|uuid| ("n42DocUUID", uuid.as_str())));
    attributes.extend(created.as_ref().map(|time| ("n42DocDateTime", time.as_str())));
    out.element("RadInstrumentData", &attributes, |out| {
        out.all("Remark", &document.remarks);
        out.optional("RadInstrumentDataCreatorName", document.creator.as_ref());
        instrument(out, &document.instrument);
        document.detectors.iter().for_each(|part| detector(out, part));
        document.items.iter().for_each(|part| item(out, part));
        document.windows.iter().for_each(|part| windows(out, part));
        document.calibrations.iter().for_each(|part| calibration(out, part));
        document.measurements.iter().for_each(|part| measurement(out, part, "RadMeasurement", document));
        document.derived.iter().for_each(|part| measurement(out, part, "DerivedData", document));
        document.results.iter().for_each(|part| analysis(out, part));
    });
}

fn instrument(out: &mut Out, part: &Instrument) {
    out.element("RadInstrumentInformation", &[("id", &part.id)], |out| {
        out.line("RadInstrumentManufacturerName", &part.manufacturer);
        if let Some(identifier) = &part.identifier {
            out.line("RadInstrumentIdentifier", identifier);
        }
        out.line("RadInstrumentModelName", &part.model);
        out.optional("RadInstrumentDescription", part.description.as_ref());
        out.value("RadInstrumentClassCode", &part.class);
        for part in &part.versions {
            let names = ["RadInstrumentComponentName", "RadInstrumentComponentVersion"];
            version(out, part, "RadInstrumentVersion", names);
        }
        characteristics(out, &part.characteristics, "RadInstrumentCharacteristics");
    });
}

fn version(out: &mut Out, part: &Version, element: &str, names: [&str; 2]) {
    out.element(element, &[], |out| {
        out.line(names[0], &part.component);
        out.line(names[1], &part.version);
    });
}

fn characteristics(out: &mut Out, parts: &[Characteristic], element: &str) {
    if parts.is_empty() {
        return;
    }
    out.element(element, &[], |out| {
        for part in parts {
            out.element("Characteristic", &[], |out| {
                out.line("CharacteristicName", &part.name);
                out.line("CharacteristicValue", &part.value);
                out.line("CharacteristicValueUnits", &part.units);
                out.value("CharacteristicValueDataClassCode", &part.data_class);
            });
        }
    });
}

fn detector(out: &mut Out, part: &Detector) {
    out.element("RadDetectorInformation", &[("id", &part.id)], |out| {
        out.optional("RadDetectorName", part.name.as_ref());
        out.value("RadDetectorCategoryCode", part.category.name());
        out.value("RadDetectorKindCode", &part.kind);
        out.optional("RadDetectorDescription", part.description.as_ref());
    });
}

fn item(out: &mut Out, part: &Item) {
    out.element("RadItemInformation", &[("id", &part.id)], |out| {
        out.optional("RadItemDescription", part.description.as_ref());
        characteristics(out, &part.characteristics, "RadItemCharacteristics");
    });
}

fn windows(out: &mut Out, part: &Windows) {
    let (starts, ends): (Vec<_>, Vec<_>) = part.bounds.iter().copied().unzip();
    out.element("EnergyWindows", &[("id", &part.id)], |out| {
        out.value("WindowStartEnergyValues", number::write_list(&starts));
        out.value("WindowEndEnergyValues", number::write_list(&ends));
    });
}

fn calibration(out: &mut Out, part: &Calibration) {
    out.element("EnergyCalibration", &[("id", &part.id)], |out| match &part.energy {
        Energy::Coefficients(terms) => out.value("CoefficientValues", number::write_list(terms)),
        Energy::Boundaries(edges) => out.value("EnergyBoundaryValues", number::write_list(edges)),
    });
}

fn measurement(out: &mut Out, part: &Measurement, element: &str, document: &Document) {
    out.element(element, &[("id", &part.id)], |out| {
        out.all("Remark", &part.remarks);
        out.value("MeasurementClassCode", part.class.name());
        out.optional("StartDateTime", part.start);
        out.optional("RealTimeDuration", part.real_time_s.map(write_duration));
        part.spectra.iter().for_each(|part| spectrum(out, part));
        part.gross.iter().for_each(|part| gross(out, part));
        part.doses.iter().for_each(|part| dose(out, part));
        instrument_state(out, part, &document.instrument.id);
        detector_states(out, &part.faults);
        if let (Some(speed), Some(item)) = (part.speed_m_s, document.items.first()) {
            out.element("RadItemState", &[("radItemInformationReference", &item.id)], |out| {
                out.element("StateVector", &[], |out| {
                    out.value_with("SpeedValue", &[("units", "m/s")], number::write_list(&[speed]));
                });
            });
        }
        out.optional("OccupancyIndicator", part.occupied);
    });
}

fn spectrum(out: &mut Out, part: &Spectrum) {
    let attributes = [
        ("id", part.id.as_str()),
        ("radDetectorInformationReference", &part.detector),
        ("energyCalibrationReference", &part.calibration),
    ];
    out.element("Spectrum", &attributes, |out| {
        out.optional("LiveTimeDuration", part.live_time_s.map(write_duration));
        let may_pack = out.packed && part.channels.len() >= MIN_CHANNELS_PACKED;
        let packed = may_pack.then(|| number::pack(&part.channels));
        let (code, channels) = match &packed {
            Some(packed) if packed.len() < part.channels.len() => ("CountedZeroes", packed),
            _ => ("None", &part.channels),
        };
        out.value_with("ChannelData", &[("compressionCode", code)], number::write_list(channels));
    });
}

fn gross(out: &mut Out, part: &GrossCounts) {
    let mut attributes = vec![("id", part.id.as_str()), ("radDetectorInformationReference", &part.detector)];
    attributes.extend(part.windows.as_ref().map(|id| ("energyWindowsReference", id.as_str())));
    out.element("GrossCounts", &attributes, |out| {
        out.optional("LiveTimeDuration", part.live_time_s.map(write_duration));
        out.value("CountData", number::write_list(&part.counts));
    });
}

fn dose(out: &mut Out, part: &DoseRate) {
    let attributes = [("id", part.id.as_str()), ("radDetectorInformationReference", &part.detector)];
    out.element("DoseRate", &attributes, |out| {
        out.value_with("DoseRateValue", &[("units", "\u{b5}Sv/h")], number::write_list(&[part.u_sv_h]));
    });
}

fn instrument_state(out: &mut Out, part: &Measurement, instrument: &str) {
    let mut faults = part.faults.iter().filter(|fault| fault.detector.is_none()).peekable();
    if part.position.is_none() && faults.peek().is_none() && part.characteristics.is_empty() {
        return;
    }
    out.element("RadInstrumentState", &[("radInstrumentInformationReference", instrument)], |out| {
        if let Some(position) = part.position {
            out.element("StateVector", &[], |out| {
                out.element("GeographicPoint", &[], |out| {
                    out.value("LatitudeValue", position.latitude);
                    out.value("LongitudeValue", position.longitude);
                    out.optional("ElevationValue", position.elevation_m);
                });
            });
        }
        faults.for_each(|part| fault(out, part));
        characteristics(out, &part.characteristics, "RadInstrumentCharacteristics");
    });
}

/// One state for the faults of each detector, which stand together.
fn detector_states(out: &mut Out, faults: &[Fault]) {
    for faults in faults.chunk_by(|one, next| one.detector == next.detector) {
        let Some(detector) = &faults[0].detector else { continue };
        out.element("RadDetectorState", &[("radDetectorInformationReference", detector)], |out| {
            faults.iter().for_each(|part| fault(out, part));
        });
    }
}

fn fault(out: &mut Out, part: &Fault) {
    out.element("Fault", &[], |out| {
        out.value("FaultCodeValue", &part.code);
        out.value("FaultDescription", &part.description);
        out.value("FaultSeverityCode", part.severity.name());
    });
}

fn analysis(out: &mut Out, part: &Analysis) {
    let (measurements, derived) = (part.measurements.join(" "), part.derived.join(" "));
    let mut attributes = Vec::new();
    attributes.extend(part.id.as_ref().map(|id| ("id", id.as_str())));
    match part.measurements.is_empty() {
        true => attributes.push(("derivedDataReferences", derived.as_str())),
        false => attributes.push(("radMeasurementReferences", measurements.as_str())),
    }
    out.element("AnalysisResults", &attributes, |out| {
        out.all("Remark", &part.remarks);
        out.optional("AnalysisAlgorithmName", part.algorithm.as_ref());
        out.optional("AnalysisAlgorithmCreatorName", part.creator.as_ref());
        for part in &part.versions {
            let names = ["AnalysisAlgorithmComponentName", "AnalysisAlgorithmComponentVersion"];
            version(out, part, "AnalysisAlgorithmVersion", names);
        }
        out.optional("AnalysisConfidenceValue", part.confidence_percent);
        out.optional("AnalysisResultDescription", part.result.as_ref());
        part.alarms.iter().for_each(|part| alarm(out, part));
        if !part.nuclides.is_empty() {
            out.element("NuclideAnalysisResults", &[], |out| {
                part.nuclides.iter().for_each(|part| nuclide(out, part));
            });
        }
    });
}

fn alarm(out: &mut Out, part: &Alarm) {
    let detectors = part.detectors.join(" ");
    out.element("RadAlarm", &[("radDetectorInformationReferences", &detectors)], |out| {
        out.optional("RadAlarmDateTime", part.at);
        out.value("RadAlarmCategoryCode", part.category.name());
        out.optional("RadAlarmDescription", part.description.as_ref());
    });
}

fn nuclide(out: &mut Out, part: &Nuclide) {
    out.element("Nuclide", &[], |out| {
        out.value("NuclideIdentifiedIndicator", part.identified);
        out.line("NuclideName", &part.name);
        out.optional("NuclideActivityValue", part.activity_kbq);
        out.optional("NuclideIDConfidenceValue", part.confidence_percent);
        out.optional("NuclideIDConfidenceDescription", part.confidence.as_ref());
        out.optional("NuclideCategoryDescription", part.category.as_ref());
    });
}

fn escape(into: &mut String, text: &str) {
    for c in text.chars() {
        match c {
            '<' => into.push_str("&lt;"),
            '>' => into.push_str("&gt;"),
            '&' => into.push_str("&amp;"),
            '"' => into.push_str("&quot;"),
            // A carriage return would come back as a line feed.
            '\r' => into.push_str("&#13;"),
            c => into.push(c),
        }
    }
}

/// The schema takes words and blanks, then one run without blanks, then words and blanks again
/// (`[\w\d ]*[\w\d\S]+[\w\d ]*`): `Smith, Jones & Co.` is refused. Where a text does not have this form, its blanks
/// become no-break spaces, which the schema takes for no blanks; the reader makes them blanks again.
fn non_blank(text: &str) -> String {
    let is_word = |c: char| c.is_ascii_alphanumeric() || c == ' ';
    let middle = text.trim_start_matches(is_word).trim_end_matches(is_word);
    if middle.contains(' ') { text.replace(' ', "\u{a0}") } else { text.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_that_the_schema_refuses_gets_no_break_spaces() {
        assert_eq!(non_blank("Example RPM 3000"), "Example RPM 3000");
        assert_eq!(non_blank("made by Example, Inc of X"), "made by Example, Inc of X");
        assert_eq!(non_blank("Smith, Jones & Co."), "Smith,\u{a0}Jones\u{a0}&\u{a0}Co.");
    }

    #[test]
    fn measured_values_are_written_in_plain_digits() {
        assert_eq!(write_duration(1e-7), "PT0.0000001S");
        assert_eq!(number::write_list(&[-0.0, 1e21, 0.25]), "0 1000000000000000000000 0.25");
    }
}
