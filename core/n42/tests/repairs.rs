//! Each repair: what is wrong in the file, what is read all the same, and under which name it is reported.

use greenlane_n42::document::{AlarmCategory, Category, Class};
use greenlane_n42::repair::Rule;
use greenlane_n42::{Document, Reading, read};

/// The smallest document, with places to put something wrong.
fn file(changes: &[(&str, &str)]) -> String {
    let mut text = String::from(
        r#"<?xml version="1.0"?>
<RadInstrumentData xmlns="http://physics.nist.gov/N42/2011/N42" n42DocUUID="8c8b1a6e-2d0b-4d5f-9a43-0f6f6a1d2c11">
  <RadInstrumentInformation id="I"><RadInstrumentModelName>Model</RadInstrumentModelName></RadInstrumentInformation>
  <RadDetectorInformation id="G"><RadDetectorCategoryCode>Gamma</RadDetectorCategoryCode><RadDetectorKindCode>NaI</RadDetectorKindCode></RadDetectorInformation>
  <RadMeasurement id="M">
    <MeasurementClassCode>Foreground</MeasurementClassCode>
    <StartDateTime>2025-03-04T10:15:32.5+08:00</StartDateTime>
    <RealTimeDuration>PT0.2S</RealTimeDuration>
    <Spectrum id="S" radDetectorInformationReference="G" energyCalibrationReference="C">
      <LiveTimeDuration>PT0.2S</LiveTimeDuration>
      <ChannelData compressionCode="CountedZeroes">5 0 3 7</ChannelData>
    </Spectrum>
    <OccupancyIndicator>true</OccupancyIndicator>
  </RadMeasurement>
</RadInstrumentData>"#,
    );
    for (old, new) in changes {
        assert!(text.contains(old), "{old}");
        text = text.replacen(old, new, 1);
    }
    text
}

fn reading(bytes: &[u8]) -> Reading {
    read(bytes).unwrap_or_else(|error| panic!("{error}\n{}", String::from_utf8_lossy(bytes)))
}

/// Reads and asserts that exactly this was repaired.
fn repaired(bytes: &[u8], rules: &[Rule]) -> Document {
    let reading = reading(bytes);
    let found: Vec<_> = reading.repairs.iter().map(|repair| repair.rule).collect();
    assert_eq!(found, rules);
    reading.documents.into_iter().next().expect("a document")
}

fn changed(changes: &[(&str, &str)], rules: &[Rule]) -> Document {
    repaired(file(changes).as_bytes(), rules)
}

fn channels(document: &Document) -> &[f64] {
    &document.measurements[0].spectra[0].channels
}

#[test]
fn a_right_file_needs_no_repair() {
    let document = changed(&[], &[]);
    assert_eq!(channels(&document), [5.0, 0.0, 0.0, 0.0, 7.0]);
    let measurement = &document.measurements[0];
    assert_eq!(measurement.start.expect("a start").to_string(), "2025-03-04T10:15:32.500+08:00");
    assert_eq!(measurement.start.expect("a start").utc_ns(), 1_741_054_532_500_000_000);
}

#[test]
fn a_byte_order_mark_and_latin_1_are_read() {
    let with_mark = [b"\xef\xbb\xbf", file(&[]).as_bytes()].concat();
    repaired(&with_mark, &[Rule::ByteOrderMark]);
    let mut latin = file(&[(">Model<", ">M?del<")]).into_bytes();
    let place = latin.iter().position(|byte| *byte == b'?').expect("the place");
    // The first question mark is the declaration's.
    let place =
        place + 1 + latin[place + 1..].iter().skip(20).position(|byte| *byte == b'?').expect("it") + 20;
    latin[place] = 0xf6;
    assert_eq!(repaired(&latin, &[Rule::NotUtf8]).instrument.model, "M\u{f6}del");
}

#[test]
fn text_around_and_xml_around_are_left_out() {
    let text = format!("\0\0received: {} \0", file(&[]));
    let text = text.replacen("<?xml version=\"1.0\"?>", "", 1);
    repaired(text.as_bytes(), &[Rule::StrayText]);
    let wrapped =
        file(&[("<?xml version=\"1.0\"?>", "<MessageEnvelope><Body>")]) + "</Body></MessageEnvelope>";
    repaired(wrapped.as_bytes(), &[Rule::WrappedDocument]);
}

#[test]
fn concatenated_documents_are_all_read() {
    let text = format!("{}\n{}\n{}", file(&[]), file(&[]), file(&[]));
    let reading = reading(text.as_bytes());
    assert_eq!(reading.documents.len(), 3);
    assert_eq!(reading.repairs.len(), 1);
    assert_eq!((reading.repairs[0].rule, reading.repairs[0].line), (Rule::ConcatenatedDocuments, 17));
    let ranges = greenlane_n42::documents(text.as_bytes());
    assert_eq!(ranges.len(), 3);
    for range in ranges {
        repaired(&text.as_bytes()[range], &[]);
    }
}

#[test]
fn undeclared_prefixes_are_foreign_unless_they_are_the_documents_own() {
    let foreign = "<DHS:Extra xsi:type=\"x\"><Spectrum/></DHS:Extra><OccupancyIndicator>";
    let document = changed(&[("<OccupancyIndicator>", foreign)], &[Rule::UndeclaredPrefix]);
    assert_eq!(document.measurements[0].spectra.len(), 1);
    let own = file(&[]).replace("</", "</n42:").replace("<R", "<n42:R").replace("<M", "<n42:M");
    let own =
        own.replace("<S", "<n42:S").replace("<L", "<n42:L").replace("<C", "<n42:C").replace("<O", "<n42:O");
    let own = own.replacen(" xmlns=\"http://physics.nist.gov/N42/2011/N42\"", "", 1);
    let document = repaired(own.as_bytes(), &[Rule::UndeclaredPrefix, Rule::Namespace]);
    assert_eq!(document.measurements[0].occupied, Some(true));
}

#[test]
fn a_declared_foreign_namespace_is_passed_over() {
    let foreign = "<x:Spectrum xmlns:x=\"urn:x\"><x:ChannelData>9</x:ChannelData></x:Spectrum>\
                   <Spectrum xmlns=\"urn:y\"/><OccupancyIndicator>";
    let document = changed(&[("<OccupancyIndicator>", foreign)], &[]);
    assert_eq!(document.measurements[0].spectra.len(), 1);
}

#[test]
fn no_namespace_and_another_namespace_are_taken() {
    let old = " xmlns=\"http://physics.nist.gov/N42/2011/N42\"";
    changed(&[(old, "")], &[Rule::Namespace]);
    changed(&[(old, " xmlns=\"http://example.org/N42\"")], &[Rule::Namespace]);
}

#[test]
fn a_file_that_ends_early_keeps_what_is_complete() {
    let text = file(&[]);
    let second =
        "<RadMeasurement id=\"N\"><MeasurementClassCode>Background</MeasurementClassCode><Spectrum id=\"T\">";
    let text = text.replacen("</RadInstrumentData>", second, 1);
    for end in [text.clone(), format!("{text}<ChannelData>1 2"), format!("{text}<ChannelData compre")] {
        let document = repaired(end.as_bytes(), &[Rule::Truncated]);
        assert_eq!(document.measurements.len(), 1);
    }
}

#[test]
fn an_ampersand_alone_is_itself() {
    let document = changed(&[(">Model<", ">A & B &amp; C &#68;<")], &[Rule::BareAmpersand]);
    assert_eq!(document.instrument.model, "A & B & C D");
}

#[test]
fn an_empty_uuid_is_none() {
    let document = changed(&[("8c8b1a6e-2d0b-4d5f-9a43-0f6f6a1d2c11", "")], &[Rule::EmptyUuid]);
    assert_eq!(document.uuid, None);
}

#[test]
fn channel_data_of_many_forms_are_read() {
    let read = |data: &str, rules: &[Rule]| channels(&changed(&[("5 0 3 7", data)], rules)).to_vec();
    assert_eq!(read("5,0, 3,7", &[Rule::CommaList]), [5.0, 0.0, 0.0, 0.0, 7.0]);
    assert_eq!(read("<![CDATA[5 0 3]]> 7", &[]), [5.0, 0.0, 0.0, 0.0, 7.0]);
    assert_eq!(read("5 <!-- none --> 0 3 7", &[]), [5.0, 0.0, 0.0, 0.0, 7.0]);
    assert_eq!(read("5 0", &[Rule::ZeroesWithoutCount]), [5.0, 0.0]);
    assert_eq!(read("5 0 0 7", &[Rule::ZeroesWithoutCount]), [5.0, 7.0]);
    assert_eq!(read("1e2 +3.5 -2", &[]), [100.0, 3.5, -2.0]);
    let unreadable = changed(&[("5 0 3 7", "5 NaN 7")], &[Rule::UnreadableNumber]);
    assert_eq!(unreadable.measurements[0].spectra, []);
    changed(&[("5 0 3 7", "5 1e999")], &[Rule::UnreadableNumber]);
}

#[test]
fn durations_of_many_forms_are_read() {
    let read = |text: &str, rules: &[Rule]| {
        let change = ("<RealTimeDuration>PT0.2S", format!("<RealTimeDuration>{text}"));
        changed(&[(change.0, &change.1)], rules).measurements[0].real_time_s
    };
    assert_eq!(read("PT1M5.5S", &[]), Some(65.5));
    assert_eq!(read("P1DT2H", &[]), Some(93_600.0));
    assert_eq!(read("0.2", &[Rule::BareSeconds]), Some(0.2));
    for wrong in ["P1Y", "PT", "-PT1S", "PT1X", "soon", "P1H", "PTS", "PT1S1M"] {
        assert_eq!(read(wrong, &[Rule::UnreadableDuration]), None, "{wrong}");
    }
}

#[test]
fn times_of_many_forms_are_read() {
    let read = |text: &str, rules: &[Rule]| {
        let start = changed(&[("2025-03-04T10:15:32.5+08:00", text)], rules).measurements[0].start;
        start.map(|start| start.to_string())
    };
    let said = |text: &str| Some(text.to_owned());
    assert_eq!(
        read("2025-03-04T10:15:32-0500", &[Rule::ZoneWithoutColon]),
        said("2025-03-04T10:15:32.000-05:00")
    );
    assert_eq!(read("2024-02-29 10:15:32Z", &[Rule::TimeForm]), said("2024-02-29T10:15:32.000Z"));
    assert_eq!(read("2025-03-04T24:00:00.1234567", &[Rule::UnreadableTime, Rule::NoStart]), None);
    assert_eq!(read("2025-03-04T10:15:32.1234567", &[]), said("2025-03-04T10:15:32.123456"));
    for wrong in ["2025-02-29T10:15:32Z", "2025-13-01T00:00:00Z", "2025-03-04T25:00:00Z", "\u{fc}025-03-04T1"]
    {
        assert_eq!(read(wrong, &[Rule::UnreadableTime, Rule::NoStart]), None, "{wrong}");
    }
    changed(&[("<StartDateTime>2025-03-04T10:15:32.5+08:00</StartDateTime>", "")], &[Rule::NoStart]);
}

#[test]
fn truth_values_and_codes_of_other_forms_are_read() {
    let occupied = |text: &str, rules: &[Rule]| {
        changed(&[("<OccupancyIndicator>true", &format!("<OccupancyIndicator>{text}"))], rules).measurements
            [0]
        .occupied
    };
    assert_eq!(occupied("1", &[]), Some(true));
    assert_eq!(occupied("0", &[]), Some(false));
    assert_eq!(occupied("FALSE", &[Rule::BooleanForm]), Some(false));
    assert_eq!(occupied("perhaps", &[Rule::BooleanForm]), None);
    let document =
        changed(&[(">Gamma<", ">GAMMA<"), (">Foreground<", ">Truck<")], &[Rule::CodeForm, Rule::UnknownCode]);
    assert_eq!(document.detectors[0].category, Category::Gamma);
    assert_eq!(document.measurements[0].class, Class::NotSpecified);
}

#[test]
fn an_alarm_of_an_unknown_category_keeps_the_word() {
    let alarm = "<AnalysisResults><RadAlarm><RadAlarmCategoryCode>Gamma-Neutron</RadAlarmCategoryCode>\
                 <RadAlarmDescription>both</RadAlarmDescription></RadAlarm></AnalysisResults></RadInstrumentData>";
    let document = changed(&[("</RadInstrumentData>", alarm)], &[Rule::UnknownCode]);
    let alarm = &document.results[0].alarms[0];
    assert_eq!(alarm.category, AlarmCategory::Other);
    assert_eq!(alarm.description.as_deref(), Some("Gamma-Neutron: both"));
}

#[test]
fn a_detector_for_both_becomes_two() {
    let description =
        "</RadDetectorKindCode><RadDetectorDescription>Gamma and Neutron</RadDetectorDescription>";
    let counts = "<GrossCounts id=\"N\" radDetectorInformationReference=\"G\"><CountData>3</CountData></GrossCounts>\
                  <OccupancyIndicator>";
    let changes = [("</RadDetectorKindCode>", description), ("<OccupancyIndicator>", counts)];
    let document = changed(&changes, &[Rule::GammaAndNeutron]);
    assert_eq!(document.measurements[0].gross[0].detector, "GN");
    assert_eq!(document.detector("GN").expect("the twin").category, Category::Neutron);
}

#[test]
fn every_rule_has_a_name_of_its_own() {
    let names: std::collections::BTreeSet<_> = Rule::ALL.iter().map(|rule| rule.id()).collect();
    assert_eq!(names.len(), Rule::ALL.len());
    assert!(Rule::ALL.iter().all(|rule| rule.text().ends_with('.')));
}
