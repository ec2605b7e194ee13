//! Spectra: which scale, which calibration, what is no spectrum.

use greenlane_driver::model::{Body, Spectrum};

use crate::{Doc, connected, feed, seen, text, told};

fn spectra(bench: &mut greenlane_driver::Bench<greenlane_rsi::rs350::Rs350>) -> Vec<Spectrum> {
    let mut spectra = Vec::new();
    for one in seen(bench) {
        if let Body::Spectrum(spectrum) = one.body {
            spectra.push(spectrum);
        }
    }
    spectra
}

#[test]
fn of_two_scales_the_finer_one_is_said_wherever_it_stands() {
    let doc = Doc::default().text();
    let (first, second) =
        (doc.find("<Spectrum id=\"S1\"").unwrap(), doc.find("<Spectrum id=\"S2\"").unwrap());
    let end = doc.find("<GrossCounts").unwrap();
    let swapped = [&doc[..first], &doc[second..end], &doc[first..second], &doc[end..]].concat();
    for doc in [doc, swapped] {
        let mut bench = connected();
        text(&mut bench, &doc);
        let spectra = spectra(&mut bench);
        assert_eq!(spectra.len(), 1);
        assert_eq!((&spectra[0].counts[..], spectra[0].calibration_kev[1]), (&[0, 1, 2, 3][..], 3.0));
    }
}

#[test]
fn counted_zeroes_are_expanded() {
    let mut bench = connected();
    let doc = Doc { spectrum: "0 3 5 0 2 7".to_owned(), ..Doc::default() }.text();
    text(&mut bench, &doc.replace("<ChannelData>0 3", "<ChannelData compressionCode=\"CountedZeroes\">0 3"));
    assert_eq!(spectra(&mut bench)[0].counts, [0, 0, 0, 5, 0, 0, 7]);
}

#[test]
fn a_calibration_told_once_holds_for_documents_without_it() {
    let mut bench = connected();
    feed(&mut bench, &Doc::default());
    spectra(&mut bench);
    let doc = Doc::default().text();
    let (from, to) = (doc.find("<EnergyCalibration").unwrap(), doc.find("<RadMeasurement").unwrap());
    text(&mut bench, &[&doc[..from], &doc[to..]].concat());
    assert_eq!(spectra(&mut bench)[0].calibration_kev, [0.0, 3.0, 0.0]);
    let mut unknown = connected();
    text(&mut unknown, &[&doc[..from], &doc[to..]].concat());
    assert_eq!(told(&mut unknown), ["gamma [1210]", "neutron [1]", "raw"]);
}

#[test]
fn even_boundaries_are_a_calibration_and_others_are_none() {
    for (edges, expected) in
        [("10 13 16 19 22", Some(vec![10.0, 3.0])), ("10 13 17 19 22", None), ("22 19 16 13 10", None)]
    {
        let mut bench = connected();
        let doc = Doc::default().text();
        let old = "<CoefficientValues>0 3 0</CoefficientValues>";
        text(&mut bench, &doc.replace(old, &format!("<EnergyBoundaryValues>{edges}</EnergyBoundaryValues>")));
        let calibration = spectra(&mut bench).first().map(|one| one.calibration_kev.clone());
        assert_eq!(calibration, expected, "{edges}");
    }
}

#[test]
fn a_duration_with_minutes_is_read_whole() {
    let mut bench = connected();
    feed(&mut bench, &Doc { seconds: "PT1M5S", ..Doc::default() });
    assert_eq!(spectra(&mut bench)[0].real.value(), 65.0);
}

#[test]
fn what_is_no_count_is_kept_raw() {
    for spectrum in ["1 2.5 3", "-1 2 3", "5000000000 1"] {
        let mut bench = connected();
        feed(&mut bench, &Doc { spectrum: spectrum.to_owned(), ..Doc::default() });
        let told = told(&mut bench);
        assert_eq!(told, ["gamma [1210]", "neutron [1]", "raw"], "{spectrum}");
    }
}

#[test]
fn a_live_time_beyond_the_real_time_is_none() {
    let mut bench = connected();
    text(&mut bench, &Doc::default().text().replace("PT0.9S", "PT9S"));
    assert_eq!(spectra(&mut bench)[0].live.value(), 1.0);
}

#[test]
fn without_a_description_of_detectors_places_decide() {
    let mut bench = connected();
    let doc = Doc::default().text();
    let (from, to) = (doc.find("<RadDetectorInformation").unwrap(), doc.find("<RadItemInformation").unwrap());
    text(&mut bench, &[&doc[..from], &doc[to..]].concat());
    assert_eq!(told(&mut bench), ["gamma [1210]", "neutron [1]", "spectrum"]);
}
