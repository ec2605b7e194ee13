//! `rsi.rs350`: documents of a spectrometer.

use std::collections::BTreeSet;
use std::time::Duration;

use greenlane_driver::model::{Body, Occupancy};
use greenlane_driver::{Bench, Driver, LinkKind};
use greenlane_rsi::rs350::Rs350;
use serde_json::json;

/// Most observations that one frame may give: a hundred measurements with counts, spectra and edges each.
const MOST_A_FRAME: usize = 2000;

const HEAD: &str = "<RadInstrumentData xmlns=\"http://physics.nist.gov/N42/2011/N42\">\
<RadInstrumentInformation id=\"I\"><RadInstrumentManufacturerName>RSI</RadInstrumentManufacturerName>\
<RadInstrumentModelName>RS-350</RadInstrumentModelName><RadInstrumentClassCode>Backpack</RadInstrumentClassCode>\
<RadInstrumentCharacteristics><Characteristic><CharacteristicName>BatteryCharge</CharacteristicName>\
<CharacteristicValue>87</CharacteristicValue></Characteristic></RadInstrumentCharacteristics>\
</RadInstrumentInformation>\
<RadDetectorInformation id=\"G\"><RadDetectorCategoryCode>Gamma</RadDetectorCategoryCode></RadDetectorInformation>\
<RadDetectorInformation id=\"N\"><RadDetectorCategoryCode>Neutron</RadDetectorCategoryCode></RadDetectorInformation>\
<EnergyCalibration id=\"LinEnCal\"><CoefficientValues>0 3 0</CoefficientValues></EnergyCalibration>";

fn measurement(class: &str, rest: &str) -> String {
    format!(
        "<RadMeasurement id=\"M\"><MeasurementClassCode>{class}</MeasurementClassCode>\
<StartDateTime>2026-01-01T00:00:00Z</StartDateTime><RealTimeDuration>PT1S</RealTimeDuration>\
<Spectrum id=\"S\" radDetectorInformationReference=\"G\" energyCalibrationReference=\"LinEnCal\">\
<LiveTimeDuration>PT1S</LiveTimeDuration><ChannelData compressionCode=\"CountedZeroes\">0 3 5 0 2 7</ChannelData>\
</Spectrum><GrossCounts id=\"C\" radDetectorInformationReference=\"G\"><CountData>12</CountData></GrossCounts>\
<GrossCounts id=\"D\" radDetectorInformationReference=\"N\"><CountData>1</CountData></GrossCounts>\
{rest}</RadMeasurement>"
    )
}

/// Documents between 0x02 and 0x03; between them `\x01` lets time pass, `\x04` loses the link.
pub fn seeds() -> Vec<Vec<u8>> {
    let occupied = |yes: bool| format!("<OccupancyIndicator>{yes}</OccupancyIndicator>");
    let alarm = "<AnalysisResults id=\"A\"><RadAlarm><RadAlarmCategoryCode>Gamma</RadAlarmCategoryCode>\
<RadAlarmDescription>Cs-137</RadAlarmDescription></RadAlarm></AnalysisResults>";
    let fault = "<RadInstrumentState><Fault><FaultCodeValue>Hv</FaultCodeValue><FaultSeverityCode>Error\
</FaultSeverityCode></Fault></RadInstrumentState>";
    let frame =
        |measurement: &str, rest: &str| format!("\x02{HEAD}{measurement}{rest}</RadInstrumentData>\x03");
    let empty = frame(&measurement("Foreground", &occupied(false)), "");
    let there = frame(&measurement("Foreground", &occupied(true)), alarm);
    vec![
        format!("{}\x01\x14{empty}", frame(&measurement("Background", ""), "")).into_bytes(),
        format!("{there}\x01\x0a{there}\x01\x0a{empty}").into_bytes(),
        format!("{there}\x04{}", frame(&measurement("Foreground", fault), "")).into_bytes(),
        b"\x02<a>\x03 noise \x02\x02\x03".to_vec(),
    ]
}

/// Starts and ends of occupancies alternate, an alarm that is off was on, and a frame says a bounded number of
/// things.
pub fn run(bytes: &[u8]) {
    let LinkKind::Framed { start, end, max } = Rs350::LINK else { unreachable!("documents have a frame") };
    let source = if bytes.len().is_multiple_of(2) { "indicator" } else { "alarm" };
    let Ok(mut bench) = Bench::<Rs350>::open(json!({ "occupancy": source })) else {
        unreachable!("the settings are right")
    };
    bench.connect();
    let mut state = State::default();
    for piece in bytes.split(|byte| *byte == end) {
        let mut parts = piece.rsplitn(2, |byte| *byte == start);
        let (frame, before) = (parts.next().unwrap_or_default(), parts.next());
        for act in before.unwrap_or(frame).windows(2) {
            match act {
                [1, tenths] => bench.advance(Duration::from_millis(100) * u32::from(*tenths)),
                [4, _] => {
                    bench.lose("dropped");
                    bench.connect();
                }
                _ => {}
            }
        }
        if before.is_some() {
            bench.frame(&frame[..frame.len().min(max as usize)]);
        }
        let said = bench.bodies();
        assert!(said.len() <= MOST_A_FRAME, "{} observations of {}", said.len(), piece.escape_ascii());
        said.iter().for_each(|body| state.take(body));
    }
    bench.lose("the end");
    bench.bodies().iter().for_each(|body| state.take(body));
    assert!(!state.occupied && state.alarms.is_empty(), "a lost link ends it");
}

#[derive(Default)]
struct State {
    occupied: bool,
    alarms: BTreeSet<greenlane_driver::model::Radiation>,
}

impl State {
    fn take(&mut self, body: &Body) {
        match body {
            Body::Occupancy(Occupancy::Started) => {
                assert!(!std::mem::replace(&mut self.occupied, true), "two starts");
            }
            Body::Occupancy(Occupancy::Ended { .. }) => {
                assert!(std::mem::replace(&mut self.occupied, false), "two ends");
            }
            Body::RadiationAlarm(alarm) if alarm.on => drop(self.alarms.insert(alarm.radiation)),
            Body::RadiationAlarm(alarm) => assert!(self.alarms.remove(&alarm.radiation), "off without on"),
            Body::Spectrum(spectrum) => {
                assert!(!spectrum.counts.is_empty() && spectrum.counts.len() <= 16_384);
                assert!(spectrum.calibration_kev.iter().all(|term| term.is_finite()));
            }
            _ => {}
        }
    }
}
