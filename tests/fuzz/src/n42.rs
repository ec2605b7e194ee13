//! N42 files of both dialects.

use greenlane_n42::{Part, Writable, read, rules, strict, visit};

/// A portal's document of each dialect, an instrument's with everything in it, and two in one file.
pub fn seeds() -> Vec<Vec<u8>> {
    let windows = document(
        "<EnergyCalibration id=\"W\"><EnergyBoundaryValues>0 400 3000</EnergyBoundaryValues></EnergyCalibration>",
    );
    let gross = document(
        "<EnergyWindows id=\"E\"><WindowStartEnergyValues>0 100</WindowStartEnergyValues><WindowEndEnergyValues>100 400</WindowEndEnergyValues></EnergyWindows><RadMeasurementGroup id=\"G\"/><DerivedData id=\"D\"><MeasurementClassCode>NotSpecified</MeasurementClassCode><StartDateTime>2025-03-04T10:15:32-0500</StartDateTime><RealTimeDuration>4</RealTimeDuration></DerivedData>",
    );
    let two = [windows.as_slice(), b"\n", &gross].concat();
    vec![windows, gross, two, OLD.into()]
}

const OLD: &str = r#"<N42InstrumentData><Measurement UUID="a"><InstrumentInformation><InstrumentType>SpecPortal</InstrumentType></InstrumentInformation>
<DetectorData><StartTime>2010-04-17T17:33:19.409Z</StartTime><SampleRealTime>PT1S</SampleRealTime><Occupied>1</Occupied><Speed Units="mph">3</Speed>
<DetectorMeasurement Detector="A1" DetectorType="Gamma"><SpectrumMeasurement><CountDoseData DetectorType="Neutron"><Counts>3</Counts></CountDoseData>
<Spectrum Detector="A1"><RealTime>PT1S</RealTime><LiveTime>PT0.9S</LiveTime><SourceType>Item</SourceType>
<Calibration Type="Energy" EnergyUnits="keV"><Equation Model="Polynomial"><Coefficients>0.1 3 -2e-09</Coefficients></Equation></Calibration>
<ChannelData Compression="CountedZeroes">5 0 3 1 2 8 36</ChannelData></Spectrum></SpectrumMeasurement></DetectorMeasurement></DetectorData>
<AnalysisResults><NuclideAnalysis><Nuclide><NuclideName>Co-60</NuclideName></Nuclide></NuclideAnalysis></AnalysisResults></Measurement></N42InstrumentData>"#;

fn document(more: &str) -> Vec<u8> {
    format!(
        r#"<?xml version="1.0"?>
<RadInstrumentData xmlns="http://physics.nist.gov/N42/2011/N42" n42DocUUID="8c8b1a6e-2d0b-4d5f-9a43-0f6f6a1d2c11" n42DocDateTime="2025-03-04T10:15:41.000+08:00">
<RadInstrumentInformation id="RPM"><RadInstrumentManufacturerName>Example</RadInstrumentManufacturerName><RadInstrumentModelName>Example RPM</RadInstrumentModelName><RadInstrumentClassCode>Portal Monitor</RadInstrumentClassCode></RadInstrumentInformation>
<RadDetectorInformation id="A"><RadDetectorCategoryCode>Gamma</RadDetectorCategoryCode><RadDetectorKindCode>PVT</RadDetectorKindCode></RadDetectorInformation>
<RadDetectorInformation id="AN"><RadDetectorCategoryCode>Neutron</RadDetectorCategoryCode><RadDetectorKindCode>He3</RadDetectorKindCode></RadDetectorInformation>
{more}
<RadMeasurement id="M" radMeasurementGroupReferences="G"><MeasurementClassCode>Foreground</MeasurementClassCode><StartDateTime>2025-03-04T10:15:32.5+08:00</StartDateTime><RealTimeDuration>PT0.2S</RealTimeDuration>
<Spectrum id="S" radDetectorInformationReference="A" energyCalibrationReference="W"><LiveTimeDuration>PT0.2S</LiveTimeDuration><ChannelData compressionCode="None">45 6</ChannelData></Spectrum>
<GrossCounts id="C" radDetectorInformationReference="A" energyWindowsReference="E"><LiveTimeDuration>PT0.2S</LiveTimeDuration><CountData>45 6</CountData></GrossCounts>
<GrossCounts id="N" radDetectorInformationReference="AN"><LiveTimeDuration>PT0.2S</LiveTimeDuration><CountData>1</CountData></GrossCounts>
<RadItemState><StateVector><SpeedValue>1.5</SpeedValue></StateVector></RadItemState><OccupancyIndicator>true</OccupancyIndicator></RadMeasurement>
<AnalysisResults radMeasurementReferences="M"><RadAlarm radDetectorInformationReferences="A"><RadAlarmCategoryCode>Gamma</RadAlarmCategoryCode></RadAlarm>
<NuclideAnalysisResults><Nuclide><NuclideIdentifiedIndicator>true</NuclideIdentifiedIndicator><NuclideName>Cs-137</NuclideName></Nuclide></NuclideAnalysisResults></AnalysisResults>
</RadInstrumentData>"#
    )
    .into_bytes()
}

/// Read or refused, the same whole and part by part. What is read can be written; that keeps to the structure, is
/// read without repair as the same, and is written as the same.
pub fn run(bytes: &[u8]) {
    let _ = (strict::check(bytes), rules::check(bytes, 1_795_478_400));
    let mut measurements = 0;
    let summary = visit(bytes, |part| measurements += usize::from(matches!(part, Part::Measurement(_))));
    let reading = match read(bytes) {
        Ok(reading) => reading,
        // Held whole there can be too much of something that part by part there is not.
        Err(_) => return,
    };
    assert_eq!(summary.map(|summary| summary.repairs).as_ref(), Ok(&reading.repairs));
    assert_eq!(
        measurements,
        reading.documents.iter().map(|document| document.measurements.len()).sum::<usize>()
    );
    for range in greenlane_n42::documents(bytes) {
        assert!(range.start < range.end && range.end <= bytes.len(), "{range:?}");
    }
    for document in reading.documents {
        let (document, _) = Writable::new(document, [1; 16]);
        let text = document.write();
        assert_eq!(strict::check(text.as_bytes()), [], "{text}");
        let again = read(text.as_bytes()).unwrap_or_else(|error| panic!("{error}\n{text}"));
        assert_eq!(again.repairs, []);
        assert_eq!(&again.documents[0], document.document());
    }
}
