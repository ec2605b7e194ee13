//! Each rule with a change that breaks it, and one nearby that does not.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod strict_support;

use greenlane_n42::{rules, strict};
use strict_support::WIDE;

/// 2020-06-01T00:00:00Z.
const NOW: i64 = 1_590_969_600;
const EARLIER: &str = "2020-01-02T03:04:05Z";

/// Rule; text of the wide document; what in its place breaks the rule; what in its place keeps it.
type Case = (&'static str, &'static str, &'static str, &'static str);

const ON_VALUES: [Case; 12] = [
    (
        "CharacteristicGroupOOLConsistencyCheck",
        r#"groupOutOfLimits="true""#,
        r#"groupOutOfLimits="0""#,
        r#"groupOutOfLimits="1""#,
    ),
    (
        "CompressionCheck",
        r#"compressionCode="None">1 2 3<"#,
        r#"compressionCode="CountedZeroes">1 2 0<"#,
        r#"compressionCode="CountedZeroes">1 0 2<"#,
    ),
    (
        "CompressionCheck",
        r#"compressionCode="None">1 2 3<"#,
        r#"compressionCode="CountedZeroes">1 0 1.5 2<"#,
        r#"compressionCode="None">1 0 0<"#,
    ),
    ("CountDataValuesCheck", "<CountData>1 2 3<", "<CountData>1 2<", "<CountData>3 2 1<"),
    (
        "CountDataValuesCheck",
        r#"energyWindowsReference="EnergyWindows1" radDetectorInformationReference="RadDetectorInformation1">
      <LiveTimeDuration>PT1.5S</LiveTimeDuration>
      <CountData>1 2 3<"#,
        r#"radDetectorInformationReference="RadDetectorInformation1">
      <LiveTimeDuration>PT1.5S</LiveTimeDuration>
      <CountData>1 2 3<"#,
        r#"radDetectorInformationReference="RadDetectorInformation1">
      <LiveTimeDuration>PT1.5S</LiveTimeDuration>
      <CountData>6<"#,
    ),
    (
        "EBoundariesChannelsCheck",
        r#"<EnergyBoundaryValues units="u">0 1 2 3<"#,
        r#"<EnergyBoundaryValues units="u">0 1 2<"#,
        r#"<EnergyBoundaryValues units="u">0 1 2.5 3<"#,
    ),
    (
        "EBoundariesChannelsCheck",
        r#"compressionCode="None">1 2 3</ChannelData>
    </Spectrum>
    <GrossCounts id="GrossCounts1""#,
        r#"compressionCode="CountedZeroes">0 2 3 4</ChannelData>
    </Spectrum>
    <GrossCounts id="GrossCounts1""#,
        r#"compressionCode="CountedZeroes">0 2 3</ChannelData>
    </Spectrum>
    <GrossCounts id="GrossCounts1""#,
    ),
    ("EnergyBoundaryIncreasingValuesCheck", ">0 1 2 3<", ">0 1 1 3<", ">0 1 1.1 3<"),
    (
        "EnergyIncreasingListValuesCheck",
        r#"<EnergyValues units="u">1 2 3<"#,
        r#"<EnergyValues units="u">1 3 2<"#,
        r#"<EnergyValues units="u">1 3 1e2<"#,
    ),
    ("WindowStartEndCheck", ">2 3 4<", ">1 3 4<", ">1.5 3 4<"),
    (
        "WindowStartIncreasingListValuesCheck",
        r#"<WindowStartEnergyValues units="u">1 2 3<"#,
        r#"<WindowStartEnergyValues units="u">1 0 3<"#,
        r#"<WindowStartEnergyValues units="u">1 1 3<"#,
    ),
    ("WindowStartEndMatch", ">2 3 4<", ">2 3 4 5<", ">2 3 5<"),
];

const ON_LISTS: [Case; 3] = [
    (
        "EfficiencyUncertaintyMatch",
        "<EfficiencyUncertaintyValues>1 2 3<",
        "<EfficiencyUncertaintyValues>1 2<",
        "<EfficiencyUncertaintyValues>3 3 3<",
    ),
    (
        "EnergyFWHMMatch",
        r#"<FWHMValues units="u">1 2 3<"#,
        r#"<FWHMValues units="u">1 2 3 4<"#,
        r#"<FWHMValues units="u"> 3 2 1 <"#,
    ),
    (
        "EnergyEfficiencyMatch",
        "<EfficiencyValues>1 2 3</EfficiencyValues>
    <EfficiencyUncertaintyValues>1 2 3<",
        "<EfficiencyValues>1 2</EfficiencyValues>
    <EfficiencyUncertaintyValues>1 2<",
        "<EfficiencyValues>2 2 2</EfficiencyValues>
    <EfficiencyUncertaintyValues>1 2 3<",
    ),
];

const ON_DESCRIPTIONS: [Case; 5] = [
    (
        "OriginReferenceDescriptionCheck",
        "<OriginDescription>words</OriginDescription>",
        "",
        "<OriginDescription/>",
    ),
    (
        "RadAlarmCategoryCheck",
        "Neutron</RadAlarmCategoryCode>
      <RadAlarmDescription>words</RadAlarmDescription>",
        "Other</RadAlarmCategoryCode>",
        "Other</RadAlarmCategoryCode>
      <RadAlarmDescription/>",
    ),
    (
        "RadDetectorCategoryCheck",
        "Gamma</RadDetectorCategoryCode>
    <RadDetectorKindCode>HPGe</RadDetectorKindCode>
    <RadDetectorDescription>words</RadDetectorDescription>",
        "Other</RadDetectorCategoryCode>
    <RadDetectorKindCode>HPGe</RadDetectorKindCode>",
        "Gamma</RadDetectorCategoryCode>
    <RadDetectorKindCode>HPGe</RadDetectorKindCode>",
    ),
    (
        "RadDetectorKindCheck",
        "HPGe</RadDetectorKindCode>
    <RadDetectorDescription>words</RadDetectorDescription>",
        "Other</RadDetectorKindCode>",
        "Other</RadDetectorKindCode>
    <RadDetectorDescription>words</RadDetectorDescription>",
    ),
    (
        "OriginReferenceCircularReferenceCheck",
        r#"originReference="RadDetectorInformation1""#,
        r#"originReference="RadItemInformation1""#,
        r#"originReference="RadInstrumentInformation1""#,
    ),
];

const ON_RESULTS: [Case; 3] = [
    (
        "AnalysisDataReferencesExclusivityCheck",
        r#"id="AnalysisResults1" radMeasurementReferences="RadMeasurement1""#,
        r#"id="AnalysisResults1""#,
        r#"derivedDataReferences="DerivedData1""#,
    ),
    (
        "AnalysisDataReferencesExclusivityCheck",
        r#"id="AnalysisResults1""#,
        r#"radMeasurementGroupReferences="RadMeasurementGroup1""#,
        "",
    ),
    // The rule file asks for an element `derivedDataReferences` here, which never is, and so do we.
    (
        "AnalysisDataReferencesExclusivityCheck",
        r#"id="AnalysisResults1" radMeasurementReferences="RadMeasurement1""#,
        r#"derivedDataReferences="DerivedData1" radMeasurementGroupReferences="RadMeasurementGroup1""#,
        r#"derivedDataReferences="DerivedData1" radMeasurementReferences="RadMeasurement1""#,
    ),
];

/// Rule, where the date stands, before and after it.
const DATES: [(&str, &str, &str); 7] = [
    ("AnalysisStartDateCheck", "<AnalysisStartDateTime>", "<"),
    ("CalibrationDateCheck", "<CalibrationDateTime>", "<"),
    ("InspectionDateCheck", "<InspectionDateTime>", "<"),
    ("N42DocDateCheck", "n42DocDateTime=\"", "\""),
    ("RadAlarmDateCheck", "<RadAlarmDateTime>", "<"),
    ("StartDateCheck", "<StartDateTime>", "<"),
    ("ValueDateCheck", "valueDateTime=\"", "\""),
];

/// Rule and attribute; what the attribute refers to has the name that follows.
const REFERENCES: [(&str, &str, &str); 18] = [
    ("EnergyCalibrationReferenceTypeMatch", "energyCalibrationReference", "EnergyCalibration2"),
    (
        "FullEnergyPECalibrationReferenceTypeMatch",
        "fullEnergyPeakEfficiencyCalibrationReference",
        "FullEnergyPeakEfficiencyCalibration1",
    ),
    ("FWHMCalibrationReferenceTypeMatch", "FWHMCalibrationReference", "FWHMCalibration1"),
    (
        "IDoubleEscapePECalibrationReferenceTypeMatch",
        "intrinsicDoubleEscapePeakEfficiencyCalibrationReference",
        "IntrinsicDoubleEscapePeakEfficiencyCalibration1",
    ),
    (
        "IFullEnergyPECalibrationReferenceTypeMatch",
        "intrinsicFullEnergyPeakEfficiencyCalibrationReference",
        "IntrinsicFullEnergyPeakEfficiencyCalibration1",
    ),
    (
        "ISingleEscapePECalibrationReferenceTypeMatch",
        "intrinsicSingleEscapePeakEfficiencyCalibrationReference",
        "IntrinsicSingleEscapePeakEfficiencyCalibration1",
    ),
    ("OriginReferenceTypeMatch", "originReference", "RadDetectorInformation1"),
    (
        "RadDetectorInformationReferencesTypeMatch",
        "radDetectorInformationReferences",
        "RadDetectorInformation1",
    ),
    (
        "RadDetectorInformationReferenceTypeMatch",
        "radDetectorInformationReference",
        "RadDetectorInformation1",
    ),
    ("RadItemInformationReferencesTypeMatch", "radItemInformationReferences", "RadItemInformation1"),
    ("RadMeasurementGroupReferencesTypeMatch", "radMeasurementGroupReferences", "RadMeasurementGroup1"),
    ("RadMeasurementReferencesTypeMatch", "radMeasurementReferences", "RadMeasurement1"),
    ("RadRawDoseRateReferencesTypeMatch", "radRawDoseRateReferences", "DoseRate1"),
    ("RadRawExposureRateReferencesTypeMatch", "radRawExposureRateReferences", "ExposureRate1"),
    ("RadRawGrossCountsReferencesTypeMatch", "radRawGrossCountsReferences", "GrossCounts1"),
    ("RadRawSpectrumReferencesTypeMatch", "radRawSpectrumReferences", "Spectrum1"),
    ("RadRawTotalDoseReferencesTypeMatch", "radRawTotalDoseReferences", "TotalDose1"),
    ("RadRawTotalExposureReferencesTypeMatch", "radRawTotalExposureReferences", "TotalExposure1"),
];

const MEASURED: [&str; 6] =
    ["DoseRate", "ExposureRate", "GrossCounts", "Spectrum", "TotalDose", "TotalExposure"];

fn broken(from: &str, to: &str) -> Vec<&'static str> {
    assert!(WIDE.contains(from), "{from}");
    rules::check(WIDE.replacen(from, to, 1).as_bytes(), NOW)
}

#[test]
fn the_wide_document_is_valid_and_breaks_no_rule() {
    assert_eq!(strict::check(WIDE.as_bytes()), []);
    assert_eq!(rules::check(WIDE.as_bytes(), NOW), Vec::<&str>::new());
}

#[test]
fn each_rule_tells_a_broken_document_from_its_neighbour() {
    let cases = ON_VALUES.iter().chain(&ON_LISTS).chain(&ON_DESCRIPTIONS).chain(&ON_RESULTS);
    for (rule, from, breaks, keeps) in cases {
        assert!(broken(from, breaks).contains(rule), "{rule}: {breaks}");
        assert_eq!(broken(from, keeps), Vec::<&str>::new(), "{rule}: {keeps}");
    }
}

#[test]
fn a_date_must_lie_before_the_present() {
    for (rule, before, after) in DATES {
        let with = |date: &str| {
            let date = format!("{before}{date}{after}");
            broken(&format!("{before}{EARLIER}{after}"), &date)
        };
        let future = [
            "2020-06-01T00:00:00Z",
            "2020-06-01T00:00:00.1Z",
            "2020-06-01T00:00:00",
            "12020-01-01T00:00:00Z",
        ];
        for date in future.into_iter().chain(["2020-05-31T23:00:00-01:00", "2020-05-31T24:00:00Z"]) {
            assert_eq!(with(date), [rule], "{date}");
        }
        for date in ["2020-05-31T23:59:59.999Z", "2020-06-01T07:59:59+08:00", "-2020-01-01T00:00:00Z"] {
            assert_eq!(with(date), Vec::<&str>::new(), "{rule} {date}");
        }
    }
}

#[test]
fn a_reference_must_be_the_id_of_the_right_kind_of_element() {
    for (rule, attribute, target) in REFERENCES {
        let right = format!("{attribute}=\"{target}\"");
        assert!(broken(&right, &format!("{attribute}=\"RadAlarm1\"")).contains(&rule), "{rule}");
        assert!(broken(&right, &format!("{attribute}=\"nowhere\"")).contains(&rule), "{rule}");
        assert_eq!(broken(&right, &format!("{attribute}=\" {target}\n\"")), Vec::<&str>::new(), "{rule}");
        if attribute.ends_with('s') {
            assert!(broken(&right, &format!("{attribute}=\"{target} nowhere\"")).contains(&rule), "{rule}");
            assert_eq!(
                broken(&right, &format!("{attribute}=\"{target} {target}\"")),
                Vec::<&str>::new(),
                "{rule}"
            );
        }
    }
    let results = "id=\"AnalysisResults1\" radMeasurementReferences=\"RadMeasurement1\"";
    let wrong = broken(results, "derivedDataReferences=\"RadMeasurement1\"");
    assert_eq!(wrong, ["DerivedDataReferencesTypeMatch"]);
    let unknown =
        "totalEfficiencyEfficiencyCalibrationReference=\"TotalEfficiencyCalibration1\" id=\"Spectrum1\"";
    assert_eq!(broken("id=\"Spectrum1\"", unknown), ["TotalEfficiencyCalibrationReferenceTypeMatch"]);
}

#[test]
fn a_measurement_has_one_record_of_a_kind_for_each_detector() {
    for element in MEASURED {
        let (opening, closing) = (format!("<{element} "), format!("</{element}>\n"));
        let (start, end) = (WIDE.find(&opening).unwrap(), WIDE.find(&closing).unwrap() + closing.len());
        let record = &WIDE[start..end];
        let rule = format!("RadMeasurementUniqueDetectorCheck-{element}");
        assert_eq!(broken(record, &record.repeat(2)), [rule.as_str()]);
        let second = WIDE.find("<RadDetectorInformation ").unwrap();
        let length = "</RadDetectorInformation>".len();
        let detector = &WIDE[second..WIDE.find("</RadDetectorInformation>").unwrap() + length];
        let other = detector.replace("RadDetectorInformation1", "Other2");
        let both = WIDE.replacen(detector, &(detector.to_owned() + &other), 1);
        let two = record.to_owned() + &record.replace("RadDetectorInformation1", "Other2");
        assert_eq!(rules::check(both.replacen(record, &two, 1).as_bytes(), NOW), Vec::<&str>::new());
    }
}

#[test]
fn a_spectrum_without_a_detector_is_no_detectors_only_one() {
    let detector = " radDetectorInformationReference=\"RadDetectorInformation1\">\n      <LiveTimeDuration>PT1.5S</LiveTimeDuration>\n      <ChannelData";
    let without = detector.split_once('>').unwrap().1;
    assert_eq!(broken(detector, &format!(">{without}")), ["RadMeasurementUniqueDetectorCheck-Spectrum"]);
}

#[test]
fn only_derived_data_refers_to_raw_data() {
    for element in MEASURED {
        let rule = format!("RadRaw{element}ReferencesCheck");
        let reference = format!("id=\"{element}1\" radRaw{element}References=\"{element}2\"");
        assert_eq!(broken(&format!("id=\"{element}1\""), &reference), [rule.as_str()]);
        let derived = format!("id=\"{element}1\" radRaw{element}References=\"{element}1\"");
        assert!(WIDE.contains(&format!(" radRaw{element}References=\"{element}1\"")));
        assert_eq!(broken(&format!("id=\"{element}1\""), &derived), [rule.as_str()]);
    }
}

#[test]
fn a_location_is_not_told_from_the_thing_that_stands_there() {
    let rule = "OriginReferenceCircularReferenceCheck";
    let location = |origin: &str| {
        let attributes = format!("<Origin originReference=\"{origin}\"><OriginDescription/></Origin>");
        format!("<StateVector><RelativeLocation>{attributes}</RelativeLocation></StateVector>")
    };
    for (state, itself) in [
        ("<RadInstrumentState id=\"RadInstrumentState1\"", "RadInstrumentInformation1"),
        ("<RadDetectorState id=\"RadDetectorState1\"", "RadDetectorInformation1"),
        ("<RadItemState id=\"RadItemState1\"", "RadItemInformation1"),
    ] {
        let start = WIDE.find(state).unwrap();
        let vector = start + WIDE[start..].find("<StateVector>").unwrap();
        let end = vector + WIDE[vector..].find("</StateVector>").unwrap() + "</StateVector>".len();
        for other in ["RadInstrumentInformation1", "RadDetectorInformation1", "RadItemInformation1"] {
            let changed = format!("{}{}{}", &WIDE[..vector], location(other), &WIDE[end..]);
            let expected: &[&str] = if other == itself { &[rule] } else { &[] };
            assert_eq!(rules::check(changed.as_bytes(), NOW), expected, "{state} {other}");
        }
    }
}
