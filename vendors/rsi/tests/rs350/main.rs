//! The RS-350 driver on the bench: documents in, observations out.

mod alarms;
mod examples;
mod hostile;
mod occupancy;
mod spectra;
mod status;

use std::time::Duration;

use greenlane_driver::model::{Body, Fault, Occupancy, OccupancyEnd, Radiation};
use greenlane_driver::{Bench, Seen};
use greenlane_rsi::rs350::Rs350;
use serde_json::{Value, json};

const NS: &str = "http://physics.nist.gov/N42/2011/N42";

/// A document as the device sends them, with what differs filled in.
struct Doc {
    class: &'static str,
    occupied: Option<bool>,
    gamma: u32,
    neutron: u32,
    spectrum: String,
    seconds: &'static str,
    /// Behind the measurement.
    extra: String,
}

impl Default for Doc {
    fn default() -> Self {
        Self {
            class: "Foreground",
            occupied: None,
            gamma: 1210,
            neutron: 1,
            spectrum: "0 1 2 3".to_owned(),
            seconds: "PT1S",
            extra: String::new(),
        }
    }
}

impl Doc {
    fn occupied(occupied: bool) -> Self {
        Self { occupied: Some(occupied), ..Self::default() }
    }

    fn background() -> Self {
        Self { class: "Background", gamma: 9030, neutron: 40, seconds: "PT10S", ..Self::default() }
    }

    fn alarming(self, category: &str, description: &str) -> Self {
        let extra = format!(
            "<DerivedData id=\"Dd\"><Remark>Alarm</Remark><MeasurementClassCode>NotSpecified</MeasurementClassCode>\
             <StartDateTime>2026-01-01T00:00:00Z</StartDateTime><RealTimeDuration>PT4S</RealTimeDuration></DerivedData>\
             <AnalysisResults id=\"A\"><RadAlarm><RadAlarmCategoryCode>{category}</RadAlarmCategoryCode>\
             <RadAlarmDescription>{description}</RadAlarmDescription></RadAlarm></AnalysisResults>"
        );
        Self { extra, ..self }
    }

    fn text(&self) -> String {
        let characteristic = |name: &str, value: &str| {
            format!(
                "<Characteristic><CharacteristicName>{name}</CharacteristicName><CharacteristicValue>{value}\
                 </CharacteristicValue><CharacteristicValueUnits>unit-less</CharacteristicValueUnits>\
                 <CharacteristicValueDataClassCode>string</CharacteristicValueDataClassCode></Characteristic>"
            )
        };
        let device = characteristic("DeviceName", "Backpack 7") + &characteristic("BatteryCharge", "87");
        let item = characteristic("ScanMode", "Portal")
            + &characteristic("ScanNumber", "4")
            + &characteristic("ScanTimeoutNumber", "0")
            + &characteristic("AnalysisEnabled", "1");
        let indicator = self.occupied.map_or_else(String::new, |occupied| {
            format!("<OccupancyIndicator>{occupied}</OccupancyIndicator>")
        });
        let Self { class, gamma, neutron, spectrum, seconds, extra, .. } = self;
        format!(
            "<RadInstrumentData xmlns=\"{NS}\">
<RadInstrumentInformation id=\"I\"><RadInstrumentManufacturerName>RSI</RadInstrumentManufacturerName>\
<RadInstrumentIdentifier>SN1</RadInstrumentIdentifier><RadInstrumentModelName>RS-350</RadInstrumentModelName>\
<RadInstrumentClassCode>Backpack</RadInstrumentClassCode>\
<RadInstrumentVersion><RadInstrumentComponentName>Software</RadInstrumentComponentName>\
<RadInstrumentComponentVersion>1</RadInstrumentComponentVersion></RadInstrumentVersion>\
<RadInstrumentCharacteristics>{device}</RadInstrumentCharacteristics></RadInstrumentInformation>
<RadDetectorInformation id=\"G\"><RadDetectorCategoryCode>Gamma</RadDetectorCategoryCode>\
<RadDetectorKindCode>NaI</RadDetectorKindCode></RadDetectorInformation>\
<RadDetectorInformation id=\"N\"><RadDetectorCategoryCode>Neutron</RadDetectorCategoryCode>\
<RadDetectorKindCode>He3</RadDetectorKindCode></RadDetectorInformation>
<RadItemInformation id=\"It\"><RadItemCharacteristics>{item}</RadItemCharacteristics></RadItemInformation>
<EnergyCalibration id=\"LinEnCal\"><CoefficientValues>0 3 0</CoefficientValues></EnergyCalibration>\
<EnergyCalibration id=\"CmpEnCal\"><CoefficientValues>0 12 0</CoefficientValues></EnergyCalibration>
<RadMeasurement id=\"M\"><MeasurementClassCode>{class}</MeasurementClassCode>\
<StartDateTime>2026-01-01T00:00:00Z</StartDateTime><RealTimeDuration>{seconds}</RealTimeDuration>\
<Spectrum id=\"S1\" radDetectorInformationReference=\"G\" energyCalibrationReference=\"LinEnCal\">\
<LiveTimeDuration>PT0.9S</LiveTimeDuration><ChannelData>{spectrum}</ChannelData></Spectrum>\
<Spectrum id=\"S2\" radDetectorInformationReference=\"G\" energyCalibrationReference=\"CmpEnCal\">\
<LiveTimeDuration>PT0.9S</LiveTimeDuration><ChannelData>6</ChannelData></Spectrum>\
<GrossCounts id=\"C1\" radDetectorInformationReference=\"G\"><LiveTimeDuration>PT0.9S</LiveTimeDuration>\
<CountData>{gamma}</CountData></GrossCounts>\
<GrossCounts id=\"C2\" radDetectorInformationReference=\"N\"><LiveTimeDuration>PT1S</LiveTimeDuration>\
<CountData>{neutron}</CountData></GrossCounts>\
<DoseRate id=\"D1\" radDetectorInformationReference=\"G\"><DoseRateValue>0.10</DoseRateValue></DoseRate>\
{indicator}</RadMeasurement>
{extra}</RadInstrumentData>"
        )
    }
}

fn connected() -> Bench<Rs350> {
    connected_with(json!({}))
}

fn connected_with(settings: Value) -> Bench<Rs350> {
    let mut bench = Bench::open(settings).unwrap_or_else(|e| panic!("{e}"));
    bench.connect();
    bench
}

/// A second passes, then the document comes.
fn feed(bench: &mut Bench<Rs350>, doc: &Doc) {
    text(bench, &doc.text());
}

fn text(bench: &mut Bench<Rs350>, text: &str) {
    bench.advance(Duration::from_secs(1));
    bench.frame(text);
}

fn seen(bench: &mut Bench<Rs350>) -> Vec<Seen> {
    std::mem::take(&mut bench.observations)
}

/// What was said, with what matters of each, in order; without setup and health.
fn told(bench: &mut Bench<Rs350>) -> Vec<String> {
    let mut told = Vec::new();
    for one in seen(bench) {
        told.push(match &one.body {
            Body::Setup(_) | Body::Health(_) => continue,
            Body::Gamma(counts) => format!("gamma {:?}{}", counts.counts, mark(counts.alarm)),
            Body::Neutron(counts) => format!("neutron {:?}{}", counts.counts, mark(counts.alarm)),
            Body::RadiationAlarm(alarm) => {
                let radiation = match alarm.radiation {
                    Radiation::Gamma => "gamma",
                    Radiation::Neutron => "neutron",
                    Radiation::Isotope => "isotope",
                };
                let names: Vec<_> = alarm.nuclides.iter().map(|one| one.name.as_str()).collect();
                format!("{radiation} {} {}", if alarm.on { "on" } else { "off" }, names.join(" "))
                    .trim()
                    .to_owned()
            }
            Body::Occupancy(Occupancy::Started) => "started".to_owned(),
            Body::Occupancy(Occupancy::Ended { end: OccupancyEnd::LinkLost, .. }) => "lost".to_owned(),
            Body::Occupancy(Occupancy::Ended { .. }) => "ended".to_owned(),
            Body::Fault(Fault { code, on, .. }) => format!("fault {code} {}", if *on { "on" } else { "off" }),
            other => other.kind().to_owned(),
        });
    }
    told
}

fn mark(alarm: bool) -> &'static str {
    if alarm { "!" } else { "" }
}
