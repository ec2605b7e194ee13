//! The device's verdict.

use crate::{Doc, connected, feed, told};

/// What a document alarms of, in an occupied portal.
fn verdict(doc: Doc) -> Vec<String> {
    let mut bench = connected();
    feed(&mut bench, &doc);
    let mut told = told(&mut bench);
    told.retain(|word| word.contains(" on"));
    told
}

#[test]
fn each_category_is_an_alarm_and_an_unknown_one_is_both() {
    for (category, expected) in [
        ("Gamma", &["gamma on"][..]),
        ("Neutron", &["neutron on"]),
        ("Isotope", &["gamma on", "isotope on"]),
        ("Gamma-Neutron", &["gamma on", "neutron on"]),
        ("NEUTRON gamma", &["gamma on", "neutron on"]),
        ("Other", &["gamma on", "neutron on"]),
        ("Alpha", &["gamma on", "neutron on"]),
        ("", &["gamma on", "neutron on"]),
    ] {
        assert_eq!(verdict(Doc::occupied(true).alarming(category, "")), expected, "{category}");
    }
}

#[test]
fn nuclides_are_those_identified_or_else_those_in_the_description() {
    let described = verdict(Doc::occupied(true).alarming("Gamma", "Cs-137, Tc-99m (high)"));
    assert_eq!(described, ["gamma on Cs-137 Tc-99m", "isotope on Cs-137 Tc-99m"]);
    let mut doc = Doc::occupied(true).alarming("Gamma", "Cs-137");
    let results = "<NuclideAnalysisResults><Nuclide><NuclideIdentifiedIndicator>true</NuclideIdentifiedIndicator>\
                   <NuclideName>Co-60</NuclideName><NuclideIDConfidenceValue>95</NuclideIDConfidenceValue></Nuclide>\
                   <Nuclide><NuclideIdentifiedIndicator>false</NuclideIdentifiedIndicator>\
                   <NuclideName>Ba-133</NuclideName></Nuclide></NuclideAnalysisResults></AnalysisResults>";
    doc.extra = doc.extra.replace("</AnalysisResults>", results);
    assert_eq!(verdict(doc), ["gamma on Co-60", "isotope on Co-60"]);
}

#[test]
fn an_alarm_lasts_until_the_occupancy_ends() {
    let mut bench = connected();
    feed(&mut bench, &Doc::occupied(true).alarming("Gamma", ""));
    feed(&mut bench, &Doc::occupied(true));
    let during = told(&mut bench);
    assert!(!during.contains(&"gamma off".to_owned()), "{during:?}");
    assert!(during.contains(&"gamma [1210]!".to_owned()) && during.contains(&"gamma [1210]".to_owned()));
    feed(&mut bench, &Doc::occupied(false));
    let end = told(&mut bench);
    assert_eq!(end[end.len() - 2..], ["ended", "gamma off"]);
}

#[test]
fn an_alarm_is_said_once_and_a_new_name_again() {
    let mut bench = connected();
    for name in ["Cs-137", "Cs-137", "Cs-137 Co-60"] {
        feed(&mut bench, &Doc::occupied(true).alarming("Gamma", name));
    }
    let alarms: Vec<_> = told(&mut bench).into_iter().filter(|word| word.contains(" on")).collect();
    assert_eq!(alarms, ["gamma on Cs-137", "isotope on Cs-137", "isotope on Cs-137 Co-60"]);
}

#[test]
fn a_document_that_is_cut_off_raises_an_alarm_and_never_clears_one() {
    let mut bench = connected();
    let doc = Doc::occupied(true).alarming("Gamma", "").text();
    bench.frame(&doc[..doc.len() - 10]);
    let first = told(&mut bench);
    assert!(first.contains(&"gamma on".to_owned()) && first.contains(&"raw".to_owned()), "{first:?}");
    let cut = Doc::occupied(false).text();
    bench.frame(&cut[..cut.len() - 10]);
    let second = told(&mut bench);
    assert!(!second.contains(&"gamma off".to_owned()) && !second.contains(&"ended".to_owned()), "{second:?}");
}

#[test]
fn a_background_alone_clears_no_alarm() {
    let mut bench = connected();
    feed(&mut bench, &Doc::default().alarming("Neutron", ""));
    feed(&mut bench, &Doc::background());
    assert!(!told(&mut bench).contains(&"neutron off".to_owned()));
    feed(&mut bench, &Doc::default());
    assert!(told(&mut bench).contains(&"neutron off".to_owned()));
}
