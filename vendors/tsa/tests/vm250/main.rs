//! The VM-250 driver on the bench: lines in, observations out.

mod capture;
mod examples;
mod faults;
mod hostile;
mod malformed;
mod oscar;
mod pre_roll;
mod setup;

use std::time::Duration;

use greenlane_driver::model::{Body, Health, Occupancy, OccupancyEnd, Radiation, Raw};
use greenlane_driver::{Bench, Seen};
use greenlane_tsa::vm250::Vm250;
use serde_json::{Value, json};

/// One occupancy, put together from what the driver said and nothing else.
#[derive(Debug, Clone, PartialEq, Default)]
struct Record {
    index: Option<u32>,
    end: Option<OccupancyEnd>,
    gamma_alarm: bool,
    neutron_alarm: bool,
    /// Largest sum of five consecutive gamma samples over all panels.
    max_gamma: Option<u64>,
    /// Largest neutron sample over all banks.
    max_neutron: Option<u64>,
    neutron_background_cps: Option<f64>,
}

/// A connected driver with its default settings.
fn connected() -> Bench<Vm250> {
    connected_with(json!({}))
}

fn connected_with(settings: Value) -> Bench<Vm250> {
    let mut bench = Bench::<Vm250>::open(settings).expect("valid settings");
    bench.connect();
    bench
}

/// Feeds lines at the pace of the protocol: a sample or background takes its interval, the rest no time.
/// Lines of a burst are to be fed with [`at_once`].
fn feed(bench: &mut Bench<Vm250>, lines: &str) {
    for line in lines.lines() {
        let ms = match line.trim().get(..2) {
            Some("GS" | "GA") => 200,
            Some("NB" | "NH") => 5000,
            _ => 0,
        };
        bench.advance(Duration::from_millis(ms));
        bench.frame(line.trim());
    }
}

/// Feeds lines in one moment.
fn at_once(bench: &mut Bench<Vm250>, lines: &str) {
    for line in lines.lines() {
        bench.frame(line.trim());
    }
}

/// The occupancies in what was seen. Fails when starts and ends do not alternate, when a sample lies outside,
/// or when the alarm flags of the samples and the alarm's own edges disagree.
fn records(seen: &[Seen]) -> Vec<Record> {
    let mut records = Vec::new();
    let mut inside: Option<(Record, Vec<u64>)> = None;
    let mut edges = [false; 2];
    for Seen { body, .. } in seen {
        match body {
            Body::Occupancy(Occupancy::Started) => {
                assert!(inside.is_none(), "started twice: {seen:#?}");
                (inside, edges) = (Some(Default::default()), [false; 2]);
            }
            Body::Gamma(sample) => {
                let (record, sums) = inside.as_mut().expect("a gamma sample outside");
                record.gamma_alarm |= sample.alarm;
                sums.push(sample.sum());
            }
            Body::Neutron(sample) => {
                let (record, _) = inside.as_mut().expect("a neutron sample outside");
                record.neutron_alarm |= sample.alarm;
                record.max_neutron = record.max_neutron.max(Some(sample.sum()));
            }
            Body::RadiationAlarm(alarm) if alarm.on => {
                edges[usize::from(alarm.radiation == Radiation::Neutron)] = true;
            }
            Body::Occupancy(Occupancy::Ended { index, neutron_background_cps, end }) => {
                let (mut record, sums) = inside.take().expect("ended without a start");
                record.max_gamma = sums.windows(5).map(|w| w.iter().sum()).max();
                (record.index, record.end) = (*index, Some(*end));
                record.neutron_background_cps = neutron_background_cps.map(|cps| cps.value());
                assert_eq!([record.gamma_alarm, record.neutron_alarm], edges, "samples against edges");
                records.push(record);
            }
            _ => {}
        }
    }
    records
}

/// The one occupancy in what was seen.
fn record(seen: &[Seen]) -> Record {
    let mut records = records(seen);
    assert_eq!(records.len(), 1, "{seen:#?}");
    records.remove(0)
}

/// The bytes kept raw.
fn raws(seen: &[Seen]) -> Vec<&str> {
    let mut raws = Vec::new();
    for Seen { body, .. } in seen {
        if let Body::Raw(Raw { bytes, .. }) = body {
            raws.push(bytes.as_str());
        }
    }
    raws
}

/// The last count of rejected lines.
fn rejected(seen: &[Seen]) -> u64 {
    let health = seen.iter().rev().find_map(|s| match &s.body {
        Body::Health(Health { values }) => values.get("rejected_lines").and_then(Value::as_u64),
        _ => None,
    });
    health.unwrap_or(0)
}

/// `(code, on)` of each fault, in order.
fn faults(seen: &[Seen]) -> Vec<(&str, bool)> {
    let mut faults = Vec::new();
    for Seen { body, .. } in seen {
        if let Body::Fault(fault) = body {
            faults.push((fault.code.as_str(), fault.on));
        }
    }
    faults
}
