//! Every occupancy of a portal ends in an N42 file: it passes its own check, holds what the portal counted, and
//! its passage names it.

use std::io::Write;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use greenlane_n42::document::Class;
use greenlane_system::{
    Portal, Running, entries, export, greenlane, is_sound, peek, portal_lane, run, until, workspace,
};
use serde_json::Value;

const VEHICLES: u32 = 3;
/// Samples of gamma of each.
const SAMPLES: u32 = 20;

#[test]
fn every_occupancy_has_an_n42_file_with_the_counts_of_the_portal() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let (config, journal) = (folder.path().join("lane.toml"), folder.path().join("lane.journal"));
    let portal = Portal::open();
    std::fs::write(&config, portal_lane(&portal.link(), "none")).expect("a lane file");
    let running = started(&config, &journal);
    portal.wait_for_client();
    pass(&portal);
    until("every passage has its file", || {
        let passages = peek(&journal, "passage")?;
        let filed: usize = passages.iter().map(|passage| files(passage).len()).sum();
        (filed >= VEHICLES as usize).then_some(())
    });
    running.stop().with(0);

    let passages = export(&journal, "passage");
    let mut written = 0;
    for passage in &passages {
        let files = files(passage);
        assert_eq!(
            Some(files.len()),
            passage["radiation"]["occupancies"].as_array().map(Vec::len),
            "{passage}"
        );
        written += files.len();
        for file in &files {
            let path = Path::new(file["path"].as_str().expect("a path"));
            compare(path, &checked(path, file));
            xmllint(path);
        }
    }
    assert_eq!(written, VEHICLES as usize);
    is_sound(&journal);
}

#[test]
fn a_disk_that_takes_no_file_is_an_alert_and_the_lane_goes_on() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let (config, journal) = (folder.path().join("lane.toml"), folder.path().join("lane.journal"));
    std::fs::write(folder.path().join("lane.journal.n42"), "in the way").expect("a file");
    let portal = Portal::open();
    std::fs::write(&config, portal_lane(&portal.link(), "none")).expect("a lane file");
    let running = started(&config, &journal);
    portal.wait_for_client();
    pass(&portal);
    until("every vehicle has left", || {
        let passages = peek(&journal, "passage")?;
        let left = passages.iter().filter(|passage| !passage["left"].is_null()).count();
        (left == passages.len() && export(&journal, "occupancy").len() >= VEHICLES as usize).then_some(())
    });
    running.stop().with(0);
    let alerts = entries(&journal, "alert");
    let told = alerts.iter().filter(|(_, alert)| alert["code"] == "n42_not_written").count();
    assert_eq!(told, VEHICLES as usize, "{alerts:?}");
    is_sound(&journal);
}

fn started(config: &Path, journal: &Path) -> Running {
    let mut command = greenlane();
    command.arg("run").arg(config).arg("--journal").arg(journal).args(["--for", "5m"]);
    Running::start(command)
}

fn pass(portal: &Portal) {
    portal.background();
    for index in 1..=VEHICLES {
        portal.vehicle_at(index, SAMPLES, Duration::from_millis(20));
        portal.background();
        std::thread::sleep(Duration::from_millis(300));
    }
}

fn files(passage: &Value) -> Vec<Value> {
    passage["radiation"]["n42"].as_array().cloned().unwrap_or_default()
}

fn checked(path: &Path, file: &Value) -> Value {
    let checked = run(["n42".as_ref(), "check".as_ref(), path.as_os_str(), "--json".as_ref()]).with(0).json();
    assert_eq!(checked["sha256"], file["sha256"]);
    assert_eq!(checked["schema"], "ok");
    let bytes = std::fs::metadata(path).expect("the file").len();
    assert_eq!(file["bytes"], bytes);
    checked
}

/// What the portal said of each vehicle; the background comes on top in the sums.
fn compare(path: &Path, checked: &Value) {
    let bytes = std::fs::read(path).expect("the file");
    let reading = greenlane_n42::read(&bytes).expect("an N42 file");
    let [document] = reading.documents.as_slice() else { panic!("{}", path.display()) };
    let samples = || document.measurements.iter().filter(|m| m.class == Class::Foreground);
    let gamma: f64 = samples().flat_map(|m| &m.spectra).map(|s| s.total()).sum();
    // Gross counts of gamma may stand beside the spectra that say the same.
    let neutrons = samples().filter(|m| m.id.starts_with("Neutron"));
    let neutron: f64 = neutrons.flat_map(|m| &m.gross).flat_map(|g| &g.counts).sum();
    assert_eq!((gamma, neutron), (f64::from(SAMPLES * 194), f64::from(SAMPLES / 5 * 2)));
    let sum = |what: &str| checked[what].as_f64().expect("a sum");
    assert!(sum("gamma_counts") > gamma && sum("neutron_counts") > neutron, "{checked}");
}

fn xmllint(file: &Path) {
    let schema = workspace().join("../shared/n42/n42.xsd");
    let lint =
        Command::new("xmllint").args(["--noout", "--nonet", "--schema"]).arg(&schema).arg(file).output();
    match lint {
        Ok(output) if schema.is_file() => assert!(output.status.success(), "{output:?}"),
        _ => {
            let _ = writeln!(std::io::stderr(), "SKIPPED: xmllint or the schema is not on this machine");
        }
    }
}
