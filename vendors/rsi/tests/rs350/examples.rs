//! What an ordinary document says.

use greenlane_driver::model::{Body, SpectrumClass};
use serde_json::json;

use crate::{Doc, connected, feed, seen, told};

#[test]
fn a_document_without_an_indicator_is_said_whole() {
    let mut bench = connected();
    feed(&mut bench, &Doc::default());
    let said = seen(&mut bench);
    let kinds: Vec<_> = said.iter().map(|one| one.body.kind()).collect();
    assert_eq!(kinds, ["setup", "gamma", "neutron", "spectrum", "health"]);
    let Body::Setup(setup) = &said[0].body else { panic!("{said:?}") };
    let expected = json!({
        "manufacturer": "RSI", "identifier": "SN1", "model": "RS-350", "class": "Backpack",
        "version_software": "1", "device_name": "Backpack 7",
    });
    assert_eq!(json!(setup.values), expected);
    let Body::Gamma(gamma) = &said[1].body else { panic!("{said:?}") };
    assert_eq!((gamma.interval.value(), &gamma.counts[..]), (1.0, &[1210][..]));
    let Body::Spectrum(spectrum) = &said[3].body else { panic!("{said:?}") };
    assert_eq!((spectrum.live.value(), spectrum.real.value()), (0.9, 1.0));
    assert_eq!(spectrum.calibration_kev, [0.0, 3.0, 0.0]);
    assert_eq!((spectrum.class, spectrum.detector.as_str()), (SpectrumClass::Foreground, "G"));
    let Body::Health(health) = &said[4].body else { panic!("{said:?}") };
    let expected = json!({
        "battery_percent": 87.0, "scan_mode": "Portal", "scan_number": 4.0, "scan_timeout_number": 0.0,
        "analysis_enabled": 1.0, "dose_rate_usv_h": 0.1, "documents": 1,
    });
    assert_eq!(json!(health.values), expected);
}

#[test]
fn a_background_is_rates_and_a_spectrum_of_its_own() {
    let mut bench = connected();
    feed(&mut bench, &Doc::background());
    let said = seen(&mut bench);
    let Some(Body::Background(background)) =
        said.iter().map(|one| &one.body).find(|b| b.kind() == "background")
    else {
        panic!("{said:?}");
    };
    let rates = |rates: &Option<Vec<_>>| json!(rates);
    assert_eq!(rates(&background.gamma_cps), json!([903.0]));
    assert_eq!(rates(&background.neutron_cps), json!([4.0]));
    let classes: Vec<_> = said
        .iter()
        .filter_map(|one| match &one.body {
            Body::Spectrum(spectrum) => Some(spectrum.class),
            _ => None,
        })
        .collect();
    assert_eq!(classes, [SpectrumClass::Background]);
}

#[test]
fn an_empty_portal_is_not_said_each_second() {
    let mut bench = connected();
    for _ in 0..10 {
        feed(&mut bench, &Doc::occupied(false));
    }
    assert!(told(&mut bench).is_empty());
}

#[test]
fn identity_is_said_once_and_again_when_it_changes() {
    let mut bench = connected();
    let setups = |bench: &mut _| seen(bench).iter().filter(|one| one.body.kind() == "setup").count();
    for _ in 0..5 {
        feed(&mut bench, &Doc::default());
    }
    assert_eq!(setups(&mut bench), 1);
    bench.frame(Doc::default().text().replace("SN1", "SN2"));
    assert_eq!(setups(&mut bench), 1);
}
