//! The N42.42-2011 documents that the device sends.

use std::fmt::Write;

use greenlane_model::rfc3339;

use crate::spectrum::{CHANNELS, KEV_PER_CHANNEL};

/// Fine channels in one of the compressed scale.
const COMPRESSION: usize = 4;

/// Counts of an interval.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Interval {
    pub start_utc_ns: i64,
    pub seconds: u32,
    /// By channel of the linear scale.
    pub spectrum: Vec<u32>,
    pub neutrons: u32,
}

impl Interval {
    pub fn new(start_utc_ns: i64, seconds: u32) -> Self {
        Self { start_utc_ns, seconds, spectrum: vec![0; CHANNELS], neutrons: 0 }
    }

    pub fn gamma(&self) -> u32 {
        self.spectrum.iter().fold(0, |sum, count| sum.saturating_add(*count))
    }

    /// Takes another interval in.
    pub fn add(&mut self, other: &Self) {
        self.seconds += other.seconds;
        self.neutrons += other.neutrons;
        self.spectrum.iter_mut().zip(&other.spectrum).for_each(|(sum, count)| *sum += count);
    }
}

/// What a document says beside its measurements.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Remarks {
    /// `None`: the device does not say.
    pub occupied: Option<bool>,
    pub speed_mps: Option<f64>,
    /// Category and description.
    pub alarm: Option<(&'static str, String)>,
    pub battery_percent: u32,
    /// Code and words of a fault.
    pub fault: Option<(&'static str, &'static str)>,
    pub number: u64,
}

/// A whole document, without the bytes around it. The order of its parts is the one in which a known reader of
/// this device counts them.
pub(super) fn document(foreground: &Interval, background: Option<&Interval>, remarks: &Remarks) -> String {
    let mut text = String::with_capacity(16 * 1024);
    text.push_str("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    text.push_str("<RadInstrumentData xmlns=\"http://physics.nist.gov/N42/2011/N42\">\n");
    head(&mut text, remarks);
    if let Some(background) = background {
        measurement(&mut text, "Background", "Bg", background, &Remarks::default());
    }
    measurement(&mut text, "Foreground", "Fg", foreground, remarks);
    if let Some((category, description)) = &remarks.alarm {
        let start = rfc3339(foreground.start_utc_ns);
        let detectors = match *category {
            "Gamma" => "G",
            "Neutron" => "N",
            _ => "G N",
        };
        // Writing into a string does not fail, here and below.
        let _ = write!(
            text,
            "<DerivedData id=\"Dd\"><Remark>Alarm</Remark>\
             <MeasurementClassCode>NotSpecified</MeasurementClassCode>\
             <StartDateTime>{start}</StartDateTime><RealTimeDuration>PT4S</RealTimeDuration></DerivedData>\n\
             <AnalysisResults id=\"A\" radMeasurementReferences=\"Fg\"><RadAlarm id=\"Al\" radDetectorInformationReferences=\"{detectors}\">\
             <RadAlarmCategoryCode>{category}</RadAlarmCategoryCode>\
             <RadAlarmDescription>{description}</RadAlarmDescription></RadAlarm></AnalysisResults>\n"
        );
    }
    text.push_str("</RadInstrumentData>");
    text
}

fn head(text: &mut String, remarks: &Remarks) {
    let device = characteristic("DeviceName", "RS-350 simulated", "string")
        + &characteristic("BatteryCharge", &remarks.battery_percent.to_string(), "double");
    let item = characteristic("ScanMode", "Portal", "string")
        + &characteristic("ScanNumber", &remarks.number.to_string(), "double")
        + &characteristic("ScanTimeoutNumber", "0", "double")
        + &characteristic("AnalysisEnabled", "1", "double");
    let (fine, coarse) = (KEV_PER_CHANNEL, KEV_PER_CHANNEL * COMPRESSION as f64);
    let _ = write!(
        text,
        "<RadInstrumentInformation id=\"I\">\
         <RadInstrumentManufacturerName>RSI</RadInstrumentManufacturerName>\
         <RadInstrumentIdentifier>SIM-350</RadInstrumentIdentifier>\
         <RadInstrumentModelName>RS-350</RadInstrumentModelName>\
         <RadInstrumentClassCode>Backpack</RadInstrumentClassCode>\
         <RadInstrumentVersion><RadInstrumentComponentName>Software</RadInstrumentComponentName>\
         <RadInstrumentComponentVersion>1</RadInstrumentComponentVersion></RadInstrumentVersion>\
         <RadInstrumentCharacteristics>{device}</RadInstrumentCharacteristics></RadInstrumentInformation>\n\
         <RadDetectorInformation id=\"G\"><RadDetectorCategoryCode>Gamma</RadDetectorCategoryCode>\
         <RadDetectorKindCode>NaI</RadDetectorKindCode></RadDetectorInformation>\n\
         <RadDetectorInformation id=\"N\"><RadDetectorCategoryCode>Neutron</RadDetectorCategoryCode>\
         <RadDetectorKindCode>He3</RadDetectorKindCode></RadDetectorInformation>\n\
         <RadItemInformation id=\"It\"><RadItemCharacteristics>{item}</RadItemCharacteristics>\
         </RadItemInformation>\n\
         <EnergyCalibration id=\"LinEnCal\"><CoefficientValues>0 {fine} 0</CoefficientValues>\
         </EnergyCalibration>\n\
         <EnergyCalibration id=\"CmpEnCal\"><CoefficientValues>0 {coarse} 0</CoefficientValues>\
         </EnergyCalibration>\n"
    );
}

fn characteristic(name: &str, value: &str, class: &str) -> String {
    format!(
        "<Characteristic><CharacteristicName>{name}</CharacteristicName>\
         <CharacteristicValue>{value}</CharacteristicValue>\
         <CharacteristicValueUnits>unit-less</CharacteristicValueUnits>\
         <CharacteristicValueDataClassCode>{class}</CharacteristicValueDataClassCode></Characteristic>"
    )
}

fn measurement(text: &mut String, class: &str, id: &str, interval: &Interval, remarks: &Remarks) {
    let start = rfc3339(interval.start_utc_ns);
    let (seconds, gamma) = (interval.seconds, interval.gamma());
    let coarse: Vec<u32> = interval.spectrum.chunks(COMPRESSION).map(|few| few.iter().sum()).collect();
    let _ = writeln!(
        text,
        "<RadMeasurement id=\"{id}\"><MeasurementClassCode>{class}</MeasurementClassCode>\
         <StartDateTime>{start}</StartDateTime><RealTimeDuration>PT{seconds}S</RealTimeDuration>"
    );
    for (n, calibration, counts) in [(1, "LinEnCal", &interval.spectrum), (2, "CmpEnCal", &coarse)] {
        let _ = writeln!(
            text,
            "<Spectrum id=\"{id}S{n}\" radDetectorInformationReference=\"G\" \
             energyCalibrationReference=\"{calibration}\"><LiveTimeDuration>PT{seconds}S</LiveTimeDuration>\
             <ChannelData>{}</ChannelData></Spectrum>",
            list(counts)
        );
    }
    for (n, detector, counts) in [(1, "G", gamma), (2, "N", interval.neutrons)] {
        let _ = writeln!(
            text,
            "<GrossCounts id=\"{id}C{n}\" radDetectorInformationReference=\"{detector}\">\
             <LiveTimeDuration>PT{seconds}S</LiveTimeDuration><CountData>{counts}</CountData></GrossCounts>"
        );
    }
    // Of the right order for natural radiation at a usual gross rate.
    let dose = f64::from(gamma) / f64::from(seconds.max(1)) * 1e-4;
    let _ = write!(
        text,
        "<DoseRate id=\"{id}D\" radDetectorInformationReference=\"G\"><DoseRateValue>{dose:.3}</DoseRateValue>\
         </DoseRate>"
    );
    state(text, remarks);
    if let Some(occupied) = remarks.occupied {
        let _ = write!(text, "<OccupancyIndicator>{occupied}</OccupancyIndicator>");
    }
    text.push_str("</RadMeasurement>\n");
}

fn state(text: &mut String, remarks: &Remarks) {
    if let Some((code, words)) = remarks.fault {
        let _ = write!(
            text,
            "<RadInstrumentState radInstrumentInformationReference=\"I\"><Fault>\
             <FaultCodeValue>{code}</FaultCodeValue><FaultDescription>{words}</FaultDescription>\
             <FaultSeverityCode>Error</FaultSeverityCode></Fault></RadInstrumentState>"
        );
    }
    if let Some(speed) = remarks.speed_mps {
        let _ = write!(
            text,
            "<RadItemState radItemInformationReference=\"It\"><StateVector><SpeedValue>{speed:.3}</SpeedValue>\
             </StateVector></RadItemState>"
        );
    }
}

fn list(counts: &[u32]) -> String {
    let mut list = String::with_capacity(counts.len() * 3);
    for (n, count) in counts.iter().enumerate() {
        let _ = write!(list, "{}{count}", if n == 0 { "" } else { " " });
    }
    list
}
