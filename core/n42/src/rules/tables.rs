//! The rules as the rule file of the standard names them, and those of one kind as tables.

/// All 57, in the order of the rule file.
pub(super) const NAMES: [&str; 57] = [
    "AnalysisDataReferencesExclusivityCheck",
    "AnalysisStartDateCheck",
    "CalibrationDateCheck",
    "CharacteristicGroupOOLConsistencyCheck",
    "CompressionCheck",
    "CountDataValuesCheck",
    "DerivedDataReferencesTypeMatch",
    "EBoundariesChannelsCheck",
    "EfficiencyUncertaintyMatch",
    "EnergyBoundaryIncreasingValuesCheck",
    "EnergyCalibrationReferenceTypeMatch",
    "EnergyFWHMMatch",
    "EnergyEfficiencyMatch",
    "EnergyIncreasingListValuesCheck",
    "FullEnergyPECalibrationReferenceTypeMatch",
    "FWHMCalibrationReferenceTypeMatch",
    "IDoubleEscapePECalibrationReferenceTypeMatch",
    "IFullEnergyPECalibrationReferenceTypeMatch",
    "InspectionDateCheck",
    "ISingleEscapePECalibrationReferenceTypeMatch",
    "N42DocDateCheck",
    "OriginReferenceCircularReferenceCheck",
    "OriginReferenceDescriptionCheck",
    "OriginReferenceTypeMatch",
    "RadAlarmCategoryCheck",
    "RadAlarmDateCheck",
    "RadDetectorCategoryCheck",
    "RadDetectorInformationReferencesTypeMatch",
    "RadDetectorInformationReferenceTypeMatch",
    "RadDetectorKindCheck",
    "RadItemInformationReferencesTypeMatch",
    "RadMeasurementGroupReferencesTypeMatch",
    "RadMeasurementReferencesTypeMatch",
    "RadMeasurementUniqueDetectorCheck-DoseRate",
    "RadMeasurementUniqueDetectorCheck-ExposureRate",
    "RadMeasurementUniqueDetectorCheck-GrossCounts",
    "RadMeasurementUniqueDetectorCheck-Spectrum",
    "RadMeasurementUniqueDetectorCheck-TotalDose",
    "RadMeasurementUniqueDetectorCheck-TotalExposure",
    "RadRawDoseRateReferencesCheck",
    "RadRawDoseRateReferencesTypeMatch",
    "RadRawExposureRateReferencesCheck",
    "RadRawExposureRateReferencesTypeMatch",
    "RadRawGrossCountsReferencesCheck",
    "RadRawGrossCountsReferencesTypeMatch",
    "RadRawSpectrumReferencesCheck",
    "RadRawSpectrumReferencesTypeMatch",
    "RadRawTotalDoseReferencesCheck",
    "RadRawTotalDoseReferencesTypeMatch",
    "RadRawTotalExposureReferencesCheck",
    "RadRawTotalExposureReferencesTypeMatch",
    "StartDateCheck",
    "TotalEfficiencyCalibrationReferenceTypeMatch",
    "ValueDateCheck",
    "WindowStartEndCheck",
    "WindowStartEndMatch",
    "WindowStartIncreasingListValuesCheck",
];

/// An attribute whose values are ids of elements of these names.
pub(super) struct Reference {
    pub attribute: &'static str,
    pub rule: &'static str,
    pub targets: &'static [&'static str],
}

const fn reference(
    attribute: &'static str,
    rule: &'static str,
    targets: &'static [&'static str],
) -> Reference {
    Reference { attribute, rule, targets }
}

/// The rule file misnames the attribute and the element of `TotalEfficiencyCalibrationReferenceTypeMatch`: the
/// schema has neither, so the rule holds for every valid document.
pub(super) const REFERENCES: [Reference; 20] = [
    reference("derivedDataReferences", "DerivedDataReferencesTypeMatch", &["DerivedData"]),
    reference("energyCalibrationReference", "EnergyCalibrationReferenceTypeMatch", &["EnergyCalibration"]),
    reference(
        "fullEnergyPeakEfficiencyCalibrationReference",
        "FullEnergyPECalibrationReferenceTypeMatch",
        &["FullEnergyPeakEfficiencyCalibration"],
    ),
    reference("FWHMCalibrationReference", "FWHMCalibrationReferenceTypeMatch", &["FWHMCalibration"]),
    reference(
        "intrinsicDoubleEscapePeakEfficiencyCalibrationReference",
        "IDoubleEscapePECalibrationReferenceTypeMatch",
        &["IntrinsicDoubleEscapePeakEfficiencyCalibration"],
    ),
    reference(
        "intrinsicFullEnergyPeakEfficiencyCalibrationReference",
        "IFullEnergyPECalibrationReferenceTypeMatch",
        &["IntrinsicFullEnergyPeakEfficiencyCalibration"],
    ),
    reference(
        "intrinsicSingleEscapePeakEfficiencyCalibrationReference",
        "ISingleEscapePECalibrationReferenceTypeMatch",
        &["IntrinsicSingleEscapePeakEfficiencyCalibration"],
    ),
    reference(
        "originReference",
        "OriginReferenceTypeMatch",
        &["RadInstrumentInformation", "RadDetectorInformation", "RadItemInformation"],
    ),
    reference(
        "radDetectorInformationReferences",
        "RadDetectorInformationReferencesTypeMatch",
        &["RadDetectorInformation"],
    ),
    reference(
        "radDetectorInformationReference",
        "RadDetectorInformationReferenceTypeMatch",
        &["RadDetectorInformation"],
    ),
    reference(
        "radItemInformationReferences",
        "RadItemInformationReferencesTypeMatch",
        &["RadItemInformation"],
    ),
    reference(
        "radMeasurementGroupReferences",
        "RadMeasurementGroupReferencesTypeMatch",
        &["RadMeasurementGroup"],
    ),
    reference("radMeasurementReferences", "RadMeasurementReferencesTypeMatch", &["RadMeasurement"]),
    reference("radRawDoseRateReferences", "RadRawDoseRateReferencesTypeMatch", &["DoseRate"]),
    reference("radRawExposureRateReferences", "RadRawExposureRateReferencesTypeMatch", &["ExposureRate"]),
    reference("radRawGrossCountsReferences", "RadRawGrossCountsReferencesTypeMatch", &["GrossCounts"]),
    reference("radRawSpectrumReferences", "RadRawSpectrumReferencesTypeMatch", &["Spectrum"]),
    reference("radRawTotalDoseReferences", "RadRawTotalDoseReferencesTypeMatch", &["TotalDose"]),
    reference("radRawTotalExposureReferences", "RadRawTotalExposureReferencesTypeMatch", &["TotalExposure"]),
    reference(
        "totalEfficiencyEfficiencyCalibrationReference",
        "TotalEfficiencyCalibrationReferenceTypeMatch",
        &["TotalEfficiencyEfficiencyCalibration"],
    ),
];

/// Attributes that only a child of DerivedData may have.
pub(super) const DERIVED_ONLY: [(&str, &str); 6] = [
    ("radRawDoseRateReferences", "RadRawDoseRateReferencesCheck"),
    ("radRawExposureRateReferences", "RadRawExposureRateReferencesCheck"),
    ("radRawGrossCountsReferences", "RadRawGrossCountsReferencesCheck"),
    ("radRawSpectrumReferences", "RadRawSpectrumReferencesCheck"),
    ("radRawTotalDoseReferences", "RadRawTotalDoseReferencesCheck"),
    ("radRawTotalExposureReferences", "RadRawTotalExposureReferencesCheck"),
];

/// Attributes that are dates, and never in the future.
pub(super) const DATE_ATTRIBUTES: [(&str, &str); 2] =
    [("n42DocDateTime", "N42DocDateCheck"), ("valueDateTime", "ValueDateCheck")];

/// Elements that are dates, and never in the future.
pub(super) const DATE_ELEMENTS: [(&str, &str); 5] = [
    ("AnalysisStartDateTime", "AnalysisStartDateCheck"),
    ("CalibrationDateTime", "CalibrationDateCheck"),
    ("InspectionDateTime", "InspectionDateCheck"),
    ("RadAlarmDateTime", "RadAlarmDateCheck"),
    ("StartDateTime", "StartDateCheck"),
];

/// Elements of which a measurement has one for each detector.
pub(super) const ONE_PER_DETECTOR: [(&str, &str); 6] = [
    ("DoseRate", "RadMeasurementUniqueDetectorCheck-DoseRate"),
    ("ExposureRate", "RadMeasurementUniqueDetectorCheck-ExposureRate"),
    ("GrossCounts", "RadMeasurementUniqueDetectorCheck-GrossCounts"),
    ("Spectrum", "RadMeasurementUniqueDetectorCheck-Spectrum"),
    ("TotalDose", "RadMeasurementUniqueDetectorCheck-TotalDose"),
    ("TotalExposure", "RadMeasurementUniqueDetectorCheck-TotalExposure"),
];

/// Two lists under one parent that have equally many values.
pub(super) const EQUAL_LISTS: [(&str, &str, &str); 4] = [
    ("EfficiencyUncertaintyValues", "EfficiencyValues", "EfficiencyUncertaintyMatch"),
    ("FWHMValues", "EnergyValues", "EnergyFWHMMatch"),
    ("EfficiencyValues", "EnergyValues", "EnergyEfficiencyMatch"),
    ("WindowStartEnergyValues", "WindowEndEnergyValues", "WindowStartEndMatch"),
];

/// A parent, its code, and the description that it has when the code is `Other`.
pub(super) const OTHERS: [(&str, &str, &str, &str); 3] = [
    ("RadAlarm", "RadAlarmCategoryCode", "RadAlarmDescription", "RadAlarmCategoryCheck"),
    (
        "RadDetectorInformation",
        "RadDetectorCategoryCode",
        "RadDetectorDescription",
        "RadDetectorCategoryCheck",
    ),
    ("RadDetectorInformation", "RadDetectorKindCode", "RadDetectorDescription", "RadDetectorKindCheck"),
];

/// Elements whose text some rule reads.
pub(super) const TEXTS: [&str; 20] = [
    "AnalysisStartDateTime",
    "CalibrationDateTime",
    "ChannelData",
    "CountData",
    "EfficiencyUncertaintyValues",
    "EfficiencyValues",
    "EnergyBoundaryValues",
    "EnergyValues",
    "FWHMValues",
    "InspectionDateTime",
    "OriginDescription",
    "RadAlarmCategoryCode",
    "RadAlarmDateTime",
    "RadAlarmDescription",
    "RadDetectorCategoryCode",
    "RadDetectorDescription",
    "RadDetectorKindCode",
    "StartDateTime",
    "WindowEndEnergyValues",
    "WindowStartEnergyValues",
];
