//! Third-party traffic, recorded, against what an independent decoder reads in it.

use std::io::Write as _;
use std::path::Path;
use std::time::Duration;

use greenlane_driver::model::{Body, OccupancyEnd};
use serde::Deserialize;

use crate::{Record, connected, raws, records};

#[derive(Deserialize)]
struct Truth {
    index: u32,
    gamma_alarm: bool,
    neutron_alarm: bool,
    max_gamma: Option<u64>,
    max_neutron: Option<u64>,
    neutron_background: Option<f64>,
    end: String,
}

impl From<Truth> for Record {
    fn from(truth: Truth) -> Self {
        assert_eq!(truth.end, "gx");
        Self {
            index: Some(truth.index),
            end: Some(OccupancyEnd::Normal),
            gamma_alarm: truth.gamma_alarm,
            neutron_alarm: truth.neutron_alarm,
            max_gamma: truth.max_gamma,
            max_neutron: truth.max_neutron,
            neutron_background_cps: truth.neutron_background,
        }
    }
}

#[test]
fn recorded_traffic_gives_the_occupancies_of_its_truth_file() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/captures");
    let read = |name: &str| std::fs::read_to_string(folder.join(name));
    let (Ok(rows), Ok(truth)) = (read("srls-lane-600s.tsv"), read("srls-lane-600s.truth.jsonl")) else {
        // Past the test harness, which would swallow it.
        let _ = writeln!(
            std::io::stderr(),
            "\n*** NOT TESTED: no recorded traffic in {} ***\n",
            folder.display()
        );
        return;
    };
    let mut bench = connected();
    let start = bench.now;
    for row in rows.lines() {
        let (seconds, line) = row.split_once('\t').unwrap();
        let at = Duration::from_secs_f64(seconds.parse().unwrap());
        bench.advance(at - Duration::from_nanos(bench.now.mono_ns - start.mono_ns));
        bench.frame(line);
    }
    let truth: Vec<Record> =
        truth.lines().map(|line| serde_json::from_str::<Truth>(line).unwrap().into()).collect();
    assert_eq!(records(&bench.observations), truth);
    assert_eq!(raws(&bench.observations), [""; 0]);
    let pre_roll =
        bench.observations.iter().filter(|s| matches!(&s.body, Body::Gamma(c) if c.pre_roll)).count();
    assert_eq!(pre_roll, 5 * truth.len(), "six gamma lines open each occupancy");
}
