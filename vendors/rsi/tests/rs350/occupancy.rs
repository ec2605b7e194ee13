//! Where an occupancy begins and ends.

use greenlane_driver::model::{Body, Occupancy};
use serde_json::json;

use crate::{Doc, connected, connected_with, feed, seen, told};

#[test]
fn the_indicator_begins_it_and_ends_it() {
    let mut bench = connected();
    feed(&mut bench, &Doc::background());
    told(&mut bench);
    for occupied in [false, true, true, false, false] {
        feed(&mut bench, &Doc::occupied(occupied));
    }
    let said = seen(&mut bench);
    let words: Vec<_> = said.iter().map(|one| one.body.kind()).filter(|kind| *kind != "health").collect();
    let sample = ["gamma", "neutron", "spectrum"];
    let last = ["gamma", "neutron", "spectrum", "occupancy"];
    let expected = [&["occupancy"][..], &sample, &sample, &last].concat();
    assert_eq!(words, expected);
    let end = said.iter().find_map(|one| match &one.body {
        Body::Occupancy(Occupancy::Ended { neutron_background_cps, index, .. }) => {
            Some((neutron_background_cps.map(|cps| cps.value()), *index))
        }
        _ => None,
    });
    assert_eq!(end, Some((Some(4.0), None)));
}

#[test]
fn an_edge_lies_in_the_middle_of_its_second_with_half_of_it_as_uncertainty() {
    let mut bench = connected();
    feed(&mut bench, &Doc::occupied(false));
    seen(&mut bench);
    feed(&mut bench, &Doc::occupied(true));
    let start =
        seen(&mut bench).into_iter().find(|one| one.body == Body::Occupancy(Occupancy::Started)).unwrap();
    assert_eq!(start.at.mono_ns, bench.now.mono_ns - 500_000_000);
    assert_eq!(start.at.uncertainty_ns, 500_000_000);
}

#[test]
fn a_background_in_between_ends_nothing() {
    let mut bench = connected();
    feed(&mut bench, &Doc::occupied(true));
    feed(&mut bench, &Doc::background());
    feed(&mut bench, &Doc::occupied(true));
    feed(&mut bench, &Doc::occupied(false));
    let edges: Vec<_> =
        told(&mut bench).into_iter().filter(|word| word == "started" || word == "ended").collect();
    assert_eq!(edges, ["started", "ended"]);
}

#[test]
fn a_lost_link_ends_it_with_its_alarms() {
    let mut bench = connected();
    feed(&mut bench, &Doc::occupied(true).alarming("Gamma", ""));
    told(&mut bench);
    bench.lose("unplugged");
    assert_eq!(told(&mut bench), ["gamma off", "lost"]);
    bench.connect();
    feed(&mut bench, &Doc::occupied(true));
    assert_eq!(told(&mut bench)[0], "started");
}

#[test]
fn an_alarm_is_an_occupancy_where_the_site_says_so() {
    let mut bench = connected_with(json!({ "occupancy": "alarm" }));
    feed(&mut bench, &Doc::default());
    assert_eq!(told(&mut bench), ["gamma [1210]", "neutron [1]", "spectrum"]);
    feed(&mut bench, &Doc::default().alarming("Gamma", ""));
    feed(&mut bench, &Doc::default().alarming("Gamma", ""));
    feed(&mut bench, &Doc::default());
    let edges: Vec<_> = told(&mut bench)
        .into_iter()
        .filter(|word| !["gamma [", "neutron [", "spectrum"].iter().any(|start| word.starts_with(start)))
        .collect();
    assert_eq!(edges, ["started", "gamma on", "ended", "gamma off"]);
}

#[test]
fn tenths_of_a_second_are_samples_one_after_the_other() {
    let mut bench = connected();
    let doc = Doc { seconds: "PT0.1S", ..Doc::occupied(true) }.text();
    let (from, to) = (doc.find("<RadMeasurement").unwrap(), doc.find("</RadMeasurement>").unwrap() + 17);
    let ten = doc[from..to].repeat(10);
    bench.frame(format!("{}{ten}{}", &doc[..from], &doc[to..]));
    let said = seen(&mut bench);
    let at: Vec<_> = said.iter().filter(|one| one.body.kind() == "gamma").map(|one| one.at.mono_ns).collect();
    assert_eq!(at.len(), 10);
    assert!(at.windows(2).all(|pair| pair[1] - pair[0] == 100_000_000), "{at:?}");
    assert_eq!(at[9], bench.now.mono_ns);
}
