//! `tsa.vm250`: lines of a portal.

use std::time::Duration;

use greenlane_driver::model::{Body, Occupancy, Radiation};
use greenlane_driver::{Bench, Driver, LinkKind};
use greenlane_tsa::vm250::Vm250;
use serde_json::json;

/// Most observations that one line may give: an occupancy's end with its alarms and faults, and samples held
/// back as pre-roll.
const MOST_A_LINE: usize = 40;

/// Lines of a passage and of a quiet portal; `\x01` lets time pass, `\x02` loses the link.
pub fn seeds() -> Vec<Vec<u8>> {
    [
        "NB,000001,000000,000002,000001\nGB,000210,000224,000238,000231\nGS,000042,000045,000047,000046\n\
         NA,000003,000004,000006,000005\nGA,000142,000045,000047,000046\n\
         SP,0.0645,10.563,017.00,000000\nGX,000042,004120,000000,000000",
        "SG1,000450,000068,05,10,07.5,P\nSG2,1111,0.069,0.455,01,1010,A\nSG3,0.069,0.455,020,000,1.10.1\n\
         SN1,000050,05,0047,1200,02,120\nSN2,0.504,5.040,0.504,5.040,PP",
        "GH,000999,000206,000262,000243\n\x01\x20\nNH,000099,000000,000000,000000\nGL,000001,000000,000000,000000",
        "GS,999999,999999,999999,999999\n\x02\nGB,000188,000206,000262,000243,12-00-00.961,16-00-00.961\nTT,000000,000000,000000,000000\nTC,000000,000000,000000,000000",
    ]
    .map(Vec::from)
    .to_vec()
}

/// Starts and ends of occupancies alternate, alarms lie within them, and a line says a bounded number of things.
pub fn run(bytes: &[u8]) {
    let LinkKind::Lines { max } = Vm250::LINK else { unreachable!("a portal sends lines") };
    let Ok(mut bench) = Bench::<Vm250>::open(json!({})) else { unreachable!("it has defaults") };
    bench.connect();
    let mut state = State::default();
    for line in bytes.split(|byte| *byte == b'\n') {
        match line {
            [1, tenths, ..] => bench.advance(Duration::from_millis(100) * u32::from(*tenths)),
            [2, ..] => {
                bench.lose("dropped");
                bench.connect();
            }
            line => bench.frame(&line[..line.len().min(max as usize)]),
        }
        let said = bench.bodies();
        assert!(said.len() <= MOST_A_LINE, "{} observations of {}", said.len(), line.escape_ascii());
        said.iter().for_each(|body| state.take(body));
    }
    bench.lose("the end");
    bench.bodies().iter().for_each(|body| state.take(body));
    assert!(!state.occupied, "a lost link ends it");
}

#[derive(Default)]
struct State {
    occupied: bool,
    alarms: [bool; 2],
}

impl State {
    fn take(&mut self, body: &Body) {
        match body {
            Body::Occupancy(Occupancy::Started) => {
                assert!(!std::mem::replace(&mut self.occupied, true), "two starts");
            }
            Body::Occupancy(Occupancy::Ended { .. }) => {
                assert!(std::mem::replace(&mut self.occupied, false), "two ends");
                assert_eq!(self.alarms, [false; 2], "an alarm outlives its occupancy");
            }
            Body::RadiationAlarm(alarm) => {
                assert!(self.occupied, "an alarm without an occupancy");
                let on = &mut self.alarms[usize::from(alarm.radiation == Radiation::Neutron)];
                assert_ne!(std::mem::replace(on, alarm.on), alarm.on, "no change");
            }
            Body::Gamma(_) | Body::Neutron(_) => assert!(self.occupied, "a sample without an occupancy"),
            _ => {}
        }
    }
}
