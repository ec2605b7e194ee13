//! A standard in force: what a lane makes of drivers that have a certificate, and of those that have none.

mod site;

use std::time::Duration;

use greenlane_system::{children, entries, is_sound, peek, until};
use serde_json::Value;
use site::SiteFolder;

const SAMPLE: Duration = Duration::from_millis(20);

#[test]
fn a_driver_without_a_certificate_runs_isolated_and_nothing_is_released() {
    let site = SiteFolder::new();
    site.certify_lights(400);
    site.configure(Some(""));
    let running = site.start();
    site.portal.wait_for_client();
    until("both drivers run in children", || (children(running.id()).len() == 2).then_some(()));
    let passage = one_vehicle(&site, 1);
    running.stop().with(0);
    assert_eq!(passage["decision"], "refer", "{passage}");
    assert_eq!(passage["standard"], "house 1.0.0");
    assert_eq!(passage["missing"], serde_json::json!(["radiation"]));
    let reason = "what portal says cannot release a vehicle: its driver is not certified for house 1.0.0: \
                  no certificate for tsa.vm250";
    assert!(reasons(&passage).contains(reason), "{passage}");
    assert!(!reasons(&passage).contains("what io says"), "{passage}");
    let told = alerts(&site, "restricted");
    assert!(told.len() == 1 && told[0].contains("portal: no certificate"), "{told:?}");
    let status = site.status(1);
    assert_eq!(status["devices"]["portal"]["admission"], "restricted", "{status}");
    assert_eq!(status["devices"]["io"]["admission"], "admitted", "{status}");
    is_sound(&site.journal());
}

#[test]
fn certified_drivers_release_and_the_end_of_a_certificate_is_warned_of() {
    let site = SiteFolder::new();
    site.certify_portal(30);
    site.certify_lights(400);
    site.configure(Some(""));
    let running = site.start();
    site.portal.wait_for_client();
    until("the lights run in a child", || (children(running.id()).len() == 1).then_some(()));
    let passage = one_vehicle(&site, 1);
    running.stop().with(0);
    assert_eq!(passage["decision"], "release", "{passage}");
    let told = alerts(&site, "certificate");
    assert!(told.iter().any(|text| text.contains("portal: the certificate ends on")), "{told:?}");
    assert!(told.iter().all(|text| !text.contains("io: the certificate ends on")), "{told:?}");
    is_sound(&site.journal());
}

#[test]
fn one_byte_more_in_a_driver_takes_its_admission_away() {
    let site = SiteFolder::new();
    site.certify_portal(400);
    site.certify_lights(400);
    append(&site, "tsa");
    site.configure(Some(""));
    let running = site.start();
    site.portal.wait_for_client();
    let passage = one_vehicle(&site, 1);
    running.stop().with(0);
    assert_eq!(passage["decision"], "refer", "{passage}");
    assert!(reasons(&passage).contains("the certificate is for "), "{passage}");
    is_sound(&site.journal());
}

#[test]
fn a_driver_that_changes_under_a_running_lane_loses_its_admission_when_it_is_loaded_again() {
    let site = SiteFolder::new();
    site.certify_portal(400);
    site.certify_lights(400);
    site.configure(Some(""));
    let running = site.start();
    site.portal.wait_for_client();
    assert_eq!(one_vehicle(&site, 1)["decision"], "release");
    append(&site, "modbus");
    let child = *children(running.id()).first().expect("the lights' driver");
    let child = rustix::process::Pid::from_raw(i32::try_from(child).expect("an id")).expect("not 0");
    rustix::process::kill_process(child, rustix::process::Signal::KILL).expect("a child of ours");
    until("the changed driver is restricted", || alerts(&site, "restricted").pop());
    let passage = one_vehicle(&site, 2);
    running.stop().with(0);
    assert_eq!(passage["decision"], "refer", "{passage}");
    assert!(reasons(&passage).contains("what io says cannot release a vehicle"), "{passage}");
    is_sound(&site.journal());
}

#[test]
fn a_certificate_that_has_ended_restricts_or_refuses_as_the_site_says() {
    let site = SiteFolder::new();
    site.certify_portal(-1);
    site.certify_lights(400);
    site.configure(Some("otherwise = \"refuse\""));
    let ended = site.start().wait().with(2);
    assert!(ended.stderr.contains("the driver of portal is refused: the certificate ended on"), "{ended:?}");

    site.configure(Some(""));
    let running = site.start();
    site.portal.wait_for_client();
    let passage = one_vehicle(&site, 1);
    running.stop().with(0);
    assert_eq!(passage["decision"], "refer", "{passage}");
    assert!(reasons(&passage).contains("the certificate ended on"), "{passage}");
    is_sound(&site.journal());
}

#[test]
fn a_portal_that_says_samples_twice_slides_out_and_its_evidence_counts_no_more() {
    let site = SiteFolder::watching(
        "[[monitor]]\nid = \"portal/samples\"\nwatches = [\"load/table\"]\ntrial = \"a sample\"\n\
         miss = \"a gap\"\nrule = { kind = \"rate\", usual = 0.001, bad = 0.005 }\n\
         degraded = \"show\"\nout = \"evidence_missing\"\n",
    );
    site.certify_portal(400);
    site.certify_lights(400);
    site.configure(Some(""));
    let running = site.start();
    site.portal.wait_for_client();
    // Ten samples of 0.2 s within 0.2 s.
    assert_eq!(one_vehicle(&site, 1)["decision"], "release");
    let moved = until("the monitor moves", || entries(&site.journal(), "monitor").pop()).1;
    let passage = one_vehicle(&site, 2);
    running.stop().with(0);
    assert_eq!(moved["to"], "out_of_standard", "{moved}");
    assert_eq!(moved["device"], "portal");
    assert!(moved["standard"].as_str().is_some_and(|hash| hash.len() == 64), "{moved}");
    assert_eq!(passage["decision"], "refer", "{passage}");
    assert!(reasons(&passage).contains("portal is out of standard by portal/samples"), "{passage}");
    let status = site.status(1);
    let shown = status["monitors"].as_array().expect("monitors").iter().find(|m| m["device"] == "portal");
    let shown = shown.expect("the portal's");
    assert_eq!(shown["state"], "out_of_standard", "{shown}");
    assert!(
        shown["n"].as_u64() >= moved["n"].as_u64() && shown["days"][0]["misses"].as_u64() > Some(0),
        "{shown}"
    );
    is_sound(&site.journal());
}

#[test]
fn without_a_standard_nobody_asks_and_the_passage_says_so() {
    let site = SiteFolder::new();
    site.configure(None);
    let running = site.start();
    site.portal.wait_for_client();
    let passage = one_vehicle(&site, 1);
    running.stop().with(0);
    assert_eq!(passage["decision"], "release", "{passage}");
    assert_eq!(passage["standard"], "no standard in force");
    assert_eq!(site.status(0)["standard"], Value::Null);
    assert!(entries(&site.journal(), "admission").is_empty());
    is_sound(&site.journal());
}

/// Sends the vehicle with this number through the portal; its passage as it was decided.
fn one_vehicle(site: &SiteFolder, number: u32) -> Value {
    site.portal.background();
    site.portal.vehicle_at(number, 10, SAMPLE);
    site.portal.background();
    let id = format!("in-01-{number:06}");
    until(&format!("{id} is decided"), || {
        let passages = peek(&site.journal(), "passage")?;
        passages.into_iter().rev().find(|p| p["id"] == id.as_str() && !p["decision"].is_null())
    })
}

fn reasons(passage: &Value) -> String {
    let reasons = passage["reasons"].as_array().expect("reasons");
    reasons.iter().filter_map(Value::as_str).collect::<Vec<_>>().join("; ")
}

/// What alerts of this code said.
fn alerts(site: &SiteFolder, code: &str) -> Vec<String> {
    let alerts = entries(&site.journal(), "alert").into_iter().filter(|(_, alert)| alert["code"] == code);
    alerts.map(|(_, alert)| alert["text"].as_str().unwrap_or_default().to_owned()).collect()
}

/// Another driver under the same name: one byte more.
fn append(site: &SiteFolder, name: &str) {
    let file = site.plugin(name);
    let mut bytes = std::fs::read(&file).expect("a driver");
    bytes.push(0);
    // A new file under the name: the old one may be in use.
    let new = file.with_extension("new");
    std::fs::write(&new, bytes).and_then(|()| std::fs::rename(&new, &file)).expect("a driver");
}
